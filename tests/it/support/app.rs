//! The whole application, served in this process: routes, guard, middleware, database.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::OnceLock,
    time::{Duration, Instant},
};

use actix_web::{
    Error,
    body::BoxBody,
    dev::{Service, ServiceResponse},
    http::{StatusCode, header::HeaderMap},
    rt::{System, SystemRunner, time::sleep},
    test,
    web::Data,
};
use chrono::{DateTime, Utc};
use diesel::{Connection, PgConnection};
use kith::{
    account::SetupToken,
    app::Console,
    auth::{self, NewOperator, Role, Session, Strength},
    clock::Clock,
    config::{Config, Place, Settings, Shared},
    db::{
        Db,
        ids::{EnvironmentId, OperatorId, ProfileId},
    },
    state::AppState,
    web::Name,
    workspaces::{self, NewWorkspace, Workspace},
};

use super::{Browser, Ledger, Person, TestDb, at, browser::HOST};

/// When tests take place.
pub const NOW: &str = "2026-11-22T03:24:05Z";
/// Everybody's password.
pub const PASSWORD: &str = "otter lantern quiet bicycle";

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

type Serve = Box<dyn Fn(test::TestRequest) -> Pin<Box<dyn Future<Output = Answer>>>>;

/// A running console with one workspace, "Acme", and one operator for each role.
pub struct App {
    serve: Serve,
    system: SystemRunner,
    pub console: Console,
    pub state: Data<AppState>,
    pub clock: Clock,
    pub workspace: Workspace,
    pub live: EnvironmentId,
    pub test: EnvironmentId,
    // Dropped last, when nobody needs it any more.
    pub db: TestDb,
}

impl App {
    /// The usual one.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// What was changed.
    pub fn ledger(&self) -> Ledger<'_> {
        Ledger::of(&self.db)
    }

    /// The usual one, with something about it changed before it starts.
    pub fn with(change: impl FnOnce(&mut Console)) -> Self {
        Self::make(|_| {}, change)
    }

    /// The usual one, with other settings.
    pub fn configured(set: impl FnOnce(&mut Config)) -> Self {
        Self::make(set, |_| {})
    }

    fn make(set: impl FnOnce(&mut Config), change: impl FnOnce(&mut Console)) -> Self {
        let (db, clock) = (TestDb::new(), Clock::fixed(at(NOW)));
        let mut conn = db.connect();
        let (workspace, [live, test]) = create_workspace(&mut conn, "Acme", clock.now());
        // Ada comes first, and so is an organisation admin.
        for role in Role::ALL.into_iter().rev() {
            add_operator(&db, &workspace, role, operator_names(role), &clock);
        }
        let mut config = config();
        set(&mut config);
        let pool = Db::new(&db.url(), 3, config.database.statement_limit);
        let mut console = Console::new(pool, clock.clone(), config);
        change(&mut console);
        Self::start(db, clock, console, workspace, [live, test])
    }

    /// One that nobody can sign in to yet, and the text of its setup link.
    pub fn fresh() -> (Self, String) {
        let (db, clock) = (TestDb::new(), Clock::fixed(at(NOW)));
        let (token, text) = SetupToken::new();
        let mut console = Console::new(db.pool(3), clock.clone(), config());
        console.setup = Data::new(Some(token));
        let none = Workspace {
            id: kith::db::ids::WorkspaceId(0),
            slug: String::new(),
            name: String::new(),
            accent: Default::default(),
        };
        let app = Self::start(db, clock, console, none, [EnvironmentId(1), EnvironmentId(2)]);
        (app, format!("/setup/{text}"))
    }

    fn start(
        db: TestDb,
        clock: Clock,
        console: Console,
        workspace: Workspace,
        [live, test]: [EnvironmentId; 2],
    ) -> Self {
        let (system, state) = (System::new(), console.state.clone());
        let service = system.block_on(async { test::init_service(kith::application!(console.clone())).await });
        Self {
            serve: serve(service, test::TestRequest::to_request),
            system,
            console,
            state,
            clock,
            workspace,
            live,
            test,
            db,
        }
    }

    /// Sends one request.
    pub fn call(&self, request: test::TestRequest) -> Answer {
        self.system.block_on((self.serve)(request))
    }

    /// Does what goes on beside the requests.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.system.block_on(work)
    }

    /// Lets what goes on beside the requests go on until this is so.
    #[track_caller]
    pub fn until(&self, is_so: impl Fn() -> bool) {
        let since = Instant::now();
        while !is_so() {
            assert!(since.elapsed() < Duration::from_secs(20), "it never is");
            self.system.block_on(async { sleep(Duration::from_millis(10)).await });
        }
    }

    /// A browser of somebody who has not signed in.
    pub fn visitor(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser of the operator of that role, signed in.
    pub fn browser(&self, role: Role) -> Browser<'_> {
        self.browser_of(operator_names(role).1)
    }

    /// A browser of the operator with that email, signed in without the form, which takes time.
    pub fn browser_of(&self, email: &str) -> Browser<'_> {
        let id = self.db.one(&format!("SELECT id FROM operators WHERE email = '{email}'"));
        let id = OperatorId(id.parse().expect("an id"));
        let token = Session::start(&mut self.db.connect(), id, self.clock.now()).expect("a session");
        let mut browser = Browser::new(self);
        let cookie = self.state.jar().keep(Name::Session, token.clone());
        browser.cookies.insert(cookie.name().to_owned(), token);
        browser
    }

    /// Adds somebody else to the workspace.
    pub fn add_operator(&self, name: &'static str, email: &'static str, role: Role) {
        add_operator(&self.db, &self.workspace, role, (name, email), &self.clock);
    }

    /// Adds an operator of that role and email to another workspace, and returns its slug.
    pub fn add_neighbour(&self, name: &str, email: &'static str, role: Role) -> String {
        let (workspace, _) = create_workspace(&mut self.db.connect(), name, self.clock.now());
        add_operator(&self.db, &workspace, role, ("Neighbour", email), &self.clock);
        workspace.slug
    }

    /// Stores a person in the live environment.
    pub fn add(&self, person: Person) -> ProfileId {
        self.add_to(self.live, person)
    }

    /// Stores a person.
    pub fn add_to(&self, environment: EnvironmentId, person: Person) -> ProfileId {
        person.store(&self.state.db, environment, self.clock.now())
    }

    /// Address of something in the live environment.
    pub fn path(&self, rest: &str) -> String {
        format!("/{}/live/{rest}", self.workspace.slug)
    }

    /// Address of something about a live profile.
    pub fn profile(&self, id: ProfileId, rest: &str) -> String {
        self.path(&format!("profiles/{id}{rest}"))
    }
}

