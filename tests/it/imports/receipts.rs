//! The receipts of imports by the command line: a file of them, and their pages at the console.

use serde_json::Value;

use super::Desk;
use crate::support::Program;

#[test]
fn an_import_by_the_command_line_leaves_a_receipt_and_a_dry_run_none() {
    let desk = Desk::new();
    std::fs::write(desk.path("people.csv"), "id,When,plan\n1,03/04/2026,pro\n,x,\n").expect("a file");
    let import = |more: &[&str]| {
        let words = [&["import", "people.csv", "--map", "When=created_at"], more].concat();
        Program::new(&words).env("DATABASE_URL", desk.db.url()).folder(desk.folder.path()).run()
    };
    let dry = import(&["--dry-run"]).expect(2);
    assert!(dry.out.contains("2 read, 1 written, 0 unchanged, 1 rejected, 1 profile created"), "{}", dry.out);
    assert!(dry.out.contains("1 of them is a date that can be read in two ways: say --dates dmy"), "{}", dry.out);
    assert!(dry.out.contains("nothing is stored") && desk.path("people.csv.changes.csv").is_file());
    assert_eq!(desk.db.number("SELECT count(*) FROM profiles") + desk.db.number("SELECT count(*) FROM imports"), 0);
    import(&["--dates", "dmy", "--time-zone", "Europe/Berlin", "--receipt", "receipt.json"]).expect(2);
    assert_eq!(desk.db.one("SELECT created_at::text FROM profiles"), "2026-04-02 22:00:00+00");
    let receipt: Value =
        serde_json::from_str(&std::fs::read_to_string(desk.path("receipt.json")).expect("a receipt")).expect("JSON");
    assert_eq!(receipt["counts"]["created"], 1);
    assert_eq!(receipt["choices"]["zone"], "Europe/Berlin");
    assert_eq!(receipt["meanings"][1], serde_json::json!(["When", "created_at"]));
    assert_eq!(receipt["id"], desk.db.one("SELECT id FROM imports").as_str());
    assert_eq!(receipt["id"], desk.db.one("SELECT DISTINCT group_id FROM changes").as_str());
    assert_eq!(desk.db.one("SELECT fingerprint FROM imports"), receipt["sha256"].as_str().expect("digits"));
    assert!(import(&["--dry-run", "--receipt", "x"]).expect(2).err.contains("cannot be used with"));
    assert!(import(&["--time-zone", "Mars/Olympus"]).expect(2).err.contains("no time zone has this name"));
}
