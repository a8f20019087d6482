//! Rows of sending accounts. Table: `sending_accounts`. Every change by somebody is a line of the audit log.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};
use serde_json::json;

use super::{Account, AccountName, Draft, FeedbackFormat, Limits, NewSecret, Provider, Sealed};
use crate::{
    auth::{self, Action, Actor},
    db::{
        ids::{SendingAccountId, WorkspaceId},
        schema::{sending_accounts as accounts, workspaces as of},
    },
    json::{Json, JsonRef},
    subscriptions::Medium,
    workspaces,
};

/// Accounts of a workspace at most.
pub const MOST: usize = 50;

/// Who changes an account.
#[derive(Clone, Debug)]
pub struct Author {
    /// At the workspace.
    pub actor: Actor,
    pub at: DateTime<Utc>,
}

impl Author {
    /// Writes a line about an account.
    pub fn note(
        &self,
        conn: &mut PgConnection,
        action: Action,
        id: SendingAccountId,
        name: &str,
        what: &str,
    ) -> QueryResult<()> {
        let detail = json!({ "sending_account": id, "name": name, "what": what });
        auth::audit(conn, &self.actor, action, detail, self.at).map(drop)
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct Row {
    id: SendingAccountId,
    channel: String,
    name: String,
    provider: Json,
    is_default: bool,
    is_on: bool,
    per_second: i32,
    at_once: i32,
    give_up_hours: i32,
    test_list: Vec<String>,
    feedback: String,
    failing_since: Option<DateTime<Utc>>,
    failure: Option<String>,
}

/// The account of a row; `None` for one that a newer version of kith wrote and this one does not know.
fn account(row: Row) -> Option<Account> {
    let unsigned = |number: i32| u32::try_from(number).unwrap_or_default();
    Some(Account {
        id: row.id,
        channel: Medium::parse(&row.channel).ok()?,
        name: AccountName::new(&row.name).ok()?,
        provider: row.provider.read::<Provider>().ok()?,
        limits: Limits {
            per_second: unsigned(row.per_second),
            at_once: unsigned(row.at_once),
            give_up: TimeDelta::hours(row.give_up_hours.into()),
        },
        test_list: row.test_list,
        is_default: row.is_default,
        is_on: row.is_on,
        feedback: FeedbackFormat::from_stored(&row.feedback)?,
        failing: row.failing_since.zip(row.failure),
    })
}

/// Accounts of a workspace by channel and name.
pub fn list(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<Vec<Account>> {
    let rows: Vec<Row> = accounts::table
        .filter(accounts::workspace_id.eq(workspace.0).and(accounts::removed_at.is_null()))
        .order((accounts::channel, accounts::name, accounts::id))
        .limit(2 * MOST as i64)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().filter_map(account).collect())
}

/// Accounts that are on, by channel, the default of each first.
pub fn usable(conn: &mut PgConnection, workspace: WorkspaceId) -> QueryResult<BTreeMap<Medium, Vec<Account>>> {
    let mut by_channel: BTreeMap<Medium, Vec<Account>> = BTreeMap::new();
    for account in list(conn, workspace)?.into_iter().filter(|account| account.is_on) {
        let those = by_channel.entry(account.channel).or_default();
        if account.is_default { those.insert(0, account) } else { those.push(account) }
    }
    Ok(by_channel)
}

/// One account that was not removed.
pub fn find(conn: &mut PgConnection, workspace: WorkspaceId, id: SendingAccountId) -> QueryResult<Option<Account>> {
    let row: Option<Row> = accounts::table
        .find((workspace.0, id))
        .filter(accounts::removed_at.is_null())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.and_then(account))
}

/// The account for messages on a channel: the one that is named, or the default. It may be off.
pub fn find_for(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    channel: Medium,
    named: Option<SendingAccountId>,
) -> QueryResult<Option<Account>> {
    if let Some(id) = named {
        return Ok(find(conn, workspace, id)?.filter(|account| account.channel == channel));
    }
    let row: Option<Row> = accounts::table
        .filter(accounts::workspace_id.eq(workspace.0).and(accounts::removed_at.is_null()))
        .filter(accounts::channel.eq(channel.as_str()).and(accounts::is_default))
        .order(accounts::id)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.and_then(account))
}

/// The secret of an account as it is stored; `None`: it has none.
pub fn sealed(conn: &mut PgConnection, workspace: WorkspaceId, id: SendingAccountId) -> QueryResult<Option<Sealed>> {
    let found: Option<Option<Vec<u8>>> =
        accounts::table.find((workspace.0, id)).select(accounts::secret).first(conn).optional()?;
    Ok(found.flatten().map(Sealed))
}

