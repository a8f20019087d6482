//! Sends one message: within a time, to a checked address, without following where the answer leads.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use ureq::{Agent, http::header};

use crate::{
    db::ids::DeliveryId,
    web::outbound::{self, Endpoint, Reach},
};

/// Time for all of an attempt, from the look-up of the name to the end of the answer.
pub const WITHIN: Duration = Duration::from_secs(15);
/// Bytes of an answer that are read.
const READ: u64 = 1024;

/// A message, ready to be sent.
#[derive(Clone, Debug)]
pub struct Signed {
    pub id: DeliveryId,
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
        Self(outbound::agent(reach, WITHIN))
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
                (Some(status), outbound::retry_after(&answer, message.at), outbound::beginning(&mut answer, READ))
            }
            Err(error) => (None, None, outbound::words(&error, WITHIN)),
        };
        Attempt { status, asked, answer, took: since.elapsed() }
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
            let id = DeliveryId(uuid::Uuid::nil());
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
