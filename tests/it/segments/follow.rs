//! Members follow what is said of them, and say why.

use chrono::TimeDelta;
use kith::{
    auth::Role,
    identities::{Identifier, Kind},
    ingest::{Item, Person as Who},
};
use serde_json::json;

use super::{define, members, settle};
use crate::support::{
    App, Person,
    app::NOW,
    at,
    build::{self, submit},
};

fn moves(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT CASE WHEN m.has_entered THEN 'entered ' ELSE 'left ' END || s.name || ' ' || m.cause || ' ' || \
             coalesce(array_to_string(m.keys, ','), '-') FROM segment_moves m JOIN segments s ON s.id = m.segment_id ORDER BY m.moved_at, m.id",
    )
}

#[test]
fn who_is_there_when_a_segment_is_made_did_not_enter_it() {
    let app = App::new();
    let ann = app.add(Person::new("ann").set("plan", "pro"));
    app.add(Person::new("bea").set("plan", "team"));
    let pro = define(&app, "Pro", "plan:pro");
    assert!(members(&app, pro).is_empty(), "nobody was counted yet");
    settle(&app);
    assert_eq!(members(&app, pro), [ann.0]);
    assert!(moves(&app).is_empty());
    assert_eq!(app.db.one("SELECT size FROM segment_days"), "1");
}

#[test]
fn what_is_said_moves_whom_it_concerns_and_nobody_else_is_looked_at() {
    let app = App::new();
    app.add(Person::new("bea").set("plan", "team"));
    let pro = define(&app, "Pro", "plan:pro");
    let inside = define(&app, "Loud pros", "segment:Pro -tag:quiet");
    settle(&app);
    let ann = app.add(Person::new("ann").set("plan", "pro"));
    assert_eq!(app.db.number("SELECT count(*) FROM segment_queue"), 1);
    settle(&app);
    assert_eq!((members(&app, pro), members(&app, inside)), (vec![ann.0], vec![ann.0]));
    assert_eq!(app.db.number("SELECT count(*) FROM segment_queue"), 0);
    app.clock.advance(TimeDelta::minutes(1));
    // What no segment reads is not written down.
    app.add(Person::new("ann").set("city", "Porto").said_at("2026-11-22T03:25:00Z"));
    assert_eq!(app.db.number("SELECT count(*) FROM segment_queue"), 0);
    app.add(Person::new("ann").tag("quiet").said_at("2026-11-22T03:25:00Z"));
    settle(&app);
    assert!(members(&app, inside).is_empty());
    app.clock.advance(TimeDelta::minutes(1));
    app.add(Person::new("ann").set("plan", "team").said_at("2026-11-22T03:25:00Z"));
    settle(&app);
    assert!(members(&app, pro).is_empty());
    let all = [
        "entered Pro said profile",
        "entered Loud pros said profile",
        "left Loud pros said tag:quiet",
        "left Pro said attribute:plan",
    ];
    let mut told = moves(&app);
    told[..2].sort_by(|a, b| b.cmp(a));
    assert_eq!(told[0].replace(",attribute:plan", "").replace("attribute:plan,", ""), all[0]);
    assert_eq!(told[2..], all[2..]);
}

#[test]
fn lengths_of_time_run_out_without_a_word() {
    let app = App::new();
    app.add(Person::new("ann").event("Order", "2026-10-16T00:00:00Z", json!({})));
    let buyers = define(&app, "Buyers", "did:Order>=2 in:7d");
    let away = define(&app, "Away", "seen>3d");
    for (number, time) in ["2026-11-16T00:00:00Z", "2026-11-21T00:00:00Z"].iter().enumerate() {
        let order = Person::new("ann").event_with_id(&format!("o-{number}"), "Order", time, json!({}));
        submit(&app.state.db, app.live, at(NOW), &order.items(at(NOW)));
    }
    settle(&app);
    assert_eq!((members(&app, buyers).len(), members(&app, away).len()), (1, 0));
    app.clock.advance(TimeDelta::hours(22));
    settle(&app);
    assert_eq!(members(&app, buyers).len(), 0, "the first order is older than seven days");
    app.clock.advance(TimeDelta::days(2));
    settle(&app);
    assert_eq!(members(&app, away).len(), 1);
    assert_eq!(moves(&app), ["left Buyers time ", "entered Away time "]);
    // Set back, the clock makes it undone.
    app.clock.advance(TimeDelta::days(-2));
    settle(&app);
    assert_eq!(members(&app, away).len(), 0);
}

