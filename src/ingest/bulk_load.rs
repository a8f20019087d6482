//! Loads profiles that do not exist yet: folded as in [`crate::ingest::apply`], written through `COPY`. Neither claims nor former values
//! are looked up, so the load fails as a whole where an identifier or event exists already.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    State, Statement,
    apply::{Catalogues, prepare},
    profile_rows, touched,
    trust::Trust,
    unit_of_work::UnitOfWork,
    waiting::Waiting,
};
use crate::{
    activity,
    db::{Db, ids::ProfileId},
    error::AppError,
    events,
    identities::{self, Identifier, Kind, NewClaim},
    ledger::{self, Batch},
    notes,
    registers::Moment,
    segments,
};

/// A profile that does not exist yet, with everything that is said of it.
#[derive(Clone, Debug)]
pub struct NewProfile {
    /// Id of the profile to make.
    pub profile: ProfileId,
    /// Identifiers of the profile; no other profile may have one of them.
    pub identifiers: Vec<Identifier>,
    /// Statements about the profile, each with the time at which it was true.
    pub said: Vec<(DateTime<Utc>, Statement)>,
}

/// Writes new profiles and everything about them in one transaction, as if each were a batch of its own. Returns the number of rows.
///
/// # Errors
/// [`AppError::Unstorable`]: an event id or an identifier exists already, or Postgres refuses a value.
pub fn load_now(db: &Db, batch: &Batch, trust: &Trust, people: &[NewProfile]) -> Result<usize, AppError> {
    let statements = people.iter().flat_map(|person| &person.said).map(|(_, statement)| statement);
    let known = prepare(db, batch, trust, statements)?;
    db.tx_now(|conn| load(conn, batch, people, &known))
}

fn load(conn: &mut PgConnection, batch: &Batch, people: &[NewProfile], known: &Catalogues) -> QueryResult<usize> {
    let mut work = UnitOfWork::new(batch, known, Waiting::default());
    let mut states = Vec::with_capacity(people.len());
    for NewProfile { profile, identifiers, said } in people {
        let mut state = work.create(*profile, 0);
        let at = work.at(*profile, batch.received_at, 0);
        for identifier in identifiers {
            state.identified(identifier, at, &mut work.changes);
            joined(identifiers, said, identifier).into_iter().for_each(|moment| state.joined(moment));
        }
        for (index, (as_of, statement)) in said.iter().enumerate() {
            work.say(index, *as_of, statement, *profile, &mut state);
        }
        states.push((*profile, state));
    }
    copy(conn, work, people, &states)
}

/// When an identifier was joined to the others: a browser to what is known of the person, with the first statement.
fn joined(all: &[Identifier], said: &[(DateTime<Utc>, Statement)], identifier: &Identifier) -> Option<Moment> {
    let is_browser = |identifier: &Identifier| identifier.kind == Kind::Anonymous;
    let (as_of, first) = said.first()?;
    let is_joined = is_browser(identifier) && !all.iter().all(is_browser);
    is_joined.then(|| Moment::new(first.said_at(*as_of), false))
}

fn copy(
    conn: &mut PgConnection,
    mut work: UnitOfWork<'_>,
    people: &[NewProfile],
    states: &[(ProfileId, State)],
) -> QueryResult<usize> {
    let (batch, environment) = (work.batch, work.batch.environment);
    segments::touch(conn, batch, &touched::of_changes(&work.changes))?;
    let mut written = profile_rows::copy_states(conn, batch, states)?;
    let mut claimed = Vec::new();
    for person in people {
        let mut said = person.said.iter().map(|(as_of, said)| said.said_at(*as_of));
        let first = said.next().unwrap_or(batch.received_at);
        let last = said.fold(first, DateTime::max);
        // A known person's browser is claimed at their last statement, other identifiers at their first.
        let is_known = person.identifiers.iter().any(|identifier| identifier.kind != Kind::Anonymous);
        let claimed_at =
            |identifier: &Identifier| if is_known && identifier.kind == Kind::Anonymous { last } else { first };
        let claim = |identifier| NewClaim {
            identifier,
            profile: person.profile,
            claimed_at: claimed_at(identifier),
            not_before: None,
            joined: joined(&person.identifiers, &person.said, identifier),
        };
        claimed.extend(person.identifiers.iter().map(claim));
    }
    written += identities::copy_identifiers(conn, batch, &claimed)?;
    let facts: Vec<_> = states.iter().map(|(profile, state)| (*profile, &state.facts)).collect();
    for register in work.registers().iter() {
        written += register.copy(conn, environment, &facts)?;
    }
    if !work.notes.is_empty() {
        written += notes::apply(conn, batch, &work.notes, &mut work.changes)?.len();
    }
    let keys = work.events.iter().flat_map(|(_, event, _)| event.keys()).collect();
    written += events::copy_keys(conn, environment, keys)?;
    written += activity::copy_events(conn, batch, work.events.into_iter().map(|(_, event, _)| event).collect())?;
    written += activity::copy_seen(conn, environment, &work.seen)?;
    Ok(written + ledger::copy(conn, batch, work.changes)?)
}
