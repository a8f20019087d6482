//! What the heads of columns mean, in the spellings of common exports: Mailchimp, HubSpot, Klaviyo, Shopify, Salesforce, Google Contacts,
//! Customer.io and our own.

use chrono::FixedOffset;

use super::cells::is_unseen;
use crate::{
    attributes::AttributeName,
    identities::Channel,
    ingest::{Means, Reserved, reserved},
    ledger::Invalid,
    subscriptions::{Medium, SubscriptionState},
};

/// Meaning of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// The sender's id of the profile.
    Id,
    /// An anonymous id of a browser or an installation.
    Anonymous,
    /// An address. An email or a phone number without an id becomes the id, too (V1.6).
    Address(Channel),
    /// Tags, separated by semicolons, commas or bars (V4.7).
    Tags,
    /// Time at which the sender first knew the person.
    CreatedAt,
    /// Time at which the line was true.
    AsOf,
    /// Whether the person wants messages.
    Consent(Consent),
    /// An attribute of that name.
    Attribute(AttributeName),
    /// The column is not imported.
    Skip,
}

/// A column about messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Channel of the messages; `None`: all of them.
    pub channel: Option<Medium>,
    pub says: Says,
}

/// What the cells of a column about messages say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Yes: messages are wanted.
    Wants,
    /// Yes: they are not.
    Refuses,
    /// Yes: they are not. No says nothing: who never refused has not agreed.
    RefusesOnly,
    /// When somebody left; blank says nothing.
    LeftAt,
}

const YES: [&str; 8] = ["yes", "true", "1", "y", "x", "subscribed", "opted in", "opted_in"];
const NO: [&str; 14] = [
    "no",
    "false",
    "0",
    "n",
    "unsubscribed",
    "opted out",
    "opted_out",
    "never_subscribed",
    "never subscribed",
    "not_subscribed",
    "not subscribed",
    "suppressed",
    "cleaned",
    "bounced",
];

impl Consent {
    /// What a cell says; `None`: nothing.
    ///
    /// # Errors
    /// The cell has none of the words for yes and no.
    pub fn read(self, field: &str, cell: &str) -> Result<Option<SubscriptionState>, Invalid> {
        use SubscriptionState::{Pending, Subscribed, Unsubscribed};
        let word = cell.to_lowercase();
        if self.says == Says::LeftAt {
            return Ok(Some(Unsubscribed));
        }
        if matches!(word.as_str(), "pending" | "unconfirmed") {
            return Ok(Some(Pending));
        }
        // These words say it themselves, whatever the head asks.
        if word.ends_with("subscribed") || word.starts_with("opted") {
            return Ok(Some(if YES.contains(&word.as_str()) { Subscribed } else { Unsubscribed }));
        }
        let is_yes = YES.contains(&word.as_str());
        if !is_yes && !NO.contains(&word.as_str()) {
            return Err(Invalid::new(field, "must be yes or no, true or false, 1 or 0", cell));
        }
        Ok(match (self.says, is_yes) {
            (Says::Wants, true) | (Says::Refuses, false) => Some(Subscribed),
            (Says::RefusesOnly, false) => None,
            _ => Some(Unsubscribed),
        })
    }
}

