//! Names that senders spell in many ways and that mean one thing: one table for all formats and imports.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::{Map, Value};

use crate::{
    identities::Channel,
    json,
    subscriptions::{Line, Reason, Subscription, SubscriptionState},
};

/// What a reserved name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// An attribute, and no more.
    Attribute,
    /// An attribute that is the address of a channel, too.
    Address(Channel),
    /// When the sender first knew the person.
    CreatedAt,
    /// Whether the person wants no messages at all.
    Unsubscribed,
}

/// A reserved name and its spellings.
#[derive(Debug)]
pub struct Reserved {
    /// The name under which the value is kept.
    pub name: &'static str,
    pub means: Means,
    /// What becomes of the value, for the documentation.
    pub about: &'static str,
    /// Other spellings. Case, spaces, hyphens, underscores and dots do not matter.
    pub spellings: &'static [&'static str],
}

const fn attribute(name: &'static str, about: &'static str, spellings: &'static [&'static str]) -> Reserved {
    Reserved { name, means: Means::Attribute, about, spellings }
}

/// All reserved names.
pub static RESERVED: [Reserved; 9] = [
    attribute("name", "The whole name.", &["fullName", "Full Name"]),
    attribute("first_name", "The first name.", &["firstName", "First Name", "FNAME", "givenName"]),
    attribute("last_name", "The last name.", &["lastName", "Last Name", "LNAME", "familyName", "surname"]),
    attribute("birthday", "The day of birth.", &["birthDate", "dateOfBirth", "dob"]),
    attribute("timezone", "The time zone.", &["timeZone", "time_zone"]),
    Reserved {
        name: "email",
        means: Means::Address(Channel::Email),
        about: "The address for email. What is none is refused.",
        spellings: &["e-mail", "emailAddress", "Email Address"],
    },
    Reserved {
        name: "phone",
        means: Means::Address(Channel::Sms),
        about: "The number for text messages, with a country code. What is none is refused.",
        spellings: &["phoneNumber", "phone_number", "Phone Number"],
    },
    Reserved {
        name: "created_at",
        means: Means::CreatedAt,
        about: "When you first knew them, if it is a time.",
        spellings: &["createdAt", "Created At"],
    },
    Reserved {
        name: "unsubscribed",
        means: Means::Unsubscribed,
        about: "Yes or no, true or false, 1 or 0, in any case: a subscription to everything, and no attribute.",
        spellings: &["Unsubscribed"],
    },
];

/// A name without what its spellings differ in.
fn plain(name: &str) -> String {
    let is_filler = |c: &char| matches!(c, '_' | '-' | '.' | ' ');
    name.trim().chars().filter(|c| !is_filler(c)).flat_map(char::to_lowercase).collect()
}

static BY_SPELLING: LazyLock<HashMap<String, &'static Reserved>> = LazyLock::new(|| {
    let spellings = |reserved: &'static Reserved| std::iter::once(&reserved.name).chain(reserved.spellings);
    RESERVED.iter().flat_map(|reserved| spellings(reserved).map(move |it| (plain(it), reserved))).collect()
});

/// The reserved name that a sender means; `None` for a name of its own.
pub fn reserved(name: &str) -> Option<&'static Reserved> {
    BY_SPELLING.get(&plain(name)).copied()
}

/// The values by name, each reserved name in its own spelling and with its meaning. Of several spellings of one name the name itself
/// counts, else the first; the others stay attributes of their own, so that nothing is lost.
pub fn in_one_spelling(fields: Map<String, Value>) -> Vec<(String, Means, Value)> {
    let mut taken: Vec<&'static str> =
        RESERVED.iter().map(|reserved| reserved.name).filter(|name| fields.contains_key(*name)).collect();
    let one = |(name, value): (String, Value)| match reserved(&name) {
        Some(found) if name == found.name => (name, found.means, value),
        Some(found) if !taken.contains(&found.name) => {
            taken.push(found.name);
            (found.name.to_owned(), found.means, value)
        }
        _ => (name, Means::Attribute, value),
    };
    fields.into_iter().map(one).collect()
}

/// Yes or no, as senders write it; `None` if it is neither.
pub fn yes_or_no(given: &Value) -> Option<bool> {
    let word = match given {
        Value::Bool(flag) => return Some(*flag),
        Value::Number(number) => json::digits(number.as_str()),
        Value::String(text) => text.trim().to_lowercase(),
        _ => return None,
    };
    match word.as_str() {
        "yes" | "true" | "1" => Some(true),
        "no" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// What an attribute that says whether somebody is unsubscribed says of their subscription.
pub fn unsubscribed(is_unsubscribed: bool) -> (Line, Subscription) {
    let state = if is_unsubscribed { SubscriptionState::Unsubscribed } else { SubscriptionState::Subscribed };
    (Line::everything(), Subscription { state, reason: Reason::Trait })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_is_known_in_any_spelling() {
        for (spelling, name) in [
            ("firstName", "first_name"),
            ("first name", "first_name"),
            ("FNAME", "first_name"),
            ("Last-Name", "last_name"),
            ("Full Name", "name"),
            ("createdAt", "created_at"),
            ("phoneNumber", "phone"),
            ("E-Mail", "email"),
        ] {
            assert_eq!(reserved(spelling).map(|it| it.name), Some(name), "{spelling}");
        }
        assert!(reserved("plan").is_none() && reserved("first").is_none());
    }

    #[test]
    fn of_several_spellings_nothing_is_lost() {
        let Value::Object(fields) =
            json!({"FNAME": "A", "firstName": "B", "first_name": "C", "lastName": "D", "surname": "E"})
        else {
            panic!("an object")
        };
        let named: Vec<_> = in_one_spelling(fields).into_iter().map(|(name, _, value)| (name, value)).collect();
        let expected = [("FNAME", "A"), ("firstName", "B"), ("first_name", "C"), ("last_name", "D"), ("surname", "E")];
        assert_eq!(named, expected.map(|(name, value)| (name.to_owned(), json!(value))));
    }

    #[test]
    fn yes_and_no_are_written_in_many_ways() {
        for yes in [json!(true), json!(1), json!(1.0), json!("YES"), json!(" True "), json!("1")] {
            assert_eq!(yes_or_no(&yes), Some(true), "{yes}");
        }
        for no in [json!(false), json!(0), json!("No"), json!("FALSE"), json!("0")] {
            assert_eq!(yes_or_no(&no), Some(false), "{no}");
        }
        for neither in [json!("maybe"), json!(2), json!(null), json!([])] {
            assert_eq!(yes_or_no(&neither), None, "{neither}");
        }
    }
}
