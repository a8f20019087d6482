//! The rejects file: lines that were not imported, each with its number and the reason.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Seek, SeekFrom},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use nix::{fcntl::OFlag, unistd::geteuid};

use super::row::Remark;
use crate::{ledger::Invalid, web::cell};

/// First line of a rejects file, by which it is recognised.
const HEADER: [&str; 4] = ["line", "column", "reason", "content"];

/// Writes [`HEADER`] and a row for each problem as CSV; the file is created with the first rejected line.
pub struct Rejects {
    path: PathBuf,
    file: Option<csv::Writer<File>>,
}

impl Rejects {
    /// The first `kept` bytes of a rejects file at `path`, to which more is added; none: it is not created yet.
    ///
    /// # Errors
    /// There is no such file, and it should have bytes.
    pub fn new(path: PathBuf, kept: u64) -> anyhow::Result<Self> {
        if kept == 0 {
            return Ok(Self { path, file: None });
        }
        let mut file = open(&path)?;
        file.set_len(kept)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { path, file: Some(csv::Writer::from_writer(file)) })
    }

    /// Writes a rejected line with all its problems.
    pub fn add(&mut self, line: u64, wrong: &[(String, Invalid)], content: &str) -> anyhow::Result<()> {
        wrong.iter().try_for_each(|(column, invalid)| self.write(line, column, &invalid.to_string(), content))
    }

    /// Writes a line of which something was not taken as it is.
    pub fn remark(&mut self, line: u64, remarks: &[Remark], content: &str) -> anyhow::Result<()> {
        remarks.iter().try_for_each(|remark| self.write(line, &remark.column, &remark.about.to_string(), content))
    }

    /// Flushes the file, and says how many bytes it has.
    pub fn position(&mut self) -> anyhow::Result<u64> {
        let Some(file) = &mut self.file else { return Ok(0) };
        file.flush()?;
        Ok(file.get_ref().metadata()?.len())
    }

    fn write(&mut self, line: u64, column: &str, reason: &str, content: &str) -> anyhow::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let file = open(&self.path)?;
                file.set_len(0)?;
                let mut file = csv::Writer::from_writer(file);
                file.write_record(HEADER)?;
                none.insert(file)
            }
        };
        file.write_record([line.to_string().as_str(), &cell(column), &cell(reason), &cell(content)])?;
        Ok(())
    }
}

/// A new file at `path` for its owner alone.
///
/// # Errors
/// It cannot be written.
pub fn create(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).custom_flags(OFlag::O_NOFOLLOW.bits());
    options.open(path).with_context(|| format!("{} cannot be written", path.display()))
}

/// Opens the file for its owner alone. An existing file is overwritten only if it is a rejects file of the same account: not through a
/// link, which may lead anywhere, and no other file.
fn open(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    // Reading shows what the file is; opening must not block on a pipe.
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
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}
