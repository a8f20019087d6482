//! Input of a page or an action of a workspace: scope, address, query, time.

use std::{
    future::{Ready, ready},
    net::IpAddr,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::{Path, Payload, Url},
    web::Data,
};
use diesel::{PgConnection, QueryResult};
use percent_encoding::percent_decode_str;

use super::{Csrf, Scope, Section, Shell, scope::forbidden};
use crate::{
    auth::{Actor, Permission, Place, Session, team},
    db::{
        Decided,
        ids::{ProfileId, new_id},
    },
    error::AppError,
    identities::Reading,
    ingest::{self, Item, Person, Statement, Trust},
    jobs::{self, Job, StoredTask},
    ledger::{self, Batch, Effect, Outcome},
    settings::WorkspaceSettings,
    state::{self, AppState},
    web::{Answer, FormData, Now, PathId, Query, client_address, pairs::Pairs, respond::Flash},
};

/// A page: reads all that the request asks for in one snapshot, and renders it. Postgres refuses changes.
pub type Page = fn(&Request, &mut PgConnection) -> Result<Answer, AppError>;

/// An action: in one call on a blocking thread it parses the form, submits the change and redirects; or answers with the form again.
pub type Action = fn(&Request, &FormData) -> Result<Answer, AppError>;

/// A request that has passed the guard.
#[derive(Clone)]
pub struct Request {
    /// The shell of the page, with the scope that the guard found.
    pub shell: Shell,
    /// Query of the address.
    pub query: Query,
    /// The present, in the time zone of the operator.
    pub now: Now,
    /// Database, time and settings.
    pub state: Data<AppState>,
    /// The value of the cookie that remembers visits to this address; `None` before the first visit.
    pub visit: Option<String>,
    path: Path<Url>,
    address: Option<IpAddr>,
    unsent: Option<FormData>,
}

/// A request before the guard has found its operator.
#[derive(Clone)]
pub(super) struct Arrived {
    query: Query,
    state: Data<AppState>,
    visit: Option<String>,
    path: Path<Url>,
    address: Option<IpAddr>,
    flash: Option<Flash>,
    section: Section,
}

impl Arrived {
    pub fn new(request: &HttpRequest, state: Data<AppState>) -> Self {
        Self {
            query: Query(Pairs::parse(request.query_string().as_bytes())),
            visit: state.jar().read_visit(request),
            path: request.match_info().clone(),
            address: client_address(request, &state.config.server.proxies),
            flash: request.extensions().get::<Flash>().cloned(),
            section: Section::of(request.path()),
            state,
        }
    }

    pub fn admitted(self, scope: Scope, csrf: String) -> Request {
        let Self { query, state, visit, path, address, flash, section } = self;
        let now = Now::new(state.clock.now(), scope.operator.zone);
        let shell = Shell { scope, csrf, flash, section, has_unsent: false };
        Request { shell, query, now, state, visit, path, address, unsent: None }
    }

    pub fn own(self, session: Session) -> OwnRequest {
        let now = Now::new(self.state.clock.now(), session.operator.zone);
        let Self { query, state, path, address, flash, .. } = self;
        OwnRequest { session, flash, query, now, state, path, address }
    }
}

/// A request of an operator, outside a workspace.
pub struct OwnRequest {
    /// Session of the operator.
    pub session: Session,
    /// Message about the last change, if there is one.
    pub flash: Option<Flash>,
    /// Query of the address.
    pub query: Query,
    /// The present, in the time zone of the operator.
    pub now: Now,
    /// Database, time and settings.
    pub state: Data<AppState>,
    path: Path<Url>,
    address: Option<IpAddr>,
}

impl OwnRequest {
    /// The operator, for the audit log: in all their workspaces, from the client's address.
    pub fn actor(&self) -> Actor {
        Actor { place: Place::Operator, operator: Some(self.session.operator.id), address: self.address }
    }

    /// An id in the address.
    ///
    /// # Errors
    /// `NotFound` if it cannot be parsed.
    pub fn id<T: PathId>(&self) -> Result<T, AppError> {
        T::from_path(&self.path)
    }
}

/// [`Page`] outside a workspace.
pub type OwnPage = fn(&OwnRequest, &mut PgConnection) -> Result<Answer, AppError>;

/// [`Action`] outside a workspace.
pub type OwnAction = fn(&OwnRequest, &FormData) -> Result<Answer, AppError>;

impl Request {
    /// Workspace, environment, operator and role.
    pub fn scope(&self) -> &Scope {
        &self.shell.scope
    }

