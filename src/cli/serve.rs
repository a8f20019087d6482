//! `kith serve`: the console, until a signal stops it.

use std::{
    net::TcpListener,
    process::ExitCode,
    sync::{Arc, Weak},
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, rt, web};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::First;
use crate::{
    account::{DemoAccount, SetupToken},
    app::Console,
    auth,
    config::{Config, Database},
    db::local::{Server, Speed},
    housekeeping, imports,
    state::AppState,
    status::{self, Asked, Pulse, Status},
    web::connections::Connections,
};

pub fn run(config: Config) -> anyhow::Result<ExitCode> {
    serve(config, "kith", |console| {
        let state = &console.state;
        if state.db.read_now(auth::is_empty)? {
            let (token, text) = SetupToken::new();
            println!(
                "Nobody can sign in yet. Create the first admin with this link. It works once:\n  {}/setup/{text}",
                state.config.server.site
            );
            console.setup = web::Data::new(Some(token));
        }
        Ok(Vec::new())
    })
}

/// Serves the database of that name until a signal, after `prepare` has set up the state.
pub fn serve(
    config: Config,
    name: &str,
    prepare: impl FnOnce(&mut Console) -> anyhow::Result<Vec<DemoAccount>>,
) -> anyhow::Result<ExitCode> {
    // The listener comes first: without it there is no need to start a database, or to print a link.
    let bind = config.server.bind;
    let listener = TcpListener::bind(bind)
        .map_err(|error| anyhow::anyhow!("kith cannot listen on {bind}: {error}. Set KITH_BIND to another port"))?;
    let server = match config.database.url {
        Some(_) => None,
        None => Some(Server::start(&super::home(&config, name)?, Speed::Durable)?),
    };
    // The directory for files, if one is known; the pages that need it say so otherwise.
    let config =
        Config { database: Database { home: super::home(&config, name).ok(), ..config.database.clone() }, ..config };
    let url = config.database.url.clone().or_else(|| server.as_ref().map(Server::url)).unwrap_or_default();
    let private = config.database.home.as_deref().filter(|_| server.is_some());
    let first = private.map_or(First::Warning, First::Backup);
    let mut console = Console::new(super::connect(&config, &url, first)?, super::clock(), config);
    console.demo = web::Data::new(prepare(&mut console)?);
    rt::System::new().block_on(listen(console, listener))?;
    // The pool was dropped with the last copy of the state, so the server can stop cleanly.
    if let Some(server) = server {
        server.stop()?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn listen(kith: Console, listener: TcpListener) -> anyhow::Result<()> {
    let bound = kith.state.config.server.clone();
    let connections = Connections::new(bound.proxies.clone());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let console = HttpServer::new({
        let kith = kith.clone();
        move || crate::application!(kith.clone())
    })
    .workers(workers)
    .max_connections(connections.most().div_ceil(workers))
    .on_connect(move |stream, data| connections.admit(stream, data))
    .tcp_nodelay(true)
    .shutdown_timeout(10)
    .client_request_timeout(Duration::from_secs(10))
    .listen(listener)?
    .run();
    if let Some(at) = bound.metrics {
        start_metrics(at, Arc::downgrade(&kith.state))?;
    }
    let mut terminated = rt::signal::unix::signal(rt::signal::unix::SignalKind::terminate())?;
    let keeping = rt::spawn(housekeeping::run(kith.state.clone().into_inner()));
    let handle = console.handle();
    let ending = rt::spawn(async move {
        terminated.recv().await;
        // The server waits for answers to end, and those of the stream would not.
        kith.stream.close();
        // It listens to the signal itself, but not yet when it comes right after the start.
        handle.stop(true).await;
    });
    println!("kith is at {}", bound.site);
    console.await?;
    imports::stop_now(&kith.state.db);
    for task in [keeping, ending] {
        task.abort();
        // The pool is dropped with the task.
        let _ = task.await;
    }
    Ok(())
}

/// Serves the metrics on their own port. If the port is taken, the console runs without metrics. They keep no state alive: the pool is
/// to go when the console ends.
fn start_metrics(at: std::net::SocketAddr, state: Weak<AppState>) -> anyhow::Result<()> {
    const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|error| anyhow::anyhow!("metrics: {error}"))?;
    let render = move || {
        let handle = handle.clone();
        App::new()
            .app_data(web::Data::new(handle))
            .app_data(web::Data::new(state.clone()))
            .route("/metrics", web::get().to(show_metrics))
    };
    match HttpServer::new(render).workers(1).disable_signals().bind(at) {
        Ok(server) => drop(rt::spawn(server.run())),
        Err(error) => tracing::warn!(%at, %error, "no metrics: set KITH_METRICS to another port, or to off"),
    }
    Ok(())
}

async fn show_metrics(handle: web::Data<PrometheusHandle>, state: web::Data<Weak<AppState>>) -> HttpResponse {
    // What was counted in memory is told in any case.
    let of_server = match state.upgrade() {
        Some(state) => metrics_of(state).await,
        None => status::away(),
    };
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render() + &of_server)
}

/// The status of the server as metrics.
async fn metrics_of(state: Arc<AppState>) -> String {
    let (db, now) = (state.db.clone(), state.clock.now());
    let read = db.work(move |db| {
        let asked = Asked { config: &state.config, now, beat: Some(db.memory::<Pulse>().beat()) };
        db.snapshot_now(|conn| Ok(Status::read(conn, &asked)?))
    });
    read.await.map_or_else(
        |error| {
            error.log();
            status::away()
        },
        |status| status::text(&status),
    )
}
