//! CORS: the preflight before, and the headers after, a call from a page of another origin.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::BoxBody,
    dev::ServiceResponse,
    http::header::{self, HeaderValue},
    web::Data,
};

use super::{Fault, family};
use crate::{
    console::Pattern,
    error::AppError,
    keys::{Format, KeyCache, Origin},
    rejections::codes,
    state::AppState,
    web::SHARED,
};

/// Headers that pages may send: those of kith's own calls, of Segment's and RudderStack's browser libraries, and those with which
/// tools that watch a page mark all of its calls.
const TAKEN: [&str; 16] = [
    "x-mp-key",
    "content-type",
    "content-encoding",
    "authorization",
    "idempotency-key",
    "if-match",
    "accept",
    "anonymousid",
    "x-request-id",
    "x-requested-with",
    "x-retry-count",
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
    "b3",
];
/// RudderStack's library adds headers of this family with each of its versions: `rsa-retry-reason`, `rsa-since-last-attempt`, ….
const TAKEN_FAMILY: &str = "rsa-";
/// Headers of answers that pages may read.
const SHOWN: &str =
    "retry-after, x-request-id, idempotent-replayed, etag, ratelimit-limit, ratelimit-remaining, ratelimit-reset";

/// The origin of the page that makes a call, if any key may be used there.
pub async fn allowed(request: &HttpRequest, state: &AppState) -> Result<Option<HeaderValue>, AppError> {
    let Some(sent) = request.headers().get(header::ORIGIN) else { return Ok(None) };
    let Some(origin) = sent.to_str().ok().and_then(|text| Origin::new(text).ok()) else { return Ok(None) };
    let is_allowed = state.db.memory::<KeyCache>().allows(&state.senders, &origin, state.clock.now()).await?;
    Ok(is_allowed.then(|| sent.clone()))
}

/// Lets pages of that origin read the answer.
pub fn open(answer: &mut ServiceResponse<BoxBody>, origin: HeaderValue) {
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(SHARED.0, HeaderValue::from_static(SHARED.1));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}

/// [`TAKEN`], and what was asked for of [`TAKEN_FAMILY`].
fn taken(request: &HttpRequest) -> String {
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).and_then(|names| names.to_str().ok());
    let asked = asked.unwrap_or_default().split(',').map(|name| name.trim().to_ascii_lowercase());
    let is_name = |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let family = asked.filter(|name| name.starts_with(TAKEN_FAMILY) && is_name(name)).take(TAKEN.len());
    TAKEN.map(str::to_owned).into_iter().chain(family).collect::<Vec<_>>().join(", ")
}

/// Answers `OPTIONS`. A preflight has an origin, and no key: it is told whether a page of that origin may call at all. The call itself
/// checks whether its key may be used there. Without an origin the question is what the address takes.
pub async fn options(
    route: &'static str,
    methods: String,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    request.extensions_mut().insert(Pattern(route));
    if !request.headers().contains_key(header::ORIGIN) {
        return HttpResponse::NoContent().insert_header((header::ALLOW, methods)).finish();
    }
    let format = family(request.path()).unwrap_or(Format::Native);
    match allowed(&request, &state).await {
        Ok(Some(origin)) => HttpResponse::NoContent()
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin))
            .insert_header(SHARED)
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"))
            .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, taken(&request)))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, "3600"))
            .insert_header((header::VARY, "origin, access-control-request-headers"))
            .finish(),
        Ok(None) => Fault::new(codes::ORIGIN_NOT_ALLOWED, "No key may be used by pages of this origin.").answer(format),
        Err(error) => Fault::from(error).answer(format),
    }
}
