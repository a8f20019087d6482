//! Imports one file, from its first line to its summary.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64, mpsc},
    thread,
};

use anyhow::Context;
use chrono::{DateTime, Utc};

use super::{
    cells::DateOrder,
    csv_profiles::{self, CsvLine},
    json_events,
    reading::{self, Asked, Content, Opened},
    rejects::Rejects,
    row::{About, Manner},
};
use crate::{
    attributes,
    clock::Clock,
    db::{
        Db, Decided,
        ids::{EnvironmentId, new_id},
    },
    identities::{Country, Reading},
    ingest::{self, Item, Trust, Why},
    ledger::{self, AHEAD, Batch, Effect, Source},
    settings::WorkspaceSettings,
};

/// Lines of one batch, which is one transaction.
const BATCH: usize = 1000;

/// Batches that are written at once.
const WRITERS: usize = 2;

/// Lines from which an import changes tables so much that the planner's statistics are updated.
const BULK: u64 = 500;

/// Options of an import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Target environment.
    pub environment: EnvironmentId,
    /// New names of columns, by their names in the file.
    pub renamed: HashMap<String, String>,
    /// Time at which the lines of a CSV file were true; `None` for now.
    pub as_of: Option<DateTime<Utc>>,
    /// Which part of a date such as 03/04/2026 is the day; `None`: such dates are left out.
    pub dates: Option<DateOrder>,
    /// Country of phone numbers without a code; `None`: that of the workspace.
    pub country: Option<Country>,
    /// Path of the rejects file; `None` for one in the current directory, named after the imported file.
    pub rejects: Option<PathBuf>,
}

/// Result of an import, in numbers of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines of data.
    pub read: u64,
    /// Lines that created or changed something.
    pub written: u64,
    /// Lines without news.
    pub unchanged: u64,
    /// Lines that were rejected.
    pub rejected: u64,
    /// Number of new profiles.
    pub created: u64,
    /// Cells that were left out, with the rest of their lines stored.
    pub left_out: u64,
    /// Tags that were stored in another spelling.
    pub respelled: u64,
    /// Answers that stay as they are, because they are stricter than what the file says.
    pub kept: u64,
    /// Path of the rejects file, if there is one.
    pub rejects: Option<PathBuf>,
}

/// Imports a file, read as it seems to be. `progress` holds the bytes read so far.
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
    let opened = reading::open(path, &Asked::default(), progress)?;
    import_opened(db, clock, path, opened, options)
}

/// Imports a file that is open.
///
/// # Errors
/// As [`import`].
pub fn import_opened(
    db: &Db,
    clock: &Clock,
    path: &Path,
    opened: Opened,
    options: &Options,
) -> anyhow::Result<Summary> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let rejects = options.rejects.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.rejects.csv")));
    let (environment, source) = (options.environment, Source::import(&opened.name));
    let source = db.tx_now(|conn| ledger::source_id(conn, environment, &source))?;
    let now = clock.now();
    let batch = Batch { environment, source, received_at: now, group: new_id(now), before: 0, reason: None };
    let rules = attributes::rules_now(db, environment, now)?;
    let reading = WorkspaceSettings::remembered_now(db, environment, now)?.reading(now);
    let reading = Reading { country: options.country.or(reading.country), ..reading };
    let known = db.read_now(|conn| attributes::all(conn, environment))?;
    let known: HashSet<String> = known.into_iter().map(|known| known.name).collect();
    let mut run = Run { db, clock, batch, summary: Summary::default(), rejects: Rejects::new(rejects) };
    let (as_of, renamed) = (options.as_of.unwrap_or(now), options.renamed.clone());
    if as_of > now + AHEAD {
        anyhow::bail!("--as-of must not lie in the future");
    }
    let manner = Manner { reading, dates: options.dates, as_of, now };
    let done = match opened.content {
        Content::Records(records) => run.drive(move || csv_profiles::lines(records, &renamed, &known, manner, rules)),
        Content::Objects(objects) => run.drive(move || Ok(json_events::lines(objects, now, reading))),
    };
    done.with_context(|| format!("{name} could not be read or written to its end"))?;
    run.finish()
}

struct Run<'a> {
    db: &'a Db,
    clock: &'a Clock,
    batch: Batch,
    summary: Summary,
    rejects: Rejects,
}

/// Parsed lines for a writer: their items, each with the number of its line.
#[derive(Default)]
struct Chunk {
    items: Vec<Item>,
    lines: Vec<u64>,
    /// Number of items in the chunks before it.
    before: usize,
}

