//! Describes a group of changes in one sentence, with its single changes as details.

use serde_json::Value;

use super::{
    ChangeGroup, ChangeKind, ChangeRow, Teller,
    hidden::{LONGEST, cut},
};
use crate::restrictions;

/// Longest summary, and longest beginning of a note in a summary, in characters.
const LONGEST_SUMMARY: usize = 160;
const LONGEST_BEGINNING: usize = 80;

/// A description of a group of changes.
pub struct Sentence {
    /// What was done.
    pub title: String,
    /// To what it was done, in one line.
    pub summary: String,
    /// The single changes: what each is about, and its values.
    pub details: Vec<(String, String)>,
}

impl Teller {
    /// Describes a group of changes.
    pub fn sentence(&self, group: &ChangeGroup) -> Sentence {
        let first = &group.first;
        match first.kind {
            ChangeKind::Created => plain(&self.label(first), ""),
            ChangeKind::Erased => plain(&self.label(first), "all earlier data was deleted permanently"),
            ChangeKind::Merge => self.merges(group),
            ChangeKind::Note if group.count == 1 => self.note(first),
            _ => self.changes(group),
        }
    }

    fn merges(&self, group: &ChangeGroup) -> Sentence {
        let rest = if group.count > 1 { format!("and {} more", group.count - 1) } else { String::new() };
        let details = group.rows().map(|row| ("Other profile".to_owned(), row.subject.clone())).collect();
        Sentence { details, ..plain(&self.label(&group.first), &rest) }
    }

    fn note(&self, row: &ChangeRow) -> Sentence {
        let fact = |facts: &Option<Value>, name: &str| facts.as_ref().and_then(|facts| facts.get(name).cloned());
        let differs = |name| fact(&row.before, name) != fact(&row.after, name);
        let is_now = |name| fact(&row.after, name) == Some(Value::Bool(true));
        let title = match () {
            () if row.before.is_none() => "Note added",
            () if is_now("deleted") => "Note deleted",
            () if differs("version") => "Note edited",
            () if is_now("pinned") => "Note pinned",
            () if differs("pinned") => "Note unpinned",
            () => "Note changed",
        };
        let text = row.subject.parse().ok().and_then(|id| self.notes.get(&id));
        let beginning = text.map(|text| cut(text, LONGEST_BEGINNING)).unwrap_or_default();
        let text = text.map_or_else(|| "This note no longer exists.".to_owned(), |text| cut(text, LONGEST));
        Sentence { details: vec![("Text".to_owned(), text)], ..plain(title, &beginning) }
    }

    fn changes(&self, group: &ChangeGroup) -> Sentence {
        let kind = group.first.kind;
        let verb = match () {
            () if group.rows().all(|row| row.refused.is_some()) => "kept",
            () if group.rows().all(|row| !was(row)) && kind == ChangeKind::Attribute => "set",
            () if group.rows().all(|row| !was(row)) => "added",
            () if group.rows().all(|row| !is(row)) => "removed",
            () => "changed",
        };
        let details: Vec<(String, String)> = group.rows().map(|row| (self.label(row), self.change(row))).collect();
        let (title, summary) = match details.as_slice() {
            [(label, change)] if group.count == 1 => match kind {
                ChangeKind::Attribute | ChangeKind::Address => (format!("{label} {verb}"), change.clone()),
                ChangeKind::Tag => (format!("Tag {verb}"), label.clone()),
                ChangeKind::Segment => (
                    format!("{} the segment", if verb == "added" { "Chosen for" } else { "Taken out of" }),
                    label.clone(),
                ),
                ChangeKind::Device => (format!("Device {verb}"), change.clone()),
                ChangeKind::Restriction => self.restriction(&group.first, change),
                _ => (format!("{} {verb}", kind.label()), format!("{label}: {change}")),
            },
            many => {
                // A token says less than what the device is.
                let name = |(label, change): &(String, String)| match kind {
                    ChangeKind::Device => change.clone(),
                    _ => label.clone(),
                };
                let named: Vec<String> = many.iter().take(3).map(name).collect();
                let rest = group.count.saturating_sub(named.len() as i64);
                let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                (format!("{} {} {verb}", group.count, plural(kind)), format!("{}{rest}", named.join(", ")))
            }
        };
        Sentence { summary: cut(&summary, LONGEST_SUMMARY), title, details }
    }

    /// What a change of a restriction did, and why.
    fn restriction(&self, row: &ChangeRow, change: &str) -> (String, String) {
        if row.refused.is_some() {
            return ("Restriction kept".to_owned(), format!("{}: {change}", self.label(row)));
        }
        let why = |value: &Option<Value>| Some(restrictions::value(&row.subject, value.as_ref()?)?.1);
        let before = || why(&row.before).map(|why| format!("was: {why}"));
        let summary = why(&row.after).or_else(before).unwrap_or_else(|| change.to_owned());
        (restrictions::title(&row.subject, row.after.as_ref()).unwrap_or_else(|| self.label(row)), summary)
    }

    /// Former and new value of a row, in words.
    fn change(&self, row: &ChangeRow) -> String {
        if let Some(refused) = self.refused(row) {
            return refused;
        }
        match (self.value(row, row.before.as_ref()), self.value(row, row.after.as_ref())) {
            (Some(before), Some(after)) => format!("{before} → {after}"),
            (None, Some(after)) => after,
            (Some(before), None) => format!("was {before}"),
            (None, None) => String::new(),
        }
    }
}

fn plain(title: &str, summary: &str) -> Sentence {
    Sentence { title: title.to_owned(), summary: summary.to_owned(), details: Vec::new() }
}

/// Whether a row had a value before. A tag that is off is no value, and no more is a segment.
fn was(row: &ChangeRow) -> bool {
    row.before.as_ref().is_some_and(|value| !is_switch(row) || *value == Value::Bool(true))
}

