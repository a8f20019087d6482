//! Devices: the newest statement about a token is what is known of it.

use chrono::TimeDelta;
use kith::{ingest::Item, ledger::Effect};

use super::{check, environment};
use crate::support::{Person, TestDb, app::NOW, at, build::submit};

fn on(day: u32, person: Person) -> Item {
    person.said_at(&format!("2026-11-{day:02}T00:00:00Z")).items(at(NOW)).remove(0)
}

fn devices(db: &TestDb) -> Vec<String> {
    db.column(
        "SELECT concat_ws(' ', token, coalesce(model, '-'), is_removed, to_char(first_seen_at, 'DD'), to_char(last_seen_at, 'DD')) \
         FROM devices ORDER BY token",
    )
}

#[test]
fn a_device_is_kept_changed_and_removed_and_each_is_told() {
    let (db, pool, live) = environment(1);
    let person = || Person::new("c-1");
    let say = |item: Item| submit(&pool, live, at(NOW), &[item])[0].effect;
    assert_eq!(say(on(1, person().device("t-1", "Pixel 9"))), Effect::Created);
    assert_eq!(say(on(2, person().device("t-1", "Pixel 9"))), Effect::Unchanged, "it is only seen again");
    assert_eq!(devices(&db), ["t-1 Pixel 9 f 01 02"]);
    assert_eq!(say(on(3, person().device("t-1", "Pixel 10").device("t-2", "iPhone"))), Effect::Changed);
    assert_eq!(say(on(4, person().no_device("t-1"))), Effect::Changed);
    assert_eq!(devices(&db), ["t-1 - t 01 04", "t-2 iPhone f 03 03"]);
    assert_eq!(say(on(3, person().device("t-1", "Pixel 9"))), Effect::Unchanged, "it was removed later");
    assert_eq!(devices(&db), ["t-1 - t 01 04", "t-2 iPhone f 03 03"]);
    assert_eq!(say(on(5, person().device("t-1", "Pixel 9"))), Effect::Changed, "it is back");
    let told = "SELECT concat_ws(' ', subject, coalesce(before->>'model', '-'), coalesce(after->>'model', '-')) FROM changes \
                WHERE kind = 'device' ORDER BY as_of, subject";
    assert_eq!(
        db.column(told),
        ["t-1 - Pixel 9", "t-1 Pixel 9 Pixel 10", "t-2 - iPhone", "t-1 Pixel 10 -", "t-1 - Pixel 9"]
    );
    check(&db);
}

#[test]
fn an_older_sighting_only_says_that_it_was_there_before() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &[on(5, Person::new("c-1").device("t-1", "Pixel 9"))]);
    let later = at(NOW) + TimeDelta::hours(1);
    let old = submit(&pool, live, later, &[on(2, Person::new("c-1").device("t-1", "Pixel 1"))]);
    assert_eq!(old[0].effect, Effect::Unchanged);
    assert_eq!(devices(&db), ["t-1 Pixel 9 f 02 05"]);
    assert_eq!(db.number("SELECT count(*) FROM changes WHERE kind = 'device'"), 1);
}

#[test]
fn a_device_that_was_never_there_can_be_removed_without_a_word() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &[on(5, Person::new("c-1").no_device("t-1"))]);
    submit(&pool, live, at(NOW), &[on(4, Person::new("c-1").device("t-1", "Pixel 9"))]);
    assert_eq!(devices(&db), ["t-1 - t 04 05"]);
    assert_eq!(db.number("SELECT count(*) FROM changes WHERE kind = 'device'"), 0);
}
