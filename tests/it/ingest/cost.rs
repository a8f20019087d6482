//! A batch costs a constant number of statements.

use std::cell::Cell;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use kith::ingest::Item;
use serde_json::json;

use super::environment;
use crate::support::{Person, app::NOW, at, build};

thread_local! {
    static STATEMENTS: Cell<usize> = const { Cell::new(0) };
}

/// Counts the statements of the thread that runs them: other tests have their own.
struct Counter;

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            STATEMENTS.set(STATEMENTS.get() + 1);
        }
    }
}

/// People with everything that a batch can say.
fn items(from: usize, count: usize) -> Vec<Item> {
    let person = |n: usize| {
        Person::new(&format!("c-{n}"))
            .name("Priya", &format!("Nair {n}"))
            .email(&format!("p{n}@example.com"))
            .phone(&format!("+1415555{n:04}"))
            .tag("vip")
            .event("Order Completed", "2026-11-02T00:00:00Z", json!({"total": n}))
            .event("Page Visit", "2026-10-02T00:00:00Z", json!({"path": "/"}))
    };
    (from..from + count).flat_map(|n| person(n).items(at(NOW))).collect()
}

#[test]
fn five_hundred_people_cost_as_many_statements_as_five() {
    set_default_instrumentation(|| Some(Box::new(Counter))).expect("it is counted");
    let (db, pool, live) = environment(1);
    build::submit(&pool, live, at(NOW), &items(0, 1));
    let cost = |items: &[Item]| {
        let batch = build::batch(&pool, live, at(NOW));
        let before = STATEMENTS.get();
        kith::ingest::submit_now(&pool, &batch, items).unwrap_or_else(|error| panic!("{error:?}"));
        STATEMENTS.get() - before
    };
    let (few, many) = (cost(&items(1, 5)), cost(&items(6, 500)));
    assert!(few > 5, "it counts: {few}");
    assert_eq!(few, many, "new people");
    let (few, many) = (cost(&items(1, 5)), cost(&items(6, 500)));
    assert_eq!(few, many, "people who are known");
    assert!(many <= 20, "{many} statements");
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 506);
    assert_eq!(db.number("SELECT count(*) FROM events"), 1012);
}
