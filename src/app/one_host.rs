//! The console is served under one host: a foreign name that leads to this machine gets no page.

use actix_web::{
    Error, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};

use crate::{api, error::AppError, state::AppState};

/// Addresses for monitoring, under any host.
const WATCHED: [&str; 2] = ["/healthz", "/readyz"];

/// Refuses requests for another host. Senders need a key under any host, and may use an internal one.
pub async fn layer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let path = request.path();
    // The page of the refusal has a style sheet, too.
    let is_for_any = WATCHED.contains(&path) || path.starts_with("/static/") || api::family(path).is_some();
    if let Some(state) = request.app_data::<Data<AppState>>()
        && !is_for_any
        && !state.config.server.site.is_asked(request.request())
    {
        let elsewhere = AppError::OtherHost(state.config.server.site.origin().to_owned());
        return Ok(request.into_response(elsewhere.error_response()));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}
