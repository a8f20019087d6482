//! Compares changes with the current state of their profiles, and decides which can be undone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::{Value, json};

use super::inverse::{self, Inverse, Refusal, Span, identifier_of};
use crate::{
    attributes::{self, Definition},
    db::ids::{EnvironmentId, ProfileId, SegmentId},
    identities::{self, Claim, Identifier},
    ingest::{self, Item, Person, State},
    json::equal,
    ledger::{ChangeKind, ChangeRow, read},
    registers::Registers,
    segments::{self, Decider},
};

/// Whether a change can be undone.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Yes, by this statement.
    Can(Inverse),
    /// The former value is the current one already.
    Done,
    /// No, for this reason.
    Cannot(Refusal),
}

/// A change, or several of one value together, with the verdict on it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The change; several are joined into one.
    pub whole: ChangeRow,
    /// Number of ledger rows.
    pub count: usize,
    /// Whether the change can be undone.
    pub verdict: Verdict,
}

impl Step {
    /// Whether the change can be undone.
    pub fn is_open(&self) -> bool {
        matches!(self.verdict, Verdict::Can(_))
    }

    /// The step for an operator who `may_answer` for people: change what they receive and agreed to.
    pub fn only_if(self, may_answer: bool) -> Self {
        let is_theirs = !self.whole.kind.is_an_answer() || may_answer;
        if is_theirs { self } else { Self { verdict: Verdict::Cannot(Refusal::ForAdmins), ..self } }
    }

    /// Why the change cannot be undone; `None` if it can, or if the former value is current.
    pub fn refusal(&self) -> Option<Refusal> {
        if let Verdict::Cannot(refusal) = self.verdict { Some(refusal) } else { None }
    }

    /// Whether undoing makes a former id current again.
    pub fn is_former_id(&self) -> bool {
        matches!(self.verdict, Verdict::Can((Person::Identifiers(_), _)))
    }

    /// The item that undoes the change, said at `as_of`; `None` if it cannot be undone.
    pub fn item(&self, as_of: DateTime<Utc>) -> Option<Item> {
        let Verdict::Can((person, statement)) = &self.verdict else { return None };
        Some(Item { person: person.clone(), as_of, statement: statement.clone() })
    }
}

/// Current state of the profiles of some changes.
pub struct Standing {
    registers: Registers,
    states: HashMap<ProfileId, State>,
    /// Number of identifiers of each profile, counted no further than it matters.
    identifiers: HashMap<ProfileId, usize>,
    ids: HashMap<ProfileId, String>,
    claims: HashMap<Identifier, Claim>,
    definitions: BTreeMap<String, Definition>,
    /// Segments about whose members others decide, by their ids; holds who.
    closed: BTreeMap<String, &'static str>,
}

impl Standing {
    /// Loads the state that these changes are about, in a constant number of SQL statements.
    pub fn load(
        conn: &mut PgConnection,
        registers: Registers,
        environment: EnvironmentId,
        rows: &[ChangeRow],
    ) -> QueryResult<Self> {
        let people: HashSet<ProfileId> = rows.iter().map(|row| row.profile).collect();
        let people: Vec<ProfileId> = people.into_iter().collect();
        let states = ingest::load_people(conn, registers, environment, &people)?;
        let named: BTreeSet<Identifier> = rows
            .iter()
            .filter(|row| row.kind == ChangeKind::Identifier)
            .flat_map(|row| [identifier_of(row, row.before.as_ref()), identifier_of(row, row.after.as_ref())])
            .flatten()
            .collect();
        let mut now = Self::new(registers, states);
        if !named.is_empty() {
            now.claims = identities::claims(conn, environment, &named.iter().collect::<Vec<_>>())?;
            now.ids = read::current_ids(conn, environment, &people)?;
            now.identifiers = identities::how_many(conn, environment, &people, rows.len() + 1)?;
        }
        let names: BTreeSet<&str> =
            rows.iter().filter(|row| row.kind == ChangeKind::Attribute).map(|row| row.subject.as_str()).collect();
        if !names.is_empty() {
            now.definitions = attributes::definitions(conn, environment, &names.into_iter().collect::<Vec<_>>())?;
        }
        let chosen = rows.iter().filter(|row| row.kind == ChangeKind::Segment);
        let chosen: BTreeSet<SegmentId> = chosen.filter_map(|row| row.subject.parse().ok()).collect();
        if !chosen.is_empty() {
            let kinds = segments::kinds(conn, environment, chosen.into_iter())?;
            let closed = kinds
                .into_iter()
                .filter_map(|(id, (kind, _))| Some((id.to_string(), kind.closed_to(Decider::Colleague)?)));
            now.closed = closed.collect();
        }
        Ok(now)
    }

    fn new(registers: Registers, states: HashMap<ProfileId, State>) -> Self {
        let (identifiers, ids, claims, definitions, closed) = Default::default();
        Self { registers, states, identifiers, ids, claims, definitions, closed }
    }

    /// The verdicts on changes of one group, newest first. Each is judged as if those before it in the list were undone.
    pub fn plan(&self, rows: &[ChangeRow]) -> Vec<Step> {
        let mut left = self.identifiers.clone();
        let step = |Span { whole, count, is_cut_off }: Span| {
            let verdict = match is_cut_off {
                true => Verdict::Cannot(Refusal::Between),
                false => self.judge(&whole, left.get_mut(&whole.profile)),
            };
            Step { whole, count, verdict }
        };
        inverse::spans(rows).into_iter().map(step).collect()
    }

