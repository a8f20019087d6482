use std::fs;

use super::{Desk, counts};

#[test]
fn bad_lines_are_set_aside_with_their_place_and_the_reason() {
    let desk = Desk::new();
    let mut content = b"id,email,phone,tags\n\
        1,ann@example.com,+14155550123,vip\n\
        2,nobody,12,two words\n\
        ,,,\n\
        3,a@example.com\n"
        .to_vec();
    content.extend(b"4,\xff\xfe@example.com,,\n");
    content.extend(b"\"5\n6\",,,\n7,cy@example.com,,\n");
    let summary = desk.import("people.csv", content).expect("imported");
    assert_eq!(counts(&summary), [7, 2, 0, 5, 2]);
    let rejects = desk.rejects();
    let told: Vec<String> = rejects.iter().map(|[line, column, ..]| format!("{line} {column}")).collect();
    assert_eq!(told, ["3 email", "3 phone", "3 tags", "4 ", "5 ", "6 ", "7 id"]);
    for (row, reason) in rejects.iter().zip([
        "email must be an email address such as ann@example.com; got \"nobody\"",
        "phone must be a phone number with country code",
        "tags must have 1 to 20 letters, digits, hyphens or underscores; got \"two words\"",
        "must have an id or an email",
        "must have as many cells as the header; got \"2\"",
        "must be UTF-8",
        "id must not contain line ends",
    ]) {
        assert!(row[2].contains(reason), "{reason:?} in {row:?}");
    }
    assert_eq!(rejects[0][3], "2,nobody,12,two words");
    assert_eq!(desk.db.column("SELECT value FROM identifier_claims ORDER BY value"), ["1", "7"]);
}

#[test]
fn the_content_of_a_rejects_file_can_be_mended_and_imported() {
    let desk = Desk::new();
    desk.import("people.csv", "id,email,city\n1,nobody,\"Graz, \"\"AT\"\"\"\n").expect("imported");
    let mended = format!("id,email,city\n{}\n", desk.rejects()[0][3].replace("nobody", "ann@example.com"));
    fs::remove_file(desk.path("rejects.csv")).expect("it is there");
    assert_eq!(counts(&desk.import("people.csv", mended).expect("imported")), [1, 1, 0, 0, 1]);
    assert_eq!(desk.db.one("SELECT attributes->>'city' FROM profiles"), "Graz, \"AT\"");
    assert!(!desk.path("rejects.csv").exists(), "none if there is nothing to tell");
}
