//! Reads of one profile.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    etag,
    profile::{self, Fields, Shown},
    reference,
};
use crate::{
    api::{Caller, Fault, idempotency::Shows, path_part},
    ingest::Person,
    keys::Capability,
    state::AppState,
    web::pairs::Pairs,
};

/// A profile; a merged one is answered with its survivor.
pub async fn show(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let query = Pairs::parse(request.query_string().as_bytes());
    Ok(one(load(&state, &caller, person, query.get("fields").parse()?).await?))
}

/// The answer that shows a profile.
pub fn one(shown: Shown) -> HttpResponse {
    let mut answer = HttpResponse::Ok().json(shown.document);
    etag::show(answer.headers_mut(), shown.id, shown.version);
    answer
}

/// Subscriptions of a profile.
pub async fn subscriptions(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let profile = load(&state, &caller, person, "subscriptions".parse()?).await?;
    Ok(HttpResponse::Ok().json(json!({"subscriptions": profile.document["subscriptions"]})))
}

/// What keeps messages from a profile now.
pub async fn restrictions(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let mut profile = load(&state, &caller, person, "restrictions".parse()?).await?;
    let mut restrictions = profile.document["restrictions"].take();
    let has_ended = |it: &Value| {
        let until: Option<DateTime<Utc>> = it["until"].as_str().and_then(|until| until.parse().ok());
        until.is_some_and(|until| until <= caller.received_at)
    };
    restrictions.as_array_mut().into_iter().for_each(|all| all.retain(|it| !has_ended(it)));
    Ok(HttpResponse::Ok().json(json!({"restrictions": restrictions})))
}

/// The answer to a change: the profile as it is now, if the key may read it.
pub async fn answer(state: &AppState, caller: &Caller, person: Person) -> Result<HttpResponse, Fault> {
    if !caller.can(Capability::Read) {
        return Ok(HttpResponse::Ok().json(json!({})));
    }
    let shown = load(state, caller, person, Fields::all()).await?;
    let id = shown.id;
    let mut answer = one(shown);
    answer.extensions_mut().insert(Shows(id));
    Ok(answer)
}

/// Finds and reads a profile in one blocking call. Fails with `not_found` if it does not exist.
pub async fn load(state: &AppState, caller: &Caller, person: Person, fields: Fields) -> Result<Shown, Fault> {
    let environment = caller.environment();
    let found = state
        .senders
        .read(move |conn| match profile::find(conn, environment, &person)? {
            Some(id) => profile::load(conn, environment, &[id.0], &fields),
            None => Ok(Vec::new()),
        })
        .await?;
    found.into_iter().next().ok_or_else(profile::missing)
}
