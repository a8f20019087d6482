//! What the heads of columns mean, in the spellings of common exports: Mailchimp, HubSpot, Klaviyo, Shopify, Salesforce, Google Contacts,
//! Customer.io and our own.

use chrono::FixedOffset;

use super::{cells::is_unseen, consents::Consent};
use crate::{
    attributes::AttributeName,
    identities::Channel,
    ingest::{Means, Reserved, reserved},
    ledger::Invalid,
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

/// Heads without what their spellings differ in: letters and digits in lower case.
fn plain(head: &str) -> String {
    head.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

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
        if let Some(consent) = Consent::of_head(&plain) {
            return Ok(Self::Consent(consent));
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

    /// What one chooses for this meaning; blank: the column is left out.
    pub fn name(&self) -> String {
        match self {
            Self::Id => "id".to_owned(),
            Self::Anonymous => "anonymous_id".to_owned(),
            Self::Address(Channel::Sms) => "phone".to_owned(),
            Self::Address(channel) => channel.as_str().to_owned(),
            Self::Tags => "tags".to_owned(),
            Self::CreatedAt => "created_at".to_owned(),
            Self::AsOf => "as_of".to_owned(),
            Self::Consent(consent) => consent.name().to_owned(),
            Self::Attribute(name) => name.as_str().to_owned(),
            Self::Skip => String::new(),
        }
    }

    /// Names to suggest for columns that are no attributes, each with what it is for.
    pub fn suggestions() -> impl Iterator<Item = (String, &'static str)> {
        let fixed = [
            (Self::Id, "ID"),
            (Self::Address(Channel::Email), "Email"),
            (Self::Address(Channel::Sms), "Phone"),
            (Self::Tags, "Tags"),
            (Self::CreatedAt, "When you first knew them"),
            (Self::AsOf, "When the row was true"),
            (Self::Anonymous, "ID of a browser"),
        ];
        let fixed = fixed.into_iter().map(|(column, label)| (column.name(), label));
        fixed.chain(Consent::suggestions().map(|(name, label)| (name.to_owned(), label)))
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
    fn every_meaning_can_be_chosen_by_its_name() {
        let of_heads = Consent::all().map(Column::Consent);
        let others = [Column::Id, Column::Anonymous, Column::Tags, Column::CreatedAt, Column::AsOf, Column::Skip];
        let addresses = Channel::ALL.into_iter().map(Column::Address);
        let attributes =
            ["city", "state", "Größe", "City (2)"].map(|name| Column::Attribute(AttributeName::new(name).unwrap()));
        for column in of_heads.chain(others).chain(addresses).chain(attributes) {
            assert_eq!(Column::chosen(&column.name()).unwrap(), column, "{:?}", column.name());
        }
        assert!(
            Column::suggestions().all(|(name, _)| !matches!(Column::chosen(&name), Ok(Column::Attribute(_)) | Err(_)))
        );
    }
}
