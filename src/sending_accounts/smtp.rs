//! Hands emails to a mail server. At which stage it broke off is known of every attempt: before the final dot nothing was sent.

use std::{
    error::Error as _,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, Mechanism},
    client::{SmtpConnection, TlsParameters},
    commands::{Data, Mail as MailFrom, Rcpt},
    extension::ClientId,
    response::Response,
};

use super::{
    FeedbackFormat, HandedOver, Outgoing,
    connection::Conversation,
    mail::Mail,
    provider::{Security, Smtp},
    reply::{Refusal, Stage},
    secret::Secret,
};
use crate::{
    db::ids::SendingAccountId,
    web::outbound::{self, Reach},
};

/// Time for all of an attempt.
const WITHIN: Duration = Duration::from_secs(30);
/// Time until a server is connected.
const TO_CONNECT: Duration = Duration::from_secs(10);
/// Addresses of a name that are tried.
const MOST_ADDRESSES: usize = 3;
/// Where mail servers on this machine listen; other doors of the machine are no affair of whoever sets up an account.
const LOCAL_PORTS: [u16; 5] = [25, 465, 587, 1025, 2525];

/// A link to a mail server.
pub struct SmtpLink {
    account: SendingAccountId,
    feedback: FeedbackFormat,
    smtp: Smtp,
    secret: Option<Secret>,
    reach: Reach,
    within: Duration,
    connected: Option<SmtpConnection>,
}

impl std::fmt::Debug for SmtpLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpLink").field("smtp", &self.smtp).finish_non_exhaustive()
    }
}

/// Why a command has no good answer.
enum Failure {
    Refused(Refusal),
    /// The connection broke, or what came is no answer.
    Broken {
        words: String,
        is_unwritten: bool,
    },
}

fn failure(error: &Error, within: Duration) -> Failure {
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    if let Some(code) = error.status() {
        return Failure::Refused(Refusal { code: code.into(), words: said });
    }
    let cause = error.source().and_then(|source| source.downcast_ref::<io::Error>()).map(io::Error::kind);
    let words = match cause {
        _ if error.is_tls() => format!("The connection to the mail server cannot be encrypted: {said}."),
        Some(io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) => {
            format!("The mail server did not answer within {} seconds.", within.as_secs())
        }
        Some(io::ErrorKind::ConnectionRefused) => "Nothing answers at this port of the mail server.".to_owned(),
        Some(_) => format!("The connection to the mail server broke: {said}."),
        None if said == "incomplete response" => "The mail server closed the connection.".to_owned(),
        None => format!("The mail server's answer cannot be understood: {said}."),
    };
    Failure::Broken { words, is_unwritten: cause == Some(io::ErrorKind::BrokenPipe) }
}

impl SmtpLink {
    pub fn new(
        account: SendingAccountId,
        feedback: FeedbackFormat,
        smtp: Smtp,
        secret: Option<Secret>,
        reach: Reach,
    ) -> Self {
        Self { account, feedback, smtp, secret, reach, within: WITHIN, connected: None }
    }

    /// Hands a message over, on the connection that is there if it still works.
    pub fn hand_over(&mut self, message: &Outgoing, now: DateTime<Utc>, talk: &mut Conversation) -> HandedOver {
        let mail = match Mail::new(self.account, self.feedback, &self.smtp, message, now) {
            Ok(mail) => mail,
            Err(words) => {
                talk.noted(&words);
                return HandedOver::Refused { code: None, words };
            }
        };
        let deadline = Instant::now() + self.within;
        let reused = self.connected.take();
        let was_connected = reused.is_some();
        let mut connection = match reused.map_or_else(|| self.connect(deadline, talk), Ok) {
            Ok(connection) => connection,
            Err(came) => return came,
        };
        // A server may have closed a connection that was idle: then nothing was said on it.
        let mut begun = begin(&mut connection, &mail, deadline, talk);
        if was_connected
            && matches!(begun, Err((_, Failure::Broken { .. }) | (_, Failure::Refused(Refusal { code: 421, .. }))))
        {
            talk.noted("The connection was closed meanwhile.");
            connection = match self.connect(deadline, talk) {
                Ok(connection) => connection,
                Err(came) => return came,
            };
            begun = begin(&mut connection, &mail, deadline, talk);
        }
        let (came, works) = match begun {
            Ok(()) => self.finish(&mut connection, &mail, deadline, talk),
            Err((stage, Failure::Refused(refusal))) => {
                let works = refusal.code != 421;
                (refusal.judged(stage), works)
            }
            Err((_, Failure::Broken { words, .. })) => (HandedOver::later(None, talk.shown(&words)), false),
        };
        let is_taken = matches!(came, HandedOver::Taken { .. });
        if works && (is_taken || command(&mut connection, "RSET\r\n", "RSET", deadline, talk).is_ok()) {
            self.connected = Some(connection);
        }
        came
    }