/// How an account is, for those who look after the server.
#[derive(Clone, Debug)]
pub struct Health {
    pub id: SendingAccountId,
    pub name: String,
    /// Name of its workspace.
    pub workspace: String,
    pub is_on: bool,
    /// Whether it sends so many messages a second and no more.
    pub is_slowed: bool,
    /// First failure of the account itself since its last success.
    pub failing_since: Option<DateTime<Utc>>,
    /// Its secret, and the key of its provider's signatures.
    pub secrets: Vec<Sealed>,
}

/// How the accounts of all workspaces are, but those that were removed: one SQL statement.
pub fn health(conn: &mut PgConnection) -> QueryResult<Vec<Health>> {
    type Row = (SendingAccountId, String, String, bool, i32, Option<DateTime<Utc>>, (Option<Vec<u8>>, Option<Vec<u8>>));
    let rows: Vec<Row> = accounts::table
        .inner_join(of::table.on(of::id.eq(accounts::workspace_id)))
        .filter(accounts::removed_at.is_null())
        .order((of::name, of::id, accounts::name, accounts::id))
        .limit(workspaces::MOST * MOST as i64)
        .select((
            accounts::id,
            accounts::name,
            of::name,
            accounts::is_on,
            accounts::per_second,
            accounts::failing_since,
            (accounts::secret, accounts::feedback_key),
        ))
        .load(conn)?;
    let health = |(id, name, workspace, is_on, per_second, failing_since, secrets): Row| Health {
        id,
        name,
        workspace,
        is_on,
        is_slowed: per_second > 0,
        failing_since,
        secrets: [secrets.0, secrets.1].into_iter().flatten().map(Sealed).collect(),
    };
    Ok(rows.into_iter().map(health).collect())
}

/// The name of an account, also of one that was removed, and whether it is still there.
pub fn name(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: SendingAccountId,
) -> QueryResult<Option<(String, bool)>> {
    let row = accounts::table.find((workspace.0, id)).select((accounts::name, accounts::removed_at.is_null()));
    row.first(conn).optional()
}

/// Result of [`add`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    New,
    /// The form was sent again.
    Known,
    /// There are [`MOST`] accounts already.
    Full,
}

/// The columns that people decide.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = accounts)]
struct Decided<'a> {
    name: &'a str,
    provider: JsonRef<'a>,
    per_second: i32,
    at_once: i32,
    give_up_hours: i32,
    test_list: &'a [String],
}

fn decided<'a>(draft: &'a Draft, provider: &'a serde_json::Value) -> Decided<'a> {
    let signed = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    Decided {
        name: draft.name.as_str(),
        provider: JsonRef(provider),
        per_second: signed(draft.limits.per_second),
        at_once: signed(draft.limits.at_once),
        give_up_hours: i32::try_from(draft.limits.give_up.num_hours()).unwrap_or(i32::MAX),
        test_list: &draft.test_list,
    }
}

fn stored(provider: &Provider) -> QueryResult<serde_json::Value> {
    serde_json::to_value(provider).map_err(|error| diesel::result::Error::SerializationError(error.into()))
}

/// Stores a new account, which is on. The first one of its channel is the default. Needs a transaction.
pub fn add(
    conn: &mut PgConnection,
    (workspace, id): (WorkspaceId, SendingAccountId),
    channel: Medium,
    draft: &Draft,
    secret: Option<&Sealed>,
    by: &Author,
) -> QueryResult<Added> {
    workspaces::hold(conn, workspace)?;
    if accounts::table.find((workspace.0, id)).count().get_result::<i64>(conn)? > 0 {
        return Ok(Added::Known);
    }
    let known = list(conn, workspace)?;
    if known.len() >= MOST {
        return Ok(Added::Full);
    }
    let is_first = !known.iter().any(|other| other.channel == channel && other.is_default);
    diesel::insert_into(accounts::table)
        .values((
            (accounts::workspace_id.eq(workspace.0), accounts::id.eq(id), accounts::channel.eq(channel.as_str())),
            decided(draft, &stored(&draft.provider)?),
            (accounts::is_default.eq(is_first), accounts::is_on.eq(true), accounts::created_at.eq(by.at)),
            accounts::secret.eq(secret.map(|sealed| sealed.0.as_slice())),
        ))
        .execute(conn)?;
    by.note(conn, Action::SendingAccountMade, id, draft.name.as_str(), channel.label())?;
    Ok(Added::New)
}

