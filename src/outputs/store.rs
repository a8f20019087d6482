//! Rows of webhooks. Table: `webhooks`. Every change is a line of the audit log.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Bytea, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Draft, HappeningKind, Listed, Secret, Secrets, State,
    webhook::{Kinds, MOST, OffCause, Segments, Switch, Webhook, WebhookName},
};
use crate::{
    auth::{self, Action, Actor},
    db::{
        ids::{EnvironmentId, SegmentId, WebhookId, WebhookKey},
        schema::webhooks,
        sql_query,
    },
    web::outbound::Endpoint,
};

/// Who changes a webhook.
#[derive(Clone, Debug)]
pub struct Author {
    pub actor: Actor,
    /// Name of the API key by which a system does.
    pub key: Option<String>,
    pub at: DateTime<Utc>,
}

impl Author {
    fn note(&self, conn: &mut PgConnection, action: Action, id: WebhookId, name: &str) -> QueryResult<()> {
        let what = self.key.as_ref().map(|key| format!("with the API key {key}"));
        auth::audit(conn, &self.actor, action, detail(id, name, what.as_deref()), self.at).map(drop)
    }
}

fn detail(id: WebhookId, name: &str, what: Option<&str>) -> Value {
    json!({ "webhook": id, "name": name, "what": what })
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: WebhookId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    url: String,
    #[diesel(sql_type = Array<Text>)]
    happenings: Vec<String>,
    #[diesel(sql_type = Nullable<Array<SqlUuid>>)]
    segment_ids: Option<Vec<SegmentId>>,
    #[diesel(sql_type = Bool)]
    is_on: bool,
    #[diesel(sql_type = Nullable<Text>)]
    off_cause: Option<String>,
    #[diesel(sql_type = Bytea)]
    secret: Vec<u8>,
    #[diesel(sql_type = Nullable<Bytea>)]
    old_secret: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    old_secret_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    failing_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    last_state: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Listed {
    type Error = diesel::result::Error;

    fn try_from(row: Row) -> QueryResult<Self> {
        let broken = |rule: String| diesel::result::Error::DeserializationError(rule.into());
        let secret = |bytes: Vec<u8>| Secret::new(bytes).ok_or_else(|| broken("a secret of another length".to_owned()));
        let kinds = row.happenings.iter().filter_map(|word| HappeningKind::from_stored(word));
        let draft = Draft {
            name: WebhookName::new(&row.name).map_err(broken)?,
            endpoint: Endpoint::from_stored(row.url),
            kinds: Kinds::new(kinds).unwrap_or_else(Kinds::all),
            segments: row.segment_ids.map_or(Segments::All, |ids| Segments::Only(ids.into_iter().collect())),
        };
        let switch = match row.is_on {
            true => Switch::On { failing_since: row.failing_since },
            false => Switch::Off(row.off_cause.as_deref().and_then(OffCause::from_stored)),
        };
        let old = row.old_secret.map(secret).transpose()?.zip(row.old_secret_until);
        let secrets = Secrets { current: secret(row.secret)?, old };
        let last = row.last_state.as_deref().and_then(State::from_stored).zip(row.last_at);
        let webhook = Webhook { id: row.id, draft, switch, secrets, created_at: row.created_at };
        Ok(Self { webhook, last })
    }
}

const LIST: &str = "SELECT w.*, l.state AS last_state, coalesce(l.attempted_at, l.happened_at) AS last_at FROM webhooks w \
    LEFT JOIN LATERAL (SELECT d.state, d.attempted_at, d.happened_at FROM webhook_deliveries d \
        WHERE d.environment_id = w.environment_id AND d.webhook_id = w.id ORDER BY d.id DESC LIMIT 1) l ON true \
    WHERE w.environment_id = $1 AND ($2::uuid IS NULL OR w.id = $2) ORDER BY w.name, w.id LIMIT $3";

/// Webhooks of an environment by name, or one of them, each with its newest message.
fn read(conn: &mut PgConnection, environment: EnvironmentId, id: Option<WebhookId>) -> QueryResult<Vec<Listed>> {
    let rows: Vec<Row> = sql_query(LIST)
        .bind::<SmallInt, _>(environment)
        .bind::<Nullable<SqlUuid>, _>(id)
        .bind::<BigInt, _>(2 * MOST as i64)
        .load(conn)?;
    rows.into_iter().map(Listed::try_from).collect()
}

/// Webhooks of an environment by name.
pub fn list(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Listed>> {
    read(conn, environment, None)
}

/// The webhooks that are told who enters and leaves a segment, by name.
pub fn listening(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segment: SegmentId,
) -> QueryResult<Vec<(WebhookId, String)>> {
    use webhooks as w;
    w::table
        .filter(w::environment_id.eq(environment.0).and(w::is_on))
        .filter(w::segment_ids.is_null().or(w::segment_ids.contains(vec![segment.0])))
        .order((w::name, w::id))
        .limit(2 * MOST as i64)
        .select((w::id, w::name))
        .load(conn)
}

/// One webhook.
pub fn find(conn: &mut PgConnection, key: WebhookKey) -> QueryResult<Option<Webhook>> {
    Ok(read(conn, key.environment, Some(key.webhook))?.pop().map(|listed| listed.webhook))
}

/// Result of [`add`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    New,
    /// The form was sent again.
    Known,
    /// There are [`MOST`] webhooks already.
    Full,
}

/// Stores a new webhook, which is on.
pub fn add(
    conn: &mut PgConnection,
    key: WebhookKey,
    draft: &Draft,
    secret: &Secret,
    by: &Author,
) -> QueryResult<Added> {
    let count: i64 = webhooks::table.filter(webhooks::environment_id.eq(key.environment)).count().get_result(conn)?;
    if webhooks::table.find((key.environment, key.webhook)).count().get_result::<i64>(conn)? > 0 {
        return Ok(Added::Known);
    }
    if count >= MOST as i64 {
        return Ok(Added::Full);
    }
    diesel::insert_into(webhooks::table)
        .values((
            webhooks::environment_id.eq(key.environment),
            webhooks::id.eq(key.webhook),
            Decided::from(draft),
            webhooks::is_on.eq(true),
            webhooks::secret.eq(secret.bytes()),
            webhooks::created_at.eq(by.at),
        ))
        .execute(conn)?;
    by.note(conn, Action::WebhookMade, key.webhook, draft.name.as_str())?;
    Ok(Added::New)
}

/// The columns that people decide.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = webhooks, treat_none_as_null = true)]
struct Decided<'a> {
    name: &'a str,
    url: &'a str,
    happenings: Vec<&'static str>,
    segment_ids: Option<Vec<Uuid>>,
}

