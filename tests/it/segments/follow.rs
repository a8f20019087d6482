//! Members follow what is said of them, and say why.

use chrono::TimeDelta;
use kith::auth::Role;
use serde_json::json;

use super::{define, members, settle};
use crate::support::{App, Person, app::NOW, at, build::submit};

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
    assert_eq!(app.db.one("SELECT size || ' ' || entered || ' ' || left_it FROM segment_days"), "1 0 0");
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
