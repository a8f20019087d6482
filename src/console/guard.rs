//! The guard before every handler of the console: session, workspace and environment, role, form token. No handler runs unless it passes.

use std::cell::RefCell;

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, Route,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::{Next, from_fn},
    web::{Bytes, Data},
};
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use subtle::ConstantTimeEq;

use super::{
    Csrf, Guard, Page, Scope,
    form_origin::FormOrigin,
    frame::framed,
    request::{Arrived, OwnPage},
    scope::forbidden,
    unsent::{self, Door, FormPages, Kept},
};
use crate::{
    auth::{Permission, Session, operators, organisation, sessions, team},
    config::Sessions as Limits,
    db::Db,
    error::{AppError, RefusedForm},
    state::{self, AppState},
    web::{Answer, FormData, Name, SigningKey, inbound, pairs::Pairs},
    workspaces::EnvironmentKind,
};

/// Access to a route of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// No session is needed.
    Public,
    /// Whoever has the link in the address, which alone allows everything that its page offers: no cookie, and so no form token.
    Link,
    /// Programs that have the address, which alone allows what it is for: the handler reads the body, which is no form.
    Hook,
    /// Any operator, outside a workspace.
    SignedIn,
    /// Organisation admins, outside a workspace.
    Organisation,
    /// Operators of the workspace in the address, with a role that has this permission.
    Can(Permission),
}

impl Guard for Access {
    fn before(&self, path: &'static str, route: Route) -> Route {
        let access = *self;
        framed(path, route.wrap(from_fn(move |request, next| guard(access, path, Body::Form, request, next))))
    }
}

/// What the body of a POST is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Form,
    /// A form with a file, whose token is compared as it is read: see [`super::upload`].
    File,
}

/// A route that takes a form with a file, with the guard before it.
pub(super) fn before_file(path: &'static str, permission: Permission, route: Route) -> Route {
    let access = Access::Can(permission);
    framed(path, route.wrap(from_fn(move |request, next| guard(access, path, Body::File, request, next))))
}

/// Name of the hidden field that carries the form token.
pub(super) const TOKEN_FIELD: &str = "csrf";

/// Purpose of the signatures on the form tokens of visitors.
const VISITOR: &str = "visitor";

/// Lets the request through to its handler if `access` allows, and puts [`Session`], [`Scope`], [`Csrf`] and the
/// checked [`FormData`] into it. A form whose session has ended is answered here.
async fn guard(
    access: Access,
    path: &'static str,
    body: Body,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let checked = async {
        let state = state::data::<AppState>(request.request())?;
        check(access, path, body, &mut request, &state).await
    };
    match checked.await {
        Ok(None) => next.call(request).await,
        Ok(Some(answer)) => Ok(request.into_response(HttpResponse::from(answer))),
        Err(error) => Ok(request.error_response(error)),
    }
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
    let answer = move |visitor: &Visitor, session: Session, conn: &mut PgConnection| {
        let scope = visitor.scope(permission, &session, conn)?;
        page(&arrived.clone().admitted(scope, session.csrf), conn)
    };
    let_in(Access::Can(permission), &request, answer).await
}

/// Answers with a page of an operator, outside a workspace.
///
/// # Errors
/// - `SeeOther`: no session; the address is that of the sign-in page.
/// - `Forbidden`: the page is for organisation admins.
/// - Errors of the page.
pub(super) async fn show_own(access: Access, page: OwnPage, request: HttpRequest) -> Result<Answer, AppError> {
    let arrived = Arrived::new(&request, state::data::<AppState>(&request)?);
    let answer = move |_: &Visitor, session: Session, conn: &mut PgConnection| {
        if access == Access::Organisation && !session.operator.is_organisation_admin {
            return Err(organisation::forbidden(conn)?);
        }
        page(&arrived.clone().own(session), conn)
    };
    let_in(access, &request, answer).await
}

