//! Which webhooks get a message, and what it costs to ask.

use chrono::TimeDelta;
use kith::{
    auth::Role,
    db::ids::SegmentId,
    outputs::{Happening, HappeningKind, emit, sweep},
};
use uuid::Uuid;

use super::{VIPS, app, create, entered, says};
use crate::support::{Person, statements};

#[test]
fn webhooks_get_what_they_listen_to() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    let ann = app.add(Person::new("c-1"));
    let ids = ["https://a.example", "https://b.example", "https://c.example", "https://d.example"]
        .map(|url| create(&mut ada, &app, url));
    let set = |id: &str, what: &str| app.db.run(&format!("UPDATE webhooks SET {what} WHERE id = '{id}'"));
    set(&ids[1], "happenings = '{segment.left}'");
    set(&ids[2], &format!("segment_ids = '{{{VIPS}}}'"));
    set(&ids[3], "is_on = false");
    assert_eq!((entered(&app, &[ann]), says(&app, HappeningKind::Left, &[ann])), (2, 3));
    let (at, other) = (app.clock.now(), SegmentId(Uuid::from_u128(1)));
    let kind = HappeningKind::Entered;
    let happening = Happening { kind, profile: ann, segment: other, segment_name: "Others", at };
    let told = |environment| app.state.db.tx_now(|conn| emit(conn, environment, &[happening], at)).expect("stored");
    assert_eq!((told(app.live), told(app.test)), (1, 0));
    assert_eq!(app.state.db.tx_now(|conn| emit(conn, app.live, &[], at)).expect("nothing to do"), 0);
}

#[test]
fn however_much_happens_it_is_one_statement() {
    statements::count();
    let app = app();
    let people: Vec<_> = (0..20).map(|n| app.add(Person::new(&format!("c-{n}")))).collect();
    let cost = |wanted: usize| {
        let before = statements::asked(&app.db);
        assert_eq!(entered(&app, &people), wanted);
        statements::asked(&app.db) - before
    };
    assert_eq!(cost(0), 1);
    let mut ada = app.browser(Role::Admin);
    create(&mut ada, &app, "https://a.example");
    create(&mut ada, &app, "https://b.example");
    assert_eq!(cost(40), 1);
}

#[test]
fn messages_go_after_thirty_days_and_with_their_webhook() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    let ids = ["https://a.example", "https://b.example"].map(|url| create(&mut ada, &app, url));
    let ann = app.add(Person::new("c-1"));
    entered(&app, &[ann]);
    app.clock.advance(TimeDelta::days(30) - TimeDelta::minutes(1));
    entered(&app, &[ann]);
    let swept = || app.state.db.tx_now(|conn| sweep(conn, app.clock.now())).expect("swept");
    assert_eq!(swept(), 0);
    app.clock.advance(TimeDelta::minutes(2));
    assert_eq!(swept(), 2);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path(&format!("webhooks/{}/delete", ids[0])));
    ada.submit("Delete webhook", &[]).expect(303);
    ada.follow().expect(200).shows("Webhook Shop backend deleted.");
    assert_eq!(swept(), 1);
    assert_eq!(app.db.column("SELECT webhook_id FROM webhook_deliveries"), [ids[1].clone()]);
}