/// Stores what people decided anew. `None` if there is no such account, false if nothing differs. Needs a transaction.
pub fn change(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: SendingAccountId,
    draft: &Draft,
    secret: &NewSecret,
    by: &Author,
) -> QueryResult<Option<bool>> {
    workspaces::hold(conn, workspace)?;
    let Some(before) = find(conn, workspace, id)? else { return Ok(None) };
    let what = draft.differences(&before.draft(), secret);
    if what.is_empty() {
        return Ok(Some(false));
    }
    let row = accounts::table.find((workspace.0, id));
    diesel::update(row).set(decided(draft, &stored(&draft.provider)?)).execute(conn)?;
    let new = match secret {
        NewSecret::Keep => None,
        NewSecret::None => Some(None),
        NewSecret::Is(sealed) => Some(Some(sealed.0.as_slice())),
    };
    if let Some(new) = new {
        diesel::update(row).set(accounts::secret.eq(new)).execute(conn)?;
    }
    // Whatever failed may work now.
    note_health(conn, workspace, id, Ok(()), by.at)?;
    by.note(conn, Action::SendingAccountChanged, id, draft.name.as_str(), &what)?;
    Ok(Some(true))
}

/// Turns an account on or off. Returns its name; `None` if there is no such account, or it is so already.
pub fn turn(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: SendingAccountId,
    is_on: bool,
    by: &Author,
) -> QueryResult<Option<String>> {
    let none = (accounts::failing_since.eq(None::<DateTime<Utc>>), accounts::failure.eq(None::<String>));
    let name: Option<String> = diesel::update(accounts::table.find((workspace.0, id)))
        .filter(accounts::is_on.ne(is_on).and(accounts::removed_at.is_null()))
        .set((accounts::is_on.eq(is_on), none))
        .returning(accounts::name)
        .get_result(conn)
        .optional()?;
    if let Some(name) = &name {
        let action = if is_on { Action::SendingAccountTurnedOn } else { Action::SendingAccountTurnedOff };
        by.note(conn, action, id, name, "")?;
    }
    Ok(name)
}

fn put_default(conn: &mut PgConnection, workspace: WorkspaceId, of: &Account) -> QueryResult<()> {
    diesel::update(accounts::table.filter(accounts::workspace_id.eq(workspace.0)))
        .filter(accounts::channel.eq(of.channel.as_str()))
        .set(accounts::is_default.eq(accounts::id.eq(of.id)))
        .execute(conn)
        .map(drop)
}

/// Makes an account the default of its channel. Returns its name; `None` if there is no such account, or it is so already. Needs a transaction.
pub fn make_default(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: SendingAccountId,
    by: &Author,
) -> QueryResult<Option<String>> {
    workspaces::hold(conn, workspace)?;
    let Some(account) = find(conn, workspace, id)?.filter(|account| !account.is_default) else { return Ok(None) };
    put_default(conn, workspace, &account)?;
    let name = account.name.as_str().to_owned();
    by.note(conn, Action::SendingAccountChanged, id, &name, "default of its channel")?;
    Ok(Some(name))
}

/// Removes an account: its row stays, because messages name it, without the secret. If it was the default, the oldest one of its channel
/// follows. Returns its name; `None` if there is no such account. Needs a transaction.
pub fn remove(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: SendingAccountId,
    by: &Author,
) -> QueryResult<Option<String>> {
    workspaces::hold(conn, workspace)?;
    let Some(account) = find(conn, workspace, id)? else { return Ok(None) };
    diesel::update(accounts::table.find((workspace.0, id)))
        .set((
            (accounts::removed_at.eq(by.at), accounts::secret.eq(None::<Vec<u8>>)),
            (accounts::feedback_key.eq(None::<Vec<u8>>), accounts::feedback_confirm.eq(None::<String>)),
            (accounts::is_on.eq(false), accounts::is_default.eq(false)),
        ))
        .execute(conn)?;
    if account.is_default {
        let others = list(conn, workspace)?;
        // The ids begin with the time.
        if let Some(next) = others.iter().filter(|other| other.channel == account.channel).min_by_key(|other| other.id)
        {
            put_default(conn, workspace, next)?;
        }
    }
    by.note(conn, Action::SendingAccountRemoved, id, account.name.as_str(), "")?;
    Ok(Some(account.name.as_str().to_owned()))
}

/// Stores how an account fares: a success, or why the account itself fails. The time is that of the first failure since the last success.
pub fn note_health(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    id: SendingAccountId,
    health: Result<(), &str>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let row = diesel::update(accounts::table.find((workspace.0, id)));
    let Err(words) = health else {
        let none = (accounts::failing_since.eq(None::<DateTime<Utc>>), accounts::failure.eq(None::<String>));
        return row.filter(accounts::failing_since.is_not_null()).set(none).execute(conn);
    };
    let first = row.filter(accounts::failing_since.is_null());
    if first.set((accounts::failing_since.eq(now), accounts::failure.eq(words))).execute(conn)? > 0 {
        return Ok(1);
    }
    let row = diesel::update(accounts::table.find((workspace.0, id)));
    row.filter(accounts::failure.is_distinct_from(words)).set(accounts::failure.eq(words)).execute(conn)
}