/// Answers a request that has a session. Session, roles and what the page shows are read in one blocking call and one snapshot.
async fn let_in(
    access: Access,
    request: &HttpRequest,
    answer: impl Fn(&Visitor, Session, &mut PgConnection) -> Result<Answer, AppError> + Send + 'static,
) -> Result<Answer, AppError> {
    let state = state::data::<AppState>(request)?;
    let (visitor, now) = (Visitor::of(access, request, &state)?, state.clock.now());
    let work = move |db: &Db| {
        let seen = RefCell::new(None);
        let answer = db.snapshot_now(|conn| {
            let session = visitor.session(conn, now)?;
            *seen.borrow_mut() = Some(session.clone());
            answer(&visitor, session, conn)
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

/// Checks a request whose handler is not a page of a workspace. `Some`: the answer to a form whose session has ended.
async fn check(
    access: Access,
    path: &'static str,
    body: Body,
    request: &mut ServiceRequest,
    state: &Data<AppState>,
) -> Result<Option<Answer>, AppError> {
    if access == Access::Hook {
        return Ok(None);
    }
    let is_form = request.method() == Method::POST;
    if access == Access::Link {
        let form = if is_form { inbound::form(request.take_payload()).await? } else { Bytes::new() };
        request.extensions_mut().insert(FormData(Pairs::parse(&form)));
        return Ok(None);
    }
    let csrf = match access {
        Access::Public | Access::Link | Access::Hook => visitor_token(request.request(), state),
        Access::SignedIn | Access::Organisation | Access::Can(_) => match admit(access, request, state).await {
            Err(to_sign_in @ AppError::SeeOther { .. }) if is_form && body == Body::Form => {
                return ask_to_sign_in(path, request, state).await?.map(Some).ok_or(to_sign_in);
            }
            admitted => admitted?,
        },
    };
    if is_form {
        let from = FormOrigin::of(request.request(), state);
        if from == FormOrigin::OtherSite {
            return Err(AppError::RefusedForm(RefusedForm::OtherSite));
        }
        if body == Body::File {
            request.extensions_mut().insert(Csrf(csrf));
            return Ok(None);
        }
        let form = Pairs::parse(&inbound::form(request.take_payload()).await?);
        if !is_token(form.raw(TOKEN_FIELD), &csrf) {
            let refused = AppError::RefusedForm(RefusedForm::WrongToken);
            let answer =
                if from == FormOrigin::OurPage { show_again(path, request, state, csrf, &form).await? } else { None };
            return answer.map(Some).ok_or(refused);
        }
        request.extensions_mut().insert(FormData(form));
    }
    request.extensions_mut().insert(Csrf(csrf));
    Ok(None)
}

/// The form token of somebody who has not signed in.
fn visitor_token(request: &HttpRequest, state: &AppState) -> String {
    // A token without our signature may have been planted by somebody who knows it.
    let known = state.jar().read(request, Name::Visitor).filter(|token| state.signing.open(VISITOR, token).is_some());
    known.unwrap_or_else(|| state.signing.sign(VISITOR, &sessions::new_token()))
}

/// The sign-in page with the form of a workspace that arrived without a session. `None`: no page of ours sent it.
async fn ask_to_sign_in(
    path: &'static str,
    request: &mut ServiceRequest,
    state: &Data<AppState>,
) -> Result<Option<Answer>, AppError> {
    let is_known = state::data::<FormPages>(request.request())?.of(path).is_some();
    if !is_known || FormOrigin::of(request.request(), state) != FormOrigin::OurPage {
        return Ok(None);
    }
    let form = Pairs::parse(&inbound::form(request.take_payload()).await?);
    if form.raw(TOKEN_FIELD).is_empty() {
        return Ok(None);
    }
    let (door, visitor) = (state::data::<Door>(request.request())?, visitor_token(request.request(), state));
    let kept = Kept::seal(&state.signing, &visitor, &asked(request.request()), &form, state.clock.now());
    door.0(request.request(), &Csrf(visitor), &kept).map(Some)
}

/// The page of a form with what was typed into it before the present session began. `None`: that is not known to be so.
async fn show_again(
    path: &'static str,
    request: &ServiceRequest,
    state: &Data<AppState>,
    csrf: String,
    form: &Pairs,
) -> Result<Option<Answer>, AppError> {
    let request = request.request();
    let session = request.extensions().get::<Session>().cloned();
    let scope = request.extensions().get::<Scope>().cloned();
    let page = state::data::<FormPages>(request)?.of(path);
    let Some(((session, scope), (permission, page))) = session.zip(scope).zip(page) else { return Ok(None) };
    if !scope.role.can(permission) {
        return Ok(None);
    }
    let visitor = state.jar().read(request, Name::Visitor);
    let typed = unsent::typed_before(state, visitor.as_deref(), session.operator.id, &asked(request), form);
    let Some(typed) = typed else { return Ok(None) };
    unsent::show(page, request, (scope, csrf), typed).await.map(Some)
}

/// Path and query of a request.
fn asked(request: &HttpRequest) -> String {
    request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// Finds the form token of the request's session, and puts [`Session`] and [`Scope`] into the request.
async fn admit(access: Access, request: &ServiceRequest, state: &AppState) -> Result<String, AppError> {
    let visitor = Visitor::of(access, request.request(), state)?;
    let now = state.clock.now();
    let work = move |db: &Db| {
        let admitted = db.snapshot_now(|conn| {
            let session = visitor.session(conn, now)?;
            let scope = match access {
                Access::Can(permission) => visitor.scope(permission, &session, conn).map(Some),
                Access::Organisation if !session.operator.is_organisation_admin => Err(organisation::forbidden(conn)?),
                Access::Public | Access::Link | Access::Hook | Access::SignedIn | Access::Organisation => Ok(None),
            };
            Ok((session, scope))
        })?;
        visitor.touch(db, &admitted.0, now);
        Ok(admitted)
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
    signing: SigningKey,
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
            Access::Public | Access::Link | Access::Hook | Access::SignedIn | Access::Organisation => {
                EnvironmentKind::Live
            }
        };
        let (hash, limits, signing) = (sessions::token_hash(&token), state.config.sessions, state.signing.clone());
        Ok(Self { hash, slug, kind, limits, sign_in, signing })
    }

    /// The session of the request. Fails with the way to the sign-in page if it has ended.
    fn session(&self, conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Session, AppError> {
        let found = Session::find(conn, &self.hash, self.kind, self.limits, now)?;
        let mut session = found.ok_or_else(|| AppError::elsewhere(self.sign_in.clone()))?;
        session.csrf = unsent::form_token(&self.signing, session.operator.id, &session.csrf);
        Ok(session)
    }

    /// Notes the last click now and then, and the workspace when it is another one. A database that takes no changes at the moment keeps
    /// nobody from reading.
    fn touch(&self, db: &Db, session: &Session, now: DateTime<Utc>) {
        let workspace = session.membership(&self.slug).map(|membership| membership.workspace.id);
        let moved = workspace.filter(|workspace| session.last_workspace != Some(*workspace));
        if !session.is_stale(now) && moved.is_none() {
            return;
        }
        let noted = db.tx_now(|conn| {
            if let Some(workspace) = moved {
                operators::was_in(conn, session.operator.id, workspace)?;
            }
            Session::touch(conn, &self.hash, now)
        });
        noted.err().iter().for_each(AppError::log);
    }

    fn scope(&self, permission: Permission, session: &Session, conn: &mut PgConnection) -> Result<Scope, AppError> {
        // A workspace of others answers like one that does not exist.
        let scope = Scope::of(session, &self.slug, self.kind).ok_or(AppError::NotFound)?;
        if !scope.role.can(permission) {
            return Err(forbidden(scope.role, permission, team::admin_names(conn, scope.workspace.id)?));
        }
        Ok(scope)
    }
}

fn sign_in_address(request: &HttpRequest) -> String {
    let asked = asked(request);
    if request.method() == Method::GET && asked != "/" {
        Pairs::default().with("next", &asked).address("/sign-in")
    } else {
        "/sign-in".to_owned()
    }
}

/// Whether a form carries this token. The signature at its end is another one after a restart, and says nothing that counts here.
pub(super) fn is_token(sent: &str, token: &str) -> bool {
    let secret = |token: &'_ str| token.split('.').next().unwrap_or_default().as_bytes().to_vec();
    !sent.is_empty() && bool::from(secret(sent).ct_eq(&secret(token)))
}
