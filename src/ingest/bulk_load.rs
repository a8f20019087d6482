//! Loading people whom nobody knows: folded as [`crate::ingest::apply`] folds, written through `COPY`. It spares looking up whose
//! identifiers these are and reading what was known, so it is for empty ground, and fails as a whole where it is not.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    State, Statement,
    apply::{Catalogues, prepare},
    profile_rows,
    unit_of_work::{UnitOfWork, Waiting},
};
use crate::{
    activity,
    db::{Db, ids::ProfileId},
    error::AppError,
    identities::{self, Identifier, Kind, NewClaim},
    ledger::{self, Batch},
    notes,
};

/// Somebody whom nobody knows, with all that is said of them.
#[derive(Clone, Debug)]
pub struct NewProfile {
    /// The id that their profile gets.
    pub profile: ProfileId,
    /// What they are called by, nobody else's so far.
    pub identifiers: Vec<Identifier>,
    /// What is said of them, and when it was true.
    pub said: Vec<(DateTime<Utc>, Statement)>,
}

/// Writes new people and everything about them in one transaction, as if each were a batch of their own; returns how many rows that
/// took. Event ids and identifiers that are there already make it fail.
pub fn load_now(db: &Db, batch: &Batch, people: &[NewProfile]) -> Result<usize, AppError> {
    let statements = people.iter().flat_map(|person| &person.said).map(|(_, statement)| statement);
    let known = prepare(db, batch, statements)?;
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
        }
        for (index, (as_of, statement)) in said.iter().enumerate() {
            work.say((index, *as_of), statement, *profile, &mut state);
        }
        states.push((*profile, state));
    }
    copy(conn, work, people, &states)
}

fn copy(
    conn: &mut PgConnection,
    mut work: UnitOfWork<'_>,
    people: &[NewProfile],
    states: &[(ProfileId, State)],
) -> QueryResult<usize> {
    let (batch, environment) = (work.batch, work.batch.environment);
    let mut written = profile_rows::copy_states(conn, batch, states)?;
    let mut claimed = Vec::new();
    for person in people {
        let mut said = person.said.iter().map(|(as_of, said)| said.said_at(*as_of));
        let first = said.next().unwrap_or(batch.received_at);
        let last = said.fold(first, DateTime::max);
        // The browser of somebody who is known is theirs since they were last on it.
        let is_known = person.identifiers.iter().any(|identifier| identifier.kind != Kind::Anonymous);
        let claimed_at =
            |identifier: &Identifier| if is_known && identifier.kind == Kind::Anonymous { last } else { first };
        let claim = |identifier| NewClaim {
            identifier,
            profile: person.profile,
            claimed_at: claimed_at(identifier),
            not_before: None,
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
    written += activity::copy_events(conn, batch, work.events.into_iter().map(|(_, event, _)| event).collect())?;
    written += activity::copy_seen(conn, environment, &work.seen)?;
    Ok(written + ledger::copy(conn, batch, work.changes)?)
}
