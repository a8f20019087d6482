//! Segments: definitions, members, and why somebody is one.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use diesel::PgConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    lists::{limit, next_cursor, way},
    profile, reference,
};
use crate::{
    api::{
        Body, Caller, Fault,
        formats::native::{SegmentSaid, in_utc},
        path_part,
    },
    auth::{self, Action, Actor, Place},
    db::{
        ids::{EnvironmentId, SegmentId, new_id},
        keyset::Cursor,
    },
    filter::{Catalogue, Filter, Trace},
    rejections::codes,
    segments::{self, By, Segment, define::Wrong},
    state::AppState,
    web::pairs::Pairs,
};

fn missing() -> Fault {
    Fault::new(codes::NOT_FOUND, "There is no such segment.")
}

/// The segment in the address.
pub(super) fn asked(request: &HttpRequest) -> Result<SegmentId, Fault> {
    path_part(request, "segment")?.parse().map_err(|_| missing())
}

fn shown(segment: &Segment) -> Value {
    json!({
        "id": segment.id, "name": segment.name, "kind": segment.kind.as_str(), "description": segment.description,
        "folder": segment.folder, "tags": segment.tags, "definition": segment.definition.filter().map(ToString::to_string),
        "on_profiles": segment.on_profiles, "version": segment.version, "size": segment.count.size,
        "counted_at": segment.count.counted_at.map(in_utc), "broken": segment.count.broken,
        "archived_at": segment.archived_at.map(in_utc), "created_at": in_utc(segment.created_at),
        "updated_at": in_utc(segment.updated_at),
    })
}

/// All of the environment by name, archived ones last.
pub async fn list(state: Data<AppState>, caller: Caller) -> Result<HttpResponse, Fault> {
    let environment = caller.environment();
    let found = state.senders.read(move |conn| segments::all(conn, environment)).await?;
    Ok(HttpResponse::Ok().json(json!({"segments": found.iter().map(shown).collect::<Vec<_>>()})))
}

/// One of them.
pub async fn show(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let (environment, id) = (caller.environment(), asked(&request)?);
    let found = state.senders.read(move |conn| segments::find(conn, environment, id)).await?;
    Ok(HttpResponse::Ok().json(shown(&found.ok_or_else(missing)?)))
}

/// What is wrong with what a call says of a segment.
fn fault(wrong: Wrong) -> Fault {
    let (field, message) = match wrong {
        Wrong::Name(rule) => ("name", rule.to_owned()),
        Wrong::Definition(wrong) => ("definition", wrong.message),
        Wrong::Stale => ("name", "Somebody else changed this segment meanwhile.".to_owned()),
    };
    Fault::new(codes::INVALID_VALUE, format!("{field}: {message}")).field(field)
}

fn written(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    action: Action,
    [name, key]: [&str; 2],
    by: By,
) -> diesel::QueryResult<()> {
    let actor = Actor::command_line(Place::Environment(environment));
    auth::audit(conn, &actor, action, json!({ "segment": name, "what": format!("by {key}") }), by.at).map(drop)
}

/// Makes a live segment, or one that a system keeps. A repeat under the same `Idempotency-Key` makes no second one.
pub async fn create(state: Data<AppState>, caller: Caller, body: Body) -> Result<HttpResponse, Fault> {
    let (kind, wish) = SegmentSaid::read_new(&body.0)?;
    let id = SegmentId(match &caller.repeat_as {
        Some(name) => Uuid::new_v5(&caller.key().0, name.as_bytes()),
        None => new_id(caller.received_at),
    });
    let (environment, key) = (caller.environment(), caller.name().to_owned());
    let by = By { operator: None, at: caller.received_at };
    let made = state.senders.tx(move |conn| {
        if let Some(known) = segments::find(conn, environment, id)? {
            return Ok(Ok(Some(known)));
        }
        match segments::define::create(conn, environment, id, kind, &wish, by)? {
            Err(wrong) => Ok(Err(wrong)),
            Ok(()) => {
                written(conn, environment, Action::SegmentMade, [wish.name.as_str(), &key], by)?;
                segments::find(conn, environment, id).map(Ok)
            }
        }
    });
    let made = made.await?.map_err(fault)?.ok_or_else(missing)?;
    Ok(HttpResponse::Created().json(shown(&made)))
}

