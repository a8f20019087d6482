//! A batch costs a constant number of statements.

use kith::{
    identities::{Address, Channel, Kind},
    ingest::{Item, Merge, Person as Who, Statement},
    restrictions::{Cause, Held, Stop},
    subscriptions::{
        Medium,
        SubscriptionState::{Subscribed, Unsubscribed},
    },
};
use serde_json::json;

use super::{browser, check, environment, erased, exists, id, merged, said};
use crate::support::{
    Person,
    app::NOW,
    at,
    build::{self, subscription},
    statements,
};

/// People with everything that a batch can say.
fn items(from: usize, count: usize) -> Vec<Item> {
    let person = |n: usize| {
        Person::new(&format!("c-{n}"))
            .also(Kind::Anonymous, &format!("b-{n}"))
            .name("Priya", &format!("Nair {n}"))
            .default("locale", "pl")
            .entry("groups", "acme")
            .email(&format!("p{n}@example.com"))
            .phone(&format!("+1415555{n:04}"))
            .tag("vip")
            .device(&format!("t-{n}"), "Pixel")
            .consent("gdpr.marketing", true)
            .wants("email", Subscribed)
            .restricted("paused", Some(Held { until: Some(at(NOW)), ..Held::by(Cause::Request) }))
            .event("Order Completed", "2026-11-02T00:00:00Z", json!({"total": n}))
            .event("Page Visit", "2026-10-02T00:00:00Z", json!({"path": "/"}))
    };
    let reached = |n: usize| {
        let (line, said) = subscription("sms", Unsubscribed);
        let address = Address::new(Channel::Email, &format!("p{n}@example.com")).expect("an address");
        let person = Who::Reached(Channel::Email, address);
        Item { person, as_of: at(NOW), statement: Statement::Subscription(line, said) }
    };
    let stopped = |n: usize| {
        let held = Some(Held::by(Cause::Complaint));
        Item { statement: Statement::Restriction(Stop::Blocked(Medium::Email), held), ..reached(n) }
    };
    (from..from + count).flat_map(|n| [person(n).items(at(NOW)), vec![reached(n), stopped(n)]].concat()).collect()
}

#[test]
fn five_hundred_people_cost_as_many_statements_as_six() {
    statements::count();
    let (db, pool, live) = environment(1);
    let somebody = items(0, 1);
    let cost = |items: &[Item]| {
        // What is remembered for a few seconds is asked for again before the counting.
        build::submit(&pool, live, at(NOW), &somebody);
        let batch = build::batch(&pool, live, at(NOW));
        let before = statements::asked(&db);
        kith::ingest::submit_now(&pool, &batch, &kith::ingest::Trust::Person, items)
            .unwrap_or_else(|error| panic!("{error:?}"));
        statements::asked(&db) - before
    };
    let few_and_many = |what: &str, most: usize, items: &dyn Fn(usize, usize) -> Vec<Item>| {
        let (few, many) = (cost(&items(1, 6)), cost(&items(7, 500)));
        assert!(few > 1, "it counts: {few}");
        assert_eq!(few, many, "{what}");
        assert!(many <= most, "{what}: {many} statements");
    };
    few_and_many("new people", 36, &items);
    few_and_many("people who are known", 37, &items);
    few_and_many("events alone", 11, &|from, count| {
        items(from, count).into_iter().filter(|item| matches!(item.statement, Statement::Event(_))).collect()
    });
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 507);
    assert_eq!(db.number("SELECT count(*) FROM events"), 1014);
    few_and_many("people by their email", 14, &|from, count| {
        let by_email = |n: usize| {
            let email = format!("p{n}@example.com");
            let person = Who::of_email(Address::new(Channel::Email, &email).expect("an address")).expect("a person");
            let said = Person::new("x").email(&email).event_with_id(&format!("e-{n}"), "Page Visit", NOW, json!({}));
            said.items(at(NOW)).into_iter().map(move |item| Item { person: person.clone(), ..item })
        };
        (from..from + count).flat_map(by_email).collect()
    });
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 507);
    // Visitors, who then turn out to be these, and browsers that go from one to another.
    few_and_many("visitors", 13, &|from, count| {
        (from..from + count).map(|n| exists(vec![browser(&format!("v-{n}"))])).collect()
    });
    few_and_many("visitors who are known", 38, &|from, count| {
        (from..from + count).map(|n| exists(vec![id(&format!("c-{n}")), browser(&format!("v-{n}"))])).collect()
    });
    few_and_many("browsers that change hands", 13, &|from, count| {
        let on = |n: usize| vec![id(&format!("c-{}", from + (n - from + 1) % count)), browser(&format!("b-{n}"))];
        (from..from + count)
            .map(|n| said(on(n), "2026-11-25T00:00:00Z", Statement::Identify(Default::default())))
            .collect()
    });
    few_and_many("suggestions", 13, &|from, count| {
        let alias =
            |n: usize| Merge { from: vec![id(&format!("c-{}", from + (n - from + 1) % count))], joins_known: false };
        (from..from + count).map(|n| said(vec![id(&format!("c-{n}"))], NOW, Statement::Merge(alias(n)))).collect()
    });
    // Pairs, and a chain.
    few_and_many("merges", 43, &|from, count| {
        (from..from + count - 1).step_by(2).map(|n| merged(&format!("c-{n}"), &format!("c-{}", n + 1), NOW)).collect()
    });
    few_and_many("a chain", 43, &|from, count| {
        (from..from + count - 2).step_by(2).map(|n| merged(&format!("c-{}", n + 2), &format!("c-{n}"), NOW)).collect()
    });
    check(&db);
    // Two of them for messages and their steps.
    few_and_many("erasures", 33, &|from, count| {
        (from..from + count).map(|n| erased(vec![id(&format!("c-{n}"))], NOW, false)).collect()
    });
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 1);
}