/// Whether a row has a value after it.
fn is(row: &ChangeRow) -> bool {
    row.after.as_ref().is_some_and(|value| !is_switch(row) || *value == Value::Bool(true))
}

fn is_switch(row: &ChangeRow) -> bool {
    matches!(row.kind, ChangeKind::Tag | ChangeKind::Segment)
}

fn plural(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Identifier => "identifiers",
        ChangeKind::Address => "contact details",
        ChangeKind::Device => "devices",
        ChangeKind::Attribute => "attributes",
        ChangeKind::Tag => "tags",
        ChangeKind::Subscription => "subscriptions",
        ChangeKind::Consent => "consents",
        ChangeKind::Confirmation => "confirmed emails",
        ChangeKind::Restriction => "restrictions",
        ChangeKind::Segment => "segments",
        ChangeKind::Note => "notes",
        ChangeKind::Created | ChangeKind::Erased | ChangeKind::Merge | ChangeKind::Other(_) => "changes",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::{super::read::tests::row, *};

    fn told(kind: ChangeKind, rows: &[(&str, Value, Value)]) -> (String, String) {
        let mut rows = rows.iter().map(|(subject, before, after)| row(kind, subject, before.clone(), after.clone()));
        let (count, first) = (rows.len() as i64, rows.next().unwrap());
        let told = Teller::default().sentence(&ChangeGroup { first, others: rows.collect(), count });
        (told.title, told.summary)
    }

    #[test]
    fn a_change_is_told_in_words() {
        let none = Value::Null;
        let one = |kind, subject: &str, before: Value, after: Value| {
            let (title, summary) = told(kind, &[(subject, before, after)]);
            format!("{title} | {summary}")
        };
        assert_eq!(one(ChangeKind::Attribute, "plan", json!("free"), json!("pro")), "Plan changed | free → pro");
        assert_eq!(one(ChangeKind::Attribute, "plan", none.clone(), json!("pro")), "Plan set | pro");
        assert_eq!(one(ChangeKind::Attribute, "plan", json!("pro"), none.clone()), "Plan removed | was pro");
        assert_eq!(one(ChangeKind::Tag, "vip", json!(false), json!(true)), "Tag added | vip");
        assert_eq!(one(ChangeKind::Tag, "vip", json!(true), json!(false)), "Tag removed | vip");
        assert_eq!(
            one(ChangeKind::Identifier, "email", none.clone(), json!("a@b.ch")),
            "Identifier added | Email: a@b.ch"
        );
        assert_eq!(
            one(
                ChangeKind::Subscription,
                "email",
                json!({"state": "subscribed", "reason": "api"}),
                json!({"state": "unsubscribed", "reason": "user"})
            ),
            "Subscription changed | Email: Subscribed, from a system → Unsubscribed, by hand"
        );
        assert_eq!(
            one(ChangeKind::Consent, "gdpr.news", none.clone(), json!({"given": true})),
            "Consent added | gdpr.news: Agreed"
        );
        let block = json!({"cause": "hard_bounce", "words": "550 no such user"});
        let address = "blocked/email:ann@example.com";
        assert_eq!(
            one(ChangeKind::Restriction, address, none.clone(), block.clone()),
            "Email address ann@example.com blocked | hard bounce (550 no such user)"
        );
        assert_eq!(
            one(ChangeKind::Restriction, address, block, none.clone()),
            "Email address ann@example.com no longer blocked | was: hard bounce (550 no such user)"
        );
        let by_hand = |until: Value| json!({"cause": "request", "until": until});
        assert_eq!(
            one(ChangeKind::Restriction, "disabled", none.clone(), by_hand(none.clone())),
            "All messages turned off | at their request"
        );
        assert_eq!(
            one(ChangeKind::Restriction, "paused", none.clone(), by_hand(json!("2026-12-03T00:00:00Z"))),
            "Messages paused until 3 Dec 2026 | at their request"
        );
        let phone = json!({"type": "push", "platform": "ios", "active": true});
        assert_eq!(one(ChangeKind::Device, "t-1", none.clone(), phone), "Device added | iOS push");
        let nil = Uuid::nil().to_string();
        assert_eq!(
            one(ChangeKind::Merge, &Uuid::max().to_string(), none.clone(), json!(nil)),
            "Profile …ffffff was merged into this profile | "
        );
        let facts = |version: i32, pinned: bool| json!({"version": version, "pinned": pinned, "deleted": false});
        assert_eq!(one(ChangeKind::Note, "x", facts(1, false), facts(1, true)), "Note pinned | ");
        assert_eq!(one(ChangeKind::Note, "x", facts(1, false), facts(2, false)), "Note edited | ");
        assert_eq!(one(ChangeKind::Created, "", none.clone(), none.clone()), "Profile created | ");
    }

    #[test]
    fn many_changes_of_a_kind_are_one_sentence() {
        let set = |name| (name, Value::Null, json!(1));
        let (title, summary) = told(ChangeKind::Attribute, &[set("a"), set("b"), set("c"), set("d")]);
        assert_eq!((title.as_str(), summary.as_str()), ("4 attributes set", "A, B, C and 1 more"));
        let (title, _) = told(ChangeKind::Attribute, &[set("a"), ("b", json!(1), Value::Null)]);
        assert_eq!(title, "2 attributes changed");
        let device = |token, kind| (token, Value::Null, json!({"type": kind, "platform": "ios"}));
        let (title, summary) = told(ChangeKind::Device, &[device("t-1", "push"), device("t-2", "push")]);
        assert_eq!((title.as_str(), summary.as_str()), ("2 devices added", "iOS push, iOS push"));
    }
}