/// Changes what is said; the rest stays.
pub async fn change(
    state: Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Fault> {
    let said = SegmentSaid::read(&body.0)?;
    let (environment, id, key) = (caller.environment(), asked(&request)?, caller.name().to_owned());
    let by = By { operator: None, at: caller.received_at };
    let changed = state.senders.tx(move |conn| {
        let Some(known) = segments::find(conn, environment, id)? else { return Ok(Ok(None)) };
        let Some(wish) = said.changed(&known) else { return Ok(Err(Wrong::Name("Give the segment a name."))) };
        match segments::define::change(conn, environment, (id, known.version), &wish, by)? {
            Err(wrong) => Ok(Err(wrong)),
            Ok(views) => {
                let by_key = match views.as_slice() {
                    [] => key.clone(),
                    views => format!("{key}, renamed in the shared views {}", views.join(", ")),
                };
                written(conn, environment, Action::SegmentChanged, [wish.name.as_str(), &by_key], by)?;
                segments::find(conn, environment, id).map(Ok)
            }
        }
    });
    Ok(HttpResponse::Ok().json(shown(&changed.await?.map_err(fault)?.ok_or_else(missing)?)))
}

/// Members in the order of their own ids, a page at a time.
pub async fn members(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let query = Pairs::parse(request.query_string().as_bytes());
    let (way, size, environment, id) = (way('s', &query)?, limit(&query)?, caller.environment(), asked(&request)?);
    let found = state.senders.read(move |conn| match segments::find(conn, environment, id)? {
        Some(_) => segments::members(conn, environment, id, way, size).map(Some),
        None => Ok(None),
    });
    let page = found.await?.ok_or_else(missing)?;
    let rows: Vec<Value> =
        page.rows.iter().map(|(profile, since)| json!({"profile": profile, "since": in_utc(*since)})).collect();
    let next = next_cursor('s', &page, |(profile, _)| Cursor { at: chrono::DateTime::UNIX_EPOCH, id: profile.0 });
    Ok(HttpResponse::Ok().json(json!({"members": rows, "next_cursor": next})))
}

/// The segments in which somebody is.
pub async fn of_profile(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let environment = caller.environment();
    let found = state.senders.read(move |conn| {
        let Some(profile) = profile::find(conn, environment, &person)? else { return Ok(None) };
        let since = segments::memberships(conn, environment, profile)?;
        Ok(Some((segments::named(conn, environment)?, since)))
    });
    let (named, since) = found.await?.ok_or_else(profile::missing)?;
    let rows: Vec<Value> = named
        .iter()
        .filter_map(|(id, name)| Some(json!({"id": id, "name": name, "since": in_utc(*since.get(id)?)})))
        .collect();
    Ok(HttpResponse::Ok().json(json!({"segments": rows})))
}

/// Whether somebody is in a segment, and why.
pub async fn why(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let (environment, id, now) = (caller.environment(), asked(&request)?, caller.received_at);
    let found = state.senders.read(move |conn| {
        let Some(profile) = profile::find(conn, environment, &person)? else { return Ok(Err(profile::missing())) };
        let Some(segment) = segments::find(conn, environment, id)? else { return Ok(Err(missing())) };
        let since = segments::memberships(conn, environment, profile)?.remove(&id);
        let catalogue = Catalogue::read(conn, environment, segment.definition.filter().into_iter())?;
        let checked = segment.definition.check(&catalogue, environment, id, now);
        let why = match (&checked, segment.definition.filter()) {
            (Ok(predicate), Some(filter)) => predicate.trace(conn, filter, profile)?,
            _ => None,
        };
        Ok(Ok(json!({
            "id": id, "name": segment.name, "is_member": since.is_some(), "since": since.map(in_utc),
            "why": why.as_ref().map(traced), "broken": checked.err(),
        })))
    });
    Ok(HttpResponse::Ok().json(found.await??))
}

/// A trace as JSON: groups as `all`, `any` and `not`, conditions as text, each with whether it is met.
fn traced(trace: &Trace) -> Value {
    let all = |parts: &[Trace]| parts.iter().map(traced).collect::<Vec<_>>();
    match trace {
        Trace::All(parts) => json!({"all": all(parts), "is_met": trace.is_met()}),
        Trace::Any(parts) => json!({"any": all(parts), "is_met": trace.is_met()}),
        Trace::Not(inside) => json!({"not": traced(inside), "is_met": trace.is_met()}),
        Trace::Is(it) => {
            let mut said = json!({"condition": Filter::Is(it.condition.clone()).to_string(), "is_met": it.is_met});
            if let Some(events) = &it.events {
                said["events"] =
                    json!({"count": events.count, "last": events.last.map(in_utc), "figure": events.figure});
            }
            said
        }
    }
}