    /// The operator, for the audit log: in the environment of the address, from the client's address.
    pub fn actor(&self) -> Actor {
        let scope = self.scope();
        Actor { place: Place::Environment(scope.environment), operator: Some(scope.operator.id), address: self.address }
    }

    /// A part of the path, percent-decoded once: actix does not decode `%`, `/` and `+`. Empty if it is missing or not UTF-8.
    pub fn part(&self, name: &str) -> String {
        let sent = percent_decode_str(self.path.get(name).unwrap_or_default());
        sent.decode_utf8().unwrap_or_default().replace('\0', "")
    }

    /// How the workspace has identifiers and addresses read.
    pub fn reading(&self, conn: &mut PgConnection) -> QueryResult<Reading> {
        let settings = WorkspaceSettings::remembered_by(conn, &self.state.db, self.scope().environment, self.now.at)?;
        Ok(settings.reading(self.now.at))
    }

    /// A request for the page of a form that was not taken, because its session had ended.
    pub(super) fn with_unsent(mut self, typed: FormData) -> Self {
        self.shell.has_unsent = true;
        self.unsent = Some(typed);
        self
    }

    /// What was typed into the form of this page before the operator signed in again, to be shown in it; `None` almost always.
    pub fn unsent(&self) -> Option<&FormData> {
        self.unsent.as_ref()
    }

    /// An id in the address.
    ///
    /// # Errors
    /// `NotFound` if it cannot be parsed.
    pub fn id<T: PathId>(&self) -> Result<T, AppError> {
        T::from_path(&self.path)
    }

    /// Refuses what the role may not do, where the address alone does not say what that is.
    ///
    /// # Errors
    /// `Forbidden` if the role lacks the permission.
    pub fn require(&self, permission: Permission) -> Result<(), AppError> {
        let Scope { role, workspace, .. } = self.scope();
        if role.can(permission) {
            return Ok(());
        }
        let admins = self.read(|conn| Ok(team::admin_names(conn, workspace.id)?))?;
        Err(forbidden(*role, permission, admins))
    }

    /// Reads in one snapshot; fails as `work` does.
    pub fn read<T>(&self, work: impl Fn(&mut PgConnection) -> Result<T, AppError>) -> Result<T, AppError> {
        self.state.db.snapshot_now(work)
    }

    /// A new batch of statements by this operator, as of now.
    pub fn batch(&self) -> Result<Batch, AppError> {
        let (scope, now) = (self.scope(), self.now.at);
        let source = ledger::remembered_source(&self.state.db, scope.environment, &scope.source(), now)?;
        let environment = scope.environment;
        Ok(Batch { environment, source, received_at: now, group: new_id(now), before: 0, reason: None })
    }

    /// Submits one statement about one profile, by this operator. On an error nothing was stored.
    pub fn say(&self, profile: ProfileId, statement: Statement) -> Result<Outcome, AppError> {
        self.say_in(&self.batch()?, profile, statement)
    }

    /// [`Request::say`] in an existing batch.
    pub fn say_in(&self, batch: &Batch, profile: ProfileId, statement: Statement) -> Result<Outcome, AppError> {
        let item = Item { person: Person::Profile(profile), as_of: batch.received_at, statement };
        let outcomes = ingest::submit_now(&self.state.db, batch, &Trust::Operator, &[item])?;
        Ok(outcomes.into_iter().next().unwrap_or(Outcome { profile: None, effect: Effect::Missing }))
    }

    /// Stores a job of this operator, and runs it for a moment.
    pub fn begin<T: StoredTask>(&self, task: &T, title: &str) -> Result<Job, AppError> {
        let (environment, source) = (self.scope().environment, self.batch()?.source);
        jobs::begin(&self.state.db, &self.state.clock, environment, source, task, title, &self.actor())
    }
}

impl FromRequest for OwnRequest {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let session = request.extensions().get::<Session>().cloned().ok_or(AppError::NotFound);
        let own = |session| Ok(Arrived::new(request, state::data::<AppState>(request)?).own(session));
        ready(session.and_then(own))
    }
}

impl FromRequest for Request {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let admitted = || {
            let state = state::data::<AppState>(request)?;
            let extensions = request.extensions();
            let found = extensions.get::<Scope>().cloned().zip(extensions.get::<Csrf>().cloned());
            drop(extensions);
            let (scope, csrf) = found.ok_or(AppError::NotFound)?;
            Ok(Arrived::new(request, state).admitted(scope, csrf.0))
        };
        ready(admitted())
    }
}
