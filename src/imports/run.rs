//! Runs an import, from its first line to its summary, or from where it was interrupted.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64, mpsc},
    thread,
};

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    cells::Zone,
    choices::Choices,
    csv_profiles::{self, CsvLine},
    json_objects,
    mapping::Mapping,
    progress::{Checkpoint, Going, Steps, Summary},
    reading::{self, Content, Opened},
    rejects::Rejects,
    row::Manner,
};
use crate::{
    attributes,
    clock::Clock,
    db::{
        Db, Decided,
        ids::{EnvironmentId, SourceId, new_id},
    },
    identities::Reading,
    ingest::{self, Item, Trust, Why},
    ledger::{self, AHEAD, Batch, Effect, Source},
    settings::WorkspaceSettings,
};

/// Lines of one batch, which is one transaction.
const BATCH: usize = 1000;

/// Lines from which an import changes tables so much that the planner's statistics are updated.
const BULK: u64 = 500;

/// What an import is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// Target environment.
    pub environment: EnvironmentId,
    /// How the file is to be understood.
    pub choices: Choices,
    /// Path of the rejects file.
    pub rejects: PathBuf,
    /// Batches that are written at once.
    pub writers: usize,
}

/// One import of a file.
pub struct Import<'a> {
    pub db: &'a Db,
    pub clock: &'a Clock,
    pub options: &'a Options,
    /// Group of its changes.
    pub group: Uuid,
    /// When it began, which is when all its lines arrived.
    pub began_at: DateTime<Utc>,
}

/// The lines of a file as they are understood.
pub struct Lines {
    /// What the columns mean; `None`: they are no columns, but objects.
    pub mapping: Option<Mapping>,
    pub each: Box<dyn Iterator<Item = anyhow::Result<CsvLine>> + Send>,
}

/// What became of an import.
#[derive(Clone, Debug)]
pub struct Stored {
    pub reached: Checkpoint,
    /// Heads of columns, each with what it means.
    pub meanings: Vec<(String, String)>,
}

/// Parsed lines for a writer.
pub(super) struct Chunk {
    pub items: Vec<Item>,
    /// Number of the line of each item.
    pub lines: Vec<u64>,
    /// Number of items in the chunks before it.
    pub before: usize,
    number: u64,
    /// What is reached when it is written.
    step: Checkpoint,
}

/// Imports a file, understood as it seems to be. `progress` holds the bytes read so far.
///
/// # Errors
/// The file cannot be read, its header cannot be mapped, the rejects file cannot be written, or the database fails. Running the import
/// again continues it.
pub fn import(
    db: &Db,
    clock: &Clock,
    path: &Path,
    options: &Options,
    progress: Arc<AtomicU64>,
) -> anyhow::Result<Summary> {
    let opened = reading::open(path, &options.choices, progress)?;
    let stored = Import::new(db, clock, options).store(opened, Checkpoint::default(), &mut |_| Ok(Going::On))?;
    Ok(stored.reached.summary)
}

impl<'a> Import<'a> {
    /// An import that begins now.
    pub fn new(db: &'a Db, clock: &'a Clock, options: &'a Options) -> Self {
        let began_at = clock.now();
        Self { db, clock, options, group: new_id(began_at), began_at }
    }

    /// The lines of a file.
    ///
    /// # Errors
    /// Its header cannot be read or mapped.
    pub(super) fn lines(&self, content: Content, chosen: &Choices) -> anyhow::Result<Lines> {
        let (environment, now) = (self.options.environment, self.began_at);
        let as_of = chosen.as_of.unwrap_or(now);
        ensure!(as_of <= now + AHEAD, "the time at which the lines were true must not lie in the future");
        let reading = WorkspaceSettings::remembered_now(self.db, environment, now)?.reading(now);
        let reading = Reading { country: chosen.country.or(reading.country), ..reading };
        let records = match content {
            Content::Records(records) => records,
            Content::Objects(objects) => {
                return Ok(Lines { mapping: None, each: Box::new(json_objects::lines(objects, now, reading)) });
            }
        };
        let rules = attributes::rules_now(self.db, environment, now)?;
        let known = self.db.read_now(|conn| attributes::all(conn, environment))?;
        let known: HashSet<String> = known.into_iter().map(|known| known.name).collect();
        let zone = chosen.zone.map_or(Zone::UTC, Zone::Named);
        let manner = Manner { reading, dates: chosen.dates, zone, as_of, now };
        let (mapping, each) = csv_profiles::lines(records, &chosen.columns, &known, manner, rules)?;
        Ok(Lines { mapping: Some(mapping), each: Box::new(each) })
    }

    /// The batch of a chunk.
    pub(super) fn batch(&self, source: SourceId, before: usize) -> Batch {
        let (environment, group) = (self.options.environment, self.group);
        Batch { environment, source, received_at: self.began_at, group, before, reason: None }
    }

    /// Stores the lines from `start` on. `watch` is told how far it is, and says whether to go on.
    ///
    /// # Errors
    /// As [`import`].
    pub fn store(
        &self,
        opened: Opened,
        start: Checkpoint,
        watch: &mut (dyn FnMut(&Checkpoint) -> anyhow::Result<Going> + Send),
    ) -> anyhow::Result<Stored> {
        let (environment, source) = (self.options.environment, Source::import(&opened.name));
        let source = self.db.tx_now(|conn| ledger::source_id(conn, environment, &source))?;
        let lines = self.lines(opened.content, &self.options.choices)?;
        let meanings = lines.mapping.iter().flat_map(Mapping::meanings).collect();
        let reached = self
            .drive(lines, start, watch, &|chunk| self.write(chunk, source))
            .with_context(|| format!("{} could not be read or written to its end", opened.name))?;
        if reached.summary.written >= BULK {
            self.db.analyze_now()?;
        }
        Ok(Stored { reached, meanings })
    }

