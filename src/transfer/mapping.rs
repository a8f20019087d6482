//! Maps the columns of a CSV file.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    attributes::{AttributeName, AttributeValue},
    identities::{Address, Addresses, Channel, Identifier, Kind, Reading},
    ingest::{Identify, Means, Reserved, reserved, time, unsubscribed, yes_or_no},
    ledger::Invalid,
    registers::Fact,
    subscriptions::{Line, Subscription},
    tags::Tag,
};

/// Meaning of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// The sender's id of the profile.
    Id,
    /// An anonymous id of a browser or an installation.
    Anonymous,
    /// An address. An email without an id becomes the id, too (V1.6).
    Address(Channel),
    /// Tags, separated by semicolons (V4.7).
    Tags,
    /// Time at which the sender first knew the person.
    CreatedAt,
    /// Whether the person wants no messages at all.
    Unsubscribed,
    /// Time at which the line was true.
    AsOf,
    /// An attribute of that name.
    Attribute(AttributeName),
    /// The column is not imported.
    Skip,
}

impl Column {
    /// The meaning of a header without renaming: the usual names of ids, addresses and tags, else an attribute.
    pub fn from_name(name: &str) -> Result<Self, Invalid> {
        let plain: String = name.trim().to_lowercase().chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect();
        Ok(match plain.as_str() {
            "id" | "userid" | "customerid" | "externalid" | "distinctid" => Self::Id,
            "anonymousid" => Self::Anonymous,
            "mobile" | "mobilenumber" | "sms" => Self::Address(Channel::Sms),
            "tags" => Self::Tags,
            "asof" | "updatedat" => Self::AsOf,
            "" => Self::Skip,
            _ => match reserved(name) {
                Some(Reserved { means: Means::Address(channel), .. }) => Self::Address(*channel),
                Some(Reserved { means: Means::CreatedAt, .. }) => Self::CreatedAt,
                Some(Reserved { means: Means::Unsubscribed, .. }) => Self::Unsubscribed,
                Some(Reserved { name, means: Means::Attribute, .. }) => Self::Attribute(AttributeName::new(name)?),
                None => Self::Attribute(AttributeName::new(name)?),
            },
        })
    }
}

impl Column {
    /// The meaning that somebody chose for a column: also the address of a chat or of WhatsApp, whose names a file may use for anything.
    fn chosen(name: &str) -> Result<Self, Invalid> {
        match Channel::from_stored(name.trim()) {
            Some(channel) => Ok(Self::Address(channel)),
            None => Self::from_name(name),
        }
    }
}

/// The columns of a file, in its order.
#[derive(Clone, Debug)]
pub struct Mapping {
    columns: Vec<(String, Column)>,
}

/// A parsed line.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Identifiers of the profile.
    pub identifiers: Vec<Identifier>,
    /// The email, where it alone says who the line is about.
    pub email_alone: Option<Address>,
    /// Attributes and addresses.
    pub identify: Identify,
    /// Tags to add.
    pub tags: Vec<Tag>,
    /// What the line says of messages.
    pub subscription: Option<(Line, Subscription)>,
    /// Time at which the line was true, if it states one.
    pub as_of: Option<DateTime<Utc>>,
}

impl Mapping {
    /// Maps a header. `renamed` overrides the meaning of columns: a usual name such as `email` or `id`, an attribute's name, or a blank to
    /// leave the column out.
    ///
    /// # Errors
    /// A renamed column is missing in the file, or a name breaks a rule.
    pub fn new(header: &[String], renamed: &HashMap<String, String>) -> anyhow::Result<Self> {
        if let Some(unknown) = renamed.keys().find(|name| !header.contains(name)) {
            anyhow::bail!(
                "--map names the column {unknown:?}, which the file does not have; it has: {}",
                header.join(", ")
            );
        }
        let column = |name: &String| {
            let column = renamed.get(name).map_or_else(|| Column::from_name(name), |chosen| Column::chosen(chosen))?;
            Ok((name.clone(), column))
        };
        let columns: Vec<(String, Column)> = header.iter().map(column).collect::<Result<_, Invalid>>()?;
        let identifies =
            |column: &Column| matches!(column, Column::Id | Column::Anonymous | Column::Address(Channel::Email));
        if !columns.iter().any(|(_, column)| identifies(column)) {
            anyhow::bail!(
                "no column says who a line is about: name one id, user_id, customer_id, email or anonymous_id, or use --map, as in --map nr=id"
            );
        }
        let mut seen: Vec<&Column> = Vec::new();
        for (name, column) in columns.iter().filter(|(_, column)| *column != Column::Skip) {
            if seen.contains(&column) {
                anyhow::bail!("two columns mean the same; leave one out with --map {name}=");
            }
            seen.push(column);
        }
        Ok(Self { columns })
    }

