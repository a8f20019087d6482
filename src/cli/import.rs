//! `kith import FILE…`: imports files of profiles and events.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use encoding_rs::Encoding;
use indicatif::{ProgressBar, ProgressStyle};

use super::counted;
use crate::{
    config::Config,
    identities::Country,
    transfer::{self, Asked, DateOrder, Delimiter, Options, Summary},
};

#[derive(clap::Args)]
pub struct Args {
    /// Files: profiles as .csv, .tsv, .txt, .xlsx or .ods, events as .ndjson, .jsonl or .json; texts also with .gz or .zip
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
    /// Directory for the files of rejected lines [default: the current one]
    #[arg(long, value_name = "DIR")]
    rejects: Option<PathBuf>,
}

fn date_order(text: &str) -> Result<DateOrder, String> {
    DateOrder::from_stored(text).ok_or_else(|| "write dmy or mdy".to_owned())
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

pub fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let mut config = config.clone();
    config.database.statement_limit = STATEMENT_LIMIT;
    config.database.connections = 2;
    let opened = super::open(&config)?;
    let environment = super::environment(&opened.db, &args.environment)?;
    let renamed: HashMap<String, String> = args.renamed.into_iter().collect();
    let asked = Asked { delimiter: args.delimiter, encoding: args.encoding, sheet: args.sheet };
    let mut rejected = 0;
    for file in &args.files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let rejects = args.rejects.as_ref().map(|folder| folder.join(format!("{name}.rejects.csv")));
        let (dates, country) = (args.dates, args.country);
        let options = Options { environment, renamed: renamed.clone(), as_of: args.as_of, dates, country, rejects };
        let (bar, progress) = bar(file);
        let summary = super::watched(
            &bar,
            || progress.load(Ordering::Relaxed),
            || {
                let content = transfer::open(file, &asked, progress.clone())?;
                bar.suspend(|| println!("{name}: {}", content.understood));
                transfer::import_opened(&opened.db, &super::clock(), file, content, &options)
            },
        );
        bar.finish_and_clear();
        rejected += summary.as_ref().map_or(0, |summary| summary.rejected + summary.left_out);
        print(&name, &summary?);
    }
    // Exit code 2 lets a script see that lines were rejected, or cells left out.
    Ok(if rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
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

fn print(name: &str, summary: &Summary) {
    let Summary { read, written, unchanged, rejected, created, left_out, respelled, kept, rejects } = summary;
    let created = counted(*created, "profile", "profiles");
    println!("{name}: {read} read, {written} written, {unchanged} unchanged, {rejected} rejected, {created} created");
    if *left_out > 0 {
        println!("  {} left out; the rest of these lines is stored", counted(*left_out, "cell was", "cells were"));
    }
    if *respelled > 0 {
        println!("  {} stored in the spelling that tags have", counted(*respelled, "tag was", "tags were"));
    }
    if *kept > 0 {
        let answers = counted(*kept, "answer was", "answers were");
        println!("  {answers} kept stricter: imports do not loosen. History shows each");
    }
    if let Some(path) = rejects {
        println!("  what was not taken, with reasons: {}", path.display());
    }
}
