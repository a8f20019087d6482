//! Changes of the ledger in words.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use uuid::Uuid;

use super::{
    entry::Detail,
    ledger::{ChangeRow, Group},
    place::What,
};
use crate::{
    attributes::{self, AttributeName, Definition},
    db::ids::{NoteId, ProfileId},
    identities::{Channel, Device, Kind},
    subscriptions::{Consent, Line, Purpose, Subscription},
};

/// Longest value shown, in characters.
const LONGEST: usize = 200;

/// What the ledger's rows refer to.
#[derive(Default)]
pub struct Known {
    /// Attributes by name.
    pub attributes: BTreeMap<String, Definition>,
    /// Beginnings of notes.
    pub notes: HashMap<NoteId, String>,
}

/// An entry in words.
pub struct Words {
    /// What was done.
    pub title: String,
    /// To what, in a line.
    pub summary: String,
    /// Each change.
    pub details: Vec<Detail>,
}

/// One change in words.
struct Told {
    label: String,
    before: Option<String>,
    after: Option<String>,
}

/// What a group of changes did to `profile`.
pub fn tell(group: &Group, known: &Known, profile: ProfileId) -> Words {
    match (group.place.what, group.rows.as_slice()) {
        (What::Created, _) => plain("Profile created", String::new()),
        (What::Erased, _) => plain("Erased", "everything known before was removed for good".to_owned()),
        (What::Merge, [row, ..]) => merge(row, profile),
        (What::Note, [row, ..]) if group.count == 1 => note(row, known),
        (what, rows) => changes(group, what, rows, known),
    }
}

fn plain(title: &str, summary: String) -> Words {
    Words { title: title.to_owned(), summary, details: Vec::new() }
}

fn merge(row: &ChangeRow, profile: ProfileId) -> Words {
    let survivor = row.after.as_ref().and_then(Value::as_str);
    let other =
        row.subject.parse().map_or_else(|_| row.subject.clone(), |id: ProfileId| format!("Profile …{}", id.short()));
    let title = match survivor {
        Some(id) if id == profile.to_string() => "Another profile was merged into this one",
        Some(_) => "Merged into another profile",
        None => "A merge was undone",
    };
    Words { details: vec![Detail::new("Other profile", row.subject.clone())], ..plain(title, other) }
}

fn note(row: &ChangeRow, known: &Known) -> Words {
    let said = |value: &Option<Value>, field: &str| value.as_ref().and_then(|facts| facts.get(field).cloned());
    let differs = |field| said(&row.before, field) != said(&row.after, field);
    let title = match () {
        () if row.before.is_none() => "Note added",
        () if said(&row.after, "deleted") == Some(Value::Bool(true)) => "Note deleted",
        () if differs("version") => "Note edited",
        () if said(&row.after, "pinned") == Some(Value::Bool(true)) => "Note pinned",
        () if differs("pinned") => "Note unpinned",
        () => "Note changed",
    };
    let text = row.subject.parse().ok().map(NoteId).and_then(|id| known.notes.get(&id));
    let beginning = text.map(|text| cut(text, 80)).unwrap_or_default();
    let details = match text {
        Some(text) => vec![Detail::new("Text", cut(text, LONGEST))],
        None => vec![Detail::new("Text", "This note is not there any more.".to_owned())],
    };
    Words { details, ..plain(title, beginning) }
}

fn changes(group: &Group, what: What, rows: &[ChangeRow], known: &Known) -> Words {
    let told: Vec<Told> = rows.iter().map(|row| one(what, row, known)).collect();
    let noun = noun(what, group.count);
    let is_on = |row: &ChangeRow| match what {
        What::Tag => (row.after != Some(Value::Bool(true)), row.after == Some(Value::Bool(true))),
        _ => (row.before.is_some(), row.after.is_some()),
    };
    let verb = match () {
        () if rows.iter().all(|row| !is_on(row).0) => {
            if what == What::Attribute {
                "set"
            } else {
                "added"
            }
        }
        () if rows.iter().all(|row| !is_on(row).1) => "removed",
        () => "changed",
    };
    let (title, summary) = match told.as_slice() {
        [only] if group.count == 1 && what == What::Attribute => (format!("{} {verb}", only.label), only.values()),
        [only] if group.count == 1 && what == What::Tag => (format!("{noun} {verb}"), only.label.clone()),
        [only] if group.count == 1 => (format!("{noun} {verb}"), only.line()),
        many => {
            let first: Vec<&str> = many.iter().take(3).map(|told| told.label.as_str()).collect();
            let rest = group.count.saturating_sub(first.len() as i64);
            let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            (format!("{} {noun} {verb}", group.count), format!("{}{rest}", first.join(", ")))
        }
    };
    let details = told.into_iter().map(|told| Detail::new(&told.label, told.values())).collect();
    Words { title, summary: cut(&summary, 160), details }
}

