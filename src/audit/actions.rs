//! Downloads the audit log, and writes down that it was.

use std::io;

use actix_web::{
    HttpResponse,
    http::header,
    rt,
    web::{Bytes, Data},
};
use diesel::PgConnection;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    asked::{Asked, NAMES},
    pages,
    row::Names,
    store::{self, Line},
};
use crate::{
    auth::{self, Action, Actor, Place},
    console::{Request, Scope},
    db::keyset::Seek,
    error::AppError,
    state::AppState,
    web::{FormData, Pieces, Query, cell},
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
    let (sender, receiver) = mpsc::channel(2);
    rt::spawn(send(state, request.scope().clone(), asked, sender));
    let name = format!("attachment; filename=\"audit-log-{}.csv\"", now.day());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(Pieces(receiver)))
}

/// Sends the file piece by piece. A piece waits until the one before is taken, so a slow reader holds neither memory nor a connection.
async fn send(state: Data<AppState>, scope: Scope, asked: Asked, sender: mpsc::Sender<io::Result<Bytes>>) {
    let (mut way, mut is_first) = (Seek::Start, true);
    loop {
        let (scope, asked) = (scope.clone(), asked.clone());
        let piece = state.db.read(move |conn| {
            let page = store::page(conn, scope.workspace.id, &asked, way, AT_ONCE)?;
            let names = Names::load(conn, &scope, &page.rows)?;
            Ok((page.rows.last().map(|line| line.id).filter(|_| page.has_next), written(&page.rows, &names, is_first)))
        });
        let (last, piece): (Option<Uuid>, io::Result<Bytes>) = match piece.await {
            Ok(read) => read,
            // The file ends in the middle, and the browser says so.
            Err(error) => {
                error.log();
                (None, Err(io::Error::other("the audit log could not be read")))
            }
        };
        let is_taken = sender.send(piece).await.is_ok();
        let Some(last) = last.filter(|_| is_taken) else { return };
        (way, is_first) = (Seek::After(last), false);
    }
}

/// Lines as CSV.
fn written(lines: &[Line], names: &Names, is_first: bool) -> io::Result<Bytes> {
    let mut file = csv::Writer::from_writer(Vec::new());
    if is_first {
        file.write_record(HEADER)?;
    }
    for line in lines {
        let (name, email) = line.by.clone().unwrap_or_default();
        let said: Vec<String> = names.sentence(line).into_iter().map(|part| part.text).collect();
        let environment = names.environment(line).map_or("", |kind| kind.as_str());
        let address = line.address.map(|address| address.to_string()).unwrap_or_default();
        let cells: [&str; HEADER.len()] = [
            &line.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            &name,
            &email,
            &said.join(" "),
            line.action.as_str(),
            environment,
            &address,
            if line.is_refusal { "yes" } else { "no" },
        ];
        file.write_record(cells.map(|text| cell(text).into_owned()))?;
    }
    file.into_inner().map(Bytes::from).map_err(|error| io::Error::other(error.to_string()))
}
