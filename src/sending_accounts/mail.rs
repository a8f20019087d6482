//! An email as it goes over the wire: headers that nobody can break out of, and a body in seven bits.

use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};

use super::{FeedbackFormat, Outgoing, provider::Smtp};
use crate::db::ids::SendingAccountId;

/// An email, ready for the wire.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: Address,
    pub to: Address,
    /// The text after `DATA`, with its dots doubled and the final one.
    pub data: String,
}

/// Text of a header without line breaks and other invisible characters.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// An address with its domain in the letters of the internet.
///
/// # Errors
/// It is no address, or has letters before the @ that old servers do not know.
fn address(email: &str) -> Result<Address, String> {
    let wrong = || format!("{} is not an email address.", one_line(email));
    let (local, domain) = email.trim().rsplit_once('@').ok_or_else(wrong)?;
    if !local.is_ascii() {
        return Err("Addresses with such letters before the @ cannot be sent to.".to_owned());
    }
    let domain = idna::domain_to_ascii(domain).map_err(|_| wrong())?;
    Address::new(local, domain).map_err(|_| wrong())
}

fn header(name: &'static str, value: &str) -> Result<HeaderValue, String> {
    let value = one_line(value);
    let broken = || format!("The header {name} cannot be written.");
    // As it is: folding would break an address, and so would encoding.
    if !value.is_ascii() || value.len() > 900 {
        return Err(broken());
    }
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| broken())?;
    Ok(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value))
}

impl Mail {
    /// Makes the email of a message.
    ///
    /// # Errors
    /// It cannot be made, and never will. The text is for people.
    pub fn new(
        account: SendingAccountId,
        feedback: FeedbackFormat,
        smtp: &Smtp,
        message: &Outgoing,
        now: DateTime<Utc>,
    ) -> Result<Self, String> {
        let (from, to) = (address(&smtp.from.email)?, address(&message.to)?);
        let name = Some(one_line(&smtp.from.name)).filter(|name| !name.is_empty());
        let mut builder = Message::builder()
            .from(Mailbox::new(name, from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(one_line(&message.subject))
            .message_id(Some(format!("<{}@{}>", message.id, from.domain())))
            .date(now.into());
        if !smtp.reply_to.is_empty() {
            builder = builder.reply_to(Mailbox::new(None, address(&smtp.reply_to)?));
        }
        let sort = if message.unsubscribe.is_some() { "campaign" } else { "service" };
        builder = builder.raw_header(header("Feedback-ID", &format!("{sort}:{}:kith", account.0.simple()))?);
        if let Some((name, value)) = feedback.header(message.id) {
            builder = builder.raw_header(header(name, &value)?);
        }
        if let Some(unsubscribe) = &message.unsubscribe {
            builder = builder
                .raw_header(header("List-Unsubscribe", &format!("<{}>", unsubscribe.url))?)
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?);
        }
        let plain = SinglePart::plain(message.text.clone());
        let made = match &message.html {
            Some(html) => {
                builder.multipart(MultiPart::alternative().singlepart(plain).singlepart(SinglePart::html(html.clone())))
            }
            None => builder.singlepart(plain),
        };
        let bytes = made.map_err(|error| format!("The email cannot be written: {error}."))?.formatted();
        let text = String::from_utf8(bytes).ok().filter(|text| text.is_ascii());
        let text = text.ok_or("The email cannot be written in seven bits.")?;
        Ok(Self { from, to, data: stuffed(&text) })
    }
}

/// The text after `DATA`: each line that begins with a dot gets another one, and a line with a dot alone ends it.
fn stuffed(text: &str) -> String {
    let mut data = String::with_capacity(text.len() + 64);
    let text = text.strip_suffix("\r\n").unwrap_or(text);
    for line in text.split("\r\n") {
        if line.starts_with('.') {
            data.push('.');
        }
        // A lone break could be one for a careless server, and hide a command behind it.
        data.extend(line.chars().filter(|c| !matches!(c, '\r' | '\n')));
        data.push_str("\r\n");
    }
    data.push_str(".\r\n");
    data
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        db::ids::MessageId,
        sending_accounts::{
            Unsubscribe,
            provider::{Security, Sender},
        },
    };

    fn smtp(name: &str) -> Smtp {
        Smtp {
            host: "localhost".to_owned(),
            port: 25,
            security: Security::None,
            user: String::new(),
            from: Sender { name: name.to_owned(), email: "shop@käse.example".to_owned() },
            reply_to: "help@shop.example".to_owned(),
        }
    }

    fn message() -> Outgoing {
        Outgoing {
            id: MessageId(Uuid::from_u128(7)),
            to: "ann@example.com".to_owned(),
            subject: "Hello".to_owned(),
            text: "Hello Ann".to_owned(),
            html: None,
            unsubscribe: None,
        }
    }

