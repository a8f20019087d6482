//! Puts rows of the ledger and facts into words, the same words on every page.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use serde_json::Value;

use super::{
    Actor, ChangeKind, ChangeRow,
    hidden::{self, Shown},
};
use crate::{
    attributes::{self, AttributeName, Definition, OwnDefinitions},
    db::{
        ids::{EnvironmentId, NoteId, ProfileId, SegmentId},
        sql_query,
    },
    identities::{Channel, Device, Kind as IdentifierKind, Token},
    json::Json,
    notes::plain,
    restrictions,
    subscriptions::{Confirmation, Consent, Line, Purpose, Subscription},
};

/// Names for the subjects of rows and facts.
#[derive(Default)]
pub struct Teller {
    /// Definitions of attributes, by name.
    definitions: BTreeMap<String, Definition>,
    /// Names of merged profiles and survivors.
    people: HashMap<ProfileId, String>,
    /// Names of segments.
    segments: HashMap<SegmentId, String>,
    /// Beginnings of the notes' texts, without the marks of Markdown.
    pub(super) notes: HashMap<NoteId, String>,
}

/// SQL of the profiles' names, merged ones too: the name, else the current id, else the next best identifier.
const PEOPLE: &str = "(SELECT coalesce(jsonb_object_agg(p.id, coalesce(nullif(p.name, ''), \
         (SELECT i.value FROM profile_identifiers i WHERE i.environment_id = $1 AND i.profile_id = p.id AND i.kind = 'id' \
             AND i.retired_at IS NULL ORDER BY i.value DESC LIMIT 1), \
         (SELECT i.value FROM profile_identifiers i WHERE i.environment_id = $1 AND i.profile_id = p.id AND i.kind <> 'id' \
             ORDER BY i.kind DESC, i.value DESC LIMIT 1), '')), '{}') \
     FROM profiles p WHERE p.environment_id = $1 AND p.id = ANY($3))";

/// Longest beginning of a note, in characters.
const LONGEST_NOTE: usize = 300;

/// SQL of the beginnings of notes that are not deleted.
const NOTES: &str = "(SELECT coalesce(jsonb_object_agg(n.id, left(n.body, 1000)), '{}') \
     FROM notes n WHERE n.environment_id = $1 AND n.profile_id = ANY($4) AND n.id = ANY($5) AND n.deleted_at IS NULL)";

/// SQL of the names of segments, archived ones too.
const SEGMENTS: &str = "(SELECT coalesce(jsonb_object_agg(s.id, s.name), '{}') FROM segments s WHERE s.environment_id = $1 AND s.id = ANY($6))";

#[derive(QueryableByName)]
struct Names {
    #[diesel(sql_type = Nullable<Jsonb>)]
    definitions: Option<Json>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    people: Option<Json>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    notes: Option<Json>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    segments: Option<Json>,
}

impl Teller {
    /// A teller that knows these definitions and no other names.
    pub fn new(definitions: BTreeMap<String, Definition>) -> Self {
        Self { definitions, ..Self::default() }
    }

