//! Rows of messages and of their steps.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, QueryResult, QueryableByName,
    RunQueryDsl,
    sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Content, Message, Status, Step};
use crate::{
    db::{
        ids::{EnvironmentId, MessageId, MessageKey, MessageTemplateId, ProfileId, SendingAccountId, SourceId, new_id},
        schema::messages,
        sql_query,
    },
    json::Json,
    subscriptions::{Medium, Topic},
    verdict::MessageKind,
};

/// Days for which the text of a sent message is kept, unless the workspace says otherwise.
pub const TEXT_KEPT_DAYS: i32 = 30;
/// Texts that one sweep removes at most.
const A_SWEEP: i64 = 20_000;
/// Steps of a message that are read at most, some days of attempts.
const MOST_STEPS: i64 = 200;

/// A step to store.
#[derive(Clone, Debug, Serialize)]
pub struct NewStep {
    pub profile_id: ProfileId,
    pub message_id: MessageId,
    pub id: Uuid,
    pub status: &'static str,
    pub at: DateTime<Utc>,
    pub attempt: i32,
    pub code: Option<String>,
    pub words: Option<String>,
    pub is_told: bool,
    /// `hard` or `soft`, of one that came back; `None`: for good, as the first answer to a message says it.
    pub bounce: Option<&'static str>,
    /// Where a click led.
    pub link: Option<String>,
    /// Whether a program did it, not the person.
    pub is_machine: bool,
}

impl NewStep {
    /// A step at `at` that kith itself made.
    pub fn new(profile: ProfileId, message: MessageId, status: Status, at: DateTime<Utc>) -> Self {
        Self {
            profile_id: profile,
            message_id: message,
            id: new_id(at),
            status: status.as_str(),
            at,
            attempt: 0,
            code: None,
            words: None,
            is_told: status.told().is_none(),
            bounce: None,
            link: None,
            is_machine: false,
        }
    }
}

