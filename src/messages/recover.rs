//! Messages that nobody would send any more: those that a process was handing over when it died, and those of removed accounts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Jsonb, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    Status,
    store::{self, NewStep},
};
use crate::{
    db::{
        ids::{EnvironmentId, MessageId, ProfileId},
        presence, sql_query,
    },
    json::Json,
    sending_accounts::Provider,
};

/// Messages that are looked at in one go.
const AT_ONCE: i64 = 1_000;

const LOST: &str = "SELECT m.environment_id, m.profile_id, m.id, m.held_by, m.attempts, \
        a.provider FROM messages m JOIN environments e ON e.id = m.environment_id \
    JOIN sending_accounts a ON a.workspace_id = e.workspace_id AND a.id = m.account_id \
    WHERE m.status = 'sending' AND m.held_by <> ALL($1) LIMIT $2";

#[derive(QueryableByName)]
struct Lost {
    #[diesel(sql_type = SmallInt)]
    environment_id: EnvironmentId,
    #[diesel(sql_type = SqlUuid)]
    profile_id: ProfileId,
    #[diesel(sql_type = SqlUuid)]
    id: MessageId,
    #[diesel(sql_type = Integer)]
    held_by: i32,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Jsonb)]
    provider: Json,
}

const RELEASE: &str = "UPDATE messages m SET status = $6, held_by = NULL, changed_at = $5 \
    FROM unnest($2, $3, $4) AS u (profile_id, id, held_by) \
    WHERE m.environment_id = $1 AND m.profile_id = u.profile_id AND m.id = u.id AND m.status = 'sending' AND m.held_by = u.held_by \
    RETURNING m.id";

/// Takes messages from processes that died. Where the provider knows a message again by its id, it is queued; else it is uncertain, for
/// nobody knows whether it left. Returns how many there were.
pub fn recover(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let living = presence::living(conn)?;
    let lost: Vec<Lost> = sql_query(LOST).bind::<Array<Integer>, _>(living).bind::<BigInt, _>(AT_ONCE).load(conn)?;
    let mut groups: Vec<((EnvironmentId, Status), Vec<&Lost>)> = Vec::new();
    for message in &lost {
        // What a newer version of kith wrote and this one does not know may not be handed over twice either.
        let provider = message.provider.clone().read::<Provider>();
        let is_safe = provider.is_ok_and(|provider| provider.kind().is_idempotent());
        let status = if is_safe { Status::Queued } else { Status::Uncertain };
        let group = (message.environment_id, status);
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, those)) => those.push(message),
            None => groups.push((group, vec![message])),
        }
    }
    for ((environment, status), those) in groups {
        release(conn, environment, status, &those, now)?;
    }
    Ok(lost.len())
}

const ABANDONED: &str = "UPDATE messages m SET status = 'failed', changed_at = $1 FROM (\
        SELECT m.environment_id, m.profile_id, m.id FROM sending_accounts a \
        JOIN environments e ON e.workspace_id = a.workspace_id \
        JOIN messages m ON m.environment_id = e.id AND m.account_id = a.id AND m.status = 'queued' \
        WHERE a.removed_at IS NOT NULL LIMIT $2) o \
    WHERE m.environment_id = o.environment_id AND m.profile_id = o.profile_id AND m.id = o.id AND m.status = 'queued' \
    RETURNING m.environment_id, m.profile_id, m.id, m.attempts";

/// Gives up messages that wait for accounts that were removed. Returns how many there were.
pub fn give_up(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct Abandoned {
        #[diesel(sql_type = SmallInt)]
        environment_id: EnvironmentId,
        #[diesel(sql_type = SqlUuid)]
        profile_id: ProfileId,
        #[diesel(sql_type = SqlUuid)]
        id: MessageId,
        #[diesel(sql_type = Integer)]
        attempts: i32,
    }
    let abandoned: Vec<Abandoned> =
        sql_query(ABANDONED).bind::<Timestamptz, _>(now).bind::<BigInt, _>(AT_ONCE).load(conn)?;
    let mut steps: BTreeMap<EnvironmentId, Vec<NewStep>> = BTreeMap::new();
    for message in &abandoned {
        let step = NewStep::new(message.profile_id, message.id, Status::Failed, now);
        let words = Some("The sending account was removed.".to_owned());
        steps.entry(message.environment_id).or_default().push(NewStep { words, attempt: message.attempts, ..step });
    }
    for (environment, steps) in steps {
        store::add_steps(conn, environment, &steps)?;
    }
    Ok(abandoned.len())
}

fn release(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    status: Status,
    those: &[&Lost],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Released {
        #[diesel(sql_type = SqlUuid)]
        id: MessageId,
    }
    let released: Vec<Released> = sql_query(RELEASE)
        .bind::<SmallInt, _>(environment)
        .bind::<Array<SqlUuid>, _>(those.iter().map(|it| it.profile_id.0).collect::<Vec<Uuid>>())
        .bind::<Array<SqlUuid>, _>(those.iter().map(|it| it.id.0).collect::<Vec<Uuid>>())
        .bind::<Array<Integer>, _>(those.iter().map(|it| it.held_by).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(now)
        .bind::<Text, _>(status.as_str())
        .load(conn)?;
    let words = match status {
        Status::Queued => {
            "kith stopped while it was being sent. It is sent again under the same id, which the provider knows."
        }
        _ => "kith stopped while it was being sent. Nobody knows whether it left, so it is not sent again.",
    };
    let step = |lost: &&&Lost| {
        let step = NewStep::new(lost.profile_id, lost.id, status, now);
        NewStep { words: Some(words.to_owned()), attempt: lost.attempts + 1, ..step }
    };
    let is_released = |lost: &&&Lost| released.iter().any(|it| it.id == lost.id);
    let steps: Vec<NewStep> = those.iter().filter(is_released).map(|lost| step(&lost)).collect();
    store::add_steps(conn, environment, &steps)?;
    Ok(())
}
