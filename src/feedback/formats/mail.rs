//! Mails about mails: notifications of delivery (RFC 3464) and complaints (RFC 5965), as mail servers send them. The message is found by
//! the `Message-ID` in the original headers that they carry.

use chrono::{DateTime, Utc};
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders};

use crate::feedback::{Bounce, Named, Outcome, Refused, Report};

/// Largest mail that is read, in bytes. Longer ones are cut: a report comes before the mail that it is about.
pub const LARGEST: usize = 1 << 20;
/// Stack of the thread that reads, in bytes: mails lie within mails, and a mail of that size may be thirty thousand deep.
const STACK: usize = 256 << 20;

/// Reads a mail.
///
/// # Errors
/// It is no report about a mail, or does not carry the headers of that mail. The text is for people.
pub fn read(mail: &[u8]) -> Result<Vec<Report>, Refused> {
    let mail = &mail[..mail.len().min(LARGEST)];
    let unread = || Refused::Unchecked("The mail cannot be read now. Send it again later.".to_owned());
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || read_here(mail));
        reader.map_err(|_| unread())?.join().map_err(|_| unread())?
    })
}

fn read_here(mail: &[u8]) -> Result<Vec<Report>, Refused> {
    let wrong = |rule: &str| Refused::Body(rule.to_owned());
    let mail = MessageParser::default().parse(mail).ok_or_else(|| wrong("This is no mail."))?;
    let of_kind = |kind: &str, sort: &str| mail.parts.iter().find(|part| is_of(part, kind, sort));
    let id = original(&mail).ok_or_else(|| {
        wrong("The mail does not carry the Message-ID of the one that it is about, so nobody knows which that was.")
    })?;
    let (named, at) = (Named::of_header(&id), mail.date().and_then(time));
    let outcome = if let Some(status) = of_kind("message", "delivery-status") {
        groups(status.contents()).find_map(|group| delivery(&group))
    } else if let Some(feedback) = of_kind("message", "feedback-report") {
        groups(feedback.contents()).find_map(|group| complaint(&group))
    } else {
        return Err(wrong("This mail is neither a notification of delivery (RFC 3464) nor a complaint (RFC 5965)."));
    };
    let report = |(outcome, code, words): (Outcome, String, String)| {
        Report::new(named.clone(), outcome, at).event(mail.message_id().unwrap_or_default()).saying(&code, &words)
    };
    Ok(outcome.map(report).into_iter().collect())
}

fn is_of(part: &MessagePart<'_>, kind: &str, sort: &str) -> bool {
    part.content_type().is_some_and(|it| {
        it.ctype().eq_ignore_ascii_case(kind) && it.subtype().is_some_and(|it| it.eq_ignore_ascii_case(sort))
    })
}

/// The `Message-ID` of the mail that this one is about: of the whole mail that came back, or of its headers alone.
fn original(mail: &Message<'_>) -> Option<String> {
    let id = |part: &MessagePart<'_>| -> Option<String> {
        if let Some(inner) = part.message() {
            return inner.message_id().map(str::to_owned);
        }
        if is_of(part, "text", "rfc822-headers") {
            let inner = MessageParser::default().parse_headers(part.contents())?;
            return inner.message_id().map(str::to_owned);
        }
        None
    };
    mail.parts.iter().find_map(id)
}

/// Fields of the groups of a report, which are written like the headers of a mail.
fn groups(contents: &[u8]) -> impl Iterator<Item = Vec<(String, String)>> {
    let text = String::from_utf8_lossy(contents).replace("\r\n", "\n");
    let groups: Vec<String> = text.split("\n\n").map(|group| format!("{}\n\n", group.trim_matches('\n'))).collect();
    groups.into_iter().map(|group| {
        let read = MessageParser::default().parse_headers(group.as_bytes());
        let pairs = |mail: Message<'_>| {
            let pairs = mail.headers_raw().map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
            pairs.collect()
        };
        read.map(pairs).unwrap_or_default()
    })
}

fn field<'g>(group: &'g [(String, String)], name: &str) -> &'g str {
    group.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
}

type Found = (Outcome, String, String);

/// What a group says of one recipient; `None`: nothing final.
fn delivery(group: &[(String, String)]) -> Option<Found> {
    let status = field(group, "status");
    let code = status.split_whitespace().next().unwrap_or_default();
    let outcome =
        match field(group, "action").split_whitespace().next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "delivered" => Outcome::Delivered,
            "failed" => Outcome::Undelivered(bounce(code)),
            _ => return None,
        };
    // “smtp; 550 5.1.1 no such user”
    let words = field(group, "diagnostic-code");
    let words =
        words.split_once(';').map_or(words, |(_, words)| words).split_whitespace().collect::<Vec<_>>().join(" ");
    Some((outcome, code.to_owned(), words))
}

/// Permanent failures (5.x.x) are for good, but for those that say nothing of the address: a full mailbox, a large message, a rule against
/// spam, a network that is away (RFC 3463).
fn bounce(code: &str) -> Bounce {
    let says_nothing = ["5.2.2", "5.2.3", "5.3", "5.4", "5.6", "5.7"]
        .iter()
        .any(|start| code.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
    if code.starts_with("5.") && !says_nothing { Bounce::Hard } else { Bounce::Soft }
}

/// What a complaint says; `None`: that it is none.
fn complaint(group: &[(String, String)]) -> Option<Found> {
    let kind = field(group, "feedback-type").to_ascii_lowercase();
    let outcome = match kind.as_str() {
        "" | "not-spam" | "auth-failure" => return None,
        "opt-out" | "opt-out-list" => Outcome::Unsubscribed,
        _ => Outcome::Complained,
    };
    Some((outcome, kind, String::new()))
}

fn time(date: &mail_parser::DateTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(date.to_timestamp(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_within_mails_end_nothing_however_deep_they_are() {
        let deep = "Content-Type: message/rfc822\n\n".repeat(LARGEST / 30);
        assert!(matches!(read(deep.as_bytes()), Err(Refused::Body(_))));
    }

    #[test]
    fn only_what_says_something_of_the_address_is_for_good() {
        for hard in ["5.1.1", "5.1.10", "5.0.0", "5.2.1", "5.5.0"] {
            assert_eq!(bounce(hard), Bounce::Hard, "{hard}");
        }
        for soft in ["4.4.7", "5.2.2", "5.2.3", "5.3.4", "5.4.4", "5.7.1", "", "x"] {
            assert_eq!(bounce(soft), Bounce::Soft, "{soft}");
        }
        assert_eq!(bounce("5.2.21"), Bounce::Hard);
    }
}
