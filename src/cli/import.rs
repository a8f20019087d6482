//! `kith import FILE…`: imports files of profiles, events and notes.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use encoding_rs::Encoding;
use indicatif::{ProgressBar, ProgressStyle};

use super::counted;
use crate::{
    config::Config,
    db::Db,
    identities::Country,
    imports::{
        self, Checkpoint, Choices, DateOrder, Delimiter, Going, Import, Options, Receipt, Rehearsal, Summary, Unmapped,
    },
};

#[derive(clap::Args)]
pub struct Args {
    /// Files: profiles as .csv, .tsv, .txt, .xlsx or .ods, events and notes as .ndjson, .jsonl or .json; texts also with .gz or .zip
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Environment: live or test, or for example acme/live if there are several workspaces
    #[arg(long, default_value = "live", value_name = "[WORKSPACE/]live|test")]
    environment: String,
    /// What a CSV column means, where its header does not say: id, email, phone, tags, created_at, as_of, an attribute's name, or nothing to leave it out. May be repeated
    #[arg(long = "map", value_parser = renaming, value_name = "COLUMN=ATTRIBUTE")]
    renamed: Vec<(String, String)>,
    /// What separates cells, where that is not understood: comma, semicolon, tab or pipe
    #[arg(long)]
    delimiter: Option<Delimiter>,
    /// Encoding of texts, where that is not understood: for example utf-8, utf-16le, windows-1252 or shift_jis
    #[arg(long, value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// Sheet of a workbook [default: the first one with data]
    #[arg(long)]
    sheet: Option<String>,
    /// When the lines of CSV files were true, if no column says so: newer values are kept [default: now]
    #[arg(long, value_name = "TIME")]
    as_of: Option<DateTime<Utc>>,
    /// What comes first in dates such as 03/04/2026: dmy (the day) or mdy (the month). Without it such dates are left out
    #[arg(long, value_parser = date_order, value_name = "dmy|mdy")]
    dates: Option<DateOrder>,
    /// Country of phone numbers without a code, where lines do not say their own, for example DE [default: the workspace's]
    #[arg(long, value_name = "COUNTRY")]
    country: Option<Country>,
    /// Zone of times that do not say theirs, for example Europe/Berlin [default: UTC]
    #[arg(long, value_parser = zone, value_name = "ZONE")]
    time_zone: Option<Tz>,
    /// Directory for the files of rejected lines, and of changes [default: the current one]
    #[arg(long, value_name = "DIR")]
    rejects: Option<PathBuf>,
    /// Says what would change, writes all of it to FILE.changes.csv, and stores nothing
    #[arg(long)]
    dry_run: bool,
    /// File for the receipts: one JSON object for each file, with what was understood, chosen and counted
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    receipt: Option<PathBuf>,
}

fn date_order(text: &str) -> Result<DateOrder, String> {
    DateOrder::from_stored(text).ok_or_else(|| "write dmy or mdy".to_owned())
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "no time zone has this name".to_owned())
}

fn renaming(text: &str) -> Result<(String, String), String> {
    let (column, meaning) = text.split_once('=').ok_or("write column=attribute")?;
    Ok((column.to_owned(), meaning.to_owned()))
}

fn encoding(text: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label(text.as_bytes()).ok_or_else(|| "no encoding has this name".to_owned())
}

/// Time limit of one statement of an import.
const STATEMENT_LIMIT: Duration = Duration::from_secs(120);

/// Batches that are written at once.
const WRITERS: usize = 2;