#[test]
fn webhooks_are_told_who_enters_and_leaves_but_not_who_was_there() {
    let app = App::new();
    app.add(Person::new("bea").set("plan", "pro"));
    let mut ada = app.browser(Role::Admin);
    crate::outputs::create(&mut ada, &app, "https://shop.example/hooks");
    define(&app, "Pro", "plan:pro");
    settle(&app);
    let told = || app.db.column("SELECT kind || ' ' || segment_name FROM webhook_deliveries ORDER BY happened_at, id");
    assert!(told().is_empty());
    app.add(Person::new("ann").set("plan", "pro"));
    settle(&app);
    assert_eq!(told(), ["segment.entered Pro"]);
    app.clock.advance(TimeDelta::minutes(1));
    app.add(Person::new("ann").set("plan", "team").said_at("2026-11-22T03:25:00Z"));
    settle(&app);
    assert_eq!(told(), ["segment.entered Pro", "segment.left Pro"]);
}

#[test]
fn events_that_follow_a_merge_late_count() {
    let app = App::new();
    let order = |time: &str| Person::new("ann").event("Order", time, json!({}));
    let ann = app.add(order("2026-11-20T00:00:00Z"));
    let old = app.add(Person::new("old"));
    let buyers = define(&app, "Buyers", "did:Order>=2");
    let merge = Item {
        person: Who::Identifiers(vec![Identifier::new(Kind::Id, "ann").expect("an id")]),
        as_of: at(NOW),
        statement: build::merge(&[Identifier::new(Kind::Id, "old").expect("an id")]),
    };
    submit(&app.state.db, app.live, at(NOW), &[merge]);
    settle(&app);
    assert!(members(&app, buyers).is_empty());
    // As a writer would still store it who looked the person up before the merge.
    app.db.run(&format!(
        "INSERT INTO events (environment_id, profile_id, occurred_at, id, definition_id, received_at, source_id, properties) \
         SELECT {}, '{old}', '2026-11-02Z', gen_random_uuid(), min(id), '2026-11-22Z', 1, '{{}}' FROM event_definitions",
        app.live
    ));
    kith::ingest::settle_now(&app.state.db, &app.clock).expect("settled");
    settle(&app);
    assert_eq!(members(&app, buyers), [ann.0]);
}

#[test]
fn what_a_catalogue_knows_by_the_time_of_counting_is_followed() {
    let app = App::new();
    app.add(Person::new("ann").event("Order", "2026-11-20T00:00:00Z", json!({})));
    // Both kinds of events are called so, and the second one comes between definition and count.
    let buyers = define(&app, "Buyers", "did:order");
    app.db.run("DELETE FROM segment_keys WHERE key LIKE 'event:%'");
    settle(&app);
    let bea = app.add(Person::new("bea").event("Order", "2026-11-21T00:00:00Z", json!({})));
    settle(&app);
    assert!(members(&app, buyers).contains(&bea.0));
}

#[test]
fn who_is_merged_into_a_member_has_not_left() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    crate::outputs::create(&mut ada, &app, "https://shop.example/hooks");
    app.add(Person::new("ann").set("plan", "pro"));
    app.add(Person::new("old").set("plan", "pro"));
    let pro = define(&app, "Pro", "plan:pro");
    settle(&app);
    let merge = Item {
        person: Who::Identifiers(vec![Identifier::new(Kind::Id, "ann").expect("an id")]),
        as_of: at(NOW),
        statement: build::merge(&[Identifier::new(Kind::Id, "old").expect("an id")]),
    };
    submit(&app.state.db, app.live, at(NOW), &[merge]);
    settle(&app);
    assert_eq!(members(&app, pro).len(), 1);
    assert_eq!(app.db.number("SELECT count(*) FROM webhook_deliveries"), 0, "the survivor is in it as before");
}
