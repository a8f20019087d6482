use chrono::TimeDelta;
use kith::{auth::Role, events::sweep_events};
use serde_json::json;

use super::{customer, open};
use crate::support::Person;

fn left(app: &crate::support::App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws(' ', d.name, to_char(e.occurred_at, 'MM-DD')) FROM events e JOIN event_definitions d ON d.id = e.definition_id \
         ORDER BY e.occurred_at",
    )
}

#[test]
fn events_go_when_they_were_kept_long_enough() {
    let (app, _) = customer();
    let mut ada = app.browser(Role::Admin);
    let event = open(&app, &mut ada, "Order Completed");
    let page = ada.submit("Change…", &[("Keep events for (days)", "30")]).expect(200).clone();
    page.shows("Keep Order Completed for 30 days?").shows("1 event is older").check_markup();
    assert_eq!(app.db.number("SELECT count(keep_days) FROM event_definitions"), 0, "asking changes nothing");
    let sweep = |is_hourly| sweep_events(&app.state.db, &app.clock, is_hourly, &|_, _, _| Ok(())).expect("swept");
    assert_eq!(sweep(true), 0);
    ada.submit("Keep for 30 days", &[]).expect(303);
    ada.follow().shows("Events are now kept for 30 days.").check_markup();
    let seen = app.db.digest(&["profile_activity", "profiles", "changes"]);
    assert_eq!(sweep(false), 1, "the next turn begins, without waiting for the hour");
    assert_eq!(left(&app), ["Order Completed 11-20", "Order Completed 11-20", "Email Delivered 11-21"]);
    assert_eq!(sweep(false), 0);
    app.clock.advance(TimeDelta::days(40));
    assert_eq!(sweep(false), 0, "it looks once an hour");
    assert_eq!(sweep(true), 2);
    assert_eq!(left(&app), ["Email Delivered 11-21"]);
    assert_eq!(app.db.digest(&["profile_activity", "profiles", "changes"]), seen, "nobody changed");

    let mut ada = app.browser(Role::Admin);
    ada.visit(&event);
    ada.submit("Change…", &[("Keep events for (days)", "")])
        .expect(200)
        .shows("Keep Order Completed forever?")
        .check_markup();
    ada.submit("Keep forever", &[]).expect(303);
    ada.follow().shows("Events are now kept forever.");
    assert_eq!(app.db.number("SELECT count(keep_days) FROM event_definitions"), 0);
}

#[test]
fn days_that_cannot_be_are_refused() {
    let (app, _) = customer();
    let mut ada = app.browser(Role::Admin);
    let event = open(&app, &mut ada, "Order Completed");
    let token = ada.token();
    for typed in ["0", "3661", "a month"] {
        ada.visit(&event);
        let page = ada.submit("Change…", &[("Keep events for (days)", typed)]).expect(422).clone();
        page.shows("from 1 to 3660, or leave it empty.").check_markup();
        assert_eq!(page.attr("#days", "value"), typed);
        let pairs = [("csrf".to_owned(), token.clone()), ("days".to_owned(), typed.to_owned())];
        ada.post(&format!("{event}/keep"), &pairs).expect(422).shows("from 1 to 3660, or leave it empty.");
    }
    assert_eq!(app.db.number("SELECT count(keep_days) FROM event_definitions"), 0);
}

#[test]
fn many_go_portion_by_portion_and_no_others() {
    let (app, _) = customer();
    app.db.run(
        "INSERT INTO events (environment_id, profile_id, occurred_at, id, definition_id, received_at, source_id, properties) \
         SELECT e.environment_id, e.profile_id, e.occurred_at - n * interval '1 second', gen_random_uuid(), e.definition_id, e.received_at, \
             e.source_id, '{}' FROM events e, generate_series(1, 12000) n WHERE e.occurred_at < '2026-10-01'",
    );
    app.add_to(app.test, Person::new("t-1").event("Order Completed", "2026-09-01T00:00:00Z", json!({})));
    app.db.run(&format!(
        "UPDATE event_definitions SET keep_days = 30 WHERE name = 'Order Completed' AND environment_id = {}",
        app.live
    ));
    let mut removed = 0;
    for _ in 0..20 {
        removed += sweep_events(&app.state.db, &app.clock, true, &|_, _, _| Ok(())).expect("swept");
    }
    assert_eq!(removed, 12_001);
    assert_eq!(
        left(&app),
        ["Order Completed 09-01", "Order Completed 11-20", "Order Completed 11-20", "Email Delivered 11-21"]
    );
}
