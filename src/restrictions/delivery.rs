//! What systems report of messages (V6.3, V7.7-8): events such as "Email Bounced" say that an address takes no messages, or that the person
//! wants none.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Contact;
use crate::{identities::Address, subscriptions::Medium};

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The address does not exist.
    HardBounce,
    /// It came back this time.
    SoftBounce,
    Complaint,
    Unsubscribed,
    /// It was delivered, opened or clicked.
    Arrived,
}

/// What an event reports of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub medium: Medium,
    pub fate: Fate,
    /// The address that the event names; `None`: it is the one that the person has.
    pub contact: Option<Contact>,
    /// What the provider answered, at most 500 characters.
    pub words: Option<String>,
}

/// Properties that name the address.
const ADDRESSES: [&str; 7] = ["email", "email_address", "recipient", "to", "phone", "phone_number", "address"];
/// Properties that say how a message bounced, the clearest first.
const SORTS: [&str; 8] =
    ["bounce_type", "bounceType", "bounce_class", "type", "classification", "category", "status", "code"];
/// Properties with the words of the provider.
const WORDS: [&str; 8] =
    ["reason", "bounce_reason", "diagnostic", "diagnostic_code", "response", "error", "description", "message"];

/// All properties that a report is read from.
pub fn properties() -> impl Iterator<Item = &'static str> {
    ADDRESSES.into_iter().chain(SORTS).chain(WORDS).chain(["channel"])
}

/// What an event of this name reports; `None`: nothing that is known, or of no channel. Messages of devices are not among it: a device that
/// is gone is told by its token.
pub fn report(name: &str, properties: &Map<String, Value>) -> Option<Report> {
    let words = words(name);
    let last = words.last().map(String::as_str)?;
    let text = |names: &[&str]| names.iter().find_map(|name| said(properties.get(*name)?));
    let has = |word: &str| words.iter().any(|known| known == word);
    let fate = match last {
        "bounced" | "bounce" if has("hard") => Fate::HardBounce,
        "bounced" | "bounce" if has("soft") => Fate::SoftBounce,
        "bounced" | "bounce" if is_permanent(properties) => Fate::HardBounce,
        "bounced" | "bounce" => Fate::SoftBounce,
        "complained" | "complaint" | "spammed" | "spam" => Fate::Complaint,
        "unsubscribed" | "unsubscribe" => Fate::Unsubscribed,
        "delivered" | "opened" | "open" | "clicked" | "click" => Fate::Arrived,
        _ => return None,
    };
    let named = text(&["channel"]).and_then(|channel| Medium::parse(&channel).ok());
    let medium = medium(&words).or(named)?;
    let channel = *medium.addresses().first()?;
    let address = ADDRESSES.iter().find_map(|name| Address::new(channel, properties.get(*name)?.as_str()?).ok());
    let answer = text(&WORDS).map(|answer| answer.chars().take(500).collect::<String>());
    let answer = answer.map(|answer| answer.trim().to_owned()).filter(|answer| !answer.is_empty());
    Some(Report { medium, fate, contact: address.map(|address| Contact::new(channel, &address)), words: answer })
}

/// The words of a name, in lower case: of "Email Bounced", `email_bounced` and `emailBounced`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut is_new, mut was_lower) = (true, false);
    for letter in name.chars() {
        is_new |= !letter.is_alphanumeric() || letter.is_uppercase() && was_lower;
        was_lower = letter.is_lowercase();
        if !letter.is_alphanumeric() {
            continue;
        }
        if std::mem::take(&mut is_new) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

/// The channel with which a name begins.
fn medium(words: &[String]) -> Option<Medium> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["email" | "mail", ..] | ["e", "mail", ..] => Some(Medium::Email),
        ["sms" | "text", ..] => Some(Medium::Sms),
        ["whatsapp", ..] | ["whats", "app", ..] => Some(Medium::Whatsapp),
        _ => None,
    }
}

/// A text or a number as text.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a bounce is for good. Without a sign of that it is not: five of them in a row say the same.
fn is_permanent(properties: &Map<String, Value>) -> bool {
    let sorts = SORTS.iter().filter_map(|name| said(properties.get(*name)?)).map(|text| text.to_lowercase());
    for sort in sorts {
        if ["hard", "permanent"].iter().any(|word| sort.contains(word)) {
            return true;
        }
        if ["soft", "transient", "temporary"].iter().any(|word| sort.contains(word)) {
            return false;
        }
        match sort.as_bytes() {
            [b'5', b'.', ..] | [b'5', b'0'..=b'9', b'0'..=b'9', ..] => return true,
            [b'4', b'.', ..] | [b'4', b'0'..=b'9', b'0'..=b'9', ..] => return false,
            _ => {}
        }
    }
    let words = WORDS.iter().find_map(|name| said(properties.get(*name)?)).unwrap_or_default();
    let code: String = words.chars().take_while(char::is_ascii_digit).collect();
    code.len() == 3 && code.starts_with('5') && !words.to_lowercase().contains("mailbox full")
}

/// Soft bounces in a row that block an address.
const IN_A_ROW: usize = 5;
/// Time within which they are.
pub const WITHIN: TimeDelta = TimeDelta::days(30);

