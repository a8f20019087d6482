//! The Complete Journey data set, by the binary and by the library.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::{Desk, counts, real_files};
use crate::support::{Program, TestDb};

/// Numbers of people and events, and what was bought for how much.
fn totals(db: &TestDb) -> [String; 3] {
    let revenue = "SELECT sum((e.properties->>'total')::numeric) FROM events e \
                   JOIN event_definitions d ON d.id = e.definition_id WHERE d.name = 'Order Completed'";
    [db.one("SELECT count(*) FROM profiles"), db.one("SELECT count(*) FROM events"), db.one(revenue)]
}

const EXPECTED: [&str; 3] = ["1198", "76977", "2191192.95"];

/// Ended without warning in the middle, run again to its end, and then once more.
#[test]
fn an_import_that_was_killed_is_run_again_and_a_third_time_changes_nothing() {
    let Some([people, events]) = real_files() else { return };
    let desk = Desk::new();
    let db = &desk.db;
    let files = [people.to_str().expect("text"), events.to_str().expect("text")];
    let import =
        || Program::new(&["import", files[0], files[1]]).env("DATABASE_URL", db.url()).folder(desk.folder.path());

    let killed = import().start();
    let since = Instant::now();
    let stored = || db.number("SELECT count(*) FROM events");
    while stored() < 20_000 {
        assert!(since.elapsed() < Duration::from_secs(60), "events come in");
        std::thread::sleep(Duration::from_millis(20));
    }
    killed.signal(Signal::SIGKILL);
    assert_eq!(killed.ended().0, None, "it was ended by the signal");
    let some = stored();
    assert!((20_000..76_977).contains(&some), "{some}: it was in the middle");
    assert_eq!(some % 1000, 0, "whole batches");

    let done = import().run().expect(0);
    assert!(done.out.contains("profiles.csv: 1198 read, 0 written, 1198 unchanged, 0 rejected"), "{}", done.out);
    let rest = format!("events.ndjson.gz: 76977 read, {} written, {some} unchanged, 0 rejected", 76_977 - some);
    assert!(done.out.contains(&rest), "{}", done.out);
    assert_eq!(totals(db), EXPECTED);
    assert_eq!(db.number("SELECT count(*) FROM changes WHERE kind = 'created'"), 1198);
    let name = "SELECT name FROM profiles p JOIN profile_identifiers i ON i.profile_id = p.id WHERE i.value = 'cj-3'";
    assert_eq!(db.one(name), "林 直樹");

    let ledger = || db.one("SELECT concat_ws(' ', count(*), max(recorded_at), max(id::text)) FROM changes");
    let before = ledger();
    let again = [&events, &people].map(|file| desk.import_file(file).expect("imported"));
    assert_eq!(counts(&again[0]), [76_977, 0, 76_977, 0, 0]);
    assert_eq!(counts(&again[1]), [1198, 0, 1198, 0, 0]);
    assert_eq!(totals(db), EXPECTED);
    assert_eq!(ledger(), before, "nothing new in the ledger");
    assert!(!desk.path("rejects.csv").exists());
}