/// Heads without what their spellings differ in: letters and digits in lower case.
fn plain(head: &str) -> String {
    head.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Columns about messages: heads, channel, and what they say.
const CONSENTS: [(&[&str], Option<Medium>, Says); 8] = [
    (&["unsubscribed"], None, Says::Refuses),
    (&["donotcontact", "optout", "optedout"], None, Says::RefusesOnly),
    (
        &[
            "acceptsemailmarketing",
            "emailmarketingconsent",
            "subscribedtoemails",
            "emailsubscribed",
            "emailoptin",
            "acceptsmarketing",
            "emailmarketing",
            "emailconsent",
            "emailmarketingstatus",
        ],
        Some(Medium::Email),
        Says::Wants,
    ),
    (
        &["acceptssmsmarketing", "smsmarketingconsent", "smsconsent", "smsoptin", "smssubscribed"],
        Some(Medium::Sms),
        Says::Wants,
    ),
    (
        &[
            "unsubscribedfromallemail",
            "emailoptout",
            "hasoptedoutofemail",
            "optedoutofemail",
            "donotemail",
            "emailunsubscribed",
        ],
        Some(Medium::Email),
        Says::RefusesOnly,
    ),
    (&["smsoptout", "donotsms", "hasoptedoutofsms"], Some(Medium::Sms), Says::RefusesOnly),
    (&["donotcall", "hasoptedoutofcall"], Some(Medium::Voice), Says::RefusesOnly),
    (&["unsubtime", "cleantime", "unsubscribedat", "emailunsubscribedat"], Some(Medium::Email), Says::LeftAt),
];

/// Attributes that other products call otherwise, in whole names and, after `address1` or another beginning, in parts of addresses.
const ATTRIBUTES: [(&str, &[&str]); 11] = [
    ("first_name", &["forename"]),
    ("name", &["contactname"]),
    (
        "company",
        &[
            "company",
            "companyname",
            "organization",
            "organisation",
            "organizationname",
            "associatedcompany",
            "accountname",
        ],
    ),
    ("birthday", &["birthdate", "birthday", "dateofbirth"]),
    ("city", &["city", "town"]),
    ("country", &["country", "countrycode"]),
    ("region", &["region", "state", "province", "provincecode", "stateprovince"]),
    ("postal_code", &["zip", "zipcode", "postcode", "postalcode"]),
    ("street", &["street", "streetaddress", "address1"]),
    ("language", &["language", "preferredlanguage", "locale"]),
    ("note", &["note", "notes"]),
];
/// Beginnings of the parts of an address.
const OF_ADDRESS: [&str; 5] = ["defaultaddress", "mailing", "billing", "address1", "primaryaddress"];

const EMAILS: [&str; 4] = ["email", "emailaddress", "primaryemail", "mail"];
const PHONES: [&str; 11] = [
    "phone",
    "phonenumber",
    "mobile",
    "mobilephone",
    "mobilenumber",
    "mobilephonenumber",
    "cellphone",
    "sms",
    "telephone",
    "primaryphone",
    "defaultaddressphone",
];

/// Whether a head is one of these, or has a number and "value" behind it: `E-mail 1 - Value`.
fn is_one_of(plain: &str, stems: &[&str]) -> bool {
    let has_number = |rest: &str| rest.trim_end_matches("value").chars().all(|c| c.is_ascii_digit());
    stems.iter().any(|stem| plain.strip_prefix(stem).is_some_and(has_number))
}

impl Column {
    /// The meaning of a head: the usual names of ids, addresses, tags and answers, else an attribute.
    ///
    /// # Errors
    /// It is no name of an attribute either.
    pub fn from_name(name: &str) -> Result<Self, Invalid> {
        let plain = plain(name);
        if let Some((_, channel, says)) = CONSENTS.iter().find(|(heads, ..)| heads.contains(&plain.as_str())) {
            return Ok(Self::Consent(Consent { channel: *channel, says: *says }));
        }
        let known = match plain.as_str() {
            "" => Some(Self::Skip),
            "id" | "userid" | "customerid" | "externalid" | "distinctid" | "recordid" | "contactid" => Some(Self::Id),
            "anonymousid" => Some(Self::Anonymous),
            "tags" | "labels" => Some(Self::Tags),
            "asof" | "updatedat" | "lastmodifieddate" | "lastupdated" | "lastchanged" => Some(Self::AsOf),
            "createdate" | "createdon" | "datecreated" | "dateadded" => Some(Self::CreatedAt),
            _ if is_one_of(&plain, &EMAILS) => Some(Self::Address(Channel::Email)),
            _ if is_one_of(&plain, &PHONES) => Some(Self::Address(Channel::Sms)),
            _ => None,
        };
        if let Some(known) = known {
            return Ok(known);
        }
        match reserved(name) {
            Some(Reserved { means: Means::Address(channel), .. }) => Ok(Self::Address(*channel)),
            Some(Reserved { means: Means::CreatedAt, .. }) => Ok(Self::CreatedAt),
            Some(Reserved { name, .. }) => AttributeName::new(name).map(Self::Attribute),
            None => {
                let others = attribute(&plain).filter(|_| !is_ours(name));
                AttributeName::new(others.unwrap_or(name)).map(Self::Attribute)
            }
        }
    }

    /// The meaning that somebody chose for a column: also the address of a chat or of WhatsApp, whose names a file may use for anything.
    ///
    /// # Errors
    /// As [`Column::from_name`].
    pub fn chosen(name: &str) -> Result<Self, Invalid> {
        match Channel::from_stored(name.trim()) {
            Some(channel) => Ok(Self::Address(channel)),
            None => Self::from_name(name),
        }
    }

    /// Whether it says who a line is about.
    pub fn identifies(&self) -> bool {
        matches!(self, Self::Id | Self::Anonymous | Self::Address(Channel::Email | Channel::Sms))
    }

    /// Whether several columns of a file may have this meaning.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Address(_) | Self::Consent(_) | Self::Skip)
    }
}

