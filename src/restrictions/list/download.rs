//! Downloads the suppression list, and writes down that somebody did.

use actix_web::HttpResponse;
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::PgConnection;

use super::{
    asked::{Asked, NAMES},
    pages,
    store::{self, Entry},
};
use crate::{
    auth::{self, Action},
    console::Request,
    error::AppError,
    web::{FormData, Query, file},
};

/// Entries that are in memory at once.
const AT_ONCE: usize = 500;

const HEADER: [&str; 9] =
    ["kind", "channel", "address_channel", "address", "profile", "cause", "words", "until", "since"];

/// Answers with all entries that are asked for as CSV, the newest first.
pub async fn download(request: Request, sent: FormData) -> Result<HttpResponse, AppError> {
    let (now, state) = (request.now, request.state.clone());
    let (db, asking, query) = (state.db.clone(), request.clone(), Query(sent.0.clone()));
    let read =
        db.work(move |db| db.snapshot_now(|conn: &mut PgConnection| Ok(Asked::parse(&query, asking.reading(conn)?))));
    let Ok(asked) = read.await? else {
        let again = move |conn: &mut PgConnection| pages::show(&request, conn, &Query(sent.0.clone()));
        return Ok(db.work(move |db| db.snapshot_now(again)).await?.into());
    };
    // Which filters there were, without the address that somebody searched for.
    let filters: Vec<&str> = NAMES.into_iter().filter(|name| !sent.get(name).is_empty()).collect();
    let by = request.actor();
    let written = state.db.tx(move |conn| {
        let detail = serde_json::json!({ "filters": filters });
        auth::audit(conn, &by, Action::SuppressionsDownloaded, detail, now.at)
    });
    written.await?;
    let environment = request.scope().environment;
    let name = format!("suppressions-{}", now.day());
    Ok(file::csv(state, &name, &HEADER, move |conn, way| {
        let page = store::page(conn, environment, &asked, now.at, way, AT_ONCE)?;
        let rows = page.rows.iter().map(row).collect();
        Ok((rows, page.rows.last().map(|entry| entry.place).filter(|_| page.has_next)))
    }))
}

/// An entry as cells.
fn row(entry: &Entry) -> Vec<String> {
    let (key, held) = (&entry.restriction.key, &entry.restriction.held);
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let cells: [String; HEADER.len()] = [
        key.kind().as_str().to_owned(),
        key.channel_text().to_owned(),
        key.contact().map_or("", |contact| contact.channel.as_str()).to_owned(),
        key.contact().map(|contact| contact.address.clone()).unwrap_or_default(),
        entry.profile.map(|profile| profile.to_string()).unwrap_or_default(),
        held.cause.as_str().to_owned(),
        held.words.clone().unwrap_or_default(),
        held.until.map(time).unwrap_or_default(),
        time(entry.restriction.stamp.time()),
    ];
    cells.into()
}
