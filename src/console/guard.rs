//! The guard before every handler of the console: session, workspace and environment, role, form token. No handler runs unless it passes.

use std::cell::RefCell;

use actix_web::{
    Error, HttpMessage, HttpRequest, Route,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::{Next, from_fn},
    web::Data,
};
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use subtle::ConstantTimeEq;

use super::{
    Csrf, Guard, Page, Scope,
    request::{Arrived, OwnPage},
};
use crate::{
    auth::{
        Permission, Role, Session,
        audit::{self, Denied, To},
        sessions::{self, Membership},
        team,
    },
    config::Sessions as Limits,
    db::{Db, ids::WorkspaceId},
    error::{AppError, Missing, RefusedForm},
    state::{self, AppState},
    web::{Answer, FormData, Name, inbound, pairs::Pairs, respond::Flash},
    workspaces::EnvironmentKind,
};

/// Access to a route of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// No session is needed.
    Public,
    /// Any operator, outside a workspace.
    SignedIn,
    /// Operators of the workspace in the address, with a role that has this permission.
    Can(Permission),
}

impl Guard for Access {
    fn before(&self, path: &'static str, route: Route) -> Route {
        let access = *self;
        framed(path, route.wrap(from_fn(move |request, next| guard(access, request, next))))
    }
}

/// A route with [`frame`] around it.
pub(super) fn framed(path: &'static str, route: Route) -> Route {
    route.wrap(from_fn(move |request, next| frame(path, request, next)))
}

/// Name of the hidden field that carries the form token.
const TOKEN_FIELD: &str = "csrf";

/// Purpose of the signatures on the form tokens of visitors.
const VISITOR: &str = "visitor";

