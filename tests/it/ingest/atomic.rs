//! State and ledger are written together or not at all.

use serde_json::json;

use super::environment;
use crate::support::{Person, app::NOW, at, build};

fn everything(id: &str) -> Person {
    Person::new(id).name("Priya", "Nair").email("p@example.com").tag("vip").event_with_id(
        &format!("m-{id}"),
        "Order Completed",
        "2026-11-02T00:00:00Z",
        json!({"total": 1}),
    )
}

/// Whichever table refuses its rows, no other keeps any.
#[test]
fn whatever_fails_nothing_stays() {
    let (db, pool, live) = environment(1);
    everything("c-1").store(&pool, live, at(NOW));
    let before = db.digest_of_state();
    let is_used = |table: &String| db.number(&format!("SELECT count(*) FROM {table}")) > 0;
    let tables: Vec<String> = db.state_tables().into_iter().filter(is_used).collect();
    assert!(tables.len() >= 7, "{tables:?}");
    for table in tables {
        db.run(&format!("ALTER TABLE {table} ADD CONSTRAINT refuse CHECK (false) NOT VALID"));
        let batch = build::batch(&pool, live, at(NOW) + chrono::TimeDelta::seconds(1));
        for person in [
            everything("c-2"),
            everything("c-1")
                .set("plan", "pro")
                .phone("+14155550123")
                .also(kith::identities::Kind::Anonymous, "a-1")
                .event_with_id("m-2", "Order Completed", "2026-11-21T00:00:00Z", json!({})),
        ] {
            let refused = kith::ingest::submit_now(&pool, &batch, &kith::ingest::Trust::Person, &person.items(at(NOW)));
            refused.expect_err(&table);
            assert_eq!(db.digest_of_state(), before, "after {table} refused");
        }
        db.run(&format!("ALTER TABLE {table} DROP CONSTRAINT refuse"));
    }
    everything("c-2").store(&pool, live, at(NOW));
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 2);
}

#[test]
fn every_change_of_state_has_its_ledger_row_and_no_other() {
    let (db, pool, live) = environment(1);
    everything("c-1").store(&pool, live, at(NOW));
    let told = db.column("SELECT concat_ws(' ', kind, subject, after) FROM changes ORDER BY kind, subject");
    assert_eq!(
        told,
        [
            r#"address email "p@example.com""#,
            r#"attribute first_name "Priya""#,
            r#"attribute last_name "Nair""#,
            "created profile",
            r#"identifier id "c-1""#,
            "tag vip true",
        ]
    );
    assert_eq!(db.number("SELECT count(DISTINCT group_id) FROM changes"), 1);
    let alike = "SELECT count(*) FROM changes c JOIN profiles p ON p.id = c.profile_id \
                 WHERE c.source_id = p.source_id AND c.environment_id = p.environment_id AND c.recorded_at = p.updated_at";
    assert_eq!(db.number(alike), 6);
}
