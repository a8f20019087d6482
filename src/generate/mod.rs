//! `kith generate`: data by the million, to measure the console with much data.
//!
//! Lives of [`crate::simulate`], two years long, are generated one after the other and dropped when written. Each is a function of seed,
//! time and place in the population, so parts are generated in parallel, in memory that does not depend on the amount. A part is one
//! transaction of [`ingest::load_now`]. Two rows of `audit_log` say that a seed was begun in an environment and that it is complete; an
//! interrupted run is completed by running it again.

mod people;
mod population;

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use population::Population;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    clock::Clock,
    db::{Db, ids::EnvironmentId},
    identities,
    ingest::{self, NewProfile, Trust},
    ledger::{self, Batch, Invalid, Source},
    simulate::marks,
};

/// Parts that are generated and written at once; the database works on one while another is generated.
pub const WORKERS: u32 = 3;

const STARTED: &str = "generate started";
const FINISHED: &str = "generate finished";
/// Actions of the marks in the audit log, which are kept for good.
pub const MARKS: [&str; 2] = [STARTED, FINISHED];

/// Amount of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Seed; another one gives other profiles.
    pub seed: u64,
    /// Number of profiles.
    pub profiles: u32,
    /// Number of events in all.
    pub events: u32,
}

/// Maximum average number of events per profile: those of one profile must fit into memory.
const MOST_EVENTS: u32 = 20_000;

/// Progress.
#[derive(Debug, Default)]
pub struct Written {
    /// Number of profiles written.
    pub profiles: AtomicU64,
    /// Number of events written.
    pub events: AtomicU64,
    /// Number of rows written, in all tables.
    pub rows: AtomicU64,
}

/// Fills an environment; completes an interrupted run. `written` counts the progress.
///
/// # Errors
/// - This seed is complete in the environment already, or was begun with another amount.
/// - The amount has too many events per profile.
/// - The database fails.
pub fn generate(
    db: &Db,
    clock: &Clock,
    environment: EnvironmentId,
    amount: Amount,
    written: &Written,
) -> anyhow::Result<()> {
    let Amount { seed, profiles, events } = amount;
    ensure!(
        events.div_ceil(MOST_EVENTS) <= profiles,
        "{events} events are too many for {profiles} profiles: at most {MOST_EVENTS} for each on average"
    );
    let about = json!({ "environment": environment, "seed": seed });
    ensure!(
        db.read_now(|conn| marks::find(conn, FINISHED, &about))?.is_none(),
        "this environment already has generated data of seed {seed}; for more, choose another with --seed"
    );
    let interrupted = db.read_now(|conn| marks::find(conn, STARTED, &about))?;
    let now = match &interrupted {
        Some(begun) => resumed(begun, amount)?,
        None => {
            let now = clock.now();
            let mut begun = serde_json::to_value(amount)?;
            begun["environment"] = json!(environment);
            begun["now"] = json!(now);
            db.tx_now(|conn| marks::add(conn, STARTED, &begun, now))?;
            now
        }
    };
    let source = db.tx_now(|conn| ledger::source_id(conn, environment, &source(seed)))?;
    let group = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("kith generate {seed}").as_bytes());
    let batch = Batch { environment, source, received_at: now, group, before: 0, reason: None };
    let run = Run { db, batch, population: Population::new(amount, now), is_resumed: interrupted.is_some(), written };
    run.drive().with_context(|| {
        format!(
            "stopped after {} profiles and {} events, which are there, each profile with all that belongs to it. Run the same \
             command again to add the others",
            written.profiles.load(Ordering::Relaxed),
            written.events.load(Ordering::Relaxed)
        )
    })?;
    db.analyze_now()?;
    let now = clock.now();
    Ok(db.tx_now(|conn| marks::add(conn, FINISHED, &about, now)).map(drop)?)
}

/// The profiles that [`generate`] writes, for sending them in another way.
pub fn people(amount: Amount, now: DateTime<Utc>) -> impl Iterator<Item = Result<NewProfile, Invalid>> {
    let population = Population::new(amount, now);
    (0..population.parts()).flat_map(move |part| match population.part(part) {
        Ok(people) => people.into_iter().map(Ok).collect(),
        Err(invalid) => vec![Err(invalid)],
    })
}

/// Source of all statements.
pub fn source(seed: u64) -> Source {
    Source::job(&format!("generate {seed}"), "Generated data")
}

/// Start of an interrupted run, if it had the same amount.
fn resumed(begun: &Value, amount: Amount) -> anyhow::Result<DateTime<Utc>> {
    let before: Amount =
        serde_json::from_value(begun.clone()).context("the record of the interrupted run is unreadable")?;
    ensure!(
        before == amount,
        "generating data of seed {} was interrupted here. Complete it with --profiles {} --events {}, or choose another seed",
        before.seed,
        before.profiles,
        before.events
    );
    serde_json::from_value(begun["now"].clone()).context("the record of the interrupted run is unreadable")
}

struct Run<'a> {
    db: &'a Db,
    batch: Batch,
    population: Population,
    is_resumed: bool,
    written: &'a Written,
}

impl Run<'_> {
    /// Generates and writes all parts, several at once. The first failure stops the others after their present part.
    fn drive(&self) -> anyhow::Result<()> {
        let (next, has_failed) = (AtomicU64::new(0), AtomicBool::new(false));
        let work = || {
            while !has_failed.load(Ordering::Relaxed) {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= self.population.parts() {
                    break;
                }
                self.write(part).inspect_err(|_| has_failed.store(true, Ordering::Relaxed))?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
            let done = workers.into_iter().map(|worker| {
                worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a part of the work stopped unexpectedly")))
            });
            // All of them are awaited; the first failure is reported.
            done.fold(Ok(()), anyhow::Result::and)
        })
    }

    fn write(&self, part: u64) -> anyhow::Result<()> {
        let people = self.population.part(part)?;
        if !self.is_resumed || !self.is_there(&people)? {
            let rows = ingest::load_now(self.db, &self.batch, &Trust::MadeUp, &people)?;
            self.written.rows.fetch_add(rows as u64, Ordering::Relaxed);
        }
        let said = people.iter().flat_map(|person| &person.said);
        let events = said.filter(|(_, statement)| statement.event().is_some()).count();
        self.written.profiles.fetch_add(people.len() as u64, Ordering::Relaxed);
        self.written.events.fetch_add(events as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Whether a part is written: it is as a whole or not at all, so its first profile tells.
    fn is_there(&self, people: &[NewProfile]) -> anyhow::Result<bool> {
        let Some(first) = people.first().and_then(|person| person.identifiers.first()) else { return Ok(true) };
        Ok(!self.db.read_now(|conn| identities::claims(conn, self.batch.environment, &[first]))?.is_empty())
    }
}
