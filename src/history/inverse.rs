//! The statement that undoes a row of the ledger, and why some rows cannot be undone.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    db::ids::ProfileId,
    identities::Identifier,
    ingest::{Merge, Person, Statement},
    json::equal,
    ledger::{ChangeKind, ChangeRow},
    notes::NoteChange,
    registers::{Registers, Unsayable},
    restrictions::{Cause, Held, Key},
    subscriptions::{Line, Subscription, SubscriptionState},
};

/// Why a change cannot be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The change made the profile.
    Created,
    /// The change erased the profile.
    Erased,
    /// Only admins change what somebody wants to receive or agreed to.
    ForAdmins,
    /// The person said it themselves: lifted only with what they asked for.
    TheirOwn,
    /// Merges are undone in another way.
    Merge,
    /// There was no value before, and this register cannot remove values.
    Unsaid,
    /// Only kith sets the value, or only a system does; holds how, as the rest of a sentence.
    Fixed(&'static str),
    /// The identifier is the profile's only one.
    OnlyIdentifier,
    /// Another profile has the identifier by now.
    SomebodyElses,
    /// The profile has another current id by now.
    OtherId,
    /// The value was changed again since.
    Newer,
    /// Another source changed the value between two changes of the same group.
    Between,
    /// Notes keep all versions of their texts.
    NoteText,
    /// Today's rules refuse the former value.
    Unreadable,
    /// The profile was merged or erased since.
    Gone,
}

impl Refusal {
    /// The reason in words, for a value that people know as `label`, with what to do instead.
    pub fn words(self, label: &str) -> String {
        match self {
            Self::Created => "An undo cannot remove a person. Undo the changes to them instead.".to_owned(),
            Self::Erased => "Erased data is deleted permanently and cannot be brought back.".to_owned(),
            Self::ForAdmins => "Only an admin can change what this person receives or agreed to.".to_owned(),
            Self::TheirOwn => {
                "This person said so themselves. Change it on the Subscriptions tab, with what they asked for.".to_owned()
            }
            Self::Merge => "A merge can only be undone as a whole, on the profile that was kept.".to_owned(),
            Self::Unsaid => format!(
                "{label} had no answer before, and an answer cannot be removed. Set another answer instead."
            ),
            Self::Fixed(why) => format!("{label} {why}."),
            Self::OnlyIdentifier => {
                "This is the only identifier of this person. Add another one first.".to_owned()
            }
            Self::SomebodyElses => {
                "This identifier belongs to another person now. Compare both, and merge them if they are the same person."
                    .to_owned()
            }
            Self::OtherId => "This person has another ID now. Undo that change first.".to_owned(),
            Self::Newer => format!("{label} was changed again later. Undo that change first."),
            Self::Between => format!("Another source changed {label} in between. Undo that change first."),
            Self::NoteText => {
                "A note keeps all its versions. Copy what you need from the note’s history, or delete the note.".to_owned()
            }
            Self::Unreadable => "The value before is no longer allowed. Set another value instead.".to_owned(),
            Self::Gone => "This person was merged into another profile.".to_owned(),
        }
    }
}

/// The statement that undoes a change, and the person that it is about.
pub type Inverse = (Person, Statement);

/// The inverse of a row, which takes effect only while the value is still the one that the row set.
///
/// # Errors
/// The reason why a row of its kind or value cannot be undone.
pub fn inverse(registers: Registers, row: &ChangeRow) -> Result<Inverse, Refusal> {
    let about = |statement| Ok((Person::Profile(row.profile), statement));
    match row.kind {
        ChangeKind::Created => Err(Refusal::Created),
        ChangeKind::Erased => Err(Refusal::Erased),
        ChangeKind::Merge => Err(Refusal::Merge),
        ChangeKind::Identifier => identifier(row),
        ChangeKind::Note => about(Statement::Note(note(row)?)),
        _ if is_their_own(row) => Err(Refusal::TheirOwn),
        kind => {
            let register = registers.find(kind).ok_or(Refusal::Unreadable)?;
            match register.correction(&row.subject, row.after.as_ref(), row.before.as_ref()) {
                Ok(correction) => about(Statement::Correct(vec![correction])),
                Err(Unsayable::Unreadable) => Err(Refusal::Unreadable),
                Err(Unsayable::Unsaid) => Err(Refusal::Unsaid),
            }
        }
    }
}

