//! The audit log: what operators did outside profiles, and refusals, with the address of the client.
//!
//! Anybody can cause refusals, so they are bounded: 120 a minute are written, the rest is counted, and the newest 100,000 are kept.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use actix_web::{HttpRequest, rt, web::Data};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Text, Timestamptz},
};
use serde_json::{Value, json};

use super::{Action, operators};
use crate::{
    db::{
        ids::{EnvironmentId, OperatorId, WorkspaceId, new_id},
        schema::{audit_log, environments},
        sql_query,
    },
    error::RefusedForm,
    json::Json,
    state::{self, AppState},
    web::client_address,
};

const PER_MINUTE: u32 = 120;
/// Days that rows are kept.
const KEPT_DAYS: i64 = 400;
const KEPT_REFUSALS: i64 = 100_000;
/// Rows of each sort that one sweep removes at most.
const A_SWEEP: i64 = 20_000;

/// A refused request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// A sign-in: no such account, or a wrong password.
    SignIn,
    /// A new password: the present one was wrong.
    Password,
    /// A sign-in after too many failures.
    ManySignIns,
    /// A request beyond the operator's role: the permission that it lacks.
    Permission(&'static str),
    /// A form that no page of the console sent.
    Form(RefusedForm),
}

impl Denied {
    fn action(self) -> Action {
        match self {
            Self::SignIn => Action::SignInRefused,
            Self::Password => Action::PasswordRefused,
            Self::ManySignIns => Action::ManySignInsRefused,
            Self::Permission(_) => Action::PermissionRefused,
            Self::Form(_) => Action::FormRefused,
        }
    }

    fn detail(self) -> Value {
        match self {
            Self::SignIn | Self::Password | Self::ManySignIns => json!({}),
            Self::Permission(permission) => json!({ "permission": permission }),
            Self::Form(why) => json!({ "why": why.name() }),
        }
    }
}

/// Account that a request was refused to.
#[derive(Clone, Debug)]
pub enum To {
    /// Unknown.
    Anybody,
    Operator(OperatorId),
    /// The operator with this email, if there is one. The typed email is not written: it may be a password.
    Email(String),
}

/// Bounds the refusals that are written per minute.
#[derive(Default)]
pub struct Refusals(Mutex<Written>);

#[derive(Default)]
struct Written {
    since: DateTime<Utc>,
    count: u32,
    left_out: u64,
}

impl Refusals {
    /// Whether one more refusal may be written now: `Some` with the number left out since the last one that was written.
    fn admit(&self, now: DateTime<Utc>) -> Option<u64> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if (now - written.since).abs() >= TimeDelta::minutes(1) {
            (written.since, written.count) = (now, 0);
        }
        if written.count >= PER_MINUTE {
            written.left_out += 1;
            return None;
        }
        written.count += 1;
        Some(std::mem::take(&mut written.left_out))
    }

    /// Counts refusals whose write failed.
    fn missed(&self, count: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).left_out += count;
    }
}

/// What a line of the audit log is about: it is read by the admins of that workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Workspace(WorkspaceId),
    /// An environment, which the detail names too.
    Environment(EnvironmentId),
    /// The workspace with this slug, if the operator is a member.
    Named(String),
    /// The operator: each of their workspaces gets a line. One without a workspace is read by nobody on a page.
    Operator,
    /// All workspaces of the server: read by organisation admins.
    Organisation,
}

/// Who did something, where, and from which address.
#[derive(Clone, Debug)]
pub struct Actor {
    pub place: Place,
    /// `None` for the command line and for strangers.
    pub operator: Option<OperatorId>,
    /// The client's address; `None` if it does not matter or is not known.
    pub address: Option<IpAddr>,
}

impl Actor {
    /// Whoever has a shell on the server.
    pub fn command_line(place: Place) -> Self {
        Self { place, operator: None, address: None }
    }
}

/// Writes what an operator did outside profiles to the audit log. `detail` says to what, by ids and names of things, never by what people
/// typed into secret fields.
pub fn audit(
    conn: &mut PgConnection,
    by: &Actor,
    action: Action,
    detail: Value,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    write(conn, by, action, detail, false, now)
}

