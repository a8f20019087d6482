//! Hands over what is due, in the background: a lane for each account and environment, so that a slow provider takes one of them alone.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    rt::{self, task::JoinHandle},
    web,
};
use chrono::{DateTime, Utc};

use super::{
    recover::{give_up, recover},
    renderer::Renderer,
    settle::settle,
    take::{self, Lane, Ready},
    tell,
};
use crate::{
    db::Db,
    error::AppError,
    sending_accounts::{self, Account, Connection, HandedOver, Provider, Sealed},
    state::AppState,
};

/// How often it looks for messages that are due.
const EVERY: Duration = Duration::from_secs(1);
/// How many looks there are for one at what dead processes left.
const A_RECOVERY: u32 = 10;
/// Messages that one connection gets before what came of them is stored.
const EACH: usize = 8;
/// How long a lane waits after the account itself failed, so that not all that waits is tried at a closed door.
const AFTER_FAILURE: Duration = Duration::from_secs(30);
/// How long it waits before it tries again to store what came of messages.
const STORED_AGAIN: Duration = Duration::from_secs(1);

/// Hands messages over, for as long as the process lives.
pub struct Worker {
    state: Arc<AppState>,
    busy: Mutex<HashSet<Lane>>,
}

impl Worker {
    /// The worker of a console.
    pub fn new(state: Arc<AppState>) -> Arc<Self> {
        Arc::new(Self { state, busy: Mutex::default() })
    }

    /// Goes on until the process ends. A failure is logged and tried again.
    pub async fn run(self: Arc<Self>) {
        let mut turn: u32 = 0;
        loop {
            if let Err(error) = self.clone().once(turn.is_multiple_of(A_RECOVERY)).await {
                error.log();
            }
            turn = turn.wrapping_add(1);
            rt::time::sleep(EVERY).await;
        }
    }

    /// One look: what dead processes left, what is due, and what is to be told.
    async fn once(self: Arc<Self>, recovers: bool) -> Result<(), AppError> {
        if recovers {
            self.recover().await?;
        }
        self.clone().start_due().await?;
        self.tell().await
    }

    /// Takes messages from processes that died, and from accounts that were removed. Returns how many there were.
    pub async fn recover(&self) -> Result<usize, AppError> {
        let now = self.state.clock.now();
        self.state.db.chore(move |db| db.tx_now(|conn| Ok(recover(conn, now)? + give_up(conn, now)?))).await
    }

    /// Tells what became of messages as events of their people.
    pub async fn tell(&self) -> Result<(), AppError> {
        let clock = self.state.clock.clone();
        self.state
            .db
            .chore(move |db| {
                for environment in db.read_now(tell::to_tell)? {
                    while tell::tell_now(db, &clock, environment)? > 0 {}
                }
                Ok(())
            })
            .await
    }

    /// Starts a lane for each account that has messages due and none yet. A lane ends when nothing is due any more.
    pub async fn start_due(self: Arc<Self>) -> Result<Vec<JoinHandle<()>>, AppError> {
        let now = self.state.clock.now();
        let due = self.state.db.chore(move |db| db.read_now(|conn| take::due(conn, now))).await?;
        let free: Vec<Lane> = due.into_iter().filter(|lane| self.lock().insert(*lane)).collect();
        Ok(free.into_iter().map(|lane| rt::spawn(self.clone().lane(lane))).collect())
    }

    async fn lane(self: Arc<Self>, lane: Lane) {
        let mut last = None;
        loop {
            match self.step(lane, last).await {
                Ok(Some(left)) => last = Some(left),
                Ok(None) => break,
                Err(error) => {
                    error.log();
                    break;
                }
            }
        }
        self.lock().remove(&lane);
    }

    /// Hands some messages of a lane over. `None` if none is due; else the connections, for the next step.
    async fn step(&self, lane: Lane, last: Option<Open>) -> Result<Option<Open>, AppError> {
        let since = self.state.clock.now();
        let state = self.state.clone();
        let taken = self.state.db.chore(move |db| take(db, &state, lane, since)).await?;
        let Some(Taken { account, sealed, messages }) = taken else { return Ok(None) };
        let door = Door { provider: account.provider.clone(), sealed };
        // Those of the last step, unless the account leads elsewhere since.
        let mut connections = last.filter(|open| open.door == door).map(|open| open.connections).unwrap_or_default();
        let needed = messages.len().div_ceil(EACH).min(account.limits.at_once as usize);
        connections.resize_with(needed, || account.connect(door.sealed.as_ref(), &self.state.config));
        let (count, clock) = (messages.len(), self.state.clock.clone());
        // Not as a chore of the database, which would hold a connection meanwhile.
        let handed = web::block(move || hand_over(connections, messages, &|| clock.now())).await;
        let (came, connections) = handed.map_err(|error| AppError::Unexpected(error.into()))?;
        let is_closed = came.iter().all(|(_, came)| matches!(came, HandedOver::Later { is_of_account: true, .. }));
        self.store(lane, &account, came).await;
        if is_closed && count > 0 {
            rt::time::sleep(AFTER_FAILURE).await;
        }
        self.keep_to(account.limits.per_second, count, since).await;
        Ok(Some(Open { door, connections }))
    }

