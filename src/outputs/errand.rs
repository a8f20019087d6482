//! Takes messages that are due, and stores what came of sending them. Table: `webhook_deliveries`.
//!
//! Whoever takes a message moves its time on by a lease first, in the statement that reads it: of several processes that take at once, one
//! gets it. A process that dies with a message leaves it due again when the lease ends, so a message may arrive twice, but not never.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    Client, State,
    client::{Attempt, Signed},
    message::{self, Content, Person},
    retry::{self, Next},
    store::{self, Author},
    webhook::OffCause,
};
use crate::{
    auth::{Actor, Place},
    db::{
        ids::{DeliveryId, EnvironmentId, ProfileId, SegmentId, WebhookKey},
        sql_query,
    },
    web::outbound::Endpoint,
};

/// Messages of one webhook that are sent at once.
pub const AT_ONCE: usize = 4;
/// How long a message is whose who took it: much longer than all attempts at [`AT_ONCE`] of them take.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How long a webhook may fail before it is turned off.
const PATIENCE: TimeDelta = TimeDelta::days(5);

const DUE: &str = "SELECT w.environment_id, w.id FROM webhooks w WHERE w.is_on AND EXISTS \
    (SELECT FROM webhook_deliveries d WHERE d.environment_id = w.environment_id AND d.webhook_id = w.id \
        AND d.state = 'waiting' AND d.due_at <= $1) LIMIT 1000";

/// Webhooks with messages that are due.
pub fn due(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Vec<WebhookKey>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SmallInt)]
        environment_id: EnvironmentId,
        #[diesel(sql_type = SqlUuid)]
        id: crate::db::ids::WebhookId,
    }
    let rows: Vec<Row> = sql_query(DUE).bind::<Timestamptz, _>(now).load(conn)?;
    Ok(rows.into_iter().map(|row| WebhookKey { environment: row.environment_id, webhook: row.id }).collect())
}

/// A message that was taken.
#[derive(Clone, Debug)]
struct Taken {
    profile: ProfileId,
    attempts: usize,
    signed: Signed,
}

/// Messages of one webhook that were taken to be sent.
#[derive(Clone, Debug)]
pub struct Errand {
    key: WebhookKey,
    endpoint: Endpoint,
    lease: DateTime<Utc>,
    taken: Vec<Taken>,
}

const TAKE: &str = "UPDATE webhook_deliveries d SET due_at = $4 FROM (\
    SELECT profile_id, id FROM webhook_deliveries WHERE environment_id = $1 AND webhook_id = $2 AND state = 'waiting' \
        AND due_at <= $3 ORDER BY due_at LIMIT $5) o \
    WHERE d.environment_id = $1 AND d.webhook_id = $2 AND d.profile_id = o.profile_id AND d.id = o.id \
        AND d.state = 'waiting' AND d.due_at <= $3 \
    RETURNING d.profile_id, d.id, d.kind, d.segment_id, d.segment_name, d.happened_at, d.attempts";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    profile_id: ProfileId,
    #[diesel(sql_type = SqlUuid)]
    id: DeliveryId,
    #[diesel(sql_type = Nullable<Text>)]
    kind: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    segment_id: Option<SegmentId>,
    #[diesel(sql_type = Nullable<Text>)]
    segment_name: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    happened_at: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

impl Row {
    /// What the message says; `None` if its person is gone.
    fn content(&self, people: &HashMap<ProfileId, Person>) -> Option<Content> {
        match (&self.kind, self.segment_id, &self.segment_name) {
            (Some(kind), Some(segment), Some(name)) => people.get(&self.profile_id).map(|person| Content::Moved {
                kind: kind.clone(),
                segment,
                segment_name: name.clone(),
                person: person.clone(),
            }),
            _ => Some(Content::Test),
        }
    }
}

/// Takes messages of a webhook that are due, at most [`AT_ONCE`]. `None`: there are none, or the webhook is off.
pub fn take(conn: &mut PgConnection, key: WebhookKey, now: DateTime<Utc>) -> QueryResult<Option<Errand>> {
    let Some(webhook) = store::find(conn, key)?.filter(super::Webhook::is_on) else { return Ok(None) };
    let lease = now + LEASE;
    let rows: Vec<Row> = sql_query(TAKE)
        .bind::<SmallInt, _>(key.environment)
        .bind::<SqlUuid, _>(key.webhook)
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(lease)
        .bind::<BigInt, _>(AT_ONCE as i64)
        .load(conn)?;
    if rows.is_empty() {
        return Ok(None);
    }
    let people = people(conn, key.environment, &rows.iter().map(|row| row.profile_id.0).collect::<Vec<_>>())?;
    let (mut taken, mut orphans) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        let Some(content) = row.content(&people) else {
            orphans.push(row.id.0);
            continue;
        };
        let body = message::body(&content, row.happened_at, webhook.name());
        let signature = webhook.secrets.sign(row.id, now, &body);
        let signed = Signed { id: row.id, at: now, body, signature };
        taken.push(Taken { profile: row.profile_id, attempts: usize::try_from(row.attempts).unwrap_or(0), signed });
    }
    if !orphans.is_empty() {
        // Made while their people were erased.
        sql_query("DELETE FROM webhook_deliveries WHERE environment_id = $1 AND webhook_id = $2 AND id = ANY($3)")
            .bind::<SmallInt, _>(key.environment)
            .bind::<SqlUuid, _>(key.webhook)
            .bind::<Array<SqlUuid>, _>(orphans)
            .execute(conn)?;
    }
    Ok(Some(Errand { key, lease, taken, endpoint: webhook.draft.endpoint }))
}

