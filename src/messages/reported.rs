//! What providers tell of messages that were handed over to them: which messages they mean, and what follows for their statuses.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Status,
    store::{NewStep, add_steps},
};
use crate::{
    db::{
        ids::{EnvironmentId, MessageId, ProfileId, SendingAccountId, WorkspaceId},
        sql_query,
    },
    json::Json,
};

/// Among which messages one is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Among {
    /// Those of an account, in both environments of its workspace.
    Account(WorkspaceId, SendingAccountId),
    /// All of this server, by kith's own id alone.
    All,
}

/// A message that a provider means.
#[derive(Clone, Debug, QueryableByName)]
pub struct Found {
    #[diesel(sql_type = SmallInt)]
    pub environment_id: EnvironmentId,
    #[diesel(sql_type = SqlUuid)]
    pub profile_id: ProfileId,
    #[diesel(sql_type = SqlUuid)]
    pub id: MessageId,
    #[diesel(sql_type = SqlUuid)]
    pub account_id: SendingAccountId,
    #[diesel(sql_type = Nullable<Text>)]
    pub provider_id: Option<String>,
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
}

macro_rules! handed_over {
    ($distinct:literal, $which:literal) => {
        concat!(
            "SELECT ",
            $distinct,
            " m.environment_id, m.profile_id, m.id, m.account_id, m.provider_id, m.attempts FROM messages m \
             WHERE m.status NOT IN ('dropped', 'kept back', 'cancelled') AND (m.status <> 'queued' OR m.attempts > 0) AND ",
            $which
        )
    };
}

const OF_ACCOUNT: &str = concat!(
    handed_over!(
        "",
        "m.environment_id IN (SELECT id FROM environments WHERE workspace_id = $1) AND m.account_id = $2 AND m.id = ANY($3)"
    ),
    // Providers use an id again: the newest message of one is meant.
    " UNION (",
    handed_over!(
        "DISTINCT ON (m.provider_id)",
        "m.environment_id IN (SELECT id FROM environments WHERE workspace_id = $1) AND m.account_id = $2 AND m.provider_id = ANY($4) \
             ORDER BY m.provider_id, m.id DESC)"
    )
);
const OF_ALL: &str = handed_over!("", "m.environment_id IN (SELECT id FROM environments) AND m.id = ANY($1)");

/// The messages with these ids of kith or of the provider that were handed over, in one SQL statement.
pub fn named(
    conn: &mut PgConnection,
    among: Among,
    ids: &[MessageId],
    provider_ids: &[&str],
) -> QueryResult<Vec<Found>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    match among {
        Among::Account(workspace, account) => sql_query(OF_ACCOUNT)
            .bind::<SmallInt, _>(workspace)
            .bind::<SqlUuid, _>(account)
            .bind::<Array<SqlUuid>, _>(ids)
            .bind::<Array<Text>, _>(provider_ids.to_vec())
            .load(conn),
        Among::All => sql_query(OF_ALL).bind::<Array<SqlUuid>, _>(ids).load(conn),
    }
}

/// Whether a message of an account is being handed over: the provider may tell of it before its id is stored.
pub fn any_is_handed_over(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    account: SendingAccountId,
) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Any {
        #[diesel(sql_type = Bool)]
        any: bool,
    }
    let found: Any = sql_query(
        "SELECT EXISTS (SELECT FROM messages m WHERE m.environment_id IN (SELECT id FROM environments WHERE workspace_id = $1) \
             AND m.account_id = $2 AND m.status = 'sending') AS any",
    )
    .bind::<SmallInt, _>(workspace)
    .bind::<SqlUuid, _>(account)
    .get_result(conn)?;
    Ok(found.any)
}

const ADVANCE: &str = "UPDATE messages m SET status = u.status, changed_at = greatest(m.changed_at, u.at), held_by = NULL \
    FROM jsonb_to_recordset($2) AS u (profile_id uuid, id uuid, status text, at timestamptz) \
    WHERE m.environment_id = $1 AND m.profile_id = u.profile_id AND m.id = u.id \
        AND m.status NOT IN ('dropped', 'kept back', 'queued', 'cancelled') \
        AND array_position($3, u.status) > coalesce(array_position($3, m.status), 0)";

/// Stores steps that providers told. The furthest one is the status of its message, in whatever order they come; what a machine did is
/// kept and changes nothing. Returns how many steps are new.
pub fn advance(conn: &mut PgConnection, environment: EnvironmentId, steps: &[NewStep]) -> QueryResult<usize> {
    let added = add_steps(conn, environment, steps)?;
    let order = Status::TOLD_BY_PROVIDERS.map(Status::as_str);
    let place = |status: &str| order.iter().position(|known| *known == status);
    // In order of the ids, so that two calls at once wait for each other instead of locking each other out.
    let mut furthest: BTreeMap<(ProfileId, MessageId), (usize, DateTime<Utc>)> = BTreeMap::new();
    for step in steps.iter().filter(|step| !step.is_machine) {
        let Some(place) = place(step.status) else { continue };
        let known = furthest.entry((step.profile_id, step.message_id)).or_insert((place, step.at));
        if place > known.0 {
            *known = (place, step.at);
        }
    }
    let row = |((profile, id), (place, at)): (&(ProfileId, MessageId), &(usize, DateTime<Utc>))| json!({ "profile_id": profile, "id": id, "status": order[*place], "at": at });
    let rows: Vec<Value> = furthest.iter().map(row).collect();
    if !rows.is_empty() {
        sql_query(ADVANCE)
            .bind::<SmallInt, _>(environment)
            .bind::<Jsonb, _>(Json(Value::Array(rows)))
            .bind::<Array<Text>, _>(order.to_vec())
            .execute(conn)?;
    }
    Ok(added)
}