impl<'a> From<&'a Draft> for Decided<'a> {
    fn from(draft: &'a Draft) -> Self {
        let Draft { name, endpoint, kinds, segments } = draft;
        Self { name: name.as_str(), url: endpoint.as_str(), happenings: kinds.words(), segment_ids: segments.ids() }
    }
}

/// Stores what people decided anew. False if there is no such webhook.
pub fn change(conn: &mut PgConnection, key: WebhookKey, draft: &Draft, by: &Author) -> QueryResult<bool> {
    let row = webhooks::table.find((key.environment, key.webhook));
    // Another receiver has not failed yet.
    diesel::update(row.filter(webhooks::url.ne(draft.endpoint.as_str())))
        .set(webhooks::failing_since.eq(None::<DateTime<Utc>>))
        .execute(conn)?;
    let is_there = diesel::update(row).set(Decided::from(draft)).execute(conn)? > 0;
    if is_there {
        by.note(conn, Action::WebhookChanged, key.webhook, draft.name.as_str())?;
    }
    Ok(is_there)
}

/// Turns a webhook on or off. Returns its name; `None` if there is no such webhook, or it is so already.
pub fn turn(conn: &mut PgConnection, key: WebhookKey, is_on: bool, by: &Author) -> QueryResult<Option<String>> {
    let cause = webhooks::off_cause.eq(None::<String>);
    let name: Option<String> = diesel::update(webhooks::table.find((key.environment, key.webhook)))
        .filter(webhooks::is_on.ne(is_on))
        .set((webhooks::is_on.eq(is_on), cause, webhooks::failing_since.eq(None::<DateTime<Utc>>)))
        .returning(webhooks::name)
        .get_result(conn)
        .optional()?;
    if let Some(name) = &name {
        let action = if is_on { Action::WebhookTurnedOn } else { Action::WebhookTurnedOff };
        by.note(conn, action, key.webhook, name)?;
    }
    Ok(name)
}

