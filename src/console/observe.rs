//! The outermost layer: one request id, one log line, one metric and the security headers for every answer.
//!
//! Neither the path nor the query nor the person is logged, for these can name people: the route's pattern is.

use std::time::Instant;

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use rand::RngExt;
use tracing::Instrument;

use super::Pattern;
use crate::{
    auth::Session,
    db::ids::KeyId,
    state::AppState,
    trace::{self, Seen},
    web::headers,
};

/// Id of the key that made a call, put into the request by the guard of the API.
#[derive(Clone, Copy)]
pub struct CalledWith(pub KeyId);

/// The name of a known method; any other method would become a metric label of its own for good, and stand in the log.
fn known(method: &Method) -> &'static str {
    let names = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    names.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

/// Wraps the whole application.
pub async fn layer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<actix_web::body::BoxBody>, Error> {
    let started = Instant::now();
    let is_https = request.app_data::<Data<AppState>>().is_some_and(|state| state.is_https());
    let method = request.method().clone();
    let seen = Seen {
        id: format!("{:016x}", rand::rng().random::<u64>()),
        address: request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        is_get: method == Method::GET,
    };
    let id = seen.id.clone();
    let span = tracing::info_span!("request", id = %id);
    // The guard and the handlers render errors as pages within this scope, which knows the request.
    let mut answer = trace::within(seen, next.call(request)).instrument(span).await?.map_into_boxed_body();
    let status = answer.status();
    headers::complete(answer.headers_mut(), status, is_https);
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    let method = known(&method);
    let status = status.as_u16();
    let took = started.elapsed();
    let route = answer.request().extensions().get::<Pattern>().map_or("(none)", |pattern| pattern.0);
    let operator = answer.request().extensions().get::<Session>().map(|session| session.operator.id.to_string());
    let key = answer.request().extensions().get::<CalledWith>().map(|key| key.0.to_string());
    tracing::info!(%id, method, %route, status, ms = took.as_millis() as u64, operator, key, "answered");
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
    metrics::counter!("kith_requests_total", &labels).increment(1);
    metrics::histogram!("kith_request_seconds", &labels[..2]).record(took);
    Ok(answer)
}
