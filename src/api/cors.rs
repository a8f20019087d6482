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

/// The origin of the page that makes a call, if any key may be used there.
pub async fn allowed(request: &HttpRequest, state: &AppState) -> Result<Option<HeaderValue>, AppError> {
    let Some(sent) = request.headers().get(header::ORIGIN) else { return Ok(None) };
    let Some(origin) = sent.to_str().ok().and_then(|text| Origin::new(text).ok()) else { return Ok(None) };
    let is_allowed = state.db.memory::<KeyCache>().allows(&state.db, &origin, state.clock.now()).await?;
    Ok(is_allowed.then(|| sent.clone()))
}

/// Lets pages of that origin read the answer.
pub fn open(answer: &mut ServiceResponse<BoxBody>, origin: HeaderValue) {
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(SHARED.0, HeaderValue::from_static(SHARED.1));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after, x-request-id"));
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}

/// Answers a preflight, which has no key: whether a page of that origin may call at all. The call itself checks whether its key may be used
/// there.
pub async fn preflight(route: &'static str, request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    request.extensions_mut().insert(Pattern(route));
    let format = family(request.path()).unwrap_or(Format::Native);
    match allowed(&request, &state).await {
        Ok(Some(origin)) => HttpResponse::NoContent()
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin))
            .insert_header(SHARED)
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"))
            .insert_header((
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "x-mp-key, content-type, authorization, idempotency-key",
            ))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, "3600"))
            .insert_header((header::VARY, "origin"))
            .finish(),
        Ok(None) => Fault::new(codes::ORIGIN_NOT_ALLOWED, "No key may be used by pages of this origin.").answer(format),
        Err(error) => Fault::from(error).answer(format),
    }
}
