//! The calls of Segment's and Vero's clients.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};

use super::{
    Body, Caller, Fault, Need,
    answer::{segment_success, vero_success},
    formats::{
        Entry, Malformed, segment,
        vero::{self, Endpoint},
    },
    take,
};
use crate::{
    console::{Access, Routes},
    error::AppError,
    keys::{Capability, Format},
    rejections::{Fate, codes},
    state::AppState,
};

/// Bodies larger than this are parsed off the web threads.
const LARGE: usize = 64 * 1024;

/// Addresses for one message, and its kind.
const SINGLE: [(&str, &str); 12] = [
    ("/v1/identify", "identify"),
    ("/v1/track", "track"),
    ("/v1/page", "page"),
    ("/v1/screen", "screen"),
    ("/v1/group", "group"),
    ("/v1/alias", "alias"),
    ("/v1/i", "i"),
    ("/v1/t", "t"),
    ("/v1/p", "p"),
    ("/v1/s", "s"),
    ("/v1/g", "g"),
    ("/v1/a", "a"),
];

/// Addresses that Vero's clients post and put to.
const POSTED: [(&str, Endpoint); 4] = [
    ("/api/v2/users/track", Endpoint::Identify),
    ("/api/v2/users/unsubscribe", Endpoint::Unsubscribe),
    ("/api/v2/users/resubscribe", Endpoint::Resubscribe),
    ("/api/v2/events/track", Endpoint::Track),
];
const PUT: [(&str, Endpoint); 3] = [
    ("/api/v2/users/edit", Endpoint::Edit),
    ("/api/v2/users/tags/edit", Endpoint::Tags),
    ("/api/v2/users/reidentify", Endpoint::Reidentify),
];

/// The addresses of both formats.
pub fn routes() -> Routes {
    let segment = Need::new(Format::Segment, Capability::Write);
    let mut routes = Routes::default();
    for path in ["/v1/batch", "/v1/import", "/v1/b"] {
        routes = routes.post(path, segment.of_batch(), segment_batch);
    }
    for (path, kind) in SINGLE {
        let handler = move |state, caller, body| segment_single(kind, state, caller, body);
        routes = routes.post(path, segment, handler);
    }
    let handler = |endpoint| move |state, caller, body| vero_call(endpoint, state, caller, body);
    let write = Need::new(Format::Vero, Capability::Write);
    for (path, endpoint) in POSTED {
        routes = routes.post(path, write, handler(endpoint));
    }
    for (path, endpoint) in PUT {
        routes = routes.call(Method::PUT, path, write, handler(endpoint));
    }
    // Clients do not agree on the method.
    let (path, remove) = ("/api/v2/users/delete", Need::new(Format::Vero, Capability::Delete));
    routes
        .post(path, remove, handler(Endpoint::Delete))
        .call(Method::DELETE, path, remove, handler(Endpoint::Delete))
        .post("/v1/m", segment, metrics_of_the_client)
        .get("/api/v2/heartbeat", Access::Public, heartbeat)
}

/// Many messages. Rejections are only shown in the console: clients discard a whole batch on an error.
async fn segment_batch(state: Data<AppState>, caller: Caller, body: Body) -> Result<HttpResponse, Fault> {
    let call = caller.call();
    let entries = read(body, move |body| segment::read_batch(body, &call)).await?;
    take(&state, &caller, Format::Segment, entries).await?;
    Ok(segment_success())
}

/// One message, whose kind follows from its address. If nothing of it is stored, its sender hears so; clients repeat no 4xx.
async fn segment_single(
    kind: &'static str,
    state: Data<AppState>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Fault> {
    let entries = segment::read_single(kind, &body.0, &caller.call())?;
    match take(&state, &caller, Format::Segment, entries).await?.pop() {
        // What joins two known people is kept as a suggestion.
        Some(Fate::Rejected(reason)) if reason.code != codes::NOT_ALLOWED => Err(reason.into()),
        _ => Ok(segment_success()),
    }
}

/// Telemetry of browsers' libraries about themselves: ignored.
async fn metrics_of_the_client(_: Caller) -> HttpResponse {
    segment_success()
}

/// One statement. Vero's clients show errors and repeat nothing, so refusals are answered.
async fn vero_call(
    endpoint: Endpoint,
    state: Data<AppState>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Fault> {
    let read = vero::read(endpoint, &body.0, &caller.call())?;
    let caller = if read.is_development { caller.for_test() } else { caller };
    let fates = take(&state, &caller, Format::Vero, read.entries).await?;
    match fates.into_iter().next() {
        Some(Fate::Rejected(reason)) => Err(reason.into()),
        _ => Ok(vero_success()),
    }
}

async fn heartbeat() -> HttpResponse {
    vero_success()
}

/// Parses a body with an adapter; a large one off the web threads, which other calls wait for.
pub async fn read(
    body: Body,
    adapter: impl FnOnce(&str) -> Result<Vec<Entry>, Malformed> + Send + 'static,
) -> Result<Vec<Entry>, Fault> {
    if body.0.len() < LARGE {
        return Ok(adapter(&body.0)?);
    }
    let read = web::block(move || adapter(&body.0)).await;
    Ok(read.map_err(|cancelled| AppError::Unexpected(cancelled.into()))??)
}
