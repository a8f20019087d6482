//! One file, from its first line to its summary.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use anyhow::Context;
use chrono::{DateTime, Utc};
use flate2::read::MultiGzDecoder;

use super::{
    csv_profiles::{self, Line},
    json_events,
    rejects::Rejects,
};
use crate::{
    clock::Clock,
    db::{
        Db,
        ids::{EnvironmentId, new_id},
    },
    ingest::{self, Batch, Effect, Item, Source},
};

/// Lines of one batch, which is one transaction.
const BATCH: usize = 1000;

/// Lines from which an import changes tables so much that the planner should hear of it.
const BULK: u64 = 500;

/// What an import needs to know besides the file.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to.
    pub environment: EnvironmentId,
    /// What columns are called here.
    pub renamed: HashMap<String, String>,
    /// When the lines of a CSV file were true; none: now.
    pub as_of: Option<DateTime<Utc>>,
    /// Where the rejects file is made; none: beside the current directory's other files, named after the import.
    pub rejects: Option<PathBuf>,
}

/// What became of the lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines of data.
    pub read: u64,
    /// Lines that made or changed something.
    pub written: u64,
    /// Lines that said nothing new.
    pub unchanged: u64,
    /// Lines that could not be used.
    pub rejected: u64,
    /// Profiles that did not exist before.
    pub created: u64,
    /// Where the rejected lines are.
    pub rejects: Option<PathBuf>,
}

/// Counts bytes of the file as they are read, for the progress bar.
struct Counted<R>(R, Arc<AtomicU64>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Imports a file. `progress` holds the bytes read so far.
pub fn import(
    db: &Db,
    clock: &Clock,
    path: &Path,
    options: &Options,
    progress: Arc<AtomicU64>,
) -> anyhow::Result<Summary> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let counted = BufReader::with_capacity(1 << 17, Counted(file, progress));
    let content: Box<dyn Read + Send> =
        if plain.len() < name.len() { Box::new(MultiGzDecoder::new(counted)) } else { Box::new(counted) };
    let rejects = options.rejects.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.rejects.csv")));
    let (environment, source) = (options.environment, Source::import(plain));
    let source = db.tx_now(|conn| ingest::source_id(conn, environment, &source))?;
    let now = clock.now();
    let batch = Batch { environment, source, received_at: now, group: new_id(now) };
    let mut run = Run { db, batch, summary: Summary::default(), rejects: Rejects::new(rejects) };
    let (as_of, renamed) = (options.as_of.unwrap_or(now), options.renamed.clone());
    let done = match plain.rsplit_once('.').map(|(_, ending)| ending) {
        Some("csv") => run.drive(move || csv_profiles::lines(content, &renamed, as_of)),
        Some("ndjson" | "jsonl") => run.drive(move || Ok(json_events::lines(content, now))),
        _ => anyhow::bail!("{name} must end in .csv (profiles), .ndjson or .jsonl (events), each also with .gz"),
    };
    done.with_context(|| format!("{name} could not be read or written to its end"))?;
    run.finish()
}

struct Run<'a> {
    db: &'a Db,
    batch: Batch,
    summary: Summary,
    rejects: Rejects,
}

impl Run<'_> {
    /// Reads on one thread and writes on this one; at most two batches wait between them.
    fn drive<L>(&mut self, open: impl FnOnce() -> anyhow::Result<L> + Send) -> anyhow::Result<()>
    where
        L: Iterator<Item = anyhow::Result<Line>>,
    {
        let (sender, receiver) = mpsc::sync_channel::<Vec<Line>>(2);
        thread::scope(|scope| {
            let reader = scope.spawn(move || -> anyhow::Result<()> {
                let mut lines = open()?;
                loop {
                    let chunk: Vec<Line> = lines.by_ref().take(BATCH).collect::<Result<_, _>>()?;
                    // A writer that failed hangs up, and says why itself.
                    if chunk.is_empty() || sender.send(chunk).is_err() {
                        return Ok(());
                    }
                }
            });
            let written = receiver.into_iter().try_for_each(|chunk| self.write(chunk));
            let read = reader.join().unwrap_or_else(|_| Err(anyhow::anyhow!("the reader stopped unexpectedly")));
            written.and(read)
        })
    }

    fn write(&mut self, chunk: Vec<Line>) -> anyhow::Result<()> {
        let (mut items, mut owners): (Vec<Item>, Vec<u64>) = (Vec::new(), Vec::new());
        for line in chunk {
            self.summary.read += 1;
            match line.items {
                Ok(said) => {
                    owners.extend(said.iter().map(|_| line.number));
                    items.extend(said);
                }
                Err(wrong) => self.rejects.add(line.number, &wrong, &line.content)?,
            }
        }
        let outcomes = ingest::submit_now(self.db, &self.batch, &items)?;
        let (mut last, mut wrote) = (None, false);
        for (outcome, line) in outcomes.iter().zip(owners) {
            if last != Some(line) {
                self.count(last, wrote);
                (last, wrote) = (Some(line), false);
            }
            wrote |= matches!(outcome.effect, Effect::Created | Effect::Changed);
            self.summary.created += u64::from(outcome.effect == Effect::Created);
        }
        self.count(last, wrote);
        Ok(())
    }

    fn count(&mut self, line: Option<u64>, wrote: bool) {
        if line.is_some() {
            *(if wrote { &mut self.summary.written } else { &mut self.summary.unchanged }) += 1;
        }
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
