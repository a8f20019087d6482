//! Rows of keys. Table: `api_keys`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};
use serde_json::json;

use super::{Draft, Format, Key, Listed, MayOverwrite, Origin, PerMinute, Secret, WriteTarget, key::grant};
use crate::{
    auth::{self, Action, Actor},
    db::{
        ids::{EnvironmentId, KeyId, SourceId},
        schema::{api_keys, environments, operators, sources},
    },
    ledger::{self, Source},
    workspaces::EnvironmentKind,
};

/// Keys listed of one environment at most; revoked ones come last.
const LIMIT: i64 = 500;

/// Stores a key of an environment, with its source there and in the test environment of the same workspace. False if the id was used already: the same form, sent again.
pub fn add(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    draft: &Draft,
    secret: &Secret,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let (id, name) = (draft.id, draft.name.as_str());
    let source = Source::api_key(id, name);
    let source_id = ledger::source_id(conn, environment, &source)?;
    let test = sibling_test(conn, environment)?;
    ledger::source_id(conn, test, &source)?;
    let slugs = |all: &[Format]| all.iter().map(|format| format.as_str()).collect::<Vec<_>>();
    let can: Vec<_> = draft.grant.capabilities().iter().map(|it| it.as_str()).collect();
    let origins: Vec<_> = draft.grant.origins().iter().map(Origin::as_str).collect();
    let added = diesel::insert_into(api_keys::table)
        .values((
            api_keys::id.eq(id.0),
            api_keys::environment_id.eq(environment.0),
            api_keys::source_id.eq(source_id.0),
            api_keys::name.eq(name),
            api_keys::kind.eq(draft.grant.kind()),
            api_keys::secret_hash.eq(secret.hash().as_slice()),
            api_keys::prefix.eq(secret.prefix()),
            api_keys::formats.eq(slugs(&draft.formats)),
            api_keys::capabilities.eq(&can),
            api_keys::origins.eq(&origins),
            api_keys::may_overwrite.eq(draft.grant.may_overwrite().unwrap_or_default().as_str()),
            api_keys::per_minute.eq(draft.per_minute.get()),
            api_keys::created_at.eq(now),
            api_keys::created_by.eq(by.operator.map(|by| by.0)),
        ))
        .on_conflict(api_keys::id)
        .do_nothing()
        .execute(conn)?;
    if added == 0 {
        return Ok(false);
    }
    let detail = json!({
        "key": id, "name": name, "kind": draft.grant.kind(), "formats": slugs(&draft.formats),
        "may": can, "origins": origins, "may_overwrite": draft.grant.may_overwrite().map(MayOverwrite::as_str), "per_minute": draft.per_minute.get(),
    });
    auth::audit(conn, by, Action::KeyMade, detail, now)?;
    Ok(true)
}

