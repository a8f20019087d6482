//! Sessions in Postgres: random tokens, stored as hashes, with an idle and an absolute limit.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};
use rand::RngExt;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Operator, Role};
use crate::{
    config::Sessions as Limits,
    db::{
        ids::{EnvironmentId, OperatorId, WorkspaceId},
        schema::{environments, memberships, operators, sessions, workspaces},
    },
    error::AppError,
    workspaces::{EnvironmentKind, Workspace},
};

/// A session within its limits.
#[derive(Clone, Debug)]
pub struct Session {
    /// Operator who signed in.
    pub operator: Operator,
    /// Form token of the session.
    pub csrf: String,
    /// SHA-256 of the session's token.
    pub token_hash: Vec<u8>,
    /// Workspaces that the operator may come into, by name, each with one environment.
    pub memberships: Arc<[Membership]>,
    /// Workspace that the operator was in last.
    pub last_workspace: Option<WorkspaceId>,
    last_seen_at: DateTime<Utc>,
}

/// Membership of an operator in a workspace.
#[derive(Clone, Debug)]
pub struct Membership {
    pub workspace: Workspace,
    /// The live or the test environment, as the address says.
    pub environment: EnvironmentId,
    pub role: Role,
}

/// A new random token: 256 bits as text.
pub fn new_token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>())
}

/// SHA-256 of a token, which is stored instead of it.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Workspaces of one operator that are read at most.
const MOST_WORKSPACES: i64 = 1000;

/// Time for which `last_seen_at` is left alone, to spare a write a page.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

impl Session {
    /// Starts a session and returns its token, which is stored nowhere.
    pub fn start(conn: &mut PgConnection, operator: OperatorId, now: DateTime<Utc>) -> QueryResult<String> {
        let token = new_token();
        diesel::insert_into(sessions::table)
            .values((
                sessions::token_hash.eq(token_hash(&token)),
                sessions::operator_id.eq(operator.0),
                sessions::csrf.eq(new_token()),
                sessions::created_at.eq(now),
                sessions::last_seen_at.eq(now),
            ))
            .execute(conn)?;
        Ok(token)
    }

    /// The session of a token hash, unless it has ended, with the operator's workspaces and of each the environment of that kind.
    pub fn find(
        conn: &mut PgConnection,
        hash: &[u8],
        kind: EnvironmentKind,
        limits: Limits,
        now: DateTime<Utc>,
    ) -> QueryResult<Option<Self>> {
        #[derive(Queryable)]
        struct Row {
            operator: (Uuid, String, String, Option<String>, bool, Option<i16>),
            csrf: String,
            last_seen_at: DateTime<Utc>,
            workspace: Option<(i16, String, String, String)>,
            environment: Option<i16>,
            role: Option<String>,
        }
        let is_member = memberships::operator_id.eq(operators::id).and(memberships::disabled_at.is_null());
        let of_membership = workspaces::id.nullable().eq(memberships::workspace_id.nullable());
        let of_workspace = environments::workspace_id.nullable().eq(workspaces::id.nullable());
        let rows: Vec<Row> = sessions::table
            .inner_join(operators::table.on(operators::id.eq(sessions::operator_id)))
            .left_join(memberships::table.on(is_member))
            .left_join(workspaces::table.on(of_membership))
            .left_join(environments::table.on(of_workspace.and(environments::kind.eq(kind.as_str()))))
            .filter(sessions::token_hash.eq(hash))
            .filter(sessions::last_seen_at.gt(now - limits.idle))
            .filter(sessions::created_at.gt(now - limits.life))
            .order((workspaces::name.nullable(), workspaces::id.nullable()))
            .select((
                (
                    operators::id,
                    operators::name,
                    operators::email,
                    operators::zone,
                    operators::is_organisation_admin,
                    operators::last_workspace_id,
                ),
                sessions::csrf,
                sessions::last_seen_at,
                (workspaces::id, workspaces::slug, workspaces::name, workspaces::accent).nullable(),
                environments::id.nullable(),
                memberships::role.nullable(),
            ))
            .limit(MOST_WORKSPACES)
            .load(conn)?;
        let membership = |row: &Row| {
            let (workspace, environment) = row.workspace.clone().zip(row.environment)?;
            let (workspace, role) = (workspace.into(), row.role.as_ref()?.parse().ok()?);
            Some(Membership { workspace, environment: EnvironmentId(environment), role })
        };
        let memberships = rows.iter().filter_map(membership).collect();
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let (id, name, email, zone, is_organisation_admin, last_workspace) = row.operator;
        let zone = zone.and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
        let operator = Operator { id: OperatorId(id), name, email, zone, is_organisation_admin };
        let (token_hash, last_workspace) = (hash.to_vec(), last_workspace.map(WorkspaceId));
        let (csrf, last_seen_at) = (row.csrf, row.last_seen_at);
        Ok(Some(Self { operator, csrf, token_hash, memberships, last_workspace, last_seen_at }))
    }

