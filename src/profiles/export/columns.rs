//! Columns of a file, and what stands in them.

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::rows::Row;
use crate::{
    attributes,
    identities::Channel,
    profiles::{Column, Columns, Fact},
    words::words,
};

words! {
    /// A column that every workspace has. A file with the same headings can be imported.
    pub enum Fixed {
        Profile = "profile_id", "Profile in kith";
        Id = "id", "ID";
        Name = "name", "Name";
        Email = "email", "Email";
        Phone = "phone", "Phone";
        Identifiers = "identifiers", "All identifiers";
        Tags = "tags", "Tags";
        Subscriptions = "subscriptions", "Subscriptions";
        Created = "created_at", "Created";
        Seen = "last_seen_at", "Last seen";
    }
}

impl Fixed {
    /// Whether a list with these columns shows it; who somebody is, is always shown.
    pub fn is_in(self, shown: &Columns) -> bool {
        let has = |fact| shown.has(&Column::Fact(fact));
        match self {
            Self::Profile | Self::Id | Self::Name => true,
            Self::Email => has(Fact::Contact) || shown.has(&Column::Address(Channel::Email)),
            Self::Phone => has(Fact::Contact) || shown.has(&Column::Address(Channel::Sms)),
            Self::Identifiers => has(Fact::Identifiers),
            Self::Tags => has(Fact::Tags),
            Self::Subscriptions => shown.iter().any(|column| matches!(column, Column::Agreement(_))),
            Self::Created => has(Fact::Created),
            Self::Seen => has(Fact::Seen),
        }
    }
}

/// The columns of one file, in its order: those of every workspace, then attributes.
#[derive(Clone, Debug, Default)]
pub struct FileColumns {
    pub fixed: Vec<Fixed>,
    /// Source names.
    pub attributes: Vec<String>,
}

impl FileColumns {
    pub fn has(&self, column: Fixed) -> bool {
        self.fixed.contains(&column)
    }

    /// Headings. An attribute whose name is that of another column says that it is one.
    pub fn headings(&self) -> Vec<String> {
        let attribute = |name: &String| match Fixed::from_stored(name) {
            Some(_) => format!("attribute.{name}"),
            None => name.clone(),
        };
        let fixed = self.fixed.iter().map(|column| column.as_str().to_owned());
        fixed.chain(self.attributes.iter().map(attribute)).collect()
    }

    /// A line of a CSV file; a list is in one cell, with semicolons.
    pub fn cells(&self, row: &Row) -> Vec<String> {
        let value = |name: &String| row.attributes.0.get(name).map(attributes::show).unwrap_or_default();
        self.fixed.iter().map(|column| cell(*column, row)).chain(self.attributes.iter().map(value)).collect()
    }

    /// A line of NDJSON, without its end. What a person does not have is `null`.
    pub fn json(&self, row: &Row) -> String {
        let value = |name: &String| row.attributes.0.get(name).cloned().unwrap_or_default();
        let fixed = self.fixed.iter().map(|column| json_cell(*column, row));
        let values = fixed.chain(self.attributes.iter().map(value));
        let fields: Map<String, Value> = self.headings().into_iter().zip(values).collect();
        Value::Object(fields).to_string()
    }
}

fn time(at: &chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn cell(column: Fixed, row: &Row) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let pairs = |list: &Value| {
        let pairs = list.as_object().into_iter().flatten();
        let said = pairs.map(|(name, value)| match value {
            Value::String(text) => format!("{name}: {text}"),
            other => format!("{name}: {other}"),
        });
        said.collect::<Vec<_>>().join("; ")
    };
    match column {
        Fixed::Profile => row.id.to_string(),
        Fixed::Id => text(&row.key),
        Fixed::Name => row.name.clone(),
        Fixed::Email => text(&row.email),
        Fixed::Phone => text(&row.phone),
        Fixed::Identifiers => {
            let each = row.identifiers.0.as_array().into_iter().flatten();
            each.filter_map(|it| Some(format!("{}:{}", it[0].as_str()?, it[1].as_str()?)))
                .collect::<Vec<_>>()
                .join("; ")
        }
        Fixed::Tags => row.tags.join(";"),
        Fixed::Subscriptions => pairs(&row.subscriptions.0),
        Fixed::Created => time(&row.created_at),
        Fixed::Seen => row.last_seen_at.as_ref().map(time).unwrap_or_default(),
    }
}

fn json_cell(column: Fixed, row: &Row) -> Value {
    match column {
        Fixed::Profile => json!(row.id),
        Fixed::Id => json!(row.key),
        Fixed::Name => {
            if row.name.is_empty() {
                Value::Null
            } else {
                json!(row.name)
            }
        }
        Fixed::Email => json!(row.email),
        Fixed::Phone => json!(row.phone),
        Fixed::Identifiers => {
            let each = row.identifiers.0.as_array().into_iter().flatten();
            each.map(|it| json!({"kind": it[0], "value": it[1]})).collect()
        }
        Fixed::Tags => json!(row.tags),
        Fixed::Subscriptions => row.subscriptions.0.clone(),
        Fixed::Created => json!(time(&row.created_at)),
        Fixed::Seen => json!(row.last_seen_at.as_ref().map(time)),
    }
}
