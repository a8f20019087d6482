//! The log of messages: of a person, or of all of an environment.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{Status, store::unknown};
use crate::{
    db::{
        ids::{EnvironmentId, MessageId, ProfileId, SendingAccountId, SourceId, first_id},
        keyset::{Page, Seek},
        sql_query,
    },
    subscriptions::Medium,
    verdict::MessageKind,
};

/// Which messages are asked for.
#[derive(Clone, Debug, Default)]
pub struct Asks {
    /// Of these people alone: somebody and the parts that they were merged of.
    pub people: Option<Vec<ProfileId>>,
    pub channel: Option<Medium>,
    pub status: Option<Status>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

/// A message in the log.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: MessageId,
    pub profile: ProfileId,
    pub channel: Medium,
    pub kind: MessageKind,
    pub account: SendingAccountId,
    pub name: String,
    pub by: SourceId,
    pub status: Status,
    pub asked_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    pub attempts: i32,
    /// What was last said of it.
    pub words: Option<String>,
    /// How often the person opened it or clicked; at most [`MOST_ACTIVITIES`].
    pub activities: i64,
}

/// What a person did with a message that is counted at most.
const MOST_ACTIVITIES: i64 = 100;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: MessageId,
    #[diesel(sql_type = SqlUuid)]
    profile_id: ProfileId,
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = SqlUuid)]
    account_id: SendingAccountId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Integer)]
    source_id: SourceId,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Timestamptz)]
    asked_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    due_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    changed_at: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Nullable<Text>)]
    words: Option<String>,
    #[diesel(sql_type = BigInt)]
    activities: i64,
}

impl TryFrom<Found> for Row {
    type Error = diesel::result::Error;

    fn try_from(found: Found) -> QueryResult<Self> {
        Ok(Self {
            id: found.id,
            profile: found.profile_id,
            channel: Medium::parse(&found.channel).map_err(|_| unknown("channel"))?,
            kind: MessageKind::from_stored(&found.kind).ok_or_else(|| unknown("kind"))?,
            account: found.account_id,
            name: found.name,
            by: found.source_id,
            status: Status::from_stored(&found.status).ok_or_else(|| unknown("status"))?,
            asked_at: found.asked_at,
            due_at: found.due_at,
            changed_at: found.changed_at,
            attempts: found.attempts,
            words: found.words,
            activities: found.activities,
        })
    }
}

impl Row {
    /// Sources of these messages.
    pub fn sources(rows: &[Self]) -> BTreeSet<SourceId> {
        rows.iter().map(|row| row.by).collect()
    }
}

/// The start of both statements: the newest messages of a page, then what was last said of each and what the person did with it.
macro_rules! log {
    ($which:literal, $order:literal) => {
        concat!(
            "SELECT m.id, m.profile_id, m.channel, m.kind, m.account_id, m.name, m.source_id, m.status, m.asked_at, m.due_at, \
                 m.changed_at, m.attempts, \
                 (SELECT s.words FROM message_steps s WHERE s.environment_id = $1 AND s.profile_id = m.profile_id \
                     AND s.message_id = m.id AND s.words IS NOT NULL ORDER BY s.at DESC, s.attempt DESC, s.id DESC LIMIT 1) AS words, \
                 (SELECT count(*) FROM (SELECT FROM message_steps s WHERE s.environment_id = $1 AND s.profile_id = m.profile_id \
                     AND s.message_id = m.id AND s.status IN ('opened', 'clicked') AND NOT s.is_machine LIMIT $8) s) AS activities \
             FROM (SELECT * FROM messages m WHERE m.environment_id = $1 AND ",
            $which,
            " AND ($3::text IS NULL OR m.channel = $3) AND ($4::text IS NULL OR m.status = $4) \
                 AND m.id >= $5 AND m.id < $6 ORDER BY m.id ",
            $order,
            " LIMIT $7) m ORDER BY m.id ",
            $order
        )
    };
}

const ALL_DOWN: &str = log!("$2::uuid[] IS NULL", "DESC");
const ALL_UP: &str = log!("$2::uuid[] IS NULL", "ASC");
const OWN_DOWN: &str = log!("m.profile_id = ANY($2)", "DESC");
const OWN_UP: &str = log!("m.profile_id = ANY($2)", "ASC");

