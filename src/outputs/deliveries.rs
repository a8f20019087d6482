//! Messages as the log of a webhook shows them, and sending them again. Table: `webhook_deliveries`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, SmallInt, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::HappeningKind;
use crate::{
    db::{
        ids::{DeliveryId, ProfileId, SegmentId, WebhookKey, first_id, new_id},
        keyset::{Page, Seek},
        schema::webhook_deliveries,
        sql_query,
    },
    words::words,
};

/// Days that messages are kept.
pub const KEPT_DAYS: i64 = 30;
/// Rows that one sweep removes at most.
const A_SWEEP: i64 = 20_000;
/// Messages that are sent again at once at most.
pub const MOST_AGAIN: i64 = 10_000;
/// Messages of a page of the log.
const PAGE: usize = 50;

words! {
    /// How a message fares.
    pub enum State {
        /// To be sent, for the first time or again.
        Waiting = "waiting", "Waiting";
        Delivered = "delivered", "Delivered";
        /// All attempts failed.
        Failed = "failed", "Given up";
    }
}

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub kind: HappeningKind,
    pub profile: ProfileId,
    pub segment: SegmentId,
    pub segment_name: String,
}

/// The last attempt at a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub at: DateTime<Utc>,
    pub took: TimeDelta,
    /// HTTP status; `None` if there was no answer.
    pub status: Option<i32>,
    pub answer: String,
}

/// A message in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    /// What it is about; `None` for a test.
    pub about: Option<Moved>,
    pub happened_at: DateTime<Utc>,
    pub state: State,
    /// When a waiting one is sent.
    pub due_at: DateTime<Utc>,
    pub attempts: i32,
    pub tried: Option<Tried>,
}

type Row = (
    (DeliveryId, ProfileId, Option<String>, Option<SegmentId>, Option<String>, DateTime<Utc>),
    (String, DateTime<Utc>, i32),
    (Option<DateTime<Utc>>, Option<i32>, Option<i32>, Option<String>),
);

impl From<Row> for Delivery {
    fn from(((id, profile, kind, segment, name, happened_at), (state, due_at, attempts), tried): Row) -> Self {
        let kind = kind.as_deref().and_then(HappeningKind::from_stored);
        let about = kind.zip(segment).map(|(kind, segment)| Moved {
            kind,
            profile,
            segment,
            segment_name: name.unwrap_or_default(),
        });
        let (at, took, status, answer) = tried;
        let took = TimeDelta::milliseconds(took.unwrap_or(0).into());
        let tried = at.map(|at| Tried { at, took, status, answer: answer.unwrap_or_default() });
        let state = State::from_stored(&state).unwrap_or(State::Failed);
        Self { id, about, happened_at, state, due_at, attempts, tried }
    }
}

/// A page of a webhook's messages, newest first, of one state or all.
pub fn page(
    conn: &mut PgConnection,
    key: WebhookKey,
    state: Option<State>,
    way: Seek<Uuid>,
) -> QueryResult<Page<Delivery>> {
    use webhook_deliveries as d;
    let mut query = d::table
        .filter(d::environment_id.eq(key.environment).and(d::webhook_id.eq(key.webhook)))
        .select((
            (d::id, d::profile_id, d::kind, d::segment_id, d::segment_name, d::happened_at),
            (d::state, d::due_at, d::attempts),
            (d::attempted_at, d::took_ms, d::status, d::answer),
        ))
        .limit(PAGE as i64 + 1)
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(d::state.eq(state.as_str()));
    }
    let query = match way {
        Seek::Start => query.order(d::id.desc()),
        Seek::After(id) => query.filter(d::id.lt(id)).order(d::id.desc()),
        Seek::Before(id) => query.filter(d::id.gt(id)).order(d::id.asc()),
    };
    let rows: Vec<Row> = query.load(conn)?;
    Ok(Page::from_read(rows.into_iter().map(Delivery::from).collect(), PAGE, &way))
}

/// Stores a test message, which is about nobody.
pub fn add_test(conn: &mut PgConnection, key: WebhookKey, now: DateTime<Utc>) -> QueryResult<DeliveryId> {
    use webhook_deliveries as d;
    let id = DeliveryId(new_id(now));
    diesel::insert_into(d::table)
        .values((
            d::environment_id.eq(key.environment),
            d::profile_id.eq(Uuid::nil()),
            d::webhook_id.eq(key.webhook),
            d::id.eq(id),
            d::happened_at.eq(now),
            d::state.eq(State::Waiting.as_str()),
            d::due_at.eq(now),
            d::attempts.eq(0),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Has a message sent again, from the first attempt on. False if there is none, or if it waits for its first.
pub fn again(conn: &mut PgConnection, key: WebhookKey, id: DeliveryId, now: DateTime<Utc>) -> QueryResult<bool> {
    use webhook_deliveries as d;
    let row = d::environment_id.eq(key.environment).and(d::webhook_id.eq(key.webhook)).and(d::id.eq(id));
    let changed = diesel::update(d::table.filter(row).filter(d::attempts.gt(0)))
        .set((d::state.eq(State::Waiting.as_str()), d::due_at.eq(now), d::attempts.eq(0)))
        .execute(conn)?;
    Ok(changed > 0)
}

const AGAIN: &str = "UPDATE webhook_deliveries d SET state = 'waiting', due_at = $3, attempts = 0 \
    FROM (SELECT profile_id, id FROM webhook_deliveries \
        WHERE environment_id = $1 AND webhook_id = $2 AND state = 'failed' AND attempted_at >= $4 ORDER BY id LIMIT $5) o \
    WHERE d.environment_id = $1 AND d.webhook_id = $2 AND d.profile_id = o.profile_id AND d.id = o.id \
        AND d.state = 'failed'";

/// Has the messages of a webhook that were given up since a time sent again, the oldest [`MOST_AGAIN`]. Returns how many.
pub fn again_since(
    conn: &mut PgConnection,
    key: WebhookKey,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    sql_query(AGAIN)
        .bind::<SmallInt, _>(key.environment)
        .bind::<SqlUuid, _>(key.webhook)
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(since)
        .bind::<BigInt, _>(MOST_AGAIN)
        .execute(conn)
}

const SWEEP: &str = "DELETE FROM webhook_deliveries d USING (\
    SELECT environment_id, profile_id, webhook_id, id FROM webhook_deliveries o WHERE o.id < $1 OR NOT EXISTS \
        (SELECT FROM webhooks w WHERE w.environment_id = o.environment_id AND w.id = o.webhook_id) LIMIT $2) o \
    WHERE d.environment_id = o.environment_id AND d.profile_id = o.profile_id AND d.webhook_id = o.webhook_id AND d.id = o.id";

/// Removes messages older than 30 days and those of deleted webhooks, 20,000 at most.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let oldest = first_id(now - TimeDelta::days(KEPT_DAYS));
    sql_query(SWEEP).bind::<SqlUuid, _>(oldest).bind::<BigInt, _>(A_SWEEP).execute(conn)
}