pub fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let mut config = config.clone();
    config.database.statement_limit = STATEMENT_LIMIT;
    config.database.connections = 2;
    let opened = super::open(&config)?;
    let environment = super::environment(&opened.db, &args.environment)?;
    let choices = Choices {
        delimiter: args.delimiter,
        encoding: args.encoding,
        sheet: args.sheet,
        columns: args.renamed.into_iter().collect(),
        as_of: args.as_of,
        dates: args.dates,
        country: args.country,
        zone: args.time_zone,
    };
    let mut receipts = args.receipt.as_ref().map(File::create).transpose().context("the receipt cannot be written")?;
    let mut rejected = 0;
    for file in &args.files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let beside = |ending: &str| args.rejects.clone().unwrap_or_default().join(format!("{name}.{ending}.csv"));
        let (choices, writers) = (choices.clone(), if args.dry_run { 1 } else { WRITERS });
        let options = Options { environment, choices, rejects: beside("rejects"), writers };
        let changes = args.dry_run.then(|| beside("changes"));
        let summary = one(&opened.db, file, &options, changes.as_deref(), receipts.as_mut()).map_err(explained)?;
        rejected += summary.rejected + summary.left_out;
        print(&name, &summary, &options.rejects, changes.as_deref());
    }
    // Exit code 2 lets a script see that lines were rejected, or cells left out.
    Ok(if rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Imports one file, or says what it would change.
fn one(
    db: &Db,
    file: &Path,
    options: &Options,
    changes: Option<&Path>,
    receipts: Option<&mut File>,
) -> anyhow::Result<Summary> {
    let (bar, progress) = bar(file);
    let clock = super::clock();
    let import = Import::new(db, &clock, options);
    let position = || progress.load(Ordering::Relaxed);
    let done = super::watched(&bar, position, || {
        let opened = imports::open(file, &options.choices, progress.clone())?;
        let (name, understood) = (opened.name.clone(), opened.understood.to_string());
        bar.suspend(|| println!("{name}: {understood}"));
        let watch = &mut |_: &Checkpoint| Ok(Going::On);
        let stored = match changes {
            Some(path) => Err(import.rehearse(opened, Rehearsal::new(path)?, watch)?.summary),
            None => Ok(import.store(opened, Checkpoint::default(), watch)?),
        };
        anyhow::Ok((understood, stored))
    });
    bar.finish_and_clear();
    let (understood, stored) = match done? {
        (_, Err(tried)) => return Ok(tried),
        (understood, Ok(stored)) => (understood, stored),
    };
    let summary = stored.reached.summary.clone();
    let receipt = Receipt::new(&import, file, understood, stored, clock.now())?;
    receipt.keep(db, options.environment)?;
    if let Some(receipts) = receipts {
        writeln!(receipts, "{}", serde_json::to_string(&receipt)?)?;
    }
    Ok(summary)
}

/// With what to type, where that helps.
fn explained(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<Unmapped>() {
        Some(_) => {
            error.context("Choose what columns mean with --map, as in --map nr=id, and leave one out with --map nr=")
        }
        None => error,
    }
}

fn bar(file: &Path) -> (ProgressBar, Arc<AtomicU64>) {
    let size = std::fs::metadata(file).map_or(0, |about| about.len());
    let bar = ProgressBar::new(size);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {bytes_per_sec} {eta} left") {
        bar.set_style(style);
    }
    bar.set_message(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
    (bar, Arc::default())
}

fn print(name: &str, summary: &Summary, rejects: &Path, changes: Option<&Path>) {
    let Summary { read, written, unchanged, rejected, created, left_out, two_dates, respelled, kept } = summary;
    let created = counted(*created, "profile", "profiles");
    println!("{name}: {read} read, {written} written, {unchanged} unchanged, {rejected} rejected, {created} created");
    if *left_out > 0 {
        println!("  {} left out; the rest of these lines is stored", counted(*left_out, "cell was", "cells were"));
    }
    if *two_dates > 0 {
        let dates = counted(*two_dates, "of them is a date", "of them are dates");
        println!("  {dates} that can be read in two ways: say --dates dmy (the day first) or --dates mdy");
    }
    if *respelled > 0 {
        println!("  {} stored in the spelling that tags have", counted(*respelled, "tag was", "tags were"));
    }
    if *kept > 0 {
        let answers = counted(*kept, "answer was", "answers were");
        println!("  {answers} kept stricter: imports do not loosen. History shows each");
    }
    if summary.has_rejects() {
        println!("  what was not taken, with reasons: {}", rejects.display());
    }
    if let Some(changes) = changes {
        println!("  this was a dry run: nothing is stored. What would change, line by line: {}", changes.display());
    }
}