/// The test environment of the same workspace.
fn sibling_test(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<EnvironmentId> {
    let workspace: i16 = environments::table.find(environment.0).select(environments::workspace_id).first(conn)?;
    environments::table
        .filter(environments::workspace_id.eq(workspace).and(environments::kind.eq(EnvironmentKind::Test.as_str())))
        .select(environments::id)
        .first(conn)
}

/// The key with this hash of its secret, and the stored hash.
pub(super) fn find(conn: &mut PgConnection, hash: &[u8; 32]) -> QueryResult<Option<(Vec<u8>, Key)>> {
    type Row = (
        KeyId,
        EnvironmentId,
        SourceId,
        String,
        String,
        Vec<u8>,
        Vec<String>,
        Vec<String>,
        (Vec<String>, String),
        i32,
        bool,
    );
    let found: Option<Row> = api_keys::table
        .filter(api_keys::secret_hash.eq(hash.as_slice()))
        .select((
            api_keys::id,
            api_keys::environment_id,
            api_keys::source_id,
            api_keys::name,
            api_keys::kind,
            api_keys::secret_hash,
            api_keys::formats,
            api_keys::capabilities,
            (api_keys::origins, api_keys::may_overwrite),
            api_keys::per_minute,
            api_keys::revoked_at.is_not_null(),
        ))
        .first(conn)
        .optional()?;
    let Some((id, environment, source, name, kind, stored, formats, can, origins, per_minute, is_revoked)) = found
    else {
        return Ok(None);
    };
    let test = sibling_test(conn, environment)?;
    let test_source = sources::table
        .filter(sources::environment_id.eq(test.0))
        .filter(sources::kind.eq("key").and(sources::ref_.eq(id.to_string())))
        .select(sources::id)
        .first(conn)?;
    let key = Key {
        id,
        name,
        place: WriteTarget { environment, source },
        test: WriteTarget { environment: test, source: test_source },
        grant: grant(&kind, &can, &origins.0, &origins.1),
        formats: formats.iter().filter_map(|slug| slug.parse().ok()).collect(),
        per_minute: PerMinute::new(per_minute).unwrap_or(PerMinute::DEFAULT),
        is_revoked,
    };
    Ok(Some((stored, key)))
}

/// Keys of an environment, or one of them: newest first, revoked ones last.
pub fn list(conn: &mut PgConnection, environment: EnvironmentId, only: Option<KeyId>) -> QueryResult<Vec<Listed>> {
    type Row = (
        (KeyId, String, String, String, Vec<String>, Vec<String>, (Vec<String>, String), i32),
        (DateTime<Utc>, Option<String>, Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    );
    let mut query = api_keys::table
        .left_join(operators::table.on(api_keys::created_by.eq(operators::id.nullable())))
        .filter(api_keys::environment_id.eq(environment.0))
        .order((api_keys::revoked_at.is_not_null(), api_keys::created_at.desc(), api_keys::id.desc()))
        .select((
            (
                api_keys::id,
                api_keys::name,
                api_keys::prefix,
                api_keys::kind,
                api_keys::formats,
                api_keys::capabilities,
                (api_keys::origins, api_keys::may_overwrite),
                api_keys::per_minute,
            ),
            (api_keys::created_at, operators::name.nullable(), api_keys::last_used_at, api_keys::revoked_at),
        ))
        .limit(LIMIT)
        .into_boxed();
    if let Some(id) = only {
        query = query.filter(api_keys::id.eq(id));
    }
    let rows: Vec<Row> = query.load(conn)?;
    let listed = |((id, name, prefix, kind, formats, can, origins, per_minute), times): Row| {
        let (created_at, created_by, last_used_at, revoked_at) = times;
        let formats = formats.iter().filter_map(|slug| slug.parse().ok()).collect();
        let grant = grant(&kind, &can, &origins.0, &origins.1);
        Listed { id, name, prefix, grant, formats, per_minute, created_at, created_by, last_used_at, revoked_at }
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// One key of an environment.
pub fn find_listed(conn: &mut PgConnection, environment: EnvironmentId, id: KeyId) -> QueryResult<Option<Listed>> {
    Ok(list(conn, environment, Some(id))?.into_iter().next())
}

/// Names of keys by their ids.
pub fn names(conn: &mut PgConnection, ids: &[KeyId]) -> QueryResult<HashMap<KeyId, String>> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(KeyId, String)> =
        api_keys::table.filter(api_keys::id.eq_any(ids)).select((api_keys::id, api_keys::name)).load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Names of all keys of an environment, at most a thousand, in alphabetical order.
pub fn all_names(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<(KeyId, String)>> {
    api_keys::table
        .filter(api_keys::environment_id.eq(environment.0))
        .order((api_keys::name, api_keys::id))
        .select((api_keys::id, api_keys::name))
        .limit(1000)
        .load(conn)
}

/// Keys that a name or a prefix stands for.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// One key in use.
    One(KeyId),
    /// No key in use.
    None,
    /// Several keys; these are their prefixes.
    Several(Vec<String>),
}

/// The key in use with that name or prefix.
pub fn named(conn: &mut PgConnection, environment: EnvironmentId, named: &str) -> QueryResult<Found> {
    let mut rows: Vec<(KeyId, String)> = api_keys::table
        .filter(api_keys::environment_id.eq(environment.0).and(api_keys::revoked_at.is_null()))
        .filter(api_keys::name.eq(named).or(api_keys::prefix.eq(named.trim_end_matches('…'))))
        .order(api_keys::created_at)
        .select((api_keys::id, api_keys::prefix))
        .limit(20)
        .load(conn)?;
    Ok(match rows.len() {
        0 => Found::None,
        1 => Found::One(rows.remove(0).0),
        _ => Found::Several(rows.into_iter().map(|(_, prefix)| prefix).collect()),
    })
}

/// Revokes a key. Returns its name; `None` if there is no such key in use in that environment.
pub fn revoke(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: KeyId,
    by: &Actor,
    now: DateTime<Utc>,
) -> QueryResult<Option<String>> {
    let name: Option<String> = diesel::update(api_keys::table.find(id.0))
        .filter(api_keys::environment_id.eq(environment.0).and(api_keys::revoked_at.is_null()))
        .set(api_keys::revoked_at.eq(now))
        .returning(api_keys::name)
        .get_result(conn)
        .optional()?;
    if let Some(name) = &name {
        auth::audit(conn, by, Action::KeyRevoked, json!({ "key": id, "name": name }), now)?;
    }
    Ok(name)
}

/// Stores the time of a key's last use.
pub fn used(conn: &mut PgConnection, id: KeyId, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(api_keys::table.find(id.0)).set(api_keys::last_used_at.eq(now)).execute(conn)
}

/// Origins of all keys in use.
pub(super) fn origins(conn: &mut PgConnection) -> QueryResult<Vec<String>> {
    let lists: Vec<Vec<String>> = api_keys::table
        .filter(api_keys::kind.eq("browser").and(api_keys::revoked_at.is_null()))
        .order(api_keys::created_at.desc())
        .select(api_keys::origins)
        .limit(10_000)
        .load(conn)?;
    Ok(lists.into_iter().flatten().collect())
}