    /// The operator's membership in the workspace with this slug.
    pub fn membership(&self, slug: &str) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.workspace.slug == slug)
    }

    /// Current role of a session's operator in a workspace; `None` if the session has ended, or the operator may no longer come in.
    pub fn role_in(
        conn: &mut PgConnection,
        hash: &[u8],
        workspace: WorkspaceId,
        limits: Limits,
        now: DateTime<Utc>,
    ) -> QueryResult<Option<Role>> {
        let role = sessions::table
            .inner_join(memberships::table.on(memberships::operator_id.eq(sessions::operator_id)))
            .filter(sessions::token_hash.eq(hash).and(memberships::workspace_id.eq(workspace.0)))
            .filter(memberships::disabled_at.is_null())
            .filter(sessions::last_seen_at.gt(now - limits.idle))
            .filter(sessions::created_at.gt(now - limits.life))
            .select(memberships::role)
            .first::<String>(conn)
            .optional()?;
        Ok(role.and_then(|role| role.parse().ok()))
    }

    /// Whether `last_seen_at` is old enough to be written again.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        now - self.last_seen_at > TOUCH_EVERY
    }

    /// Sets `last_seen_at`.
    pub fn touch(conn: &mut PgConnection, hash: &[u8], now: DateTime<Utc>) -> QueryResult<usize> {
        diesel::update(sessions::table.find(hash)).set(sessions::last_seen_at.eq(now)).execute(conn)
    }

    /// Ends a session.
    pub fn end(conn: &mut PgConnection, hash: &[u8]) -> QueryResult<usize> {
        diesel::delete(sessions::table.find(hash)).execute(conn)
    }

    /// Ends all sessions of an operator.
    pub fn end_all(conn: &mut PgConnection, operator: OperatorId) -> QueryResult<usize> {
        diesel::delete(sessions::table.filter(sessions::operator_id.eq(operator.0))).execute(conn)
    }

    /// Ends all sessions of an operator but the one with this token hash.
    pub fn end_others(conn: &mut PgConnection, operator: OperatorId, this: &[u8]) -> QueryResult<usize> {
        let others = sessions::operator_id.eq(operator.0).and(sessions::token_hash.ne(this));
        diesel::delete(sessions::table.filter(others)).execute(conn)
    }

    /// Removes sessions that have ended.
    pub fn sweep(conn: &mut PgConnection, limits: Limits, now: DateTime<Utc>) -> QueryResult<usize> {
        let over = sessions::last_seen_at.le(now - limits.idle).or(sessions::created_at.le(now - limits.life));
        diesel::delete(sessions::table.filter(over)).execute(conn)
    }

    /// The sessions of an operator that have not ended, the one used last first, at most 50.
    pub fn of(
        conn: &mut PgConnection,
        operator: OperatorId,
        limits: Limits,
        now: DateTime<Utc>,
    ) -> QueryResult<Vec<SessionRow>> {
        sessions::table
            .filter(sessions::operator_id.eq(operator.0))
            .filter(sessions::last_seen_at.gt(now - limits.idle).and(sessions::created_at.gt(now - limits.life)))
            .order((sessions::last_seen_at.desc(), sessions::token_hash))
            .limit(50)
            .select((sessions::token_hash, sessions::created_at, sessions::last_seen_at))
            .load(conn)
    }
}

/// A session in a list.
#[derive(Clone, Debug, Queryable)]
pub struct SessionRow {
    token_hash: Vec<u8>,
    /// Time of the sign-in.
    pub created_at: DateTime<Utc>,
    /// Time of the last request, to the minute.
    pub last_seen_at: DateTime<Utc>,
}

impl SessionRow {
    /// Whether this is that session.
    pub fn is(&self, session: &Session) -> bool {
        self.token_hash == session.token_hash
    }

    /// What names the session in a form of its operator: the beginning of the hash, which is good for nothing else.
    pub fn label(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(&self.token_hash[..12.min(self.token_hash.len())])
    }

    /// Ends the session.
    pub fn end(&self, conn: &mut PgConnection) -> QueryResult<usize> {
        Session::end(conn, &self.token_hash)
    }
}

impl FromRequest for Session {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or(AppError::NotFound))
    }
}
