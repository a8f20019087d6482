//! The receipt of an import: what was imported, how it was understood, and what it came to.

use std::{fs::File, io, path::Path};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Checkpoint, Choices, Import, Stored, Summary,
    store::{self, ImportKey, NewImport, Stage},
};
use crate::{
    db::{
        Db,
        ids::{EnvironmentId, ImportId},
    },
    error::AppError,
    text::hexadecimal,
};

/// A receipt, as `kith import --receipt` writes it.
#[derive(Debug, Serialize)]
pub struct Receipt {
    /// Group of the changes, by which they are found and undone.
    pub id: Uuid,
    pub file: String,
    /// Bytes of the file.
    pub size: u64,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    pub began_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    /// How the file was read, in words.
    pub understood: String,
    pub choices: Choices,
    /// Heads of columns, each with what it meant.
    pub meanings: Vec<(String, String)>,
    pub counts: Summary,
}

impl Receipt {
    /// The receipt of an import that ended.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub fn new(
        import: &Import<'_>,
        path: &Path,
        understood: String,
        stored: Stored,
        ended_at: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let (mut file, mut hasher) = (File::open(path)?, Sha256::new());
        let size = io::copy(&mut file, &mut HashWriter(&mut hasher))?;
        Ok(Self {
            id: import.group,
            file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            size,
            sha256: hexadecimal(&hasher.finalize()),
            began_at: import.began_at,
            ended_at,
            understood,
            choices: import.options.choices.clone(),
            meanings: stored.meanings,
            counts: stored.reached.summary,
        })
    }

    /// Keeps the receipt, for the console to show.
    ///
    /// # Errors
    /// The database fails.
    pub fn keep(&self, db: &Db, environment: EnvironmentId) -> Result<(), AppError> {
        let reached = Checkpoint { summary: self.counts.clone(), ..Checkpoint::default() };
        let new = NewImport {
            key: ImportKey { environment, import: ImportId(self.id) },
            file_name: &self.file,
            size: i64::try_from(self.size).unwrap_or(i64::MAX),
            fingerprint: &self.sha256,
            operator: None,
            by_name: "Command line",
            choices: &self.choices,
            understood: &self.understood,
            meanings: &self.meanings,
            stage: Stage::Done,
            reached: &reached,
            created_at: self.began_at,
            times: [Some(self.began_at), Some(self.ended_at)],
        };
        db.tx_now(|conn| store::insert(conn, &new))
    }
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.0.update(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
