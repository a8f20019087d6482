//! Sends one message: within a time, to a checked address, without following where the answer leads.

use std::{
    io::Read,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use ureq::{
    Agent, Error,
    config::Config,
    http::{Response, Uri, header},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::{endpoint::Endpoint, reach::Reach, retry};
use crate::db::ids::MessageId;

/// Time for all of an attempt, from the look-up of the name to the end of the answer.
pub const WITHIN: Duration = Duration::from_secs(15);
/// Bytes of an answer that are read.
const READ: u64 = 1024;

/// A message, ready to be sent.
#[derive(Clone, Debug)]
pub struct Signed {
    pub id: MessageId,
    /// Time of the attempt.
    pub at: DateTime<Utc>,
    pub body: String,
    /// The header `webhook-signature`.
    pub signature: String,
}

/// What came of an attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// HTTP status; `None` if there was no answer.
    pub status: Option<u16>,
    /// The beginning of the answer, or why there was none.
    pub answer: String,
    /// The wait that the answer asks for.
    pub asked: Option<TimeDelta>,
    pub took: Duration,
}

impl Attempt {
    /// An attempt of which nothing is known.
    pub fn lost() -> Self {
        Self { status: None, answer: "The attempt broke off.".to_owned(), asked: None, took: Duration::ZERO }
    }

    /// Whether the receiver has the message.
    pub fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the receiver says that nothing is to be sent there any more.
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// Sends messages.
#[derive(Clone, Debug)]
pub struct Client(Agent);

impl Client {
    /// A client that sends where `reach` allows.
    pub fn new(reach: Reach) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(WITHIN))
            // An answer could lead into the private network.
            .max_redirects(0)
            .http_status_as_error(false)
            // An address that was stored while plain http was allowed.
            .https_only(reach == Reach::Public)
            // A proxy of the environment would look names up by itself.
            .proxy(None)
            .user_agent(concat!("kith/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(Agent::with_parts(
            config,
            DefaultConnector::default(),
            Checked { reach, names: DefaultResolver::default() },
        ))
    }

    /// Sends a message.
    pub fn send(&self, to: &Endpoint, message: &Signed) -> Attempt {
        let since = Instant::now();
        let sent = self
            .0
            .post(to.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id.to_string())
            .header("webhook-timestamp", message.at.timestamp().to_string())
            .header("webhook-signature", &message.signature)
            .send(&message.body);
        let (status, asked, answer) = match sent {
            Ok(mut answer) => {
                let status = answer.status().as_u16();
                (Some(status), asked(&answer, status, message.at), beginning(&mut answer))
            }
            Err(error) => (None, None, words(&error)),
        };
        Attempt { status, asked, answer, took: since.elapsed() }
    }
}

fn asked<T>(answer: &Response<T>, status: u16, now: DateTime<Utc>) -> Option<TimeDelta> {
    let header = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    matches!(status, 429 | 503).then(|| retry::asked(header, now)).flatten()
}

/// The beginning of an answer as a text that can be stored and shown.
fn beginning(answer: &mut Response<ureq::Body>) -> String {
    let mut bytes = Vec::new();
    // What broke off is as good as what is long.
    let _ = answer.body_mut().as_reader().take(READ).read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect::<String>().trim().to_owned()
}

/// Why there is no answer, for people.
fn words(error: &Error) -> String {
    match error {
        Error::Timeout(_) => format!("No answer within {} seconds.", WITHIN.as_secs()),
        Error::HostNotFound => "There is no server of that name.".to_owned(),
        Error::Io(error) => format!("No connection: {error}."),
        Error::RequireHttpsOnly(_) => "This server sends over https only.".to_owned(),
        Error::Rustls(error) => format!("No encrypted connection: {error}."),
        Error::Other(error) if error.is::<Closed>() => error.to_string(),
        other => format!("The answer cannot be understood: {other}."),
    }
}

/// The name leads to no address that messages may go to.
#[derive(Debug, thiserror::Error)]
#[error("The address is in a private network, where this server does not send.")]
struct Closed;

/// Looks names up and leaves only addresses that messages may go to. The connection is made to one of these and not to what the name leads
/// to a moment later; certificate and `Host` are those of the name.
#[derive(Debug)]
struct Checked {
    reach: Reach,
    names: DefaultResolver,
}

impl Resolver for Checked {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let unknown = |error| if let Error::Io(_) = error { Error::HostNotFound } else { error };
        let found = self.names.resolve(uri, config, timeout).map_err(unknown)?;
        let mut open = self.empty();
        for address in found.iter().filter(|address| self.reach.allows(address.ip())) {
            open.push(*address);
        }
        if open.is_empty() { Err(Error::Other(Box::new(Closed))) } else { Ok(open) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name, and the address as a name's server may write it, lead to this machine; nothing is connected to.
    #[test]
    fn names_of_private_addresses_are_refused_before_a_connection() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = Client::new(Reach::Public);
        for host in ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0"]
        {
            let to = Endpoint::from_stored(format!("https://{host}:{port}/"));
            let id = MessageId(uuid::Uuid::nil());
            let message = Signed { id, at: DateTime::UNIX_EPOCH, body: String::new(), signature: String::new() };
            let attempt = client.send(&to, &message);
            assert_eq!(attempt.status, None, "{host}");
            assert!(
                attempt.answer.contains("private network") || attempt.answer.contains("name"),
                "{host}: {attempt:?}"
            );
            assert!(listener.accept().is_err(), "{host}");
        }
    }
}
