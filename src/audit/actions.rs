//! Downloads the audit log, and writes down that it was.

use actix_web::HttpResponse;
use chrono::SecondsFormat;
use diesel::PgConnection;
use serde_json::{Map, Value};

use super::{
    asked::{Asked, NAMES},
    pages,
    row::Names,
    store::{self, Line},
};
use crate::{
    auth::{self, Action, Actor, Place},
    console::Request,
    error::AppError,
    web::{FormData, Query, file},
};

/// Lines that are in memory at once.
const AT_ONCE: usize = 500;

const HEADER: [&str; 8] = ["time", "name", "email", "what", "action", "environment", "address", "refused"];

/// Answers with all lines that are asked for as CSV, the newest first, up to the line about this download.
pub async fn download(request: Request, sent: FormData) -> Result<HttpResponse, AppError> {
    let (now, state) = (request.now, request.state.clone());
    let Ok(asked) = Asked::parse(&sent, now) else {
        let db = request.state.db.clone();
        let again = move |conn: &mut PgConnection| pages::show(&request, conn, &Query(sent.0.clone()));
        return Ok(db.work(move |db| db.snapshot_now(again)).await?.into());
    };
    let filters: Map<String, Value> = NAMES
        .into_iter()
        .map(|name| (name.to_owned(), Value::from(sent.get(name))))
        .filter(|(_, value)| value != "")
        .collect();
    let by = Actor { place: Place::Workspace(request.scope().workspace.id), ..request.actor() };
    let written = state.db.tx(move |conn| {
        let detail = serde_json::json!({ "filters": filters });
        auth::audit(conn, &by, Action::AuditDownloaded, detail, now.at)
    });
    written.await?;
    let scope = request.scope().clone();
    let name = format!("audit-log-{}", now.day());
    Ok(file::csv(state, &name, &HEADER, move |conn, way| {
        let page = store::page(conn, Some(scope.workspace.id), &asked, way, AT_ONCE)?;
        let names = Names::load(conn, &scope, &page.rows)?;
        let rows = page.rows.iter().map(|line| row(line, &names)).collect();
        Ok((rows, page.rows.last().map(|line| line.id).filter(|_| page.has_next)))
    }))
}

/// A line as cells.
fn row(line: &Line, names: &Names) -> Vec<String> {
    let (name, email) = line.by.clone().unwrap_or_default();
    let said: Vec<String> = names.sentence(line).into_iter().map(|part| part.text).collect();
    let cells: [String; HEADER.len()] = [
        line.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        name,
        email,
        said.join(" "),
        line.action.as_str().to_owned(),
        names.environment(line).map_or("", |kind| kind.as_str()).to_owned(),
        line.address.map(|address| address.to_string()).unwrap_or_default(),
        if line.is_refusal { "yes" } else { "no" }.to_owned(),
    ];
    cells.into()
}
