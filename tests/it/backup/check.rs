//! What `check-backup` finds, and what then is not done with such a backup.

use std::fs;

use super::{Place, counted, files, folder, text};
use crate::support::{Program, TestDb};

/// Damage that a healthy kith never does, with what must be said of it.
const DAMAGE: [(&str, &str); 8] = [
    (
        "UPDATE profiles SET attributes = attributes || '{\"city\": \"Atlantis\"}' \
         WHERE id = (SELECT id FROM profiles WHERE attributes ? 'city' ORDER BY id LIMIT 1)",
        "attributes that differ from the history: 1, for example of profile 0",
    ),
    (
        "DELETE FROM profile_identifiers WHERE (profile_id, kind, value) = \
         (SELECT profile_id, kind, value FROM profile_identifiers ORDER BY 1 DESC LIMIT 1)",
        "identifiers that find somebody who does not have them: 1",
    ),
    (
        "DELETE FROM identifier_claims WHERE (kind, value) = \
         (SELECT kind, value FROM profile_identifiers ORDER BY profile_id LIMIT 1)",
        "identifiers that do not find the one who has them: 1",
    ),
    (
        "UPDATE events SET profile_id = gen_random_uuid() WHERE id = (SELECT id FROM events ORDER BY id LIMIT 1)",
        "events of nobody: 1",
    ),
    (
        "UPDATE events SET source_id = 9999 WHERE id = (SELECT id FROM events ORDER BY id DESC LIMIT 1)",
        "events from a source that is not there: 1",
    ),
    (
        "UPDATE changes SET profile_id = gen_random_uuid() WHERE kind = 'created' \
         AND id = (SELECT id FROM changes WHERE kind = 'created' ORDER BY id LIMIT 1)",
        "changes of nobody: 1",
    ),
    (
        "DELETE FROM addresses WHERE (profile_id, channel) = \
         (SELECT profile_id, channel FROM addresses WHERE address IS NOT NULL ORDER BY 1 LIMIT 1)",
        "contact details that differ from the history: 1",
    ),
    ("SELECT 1", "profiles without a beginning in the history: 1"),
];

#[test]
fn a_damaged_database_is_found_out_and_replaces_nobody() {
    let (db, blank) = (TestDb::new(), TestDb::blank());
    let folder = folder();
    let [good, bad] = ["good.dump", "bad.dump"].map(|name| folder.path().join(name));
    let place = Place::Url(&db);
    place.fill("40", "200");
    place.backup(&good);
    assert!(counted(&good).contains("40 people, 200 events"));
    for (sql, _) in DAMAGE {
        db.run(sql);
    }
    place.backup(&bad);
    let done = Program::new(&["check-backup", text(&bad)]).run().expect(1);
    assert!(done.out.contains("not all in it is right") && !done.out.contains("Good"), "{}", done.out);
    for (_, told) in DAMAGE {
        assert!(done.out.contains(told), "{told} in {}", done.out);
    }
    assert_eq!(done.out.lines().count(), DAMAGE.len() + 3, "nothing else is told: {}", done.out);

    let state = db.digest_of_state();
    let done = place.kith(&["restore", text(&bad), "--replace"]).run().expect(1);
    assert!(done.err.contains("everything stays as it was") && done.err.contains(DAMAGE[0].1), "{}", done.err);
    assert_eq!(db.digest_of_state(), state);
    let drafts =
        format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{}\\_%'", db.one("SELECT current_database()"));
    assert_eq!(db.number(&drafts), 0);
    // It may be the only one that somebody has.
    let done = Place::Url(&blank).kith(&["restore", text(&bad)]).run().expect(0);
    assert!(done.out.contains("Not in order: attributes that differ"), "{}", done.out);
    assert_eq!(blank.digest_of_state(), state);
}

#[test]
fn a_file_that_is_cut_or_something_else_is_refused_and_leaves_nothing() {
    let db = TestDb::new();
    let (folder, temporary) = (folder(), folder());
    let [file, cut, other] = ["kith.dump", "cut.dump", "other.dump"].map(|name| folder.path().join(name));
    Place::Url(&db).fill("20", "100");
    Place::Url(&db).backup(&file);
    let whole = fs::read(&file).expect("a file");
    fs::write(&cut, &whole[..whole.len() - whole.len() / 8]).expect("a file");
    fs::write(&other, "name,email\nAnn,ann@example.com\n").expect("a file");
    let missing = folder.path().join("missing.dump");
    for (file, told) in
        [(&cut, "cut.dump cannot be restored"), (&other, "is no backup of kith"), (&missing, "cannot be read")]
    {
        let done = Program::new(&["check-backup", text(file)]).env("TMPDIR", temporary.path()).run().expect(1);
        assert!(done.err.contains(told) && done.out.is_empty(), "{told} in {}", done.err);
        assert!(!done.err.contains("ann@example.com"), "{}", done.err);
    }
    // What a killed run left goes with the next one.
    let left = temporary.path().join("kith-check-abcdef");
    fs::create_dir(&left).expect("a folder");
    fs::write(left.join("owner.lock"), "1\n").expect("a file");
    Program::new(&["check-backup", text(&file)]).env("TMPDIR", temporary.path()).run().expect(0);
    assert_eq!(files(temporary.path()), Vec::<String>::new());

    let home = folder.path().join("home");
    Place::Home(&home).kith(&["restore", text(&missing)]).run().expect(1);
    assert!(!home.exists(), "no database is made for it");
}
