use std::io::{BufWriter, Write};

use super::{read, read_as};
use kith::imports::{Choices, Content, open};

const HEADER: &str = "id,email,name,home\n";

fn people(from: usize, to: usize) -> String {
    (from..=to).map(|n| format!("{n},q{n}@example.com,Name{n},flat\n")).collect()
}

#[test]
fn a_quote_that_never_closes_costs_its_line_alone() {
    for stray in ["3,q3@example.com,Name3,\"big house\n", "3,\"q3@example.com,Name3,flat\n"] {
        // Some of the other lines have quotes of their own.
        for quoted in ["", "11,q@example.com,\"Li, Bo\",\"\"\n", "11,q@example.com,Bo,\"a \"\"flat\"\"\"\n"] {
            let text = format!("{HEADER}{}{stray}{}{quoted}{}", people(1, 2), people(4, 10), people(12, 20));
            let found = read("people.csv", text).expect("it is read");
            assert_eq!(found.wrong(), [4], "{:?}", found.records);
            let count = if quoted.is_empty() { 20 } else { 21 };
            assert_eq!(found.records.len(), count, "the header, and everybody: {:?}", found.records);
            assert_eq!(found.contents[3], stray.trim_end());
        }
    }
}

#[test]
fn two_quotes_that_swallow_people_between_them_cost_two_lines() {
    let text =
        format!("{HEADER}1,a@example.com,\"Ann,flat\n{}9,b@example.com,Bo\",flat\n{}", people(2, 8), people(10, 12));
    let found = read("people.csv", text).expect("it is read");
    assert_eq!(found.records.len(), 13, "{:?}", found.records);
    assert!(found.wrong().starts_with(&[2]) && found.wrong().len() <= 2, "{:?}", found.records);
}

#[test]
fn a_right_record_has_as_many_lines_as_it_has() {
    let address = "\"1 High Street\nGhent, East Flanders\n\nBelgium, \"\"Europe\"\"\"";
    let text = format!("{HEADER}1,a@example.com,Ann,{address}\n2,b@example.com,Bo,flat\n");
    let found = read("people.csv", text).expect("it is read");
    let home = "1 High Street\nGhent, East Flanders\n\nBelgium, \"Europe\"";
    assert_eq!(
        found.cells(),
        ["id·email·name·home", &format!("1·a@example.com·Ann·{home}"), "2·b@example.com·Bo·flat"]
    );
    assert_eq!(found.records[2].0, 6);
    assert_eq!(found.contents[1], format!("1,a@example.com,Ann,{address}"));
}

#[test]
fn quotes_inside_of_a_cell_are_text_where_the_cells_are_clear() {
    let found =
        read("people.csv", "id,name\n1,\"Big\" Jim\n2,5\" pipe\n3,\"Li, \"Bo\" K\"\n4,Ann\n").expect("it is read");
    let wrong = "!has a quote inside of a cell; write it twice";
    assert_eq!(found.cells(), ["id·name", "1·\"Big\" Jim", "2·5\" pipe", wrong, "4·Ann"]);
    assert_eq!(found.contents[3], "3,\"Li, \"Bo\" K\"");
}

#[test]
fn a_record_that_is_too_long_costs_itself_alone() {
    let long = "x".repeat(3 << 20);
    let lines = "word word word\n".repeat(200_000);
    for broken in [format!("3,{long},c,d\n"), format!("3,\"{long}\",c,d\n"), format!("3,\"{lines}\",c,d\n")] {
        let found =
            read("people.csv", format!("{HEADER}{}{broken}{}", people(1, 2), people(4, 9))).expect("it is read");
        let right = found.records.iter().filter(|(_, cells)| !cells.starts_with('!')).count();
        assert_eq!(right, 9, "everybody else: {:?}", found.wrong());
        assert_eq!(found.wrong()[0], 4);
        assert!(found.contents.iter().all(|content| content.len() <= (1 << 20) + 16));
    }
}

#[test]
fn a_header_that_cannot_be_read_is_said() {
    let told = super::refusal("people.csv", "id,\"name\n1,Ann\n");
    assert!(told.contains("its header, in line 1, has a quote that never closes"), "{told}");
}

/// Quotes of which each opens another cell. What is read for one line must not grow with the file.
#[test]
fn many_stray_quotes_take_no_more_than_one_look_each() {
    for line in ["x\",\"z\n", "a,\"b\n", "\"\"\"a,b\n", "a,\"\n"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("people.csv");
        let mut file = BufWriter::new(std::fs::File::create(&path).expect("a file"));
        file.write_all(b"id,name\n").expect("written");
        for _ in 0..50_000 {
            file.write_all(line.as_bytes()).expect("written");
        }
        file.write_all(b"7,Ann\n").expect("written");
        drop(file);
        let found = read_as(&path, &Choices::default()).expect("it is read");
        assert_eq!(found.cells().last(), Some(&"7·Ann"), "{line:?}");
    }
}

/// By hand: `KITH_LARGE=1 cargo test --test it -- --nocapture a_large_file`.
#[test]
fn a_large_file_with_a_stray_quote_is_read_at_once() {
    let count = if std::env::var_os("KITH_LARGE").is_some() { 7_500_000 } else { 50_000 };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("people.csv");
    let mut file = BufWriter::new(std::fs::File::create(&path).expect("a file"));
    file.write_all(HEADER.as_bytes()).expect("written");
    for n in 0..count {
        let stray = if n == 10 { "\"" } else { "" };
        writeln!(file, "{n},person{n}@example.com,Name{n},{stray}flat").expect("written");
    }
    drop(file);
    let since = std::time::Instant::now();
    let opened = open(&path, &Choices::default(), Default::default()).expect("it is read");
    let Content::Records(records) = opened.content else { panic!("a table") };
    let (mut right, mut wrong) = (0, Vec::new());
    for record in records {
        let record = record.expect("read");
        match record.cells {
            Ok(_) => right += 1,
            Err(_) => wrong.push(record.line),
        }
    }
    let size = std::fs::metadata(&path).expect("there").len() >> 20;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned();
    println!("{size} MB in {:?}, {peak}", since.elapsed());
    assert_eq!((right, wrong), (count, vec![12]), "the header and everybody but one");
}