    /// Parses a line; a blank cell states nothing. The error has all problems, by column.
    pub fn read(&self, cells: &csv::StringRecord, reading: Reading) -> Result<Row, Vec<(String, Invalid)>> {
        let (mut row, mut wrong) = (Row::default(), Vec::new());
        let mut email = None;
        for ((name, column), cell) in self.columns.iter().zip(cells).filter(|(_, cell)| !cell.trim().is_empty()) {
            if let Err(invalid) = row.take(column, cell, &mut email, reading) {
                wrong.push((name.clone(), invalid));
            }
        }
        let has_id = row.identifiers.iter().any(|identifier| identifier.kind == Kind::Id);
        if let (false, Some(email)) = (has_id, &email) {
            match Identifier::new(Kind::Id, email) {
                Ok(id) => {
                    row.email_alone =
                        row.identifiers.is_empty().then(|| Address::new(Channel::Email, email).ok()).flatten();
                    row.identifiers.push(id);
                }
                Err(invalid) => wrong.push(("email".to_owned(), invalid)),
            }
        }
        if wrong.is_empty() && row.identifiers.is_empty() {
            wrong.push((String::new(), Invalid::new("line", "must have an id or an email", "")));
        }
        if wrong.is_empty() { Ok(row) } else { Err(wrong) }
    }
}

impl Row {
    fn take(
        &mut self,
        column: &Column,
        cell: &str,
        email: &mut Option<String>,
        reading: Reading,
    ) -> Result<(), Invalid> {
        match column {
            Column::Id => self.identifiers.push(Identifier::read(Kind::Id, cell, reading)?),
            Column::Anonymous => self.identifiers.push(Identifier::read(Kind::Anonymous, cell, reading)?),
            Column::Address(channel) => {
                let address = Address::read(*channel, cell, reading)?;
                if *channel == Channel::Email {
                    *email = Some(address.shown.clone());
                }
                self.identify.facts.push(Fact::new::<Addresses>(*channel, address));
            }
            Column::Tags => {
                let words = cell.split(';').map(str::trim).filter(|word| !word.is_empty());
                self.tags = words.map(Tag::new).collect::<Result<_, _>>()?;
            }
            Column::CreatedAt => self.identify.created_at = Some(time("created_at", cell)?),
            Column::Unsubscribed => {
                let given = yes_or_no(&Value::from(cell));
                let invalid = || Invalid::new("unsubscribed", "must be yes or no, true or false, 1 or 0", cell);
                self.subscription = Some(unsubscribed(given.ok_or_else(invalid)?));
            }
            Column::AsOf => self.as_of = Some(time("as_of", cell)?),
            Column::Attribute(name) => {
                let value = AttributeValue::new(name, Value::String(cell.trim().to_owned()))?;
                self.identify.attributes.push((name.clone(), Some(value)));
            }
            Column::Skip => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn headers_mean_what_senders_mean() {
        assert_eq!(Column::from_name("Customer ID").unwrap(), Column::Id);
        assert_eq!(Column::from_name("phone_number").unwrap(), Column::Address(Channel::Sms));
        assert!(matches!(Column::from_name("plan").unwrap(), Column::Attribute(_)));
        assert!(Mapping::new(&header(&["plan"]), &HashMap::new()).is_err());
        let renamed = HashMap::from([("nr".to_owned(), "id".to_owned()), ("plan".to_owned(), String::new())]);
        let mapping = Mapping::new(&header(&["nr", "plan"]), &renamed).unwrap();
        assert_eq!(mapping.columns[1].1, Column::Skip);
        assert!(Mapping::new(&header(&["nr"]), &renamed).unwrap_err().to_string().contains("plan"));
        assert!(Mapping::new(&header(&["id", "user_id"]), &HashMap::new()).is_err());
        let chosen = HashMap::from([("Chat".to_owned(), "slack".to_owned())]);
        let mapping = Mapping::new(&header(&["id", "Chat", "teams"]), &chosen).unwrap();
        assert_eq!(mapping.columns[1].1, Column::Address(Channel::Slack));
        assert!(matches!(mapping.columns[2].1, Column::Attribute(_)), "teams may be anything");
    }

    #[test]
    fn an_email_alone_is_the_id() {
        let mapping = Mapping::new(&header(&["email", "tags"]), &HashMap::new()).unwrap();
        let row =
            mapping.read(&csv::StringRecord::from(vec!["Ann@example.com", "vip; beta"]), Reading::default()).unwrap();
        assert_eq!(row.identifiers[0].value, "ann@example.com");
        assert_eq!(row.tags.len(), 2);
    }

    #[test]
    fn everything_wrong_with_a_line_is_said_at_once() {
        let mapping = Mapping::new(&header(&["id", "email", "phone", "tags"]), &HashMap::new()).unwrap();
        let wrong =
            mapping.read(&csv::StringRecord::from(vec!["1", "nobody", "12", "a b"]), Reading::default()).unwrap_err();
        assert_eq!(wrong.iter().map(|(column, _)| column.as_str()).collect::<Vec<_>>(), ["email", "phone", "tags"]);
        assert!(mapping.read(&csv::StringRecord::from(vec!["", "", "", ""]), Reading::default()).is_err());
    }
}
