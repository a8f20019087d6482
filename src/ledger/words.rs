//! The ledger in words.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use super::{
    ChangeKind, ChangeRow,
    read::{self, Speaker},
};
use crate::{
    attributes::{self, AttributeName, Definition},
    db::ids::{EnvironmentId, ProfileId, SourceId},
    identities::{Channel, Device, Kind as IdentifierKind, Token},
    profiles::{self, PersonLabel},
    subscriptions::{Consent, Line, Purpose, Subscription},
};

/// Longest value shown in a list, in characters.
const LONGEST: usize = 240;

/// What the things in some rows are called.
#[derive(Default)]
pub struct Words {
    definitions: BTreeMap<String, Definition>,
    speakers: HashMap<SourceId, Speaker>,
    people: HashMap<ProfileId, PersonLabel>,
}

impl Words {
    /// Looks up the names in these rows, at most three statements for all.
    pub fn load<'a>(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        rows: impl Iterator<Item = &'a ChangeRow> + Clone,
    ) -> QueryResult<Self> {
        let of = |kind: ChangeKind| rows.clone().filter(move |row| row.kind == kind).map(|row| row.subject.as_str());
        let (names, others): (BTreeSet<&str>, BTreeSet<ProfileId>) =
            (of(ChangeKind::Attribute).collect(), of(ChangeKind::Merge).filter_map(|id| id.parse().ok()).collect());
        let sources: BTreeSet<SourceId> = rows.clone().map(|row| row.source).collect();
        let definitions = match names.is_empty() {
            true => BTreeMap::new(),
            false => attributes::definitions(conn, environment, &names.into_iter().collect::<Vec<_>>())?,
        };
        Ok(Self {
            definitions,
            speakers: read::speakers(conn, &sources.into_iter().collect::<Vec<_>>())?,
            people: profiles::people(conn, environment, &others)?,
        })
    }

    /// What a row is about.
    pub fn label(&self, row: &ChangeRow) -> String {
        let subject = row.subject.as_str();
        match row.kind {
            ChangeKind::Attribute => {
                self.definitions.get(subject).map_or_else(|| AttributeName::humanise(subject), Definition::label)
            }
            ChangeKind::Address => match Channel::from_stored(subject) {
                Some(channel) => channel.label().to_owned(),
                None => subject.to_owned(),
            },
            ChangeKind::Identifier => IdentifierKind::from_stored(subject).label().to_owned(),
            ChangeKind::Device => format!("Device {}", Token::stored(subject.to_owned()).short()),
            ChangeKind::Subscription => {
                subject.parse::<Line>().map_or_else(|_| subject.to_owned(), |line| line.label())
            }
            ChangeKind::Tag | ChangeKind::Consent | ChangeKind::Other(_) => subject.to_owned(),
            ChangeKind::Note => "A note".to_owned(),
            ChangeKind::Merge => self.merge(row),
            ChangeKind::Created | ChangeKind::Erased => row.kind.label().to_owned(),
        }
    }

    fn merge(&self, row: &ChangeRow) -> String {
        let other: Option<ProfileId> = row.subject.parse().ok();
        let known =
            other.and_then(|other| self.people.get(&other)).map(PersonLabel::title).filter(|name| !name.is_empty());
        let other = known.map_or_else(|| other.map(|id| id.short()).unwrap_or_default(), str::to_owned);
        let survivor = row.after.as_ref().and_then(Value::as_str).and_then(|id| id.parse().ok());
        match survivor {
            None => format!("Apart from {other} again"),
            Some(survivor) if row.profile == survivor => format!("{other} became part of this profile"),
            Some(_) => format!("Became part of {other}"),
        }
    }

    /// Who or what wrote a row.
    pub fn who(&self, row: &ChangeRow) -> &str {
        self.speakers.get(&row.source).map_or("somebody", |speaker| &speaker.name)
    }

    /// What a row's form, import, call or job is called.
    pub fn unit(&self, row: &ChangeRow) -> &'static str {
        self.speakers.get(&row.source).map_or("call", |speaker| speaker.actor().unit())
    }

    /// Whether the values of a row are not for everybody.
    pub fn is_hidden(&self, row: &ChangeRow) -> bool {
        row.kind == ChangeKind::Attribute && attributes::is_hidden(self.definitions.get(&row.subject))
    }

    /// A value of what a row is about; none where there is none, or nothing to say of it.
    pub fn value(&self, row: &ChangeRow, value: Option<&Value>) -> Option<String> {
        let value = value?;
        if self.is_hidden(row) {
            return Some(attributes::HIDDEN.to_owned());
        }
        let said = say(row.kind, &row.subject, value)?;
        Some(match said.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &said[..end]),
            None => said,
        })
    }
}

