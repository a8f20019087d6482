//! What operators do by hand: they are the source, now is the time.

use super::Scope;
use crate::{
    db::ids::{ProfileId, new_id},
    error::AppError,
    ingest::{self, Item, Person, Statement},
    ledger::{self, Batch, Effect, Outcome},
    state::AppState,
};

/// A batch for what this operator does now.
pub async fn batch(state: &AppState, scope: &Scope) -> Result<Batch, AppError> {
    let (now, environment) = (state.clock.now(), scope.environment);
    let source = scope.source();
    let source = state.db.tx(move |conn| ledger::source_id(conn, environment, &source)).await?;
    Ok(Batch { environment, source, received_at: now, group: new_id(now), before: 0, reason: None })
}

/// Says one thing about one profile.
pub async fn say(
    state: &AppState,
    scope: &Scope,
    profile: ProfileId,
    statement: Statement,
) -> Result<Outcome, AppError> {
    let batch = batch(state, scope).await?;
    let item = Item { person: Person::Profile(profile), as_of: batch.received_at, statement };
    let outcomes = ingest::submit(&state.db, batch, vec![item]).await?;
    Ok(outcomes.into_iter().next().unwrap_or(Outcome { profile: None, effect: Effect::Missing }))
}
