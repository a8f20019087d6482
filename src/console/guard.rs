//! What stands before every handler: session, place, role, form token. Without its word no handler runs.

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, ResponseError, Route,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::{Next, from_fn},
    web::Data,
};
use subtle::ConstantTimeEq;

use super::{Csrf, Guard, Scope};
use crate::{
    auth::{
        Permission, Session,
        audit::{self, Denied, To},
        sessions::{self, Membership},
    },
    error::{AppError, RefusedForm},
    state::{self, AppState},
    web::{FormData, Name, inbound, pairs::Pairs, respond::Flash, see_other},
    workspaces::EnvironmentKind,
};

/// Who may use a route of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Any operator, outside a workspace.
    SignedIn,
    /// Operators of the workspace in the address whose role has this permission.
    Can(Permission),
}

impl Guard for Access {
    fn before(&self, path: &'static str, route: Route) -> Route {
        let access = *self;
        route.wrap(from_fn(move |request, next| guard(path, access, request, next)))
    }
}

/// Name of the hidden field that carries the form token.
const TOKEN_FIELD: &str = "csrf";

/// What signatures on the tokens of visitors are for.
const VISITOR: &str = "visitor";

/// The route's pattern, for the log: the path itself may name people.
#[derive(Clone, Copy)]
pub struct Pattern(pub &'static str);

/// Lets the request through to its handler if `access` allows, and puts [`Session`], [`Scope`], [`Csrf`] and the
/// checked [`FormData`] into it.
async fn guard(
    route: &'static str,
    access: Access,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    request.extensions_mut().insert(Pattern(route));
    let state = match state::data::<AppState>(request.request()) {
        Ok(state) => state,
        Err(error) => return Ok(request.into_response(error.error_response())),
    };
    match check(access, &mut request, &state).await {
        Ok(None) => {}
        Ok(Some(elsewhere)) => return Ok(request.into_response(elsewhere)),
        Err(error) => {
            note(&error, request.request(), &state);
            return Ok(request.into_response(error.error_response()));
        }
    }
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
        // The message was for this page only; one that leads on takes it along.
        answer.response_mut().add_cookie(&jar.remove(Name::Flash))?;
    }
    Ok(answer)
}

/// Has what was refused written down.
fn note(error: &AppError, request: &HttpRequest, state: &Data<AppState>) {
    let denied = match error {
        AppError::Forbidden(permission) => Denied::Permission(permission),
        AppError::RefusedForm(why) => Denied::Form(*why),
        _ => return,
    };
    let operator = request.extensions().get::<Session>().map(|session| session.operator.id);
    audit::note(state, request, operator.map_or(To::Anybody, To::Operator), denied);
}

/// Checks everything; an answer means that one has to go elsewhere first.
async fn check(
    access: Access,
    request: &mut ServiceRequest,
    state: &Data<AppState>,
) -> Result<Option<HttpResponse>, AppError> {
    let csrf = match access {
        Access::Public => {
            // One that we did not make may be known to whoever planted it.
            let known = state.jar().read(request.request(), Name::Visitor);
            let known = known.filter(|token| state.signing.open(VISITOR, token).is_some());
            known.unwrap_or_else(|| state.signing.sign(VISITOR, &sessions::new_token()))
        }
        Access::SignedIn | Access::Can(_) => {
            let Some(csrf) = admit(access, request, state).await? else {
                return Ok(Some(see_other(&sign_in_address(request.request()))));
            };
            csrf
        }
    };
    if request.method() == Method::POST {
        if !is_same_site(request.request(), state) {
            return Err(AppError::RefusedForm(RefusedForm::OtherSite));
        }
        let form = checked_form(request, &csrf).await?;
        request.extensions_mut().insert(form);
    }
    request.extensions_mut().insert(Csrf(csrf));
    Ok(None)
}

/// The form token of this request's session, with [`Session`] and [`Scope`] put in place; none means that somebody has to sign in first.
async fn admit(access: Access, request: &ServiceRequest, state: &AppState) -> Result<Option<String>, AppError> {
    let Some(token) = state.jar().read(request.request(), Name::Session) else { return Ok(None) };
    let (hash, limits, now) = (sessions::token_hash(&token), state.config.sessions, state.clock.now());
    let kind = environment_kind(access, request.request())?;
    let slug = request.match_info().get("workspace").unwrap_or_default().to_owned();
    if slug.contains('\0') {
        return Err(AppError::NotFound);
    }
    let found = state.db.read(move |conn| {
        let found = Session::find(conn, &hash, (&slug, kind), limits, now)?;
        if found.as_ref().is_some_and(|(session, _)| session.is_stale(now)) {
            Session::touch(conn, &hash, now)?;
        }
        Ok(found)
    });
    let Some((session, membership)) = found.await? else { return Ok(None) };
    let (operator, csrf) = (session.operator.clone(), session.csrf.clone());
    request.extensions_mut().insert(session);
    if let Access::Can(permission) = access {
        // Somebody else's workspace answers like one that does not exist.
        let Membership { workspace, environment, role } = membership.ok_or(AppError::NotFound)?;
        if !role.can(permission) {
            return Err(AppError::Forbidden(permission.name()));
        }
        request.extensions_mut().insert(Scope { workspace, environment, kind, operator, role });
    }
    Ok(Some(csrf))
}

/// The environment of the address; routes outside a workspace have none, and any will do.
fn environment_kind(access: Access, request: &HttpRequest) -> Result<EnvironmentKind, AppError> {
    match access {
        Access::Can(_) => {
            request.match_info().get("environment").unwrap_or_default().parse().map_err(|()| AppError::NotFound)
        }
        Access::Public | Access::SignedIn => Ok(EnvironmentKind::Live),
    }
}

fn sign_in_address(request: &HttpRequest) -> String {
    let asked = request.uri().path_and_query().map_or("/", |address| address.as_str());
    if request.method() == Method::GET && asked != "/" {
        Pairs::default().with("next", asked).address("/sign-in")
    } else {
        "/sign-in".to_owned()
    }
}

/// Reads the form and checks that it carries the token of the page that it was on.
async fn checked_form(request: &mut ServiceRequest, csrf: &str) -> Result<FormData, AppError> {
    let body = inbound::form(request.take_payload()).await?;
    let form = FormData(Pairs::parse(&body));
    let sent = form.raw(TOKEN_FIELD);
    if sent.is_empty() || !bool::from(sent.as_bytes().ct_eq(csrf.as_bytes())) {
        return Err(AppError::RefusedForm(RefusedForm::WrongToken));
    }
    Ok(form)
}

/// What the browser itself says of where the form came from.
fn is_same_site(request: &HttpRequest, state: &AppState) -> bool {
    let said = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    // Old browsers say neither; the token decides.
    said(header::HeaderName::from_static("sec-fetch-site")).is_none_or(|site| matches!(site, "same-origin" | "none"))
        && said(header::ORIGIN).is_none_or(|origin| state.config.server.site.is_origin_of(request, origin))
}
