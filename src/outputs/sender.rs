//! Sends what is due, in the background: a lane for each webhook, so that a slow receiver takes one of them alone.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    rt::{self, task::JoinHandle},
    web,
};
use tokio::sync::Semaphore;

use super::{
    Client,
    errand::{self, AT_ONCE},
};
use crate::{db::ids::WebhookKey, error::AppError, state::AppState, web::outbound::Reach};

/// How often it looks for messages that are due.
const EVERY: Duration = Duration::from_secs(2);
/// Webhooks whose messages are sent at the same time, [`AT_ONCE`] of each.
const LANES: usize = 8;

/// Sends messages, for as long as the process lives.
pub struct Sender {
    state: Arc<AppState>,
    client: Client,
    /// Webhooks that have a lane.
    busy: Mutex<HashSet<WebhookKey>>,
    turns: Semaphore,
}

impl Sender {
    /// A sender for a console.
    pub fn new(state: Arc<AppState>) -> Arc<Self> {
        let client = Client::new(Reach::of(&state.config));
        Arc::new(Self { state, client, busy: Mutex::default(), turns: Semaphore::new(LANES) })
    }

    /// Goes on until the process ends. A failure is logged and tried again.
    pub async fn run(self: Arc<Self>) {
        loop {
            if let Err(error) = self.clone().start_due().await {
                error.log();
            }
            rt::time::sleep(EVERY).await;
        }
    }

    /// Starts a lane for each webhook that has messages due and none yet. A lane ends when nothing is due any more.
    pub async fn start_due(self: Arc<Self>) -> Result<Vec<JoinHandle<()>>, AppError> {
        let now = self.state.clock.now();
        let due = self.state.db.chore(move |db| db.read_now(|conn| errand::due(conn, now))).await?;
        let is_free = |key: &WebhookKey| self.lock().insert(*key);
        let free: Vec<WebhookKey> = due.into_iter().filter(is_free).collect();
        Ok(free.into_iter().map(|key| rt::spawn(self.clone().lane(key))).collect())
    }

    async fn lane(self: Arc<Self>, key: WebhookKey) {
        loop {
            match self.step(key).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    error.log();
                    break;
                }
            }
        }
        self.lock().remove(&key);
    }

    /// Sends some messages of a webhook. False if none is due.
    async fn step(&self, key: WebhookKey) -> Result<bool, AppError> {
        let unexpected = |error: anyhow::Error| AppError::Unexpected(error);
        let _turn = self.turns.acquire().await.map_err(|closed| unexpected(closed.into()))?;
        let now = self.state.clock.now();
        let taken = self.state.db.chore(move |db| db.tx_now(|conn| errand::take(conn, key, now))).await?;
        let Some(errand) = taken else { return Ok(false) };
        let client = self.client.clone();
        // Not as a chore of the database, which would hold a connection meanwhile.
        let report = web::block(move || errand.run(&client)).await.map_err(|error| unexpected(error.into()))?;
        let now = self.state.clock.now();
        self.state.db.chore(move |db| db.tx_now(|conn| errand::store(conn, &report, now))).await?;
        Ok(true)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<WebhookKey>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const _: () = assert!(AT_ONCE * LANES <= 64, "threads that wait for answers");
