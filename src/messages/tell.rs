//! Tells what became of messages as events of their people, from which the timeline, segments and blocked addresses follow.
//!
//! A step is stored first and told afterwards, under an id of its own: a process that dies between the two tells it again, which changes
//! nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Status, store::unknown};
use crate::{
    clock::Clock,
    db::{
        Db,
        ids::{EnvironmentId, MessageId, ProfileId, SendingAccountId, new_id},
        sql_query,
    },
    error::AppError,
    events::{self, Event, EventName},
    ingest::{self, Item, Person, Statement, Trust},
    ledger::{self, Batch, Source},
    subscriptions::Medium,
};

/// Steps that are told at once.
const AT_ONCE: i64 = 500;

const UNTOLD: &str = "SELECT s.profile_id, s.message_id, s.id, s.status, s.at, s.code, s.words, s.bounce, s.link, \
        s.channel, s.name, s.topic, s.address, s.unasked, s.account_id, a.name AS account_name \
    FROM (SELECT s.*, m.channel, m.name, m.topic, m.address, m.unasked, m.account_id FROM message_steps s \
        JOIN messages m ON m.environment_id = $1 AND m.profile_id = s.profile_id AND m.id = s.message_id \
        WHERE s.environment_id = $1 AND NOT s.is_told ORDER BY s.at LIMIT $2) s \
    JOIN environments e ON e.id = $1 JOIN sending_accounts a ON a.workspace_id = e.workspace_id AND a.id = s.account_id";

#[derive(QueryableByName)]
struct Untold {
    #[diesel(sql_type = SqlUuid)]
    profile_id: ProfileId,
    #[diesel(sql_type = SqlUuid)]
    message_id: MessageId,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    words: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    bounce: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    link: Option<String>,
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    topic: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    address: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    unasked: Option<String>,
    #[diesel(sql_type = SqlUuid)]
    account_id: SendingAccountId,
    #[diesel(sql_type = Text)]
    account_name: String,
}

impl Untold {
    fn item(&self) -> QueryResult<Item> {
        let channel = Medium::parse(&self.channel).map_err(|_| unknown("channel"))?;
        let status = Status::from_stored(&self.status).and_then(Status::told).ok_or_else(|| unknown("status"))?;
        let wrong = |error: crate::ledger::Invalid| diesel::result::Error::SerializationError(error.to_string().into());
        let name = EventName::new(&format!("{} {status}", channel.label())).map_err(wrong)?;
        let mut properties = Map::new();
        let mut say = |name: &str, value: Value| {
            if !value.is_null() {
                properties.insert(name.to_owned(), value);
            }
        };
        say("message_id", json!(self.message_id));
        say("message", self.name.as_str().into());
        say("topic", self.topic.as_deref().into());
        say("account", self.account_name.as_str().into());
        say("without_agreement", self.unasked.as_deref().into());
        say("link", self.link.as_deref().into());
        if status == "Bounced" {
            // Only what is certain for good is known when a message is handed over.
            say("bounce_type", self.bounce.as_deref().unwrap_or("hard").into());
        }
        if matches!(status, "Bounced" | "Complained") {
            say("recipient", self.address.as_deref().into());
            say("code", self.code.as_deref().into());
            say("reason", self.words.as_deref().into());
        }
        let id = events::MessageId(format!("kith {}", self.id));
        let event = Event::new(name, self.at, Some(id), properties).map_err(wrong)?;
        Ok(Item { person: Person::Profile(self.profile_id), as_of: self.at, statement: Statement::Event(event) })
    }
}

/// Tells steps of an environment that were not told yet, 500 at most. Returns how many.
pub fn tell_now(db: &Db, clock: &Clock, environment: EnvironmentId) -> Result<usize, AppError> {
    let untold = db.read_now(|conn| untold(conn, environment))?;
    let mut by_account: BTreeMap<SendingAccountId, Vec<&Untold>> = BTreeMap::new();
    for step in &untold {
        by_account.entry(step.account_id).or_default().push(step);
    }
    for (account, steps) in by_account {
        let now = clock.now();
        let name = steps.first().map_or("", |step| &step.account_name);
        let source = Source::job(&format!("sending/{account}"), &format!("Sending account {name}"));
        let source = ledger::remembered_source(db, environment, &source, now)?;
        let batch = Batch { environment, source, received_at: now, group: new_id(now), before: 0, reason: None };
        let items = steps.iter().map(|step| step.item()).collect::<QueryResult<Vec<Item>>>()?;
        ingest::submit_now(db, &batch, &Trust::Job, &items)?;
        db.tx_now(|conn| note_told(conn, environment, &steps))?;
    }
    Ok(untold.len())
}

fn untold(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Untold>> {
    sql_query(UNTOLD).bind::<SmallInt, _>(environment).bind::<BigInt, _>(AT_ONCE).load(conn)
}

fn note_told(conn: &mut PgConnection, environment: EnvironmentId, steps: &[&Untold]) -> QueryResult<usize> {
    sql_query(
        "UPDATE message_steps s SET is_told = true FROM unnest($2, $3, $4) AS u (profile_id, message_id, id) \
         WHERE s.environment_id = $1 AND s.profile_id = u.profile_id AND s.message_id = u.message_id AND s.id = u.id",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(steps.iter().map(|step| step.profile_id.0).collect::<Vec<Uuid>>())
    .bind::<Array<SqlUuid>, _>(steps.iter().map(|step| step.message_id.0).collect::<Vec<Uuid>>())
    .bind::<Array<SqlUuid>, _>(steps.iter().map(|step| step.id).collect::<Vec<Uuid>>())
    .execute(conn)
}

/// Environments with steps that were not told yet.
pub fn to_tell(conn: &mut PgConnection) -> QueryResult<Vec<EnvironmentId>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SmallInt)]
        id: EnvironmentId,
    }
    let found: Vec<Found> = sql_query(
        "SELECT e.id FROM environments e WHERE EXISTS (SELECT 1 FROM message_steps s WHERE s.environment_id = e.id AND NOT s.is_told) \
         LIMIT 1000",
    )
    .load(conn)?;
    Ok(found.into_iter().map(|found| found.id).collect())
}
