//! Reads lines of the audit log.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, dsl::not, prelude::*};
use serde_json::Value;
use uuid::Uuid;

use super::asked::Asked;
use crate::{
    auth::Action,
    db::{
        ids::{OperatorId, WorkspaceId, first_id},
        keyset::{Page, Seek},
        schema::{audit_log, operators},
    },
    json::Json,
};

/// A line of the audit log.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    /// Name and email of the operator; `None` for strangers and the command line.
    pub by: Option<(String, String)>,
    pub action: Action,
    /// To what it was done.
    pub detail: Value,
    pub address: Option<IpAddr>,
    pub is_refusal: bool,
}

/// A page of at most `size` lines about a workspace, or without one about the organisation, newest first. Ids begin with the time, so they are the order, and the bounds of days.
pub fn page(
    conn: &mut PgConnection,
    workspace: Option<WorkspaceId>,
    asked: &Asked,
    way: Seek<Uuid>,
    size: usize,
) -> QueryResult<Page<Line>> {
    type Row = (Uuid, DateTime<Utc>, Option<(String, String)>, String, Json, Option<String>, bool);
    // Marks of generated data, and what a later version may write, are no lines.
    let actions = Action::ALL.into_iter().filter(|action| asked.topic.is_none_or(|topic| action.topic() == topic));
    let mut query = audit_log::table
        .left_join(operators::table.on(audit_log::operator_id.eq(operators::id.nullable())))
        .filter(audit_log::action.eq_any(actions.map(Action::as_str).collect::<Vec<_>>()))
        .select((
            audit_log::id,
            audit_log::at,
            (operators::name, operators::email).nullable(),
            audit_log::action,
            audit_log::detail,
            audit_log::address,
            audit_log::is_refusal,
        ))
        .limit(i64::try_from(size + 1).unwrap_or(i64::MAX))
        .into_boxed();
    query = match workspace {
        Some(workspace) => query.filter(audit_log::workspace_id.eq(workspace.0)),
        // What strangers are refused belongs to no workspace either, and is nothing of the organisation.
        None => query.filter(audit_log::workspace_id.is_null().and(not(audit_log::is_refusal))),
    };
    if let Some(OperatorId(operator)) = asked.operator {
        query = query.filter(audit_log::operator_id.eq(operator));
    }
    if let Some(from) = asked.from {
        query = query.filter(audit_log::id.ge(first_id(from)));
    }
    if let Some(until) = asked.until {
        query = query.filter(audit_log::id.lt(first_id(until)));
    }
    if asked.only_refusals {
        query = query.filter(audit_log::is_refusal);
    }
    query = match way {
        Seek::Start => query.order(audit_log::id.desc()),
        Seek::After(id) => query.filter(audit_log::id.lt(id)).order(audit_log::id.desc()),
        Seek::Before(id) => query.filter(audit_log::id.gt(id)).order(audit_log::id.asc()),
    };
    let rows: Vec<Row> = query.load(conn)?;
    let line = |(id, at, by, action, detail, address, is_refusal): Row| {
        let (action, address) = (action.parse().ok()?, address.and_then(|address| address.parse().ok()));
        Some(Line { id, at, by, action, detail: detail.0, address, is_refusal })
    };
    Ok(Page::from_read(rows.into_iter().filter_map(line).collect(), size, &way))
}