fn noun(what: What, count: i64) -> &'static str {
    let is_one = count == 1;
    match what {
        What::Identifier => {
            if is_one {
                "Identifier"
            } else {
                "identifiers"
            }
        }
        What::Address => {
            if is_one {
                "Address"
            } else {
                "addresses"
            }
        }
        What::Device => {
            if is_one {
                "Device"
            } else {
                "devices"
            }
        }
        What::Attribute => {
            if is_one {
                "Attribute"
            } else {
                "attributes"
            }
        }
        What::Tag => {
            if is_one {
                "Tag"
            } else {
                "tags"
            }
        }
        What::Subscription => {
            if is_one {
                "Subscription"
            } else {
                "subscriptions"
            }
        }
        What::Consent => {
            if is_one {
                "Consent"
            } else {
                "consents"
            }
        }
        What::Note => {
            if is_one {
                "Note"
            } else {
                "notes"
            }
        }
        What::Created | What::Erased | What::Merge | What::Event => {
            if is_one {
                "Change"
            } else {
                "changes"
            }
        }
    }
}

impl Told {
    /// What it was and what it became.
    fn values(&self) -> String {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{before} → {after}"),
            (None, Some(after)) => after.clone(),
            (Some(before), None) => format!("was {before}"),
            (None, None) => String::new(),
        }
    }

    /// Likewise, with its name in front.
    fn line(&self) -> String {
        let values = self.values();
        if values.is_empty() { self.label.clone() } else { format!("{}: {values}", self.label) }
    }
}

fn one(what: What, row: &ChangeRow, known: &Known) -> Told {
    let subject = row.subject.as_str();
    let with = |label: String, show: &dyn Fn(&Value) -> String| Told {
        label,
        before: row.before.as_ref().map(|value| cut(&show(value), LONGEST)),
        after: row.after.as_ref().map(|value| cut(&show(value), LONGEST)),
    };
    match what {
        What::Attribute => match known.attributes.get(subject) {
            Some(definition) => with(definition.label(), &|value| definition.shown(value).into_text()),
            None => with(AttributeName::humanise(subject), &attributes::show),
        },
        What::Tag => {
            let word = if row.after == Some(Value::Bool(true)) { "added" } else { "removed" };
            Told { label: subject.to_owned(), before: None, after: Some(word.to_owned()) }
        }
        What::Identifier => with(Kind::from_stored(subject).label().to_owned(), &attributes::show),
        What::Address => with(
            Channel::from_stored(subject).map_or_else(|| subject.to_owned(), |channel| channel.label().to_owned()),
            &attributes::show,
        ),
        What::Device => {
            let read = |value: &Value| serde_json::from_value::<Device>(value.clone()).ok();
            let label = row
                .after
                .as_ref()
                .or(row.before.as_ref())
                .and_then(read)
                .map_or_else(|| subject.to_owned(), |device| device.label());
            with(label, &|value| read(value).map_or_else(|| attributes::show(value), |device| device_words(&device)))
        }
        What::Subscription => {
            let label = subject.parse::<Line>().map_or_else(|_| subject.to_owned(), |line| line.label());
            with(label, &|value| match Subscription::from_json(value) {
                Some(it) => format!("{}, {}", it.state.label(), it.reason.label()),
                None => attributes::show(value),
            })
        }
        What::Consent => {
            let purpose = Purpose::new(subject).ok();
            let words = |value: &Value| {
                let consent: Consent = serde_json::from_value(value.clone()).ok()?;
                Some(consent.label(purpose.as_ref()?).to_owned())
            };
            with(subject.to_owned(), &|value| words(value).unwrap_or_else(|| attributes::show(value)))
        }
        What::Note | What::Created | What::Erased | What::Merge | What::Event => {
            Told { label: AttributeName::humanise(what.stored()), before: None, after: None }
        }
    }
}