/// Stores steps, in one SQL statement. One that is there already is left as it is.
pub fn add_steps(conn: &mut PgConnection, environment: EnvironmentId, steps: &[NewStep]) -> QueryResult<usize> {
    if steps.is_empty() {
        return Ok(0);
    }
    sql_query(
        "INSERT INTO message_steps SELECT $1, u.* FROM jsonb_to_recordset($2) AS u (profile_id uuid, message_id uuid, id uuid, \
             status text, at timestamptz, attempt integer, code text, words text, is_told boolean, bounce text, link text, \
             is_machine boolean) \
         ON CONFLICT DO NOTHING",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Jsonb, _>(Json(json!(steps)))
    .execute(conn)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    profile_id: ProfileId,
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    topic: Option<String>,
    #[diesel(sql_type = SqlUuid)]
    account_id: SendingAccountId,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    template_id: Option<MessageTemplateId>,
    #[diesel(sql_type = Nullable<Integer>)]
    template_version: Option<i32>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    own: Option<Json>,
    #[diesel(sql_type = Integer)]
    source_id: SourceId,
    #[diesel(sql_type = Nullable<Text>)]
    unasked: Option<String>,
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
    address: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    language: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    sent_text: Option<Json>,
    #[diesel(sql_type = Nullable<Text>)]
    provider_id: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    verdict: Option<Json>,
}

#[derive(QueryableByName)]
struct StepRow {
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    attempt: i32,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    words: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    link: Option<String>,
    #[diesel(sql_type = Bool)]
    is_machine: bool,
}

/// What a newer version of kith wrote and this one does not know.
pub(super) fn unknown(what: &str) -> diesel::result::Error {
    diesel::result::Error::DeserializationError(format!("an unknown {what} of a message").into())
}

/// The content of a row; `None`: words of its own that are kept no more.
pub(super) fn content(template: Option<(MessageTemplateId, i32)>, own: Option<Json>) -> QueryResult<Option<Content>> {
    match (template, own) {
        (Some((id, version)), _) => Ok(Some(Content::Template { id, version })),
        (None, own) => own.map(|own| Ok(Content::Own(own.read()?))).transpose(),
    }
}

impl Row {
    fn message(self, id: MessageId, steps: Vec<Step>) -> QueryResult<Message> {
        Ok(Message {
            id,
            profile: self.profile_id,
            channel: Medium::parse(&self.channel).map_err(|_| unknown("channel"))?,
            kind: MessageKind::from_stored(&self.kind).ok_or_else(|| unknown("kind"))?,
            topic: self.topic.as_deref().and_then(|topic| Topic::new(topic).ok()),
            account: self.account_id,
            content: content(self.template_id.zip(self.template_version), self.own)?,
            name: self.name,
            by: self.source_id,
            unasked: self.unasked,
            status: Status::from_stored(&self.status).ok_or_else(|| unknown("status"))?,
            asked_at: self.asked_at,
            due_at: self.due_at,
            changed_at: self.changed_at,
            attempts: self.attempts,
            address: self.address,
            language: self.language,
            sent_text: self.sent_text.map(Json::read).transpose()?,
            provider_id: self.provider_id,
            verdict: self.verdict.map(Json::read).transpose()?,
            steps,
        })
    }
}

/// A message with its steps.
pub fn find(conn: &mut PgConnection, environment: EnvironmentId, id: MessageId) -> QueryResult<Option<Message>> {
    let found: Vec<Row> = sql_query("SELECT * FROM messages WHERE environment_id = $1 AND id = $2 LIMIT 1")
        .bind::<SmallInt, _>(environment)
        .bind::<SqlUuid, _>(id)
        .load(conn)?;
    let Some(row) = found.into_iter().next() else { return Ok(None) };
    let steps: Vec<StepRow> = sql_query(
        "SELECT status, at, attempt, code, words, link, is_machine FROM message_steps \
         WHERE environment_id = $1 AND profile_id = $2 AND message_id = $3 ORDER BY at, attempt, id LIMIT $4",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(row.profile_id)
    .bind::<SqlUuid, _>(id)
    .bind::<BigInt, _>(MOST_STEPS)
    .load(conn)?;
    let step = |row: StepRow| {
        let StepRow { status, at, attempt, code, words, link, is_machine } = row;
        Some(Step { status: Status::from_stored(&status)?, at, attempt, code, words, link, is_machine })
    };
    row.message(id, steps.into_iter().filter_map(step).collect()).map(Some)
}

/// A message that was asked for by this form, call or job.
pub fn of_group(conn: &mut PgConnection, environment: EnvironmentId, group: Uuid) -> QueryResult<Option<MessageId>> {
    messages::table
        .filter(messages::environment_id.eq(environment.0).and(messages::group_id.eq(group)))
        .select(messages::id)
        .first(conn)
        .optional()
}

/// Result of [`cancel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    Done,
    /// It is being sent, was sent, or never will be.
    TooLate,
}

/// Cancels a message that waits; `words` say who did.
pub fn cancel(conn: &mut PgConnection, key: MessageKey, words: &str, now: DateTime<Utc>) -> QueryResult<Cancelled> {
    let changed = sql_query(
        "UPDATE messages SET status = 'cancelled', changed_at = $4 \
         WHERE environment_id = $1 AND profile_id = $2 AND id = $3 AND status = 'queued'",
    )
    .bind::<SmallInt, _>(key.environment)
    .bind::<SqlUuid, _>(key.profile)
    .bind::<SqlUuid, _>(key.message)
    .bind::<Timestamptz, _>(now)
    .execute(conn)?;
    if changed == 0 {
        return Ok(Cancelled::TooLate);
    }
    let step = NewStep::new(key.profile, key.message, Status::Cancelled, now);
    add_steps(conn, key.environment, &[NewStep { words: Some(words.to_owned()), ..step }])?;
    Ok(Cancelled::Done)
}

const SWEEP: &str = "UPDATE messages m SET sent_text = NULL, own = NULL, event = NULL FROM (\
        SELECT profile_id, id FROM messages WHERE environment_id = $1 AND (sent_text IS NOT NULL OR own IS NOT NULL) \
            AND changed_at < $2 AND status NOT IN ('queued', 'sending') LIMIT $3) o \
    WHERE m.environment_id = $1 AND m.profile_id = o.profile_id AND m.id = o.id AND m.status NOT IN ('queued', 'sending')";

/// Removes the texts of messages whose last step is older than the days that their workspace keeps them, 20,000 at most of each
/// environment. That they were sent stays.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct Kept {
        #[diesel(sql_type = SmallInt)]
        id: EnvironmentId,
        #[diesel(sql_type = Integer)]
        days: i32,
    }
    let all: Vec<Kept> = sql_query(
        "SELECT e.id, coalesce((w.settings ->> 'text_days')::integer, $1) AS days FROM environments e \
         JOIN workspaces w ON w.id = e.workspace_id LIMIT 1000",
    )
    .bind::<Integer, _>(TEXT_KEPT_DAYS)
    .load(conn)?;
    let mut swept = 0;
    for Kept { id, days } in all {
        swept += sql_query(SWEEP)
            .bind::<SmallInt, _>(id)
            .bind::<Timestamptz, _>(now - TimeDelta::days(days.into()))
            .bind::<BigInt, _>(A_SWEEP)
            .execute(conn)?;
    }
    Ok(swept)
}
