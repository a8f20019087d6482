//! Where the files of imports lie: a folder for each in the data directory, for its owner alone.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    config::Config,
    console::{Uploaded, private_folder},
    db::ids::ImportId,
    error::AppError,
};

/// Time for which an upload may take, and its rest stays if it broke off.
const ARRIVING: Duration = Duration::from_secs(24 * 3600);

/// The folder of all imports.
#[derive(Clone, Debug)]
pub struct Files(PathBuf);

impl Files {
    /// The folder that these settings say; `None`: they say none.
    pub fn of(config: &Config) -> Option<Self> {
        config.database.home.as_ref().map(|home| Self(home.clone()))
    }

    /// The folder of one import.
    pub fn folder(&self, id: ImportId) -> Folder {
        Folder(self.0.join("imports").join(id.to_string()))
    }

    /// Removes what arrived in part and was left.
    pub fn sweep(&self, now: DateTime<Utc>) {
        let Ok(left) = fs::read_dir(self.0.join("arriving")) else { return };
        for entry in left.flatten() {
            let since = entry.metadata().and_then(|about| about.modified());
            let is_old = |since| SystemTime::from(now).duration_since(since).is_ok_and(|age| age > ARRIVING);
            if since.is_ok_and(is_old) {
                // The next sweep tries again.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The folder of one import.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Takes a file that arrived.
    ///
    /// # Errors
    /// The folder cannot be made, or the file not be moved.
    pub fn take(&self, uploaded: Uploaded) -> io::Result<()> {
        let path = self.file(&uploaded.name);
        private_folder(path.parent().unwrap_or(&self.0))?;
        uploaded.keep(&path)
    }

    /// The file itself, under its own name, which the history of people has as their source; so in a folder of its own.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join("file").join(name)
    }

    /// Whether the file is on this server.
    pub fn has(&self, name: &str) -> bool {
        self.file(name).is_file()
    }

    /// Lines that were not imported.
    pub fn rejects(&self) -> PathBuf {
        self.0.join("rejects.csv")
    }

    /// What a dry run found: all changes.
    pub fn changes(&self) -> PathBuf {
        self.0.join("changes.csv")
    }

    /// Lines that a dry run would not import.
    pub fn refused(&self) -> PathBuf {
        self.0.join("refused.csv")
    }

    /// Keeps a value in the folder.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep<T: Serialize>(&self, name: &str, value: &T) -> anyhow::Result<()> {
        let half = self.0.join(format!("{name}.half"));
        let mut file = BufWriter::new(super::rejects::create(&half)?);
        serde_json::to_writer(&mut file, value)?;
        file.flush()?;
        Ok(fs::rename(half, self.0.join(name))?)
    }

    /// A value that was kept; `None`: it is not there, or of another version of kith.
    pub fn kept<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_reader(io::BufReader::new(File::open(self.0.join(name)).ok()?)).ok()
    }

    /// Forgets what a dry run found.
    pub fn forget_report(&self) {
        for path in [self.0.join(super::rehearsal::REPORT), self.changes(), self.refused()] {
            // It may not be there.
            let _ = fs::remove_file(path);
        }
    }

    /// Removes all but the lines that were not imported.
    pub fn clear(&self, name: &str) {
        self.forget_report();
        for path in [self.file(name), self.0.join(super::preview::PREVIEW)] {
            // It may not be there.
            let _ = fs::remove_file(path);
        }
    }

    /// Removes everything.
    ///
    /// # Errors
    /// Something cannot be removed.
    pub fn remove(&self) -> Result<(), AppError> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(AppError::Unexpected(error.into())),
            _ => Ok(()),
        }
    }

    /// Opens a file for a download; `None`: it is not there any more.
    pub fn open(path: &Path) -> Option<File> {
        File::open(path).ok()
    }
}
