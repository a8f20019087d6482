//! Runs jobs: in the request that starts one, then in housekeeping.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    Job,
    store::{self, Progress},
    task::{Chunk, Keeping, Kind, Said, StoredTask, Task},
};
use crate::{
    auth::{self, Action, Actor},
    clock::Clock,
    db::{
        Db,
        ids::{EnvironmentId, JobId, JobKey, ProfileId, SourceId, new_id},
        presence,
    },
    error::AppError,
    ingest::{self, Statement},
    ledger::{Batch, Effect},
};

/// Time that a request works on a job before it leaves the rest to housekeeping.
const AT_FIRST: Duration = Duration::from_secs(2);
/// Time that housekeeping works on jobs before it turns to other work.
const AT_A_TIME: Duration = Duration::from_secs(4);

/// Starts a job, and works on it for two seconds at most: most jobs have finished then. Fails only if the job was not stored.
pub fn begin<T: StoredTask>(
    db: &Db,
    clock: &Clock,
    environment: EnvironmentId,
    source: SourceId,
    task: &T,
    title: &str,
    by: &Actor,
) -> Result<Job, AppError> {
    let at = JobKey { environment, job: JobId(new_id(clock.now())) };
    begin_as(db, clock, at, source, task, title, by)
}

/// [`begin`] with an id that was given out before. Asked again it begins nothing.
pub fn begin_as<T: StoredTask>(
    db: &Db,
    clock: &Clock,
    at: JobKey,
    source: SourceId,
    task: &T,
    title: &str,
    by: &Actor,
) -> Result<Job, AppError> {
    let now = clock.now();
    db.tx_now(|conn| {
        if enqueue(conn, at, source, task, title, now)? {
            auth::audit(conn, by, Action::JobBegun, json!({ "job": at.job, "title": title }), now)?;
        }
        Ok(())
    })?;
    run_for_a_moment::<T>(db, clock, at)
}

/// Stores a job, for [`run_for_a_moment`] or housekeeping to run; false if there is one of this id.
pub fn enqueue<T: StoredTask>(
    conn: &mut PgConnection,
    at: JobKey,
    source: SourceId,
    task: &T,
    title: &str,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    store::insert(conn, at, &task.to_json(), title, source, now).map(|stored| stored == 1)
}

/// Works on a stored job for two seconds at most. Fails only if there is none.
pub fn run_for_a_moment<T: StoredTask>(db: &Db, clock: &Clock, at: JobKey) -> Result<Job, AppError> {
    // The job is stored: a chunk that fails now is repeated later.
    if let Err(error) = resume(db, clock, &[Kind::of::<T>()], at, Instant::now() + AT_FIRST) {
        error.log();
    }
    db.read_now(|conn| store::find(conn, at))?.ok_or(AppError::NotFound)
}

/// Continues unfinished jobs, for four seconds at most.
pub fn continue_now(db: &Db, clock: &Clock, kinds: &[Kind]) -> Result<(), AppError> {
    if !db.read_now(store::any_open)? {
        return Ok(());
    }
    let until = Instant::now() + AT_A_TIME;
    let mut failed: Vec<JobId> = Vec::new();
    while Instant::now() < until {
        let own = db.presence().number()?;
        let mut others = db.read_now(presence::living)?;
        others.retain(|number| *number != own);
        let but = [failed.as_slice(), &db.memory::<InHand>().all()].concat();
        let Some(open) = db.read_now(|conn| store::next_open(conn, &others, &but))? else { return Ok(()) };
        if let Err(error) = resume(db, clock, kinds, open, until) {
            error.log();
            give_up_old(db, clock, open)?;
            failed.push(open.job);
        }
    }
    Ok(())
}

/// The jobs that this process works on.
#[derive(Default)]
struct InHand(Mutex<HashSet<JobId>>);