/// A page of the log, newest first, in one SQL statement.
pub fn page(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asks: &Asks,
    way: Seek<Uuid>,
    size: usize,
) -> QueryResult<Page<Row>> {
    let statement = match (asks.people.is_some(), way.is_backwards()) {
        (false, false) => ALL_DOWN,
        (false, true) => ALL_UP,
        (true, false) => OWN_DOWN,
        (true, true) => OWN_UP,
    };
    let least = asks.from.map_or(Uuid::nil(), first_id);
    let end = asks.until.map_or(Uuid::max(), first_id);
    let (least, end) = match way {
        Seek::Start => (least, end),
        Seek::After(id) => (least, end.min(id)),
        // Ids are whole numbers: the next one is the least beyond.
        Seek::Before(id) => (least.max(Uuid::from_u128(id.as_u128().saturating_add(1))), end),
    };
    let found: Vec<Found> = sql_query(statement)
        .bind::<SmallInt, _>(environment)
        .bind::<Nullable<Array<SqlUuid>>, _>(
            asks.people.as_ref().map(|people| people.iter().map(|id| id.0).collect::<Vec<_>>()),
        )
        .bind::<Nullable<Text>, _>(asks.channel.map(Medium::as_str))
        .bind::<Nullable<Text>, _>(asks.status.map(Status::as_str))
        .bind::<SqlUuid, _>(least)
        .bind::<SqlUuid, _>(end)
        .bind::<BigInt, _>(i64::try_from(size + 1).unwrap_or(i64::MAX))
        .bind::<BigInt, _>(MOST_ACTIVITIES)
        .load(conn)?;
    let rows = found.into_iter().map(Row::try_from).collect::<QueryResult<Vec<Row>>>()?;
    Ok(Page::from_read(rows, size, &way))
}

/// What waits for one account although it is due.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub account: SendingAccountId,
    /// At most [`MOST_WAITING`] of all accounts together.
    pub count: i64,
    /// When the oldest was due.
    pub oldest: DateTime<Utc>,
}

/// Messages that are counted at most.
pub const MOST_WAITING: i64 = 10_000;

/// What is due and was not sent yet, by account, in one SQL statement.
pub fn waiting(conn: &mut PgConnection, environment: EnvironmentId, now: DateTime<Utc>) -> QueryResult<Vec<Waiting>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        account_id: SendingAccountId,
        #[diesel(sql_type = BigInt)]
        count: i64,
        #[diesel(sql_type = Timestamptz)]
        oldest: DateTime<Utc>,
    }
    let found: Vec<Found> = sql_query(
        "SELECT account_id, count(*) AS count, min(due_at) AS oldest FROM (SELECT account_id, due_at FROM messages \
             WHERE environment_id = $1 AND status = 'queued' AND due_at <= $2 ORDER BY account_id, due_at LIMIT $3) m \
         GROUP BY account_id ORDER BY oldest",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(MOST_WAITING)
    .load(conn)?;
    let waiting = |it: Found| Waiting { account: it.account_id, count: it.count, oldest: it.oldest };
    Ok(found.into_iter().map(waiting).collect())
}

/// What waits for one account in one environment although it is due.
#[derive(Clone, Debug, QueryableByName)]
pub struct LaneWaiting {
    #[diesel(sql_type = SmallInt)]
    pub environment_id: EnvironmentId,
    #[diesel(sql_type = SqlUuid)]
    pub account_id: SendingAccountId,
    /// At most [`MOST_WAITING`].
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// When the oldest was due.
    #[diesel(sql_type = Timestamptz)]
    pub oldest: DateTime<Utc>,
}

/// What waits in all environments, the oldest first, a thousand lanes at most, in one SQL statement.
pub fn waiting_everywhere(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Vec<LaneWaiting>> {
    sql_query(
        "SELECT e.id AS environment_id, a.id AS account_id, q.count, q.oldest FROM sending_accounts a \
             JOIN environments e ON e.workspace_id = a.workspace_id CROSS JOIN LATERAL \
             (SELECT count(*) AS count, min(due_at) AS oldest FROM (SELECT due_at FROM messages m WHERE m.environment_id = e.id \
                 AND m.account_id = a.id AND m.status = 'queued' AND m.due_at <= $1 ORDER BY due_at LIMIT $2) d) q \
         WHERE q.count > 0 ORDER BY q.oldest LIMIT 1000",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(MOST_WAITING)
    .load(conn)
}