    /// The message itself. From the moment at which the final dot was written the server may have it.
    fn finish(
        &self,
        connection: &mut SmtpConnection,
        mail: &Mail,
        deadline: Instant,
        talk: &mut Conversation,
    ) -> (HandedOver, bool) {
        // In one piece with the final dot: two writes would wait for each other.
        match command(connection, &mail.data, &mail.data, deadline, talk) {
            Ok(response) => {
                let words = response.message().collect::<Vec<_>>().join(" ");
                (HandedOver::Taken { provider_id: queue_id(&words), words: talk.shown(&words) }, true)
            }
            Err(Failure::Refused(refusal)) => {
                let works = refusal.code != 421;
                (refusal.judged(Stage::Data), works)
            }
            Err(Failure::Broken { words, is_unwritten: true }) => (HandedOver::later(None, talk.shown(&words)), false),
            Err(Failure::Broken { words, is_unwritten: false }) => {
                (HandedOver::Unknown { words: talk.shown(&words) }, false)
            }
        }
    }

    /// The addresses of the server.
    fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        let Smtp { host, port, security, .. } = &self.smtp;
        let is_local_server =
            |address: &SocketAddr| address.ip().to_canonical().is_loopback() && LOCAL_PORTS.contains(port);
        let may_be_plain =
            |address: &SocketAddr| *security != Security::None || address.ip().to_canonical().is_loopback();
        let is_open = |address: &SocketAddr| self.reach.allows(address.ip()) || is_local_server(address);
        let mut found =
            outbound::resolve(host, *port, |_| true).map_err(|_| format!("There is no server of the name {host}."))?;
        found.retain(is_open);
        if found.is_empty() {
            return Err("The mail server is in a private network, where this server sends only if KITH_PRIVATE_WEBHOOKS allows it.".to_owned());
        }
        found.retain(may_be_plain);
        if found.is_empty() {
            return Err("Without encryption kith sends only to a mail server on this machine.".to_owned());
        }
        found.truncate(MOST_ADDRESSES);
        Ok(found)
    }

    /// Connects, encrypts, signs in.
    fn connect(&self, deadline: Instant, talk: &mut Conversation) -> Result<SmtpConnection, HandedOver> {
        let of_account = |words: String, talk: &mut Conversation| {
            talk.noted(&words);
            HandedOver::of_account(None, talk.shown(&words))
        };
        let addresses = self.addresses().map_err(|words| of_account(words, talk))?;
        let Smtp { host, port, security, .. } = &self.smtp;
        let tls = TlsParameters::new(host.clone())
            .map_err(|_| of_account(format!("{host} is no name that a certificate can have."), talk))?;
        let from_start = (*security == Security::Tls).then_some(&tls);
        let hello = ClientId::default();
        talk.noted(&format!("Connecting to {host}, port {port}."));
        let within = left(deadline).min(TO_CONNECT);
        let broken = |error: Error, talk: &mut Conversation| match failure(&error, within) {
            Failure::Refused(refusal) => {
                talk.heard(&format!("{} {}", refusal.code, refusal.words));
                refusal.judged(Stage::Greeting)
            }
            Failure::Broken { words, .. } => of_account(words, talk),
        };
        let mut connection = SmtpConnection::connect(&addresses[..], Some(within), &hello, from_start, None)
            .map_err(|error| broken(error, talk))?;
        talk.said(&format!("EHLO {hello}"));
        talk.heard(&connection.server_info().to_string());
        if *security == Security::StartTls {
            if !connection.can_starttls() {
                return Err(of_account(
                    "The mail server offers no STARTTLS, and nothing is sent without.".to_owned(),
                    talk,
                ));
            }
            talk.said("STARTTLS");
            connection.starttls(&tls, &hello).map_err(|error| broken(error, talk))?;
            talk.noted("The connection is encrypted.");
        }
        if let Some(secret) = self.secret.as_ref().filter(|_| !self.smtp.user.is_empty()) {
            talk.said("AUTH (name and password)");
            let credentials = Credentials::new(self.smtp.user.clone(), secret.text().to_owned());
            let answer = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).map_err(|error| {
                if error.is_client() {
                    return of_account("The mail server offers no way to sign in that kith knows.".to_owned(), talk);
                }
                broken(error, talk)
            })?;
            talk.heard(&line(&answer));
        }
        Ok(connection)
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(100))
}

fn line(response: &Response) -> String {
    let lines: Vec<String> = response.message().map(|line| format!("{} {line}", response.code())).collect();
    lines.join("\n")
}