/// Name and email of the operator of each role.
pub fn operator_names(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Marketer => ("Mara Keller", "mara@acme.example"),
        Role::Support => ("Sanjay Rao", "sanjay@acme.example"),
        Role::Admin => ("Ada Moreau", "ada@acme.example"),
    }
}

/// A workspace of which only the name is decided, and its environments, live first.
pub fn create_workspace(conn: &mut PgConnection, name: &str, now: DateTime<Utc>) -> (Workspace, [EnvironmentId; 2]) {
    let new = NewWorkspace::named(name.parse().expect("a name"));
    let made = conn.transaction(|conn| workspaces::create(conn, &new, now));
    made.expect("the database answers").expect("a workspace")
}

fn config() -> Config {
    let place = Place { bind: None, origin: Some(format!("http://{HOST}")) };
    let shared = Shared { data: Some(env!("CARGO_TARGET_TMPDIR").to_owned()), ..Shared::default() };
    let settings = Settings { place, shared, ..Settings::default() };
    settings.check().expect("the defaults are good")
}

fn add_operator(
    db: &TestDb,
    workspace: &Workspace,
    role: Role,
    (name, email): (&'static str, &'static str),
    clock: &Clock,
) {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| {
        let password = Strength::check(PASSWORD, &[]).unwrap_or_else(|rule| panic!("{rule}"));
        auth::hash(&password).expect("a hash")
    });
    let new = NewOperator { name, email, password_hash: hash };
    let added = auth::add(&mut db.connect(), &new, workspace.id, role, clock.now());
    added.expect("the table is there").expect("the email is free");
}

/// Hides the type of the service, which has no name.
fn serve<S, R: 'static>(service: S, make: fn(test::TestRequest) -> R) -> Serve
where
    S: Service<R, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    let service = Rc::new(service);
    Box::new(move |request| {
        let service = service.clone();
        Box::pin(async move {
            let answer = service.call(make(request)).await.unwrap_or_else(|error| panic!("no answer: {error}"));
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = String::from_utf8_lossy(&test::read_body(answer).await).into_owned();
            Answer { status, headers, body }
        })
    })
}
