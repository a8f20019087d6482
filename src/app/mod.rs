//! The only place that assembles the application: state, middleware, areas.

mod one_host;

pub use one_host::layer as one_host;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::{Method, header},
    middleware::Compress,
    web::{self, Data, ServiceConfig},
};

use crate::{
    account::{self, DemoAccount, SetupToken},
    activity, api, attributes,
    auth::{Refusals, Throttle},
    clock::Clock,
    config::Config,
    confirmations,
    console::{Access, Door, Routes, assets},
    data_requests,
    db::Db,
    error::AppError,
    events, feedback, help, history, identities, jobs, keys, membership_attributes, merges, notes, operators, outputs,
    preferences, profiles, restrictions,
    state::AppState,
    status::{self, Pulse},
    stream::Ring,
    subscriptions, tags,
    web::Visits,
    workspaces::RESERVED,
};

/// The assembled console: state for all handlers, and for some.
#[derive(Clone)]
pub struct Console {
    /// State for all handlers.
    pub state: Data<AppState>,
    /// Counts failed sign-ins.
    pub throttle: Data<Throttle>,
    /// Counts what is asked for by links of people.
    pub visits: Data<Visits>,
    /// What calls of providers share.
    pub hooks: Data<feedback::Hooks>,
    /// Bounds the audited refusals.
    pub refusals: Data<Refusals>,
    /// Latest calls of senders.
    pub stream: Data<Ring>,
    /// State that all calls of senders share.
    pub intake: Data<api::Intake>,
    /// Token of the setup link, while there are no operators.
    pub setup: Data<Option<SetupToken>>,
    /// Accounts on the sign-in page; empty outside the demo.
    pub demo: Data<Vec<DemoAccount>>,
}

impl Console {
    /// A console on this database.
    pub fn new(db: Db, clock: Clock, config: Config) -> Self {
        let stream = Data::new(Ring::default());
        Self {
            throttle: Data::default(),
            visits: Data::new(Visits::new(preferences::OF_LINK)),
            hooks: Data::default(),
            refusals: Data::default(),
            intake: Data::new(api::Intake::new(config.ingest.batch_bytes, stream.clone())),
            stream,
            setup: Data::new(None),
            demo: Data::default(),
            state: Data::new(AppState::new(db, clock, config)),
        }
    }
}

/// All kinds of jobs.
pub const TASKS: [jobs::Kind; 5] = [
    jobs::Kind::of::<history::Undo>(),
    jobs::Kind::of::<tags::Retag>(),
    jobs::Kind::of::<attributes::Retype>(),
    jobs::Kind::of::<profiles::BulkJob>(),
    jobs::Kind::of::<membership_attributes::Synchronise>(),
];

/// All routes, with the access of each.
pub fn routes() -> Routes {
    Routes::default()
        .with(assets::routes())
        .with(account::routes())
        .with(profiles::routes())
        .with(identities::routes())
        .with(activity::routes())
        .with(events::routes())
        .with(tags::routes())
        .with(notes::routes())
        .with(history::routes())
        .with(merges::routes())
        .with(confirmations::routes())
        .with(restrictions::routes())
        .with(subscriptions::routes())
        .with(preferences::routes())
        .with(data_requests::routes())
        .with(attributes::routes())
        .with(jobs::routes())
        .with(help::routes())
        .with(keys::routes())
        .with(operators::routes())
        .with(outputs::routes())
        .with(crate::organisation::routes())
        .with(api::routes())
        .otherwise(api::PREFIXES[0], web::to(api::nothing_here))
        .otherwise(api::PREFIXES[1], web::to(api::nothing_here))
        .with(api::native::calls().routes)
        .with(crate::developers::routes())
        .with(crate::rejections::routes())
        .with(crate::stream::routes())
        .with(crate::audit::routes())
        .with(crate::segments::routes())
        .with(crate::screen_views::routes())
        .with(membership_attributes::routes())
        .with(crate::messages::routes())
        .with(crate::imports::routes())
        .with(crate::sending_accounts::routes())
        .with(crate::feedback::routes())
        .with(crate::settings::routes())
        .with(status::routes())
        .with(crate::topics::routes())
        .with(crate::message_templates::routes())
        .with(crate::views::routes())
        .get("/healthz", Access::Public, healthz)
        .get("/readyz", Access::Public, readyz)
}