fn device_words(device: &Device) -> String {
    let state = if device.is_active { "" } else { "switched off" };
    let model = device.model();
    let all: Vec<&str> = [model.as_str(), state].into_iter().filter(|text| !text.is_empty()).collect();
    if all.is_empty() { "known".to_owned() } else { all.join(", ") }
}

/// At most that many characters.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// The notes that these groups are about.
pub fn notes_of<'a>(groups: impl Iterator<Item = &'a Group>) -> Vec<NoteId> {
    let rows = groups.filter(|group| group.place.what == What::Note).flat_map(|group| &group.rows);
    rows.filter_map(|row| row.subject.parse::<Uuid>().ok().map(NoteId)).collect()
}

/// The attributes that these groups are about.
pub fn attributes_of<'a>(groups: impl Iterator<Item = &'a Group>) -> Vec<&'a str> {
    let rows = groups.filter(|group| group.place.what == What::Attribute).flat_map(|group| &group.rows);
    let mut names: Vec<&str> = rows.map(|row| row.subject.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::place::Place;
    use chrono::DateTime;
    use serde_json::json;

    fn told(what: What, rows: &[(&str, Value, Value)]) -> (String, String) {
        let value = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        let row = |(subject, before, after): &(&str, Value, Value)| ChangeRow {
            subject: (*subject).to_owned(),
            before: value(before),
            after: value(after),
        };
        let group = Group {
            place: Place { at: DateTime::UNIX_EPOCH, what, id: Uuid::nil() },
            source: String::new(),
            reason: None,
            as_of: DateTime::UNIX_EPOCH,
            count: rows.len() as i64,
            rows: rows.iter().map(row).collect(),
        };
        let words = tell(&group, &Known::default(), ProfileId(Uuid::nil()));
        (words.title, words.summary)
    }

    #[test]
    fn changes_are_told_in_words() {
        let none = Value::Null;
        let one = |what, subject: &str, before: Value, after: Value| {
            let (title, summary) = told(what, &[(subject, before, after)]);
            format!("{title} | {summary}")
        };
        assert_eq!(one(What::Attribute, "plan", json!("free"), json!("pro")), "Plan changed | free → pro");
        assert_eq!(one(What::Attribute, "plan", none.clone(), json!("pro")), "Plan set | pro");
        assert_eq!(one(What::Attribute, "plan", json!("pro"), none.clone()), "Plan removed | was pro");
        assert_eq!(one(What::Tag, "vip", json!(false), json!(true)), "Tag added | vip");
        assert_eq!(one(What::Tag, "vip", json!(true), json!(false)), "Tag removed | vip");
        assert_eq!(one(What::Identifier, "email", none.clone(), json!("a@b.ch")), "Identifier added | Email: a@b.ch");
        assert_eq!(
            one(
                What::Subscription,
                "email",
                json!({"state": "subscribed", "reason": "api"}),
                json!({"state": "unsubscribed", "reason": "user"})
            ),
            "Subscription changed | Email: Subscribed, said by a sender → Unsubscribed, by hand"
        );
        assert_eq!(
            one(What::Consent, "gdpr.news", none.clone(), json!({"given": true})),
            "Consent added | gdpr.news: Agreed"
        );
        let nil = Uuid::nil().to_string();
        assert_eq!(one(What::Merge, "x", none.clone(), json!(nil)), "Another profile was merged into this one | x");
        assert_eq!(one(What::Merge, "x", json!(nil), none.clone()), "A merge was undone | x");
        let facts = |version: i32, pinned: bool| json!({"version": version, "pinned": pinned, "deleted": false});
        assert_eq!(one(What::Note, "x", facts(1, false), facts(1, true)), "Note pinned | ");
        assert_eq!(one(What::Note, "x", facts(1, false), facts(2, false)), "Note edited | ");
    }

    #[test]
    fn many_changes_of_a_kind_are_one_entry() {
        let set = |name| (name, Value::Null, json!(1));
        let (title, summary) = told(What::Attribute, &[set("a"), set("b"), set("c"), set("d")]);
        assert_eq!((title.as_str(), summary.as_str()), ("4 attributes set", "A, B, C and 1 more"));
        let (title, _) = told(What::Attribute, &[set("a"), ("b", json!(1), Value::Null)]);
        assert_eq!(title, "2 attributes changed");
    }
}
