//! The list of profiles whom a filter selects, and the two forms in which lists of profiles are answered.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
};
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    lists,
    profile::{self, Fields},
};
use crate::{
    api::{Caller, Fault},
    db::{ids::EnvironmentId, keyset::Cursor},
    filter::{self, FilterError, Predicate},
    profiles::{ById, Selection},
    rejections::codes,
    state::AppState,
    web::pairs::Pairs,
};

/// First letter of the cursors.
const LIST: char = 'f';

const NDJSON: &str = "application/x-ndjson";

/// A page of the profiles that the filter selects, by their own ids.
pub async fn profiles(
    state: &AppState,
    caller: &Caller,
    request: &HttpRequest,
    fields: Fields,
    limit: usize,
) -> Result<HttpResponse, Fault> {
    let query = Pairs::parse(request.query_string().as_bytes());
    if !query.get("changed_since").is_empty() {
        let rule = "filter must not be given with changed_since";
        return Err(Fault::new(codes::INVALID_VALUE, rule).field("filter"));
    }
    let (typed, environment, now) = (query.get("filter").to_owned(), caller.environment(), caller.received_at);
    let after = lists::way(LIST, &query)?.place().map(|cursor| cursor.id);
    let asked = typed.clone();
    let found = state
        .senders
        .read(move |conn| {
            let predicate = match check(conn, environment, &asked, now)? {
                Ok(predicate) => predicate,
                Err(wrong) => return Ok(Err(wrong)),
            };
            let piece = ById::of(conn, Selection::By(predicate))?.next(conn, environment, after, limit)?;
            let mut rows =
                if piece.ids.is_empty() { Vec::new() } else { profile::load(conn, environment, &piece.ids, &fields)? };
            rows.sort_by_key(|shown| shown.id);
            Ok(Ok((rows, piece.next)))
        })
        .await?;
    let (rows, next) = found.map_err(|wrong| fault(&wrong, &typed))?;
    let next = next.map(|id: Uuid| format!("{LIST}{}", Cursor { at: DateTime::UNIX_EPOCH, id }));
    Ok(answer(request, rows.into_iter().map(|shown| shown.document).collect(), next))
}

fn check(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    typed: &str,
    now: DateTime<Utc>,
) -> QueryResult<Result<Predicate, FilterError>> {
    match filter::parse(typed) {
        Ok(parsed) => parsed.check(conn, environment, now),
        Err(wrong) => Ok(Err(wrong)),
    }
}

fn fault(wrong: &FilterError, typed: &str) -> Fault {
    let fault =
        Fault::new(codes::INVALID_VALUE, format!("filter, character {}: {}", wrong.column(typed), wrong.message));
    let fault = fault.field("filter").with("column", json!(wrong.column(typed)));
    match wrong.corrected(typed) {
        Some(suggestion) => fault.with("suggestion", json!(suggestion)),
        None => fault,
    }
}

/// A page of profiles: as one JSON object, or as a profile a line if the call accepts that.
pub fn answer(request: &HttpRequest, rows: Vec<Value>, next: Option<String>) -> HttpResponse {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accepted.contains(NDJSON) {
        return HttpResponse::Ok().json(json!({"profiles": rows, "next_cursor": next}));
    }
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CONTENT_TYPE, NDJSON));
    if let Some(next) = next {
        let query = Pairs::parse(request.query_string().as_bytes()).with("cursor", &next);
        let link = format!("<{}>; rel=\"next\"", query.address(request.path()));
        answer.insert_header((header::LINK, HeaderValue::from_str(&link).unwrap_or(HeaderValue::from_static(""))));
    }
    answer.body(rows.iter().flat_map(|row| [row.to_string(), "\n".to_owned()]).collect::<String>())
}
