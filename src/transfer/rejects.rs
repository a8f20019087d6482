//! The file of lines that were not imported, each with its place and the reason.

use std::{fs::File, path::PathBuf};

use crate::ingest::Invalid;

/// Writes `line, column, reason, content` as CSV; the file is made with the first line that is rejected.
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
                let mut file = csv::Writer::from_path(&self.path)
                    .map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", self.path.display()))?;
                file.write_record(["line", "column", "reason", "content"])?;
                none.insert(file)
            }
        };
        for (column, invalid) in wrong {
            file.write_record([&line.to_string(), column, &invalid.to_string(), content])?;
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