fn say(kind: ChangeKind, subject: &str, value: &Value) -> Option<String> {
    Some(match kind {
        ChangeKind::Created | ChangeKind::Erased | ChangeKind::Merge => return None,
        ChangeKind::Tag => if *value == Value::Bool(true) { "On" } else { "Off" }.to_owned(),
        ChangeKind::Subscription => match Subscription::from_json(value) {
            Some(said) => format!("{}, {}", said.state.label(), said.reason.label()),
            None => attributes::show(value),
        },
        ChangeKind::Consent => {
            let said = serde_json::from_value::<Consent>(value.clone()).ok().zip(Purpose::new(subject).ok());
            said.map_or_else(|| attributes::show(value), |(consent, purpose)| answer(&consent, &purpose))
        }
        ChangeKind::Device => {
            let device = serde_json::from_value::<Device>(value.clone());
            device.map_or_else(|_| attributes::show(value), |device| particulars(&device))
        }
        ChangeKind::Note => note(value),
        ChangeKind::Attribute | ChangeKind::Address | ChangeKind::Identifier | ChangeKind::Other(_) => {
            attributes::show(value)
        }
    })
}

fn answer(consent: &Consent, purpose: &Purpose) -> String {
    let given = [Some(consent.label(purpose)), consent.location.as_deref(), consent.document.as_deref()];
    given.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn particulars(device: &Device) -> String {
    let mut said = vec![device.label(), device.model()];
    said.extend((!device.is_active).then(|| "inactive".to_owned()));
    said.extend(device.limits_ad_tracking.filter(|limits| *limits).map(|_| "limits ad tracking".to_owned()));
    said.extend(device.att_status.as_ref().map(|status| format!("tracking {status}")));
    said.retain(|part| !part.is_empty());
    said.join(", ")
}

fn note(facts: &Value) -> String {
    let is = |name: &str| facts.get(name).and_then(Value::as_bool) == Some(true);
    let version = facts.get("version").map(attributes::show).unwrap_or_default();
    let mut said = format!("Version {version}");
    if is("pinned") {
        said.push_str(", pinned");
    }
    if is("deleted") {
        said.push_str(", deleted");
    }
    said
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::read::tests::row, *};

    #[test]
    fn values_are_said_in_words() {
        let said = |kind, subject, value: Value| say(kind, subject, &value).unwrap_or_default();
        assert_eq!(said(ChangeKind::Tag, "vip", json!(true)), "On");
        let stopped = json!({"state": "unsubscribed", "reason": "user"});
        assert_eq!(said(ChangeKind::Subscription, "email", stopped), "Unsubscribed, by hand");
        assert_eq!(said(ChangeKind::Consent, "gdpr.x", json!({"given": true, "location": "web"})), "Agreed, web");
        let phone = json!({"type": "push", "platform": "android", "model": "Pixel 9", "active": false});
        assert_eq!(said(ChangeKind::Device, "t", phone), "Android push, Pixel 9, inactive");
        assert_eq!(
            said(ChangeKind::Note, "n", json!({"version": 2, "pinned": true, "deleted": false})),
            "Version 2, pinned"
        );
        assert_eq!(said(ChangeKind::Attribute, "n", json!(["a", "b"])), "a, b");
        assert_eq!(said(ChangeKind::Subscription, "email", json!("odd")), "odd");
    }

    #[test]
    fn long_values_are_cut() {
        let long = row(ChangeKind::Attribute, "about", Value::Null, json!("ä".repeat(400)));
        let said = Words::default().value(&long, long.after.as_ref()).unwrap();
        assert_eq!(said.chars().count(), LONGEST + 1);
    }
}