fn write(
    conn: &mut PgConnection,
    by: &Actor,
    action: Action,
    mut detail: Value,
    is_refusal: bool,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if let Place::Environment(environment) = by.place {
        detail["environment"] = environment.0.into();
    }
    let row = |workspace: Option<WorkspaceId>| {
        (
            audit_log::id.eq(new_id(now)),
            audit_log::at.eq(now),
            audit_log::workspace_id.eq(workspace.map(|workspace| workspace.0)),
            audit_log::operator_id.eq(by.operator.map(|operator| operator.0)),
            audit_log::action.eq(action.as_str()),
            audit_log::detail.eq(Json(detail.clone())),
            audit_log::address.eq(by.address.map(|address| address.to_string())),
            audit_log::is_refusal.eq(is_refusal),
        )
    };
    let workspaces = workspaces(conn, by)?;
    let rows: Vec<_> = if workspaces.is_empty() {
        vec![row(None)]
    } else {
        workspaces.into_iter().map(|workspace| row(Some(workspace))).collect()
    };
    diesel::insert_into(audit_log::table).values(rows).execute(conn)
}

/// The workspaces whose admins read of it.
fn workspaces(conn: &mut PgConnection, by: &Actor) -> QueryResult<Vec<WorkspaceId>> {
    match (&by.place, by.operator) {
        (Place::Workspace(workspace), _) => Ok(vec![*workspace]),
        (Place::Environment(environment), _) => {
            environments::table.find(environment.0).select(environments::workspace_id).limit(1).load(conn)
        }
        (Place::Named(slug), Some(operator)) => operators::workspaces_of(conn, operator, Some(slug)),
        (Place::Operator, Some(operator)) => operators::workspaces_of(conn, operator, None),
        (Place::Named(_) | Place::Operator, None) | (Place::Organisation, _) => Ok(Vec::new()),
    }
}

/// Writes a refusal to the audit log in the background: the request neither waits for the write nor fails with it.
pub fn note(state: &Data<AppState>, request: &HttpRequest, to: To, denied: Denied) {
    let (now, address) = (state.clock.now(), client_address(request, &state.config.server.proxies));
    let Ok(refusals) = state::data::<Refusals>(request) else { return };
    let Some(left_out) = refusals.admit(now) else { return };
    let mut detail = denied.detail();
    if left_out > 0 {
        detail["left_out_before"] = left_out.into();
    }
    let place = request.match_info().get("workspace").map_or(Place::Operator, |slug| Place::Named(slug.to_owned()));
    let state = state.clone();
    rt::spawn(async move {
        let written = state.db.tx(move |conn| {
            let operator = match &to {
                To::Anybody => None,
                To::Operator(id) => Some(*id),
                To::Email(email) => operators::find(conn, email)?.map(|found| found.id),
            };
            let by = Actor { place: place.clone(), operator, address };
            write(conn, &by, denied.action(), detail.clone(), true, now)
        });
        if let Err(error) = written.await {
            refusals.missed(left_out + 1);
            tracing::warn!(%error, "a refusal was not written down");
        }
    });
}

/// Removes rows older than 400 days, except the actions `marks`, and refusals beyond the newest 100,000; 20,000 of each at most.
pub fn sweep(conn: &mut PgConnection, marks: &[&str], now: DateTime<Utc>) -> QueryResult<usize> {
    let old = sql_query(
        "DELETE FROM audit_log WHERE id IN \
         (SELECT id FROM audit_log WHERE at < $1 AND action <> ALL($2) ORDER BY at, id LIMIT $3)",
    );
    let too_many = sql_query(
        "DELETE FROM audit_log WHERE id IN \
         (SELECT id FROM audit_log WHERE is_refusal ORDER BY at DESC, id DESC OFFSET $1 LIMIT $2)",
    );
    let old = old.bind::<Timestamptz, _>(now - TimeDelta::days(KEPT_DAYS)).bind::<Array<Text>, _>(marks);
    Ok(old.bind::<BigInt, _>(A_SWEEP).execute(conn)?
        + too_many.bind::<BigInt, _>(KEPT_REFUSALS).bind::<BigInt, _>(A_SWEEP).execute(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_written_a_minute_and_the_rest_is_counted() {
        let (refusals, mut now) = (Refusals::default(), DateTime::UNIX_EPOCH + TimeDelta::days(1));
        assert_eq!((0..200).filter(|_| refusals.admit(now).is_some()).count(), PER_MINUTE as usize);
        refusals.missed(1);
        now += TimeDelta::minutes(1);
        assert_eq!(refusals.admit(now), Some(81));
        assert_eq!(refusals.admit(now), Some(0));
    }
}
