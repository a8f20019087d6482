//! Small files on which imports went wrong, made up after reports of comparable products.

use std::path::{Path, PathBuf};

use kith::imports::Choices;

use super::{
    super::{Desk, counts},
    read_as,
};
use crate::support::Program;

/// How many records each has below its header, on which lines the wrong ones are, and how it is understood.
const FILES: [(&str, usize, &[u64], &str); 13] = [
    ("c02_semicolon.csv", 2, &[], "UTF-8, cells separated by semicolon"),
    ("c03_tab.csv", 1, &[], "UTF-8, cells separated by tab"),
    ("c04_utf16le.csv", 2, &[], "UTF-16LE, cells separated by comma"),
    ("c05_cp1252.csv", 2, &[], "windows-1252, cells separated by comma"),
    ("c06b_cr_only_bad.csv", 3, &[], "UTF-8, cells separated by comma"),
    ("c08b_stray_quote.csv", 20, &[4], "UTF-8, cells separated by comma"),
    ("c15_created_formats.csv", 21, &[], "UTF-8, cells separated by comma"),
    ("c18b_blank_lines.csv", 1, &[], "UTF-8, cells separated by comma"),
    ("c22f_UPPER.CSV", 1, &[], "UTF-8, cells separated by comma"),
    ("c35_tags.csv", 9, &[], "UTF-8, cells separated by comma"),
    ("google-contacts.csv", 50, &[], "UTF-8, cells separated by comma"),
    ("hubspot.csv", 50, &[], "UTF-8, cells separated by"),
    ("shopify.csv", 50, &[], "UTF-8, cells separated by comma"),
];

/// The folder of these files, if this checkout has it.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/hard");
    if folder.exists() {
        return Some(folder);
    }
    println!("SKIPPED: {} is not there", folder.display());
    None
}

#[test]
fn hard_files_are_read() {
    let Some(folder) = folder() else { return };
    for (name, count, wrong, how) in FILES {
        let found = read_as(&folder.join(name), &Choices::default()).expect(name);
        assert_eq!(found.records.len() - 1, count, "{name}: {:?}", found.records);
        assert_eq!(found.wrong(), wrong, "{name}");
        assert!(found.how.to_string().contains(how), "{name}: {}", found.how);
    }
    let cells = |name: &str| read_as(&folder.join(name), &Choices::default()).expect(name).records[1].1.clone();
    assert_eq!(cells("c04_utf16le.csv"), "b4-1·lena.björk@example.org·Malmö");
    assert_eq!(cells("c05_cp1252.csv"), "b5-1·ann.one@example.org·Zoë·Köln");
    let bom = read_as(&folder.join("e02_bom.ndjson"), &Choices::default()).expect("events");
    assert!(bom.cells().len() == 2 && bom.wrong().is_empty());
}

#[test]
fn a_stray_quote_costs_one_line_of_twenty() {
    let Some(folder) = folder() else { return };
    let desk = Desk::new();
    let summary = desk.import_file(&folder.join("c08b_stray_quote.csv")).expect("imported");
    assert_eq!(counts(&summary), [20, 19, 0, 1, 19]);
    let [line, _, reason, content] = &desk.rejects()[0];
    assert_eq!((line.as_str(), content.as_str()), ("4", "b8q-3,q3@example.org,Name3,\"big house"));
    assert!(reason.contains("has a quote that never closes"), "{reason}");
}

#[test]
fn the_command_says_first_how_it_reads_and_can_be_told_otherwise() {
    let desk = Desk::new();
    let path = desk.path("people.csv");
    std::fs::write(&path, b"id;name\n1;Zo\xeb\n").expect("a file");
    let import = |more: &[&str]| {
        let words = [&["import", path.to_str().expect("text")], more].concat();
        Program::new(&words).env("DATABASE_URL", desk.db.url()).folder(desk.folder.path()).run()
    };
    let done = import(&[]).expect(0);
    let told: Vec<&str> = done.out.lines().collect();
    assert_eq!(told[0], "people.csv: read as windows-1252, cells separated by semicolon");
    assert!(told[1].starts_with("people.csv: 1 read, 1 written"), "{told:?}");
    assert_eq!(desk.db.one("SELECT name FROM profiles"), "Zoë");
    let done = import(&["--encoding", "windows-1251"]).expect(0);
    assert!(done.out.starts_with("people.csv: read as windows-1251"), "{}", done.out);
    let done = import(&["--delimiter", "tab"]).expect(1);
    assert!(done.err.contains("no column says who"), "{}", done.err);
    assert!(import(&["--delimiter", "x"]).expect(2).err.contains("comma, semicolon, tab or pipe"));
    assert!(import(&["--sheet", "People"]).expect(1).err.contains("is no workbook"));
}
