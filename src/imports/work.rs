//! Runs the imports and dry runs that were asked for at the console, one after the other, also after a restart.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

use super::{
    Checkpoint, Going, Import, Options, Preview, Rehearsal, Stage,
    files::{Files, Folder},
    preview::PREVIEW,
    reading,
    rehearsal::REPORT,
    store::{self, StoredImport},
};
use crate::{
    auth::{self, Action, Actor, Place},
    clock::Clock,
    db::{Db, ids::ImportId},
    error::AppError,
};

/// How often it is written down how far an import is.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Whether this process is about to end.
#[derive(Default)]
struct Ending(AtomicBool);

/// Has imports stop where they are, because this process is about to end. Another one goes on with them.
pub fn stop_now(db: &Db) {
    db.memory::<Ending>().0.store(true, Ordering::Relaxed);
}

/// Works on all imports that were asked for and whose files are here, until there are no more.
pub fn continue_now(db: &Db, clock: &Clock, files: &Files) -> Result<(), AppError> {
    if !db.read_now(store::any_open)? {
        return Ok(());
    }
    let mut passed: Vec<ImportId> = Vec::new();
    let ending = db.memory::<Ending>();
    while !ending.0.load(Ordering::Relaxed) {
        let own = db.presence().number()?;
        let Some(import) = db.read_now(|conn| store::next_open(conn, own, &passed))? else { return Ok(()) };
        passed.push(import.id);
        let folder = files.folder(import.id);
        // Where several servers have directories of their own, the one with the file imports it.
        if !folder.has(&import.file_name) || !db.tx_now(|conn| store::take(conn, &import, own))? {
            continue;
        }
        let work = Work { db, clock, import: &import, folder: &folder, own, ending: &ending };
        if let Err(error) = work.run() {
            work.failed(error)?;
        }
    }
    Ok(())
}

/// The work on one import.
struct Work<'a> {
    db: &'a Db,
    clock: &'a Clock,
    import: &'a StoredImport,
    folder: &'a Folder,
    own: i32,
    ending: &'a Ending,
}

impl Work<'_> {
    fn run(&self) -> anyhow::Result<()> {
        let (import, is_trial) = (self.import, self.import.stage == Stage::Trying);
        let preview = self.folder.kept::<Preview>(PREVIEW);
        let choices = preview.map_or_else(|| import.choices(), |preview| preview.as_understood);
        let rejects = if is_trial { self.folder.refused() } else { self.folder.rejects() };
        let options = Options { environment: import.environment_id, choices, rejects, writers: 1 };
        let began_at = import.began_at.unwrap_or_else(|| self.clock.now());
        let run = Import { db: self.db, clock: self.clock, options: &options, group: import.id.0, began_at };
        let read: Arc<AtomicU64> = Arc::default();
        let opened = reading::open(&self.folder.file(&import.file_name), &options.choices, read.clone())?;
        let mut told = Instant::now();
        let mut last = None;
        let watch = &mut |reached: &Checkpoint| {
            last = Some(reached.clone());
            if told.elapsed() < TOLD_EVERY && !self.ending.0.load(Ordering::Relaxed) {
                return Ok(Going::On);
            }
            told = Instant::now();
            let goes_on = self.tell(reached, &read)? && !self.ending.0.load(Ordering::Relaxed);
            Ok(if goes_on { Going::On } else { Going::Stop })
        };
        if is_trial {
            self.folder.forget_report();
            let report = run.rehearse(opened, Rehearsal::new(&self.folder.changes())?, watch)?;
            return self.tried(&report, &read);
        }
        let stored = run.store(opened, import.reached(), watch);
        // What is stored is stored, also if the rest could not be.
        if let Some(last) = &last {
            self.tell(last, &read)?;
        }
        self.stored(&stored?.reached, &read)
    }

    /// Writes down how far it is; false if it is to stop.
    fn tell(&self, reached: &Checkpoint, read: &AtomicU64) -> anyhow::Result<bool> {
        let read = i64::try_from(read.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
        Ok(self.db.tx_now(|conn| store::reach(conn, self.import, self.own, reached, read))?)
    }

    fn is_ending(&self) -> bool {
        self.ending.0.load(Ordering::Relaxed)
    }

    fn tried(&self, report: &super::Report, read: &AtomicU64) -> anyhow::Result<()> {
        // One that was cut short says nothing of the rest; one that this process had no time for is made again.
        if self.is_ending() {
            return Ok(self.db.tx_now(|conn| store::release(conn, self.import, self.own))?);
        }
        let reached = Checkpoint { summary: report.summary.clone(), ..Checkpoint::default() };
        if self.tell(&reached, read)? {
            self.folder.keep(REPORT, report)?;
        }
        self.end(Stage::Ready, None)
    }

    fn stored(&self, reached: &Checkpoint, read: &AtomicU64) -> anyhow::Result<()> {
        let goes_on = self.tell(reached, read)?;
        if self.is_ending() && goes_on {
            return Ok(self.db.tx_now(|conn| store::release(conn, self.import, self.own))?);
        }
        if goes_on {
            self.folder.clear(&self.import.file_name);
        }
        self.end(Stage::Done, None)
    }

    fn end(&self, stage: Stage, failure: Option<&str>) -> anyhow::Result<()> {
        let now = self.clock.now();
        Ok(self.db.tx_now(|conn| store::end(conn, self.import, self.own, stage, failure, now))?)
    }

    /// What cannot be done is not tried again; what the database had no time for is, at the next look.
    fn failed(&self, error: anyhow::Error) -> Result<(), AppError> {
        match error.downcast_ref::<AppError>() {
            Some(AppError::Busy(_) | AppError::Unavailable(_) | AppError::Failing(_)) => {
                tracing::warn!(import = %self.import.id, %error, "an import waits");
                return self.db.tx_now(|conn| store::release(conn, self.import, self.own));
            }
            _ => tracing::warn!(import = %self.import.id, %error, "an import failed"),
        }
        let why = format!("{error:#}");
        // Of a dry run nothing is left: the file waits as before.
        let stage = if self.import.stage == Stage::Trying { Stage::Ready } else { Stage::Failed };
        self.end(stage, Some(&why)).map_err(AppError::Unexpected)
    }
}

/// Removes files that waited for too long, and lines that were not imported after a month.
pub fn sweep_now(db: &Db, files: &Files, now: DateTime<Utc>) -> Result<(), AppError> {
    files.sweep(now);
    let [waited, ended] = db.read_now(|conn| store::outdated(conn, now))?;
    for import in ended {
        files.folder(import.id).remove()?;
    }
    for import in waited {
        let by = Actor { place: Place::Environment(import.environment_id), operator: None, address: None };
        db.tx_now(|conn| {
            if store::remove(conn, import.key())? == 1 {
                let what = serde_json::json!({ "import": import.id, "name": import.file_name });
                auth::audit(conn, &by, Action::FileRemoved, what, now)?;
            }
            Ok(())
        })?;
        files.folder(import.id).remove()?;
    }
    Ok(())
}