    /// The current value of what a row changed; `None` if there is none.
    pub fn value(&self, row: &ChangeRow) -> Option<Value> {
        let state = self.states.get(&row.profile)?;
        match row.kind {
            ChangeKind::Identifier => {
                let (before, after) = (identifier_of(row, row.before.as_ref()), identifier_of(row, row.after.as_ref()));
                match (&before, &after) {
                    (Some(_), Some(_)) => self.ids.get(&row.profile).map(|id| json!(id)),
                    _ => before.or(after).filter(|it| self.is_theirs(row.profile, it)).map(|it| json!(it.value)),
                }
            }
            ChangeKind::Created | ChangeKind::Erased | ChangeKind::Merge | ChangeKind::Note => row.after.clone(),
            kind => self.registers.find(kind)?.shown(&state.facts, &row.subject),
        }
    }

    fn is_theirs(&self, profile: ProfileId, identifier: &Identifier) -> bool {
        self.claims.get(identifier).is_some_and(|claim| claim.profile == profile)
    }

    /// The verdict on a change; `left` is the number of identifiers that its profile would still have.
    fn judge(&self, row: &ChangeRow, left: Option<&mut usize>) -> Verdict {
        let here = self.states.get(&row.profile).filter(|state| state.merged_into.is_none());
        let fixed = match row.kind {
            ChangeKind::Attribute => self.definitions.get(&row.subject).and_then(|it| it.origin.why_fixed()),
            ChangeKind::Segment => self.closed.get(&row.subject).copied(),
            _ => None,
        };
        let verdict = match (inverse::inverse(self.registers, row), fixed) {
            (Err(refusal), _) => return Verdict::Cannot(refusal),
            (_, Some(why)) => return Verdict::Cannot(Refusal::Fixed(why)),
            _ if here.is_none() => return Verdict::Cannot(Refusal::Gone),
            (Ok(inverse), None) => Verdict::Can(inverse),
        };
        let now = self.value(row);
        match row.kind {
            ChangeKind::Note => verdict,
            _ if equal(now.as_ref(), row.before.as_ref()) => Verdict::Done,
            _ if !equal(now.as_ref(), row.after.as_ref()) => Verdict::Cannot(Refusal::Newer),
            ChangeKind::Identifier => match self.keeps(row, left) {
                Some(refusal) => Verdict::Cannot(refusal),
                None => verdict,
            },
            _ => verdict,
        }
    }

    /// Why the change of an identifier cannot be undone; `None` if it can.
    fn keeps(&self, row: &ChangeRow, left: Option<&mut usize>) -> Option<Refusal> {
        let owner = |identifier: &Identifier| self.claims.get(identifier).map(|claim| claim.profile);
        let former = identifier_of(row, row.before.as_ref());
        match (&former, &row.after) {
            // A free former id is as good as an own one: the profile claims it again.
            (Some(former), Some(_)) => {
                Some(Refusal::SomebodyElses).filter(|_| owner(former).is_some_and(|owner| owner != row.profile))
            }
            (Some(went), None) if owner(went).is_some() => Some(Refusal::SomebodyElses),
            (Some(went), None) if went.kind == identities::Kind::Id && self.ids.contains_key(&row.profile) => {
                Some(Refusal::OtherId)
            }
            (None, Some(_)) => match left {
                Some(left) if *left > 1 => {
                    *left -= 1;
                    None
                }
                _ => Some(Refusal::OnlyIdentifier),
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::history::current::*;
    use crate::{
        attributes::{AttributeName, AttributeValue, Attributes},
        db::ids::SourceId,
        ledger::{Stamp, read::tests::row},
    };

    fn now(plan: &str, identifiers: &[&str]) -> Standing {
        let nobody = ProfileId(Uuid::nil());
        let mut state = State::default();
        let stamp = Stamp { as_of: 0, received_at: 0, index: 0, source: SourceId(1) };
        let plan = Some(AttributeValue::stored(json!(plan)));
        state.facts.of_mut::<Attributes>().load(AttributeName::stored("plan".to_owned()), plan, stamp);
        let claim = |id: &&str| {
            let claim = Claim { profile: nobody, claimed_at: DateTime::UNIX_EPOCH, not_before: None };
            (Identifier::stored(("email".to_owned(), (*id).to_owned())), claim)
        };
        Standing {
            identifiers: [(nobody, identifiers.len())].into(),
            claims: identifiers.iter().map(claim).collect(),
            ..Standing::new(ingest::REGISTERS, [(nobody, state)].into())
        }
    }

    #[test]
    fn only_what_still_is_so_can_be_undone() {
        let judge =
            |plan: &str| now(plan, &[]).judge(&row(ChangeKind::Attribute, "plan", json!("free"), json!("pro")), None);
        assert!(matches!(judge("pro"), Verdict::Can(_)));
        assert!(matches!(judge("free"), Verdict::Done));
        assert!(matches!(judge("gold"), Verdict::Cannot(Refusal::Newer)));
    }

    #[test]
    fn of_several_identifiers_the_first_one_stays() {
        let came = |value: &str| row(ChangeKind::Identifier, "email", Value::Null, json!(value));
        let steps = now("", &["a@b.example", "c@d.example"]).plan(&[came("c@d.example"), came("a@b.example")]);
        assert!(steps[0].is_open());
        assert_eq!(steps[1].refusal(), Some(Refusal::OnlyIdentifier));
        let steps = now("", &["a@b.example"]).plan(&[came("c@d.example")]);
        assert!(matches!(steps[0].verdict, Verdict::Done), "it went since");
    }

    #[test]
    fn whoever_became_part_of_somebody_else_is_left_alone() {
        let mut now = now("pro", &[]);
        let state = now.states.values_mut().next().unwrap();
        state.merged_into = Some(ProfileId(Uuid::max()));
        let verdict = now.judge(&row(ChangeKind::Attribute, "plan", json!("free"), json!("pro")), None);
        assert!(matches!(verdict, Verdict::Cannot(Refusal::Gone)));
    }
}