impl InHand {
    fn lock(&self) -> MutexGuard<'_, HashSet<JobId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<JobId> {
        self.lock().iter().copied().collect()
    }

    /// Marks a job as in hand; `None` if it is already.
    fn take(self: Arc<Self>, job: JobId) -> Option<Taken> {
        self.lock().insert(job).then(|| Taken(self.clone(), job))
    }
}

/// A job in hand, until this is dropped.
struct Taken(Arc<InHand>, JobId);

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.lock().remove(&self.1);
    }
}

/// Gives up a job that has failed for a day.
fn give_up_old(db: &Db, clock: &Clock, at: JobKey) -> Result<(), AppError> {
    let (now, why) = (clock.now(), "This failed repeatedly for a day and was stopped. The changes until then stay.");
    let job = db.read_now(|conn| store::find(conn, at))?;
    if job.is_some_and(|job| now - job.created_at > TimeDelta::days(1)) {
        db.tx_now(|conn| store::fail(conn, at, why, now))?;
    }
    Ok(())
}

fn resume(db: &Db, clock: &Clock, kinds: &[Kind], at: JobKey, until: Instant) -> Result<(), AppError> {
    let Some(_in_hand) = db.memory::<InHand>().take(at.job) else { return Ok(()) };
    let own = db.presence().number()?;
    let Some(job) = db.tx_now(|conn| store::take(conn, at, own))? else { return Ok(()) };
    let Some(task) = job.task(kinds) else {
        let why = "This version of kith cannot do this.";
        return db.tx_now(|conn| store::fail(conn, at, why, clock.now())).map(drop);
    };
    let mut reached = job.reached.map(ProfileId);
    // A process that loses its lock loses the job: another one may have claimed it.
    while db.presence().number()? == own {
        let chunk = db.read_now(|conn| task.next(conn, job.environment_id, reached))?;
        let next = chunk.reached;
        let (progress, said) = chunk_now(db, clock, &job, &*task, chunk)?;
        let held = db.tx_now(|conn| {
            let (environment, source, now) = (at.environment, job.source_id, clock.now());
            // Of a job that was stopped, or that another process has, nothing is kept.
            let held = store::advance(conn, at, own, next, progress, now)?;
            if held > 0 {
                task.keep(conn, &Keeping { db, environment, source, now }, &said)?;
            }
            Ok(held)
        })?;
        if next.is_none() || held == 0 {
            return Ok(());
        }
        if Instant::now() >= until {
            return db.tx_now(|conn| store::release(conn, at, own)).map(drop);
        }
        reached = next;
    }
    Ok(())
}

/// Submits a chunk.
fn chunk_now(db: &Db, clock: &Clock, job: &Job, task: &dyn Task, chunk: Chunk) -> Result<(Progress, Said), AppError> {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mut progress =
        Progress { looked_at: count(chunk.looked_at), refused: count(chunk.refused), ..Progress::default() };
    let mut kept = Said { left_alone: chunk.left_alone, counts: chunk.counts, ..Said::default() };
    if !chunk.items.is_empty() {
        let batch = Batch {
            environment: job.environment_id,
            source: job.source_id,
            received_at: clock.now(),
            group: job.id.0,
            before: 0,
            reason: Some(job.title.clone()),
        };
        let mut items = chunk.items;
        for item in &mut items {
            item.as_of = task.as_of(batch.received_at);
            if let Statement::Event(event) = &mut item.statement {
                event.occurred_at = batch.received_at;
            }
        }
        for (item, outcome) in items.iter().zip(ingest::submit_now(db, &batch, &task.trust(), &items)?) {
            kept.effects.extend(item.person.profile().map(|profile| (profile, outcome.effect)));
            match outcome.effect {
                // An event tells of a change, and is none.
                Effect::Created | Effect::Changed if item.statement.event().is_some() => {}
                Effect::Created | Effect::Changed => progress.changed += 1,
                Effect::Unchanged => {}
                _ => progress.refused += 1,
            }
        }
    }
    Ok((progress, kept))
}