/// Adds state and routes to an actix application. Wrap it in [`application!`](crate::application).
pub fn configure(console: Console) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config
            .app_data(console.state)
            .app_data(console.throttle)
            .app_data(console.visits)
            .app_data(console.hooks)
            .app_data(console.refusals)
            .app_data(console.stream)
            .app_data(console.intake)
            .app_data(console.setup)
            .app_data(console.demo)
            .app_data(Data::new(Door(account::for_unsent)));
        routes().register(config);
        config.default_service(web::to(nothing_here));
    }
}

/// The application with its middleware; `$console` is a [`Console`]. A macro, because the type has no name.
#[macro_export]
macro_rules! application {
    ($console:expr) => {
        actix_web::App::new()
            .configure($crate::app::configure($console))
            .wrap(actix_web::middleware::from_fn($crate::console::surround::layer))
            .wrap($crate::app::compression())
            .wrap(actix_web::middleware::from_fn($crate::app::one_host))
            .wrap(actix_web::middleware::from_fn($crate::console::observe::layer))
    };
}

/// Compression of answers: gzip only, which costs little while a page is made.
pub fn compression() -> Compress {
    Compress::default()
}

async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, AppError> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let meant = meant(request.uri().path()).filter(|_| is_read).ok_or(AppError::NotFound)?;
    let address = request.uri().query().map_or(meant.clone(), |query| format!("{meant}?{query}"));
    Ok(HttpResponse::PermanentRedirect().insert_header((header::LOCATION, address)).finish())
}

/// The address that somebody means by another spelling of it: without a slash at its end, with workspace, environment and page in small
/// letters; and by a workspace or an environment alone, its list. `None`: it is spelt well.
fn meant(path: &str) -> Option<String> {
    let mut parts: Vec<String> = path.trim_end_matches('/').split('/').skip(1).map(str::to_owned).collect();
    // Below, texts such as names of tags may have any letters. An empty part at the start would lead to another host.
    let is_word =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && !part.is_empty();
    if parts.is_empty() || !parts.iter().take(2).all(|part| is_word(part)) || parts.iter().any(String::is_empty) {
        return None;
    }
    parts.iter_mut().take(3).for_each(|part| part.make_ascii_lowercase());
    let rest: &[&str] = match &parts[..] {
        [own] if RESERVED.contains(&own.as_str()) => &[],
        [_] => &["live", "profiles"],
        [_, environment] if environment == "live" || environment == "test" => &["profiles"],
        _ => &[],
    };
    let whole = parts
        .iter()
        .map(String::as_str)
        .chain(rest.iter().copied())
        .fold(String::new(), |whole, part| whole + "/" + part);
    (whole != path).then_some(whole)
}

/// Answers while the process runs.
async fn healthz() -> impl Responder {
    "ok"
}

/// Answers while the database answers, too, takes changes and has the tables of this version, and housekeeping goes on.
async fn readyz(state: Data<AppState>) -> Result<HttpResponse, AppError> {
    let (beat, now) = (state.db.memory::<Pulse>().beat(), state.clock.now());
    match state.db.read(move |conn| status::obstacle(conn, beat, now)).await? {
        None => Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready")),
        Some(why) => {
            tracing::warn!(why, "not ready");
            let answer = HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").body(why);
            Ok(answer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_leads_to_the_right_one() {
        for (typed, right) in [
            ("/acme", "/acme/live/profiles"),
            ("/Acme/", "/acme/live/profiles"),
            ("/acme/test", "/acme/test/profiles"),
            ("/acme/live/profiles/", "/acme/live/profiles"),
            ("/ACME/Live/Tags/VIP", "/acme/live/tags/VIP"),
            ("/sign-in/", "/sign-in"),
        ] {
            assert_eq!(meant(typed).as_deref(), Some(right), "{typed}");
            assert_eq!(meant(right), None, "{right} is not sent on again");
        }
        for typed in ["/", "//evil.example", "//evil.example/", "/favicon.ico", "/acme/live/tags//x", "/%2f%2fevil"] {
            assert_eq!(meant(typed), None, "{typed}");
        }
    }
}