/// Pattern of the route, for the log: the path itself may name people.
#[derive(Clone, Copy)]
pub struct Pattern(pub &'static str);

/// Lets the request through to its handler if `access` allows, and puts [`Session`], [`Scope`], [`Csrf`] and the
/// checked [`FormData`] into it.
async fn guard(
    access: Access,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let checked = async {
        let state = state::data::<AppState>(request.request())?;
        check(access, &mut request, &state).await
    };
    match checked.await {
        Ok(()) => next.call(request).await,
        Err(error) => Ok(request.error_response(error)),
    }
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

/// Answers with a page of a workspace.
///
/// # Errors
/// - `SeeOther`: no session; the address is that of the sign-in page.
/// - `NotFound`: there is no such workspace or environment, or the operator is no member.
/// - `Forbidden`: the role lacks `permission`.
/// - Errors of the page.
pub(super) async fn show(permission: Permission, page: Page, request: HttpRequest) -> Result<Answer, AppError> {
    let arrived = Arrived::new(&request, state::data::<AppState>(&request)?);
    let answer = move |visitor: &Visitor, session: Session, membership, conn: &mut PgConnection| {
        let scope =
            visitor.scope(permission, &session, membership, |workspace| Ok(team::admin_names(conn, workspace)?))?;
        page(&arrived.clone().admitted(scope, session.csrf), conn)
    };
    let_in(Access::Can(permission), &request, answer).await
}

/// Answers with a page of an operator, outside a workspace. Fails with `SeeOther` without a session, and as the page does.
pub(super) async fn show_own(page: OwnPage, request: HttpRequest) -> Result<Answer, AppError> {
    let arrived = Arrived::new(&request, state::data::<AppState>(&request)?);
    let answer = move |_: &Visitor, session, _, conn: &mut PgConnection| page(&arrived.clone().own(session), conn);
    let_in(Access::SignedIn, &request, answer).await
}

/// Answers a request that has a session. Session, membership, role and what the page shows are read in one blocking call and one snapshot.
async fn let_in(
    access: Access,
    request: &HttpRequest,
    answer: impl Fn(&Visitor, Session, Option<Membership>, &mut PgConnection) -> Result<Answer, AppError> + Send + 'static,
) -> Result<Answer, AppError> {
    let state = state::data::<AppState>(request)?;
    let (visitor, now) = (Visitor::of(access, request, &state)?, state.clock.now());
    let work = move |db: &Db| {
        let seen = RefCell::new(None);
        let answer = db.snapshot_now(|conn| {
            let found = Session::find(conn, &visitor.hash, &visitor.slug, visitor.kind, visitor.limits, now)?;
            let (session, membership) = visitor.known(found)?;
            *seen.borrow_mut() = Some(session.clone());
            answer(&visitor, session, membership, conn)
        });
        let session = seen.into_inner();
        session.iter().for_each(|session| visitor.touch(db, session, now));
        Ok((session, answer))
    };
    let (session, answer) = state.db.work(work).await?;
    // For the audit of a refusal.
    session.and_then(|session| request.extensions_mut().insert(session));
    answer
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

/// Checks a request whose handler is not a page of a workspace.
async fn check(access: Access, request: &mut ServiceRequest, state: &Data<AppState>) -> Result<(), AppError> {
    let csrf = match access {
        Access::Public => {
            // A token without our signature may have been planted by somebody who knows it.
            let known = state.jar().read(request.request(), Name::Visitor);
            let known = known.filter(|token| state.signing.open(VISITOR, token).is_some());
            known.unwrap_or_else(|| state.signing.sign(VISITOR, &sessions::new_token()))
        }
        Access::SignedIn | Access::Can(_) => admit(access, request, state).await?,
    };
    if request.method() == Method::POST {
        if !is_same_site(request.request(), state) {
            return Err(AppError::RefusedForm(RefusedForm::OtherSite));
        }
        let form = checked_form(request, &csrf).await?;
        request.extensions_mut().insert(form);
    }
    request.extensions_mut().insert(Csrf(csrf));
    Ok(())
}

/// Finds the form token of the request's session, and puts [`Session`] and [`Scope`] into the request.
async fn admit(access: Access, request: &ServiceRequest, state: &AppState) -> Result<String, AppError> {
    let visitor = Visitor::of(access, request.request(), state)?;
    let now = state.clock.now();
    let work = move |db: &Db| {
        let find = |conn: &mut PgConnection| {
            Session::find(conn, &visitor.hash, &visitor.slug, visitor.kind, visitor.limits, now)
        };
        let (session, membership) = visitor.known(db.read_now(find)?)?;
        visitor.touch(db, &session, now);
        let scope = match access {
            Access::Can(permission) => {
                let admins = |workspace| db.read_now(|conn| team::admin_names(conn, workspace));
                visitor.scope(permission, &session, membership, admins).map(Some)
            }
            Access::Public | Access::SignedIn => Ok(None),
        };
        Ok((session, scope))
    };
    let (session, scope) = state.db.work(work).await?;
    let csrf = session.csrf.clone();
    // Also for the audit of a refusal.
    request.extensions_mut().insert(session);
    if let Some(scope) = scope? {
        request.extensions_mut().insert(scope);
    }
    Ok(csrf)
}

/// A request with a session cookie, and the workspace and environment in its address.
struct Visitor {
    hash: Vec<u8>,
    slug: String,
    kind: EnvironmentKind,
    limits: Limits,
    /// Address of the sign-in page, for a session that has ended.
    sign_in: String,
}

impl Visitor {
    /// # Errors
    /// `SeeOther` without a session cookie, `NotFound` if the environment in the address is neither live nor test.
    fn of(access: Access, request: &HttpRequest, state: &AppState) -> Result<Self, AppError> {
        let sign_in = sign_in_address(request);
        let Some(token) = state.jar().read(request, Name::Session) else { return Err(AppError::elsewhere(sign_in)) };
        let part = |name| request.match_info().get(name).unwrap_or_default();
        let slug = part("workspace").to_owned();
        let kind = match access {
            Access::Can(_) => part("environment").parse().map_err(|()| AppError::NotFound)?,
            // Without a workspace in the address, either kind does.
            Access::Public | Access::SignedIn => EnvironmentKind::Live,
        };
        if slug.contains('\0') {
            return Err(AppError::NotFound);
        }
        Ok(Self { hash: sessions::token_hash(&token), slug, kind, limits: state.config.sessions, sign_in })
    }

    /// The session that was found, with the operator's membership of the workspace in the address, if any. Without one: the way to the
    /// sign-in page.
    fn known<T>(&self, found: Option<T>) -> Result<T, AppError> {
        found.ok_or_else(|| AppError::elsewhere(self.sign_in.clone()))
    }

    /// Notes the last click now and then. A database that takes no changes at the moment keeps nobody from reading.
    fn touch(&self, db: &Db, session: &Session, now: DateTime<Utc>) {
        if session.is_stale(now)
            && let Err(error) = db.tx_now(|conn| Session::touch(conn, &self.hash, now))
        {
            error.log();
        }
    }

    fn scope(
        &self,
        permission: Permission,
        session: &Session,
        membership: Option<Membership>,
        admins: impl FnOnce(WorkspaceId) -> Result<Vec<String>, AppError>,
    ) -> Result<Scope, AppError> {
        // A workspace of others answers like one that does not exist.
        let Membership { workspace, environment, role } = membership.ok_or(AppError::NotFound)?;
        if !role.can(permission) {
            let roles = Role::ALL.into_iter().filter(|role| role.can(permission)).map(Role::name).collect();
            let (admins, permission, role) = (admins(workspace.id)?, permission.name(), role.name());
            return Err(AppError::Forbidden(Box::new(Missing { permission, role, roles, admins })));
        }
        Ok(Scope { workspace, environment, kind: self.kind, operator: session.operator.clone(), role })
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

/// Reads the form and checks that it carries the form token of the session.
async fn checked_form(request: &mut ServiceRequest, csrf: &str) -> Result<FormData, AppError> {
    let body = inbound::form(request.take_payload()).await?;
    let form = FormData(Pairs::parse(&body));
    let sent = form.raw(TOKEN_FIELD);
    if sent.is_empty() || !bool::from(sent.as_bytes().ct_eq(csrf.as_bytes())) {
        return Err(AppError::RefusedForm(RefusedForm::WrongToken));
    }
    Ok(form)
}

/// Whether the headers of the browser say that the form came from a page of this console.
fn is_same_site(request: &HttpRequest, state: &AppState) -> bool {
    let said = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    // Old browsers send neither header; the token decides.
    said(header::HeaderName::from_static("sec-fetch-site")).is_none_or(|site| matches!(site, "same-origin" | "none"))
        && said(header::ORIGIN).is_none_or(|origin| state.config.server.site.is_origin_of(request, origin))
}