/// Stores a new secret; the present one signs for another day. False if there is no such webhook.
pub fn rotate(conn: &mut PgConnection, key: WebhookKey, new: &Secret, by: &Author) -> QueryResult<bool> {
    let Some(known) = find(conn, key)? else { return Ok(false) };
    let name = known.name().to_owned();
    let secrets = known.secrets.rotated(new.clone(), by.at);
    let (old, until) = secrets.old.unzip();
    diesel::update(webhooks::table.find((key.environment, key.webhook)))
        .set((
            webhooks::secret.eq(secrets.current.bytes()),
            webhooks::old_secret.eq(old.as_ref().map(Secret::bytes)),
            webhooks::old_secret_until.eq(until),
        ))
        .execute(conn)?;
    by.note(conn, Action::WebhookSecretChanged, key.webhook, &name)?;
    Ok(true)
}

/// Notes that somebody looked at the secret.
pub fn note_shown(conn: &mut PgConnection, webhook: &Webhook, by: &Author) -> QueryResult<()> {
    by.note(conn, Action::WebhookSecretShown, webhook.id, webhook.name())
}

/// Deletes a webhook. Its messages follow with the next sweep. Returns its name; `None` if there is no such webhook.
pub fn delete(conn: &mut PgConnection, key: WebhookKey, by: &Author) -> QueryResult<Option<String>> {
    let name: Option<String> = diesel::delete(webhooks::table.find((key.environment, key.webhook)))
        .returning(webhooks::name)
        .get_result(conn)
        .optional()?;
    if let Some(name) = &name {
        by.note(conn, Action::WebhookDeleted, key.webhook, name)?;
    }
    Ok(name)
}

/// Stores how a webhook fares after some attempts: whether one of them succeeded, and else since when none did.
pub fn note_health(conn: &mut PgConnection, key: WebhookKey, is_well: bool, now: DateTime<Utc>) -> QueryResult<usize> {
    let row = diesel::update(webhooks::table.find((key.environment, key.webhook)));
    if is_well {
        return row
            .filter(webhooks::failing_since.is_not_null())
            .set(webhooks::failing_since.eq(None::<DateTime<Utc>>))
            .execute(conn);
    }
    row.filter(webhooks::failing_since.is_null()).set(webhooks::failing_since.eq(now)).execute(conn)
}

/// Turns a webhook off for a cause of its own; because it fails only if it has since before `since`.
pub fn give_up(
    conn: &mut PgConnection,
    key: WebhookKey,
    cause: OffCause,
    since: DateTime<Utc>,
    by: &Author,
) -> QueryResult<bool> {
    let is_due = webhooks::failing_since.le(since).assume_not_null();
    let row = diesel::update(webhooks::table.find((key.environment, key.webhook))).filter(webhooks::is_on);
    let set = (webhooks::is_on.eq(false), webhooks::off_cause.eq(cause.as_str()));
    let name: Option<String> = match cause {
        OffCause::Gone => row.set(set).returning(webhooks::name).get_result(conn).optional()?,
        OffCause::Failing => row.filter(is_due).set(set).returning(webhooks::name).get_result(conn).optional()?,
    };
    let Some(name) = name else { return Ok(false) };
    let detail = detail(key.webhook, &name, Some(cause.label()));
    auth::audit(conn, &by.actor, Action::WebhookGivenUp, detail, by.at)?;
    Ok(true)
}
