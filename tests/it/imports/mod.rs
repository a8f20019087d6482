//! Files in, through the library and through the binary.

mod columns;
mod console;
mod events;
mod exports;
mod filters;
mod loosen;
mod moving_in;
mod reading;
mod real_data;
mod receipts;
mod rehearsal;
mod rejects;
mod resume;

use std::{collections::BTreeMap, fs, path::Path, path::PathBuf, sync::Arc};

use kith::{
    auth::Role,
    clock::Clock,
    db::{Db, ids::EnvironmentId},
    identities::Country,
    imports::{Choices, DateOrder, Files, Options, Summary, import},
};
use tempfile::TempDir;

use crate::support::{App, TestDb, app::NOW, at};

/// A database with one environment, and a folder for files.
struct Desk {
    db: TestDb,
    pool: Db,
    live: EnvironmentId,
    folder: TempDir,
    renamed: BTreeMap<String, String>,
    dates: Option<DateOrder>,
    country: Option<Country>,
}

impl Desk {
    fn new() -> Self {
        let (db, folder) = (TestDb::new(), tempfile::tempdir().expect("a folder"));
        let made = crate::support::app::create_workspace(&mut db.connect(), "Acme", at(NOW));
        let (_, [live, _]) = made;
        Self { pool: db.pool(2), db, live, folder, renamed: BTreeMap::new(), dates: None, country: None }
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
            choices: Choices {
                columns: self.renamed.clone(),
                dates: self.dates,
                country: self.country,
                ..Choices::default()
            },
            rejects: self.path("rejects.csv"),
            writers: 2,
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

/// A file that waits to be imported, what is left of a dry run and of an import, and choices that are kept.
pub fn parts(app: &App) -> Vec<(&'static str, String)> {
    let mut admin = app.browser(Role::Admin);
    let list = app.path("imports");
    admin.visit(&list);
    let token = admin.token();
    admin.post_file(&list, &[("csrf", &token)], ("people.csv", b"id,plan\nimported,pro\n")).expect(303);
    admin.follow();
    admin.submit("Keep these choices", &[("Name", "Shop")]).expect(303);
    let id = app.db.one("SELECT id FROM imports");
    let folder = Files::of(&app.state.config).expect("a folder").folder(id.parse().expect("an id"));
    for path in [folder.rejects(), folder.changes(), folder.refused()] {
        fs::write(path, "line\n").expect("a file");
    }
    vec![("{import}", id)]
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
