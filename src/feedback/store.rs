//! Addresses that providers call, and rows of what they told of unknown messages. Table: `feedback_misses`.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use uuid::Uuid;

use super::Report;
use crate::{
    db::{
        ids::SendingAccountId,
        schema::{feedback_misses as misses, signing_keys},
    },
    messages::Status,
    sending_accounts::feedback::{Hook, of_id},
    web::SigningKey,
};

/// Purpose of the key, and of what it signs.
const PURPOSE: &str = "hooks";
/// Unknown messages of an account that are kept, the newest.
const MOST: i64 = 50;

/// The key that secrets of addresses are derived from; a migration made it.
///
/// # Errors
/// `NotFound`: somebody deleted it.
fn signing_key(conn: &mut PgConnection) -> QueryResult<SigningKey> {
    let secret: Vec<u8> = signing_keys::table.find(PURPOSE).select(signing_keys::secret).first(conn)?;
    SigningKey::new(&secret).ok_or(diesel::result::Error::NotFound)
}

/// What the secret in the address of a hook stands for.
fn parts(hook: &Hook) -> [String; 3] {
    [hook.workspace.0.to_string(), hook.account.to_string(), hook.turn.to_string()]
}

/// The path that the provider of an account calls.
pub fn path(conn: &mut PgConnection, hook: &Hook) -> QueryResult<String> {
    let [workspace, account, turn] = parts(hook);
    let secret = signing_key(conn)?.signature(&[PURPOSE, &workspace, &account, &turn]);
    Ok(format!("/hooks/{account}/{secret}"))
}

/// The hook of an address; `None` unless its secret is right.
pub fn open(conn: &mut PgConnection, account: SendingAccountId, secret: &str) -> QueryResult<Option<Hook>> {
    let (hooks, key) = (of_id(conn, account)?, signing_key(conn)?);
    let is_right = |hook: &Hook| {
        let [workspace, account, turn] = parts(hook);
        key.is_signature(secret, &[PURPOSE, &workspace, &account, &turn])
    };
    Ok(hooks.into_iter().find(is_right))
}

/// Something that was told of a message which the account never sent.
#[derive(Clone, Debug)]
pub struct Miss {
    pub at: DateTime<Utc>,
    pub status: Status,
    /// The id by which the provider named the message.
    pub named: String,
}

/// Keeps what was told of unknown messages, the newest of the account. The same once more is once.
pub fn note_misses(conn: &mut PgConnection, hook: &Hook, reports: &[&Report], now: DateTime<Utc>) -> QueryResult<()> {
    if reports.is_empty() {
        return Ok(());
    }
    let row = |report: &&Report| {
        let (named, status) = (report.message.to_string(), report.outcome.status().as_str());
        (
            (misses::workspace_id.eq(hook.workspace.0), misses::account_id.eq(hook.account.0)),
            misses::id.eq(Uuid::new_v5(&hook.account.0, format!("{named} {status}").as_bytes())),
            (misses::at.eq(now), misses::status.eq(status), misses::named.eq(named)),
        )
    };
    let rows: Vec<_> = reports.iter().take(MOST as usize).map(row).collect();
    diesel::insert_into(misses::table)
        .values(rows)
        .on_conflict((misses::workspace_id, misses::account_id, misses::id))
        .do_update()
        .set(misses::at.eq(now))
        .execute(conn)?;
    let of_account =
        || misses::table.filter(misses::workspace_id.eq(hook.workspace.0).and(misses::account_id.eq(hook.account.0)));
    let old: Vec<Uuid> = of_account()
        .order((misses::at.desc(), misses::id))
        .offset(MOST)
        .limit(2 * MOST)
        .select(misses::id)
        .load(conn)?;
    if !old.is_empty() {
        diesel::delete(of_account().filter(misses::id.eq_any(old))).execute(conn)?;
    }
    Ok(())
}

/// What was told of unknown messages, the newest first.
pub fn misses(conn: &mut PgConnection, hook: &Hook) -> QueryResult<Vec<Miss>> {
    let rows: Vec<(DateTime<Utc>, String, String)> = misses::table
        .filter(misses::workspace_id.eq(hook.workspace.0).and(misses::account_id.eq(hook.account.0)))
        .order((misses::at.desc(), misses::id))
        .limit(MOST)
        .select((misses::at, misses::status, misses::named))
        .load(conn)?;
    let miss = |(at, status, named): (_, String, _)| Some(Miss { at, status: Status::from_stored(&status)?, named });
    Ok(rows.into_iter().filter_map(miss).collect())
}
