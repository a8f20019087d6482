use std::fs;

use super::{Desk, counts};

#[test]
fn bad_lines_and_cells_are_set_aside_with_their_place_and_the_reason() {
    let desk = Desk::new();
    let mut content = "id,email,phone,tags\n\
        1,ann@example.com,+14155550123,vip\n\
        2,nobody,12,two words\n\
        ,,,\n\
        ,nobody,,vip\n\
        3,äöü@example.com\n"
        .as_bytes()
        .to_vec();
    content.extend(b"4,\xff\xfe@example.com,,\n");
    content.extend(b"\"5\n6\",,,\n7,cy@example.com,,\n");
    let summary = desk.import("people.csv", content).expect("imported");
    assert_eq!(counts(&summary), [7, 3, 0, 4, 3]);
    assert_eq!((summary.left_out, summary.respelled), (2, 1));
    let rejects = desk.rejects();
    let told: Vec<String> = rejects.iter().map(|[line, column, ..]| format!("{line} {column}")).collect();
    assert_eq!(told, ["3 email", "3 phone", "3 tags", "5 email", "5 ", "6 ", "7 ", "8 id"]);
    for (row, reason) in rejects.iter().zip([
        "left out: email must be an email such as ann@example.com; got \"nobody\"",
        "left out: phone must be a phone number with country code",
        "kept as \"two-words\"; got \"two words\"",
        "email must be an email",
        "must have an id, an email or a phone number",
        "must have as many cells as the header; got \"2\"",
        "must be UTF-8",
        "id must not contain line breaks",
    ]) {
        assert!(row[2].contains(reason), "{reason:?} in {row:?}");
    }
    assert_eq!(rejects[0][3], "2,nobody,12,two words");
    assert_eq!(desk.db.column("SELECT value FROM identifier_claims ORDER BY value"), ["1", "2", "7"]);
    assert_eq!(desk.db.column("SELECT unnest(tags) FROM profiles ORDER BY 1"), ["two-words", "vip"]);
}

#[test]
fn a_placeholder_is_nobodys_id() {
    let desk = Desk::new();
    assert_eq!(
        counts(&desk.import("people.csv", "id,plan\nnone,pro\n0,pro\n7,pro\n").expect("imported")),
        [3, 1, 0, 2, 1]
    );
    assert!(
        desk.rejects()[0][2].contains("programs send this placeholder when the id is missing"),
        "{:?}",
        desk.rejects()
    );
    fs::remove_file(desk.path("rejects.csv")).expect("it is there");
    let event = r#"{"userId":0,"event":"Seen","timestamp":"2026-11-20T12:00:00Z"}"#;
    assert_eq!(counts(&desk.import("seen.ndjson", event).expect("imported")), [1, 0, 0, 1, 0]);
}

#[test]
fn the_content_of_a_rejects_file_can_be_mended_and_imported() {
    let desk = Desk::new();
    desk.import("people.csv", "id,email,city\n1,nobody,\"Graz, \"\"AT\"\"\"\n").expect("imported");
    let mended = format!("id,email,city\n{}\n", desk.rejects()[0][3].replace("nobody", "ann@example.com"));
    fs::remove_file(desk.path("rejects.csv")).expect("it is there");
    assert_eq!(counts(&desk.import("people.csv", mended).expect("imported")), [1, 1, 0, 0, 0]);
    assert_eq!(desk.db.one("SELECT attributes->>'city' FROM profiles"), "Graz, \"AT\"");
    assert!(!desk.path("rejects.csv").exists(), "none if there is nothing to tell");
}

#[test]
fn a_cell_that_looks_like_a_formula_is_text() {
    let desk = Desk::new();
    let content = "=cmd,id,email\n=1+1,7,bad\n@SUM(A1),8,bad\n\"\t=2\",9,bad\n-1,10,bad\nAnn,11,-2+3\n";
    desk.import("people.csv", content).expect("imported");
    let rejects = desk.rejects();
    assert_eq!(rejects.len(), 5, "{rejects:?}");
    for row in &rejects {
        for text in row {
            let is_text = !text.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(is_text, "{text:?}");
        }
    }
    assert_eq!(rejects[0][3], "'=1+1,7,bad");
    // The apostrophe goes with the cell when a spreadsheet saves it, and everything else is as it was.
    assert!(rejects.iter().any(|row| row[3] == "Ann,11,-2+3"));
}

#[test]
fn a_rejects_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let path = desk.path("rejects.csv");
    fs::write(&path, "line,column,reason,content\n1,a,b,an older and longer one\n").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
    desk.import("people.csv", "id,email\n1,nobody\n").expect("written over");
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    assert_eq!(desk.rejects().len(), 1, "nothing of the older one is left");
}

#[test]
fn no_other_file_is_written_over() {
    let (desk, bad) = (Desk::new(), "id,email\n1,nobody\n");
    let (path, other) = (desk.path("rejects.csv"), desk.path("precious.txt"));
    fs::write(&other, "precious").expect("written");
    std::os::unix::fs::symlink(&other, &path).expect("linked");
    let refused = desk.import("people.csv", bad).expect_err("not through a link");
    assert!(format!("{refused:#}").contains("move it away"), "{refused:#}");
    fs::remove_file(&path).expect("the link");
    fs::hard_link(&other, &path).expect("linked");
    desk.import("people.csv", bad).expect_err("not through another name");
    fs::remove_file(&path).expect("the other name");
    fs::write(&path, "my own notes").expect("written");
    let refused = desk.import("people.csv", bad).expect_err("not over another file");
    assert!(format!("{refused:#}").contains("another file"), "{refused:#}");
    assert_eq!(fs::read_to_string(&path).expect("there"), "my own notes");
    assert_eq!(fs::read_to_string(&other).expect("there"), "precious");
    fs::remove_file(&path).expect("ours");
    fs::create_dir(&path).expect("a folder");
    desk.import("people.csv", bad).expect_err("not a folder");
}