impl Run<'_> {
    /// Reads on one thread and writes on others. Stamps order the statements, so it does not matter which batch is written first; the
    /// reader writes the rejects, in the file's order.
    fn drive<L>(&mut self, open: impl FnOnce() -> anyhow::Result<L> + Send) -> anyhow::Result<()>
    where
        L: Iterator<Item = anyhow::Result<CsvLine>>,
    {
        let (sender, receiver) = mpsc::sync_channel::<Chunk>(WRITERS);
        let (batch, receiver) = (&self.batch, Arc::new(Mutex::new(receiver)));
        let (db, clock) = (self.db, self.clock);
        let (rejects, summary) = (&mut self.rejects, &mut self.summary);
        let (done, written) = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|_| {
                    let receiver = receiver.clone();
                    scope.spawn(move || write_all(db, clock, batch, &receiver))
                })
                .collect();
            // The writers hold the only receivers, so that a reader notices when its writers have failed.
            drop(receiver);
            let done = scope.spawn(move || read_all(open()?, rejects, summary, &sender)).join();
            let written: Vec<_> =
                writers.into_iter().map(|writer| writer.join().unwrap_or_else(|_| Err(stopped()))).collect();
            (done.unwrap_or_else(|_| Err(stopped())), written)
        });
        for counted in written {
            let counted = counted?;
            self.summary.written += counted.written;
            self.summary.unchanged += counted.unchanged;
            self.summary.created += counted.created;
            self.summary.kept += counted.kept;
        }
        done
    }

    fn finish(mut self) -> anyhow::Result<Summary> {
        if self.summary.written >= BULK {
            self.db.analyze_now()?;
        }
        self.summary.rejected = self.rejects.count;
        self.summary.rejects = self.rejects.finish()?;
        Ok(self.summary)
    }
}

fn stopped() -> anyhow::Error {
    anyhow::anyhow!("a part of the import stopped unexpectedly")
}

fn read_all(
    mut lines: impl Iterator<Item = anyhow::Result<CsvLine>>,
    rejects: &mut Rejects,
    summary: &mut Summary,
    sender: &mpsc::SyncSender<Chunk>,
) -> anyhow::Result<()> {
    let mut sent = 0;
    loop {
        let (mut chunk, before) = (Chunk { before: sent, ..Chunk::default() }, summary.read);
        for line in lines.by_ref().take(BATCH) {
            let line = line?;
            summary.read += 1;
            match line.items {
                Ok(items) => {
                    for remark in &line.remarks {
                        let is_left_out = matches!(remark.about, About::LeftOut(_));
                        *(if is_left_out { &mut summary.left_out } else { &mut summary.respelled }) += 1;
                    }
                    rejects.remark(line.number, &line.remarks, &line.content)?;
                    chunk.lines.extend(items.iter().map(|_| line.number));
                    chunk.items.extend(items);
                }
                Err(wrong) => rejects.add(line.number, &wrong, &line.content)?,
            }
        }
        sent += chunk.items.len();
        // Writers that failed drop their receivers, and report the error themselves.
        if summary.read == before || sender.send(chunk).is_err() {
            return Ok(());
        }
    }
}

fn write_all(db: &Db, clock: &Clock, batch: &Batch, chunks: &Mutex<mpsc::Receiver<Chunk>>) -> anyhow::Result<Summary> {
    let mut summary = Summary::default();
    loop {
        let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = next else { return Ok(summary) };
        let batch = Batch { before: chunk.before, ..batch.clone() };
        // All batches arrive at one time, but types that an operator chooses meanwhile count from then on.
        let present = clock.now();
        attributes::rules_now(db, batch.environment, present)?;
        let (outcomes, left_out) = ingest::submit_at(db, &batch, &Trust::Import, &chunk.items, present)?;
        summary.kept += left_out.iter().filter(|(_, it)| it.why == Why::Looser).count() as u64;
        let mut wrote = outcomes.iter().map(|outcome| outcome.effect).zip(&chunk.lines).peekable();
        while let Some((effect, line)) = wrote.next() {
            let mut is_written = counts(effect, &mut summary);
            // A line may have several items.
            while let Some((effect, _)) = wrote.next_if(|(_, same)| *same == line) {
                is_written |= counts(effect, &mut summary);
            }
            *(if is_written { &mut summary.written } else { &mut summary.unchanged }) += 1;
        }
    }
}

/// Whether an item changed something; counts new profiles.
fn counts(effect: Effect, summary: &mut Summary) -> bool {
    summary.created += u64::from(effect == Effect::Created);
    matches!(effect, Effect::Created | Effect::Changed)
}
