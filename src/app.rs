//! The only place that assembles the application: state, middleware, areas.

use crate::ledger;
use std::sync::Arc;

use actix_web::{
    HttpResponse, Responder,
    middleware::Compress,
    web::{self, Data, ServiceConfig},
};

use crate::{
    activity, api, attributes,
    auth::{self, DemoAccount, Refusals, SetupToken, Throttle},
    clock::Clock,
    config::Config,
    db::{
        Db,
        ids::{ProfileId, new_id},
    },
    error::AppError,
    history, identities,
    ingest::{self, Item, Person, Statement},
    jobs, keys,
    ledger::{Batch, Effect, Outcome, Source},
    merges, notes, profiles, tags,
    web::{Access, Jar, Routes, SigningKey, assets},
    workspaces::Scope,
};

/// What every handler may need.
pub struct AppState {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The settings.
    pub config: Config,
    /// Counts sign-in attempts.
    pub throttle: Throttle,
    /// Bounds the refusals that are written down.
    pub refusals: Refusals,
    /// Signs what browsers keep for as long as this process lives.
    pub signing: SigningKey,
    /// Keys that were asked for a moment ago.
    pub keys: keys::Known,
    /// Counts the calls of each key.
    pub meter: api::Meter,
    /// The memory that the bodies of all calls share.
    pub bodies: api::Budget,
    /// That of calls whose key is not known before their body.
    pub strangers: api::Budget,
    /// Bounds what is kept of refused items.
    pub sweeper: api::rejections::Sweeper,
    /// The latest calls.
    pub stream: api::stream::Ring,
    /// Opens the one-time link while there are no operators.
    pub setup: Option<SetupToken>,
    /// Accounts that the sign-in page offers; empty outside the demo.
    pub demo: Vec<DemoAccount>,
}

impl AppState {
    /// State for a running console.
    pub fn new(db: Db, clock: Clock, config: Config) -> Self {
        Self {
            db,
            clock,
            throttle: Throttle::default(),
            refusals: Refusals::default(),
            signing: SigningKey::random(),
            keys: keys::Known::default(),
            meter: api::Meter::default(),
            bodies: api::Budget::new(4 * config.ingest.batch_bytes),
            strangers: api::Budget::new(4 << 20),
            sweeper: api::rejections::Sweeper::default(),
            stream: api::stream::Ring::default(),
            setup: None,
            demo: Vec::new(),
            config,
        }
    }

    /// Whether people come by https.
    pub fn is_https(&self) -> bool {
        self.config.server.site.is_https()
    }

    /// Reads and makes cookies.
    pub fn jar(&self) -> Jar {
        Jar::new(self.is_https())
    }

    /// What is done by hand: the operator is the source, now is the time.
    pub async fn batch(&self, scope: &Scope) -> Result<Batch, AppError> {
        let (now, environment, source) = (self.clock.now(), scope.environment, Source::operator(&scope.operator));
        let source = self.db.tx(move |conn| ledger::source_id(conn, environment, &source)).await?;
        Ok(Batch { environment, source, received_at: now, group: new_id(now), before: 0, reason: None })
    }

    /// Says one thing about one profile, by hand.
    pub async fn say(&self, scope: &Scope, profile: ProfileId, statement: Statement) -> Result<Outcome, AppError> {
        let batch = self.batch(scope).await?;
        let item = Item { person: Person::Profile(profile), as_of: batch.received_at, statement };
        let outcomes = ingest::submit(&self.db, batch, vec![item]).await?;
        Ok(outcomes.into_iter().next().unwrap_or(Outcome { profile: None, effect: Effect::Missing }))
    }
}

/// Every route of the console, with who may use it.
pub fn routes() -> Routes {
    Routes::default()
        .with(assets::routes())
        .with(auth::routes())
        .with(profiles::routes())
        .with(identities::routes())
        .with(activity::routes())
        .with(tags::routes())
        .with(notes::routes())
        .with(history::routes())
        .with(merges::routes())
        .with(attributes::routes())
        .with(jobs::routes())
        .with(keys::routes())
        .with(api::routes())
        .with(api::native::calls().routes)
        .with(api::docs::routes())
        .with(api::rejections::routes())
        .with(api::stream::routes())
        .get("/healthz", Access::Public, healthz)
        .get("/readyz", Access::Public, readyz)
}

/// Puts state and routes into an actix application. Wrap it in [`application!`](crate::application).
pub fn configure(state: Arc<AppState>) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.app_data(Data::from(state));
        routes().register(config);
        config.default_service(web::to(nothing_here));
    }
}

/// The application with all that surrounds it; `$state` is an `Arc<AppState>`. A macro, because the type has no name.
#[macro_export]
macro_rules! application {
    ($state:expr) => {
        actix_web::App::new()
            .configure($crate::app::configure($state))
            .wrap($crate::app::compression())
            .wrap(actix_web::middleware::from_fn($crate::web::site::layer))
            .wrap(actix_web::middleware::from_fn($crate::web::observe::layer))
    };
}

/// Compression of answers; gzip only, which costs little while a page is made.
pub fn compression() -> Compress {
    Compress::default()
}

async fn nothing_here() -> Result<HttpResponse, AppError> {
    Err(AppError::NotFound)
}

/// The process answers.
async fn healthz() -> impl Responder {
    "ok"
}

/// The database answers too, and its tables are those of this version.
async fn readyz(state: Data<AppState>) -> Result<HttpResponse, AppError> {
    match state.db.read(crate::db::migrate::obstacle).await? {
        None => Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready")),
        Some(why) => {
            tracing::warn!(why, "not ready");
            let answer = HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").body(why);
            Ok(answer)
        }
    }
}