    /// A teller for these rows and for the profiles `more`, in one SQL statement, or none if no name has to be looked up.
    pub fn load<'a>(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        rows: impl Iterator<Item = &'a ChangeRow> + Clone,
        more: &[ProfileId],
    ) -> QueryResult<Self> {
        Self::look_up(conn, environment, rows, more, std::iter::empty())
    }

    /// [`Self::load`] for the timeline, which also tells how the notes begin.
    pub fn load_with_notes<'a>(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        rows: impl Iterator<Item = &'a ChangeRow> + Clone,
    ) -> QueryResult<Self> {
        let notes = rows.clone().filter(|row| row.kind == ChangeKind::Note);
        Self::look_up(conn, environment, rows, &[], notes)
    }

    fn look_up<'a>(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        rows: impl Iterator<Item = &'a ChangeRow> + Clone,
        more: &[ProfileId],
        notes: impl Iterator<Item = &'a ChangeRow> + Clone,
    ) -> QueryResult<Self> {
        let subjects =
            |kind: ChangeKind| rows.clone().filter(move |row| row.kind == kind).map(|row| row.subject.as_str());
        let names: BTreeSet<&str> = subjects(ChangeKind::Attribute).collect();
        let merged = subjects(ChangeKind::Merge).filter_map(|id| id.parse().ok());
        let people: BTreeSet<ProfileId> = merged.chain(more.iter().copied()).collect();
        let noted: BTreeSet<ProfileId> = notes.clone().map(|row| row.profile).collect();
        let notes: BTreeSet<NoteId> = notes.filter_map(|row| row.subject.parse().ok()).collect();
        let segments: BTreeSet<SegmentId> = subjects(ChangeKind::Segment).filter_map(|id| id.parse().ok()).collect();
        if names.is_empty() && people.is_empty() && notes.is_empty() && segments.is_empty() {
            return Ok(Self::default());
        }
        // Postgres plans the statement for the names of each page; planning what nobody asks for costs more than all the rest.
        let if_any = |is_empty: bool, sql: &'static str| if is_empty { "NULL::jsonb" } else { sql };
        let row: Names = sql_query("SELECT ")
            .and(if_any(names.is_empty(), OwnDefinitions::OF_NAMES))
            .and(" AS definitions, ")
            .and(if_any(people.is_empty(), PEOPLE))
            .and(" AS people, ")
            .and(if_any(notes.is_empty(), NOTES))
            .and(" AS notes, ")
            .and(if_any(segments.is_empty(), SEGMENTS))
            .and(" AS segments")
            .bind::<SmallInt, _>(environment)
            .bind::<Array<Text>, _>(names.into_iter().collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(people.into_iter().map(|id| id.0).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(noted.into_iter().map(|id| id.0).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(notes.into_iter().map(|id| id.0).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(segments.into_iter().map(|id| id.0).collect::<Vec<_>>())
            .get_result(conn)?;
        let definitions = row.definitions.map(Json::read::<OwnDefinitions>).transpose()?;
        let notes: HashMap<NoteId, String> = row.notes.map(Json::read).transpose()?.unwrap_or_default();
        Ok(Self {
            definitions: definitions.map(|OwnDefinitions(definitions)| definitions).unwrap_or_default(),
            people: row.people.map(Json::read).transpose()?.unwrap_or_default(),
            segments: row.segments.map(Json::read).transpose()?.unwrap_or_default(),
            // Marks are taken off before the text is cut, for half a pair of them would stay.
            notes: notes.into_iter().map(|(id, text)| (id, plain(&text, LONGEST_NOTE))).collect(),
        })
    }

    /// The definition of an attribute; `None` if the catalogue has none.
    pub fn definition(&self, attribute: &str) -> Option<&Definition> {
        self.definitions.get(attribute)
    }

    /// What a row is about; for a merge, what the merge did.
    pub fn label(&self, row: &ChangeRow) -> String {
        if row.kind == ChangeKind::Merge { self.merge(row) } else { self.name(row.kind, &row.subject) }
    }

    /// Name of a fact's subject.
    pub fn name(&self, kind: ChangeKind, subject: &str) -> String {
        match kind {
            ChangeKind::Attribute => {
                self.definition(subject).map_or_else(|| AttributeName::humanise(subject), Definition::label)
            }
            ChangeKind::Address => {
                Channel::from_stored(subject).map_or_else(|| subject.to_owned(), |channel| channel.label().to_owned())
            }
            ChangeKind::Identifier => IdentifierKind::from_stored(subject).label(),
            ChangeKind::Device => format!("Device {}", Token::stored(subject.to_owned()).short()),
            ChangeKind::Subscription => {
                subject.parse::<Line>().map_or_else(|_| subject.to_owned(), |line| line.label())
            }
            ChangeKind::Restriction => restrictions::label(subject),
            ChangeKind::Segment => {
                let name = subject.parse().ok().and_then(|id: SegmentId| self.segments.get(&id));
                name.cloned().unwrap_or_else(|| "a segment that is gone".to_owned())
            }
            ChangeKind::Tag | ChangeKind::Consent | ChangeKind::Confirmation | ChangeKind::Other(_) => {
                subject.to_owned()
            }
            ChangeKind::Note | ChangeKind::Merge | ChangeKind::Created | ChangeKind::Erased => kind.label().to_owned(),
        }
    }

    fn merge(&self, row: &ChangeRow) -> String {
        let other = match row.subject.parse() {
            Ok(id) => self.person(id),
            Err(_) => "another profile".to_owned(),
        };
        match row.after.as_ref().and_then(Value::as_str) {
            None => format!("The merge with {other} was undone"),
            Some(survivor) if survivor == row.profile.to_string() => format!("{other} was merged into this profile"),
            Some(_) => format!("Merged into {other}"),
        }
    }

    /// Name of a profile, or the end of its id if it has none.
    pub fn person(&self, id: ProfileId) -> String {
        let name = self.people.get(&id).filter(|name| !name.is_empty());
        name.cloned().unwrap_or_else(|| format!("Profile …{}", id.short()))
    }

    /// Whether values of a fact are hidden.
    pub fn is_hidden(&self, kind: ChangeKind, subject: &str) -> bool {
        kind == ChangeKind::Attribute && hidden::is_hidden(self.definition(subject))
    }

    /// A value of a row, cut to [`hidden::LONGEST`]; `None` without a value, or if its kind has nothing to show.
    pub fn value(&self, row: &ChangeRow, value: Option<&Value>) -> Option<String> {
        Some(self.fact(row.kind, &row.subject, value?)?.into_short())
    }

    /// A statement that was not taken, in words: "Said subscribed, kept unsubscribed: imports do not loosen"; `None`: the row changed something.
    pub fn refused(&self, row: &ChangeRow) -> Option<String> {
        let [said, kept] = [row.refused.as_ref()?, row.after.as_ref()?];
        let word = |value: &Value| self.fact(row.kind, &row.subject, value).map(|shown| shown.text().to_lowercase());
        let (said, kept) = match restrictions::refused(&row.subject, said, kept) {
            Some(words) if row.kind == ChangeKind::Restriction => words,
            _ => (word(said)?, word(kept)?),
        };
        let who = match (row.source.actor, row.kind) {
            (Actor::Import, ChangeKind::Restriction) => "imports do not lift",
            (Actor::Job, ChangeKind::Restriction) => "jobs do not lift",
            (Actor::Key, ChangeKind::Restriction) => restrictions::kept_of_keys(&row.subject),
            (Actor::Import, _) => "imports do not loosen",
            (Actor::Job, _) => "jobs do not loosen",
            (Actor::Key, _) => "this key may not loosen",
            (Actor::Person, _) => "only an admin lifts it",
            (Actor::Operator, _) => "no reason was given",
        };
        Some(format!("Said {said}, kept {kept}: {who}"))
    }

    /// A value of a row as JSON, hidden if it is sensitive.
    pub fn json(&self, row: &ChangeRow, value: Option<&Value>) -> Option<Value> {
        let value = value?;
        Some(if self.is_hidden(row.kind, &row.subject) { Value::from(hidden::HIDDEN) } else { value.clone() })
    }

    /// A value of a fact; `None` if its kind has nothing to show.
    pub fn fact(&self, kind: ChangeKind, subject: &str, value: &Value) -> Option<Shown> {
        match kind {
            ChangeKind::Attribute => Some(hidden::shown(self.definition(subject), value)),
            _ => say(kind, subject, value),
        }
    }
}

fn say(kind: ChangeKind, subject: &str, value: &Value) -> Option<Shown> {
    let as_it_is = || Shown::open(attributes::show(value));
    Some(match kind {
        ChangeKind::Created | ChangeKind::Erased | ChangeKind::Merge => return None,
        ChangeKind::Tag => Shown::open(if *value == Value::Bool(true) { "On" } else { "Off" }),
        ChangeKind::Segment => Shown::open(if *value == Value::Bool(true) { "Chosen" } else { "Not chosen" }),
        ChangeKind::Subscription => {
            Subscription::told(value).map_or_else(as_it_is, |[state, reason]| Shown::open(state).and(reason))
        }
        ChangeKind::Confirmation => {
            Confirmation::told(value).map_or_else(as_it_is, |[how, agent]| Shown::open(how).and(&agent))
        }
        ChangeKind::Restriction => {
            restrictions::value(subject, value).map_or_else(as_it_is, |(state, why)| Shown::open(state).and(&why))
        }
        ChangeKind::Consent => {
            let said = serde_json::from_value(value.clone()).ok().zip(Purpose::new(subject).ok());
            said.map_or_else(as_it_is, |(consent, purpose)| answer(&consent, &purpose))
        }
        ChangeKind::Device => serde_json::from_value(value.clone()).map_or_else(|_| as_it_is(), |it| device(&it)),
        ChangeKind::Note => note(value),
        ChangeKind::Attribute | ChangeKind::Address | ChangeKind::Identifier | ChangeKind::Other(_) => as_it_is(),
    })
}

fn answer(consent: &Consent, purpose: &Purpose) -> Shown {
    let more = [&consent.location, &consent.document];
    Shown::open(consent.label(purpose)).and(&more.into_iter().flatten().cloned().collect::<Vec<_>>().join(", "))
}

fn device(device: &Device) -> Shown {
    let mut more = vec![device.model()];
    more.extend((!device.is_active).then(|| "inactive".to_owned()));
    more.extend(device.limits_ad_tracking.filter(|limits| *limits).map(|_| "limits ad tracking".to_owned()));
    more.extend(device.att_status.as_ref().map(|status| format!("tracking {status}")));
    more.retain(|part| !part.is_empty());
    Shown::open(device.label()).and(&more.join(", "))
}

fn note(facts: &Value) -> Shown {
    let is = |name: &str| facts.get(name).and_then(Value::as_bool) == Some(true);
    let version = facts.get("version").map(attributes::show).unwrap_or_default();
    let more = [("pinned", is("pinned")), ("deleted", is("deleted"))];
    let more: Vec<&str> = more.into_iter().filter_map(|(word, is)| is.then_some(word)).collect();
    Shown::open(format!("Version {version}")).and(&more.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::{super::read::tests::row, *};

    #[test]
    fn values_are_said_in_words() {
        let said = |kind, subject: &str, value: Value| {
            Teller::default().value(&row(kind, subject, Value::Null, value.clone()), Some(&value)).unwrap_or_default()
        };
        assert_eq!(said(ChangeKind::Tag, "vip", json!(true)), "On");
        let stopped = json!({"state": "unsubscribed", "reason": "user"});
        assert_eq!(said(ChangeKind::Subscription, "email", stopped), "Unsubscribed, by hand");
        let before = json!({"state": "suppressed", "reason": "complaint"});
        assert_eq!(said(ChangeKind::Subscription, "email", before), "Suppressed, complaint", "as it was said once");
        let block = json!({"cause": "hard_bounce", "words": "550 no such user"});
        let of = "blocked/email:ann@example.com";
        assert_eq!(said(ChangeKind::Restriction, of, block), "blocked, hard bounce (550 no such user)");
        assert_eq!(said(ChangeKind::Consent, "gdpr.x", json!({"given": true, "location": "web"})), "Agreed, web");
        let phone = json!({"type": "push", "platform": "android", "model": "Pixel 9", "active": false});
        assert_eq!(said(ChangeKind::Device, "t", phone), "Android push, Pixel 9, inactive");
        assert_eq!(
            said(ChangeKind::Note, "n", json!({"version": 2, "pinned": true, "deleted": false})),
            "Version 2, pinned"
        );
        assert_eq!(said(ChangeKind::Attribute, "n", json!(["a", "b"])), "a, b");
        assert_eq!(said(ChangeKind::Subscription, "email", json!("odd")), "odd");
        assert_eq!(said(ChangeKind::Address, "email", json!("ä".repeat(400))).chars().count(), hidden::LONGEST + 1);
    }

    #[test]
    fn a_merge_is_told_from_where_it_is_read() {
        let (own, other) = (ProfileId(Uuid::nil()), ProfileId(Uuid::max()));
        let teller = Teller { people: [(other, "Ann".to_owned())].into(), ..Teller::default() };
        let label = |after| teller.label(&row(ChangeKind::Merge, &other.to_string(), Value::Null, after));
        assert_eq!(label(json!(own.to_string())), "Ann was merged into this profile");
        assert_eq!(label(json!(other.to_string())), "Merged into Ann");
        assert_eq!(label(Value::Null), "The merge with Ann was undone");
        assert_eq!(Teller::default().person(other), "Profile …ffffff");
    }
}
