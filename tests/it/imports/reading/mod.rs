//! Files as people have them: how each is understood, and what is read from it.

mod hard;
mod json;
mod packed;
mod quotes;
mod tables;
mod workbooks;

use std::{fs, path::Path};

use kith::imports::{Choices, Content, Understood, open};
use tempfile::TempDir;

/// What was read: how, and each record by its line, its cells joined by `·` or, behind a `!`, what is wrong with it.
struct Read {
    how: Understood,
    records: Vec<(u64, String)>,
    contents: Vec<String>,
}

impl Read {
    /// Lines of the records that are wrong.
    fn wrong(&self) -> Vec<u64> {
        self.records.iter().filter(|(_, cells)| cells.starts_with('!')).map(|(line, _)| *line).collect()
    }

    fn cells(&self) -> Vec<&str> {
        self.records.iter().map(|(_, cells)| cells.as_str()).collect()
    }
}

fn read_as(path: &Path, asked: &Choices) -> anyhow::Result<Read> {
    let opened = open(path, asked, Default::default())?;
    let mut read = Read { how: opened.understood, records: Vec::new(), contents: Vec::new() };
    let shown =
        |record: Result<String, kith::ledger::Invalid>| record.unwrap_or_else(|wrong| format!("!{}", wrong.rule));
    match opened.content {
        Content::Records(records) => {
            for record in records {
                let record = record?;
                let cells = record.cells.map(|cells| cells.iter().collect::<Vec<_>>().join("·"));
                read.records.push((record.line, shown(cells)));
                read.contents.push(record.content);
            }
        }
        Content::Objects(objects) => {
            for object in objects {
                let object = object?;
                read.records.push((object.line, shown(object.text)));
                read.contents.push(object.content);
            }
        }
    }
    Ok(read)
}

/// Reads a file of that name and content.
fn read(name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<Read> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    read_as(&path, &Choices::default())
}

/// What a file that cannot be read is told.
#[track_caller]
fn refusal(name: &str, content: impl AsRef<[u8]>) -> String {
    match read(name, content) {
        Ok(read) => panic!("{name} was read: {:?}", read.records),
        Err(error) => format!("{error:#}"),
    }
}
