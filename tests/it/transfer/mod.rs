//! Files in, through the library and through the binary.

mod columns;
mod events;
mod exports;
mod filters;
mod loosen;
mod reading;
mod real_data;
mod rejects;

use std::{collections::HashMap, fs, path::Path, path::PathBuf, sync::Arc};

use kith::{
    clock::Clock,
    db::{Db, ids::EnvironmentId},
    identities::Country,
    transfer::{DateOrder, Options, Summary, import},
};
use tempfile::TempDir;

use crate::support::{TestDb, app::NOW, at};

/// A database with one environment, and a folder for files.
struct Desk {
    db: TestDb,
    pool: Db,
    live: EnvironmentId,
    folder: TempDir,
    renamed: HashMap<String, String>,
    dates: Option<DateOrder>,
    country: Option<Country>,
}

impl Desk {
    fn new() -> Self {
        let (db, folder) = (TestDb::new(), tempfile::tempdir().expect("a folder"));
        let made = crate::support::app::create_workspace(&mut db.connect(), "Acme", at(NOW));
        let (_, [live, _]) = made;
        Self { pool: db.pool(2), db, live, folder, renamed: HashMap::new(), dates: None, country: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Imports a file of that name and content.
    fn import(&self, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<Summary> {
        fs::write(self.path(name), content).expect("a file");
        self.import_file(&self.path(name))
    }

    fn import_file(&self, path: &Path) -> anyhow::Result<Summary> {
        let options = Options {
            environment: self.live,
            renamed: self.renamed.clone(),
            as_of: None,
            dates: self.dates,
            country: self.country,
            rejects: Some(self.path("rejects.csv")),
        };
        import(&self.pool, &Clock::fixed(at(NOW)), path, &options, Arc::default())
    }

    /// The rejects file: line, column, reason, content.
    fn rejects(&self) -> Vec<[String; 4]> {
        let mut reader = csv::Reader::from_path(self.path("rejects.csv")).expect("a rejects file");
        assert_eq!(reader.headers().expect("a header"), vec!["line", "column", "reason", "content"]);
        let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect::<Vec<_>>());
        rows.map(|row| row.try_into().expect("four cells")).collect()
    }
}

/// Lines, new, known and bad ones, and people made.
fn counts(summary: &Summary) -> [u64; 5] {
    [summary.read, summary.written, summary.unchanged, summary.rejected, summary.created]
}

/// The text, compressed.
fn gzip(text: &str) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

/// The files of the Complete Journey data set, if this checkout has them.
fn real_files() -> Option<[PathBuf; 2]> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/complete-journey");
    let files = ["profiles.csv", "events.ndjson.gz"].map(|name| folder.join(name));
    if files.iter().all(|file| file.exists()) {
        return Some(files);
    }
    println!("SKIPPED: {} is not there", folder.display());
    None
}
