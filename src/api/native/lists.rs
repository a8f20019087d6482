//! Lists, a page at a time: `limit` rows from `cursor` on, newest first.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{profile, reference};
use crate::{
    activity::{self, Period},
    api::{Caller, Fault, formats::native, path_part},
    db::{
        ids::{EnvironmentId, ProfileKey},
        keyset::{Cursor, Page, Seek, seek},
        schema::profile_activity,
    },
    rejections::{self, codes},
    state::AppState,
    web::{Now, pairs::Pairs},
};

/// Rows of a page at most.
const MOST: usize = 200;
/// Rows of a page by default.
const USUAL: usize = 50;

/// Profiles, the last seen first, or the one with an identifier.
pub async fn profiles(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let query = Pairs::parse(request.query_string().as_bytes());
    let fields: profile::Fields = query.get("fields").parse()?;
    if !query.get("identifier").is_empty() {
        native::read_reference("identifier", query.get("identifier"))?;
        let person = reference::person(&state, &caller, query.get("identifier")).await?;
        return Ok(HttpResponse::Ok().json(super::read::load(&state, &caller, person, fields).await?));
    }
    let (limit, way, environment) = (limit(&query)?, way(&query)?, caller.environment());
    let (places, mut found) = state
        .db
        .read(move |conn| {
            let page = seen(conn, environment, limit, way)?;
            let ids: Vec<Uuid> = page.rows.iter().map(|place| place.id).collect();
            let found = if ids.is_empty() { Vec::new() } else { profile::load(conn, environment, &ids, &fields)? };
            Ok((page, found))
        })
        .await?;
    let rank = |profile: &Value| places.rows.iter().position(|place| profile["id"] == place.id.to_string());
    found.sort_by_key(rank);
    Ok(page("profiles", found, &places, |place| *place))
}

fn seen(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    limit: usize,
    way: Seek<Cursor>,
) -> QueryResult<Page<Cursor>> {
    use profile_activity::{last_seen_at, profile_id};
    let query = profile_activity::table
        .filter(profile_activity::environment_id.eq(environment.0))
        .select((last_seen_at, profile_id))
        .limit(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .into_boxed();
    let rows: Vec<(DateTime<Utc>, Uuid)> = seek!(query, way.columns(), true, (last_seen_at, profile_id)).load(conn)?;
    Ok(Page::from_read(rows.into_iter().map(|(at, id)| Cursor { at, id }).collect(), limit, &way))
}

/// Events of a profile.
pub async fn activity(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let query = Pairs::parse(request.query_string().as_bytes());
    let (way, size, environment) = (way(&query)?, limit(&query)?, caller.environment());
    let period = Period::parse(&query.with("period", "all"), Now::new(caller.received_at, chrono_tz::UTC));
    let found = state
        .db
        .read(move |conn| {
            let Some(profile) = profile::find(conn, environment, &person)? else { return Ok(None) };
            activity::timeline(conn, ProfileKey { environment, profile }, &period, (way, size)).map(Some)
        })
        .await?;
    let found = found.ok_or_else(profile::missing)?;
    let rows = found.rows.iter().map(|row| {
        json!({
            "type": "event", "id": row.id, "kind": row.kind, "name": row.name, "occurred_at": row.occurred_at,
            "received_at": row.received_at, "source": row.source, "properties": row.properties, "context": row.context,
        })
    });
    Ok(page("activity", rows.collect(), &found, |row| Cursor { at: row.occurred_at, id: row.id }))
}

/// Rejections of all keys of the environment.
pub async fn rejections(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let query = Pairs::parse(request.query_string().as_bytes());
    let (way, size, environment) = (way(&query)?, limit(&query)?, caller.environment());
    let found = state.db.read(move |conn| rejections::page(conn, environment, (None, None), (way, size))).await?;
    let rows = found.rows.iter().map(|row| {
        json!({
            "received_at": row.received_at, "id": row.id, "key": row.key, "format": row.format, "type": row.kind,
            "code": row.code, "field": row.field, "message": row.message, "item": row.item, "index": row.index,
            "rest_kept": row.rest_kept,
        })
    });
    Ok(page("rejections", rows.collect(), &found, |row| Cursor { at: row.received_at, id: row.id }))
}

fn limit(query: &Pairs) -> Result<usize, Fault> {
    match query.get("limit") {
        "" => Ok(USUAL),
        text => text.parse().ok().filter(|limit| (1..=MOST).contains(limit)).ok_or_else(|| {
            Fault::new(codes::INVALID_VALUE, format!("limit must be 1 to {MOST}; got {text:?}")).field("limit")
        }),
    }
}

fn way(query: &Pairs) -> Result<Seek<Cursor>, Fault> {
    match query.get("cursor") {
        "" => Ok(Seek::Start),
        text => text.parse().map(Seek::After).map_err(|()| {
            Fault::new(codes::INVALID_VALUE, "cursor must be the next_cursor of the page before").field("cursor")
        }),
    }
}

fn page<T>(name: &str, rows: Vec<Value>, page: &Page<T>, place: impl Fn(&T) -> Cursor) -> HttpResponse {
    let next = page.rows.last().filter(|_| page.has_next).map(|last| place(last).to_string());
    HttpResponse::Ok().json(json!({name: rows, "next_cursor": next}))
}
