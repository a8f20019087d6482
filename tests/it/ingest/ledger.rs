//! What the ledger has of statements, and in which order.

use chrono::TimeDelta;
use kith::ingest::submit_at;

use super::{
    environment,
    order::{identify, send, statements},
};
use crate::support::{
    app::NOW,
    at,
    build::{batch, submit},
};

#[test]
fn rows_of_the_ledger_are_in_the_order_in_which_they_took_effect() {
    let (db, pool, live) = environment(1);
    let plan =
        |value: &str, day: u8| identify("c-1", &format!("2026-11-{day:02}T00:00:00Z"), &[("plan", Some(value))], None);
    // The second call arrived before the first one, and had to wait for it.
    for (value, day, seconds) in [("a", 1, 9), ("b", 2, 5), ("c", 3, 7), ("d", 4, 9), ("e", 5, 20)] {
        submit(&pool, live, at(NOW) + TimeDelta::seconds(seconds), &[plan(value, day)]);
    }
    let told =
        "SELECT concat(before ->> 0, after ->> 0) FROM changes WHERE kind = 'attribute' ORDER BY recorded_at, id";
    assert_eq!(db.column(told), ["a", "ab", "bc", "cd", "de"]);
    assert_eq!(db.number("SELECT count(*) FROM changes WHERE recorded_at = '2026-11-22 03:24:25Z'"), 1);

    // An import began long before what it changes last, and who asks what changed since then must be told.
    let (began, present) = (at(NOW) - TimeDelta::hours(3), at(NOW) + TimeDelta::hours(1));
    let import = batch(&pool, live, began);
    submit_at(&pool, &import, &kith::ingest::Trust::Person, &[plan("f", 6)], present).expect("it is stored");
    assert_eq!(db.column(told), ["a", "ab", "bc", "cd", "de", "ef"]);
    assert_eq!(db.number(&format!("SELECT count(*) FROM profiles WHERE updated_at = '{}'", present.to_rfc3339())), 1);
    submit(&pool, live, present - TimeDelta::minutes(1), &[plan("g", 7)]);
    assert_eq!(db.column(told)[6], "fg");
    assert_eq!(db.number(&format!("SELECT count(*) FROM profiles WHERE updated_at > '{}'", present.to_rfc3339())), 1);
}

#[test]
fn the_ledger_tells_each_change_with_what_was_before() {
    let (db, pool, live) = environment(1);
    send(&pool, live, &statements("c-1")[..4], &[1]);
    let told = db.column(
        "SELECT concat_ws(' ', kind, subject, coalesce(before::text, '-'), coalesce(after::text, '-'), to_char(as_of, 'DD')) \
         FROM changes WHERE kind IN ('attribute', 'address') ORDER BY recorded_at, subject",
    );
    assert_eq!(
        told,
        [
            r#"attribute city - "Łódź" 01"#,
            r#"address email - "a@example.com" 01"#,
            r#"attribute plan - "free" 01"#,
            r#"attribute first_name - "Ann" 02"#,
            r#"attribute plan "free" - 02"#,
            r#"address email "a@example.com" - 03"#,
            r#"attribute plan - "pro" 03"#,
            r#"attribute city "Łódź" - 04"#,
            r#"address email - "b@example.com" 04"#,
            r#"attribute first_name "Ann" "Anna" 04"#,
        ]
    );
}