/// Whether undoing would lift an opt-out of everything, a complaint or a pause, which takes the words of what the person asked for.
fn is_their_own(row: &ChangeRow) -> bool {
    let Some(after) = &row.after else { return false };
    match row.kind {
        ChangeKind::Subscription => {
            let said = Subscription::from_json(after);
            row.subject == Line::everything().to_string()
                && said.is_some_and(|said| said.state == SubscriptionState::Unsubscribed)
        }
        ChangeKind::Restriction => {
            let held = serde_json::from_value::<Held>(after.clone());
            row.subject == Key::Paused.to_string() || held.is_ok_and(|held| held.cause == Cause::Complaint)
        }
        _ => false,
    }
}

/// The inverse for an identifier: a new one is released, a lost one claimed if it is free, a former id made current again.
fn identifier(row: &ChangeRow) -> Result<Inverse, Refusal> {
    let profile = Person::Profile(row.profile);
    let claimed = |from| Statement::Merge(Merge { from: vec![from], joins_known: false });
    match (identifier_of(row, row.before.as_ref()), identifier_of(row, row.after.as_ref())) {
        (None, Some(came)) => Ok((profile, Statement::Release(vec![came]))),
        (Some(went), None) => Ok((profile, claimed(went))),
        (Some(former), Some(new)) => Ok((Person::Identifiers(vec![former]), claimed(new))),
        (None, None) => Err(Refusal::Unreadable),
    }
}

/// The identifier that a row about one names, with `value` as its value; `None` without a value.
pub fn identifier_of(row: &ChangeRow, value: Option<&Value>) -> Option<Identifier> {
    Some(Identifier::stored((row.subject.clone(), value?.as_str()?.to_owned())))
}

fn note(row: &ChangeRow) -> Result<NoteChange, Refusal> {
    let of = |name: &str| [row.before.as_ref(), row.after.as_ref()].map(|facts| facts.and_then(|it| it.get(name)));
    let is_same = |name| matches!(of(name), [Some(before), Some(after)] if before == after);
    let id = row.subject.parse().map_err(|_| Refusal::NoteText)?;
    match of("pinned") {
        [Some(Value::Bool(pinned)), Some(_)] if is_same("version") && is_same("deleted") => {
            Ok(NoteChange::Pin { id, pinned: *pinned })
        }
        _ => Err(Refusal::NoteText),
    }
}

/// Changes of one value by one group, which are undone together.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The changes joined into one.
    pub whole: ChangeRow,
    /// Number of changes.
    pub count: usize,
    /// Whether another source changed the value after these changes and before the group did again.
    pub is_cut_off: bool,
}

/// Joins the changes of one group by the value that they change; both lists are newest first. What was refused changed nothing. Where another source changed a value in
/// between, the changes before that are a span of their own.
pub fn spans(rows: &[ChangeRow]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut last_of: HashMap<(ProfileId, ChangeKind, &str), usize> = HashMap::new();
    for row in rows.iter().filter(|row| row.refused.is_none()) {
        let key = (row.profile, row.kind, row.subject.as_str());
        let last = if row.is_of_one_value() { last_of.insert(key, spans.len()) } else { None };
        let goes_on = |span: &Span| !span.is_cut_off && equal(span.whole.before.as_ref(), row.after.as_ref());
        match last.filter(|place| goes_on(&spans[*place])) {
            Some(place) => {
                spans[place].whole.before.clone_from(&row.before);
                spans[place].count += 1;
                last_of.insert(key, place);
            }
            None => spans.push(Span { whole: row.clone(), count: 1, is_cut_off: last.is_some() }),
        }
    }
    spans
}