/// The attribute that another product's head means.
fn attribute(plain: &str) -> Option<&'static str> {
    let part = OF_ADDRESS.iter().find_map(|start| plain.strip_prefix(start)).filter(|rest| !rest.is_empty());
    let named = |head: &str| ATTRIBUTES.iter().find(|(_, heads)| heads.contains(&head)).map(|(name, _)| *name);
    named(plain).or_else(|| part.and_then(named))
}

/// Whether a head is a name as systems give attributes, such as `state`: it means itself, and a file of kith comes back as it went.
fn is_ours(head: &str) -> bool {
    head.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A head without what cannot be seen at its ends.
pub fn head(name: &str) -> &str {
    name.trim_matches(is_unseen)
}

/// The zone that a head says of its times, as in `Create Date (GMT+1)`, with the head without it.
pub fn zone(head: &str) -> (&str, Option<FixedOffset>) {
    let found = head.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (GMT")).and_then(|(name, offset)| {
        let hours = if offset.is_empty() { Some(0) } else { offset.parse::<i32>().ok() };
        Some((name, FixedOffset::east_opt(hours.filter(|hours| hours.abs() <= 14)? * 3600)?))
    });
    found.map_or((head, None), |(name, zone)| (name, Some(zone)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_mean_what_products_mean() {
        let meaning = |head: &str| Column::from_name(head).unwrap();
        for head in ["Customer ID", "user_id", "Record ID", "Contact ID"] {
            assert_eq!(meaning(head), Column::Id, "{head}");
        }
        for head in ["E-Mail", "Email Address", "E-mail 1 - Value", "email"] {
            assert_eq!(meaning(head), Column::Address(Channel::Email), "{head}");
        }
        for head in ["phone_number", "Phone 1 - Value", "Default Address Phone", "Mobile"] {
            assert_eq!(meaning(head), Column::Address(Channel::Sms), "{head}");
        }
        let attribute = |name: &str| Column::Attribute(AttributeName::new(name).unwrap());
        for (head, name) in [
            ("plan", "plan"),
            ("FNAME", "first_name"),
            ("Default Address City", "city"),
            ("Address 1 - Country", "country"),
            ("Default Address Address1", "street"),
            ("Mailing State/Province", "region"),
            ("Date of birth", "birthday"),
            ("state", "state"),
            ("State", "region"),
            ("E-mail 1 - Label", "E-mail 1 - Label"),
            ("Phonetic First Name", "Phonetic First Name"),
        ] {
            assert_eq!(meaning(head), attribute(name), "{head}");
        }
        assert_eq!(zone("Create Date (GMT+1)"), ("Create Date", FixedOffset::east_opt(3600)));
        assert_eq!(zone("Revenue (EUR)"), ("Revenue (EUR)", None));
    }

    #[test]
    fn answers_are_understood_in_the_words_of_products() {
        use SubscriptionState::{Subscribed, Unsubscribed};
        let said = |head: &str, cell: &str| {
            let Column::Consent(consent) = Column::from_name(head).unwrap() else { panic!("{head}") };
            consent.read(head, cell).unwrap()
        };
        for (head, cell, state) in [
            ("unsubscribed", "true", Some(Unsubscribed)),
            ("Unsubscribed", "No", Some(Subscribed)),
            ("subscribed_to_emails", "false", Some(Unsubscribed)),
            ("Accepts Email Marketing", "yes", Some(Subscribed)),
            ("Email Marketing Consent", "NEVER_SUBSCRIBED", Some(Unsubscribed)),
            ("Email Marketing Consent", "SUBSCRIBED", Some(Subscribed)),
            ("email_opt_out", "1", Some(Unsubscribed)),
            ("Unsubscribed from all email", "false", None),
            ("UNSUB_TIME", "2026-01-02 03:04:05", Some(Unsubscribed)),
            ("do_not_contact", "yes", Some(Unsubscribed)),
            ("do_not_contact", "no", None),
        ] {
            assert_eq!(said(head, cell), state, "{head}: {cell}");
        }
    }
}
