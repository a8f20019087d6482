//! Once for each seed, and to the end.

use super::{Desk, amount};

#[test]
fn a_seed_is_generated_once_and_others_stand_beside_it() {
    let desk = Desk::new();
    desk.generate(amount(1, 30, 300)).expect("it is generated");
    assert_eq!(desk.counts(), [30, 300]);
    let before = desk.db.digest_of_state();
    let refused = desk.generate(amount(1, 30, 300)).expect_err("once is enough").to_string();
    assert!(refused.contains("already has generated data of seed 1"), "{refused}");
    assert_eq!(desk.db.digest_of_state(), before);
    desk.generate(amount(2, 20, 100)).expect("another seed");
    assert_eq!(desk.counts(), [50, 400]);
}

#[test]
fn the_same_seed_and_time_give_the_same_rows() {
    let [one, other, different] = [3, 3, 4].map(|seed| {
        let desk = Desk::new();
        desk.generate(amount(seed, 40, 200)).expect("it is generated");
        desk.db.digest(&["profiles", "profile_activity", "profile_identifiers", "addresses"])
    });
    assert_eq!(one, other);
    assert_ne!(one, different);
}

#[test]
fn what_was_interrupted_is_said_and_completed() {
    let desk = Desk::new();
    // The third part of three is refused.
    desk.db.run("ALTER TABLE profile_identifiers ADD CONSTRAINT refuse CHECK (value NOT LIKE 'g1-0004%') NOT VALID");
    let failed = desk.generate(amount(1, 4010, 400)).expect_err("the last part cannot be written").to_string();
    let [profiles, events] = desk.counts();
    assert!(profiles < 4010 && profiles % 2000 == 0, "{profiles}");
    assert!(failed.contains(&format!("after {profiles} profiles and {events} events")), "{failed}");
    let other = desk.generate(amount(1, 5000, 400)).expect_err("something else").to_string();
    assert!(other.contains("--profiles 4010 --events 400"), "{other}");
    desk.db.run("ALTER TABLE profile_identifiers DROP CONSTRAINT refuse");
    desk.generate(amount(1, 4010, 400)).expect("it is completed");
    assert_eq!(desk.counts(), [4010, 400]);

    let undisturbed = Desk::new();
    undisturbed.generate(amount(1, 4010, 400)).expect("it is generated");
    // Definitions and rows of the ledger have other ids.
    let same = ["profiles", "profile_activity", "profile_identifiers", "identifier_claims", "addresses"];
    assert_eq!(desk.db.digest(&same), undisturbed.db.digest(&same));
}

#[test]
fn more_events_than_memory_are_refused() {
    let desk = Desk::new();
    let refused = desk.generate(amount(1, 2, 40_001)).expect_err("too many").to_string();
    assert!(refused.contains("at most 20000 for each"), "{refused}");
    assert_eq!(desk.db.number("SELECT count(*) FROM audit_log"), 0, "a refusal leaves nothing");
}