/// Says something and hears the answer.
fn command(
    connection: &mut SmtpConnection,
    sent: &str,
    shown: &str,
    deadline: Instant,
    talk: &mut Conversation,
) -> Result<Response, Failure> {
    talk.said(shown);
    let within = left(deadline);
    let answer = connection.set_timeout(Some(within)).map_err(|error| Failure::Broken {
        words: format!("The connection to the mail server broke: {error}."),
        is_unwritten: true,
    });
    let answer = answer.and_then(|()| connection.command(sent).map_err(|error| failure(&error, within)));
    match &answer {
        Ok(response) => talk.heard(&line(response)),
        Err(Failure::Refused(refusal)) => talk.heard(&format!("{} {}", refusal.code, refusal.words)),
        Err(Failure::Broken { words, .. }) => talk.noted(words),
    }
    answer
}

/// Sender, recipient, `DATA`: whatever fails here, nothing was sent.
fn begin(
    connection: &mut SmtpConnection,
    mail: &Mail,
    deadline: Instant,
    talk: &mut Conversation,
) -> Result<(), (Stage, Failure)> {
    let commands = [
        (Stage::Sender, MailFrom::new(Some(mail.from.clone()), Vec::new()).to_string()),
        (Stage::Recipient, Rcpt::new(mail.to.clone(), Vec::new()).to_string()),
        (Stage::Data, Data.to_string()),
    ];
    for (stage, text) in commands {
        command(connection, &text, &text, deadline, talk).map_err(|failure| (stage, failure))?;
    }
    Ok(())
}

/// The id under which the server queued the message, where it says so as most do: "queued as 4Xq1".
fn queue_id(words: &str) -> Option<String> {
    let (_, rest) = words.split_once("queued as ")?;
    let id: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
    let id = id.trim_end_matches('.');
    (!id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use uuid::Uuid;

    use super::*;
    use crate::{db::ids::MessageId, sending_accounts::Sender};

    /// What comes of a message to a server that says all this at once, and nothing more.
    fn sent_to(says: &'static str) -> HandedOver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(says.as_bytes()).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let from = Sender { name: String::new(), email: "shop@example.com".to_owned() };
        let (host, user, reply_to) = ("127.0.0.1".to_owned(), String::new(), String::new());
        let smtp = Smtp { host, port, security: Security::None, user, from, reply_to };
        let id = SendingAccountId(Uuid::nil());
        let mut link = SmtpLink::new(id, FeedbackFormat::Kith, smtp, None, Reach::Anywhere);
        link.within = Duration::from_millis(300);
        let message = Outgoing {
            id: MessageId(Uuid::nil()),
            to: "ann@example.com".to_owned(),
            subject: "Hi".to_owned(),
            text: "Hi".to_owned(),
            html: None,
            unsubscribe: None,
        };
        link.hand_over(&message, DateTime::UNIX_EPOCH, &mut Conversation::default())
    }

    #[test]
    fn a_slow_server_is_waited_for_within_bounds() {
        let came = sent_to("");
        assert!(matches!(came, HandedOver::Later { is_of_account: true, .. }), "{came:?}");
        let came = sent_to("220 hi\r\n250 hi\r\n250 ok\r\n");
        assert!(matches!(came, HandedOver::Later { is_of_account: false, .. }), "before the final dot: {came:?}");
        let came = sent_to("220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n354 go\r\n");
        assert!(matches!(came, HandedOver::Unknown { .. }), "after it: {came:?}");
        let came = sent_to("220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 Ok: queued as 4Xq-1\r\n");
        assert!(matches!(came, HandedOver::Taken { provider_id: Some(id), .. } if id == "4Xq-1"));
    }

    #[test]
    fn other_doors_of_this_machine_and_private_networks_stay_closed() {
        let link = |host: &str, port, security| {
            let from = Sender { name: String::new(), email: "shop@example.com".to_owned() };
            let (host, user, reply_to) = (host.to_owned(), String::new(), String::new());
            let smtp = Smtp { host, port, security, user, from, reply_to };
            SmtpLink::new(SendingAccountId(Uuid::nil()), FeedbackFormat::Kith, smtp, None, Reach::Public).addresses()
        };
        assert!(link("127.0.0.1", 25, Security::None).is_ok());
        for (host, port, security) in [
            ("127.0.0.1", 5432, Security::None),
            ("10.0.0.1", 25, Security::StartTls),
            ("169.254.169.254", 80, Security::Tls),
            ("8.8.8.8", 25, Security::None),
        ] {
            assert!(link(host, port, security).is_err(), "{host}:{port}");
        }
    }
}
