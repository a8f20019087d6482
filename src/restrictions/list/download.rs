//! Downloads the suppression list, and writes down that somebody did.

use std::io;

use actix_web::{
    HttpResponse,
    http::header,
    rt,
    web::{Bytes, Data},
};
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::PgConnection;
use tokio::sync::mpsc;

use super::{
    asked::{Asked, NAMES},
    pages,
    store::{self, Entry},
};
use crate::{
    auth::{self, Action},
    console::{Request, Scope},
    db::keyset::{Cursor, Seek},
    error::AppError,
    state::AppState,
    web::{FormData, Pieces, Query, cell},
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
    let (sender, receiver) = mpsc::channel(2);
    rt::spawn(send(state, request.scope().clone(), asked, now.at, sender));
    let name = format!("attachment; filename=\"suppressions-{}.csv\"", now.day());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(Pieces(receiver)))
}

/// Sends the file piece by piece. A piece waits until the one before is taken, so a slow reader holds neither memory nor a connection.
async fn send(
    state: Data<AppState>,
    scope: Scope,
    asked: Asked,
    now: DateTime<Utc>,
    sender: mpsc::Sender<io::Result<Bytes>>,
) {
    let (mut way, mut is_first) = (Seek::Start, true);
    loop {
        let asked = asked.clone();
        let piece = state.db.read(move |conn| {
            let page = store::page(conn, scope.environment, &asked, now, way, AT_ONCE)?;
            let last = page.rows.last().map(|entry| entry.place).filter(|_| page.has_next);
            Ok((last, written(&page.rows, is_first)))
        });
        let (last, piece): (Option<Cursor>, io::Result<Bytes>) = match piece.await {
            Ok(read) => read,
            // The file ends in the middle, and the browser says so.
            Err(error) => {
                error.log();
                (None, Err(io::Error::other("the suppression list could not be read")))
            }
        };
        let is_taken = sender.send(piece).await.is_ok();
        let Some(last) = last.filter(|_| is_taken) else { return };
        (way, is_first) = (Seek::After(last), false);
    }
}

/// Entries as CSV.
fn written(entries: &[Entry], is_first: bool) -> io::Result<Bytes> {
    let mut file = csv::Writer::from_writer(Vec::new());
    if is_first {
        file.write_record(HEADER)?;
    }
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    for entry in entries {
        let (key, held) = (&entry.restriction.key, &entry.restriction.held);
        let cells: [&str; HEADER.len()] = [
            key.kind().as_str(),
            key.channel_text(),
            key.contact().map_or("", |contact| contact.channel.as_str()),
            key.contact().map_or("", |contact| &contact.address),
            &entry.profile.map(|profile| profile.to_string()).unwrap_or_default(),
            held.cause.as_str(),
            held.words.as_deref().unwrap_or_default(),
            &held.until.map(time).unwrap_or_default(),
            &time(entry.restriction.stamp.time()),
        ];
        file.write_record(cells.map(|text| cell(text).into_owned()))?;
    }
    file.into_inner().map(Bytes::from).map_err(|error| io::Error::other(error.to_string()))
}