const PEOPLE: &str = "SELECT DISTINCT ON (p.id, i.kind) p.id AS asked, coalesce(p.merged_into, p.id) AS id, i.kind, i.value \
    FROM profiles p LEFT JOIN profile_identifiers i ON i.environment_id = p.environment_id \
        AND i.profile_id = coalesce(p.merged_into, p.id) AND i.retired_at IS NULL \
    WHERE p.environment_id = $1 AND p.id = ANY($2) ORDER BY p.id, i.kind, i.leads DESC, i.first_seen_at, i.value";

/// People as messages name them, by the ids that were asked for.
fn people(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[Uuid],
) -> QueryResult<HashMap<ProfileId, Person>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        asked: ProfileId,
        #[diesel(sql_type = SqlUuid)]
        id: ProfileId,
        #[diesel(sql_type = Nullable<Text>)]
        kind: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        value: Option<String>,
    }
    let rows: Vec<Row> =
        sql_query(PEOPLE).bind::<SmallInt, _>(environment).bind::<Array<SqlUuid>, _>(asked).load(conn)?;
    let mut found: HashMap<ProfileId, Person> = HashMap::new();
    for row in rows {
        let person = found.entry(row.asked).or_insert_with(|| Person { id: row.id, identifiers: Default::default() });
        person.identifiers.extend(row.kind.zip(row.value));
    }
    Ok(found)
}

/// What came of an errand.
#[derive(Debug)]
pub struct Report {
    errand: Errand,
    attempts: Vec<Attempt>,
}

impl Errand {
    /// Sends the messages, all at once. It takes a while.
    pub fn run(self, client: &Client) -> Report {
        let attempts = std::thread::scope(|scope| {
            let send = |taken: &Taken| client.send(&self.endpoint, &taken.signed);
            let threads: Vec<_> = self.taken.iter().map(|taken| scope.spawn(move || send(taken))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Attempt::lost())).collect()
        });
        Report { errand: self, attempts }
    }
}

const STORE: &str = "UPDATE webhook_deliveries d SET state = o.state, due_at = o.due_at, attempts = o.attempts, \
    attempted_at = $4, took_ms = o.took_ms, status = o.status, answer = o.answer \
    FROM unnest($5, $6, $7, $8, $9, $10, $11, $12) o (profile_id, id, state, due_at, attempts, took_ms, status, answer) \
    WHERE d.environment_id = $1 AND d.webhook_id = $2 AND d.profile_id = o.profile_id AND d.id = o.id \
        AND d.state = 'waiting' AND d.due_at = $3";

/// Stores what came of an errand, unless somebody had a message sent again meanwhile.
pub fn store(conn: &mut PgConnection, report: &Report, now: DateTime<Utc>) -> QueryResult<()> {
    let Report { errand: Errand { key, lease, taken, .. }, attempts } = report;
    let came: Vec<(&Taken, &Attempt, Next)> =
        taken.iter().zip(attempts).map(|(taken, attempt)| (taken, attempt, next(taken, attempt))).collect();
    if came.is_empty() {
        return Ok(());
    }
    let count = |number: u128| i32::try_from(number).unwrap_or(i32::MAX);
    let state = |next: &Next| match next {
        Next::Delivered => State::Delivered.as_str(),
        Next::Again(_) => State::Waiting.as_str(),
        Next::GivenUp => State::Failed.as_str(),
    };
    let due = |next: &Next| if let Next::Again(wait) = next { now + *wait } else { now };
    sql_query(STORE)
        .bind::<SmallInt, _>(key.environment)
        .bind::<SqlUuid, _>(key.webhook)
        .bind::<Timestamptz, _>(*lease)
        .bind::<Timestamptz, _>(now)
        .bind::<Array<SqlUuid>, _>(came.iter().map(|(taken, ..)| taken.profile.0).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(came.iter().map(|(taken, ..)| taken.signed.id.0).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(came.iter().map(|(.., next)| state(next)).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(came.iter().map(|(.., next)| due(next)).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(came.iter().map(|(taken, ..)| count(taken.attempts as u128 + 1)).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(came.iter().map(|(_, it, _)| count(it.took.as_millis())).collect::<Vec<_>>())
        .bind::<Array<Nullable<Integer>>, _>(came.iter().map(|(_, it, _)| it.status.map(i32::from)).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(came.iter().map(|(_, it, _)| it.answer.as_str()).collect::<Vec<_>>())
        .execute(conn)?;
    store_health(conn, *key, attempts, now)
}

fn next(taken: &Taken, attempt: &Attempt) -> Next {
    // Whoever wants nothing any more is not asked again.
    if attempt.is_gone() {
        return Next::GivenUp;
    }
    retry::next(taken.attempts + 1, attempt.is_taken(), attempt.asked, rand::random())
}

fn store_health(conn: &mut PgConnection, key: WebhookKey, attempts: &[Attempt], now: DateTime<Utc>) -> QueryResult<()> {
    store::note_health(conn, key, attempts.iter().any(Attempt::is_taken), now)?;
    let itself = Author { actor: Actor::command_line(Place::Environment(key.environment)), key: None, at: now };
    if attempts.iter().any(Attempt::is_gone) {
        store::give_up(conn, key, OffCause::Gone, now, &itself)?;
    } else if !attempts.iter().any(Attempt::is_taken) {
        store::give_up(conn, key, OffCause::Failing, now - PATIENCE, &itself)?;
    }
    Ok(())
}
