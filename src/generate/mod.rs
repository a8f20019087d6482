//! Made-up data by the million, to see how the console does with a lot of it: `kith generate`.
//!
//! Lives of [`crate::simulate`], two years long, are made one after the other and forgotten as soon as they are written. Each is a function
//! of seed, time and place in the population, so parts of it are made side by side, in memory that does not depend on how much there
//! is. A part is one transaction of [`ingest::load_now`]. Two rows of `audit_log` say that a seed was begun in an environment and that
//! it is complete; what was interrupted is completed by running it again.

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
    ingest::{self, NewProfile},
    ledger::{self, Batch, Invalid, Source},
    simulate::marks,
};

/// Parts that are made and written at once; the database works on one while another is made.
pub const WORKERS: u32 = 3;

const STARTED: &str = "generate started";
const FINISHED: &str = "generate finished";
/// What they are called in the audit log, which keeps them for good.
pub const MARKS: [&str; 2] = [STARTED, FINISHED];

/// How much of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Other seeds give other people.
    pub seed: u64,
    /// People.
    pub profiles: u32,
    /// What they do, and what is done for them, in all.
    pub events: u32,
}

/// Most events for each profile on average: what one person did must fit into memory.
const MOST_EVENTS: u32 = 20_000;

/// What is there now.
#[derive(Debug, Default)]
pub struct Written {
    /// People who were written.
    pub profiles: AtomicU64,
    /// What they did.
    pub events: AtomicU64,
    /// Rows that it took, of all tables.
    pub rows: AtomicU64,
}

/// Fills an environment. Refuses where this seed is complete already; completes it where it was interrupted. `written` counts along.
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

/// The people that [`generate`] writes, for who wants to send them another way.
pub fn people(amount: Amount, now: DateTime<Utc>) -> impl Iterator<Item = Result<NewProfile, Invalid>> {
    let population = Population::new(amount, now);
    (0..population.parts()).flat_map(move |part| match population.part(part) {
        Ok(people) => people.into_iter().map(Ok).collect(),
        Err(invalid) => vec![Err(invalid)],
    })
}

/// Who says all of it.
pub fn source(seed: u64) -> Source {
    Source::job(&format!("generate {seed}"), "Generated data")
}

/// When what was interrupted was begun, if the same was asked for.
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
    /// Makes and writes all parts, several at once. The first failure stops the others after the part that they are at.
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
            // All of them are waited for; the first failure is the one that is told.
            done.fold(Ok(()), anyhow::Result::and)
        })
    }

    fn write(&self, part: u64) -> anyhow::Result<()> {
        let people = self.population.part(part)?;
        if !self.is_resumed || !self.is_there(&people)? {
            let rows = ingest::load_now(self.db, &self.batch, &people)?;
            self.written.rows.fetch_add(rows as u64, Ordering::Relaxed);
        }
        let said = people.iter().flat_map(|person| &person.said);
        let events = said.filter(|(_, statement)| statement.event().is_some()).count();
        self.written.profiles.fetch_add(people.len() as u64, Ordering::Relaxed);
        self.written.events.fetch_add(events as u64, Ordering::Relaxed);
        Ok(())
    }

    /// A part is there as a whole or not at all, so its first person tells.
    fn is_there(&self, people: &[NewProfile]) -> anyhow::Result<bool> {
        let Some(first) = people.first().and_then(|person| person.identifiers.first()) else { return Ok(true) };
        Ok(!self.db.read_now(|conn| identities::claims(conn, self.batch.environment, &[first]))?.is_empty())
    }
}
