//! Who has to confirm their email now that something was said of it: they are noted in the same transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::State;
use crate::{
    confirmations::store,
    db::ids::{EnvironmentId, ProfileId},
    filter::Aspect,
    identities::{Addresses, Channel},
    segments::Touched,
    subscriptions::{Confirmations, Line, Medium, Subscriptions},
};

/// Notes whom kith is to ask, in one SQL statement; in none where the workspace asks nobody. Segments look again at all whom it concerns: that
/// an answer was said again may make it one that has to be confirmed, and is no change for the ledger.
pub fn note(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    since: Option<DateTime<Utc>>,
    states: &HashMap<ProfileId, State>,
    touched: &mut Touched,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(since) = since else { return Ok(()) };
    let people: Vec<ProfileId> = states.iter().filter(|(_, state)| concerns(state)).map(|(id, _)| *id).collect();
    for profile in &people {
        touched.entry(*profile).or_default().insert(Aspect::Subscriptions);
    }
    store::want(conn, environment, since, &people, now).map(drop)
}

/// Whether a batch changed what is said of somebody's email.
fn concerns(state: &State) -> bool {
    let line = Line::channel(Medium::Email);
    let facts = &state.facts;
    facts.of::<Subscriptions>().is_some_and(|rows| rows.is_dirty(&line))
        || facts.of::<Addresses>().is_some_and(|rows| rows.is_dirty(&Channel::Email))
        || facts.of::<Confirmations>().is_some_and(|rows| rows.dirty().next().is_some())
}