    /// Stores what came of messages, however long that takes: they are out, and a message that stays as being sent is never sent again.
    async fn store(&self, lane: Lane, account: &Account, came: Vec<(Ready, HandedOver)>) {
        let (came, give_up, id) = (Arc::new(came), account.limits.give_up, account.id);
        loop {
            let (came, now) = (came.clone(), self.state.clock.now());
            let stored = self.state.db.chore(move |db| {
                db.tx_now(|conn| {
                    settle(conn, lane.environment, &came, give_up, now)?;
                    let well = came.iter().any(|(_, came)| matches!(came, HandedOver::Taken { .. }));
                    let ill = came.iter().find_map(|(_, came)| came.health()?.err());
                    let health = if well { Some(Ok(())) } else { ill.map(Err) };
                    let Some(health) = health else { return Ok(()) };
                    sending_accounts::store::note_health(conn, lane.workspace, id, health, now).map(drop)
                })
            });
            match stored.await {
                Ok(()) => return,
                Err(error) => error.log(),
            }
            rt::time::sleep(STORED_AGAIN).await;
        }
    }

    /// Waits until the limit of messages a second lets more follow.
    async fn keep_to(&self, per_second: u32, count: usize, since: DateTime<Utc>) {
        if per_second == 0 {
            return;
        }
        let passed = (self.state.clock.now() - since).to_std().unwrap_or_default();
        let due = Duration::from_secs(1).mul_f64(count as f64 / f64::from(per_second));
        rt::time::sleep(due.saturating_sub(passed)).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Lane>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages that were taken, with what hands them over.
struct Taken {
    account: Account,
    sealed: Option<Sealed>,
    messages: Vec<Ready>,
}

/// Where an account hands over.
#[derive(PartialEq, Eq)]
struct Door {
    provider: Provider,
    sealed: Option<Sealed>,
}

/// Connections that one step leaves to the next.
struct Open {
    door: Door,
    connections: Vec<Connection>,
}

fn take(db: &Db, state: &AppState, lane: Lane, now: DateTime<Utc>) -> Result<Option<Taken>, AppError> {
    let number = db.presence().number()?;
    let renderer = Renderer { origin: state.config.server.site.origin() };
    db.tx_now(|conn| {
        let found = sending_accounts::store::find(conn, lane.workspace, lane.account)?;
        let Some(account) = found.filter(|account| account.is_on) else { return Ok(None) };
        let limits = account.limits;
        let at_once = limits.at_once as usize;
        let most =
            if limits.per_second == 0 { at_once * EACH } else { (at_once * EACH).min(limits.per_second as usize) };
        let place = take::Place { lane, account: &account, number, now };
        let messages = take::take(db, conn, &place, most, &renderer)?;
        let Some(messages) = messages else { return Ok(None) };
        let sealed = sending_accounts::store::sealed(conn, lane.workspace, lane.account)?;
        Ok(Some(Taken { account, sealed, messages }))
    })
}

type Came = Vec<(Ready, HandedOver)>;

/// Hands messages over, by all connections at once, each its share.
fn hand_over(
    connections: Vec<Connection>,
    messages: Vec<Ready>,
    now: &(dyn Fn() -> DateTime<Utc> + Sync),
) -> (Came, Vec<Connection>) {
    let share = messages.len().div_ceil(connections.len().max(1)).max(1);
    let mut shares: Vec<Vec<Ready>> = messages.chunks(share).map(<[Ready]>::to_vec).collect();
    shares.resize_with(connections.len(), Vec::new);
    std::thread::scope(|scope| {
        let threads: Vec<_> = connections
            .into_iter()
            .zip(shares)
            .map(|(mut connection, share)| {
                let lost = share.clone();
                let work = move || {
                    let came = share.into_iter().map(|ready| {
                        let came = connection.hand_over(&ready.outgoing, now());
                        (ready, came)
                    });
                    (came.collect::<Came>(), connection)
                };
                (lost, scope.spawn(work))
            })
            .collect();
        let (mut all, mut left) = (Came::new(), Vec::new());
        for (lost, thread) in threads {
            match thread.join() {
                Ok((came, connection)) => {
                    all.extend(came);
                    left.push(connection);
                }
                Err(_) => all.extend(lost.into_iter().map(|ready| {
                    let words = "kith stopped while it was being sent. Nobody knows whether it left.".to_owned();
                    (ready, HandedOver::Unknown { words })
                })),
            }
        }
        (all, left)
    })
}
