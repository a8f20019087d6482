//! The file of lines that were not imported, each with its place and the reason.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Seek, SeekFrom},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use nix::{fcntl::OFlag, unistd::geteuid};

use super::cell;
use crate::ledger::Invalid;

/// What the file begins with, by which one of ours is known.
const HEADER: [&str; 4] = ["line", "column", "reason", "content"];

/// Writes [`HEADER`] and a row for each thing that is wrong as CSV; the file is made with the first line that is rejected.
pub struct Rejects {
    path: PathBuf,
    file: Option<csv::Writer<File>>,
    /// How many lines.
    pub count: u64,
}

impl Rejects {
    /// Will write to `path`.
    pub fn new(path: PathBuf) -> Self {
        Self { path, file: None, count: 0 }
    }

    /// Writes down one line with everything that is wrong with it.
    pub fn add(&mut self, line: u64, wrong: &[(String, Invalid)], content: &str) -> anyhow::Result<()> {
        self.count += 1;
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let mut file = csv::Writer::from_writer(open(&self.path)?);
                file.write_record(HEADER)?;
                none.insert(file)
            }
        };
        for (column, invalid) in wrong {
            let reason = invalid.to_string();
            file.write_record([line.to_string().as_str(), &cell(column), &cell(&reason), &cell(content)])?;
        }
        Ok(())
    }

    /// The file, if there is one, written to the end.
    pub fn finish(mut self) -> anyhow::Result<Option<PathBuf>> {
        if let Some(file) = &mut self.file {
            file.flush()?;
        }
        Ok(self.file.is_some().then_some(self.path))
    }
}

/// Opens the file for its owner alone. One that is there is written over only if it is a rejects file of this account's own: not through
/// a link, which may lead anywhere, and no other file.
fn open(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    // Reading tells what is there; a pipe must not be waited for.
    options.read(true).write(true).mode(0o600).custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits());
    let shown = path.display();
    let mut file = match options.clone().create_new(true).open(path) {
        Ok(file) => return Ok(file),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            options.open(path).with_context(|| format!("{shown} is there and cannot be written over; move it away"))?
        }
        Err(error) => return Err(error).with_context(|| format!("{shown} cannot be written")),
    };
    let about = file.metadata()?;
    if !about.is_file() || about.uid() != geteuid().as_raw() || about.nlink() != 1 {
        bail!("{shown} is no file of this account's own, so the rejected lines are not written there; move it away");
    }
    let mut start = String::new();
    let is_text = BufReader::new(&file).read_line(&mut start).is_ok();
    if about.len() > 0 && !(is_text && start.trim_end() == HEADER.join(",")) {
        bail!("{shown} is another file than one of rejected lines, and is not written over; move it away");
    }
    file.set_permissions(PermissionsExt::from_mode(0o600))?;
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}