    /// Reads on one thread and writes on others. Stamps order the statements, so it does not matter which batch is written first; the
    /// reader writes the rejects, in the file's order.
    pub(super) fn drive(
        &self,
        lines: Lines,
        start: Checkpoint,
        watch: &mut (dyn FnMut(&Checkpoint) -> anyhow::Result<Going> + Send),
        write: &(dyn Fn(&Chunk) -> anyhow::Result<Summary> + Sync),
    ) -> anyhow::Result<Checkpoint> {
        let mut rejects = Rejects::new(self.options.rejects.clone(), start.rejects)?;
        let (sender, receiver) = mpsc::sync_channel::<Chunk>(self.options.writers);
        let receiver = Arc::new(Mutex::new(receiver));
        let steps = Mutex::new(Steps::new(start.clone(), watch));
        let (read, written) = thread::scope(|scope| {
            let writers: Vec<_> = (0..self.options.writers)
                .map(|_| {
                    let (receiver, steps) = (receiver.clone(), &steps);
                    scope.spawn(move || write_all(&receiver, steps, write))
                })
                .collect();
            // The writers hold the only receivers, so that a reader notices when its writers have ended.
            drop(receiver);
            let read = scope.spawn(move || read_all(lines.each, &mut rejects, &start, &sender)).join();
            let written: Vec<_> =
                writers.into_iter().map(|writer| writer.join().unwrap_or_else(|_| Err(stopped()))).collect();
            (read.unwrap_or_else(|_| Err(stopped())), written)
        });
        written.into_iter().collect::<anyhow::Result<()>>()?;
        read?;
        Ok(steps.into_inner().unwrap_or_else(PoisonError::into_inner).reached)
    }

    fn write(&self, chunk: &Chunk, source: SourceId) -> anyhow::Result<Summary> {
        let batch = self.batch(source, chunk.before);
        // All batches arrive at one time, but types that an operator chooses meanwhile count from then on.
        let present = self.clock.now();
        attributes::rules_now(self.db, batch.environment, present)?;
        let (outcomes, left_out) = ingest::submit_at(self.db, &batch, &Trust::Import, &chunk.items, present)?;
        let mut summary = chunk.count(outcomes.iter().map(|outcome| outcome.effect));
        summary.kept = left_out.iter().filter(|(_, it)| it.why == Why::Looser).count() as u64;
        Ok(summary)
    }
}

fn stopped() -> anyhow::Error {
    anyhow::anyhow!("a part of the import stopped unexpectedly")
}

fn read_all(
    mut lines: impl Iterator<Item = anyhow::Result<CsvLine>>,
    rejects: &mut Rejects,
    start: &Checkpoint,
    sender: &mpsc::SyncSender<Chunk>,
) -> anyhow::Result<()> {
    for _ in 0..start.records {
        if lines.next().transpose()?.is_none() {
            return Ok(());
        }
    }
    let (mut records, mut before) = (start.records, start.items);
    for number in 0.. {
        let (mut summary, mut items, mut numbers) = (Summary::default(), Vec::new(), Vec::new());
        for line in lines.by_ref().take(BATCH) {
            let line = line?;
            summary.read += 1;
            match line.items {
                Ok(said) => {
                    line.remarks.iter().for_each(|remark| summary.remark(&remark.about));
                    rejects.remark(line.number, &line.remarks, &line.content)?;
                    numbers.extend(said.iter().map(|_| line.number));
                    items.extend(said);
                }
                Err(wrong) => {
                    summary.rejected += 1;
                    rejects.add(line.number, &wrong, &line.content)?;
                }
            }
        }
        if summary.read == 0 {
            return Ok(());
        }
        records += summary.read;
        let after = before + items.len();
        let step = Checkpoint { records, items: after, rejects: rejects.position()?, summary };
        let chunk = Chunk { items, lines: numbers, before, number, step };
        before = after;
        // Writers that failed drop their receivers, and report the error themselves.
        if sender.send(chunk).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn write_all(
    chunks: &Mutex<mpsc::Receiver<Chunk>>,
    steps: &Mutex<Steps<'_>>,
    write: &(dyn Fn(&Chunk) -> anyhow::Result<Summary> + Sync),
) -> anyhow::Result<()> {
    loop {
        let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = next else { return Ok(()) };
        let mut step = chunk.step.clone();
        if !chunk.items.is_empty() {
            step.summary += write(&chunk)?;
        }
        let going = steps.lock().unwrap_or_else(PoisonError::into_inner).made(chunk.number, step)?;
        if going == Going::Stop {
            return Ok(());
        }
    }
}

impl Chunk {
    /// Counts lines and new profiles by the effects of the items. A line may have several items.
    pub(super) fn count(&self, effects: impl Iterator<Item = Effect>) -> Summary {
        let mut summary = Summary::default();
        let mut wrote = effects.zip(&self.lines).peekable();
        while let Some((effect, line)) = wrote.next() {
            let mut is_written = summary.effect(effect);
            while let Some((effect, _)) = wrote.next_if(|(_, same)| *same == line) {
                is_written |= summary.effect(effect);
            }
            *(if is_written { &mut summary.written } else { &mut summary.unchanged }) += 1;
        }
        summary
    }
}
