//! What fails is sent again, until it arrives or is given up.

use chrono::TimeDelta;
use kith::auth::Role;

use super::{Receiver, app, create, entered, log, send};
use crate::support::{App, Person};

/// Seconds until the only message is due.
fn wait(app: &App) -> i64 {
    let due = app.db.number("SELECT extract(epoch FROM due_at)::bigint FROM webhook_deliveries");
    due - app.clock.now().timestamp()
}

#[test]
fn a_message_is_sent_again_later_and_later_under_its_id() {
    let (app, receiver) = (app(), Receiver::new());
    create(&mut app.browser(Role::Admin), &app, &receiver.url);
    receiver.answers("500 Internal Server Error", "oops");
    receiver.answers("503 Service Unavailable\r\nRetry-After: 1200", "");
    receiver.answers("503 Service Unavailable\r\nRetry-After: 9999999", "");
    entered(&app, &[app.add(Person::new("c-1"))]);
    send(&app);
    assert_eq!(log(&app), ["waiting 1 500"]);
    assert!((5..=6).contains(&wait(&app)), "{}", wait(&app));
    send(&app);
    assert_eq!(receiver.arrived().len(), 1, "not before its time");
    app.clock.advance(TimeDelta::seconds(7));
    send(&app);
    assert_eq!(log(&app), ["waiting 2 503"]);
    assert!((1200..=1321).contains(&wait(&app)), "as asked: {}", wait(&app));
    app.clock.advance(TimeDelta::seconds(1400));
    send(&app);
    assert!((86_400..=95_100).contains(&wait(&app)), "at most a day: {}", wait(&app));
    app.clock.advance(TimeDelta::hours(27));
    send(&app);
    assert_eq!(log(&app), ["delivered 4 204"]);
    let arrived = receiver.arrived();
    assert_eq!(arrived.len(), 4);
    assert!(arrived.iter().all(|message| message.id() == arrived[0].id() && message.body == arrived[0].body));
    assert_ne!(arrived[0].headers["webhook-timestamp"], arrived[1].headers["webhook-timestamp"]);
}

#[test]
fn after_ten_attempts_it_is_given_up_and_can_be_sent_again() {
    let (app, receiver) = (app(), Receiver::new());
    let webhook = create(&mut app.browser(Role::Admin), &app, &receiver.url);
    let people = [app.add(Person::new("c-1")), app.add(Person::new("c-2"))];
    entered(&app, &people);
    for attempt in 1..=10 {
        receiver.answers("500 Internal Server Error", "");
        receiver.answers("500 Internal Server Error", "");
        send(&app);
        assert_eq!(receiver.arrived().len(), 2 * attempt);
        app.clock.advance(TimeDelta::hours(27));
        // Somebody else's message arrives, so that the webhook stays on.
        app.db.run("UPDATE webhooks SET failing_since = NULL");
    }
    assert_eq!(log(&app), ["failed 10 500", "failed 10 500"]);
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.path(&format!("webhooks/{webhook}?state=failed"))).clone();
    assert_eq!(page.count("header:has(#log) ~ table tbody tr"), 2, "{}", page.describe());
    let first = receiver.arrived()[0].id().to_owned();
    ada.submit(&format!("Send again: message {first}"), &[]).expect(303);
    send(&app);
    assert_eq!(receiver.arrived().len(), 21);
    assert_eq!(receiver.arrived()[20].id(), first);
    assert_eq!(app.db.number("SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered' AND attempts = 1"), 1);
    ada.visit(&app.path(&format!("webhooks/{webhook}")));
    ada.submit("Send again", &[("hours", "1")]).expect(303);
    ada.follow().shows("There is nothing to send again.");
    ada.submit("Send again", &[("hours", "720")]).expect(303);
    ada.follow().shows("The message is sent again in a moment.");
    send(&app);
    assert_eq!(receiver.arrived().len(), 22);
    assert_eq!(log(&app), ["delivered 1 204", "delivered 1 204"]);
    assert_eq!(app.db.number("SELECT count(*) FROM audit_log WHERE action = 'webhook sent again'"), 2);
}

#[test]
fn a_receiver_that_is_gone_turns_the_webhook_off() {
    let (app, receiver) = (app(), Receiver::new());
    let mut ada = app.browser(Role::Admin);
    let webhook = create(&mut ada, &app, &receiver.url);
    receiver.answers("410 Gone", "");
    let ann = app.add(Person::new("c-1"));
    entered(&app, &[ann]);
    send(&app);
    assert_eq!(log(&app), ["failed 1 410"]);
    assert_eq!(entered(&app, &[ann]), 0, "nothing is made for it any more");
    ada.visit(&app.path(&format!("webhooks/{webhook}"))).shows("kith turned this webhook off").shows("410 Gone");
    ada.visit(&app.path("audit?about=webhooks")).shows("Turned off by itself: the webhook Shop backend");
    ada.visit(&app.path("webhooks")).shows("Turned off by itself");
    ada.visit(&app.path(&format!("webhooks/{webhook}")));
    ada.submit("Turn on", &[]).expect(303);
    ada.follow().hides("kith turned this webhook off");
    assert_eq!(entered(&app, &[ann]), 1);
    send(&app);
    assert_eq!(receiver.arrived().len(), 2);
}

#[test]
fn a_webhook_that_fails_for_five_days_is_turned_off_and_one_success_begins_anew() {
    let (app, receiver) = (app(), Receiver::new());
    let webhook = create(&mut app.browser(Role::Admin), &app, &receiver.url);
    let page = || app.browser(Role::Admin).visit(&app.path(&format!("webhooks/{webhook}"))).clone();
    let fails = |days: i64| {
        receiver.answers("500 Internal Server Error", "");
        entered(&app, &[app.add(Person::new(&format!("c-{days}")))]);
        app.db.run("DELETE FROM webhook_deliveries WHERE attempts > 0");
        send(&app);
        app.clock.advance(TimeDelta::days(1));
    };
    (0..4).for_each(fails);
    page().shows("Messages do not arrive").shows("After five days");
    entered(&app, &[app.add(Person::new("c-9"))]);
    send(&app);
    page().hides("Messages do not arrive");
    (10..15).for_each(fails);
    page().shows("Messages do not arrive");
    fails(15);
    page().shows("No message arrived for five days.");
}