/// What is known of the messages to one address, by time and event.
#[derive(Clone, Debug, Default)]
pub struct Deliveries(BTreeMap<(DateTime<Utc>, Uuid), Fate>);

impl Deliveries {
    /// Notes what became of a message, once.
    pub fn note(&mut self, at: DateTime<Utc>, event: Uuid, fate: Fate) {
        self.0.insert((at, event), fate);
    }

    /// The end of the last five soft bounces in a row, within thirty days and without a message that arrived between them, of which the one
    /// at this time is one; `None`: there are none.
    pub fn end_of_row(&self, bounce: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (mut row, mut found): (Vec<DateTime<Utc>>, _) = (Vec::new(), None);
        for ((at, _), fate) in &self.0 {
            match fate {
                Fate::SoftBounce => row.push(*at),
                Fate::Arrived => row.clear(),
                _ => {}
            }
            let first = row.len().checked_sub(IN_A_ROW).map(|place| row[place]);
            if first.is_some_and(|first| *at - first <= WITHIN && (first..=*at).contains(&bounce)) {
                found = Some(*at);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(name: &str, properties: Value) -> Option<Report> {
        report(name, properties.as_object().expect("an object"))
    }

    #[test]
    fn names_of_many_systems_are_read() {
        for (name, properties, expected) in [
            ("Email Bounced", json!({"bounce_type": "Permanent"}), Some((Medium::Email, Fate::HardBounce))),
            ("email_bounced", json!({"status": "5.1.1"}), Some((Medium::Email, Fate::HardBounce))),
            ("emailBounced", json!({"code": 452}), Some((Medium::Email, Fate::SoftBounce))),
            ("Email Bounced", json!({"reason": "550 no such user"}), Some((Medium::Email, Fate::HardBounce))),
            ("Email Bounced", json!({"reason": "mailbox full"}), Some((Medium::Email, Fate::SoftBounce))),
            ("Email Bounced", json!({}), Some((Medium::Email, Fate::SoftBounce))),
            ("Email Soft Bounced", json!({"code": "550"}), Some((Medium::Email, Fate::SoftBounce))),
            ("SMS Hard Bounce", json!({}), Some((Medium::Sms, Fate::HardBounce))),
            ("E-Mail Marked as Spam", json!({}), Some((Medium::Email, Fate::Complaint))),
            ("Email Complained", json!({}), Some((Medium::Email, Fate::Complaint))),
            ("WhatsApp Unsubscribed", json!({}), Some((Medium::Whatsapp, Fate::Unsubscribed))),
            ("Unsubscribed", json!({"channel": "email"}), Some((Medium::Email, Fate::Unsubscribed))),
            ("Email Opened", json!({}), Some((Medium::Email, Fate::Arrived))),
            ("Unsubscribed", json!({}), None),
            ("Magazine Unsubscribed", json!({}), None),
            ("Push Bounced", json!({}), None),
            ("Ball Bounced", json!({"type": "hard"}), None),
            ("Email Sent", json!({}), None),
            ("", json!({}), None),
        ] {
            let found = read(name, properties.clone()).map(|report| (report.medium, report.fate));
            assert_eq!(found, expected, "{name} {properties}");
        }
    }

    #[test]
    fn the_address_that_is_named_and_the_words_are_kept() {
        let long = "x".repeat(600);
        let report = read("Email Bounced", json!({"to": "ANN@example.com", "reason": long})).expect("a report");
        assert_eq!(report.contact.map(|contact| contact.to_string()).as_deref(), Some("email:ann@example.com"));
        assert_eq!(report.words.map(|words| words.len()), Some(500));
        assert_eq!(read("Email Bounced", json!({"to": "Ann"})).and_then(|report| report.contact), None);
    }

    #[test]
    fn five_soft_bounces_in_a_row_count_in_any_order() {
        let day = |day: i64| DateTime::UNIX_EPOCH + TimeDelta::days(day);
        let of = |all: &[(i64, Fate)]| {
            let mut deliveries = Deliveries::default();
            all.iter().for_each(|(at, fate)| deliveries.note(day(*at), Uuid::from_u128(1), *fate));
            deliveries
        };
        let soft = |days: &[i64]| days.iter().map(|day| (*day, Fate::SoftBounce)).collect::<Vec<_>>();
        assert_eq!(of(&soft(&[1, 2, 3, 4])).end_of_row(day(4)), None);
        for late in [1, 3, 5] {
            assert_eq!(of(&soft(&[1, 2, 3, 4, 5])).end_of_row(day(late)), Some(day(5)), "whichever comes last");
        }
        assert_eq!(of(&soft(&[1, 2, 3, 4, 31])).end_of_row(day(31)), Some(day(31)));
        assert_eq!(of(&soft(&[1, 2, 3, 4, 32])).end_of_row(day(32)), None, "too long ago");
        let between = [soft(&[1, 2, 4, 5, 6]), vec![(3, Fate::Arrived)]].concat();
        assert_eq!(of(&between).end_of_row(day(6)), None, "one was delivered");
        let other = [soft(&[1, 2, 4, 5, 6]), vec![(3, Fate::Complaint)]].concat();
        assert_eq!(of(&other).end_of_row(day(6)), Some(day(6)));
    }
}