impl ChangeRow {
    /// Whether the row's subject has one value at a time.
    fn is_of_one_value(&self) -> bool {
        !matches!(
            self.kind,
            ChangeKind::Created | ChangeKind::Erased | ChangeKind::Merge | ChangeKind::Identifier | ChangeKind::Note
        )
    }
}

#[cfg(test)]
mod tests {

    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::{
        attributes::Attributes,
        identities::{Addresses, Device, Devices},
        ingest::REGISTERS,
        ledger::read::tests::row,
        registers::Correction,
        subscriptions::{Consents, Subscriptions},
        tags::Tags,
    };

    fn fact(row: &ChangeRow) -> Correction {
        match inverse(REGISTERS, row) {
            Ok((Person::Profile(_), Statement::Correct(corrections))) if corrections.len() == 1 => {
                corrections[0].clone()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_go_back_to_what_they_were() {
        let plan = fact(&row(ChangeKind::Attribute, "plan", Value::Null, json!("pro")));
        assert_eq!(plan.fact.of::<Attributes>().map(|(name, becomes)| (name.as_str(), becomes)), Some(("plan", &None)));
        assert_eq!(plan.was, Some(json!("pro")));
        let address = fact(&row(ChangeKind::Address, "email", json!("Ann@example.com"), json!("b@example.com")));
        let becomes = address.fact.of::<Addresses>().and_then(|(_, becomes)| becomes.as_ref());
        assert_eq!(becomes.map(|it| it.normalised.as_str()), Some("ann@example.com"));
        assert_eq!(address.was, Some(json!("b@example.com")));
        let tag = |before: bool, after: bool| fact(&row(ChangeKind::Tag, "vip", json!(before), json!(after)));
        assert_eq!(tag(false, true).fact.of::<Tags>().map(|(_, is_on)| *is_on), Some(false));
        assert_eq!(tag(true, false).fact.of::<Tags>().map(|(_, is_on)| *is_on), Some(true));
        let device = json!({"type": "push", "platform": "ios", "active": true});
        let device = fact(&row(ChangeKind::Device, "t-1", device, Value::Null));
        let becomes = device.fact.of::<Devices>().and_then(|(_, becomes)| becomes.device.as_ref());
        assert_eq!(becomes.map(Device::label).as_deref(), Some("iOS push"));
    }

    #[test]
    fn what_people_said_themselves_is_not_undone() {
        let (yes, no) =
            (json!({"state": "subscribed", "reason": "api"}), json!({"state": "unsubscribed", "reason": "user"}));
        let (complaint, bounce) = (json!({"cause": "complaint"}), json!({"cause": "hard_bounce"}));
        let refusal = |kind, subject, before: &Value, after: &Value| {
            inverse(REGISTERS, &row(kind, subject, before.clone(), after.clone())).err()
        };
        for (kind, subject, before, after, refused) in [
            (ChangeKind::Subscription, "all", &yes, &no, true),
            (ChangeKind::Subscription, "all", &no, &yes, false),
            (ChangeKind::Subscription, "email", &yes, &no, false),
            (ChangeKind::Restriction, "blocked/email:a@example.com", &Value::Null, &complaint, true),
            (ChangeKind::Restriction, "blocked/email:a@example.com", &complaint, &Value::Null, false),
            (ChangeKind::Restriction, "blocked/email:a@example.com", &Value::Null, &bounce, false),
        ] {
            let found = refusal(kind, subject, before, after);
            assert_eq!(found, refused.then_some(Refusal::TheirOwn), "{subject} {before} {after}");
        }
    }

    #[test]
    fn an_answer_goes_back_to_an_answer() {
        let (yes, no) =
            (json!({"state": "subscribed", "reason": "api"}), json!({"state": "unsubscribed", "reason": "user"}));
        let news = fact(&row(ChangeKind::Subscription, "email/news", yes.clone(), no.clone()));
        let becomes = news.fact.of::<Subscriptions>().map(|(_, becomes)| json!(becomes));
        assert_eq!((becomes.as_ref(), news.was.as_ref()), (Some(&yes), Some(&no)));
        assert_eq!(
            inverse(REGISTERS, &row(ChangeKind::Subscription, "email", Value::Null, yes)).unwrap_err(),
            Refusal::Unsaid
        );
        let (given, refused) = (json!({"given": true, "location": "web"}), json!({"given": false}));
        let consent = fact(&row(ChangeKind::Consent, "gdpr.marketing", given, refused.clone()));
        let becomes = consent.fact.of::<Consents>().and_then(|(_, becomes)| becomes.location.as_deref());
        assert_eq!(becomes, Some("web"));
        assert_eq!(
            inverse(REGISTERS, &row(ChangeKind::Consent, "gdpr.marketing", Value::Null, refused)).unwrap_err(),
            Refusal::Unsaid
        );
    }

    #[test]
    fn identifiers_go_and_come_back() {
        let said = |before, after| inverse(REGISTERS, &row(ChangeKind::Identifier, "id", before, after)).unwrap();
        assert!(
            matches!(said(Value::Null, json!("a")), (Person::Profile(_), Statement::Release(gone)) if gone[0].value == "a")
        );
        assert!(
            matches!(said(json!("a"), Value::Null), (Person::Profile(_), Statement::Merge(it)) if it.from[0].value == "a")
        );
        let (person, statement) = said(json!("a"), json!("b"));
        assert!(matches!(person, Person::Identifiers(ids) if ids[0].value == "a"));
        assert!(matches!(statement, Statement::Merge(it) if it.from[0].value == "b" && !it.joins_known));
    }

    #[test]
    fn some_things_are_not_undone_like_this() {
        let refusal = |kind, before, after| inverse(REGISTERS, &row(kind, "x", before, after)).unwrap_err();
        assert_eq!(refusal(ChangeKind::Created, Value::Null, Value::Null), Refusal::Created);
        assert_eq!(refusal(ChangeKind::Erased, Value::Null, Value::Null), Refusal::Erased);
        assert_eq!(refusal(ChangeKind::Merge, Value::Null, json!("x")), Refusal::Merge);
        assert_eq!(refusal(ChangeKind::Address, Value::Null, json!("x")), Refusal::Unreadable);
        let facts = |version: i32, pinned: bool| json!({"version": version, "pinned": pinned, "deleted": false});
        let note = |before, after| inverse(REGISTERS, &row(ChangeKind::Note, &Uuid::nil().to_string(), before, after));
        assert!(matches!(
            note(facts(2, false), facts(2, true)),
            Ok((_, Statement::Note(NoteChange::Pin { pinned: false, .. })))
        ));
        assert_eq!(note(facts(1, false), facts(2, false)).unwrap_err(), Refusal::NoteText);
        assert_eq!(note(Value::Null, facts(1, false)).unwrap_err(), Refusal::NoteText);
    }

    #[test]
    fn changes_of_one_thing_are_one_unless_something_came_between() {
        let plan = |before: Value, after: Value| row(ChangeKind::Attribute, "plan", before, after);
        let rows = [
            plan(json!("c"), json!("d")),
            row(ChangeKind::Attribute, "city", Value::Null, json!("Riga")),
            plan(json!("b"), json!("c")),
            // Another source set `x` to `a` in between.
            plan(json!("x"), json!("y")),
            plan(Value::Null, json!("x")),
        ];
        let spans = spans(&rows);
        let told: Vec<_> = spans
            .iter()
            .map(|it| (it.whole.subject.as_str(), it.whole.before.clone(), it.count, it.is_cut_off))
            .collect();
        assert_eq!(
            told,
            [
                ("plan", Some(json!("b")), 2, false),
                ("city", None, 1, false),
                ("plan", Some(json!("x")), 1, true),
                ("plan", None, 1, true),
            ]
        );
    }
}
