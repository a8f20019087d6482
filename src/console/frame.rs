//! What stands around every request of the console: its pattern for the log, the message about the last change, and the audit of a refusal.

use actix_web::{
    Error, HttpMessage, HttpRequest, Route,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::{Next, from_fn},
    web::Data,
};

use crate::{
    auth::{
        Session,
        audit::{self, Denied, To},
    },
    error::AppError,
    state::{self, AppState},
    web::{Name, respond::Flash},
};

/// Pattern of the route, for the log: the path itself may name people.
#[derive(Clone, Copy)]
pub struct Pattern(pub &'static str);

/// A route with [`frame`] around it.
pub(super) fn framed(path: &'static str, route: Route) -> Route {
    route.wrap(from_fn(move |request, next| frame(path, request, next)))
}

/// Wraps every request of the console: names its pattern for the log, carries the flash message of its browser, and audits a refusal.
async fn frame(
    route: &'static str,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    request.extensions_mut().insert(Pattern(route));
    let state = match state::data::<AppState>(request.request()) {
        Ok(state) => state,
        Err(error) => return Ok(request.error_response(error)),
    };
    let jar = state.jar();
    let carried = jar.read(request.request(), Name::Flash);
    if let Some(flash) = carried.as_deref().and_then(|cookie| Flash::open(&state.signing, cookie)) {
        request.extensions_mut().insert(flash);
    }
    let is_page = request.method() == Method::GET && carried.is_some();
    let mut answer = next.call(request).await?;
    if let Some(error) = answer.response().error().and_then(|error| error.as_error::<AppError>()) {
        note(error, answer.request(), &state);
    }
    let said = answer.response_mut().extensions_mut().remove::<Flash>();
    if let Some(flash) = said {
        answer.response_mut().add_cookie(&jar.keep(Name::Flash, flash.seal(&state.signing)))?;
    } else if is_page && !answer.status().is_redirection() {
        // The message is shown on this page only; a redirect leaves it for the next page.
        answer.response_mut().add_cookie(&jar.remove(Name::Flash))?;
    }
    Ok(answer)
}

/// Audits a refusal: a missing permission or a refused form.
fn note(error: &AppError, request: &HttpRequest, state: &Data<AppState>) {
    let denied = match error {
        AppError::Forbidden(missing) => Denied::Permission(missing.permission),
        AppError::RefusedForm(why) => Denied::Form(*why),
        _ => return,
    };
    let operator = request.extensions().get::<Session>().map(|session| session.operator.id);
    audit::note(state, request, operator.map_or(To::Anybody, To::Operator), denied);
}
