//! Lists, a page at a time: `limit` rows from `cursor` on. Each list has cursors of its own, by their first letter.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{filtered, profile, reference};
use crate::{
    activity::{self, Period},
    api::{Caller, Fault, formats::native, path_part},
    db::{
        ids::{EnvironmentId, ProfileKey},
        keyset::{Cursor, Page, Seek, seek},
        schema::profiles,
    },
    ingest::time,
    rejections::{self, codes},
    state::AppState,
    web::{Now, pairs::Pairs},
};

/// Rows of a page at most.
const MOST: usize = 200;
/// Rows of a page by default.
const USUAL: usize = 50;

/// Profiles, or the one with an identifier. They come in the order of their own ids, which they keep for good, so a walk meets each once,
/// whatever happens meanwhile. Those that changed since a time come by their last change: who changes during the walk moves to its end.
pub async fn profiles(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let query = Pairs::parse(request.query_string().as_bytes());
    let fields: profile::Fields = query.get("fields").parse()?;
    if !query.get("identifier").is_empty() {
        native::read_reference("identifier", query.get("identifier"), caller.reading)?;
        let person = reference::person(&state, &caller, query.get("identifier")).await?;
        return Ok(super::read::one(super::read::load(&state, &caller, person, fields).await?));
    }
    let (limit, environment) = (limit(&query)?, caller.environment());
    if !query.get("filter").is_empty() {
        return filtered::profiles(&state, &caller, &request, fields, limit).await;
    }
    let since = match query.get("changed_since") {
        "" => None,
        text => Some(time("changed_since", text)?),
    };
    let list = if since.is_some() { 'c' } else { 'p' };
    let way = way(list, &query)?;
    let (places, mut found) = state
        .senders
        .read(move |conn| {
            let page = match since {
                Some(since) => changed(conn, environment, since, limit, way)?,
                None => walked(conn, environment, limit, way)?,
            };
            let ids: Vec<Uuid> = page.rows.iter().map(|place| place.id).collect();
            let found = if ids.is_empty() { Vec::new() } else { profile::load(conn, environment, &ids, &fields)? };
            Ok((page, found))
        })
        .await?;
    found.sort_by_key(|shown| places.rows.iter().position(|place| shown.id.0 == place.id));
    let rows = found.into_iter().map(|shown| shown.document).collect();
    let next = next_cursor(list, &places, |place| *place);
    Ok(filtered::answer(&request, rows, next))
}

fn walked(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    limit: usize,
    way: Seek<Cursor>,
) -> QueryResult<Page<Cursor>> {
    let mut query = profiles::table
        .filter(profiles::environment_id.eq(environment.0))
        .filter(profiles::merged_into.is_null())
        .select(profiles::id)
        .order(profiles::id)
        .limit(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .into_boxed();
    if let Some(last) = way.place() {
        query = query.filter(profiles::id.gt(last.id));
    }
    let ids: Vec<Uuid> = query.load(conn)?;
    let places = ids.into_iter().map(|id| Cursor { at: DateTime::UNIX_EPOCH, id });
    Ok(Page::from_read(places.collect(), limit, &way))
}

fn changed(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    since: DateTime<Utc>,
    limit: usize,
    way: Seek<Cursor>,
) -> QueryResult<Page<Cursor>> {
    use profiles::{id, updated_at};
    let query = profiles::table
        .filter(profiles::environment_id.eq(environment.0))
        .filter(profiles::merged_into.is_null())
        .filter(updated_at.ge(since))
        .select((updated_at, id))
        .limit(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .into_boxed();
    let rows: Vec<(DateTime<Utc>, Uuid)> = seek!(query, way.columns(), false, (updated_at, id)).load(conn)?;
    Ok(Page::from_read(rows.into_iter().map(|row| Cursor { at: row.0, id: row.1 }).collect(), limit, &way))
}

/// Events of a profile.
pub async fn activity(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let query = Pairs::parse(request.query_string().as_bytes());
    let (way, size, environment) = (way('a', &query)?, limit(&query)?, caller.environment());
    let period = Period::parse(&query.with("period", "all"), Now::new(caller.received_at, chrono_tz::UTC));
    let found = state
        .senders
        .read(move |conn| {
            let Some(profile) = profile::find(conn, environment, &person)? else { return Ok(None) };
            activity::timeline(conn, ProfileKey { environment, profile }, &period, way, size).map(Some)
        })
        .await?;
    let found = found.ok_or_else(profile::missing)?;
    let rows = found.rows.iter().map(|row| {
        json!({
            "type": "event", "id": row.id, "kind": row.kind, "name": row.name, "occurred_at": row.occurred_at,
            "received_at": row.received_at, "source": row.source, "properties": row.properties, "context": row.context,
        })
    });
    Ok(page('a', "activity", rows.collect(), &found, |row| Cursor { at: row.occurred_at, id: row.id }))
}

/// Rejections of all keys of the environment.
pub async fn rejections(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let query = Pairs::parse(request.query_string().as_bytes());
    let (way, size, environment) = (way('r', &query)?, limit(&query)?, caller.environment());
    let found = state.senders.read(move |conn| rejections::page(conn, environment, None, None, way, size)).await?;
    let rows = found.rows.iter().map(|row| {
        json!({
            "received_at": row.received_at, "id": row.id, "key": row.key, "format": row.format, "type": row.kind,
            "code": row.code, "field": row.field, "message": row.message, "item": row.item, "index": row.index,
            "rest_kept": row.rest_kept,
        })
    });
    Ok(page('r', "rejections", rows.collect(), &found, |row| Cursor { at: row.received_at, id: row.id }))
}

pub(super) fn limit(query: &Pairs) -> Result<usize, Fault> {
    match query.get("limit") {
        "" => Ok(USUAL),
        text => text.parse().ok().filter(|limit| (1..=MOST).contains(limit)).ok_or_else(|| {
            Fault::new(codes::INVALID_VALUE, format!("limit must be 1 to {MOST}; got {text:?}")).field("limit")
        }),
    }
}

pub(super) fn way(list: char, query: &Pairs) -> Result<Seek<Cursor>, Fault> {
    let wrong = || {
        let rule = "cursor must be the next_cursor of the page before, of the same list with the same filter";
        Fault::new(codes::INVALID_VALUE, rule).field("cursor")
    };
    match query.get("cursor") {
        "" => Ok(Seek::Start),
        text => text.strip_prefix(list).and_then(|rest| rest.parse().ok()).map(Seek::After).ok_or_else(wrong),
    }
}

fn page<T>(list: char, name: &str, rows: Vec<Value>, page: &Page<T>, place: impl Fn(&T) -> Cursor) -> HttpResponse {
    let next = next_cursor(list, page, place);
    HttpResponse::Ok().json(json!({name: rows, "next_cursor": next}))
}

pub(super) fn next_cursor<T>(list: char, page: &Page<T>, place: impl Fn(&T) -> Cursor) -> Option<String> {
    page.rows.last().filter(|_| page.has_next).map(|last| format!("{list}{}", place(last)))
}