    fn data(smtp: &Smtp, message: &Outgoing) -> String {
        let now = "2026-11-30T12:00:00Z".parse().unwrap();
        Mail::new(SendingAccountId(Uuid::from_u128(9)), FeedbackFormat::Kith, smtp, message, now).unwrap().data
    }

    #[test]
    fn headers_say_who_when_and_how_to_leave() {
        let unsubscribe = Some(Unsubscribe { url: "https://kith.example/preferences/x?a=1&b=2".to_owned() });
        let html = Some("<p>Grüße</p>".to_owned());
        let sent =
            data(&smtp("Käse & Co"), &Outgoing { subject: "Grüße 🎉".to_owned(), html, unsubscribe, ..message() });
        for line in [
            "Message-ID: <00000000-0000-0000-0000-000000000007@xn--kse-qla.example>",
            "Date: Mon, 30 Nov 2026 12:00:00 +0000",
            "To: ann@example.com",
            "Reply-To: help@shop.example",
            "List-Unsubscribe: <https://kith.example/preferences/x?a=1&b=2>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Feedback-ID: campaign:00000000000000000000000000000009:kith",
            "MIME-Version: 1.0",
        ] {
            assert!(sent.lines().any(|it| it == line), "{line} in {sent}");
        }
        assert!(sent.contains("multipart/alternative") && sent.is_ascii(), "{sent}");
        assert!(sent.contains("=?utf-8?b?"), "{sent}");
        assert!(!data(&smtp(""), &message()).contains("List-Unsubscribe"));
    }

    #[test]
    fn each_provider_is_handed_the_id_that_it_tells_again() {
        let now = "2026-11-30T12:00:00Z".parse().unwrap();
        let id = "00000000-0000-0000-0000-000000000007";
        for (feedback, line) in [
            (FeedbackFormat::Sendgrid, format!("X-SMTPAPI: {{\"unique_args\":{{\"kith_message\":\"{id}\"}}}}")),
            (FeedbackFormat::Postmark, format!("X-PM-Metadata-kith_message: {id}")),
            (FeedbackFormat::Mailgun, format!("X-Mailgun-Variables: {{\"kith_message\":\"{id}\"}}")),
            (FeedbackFormat::Ses, format!("X-SES-MESSAGE-TAGS: kith_message={id}")),
        ] {
            let mail = Mail::new(SendingAccountId(Uuid::nil()), feedback, &smtp(""), &message(), now).unwrap();
            assert!(mail.data.lines().any(|it| it == line), "{line} in {}", mail.data);
        }
        assert!(!data(&smtp(""), &message()).contains("kith_message"));
    }

    #[test]
    fn no_text_becomes_a_header() {
        let evil = "Hi\r\nBcc: eve@example.com\n\nX: \u{85}y";
        let sent = data(&smtp(evil), &Outgoing { subject: evil.to_owned(), ..message() });
        let head = sent.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc") || line.starts_with("X:")), "{head}");
        let now = DateTime::UNIX_EPOCH;
        let id = SendingAccountId(Uuid::nil());
        for to in [
            "ann@example.com\r\nRCPT TO:<eve@example.com>",
            "ann@example.com> <eve@example.com",
            "ann",
            "@",
            "a b@x.de",
            "ä@x.de",
        ] {
            assert!(
                Mail::new(id, FeedbackFormat::Kith, &smtp(""), &Outgoing { to: to.to_owned(), ..message() }, now)
                    .is_err(),
                "{to}"
            );
        }
        let url = "https://x.example/>\r\nBcc: eve@example.com".to_owned();
        let sent = data(&smtp(""), &Outgoing { unsubscribe: Some(Unsubscribe { url }), ..message() });
        assert!(!sent.lines().any(|line| line.starts_with("Bcc")), "{sent}");
    }

    #[test]
    fn dots_at_the_beginning_of_lines_are_doubled() {
        assert_eq!(stuffed("a\r\n.\r\n..b\r\n.c\r\n"), "a\r\n..\r\n...b\r\n..c\r\n.\r\n");
        assert_eq!(stuffed("a\r\n\r\n"), "a\r\n\r\n.\r\n");
        assert_eq!(stuffed("a\n.\nb"), "a.b\r\n.\r\n", "no lone break");
        let sent = data(&smtp(""), &Outgoing { text: "Hello\n.\nRSET\n.hidden".to_owned(), ..message() });
        assert!(sent.ends_with("Hello\r\n..\r\nRSET\r\n..hidden\r\n.\r\n"), "{sent}");
        assert_eq!(sent.matches("\r\n.\r\n").count(), 1);
    }

    #[test]
    fn long_lines_and_any_letters_stay_within_seven_bits() {
        for text in ["x".repeat(5000), "🎉".repeat(2000), "Ж".repeat(400), "a\0b".to_owned(), String::new()] {
            let sent = data(&smtp(""), &Outgoing { text, ..message() });
            assert!(sent.is_ascii() && sent.split("\r\n").all(|line| line.len() < 998), "{sent}");
        }
    }
}
