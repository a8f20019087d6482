//! One message from here to there.

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::{auth::Role, identities::Kind};
use serde_json::json;

use super::{Receiver, VIPS, app, create, entered, log, secret, send, sender};
use crate::support::{
    App, Person,
    app::NOW,
    at,
    build::{merge, submit},
    sender::server,
};

#[test]
fn a_message_is_signed_and_says_who_entered_what() {
    let (app, receiver) = (app(), Receiver::new());
    let mut ada = app.browser(Role::Admin);
    let webhook = create(&mut ada, &app, &format!("{}?from=kith", receiver.url));
    let ann = app.add(Person::new("c-1").name("Ann", "Lee").email("ann@example.com").also(Kind::Anonymous, "b-1"));
    let now = app.clock.now();
    assert_eq!(entered(&app, &[ann]), 1);
    send(&app);
    let message = receiver.take_one();
    assert_eq!(message.line, "POST /hooks?from=kith HTTP/1.1");
    assert_eq!(message.headers["content-type"], "application/json");
    assert!(message.headers["user-agent"].starts_with("kith/"), "{:?}", message.headers);
    assert_eq!(message.headers["webhook-timestamp"], now.timestamp().to_string());
    assert_eq!(message.is_signed_by(&secret(&mut ada, &app, &webhook)), [true]);
    assert_eq!(
        message.json(),
        json!({
            "type": "segment.entered", "timestamp": now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "data": {
                "segment": {"id": VIPS, "name": "VIPs"},
                "profile": {"id": ann, "identifiers": {"id": "c-1", "anonymous_id": "b-1"}},
            },
        })
    );
    assert_eq!(log(&app), ["delivered 1 204"]);
    send(&app);
    assert_eq!(receiver.arrived().len(), 0, "it is sent once");
    let page = ada.visit(&app.path(&format!("webhooks/{webhook}"))).clone();
    page.shows("Delivered").shows("segment.entered").shows("Ann Lee").shows("204");
    page.check_markup();
}

#[test]
fn a_test_is_sent_and_is_about_nobody() {
    let (app, receiver) = (app(), Receiver::new());
    let mut ada = app.browser(Role::Admin);
    create(&mut ada, &app, &receiver.url);
    ada.submit("Send a test", &[]).expect(303);
    ada.follow().expect(200).shows("Test").shows("not sent yet");
    receiver.answers("200 OK", "thanks \u{7}\0 for it");
    send(&app);
    let message = receiver.take_one().json();
    assert_eq!(
        (&message["type"], &message["data"]),
        (&json!("webhook.test"), &json!({"webhook": {"name": "Shop backend"}}))
    );
    ada.visit(&ada.page().address.clone()).shows("thanks for it");
}

#[test]
fn both_secrets_sign_for_a_day() {
    let (app, receiver) = (app(), Receiver::new());
    let mut ada = app.browser(Role::Admin);
    let webhook = create(&mut ada, &app, &receiver.url);
    let old = secret(&mut ada, &app, &webhook);
    ada.visit(&app.path(&format!("webhooks/{webhook}")));
    ada.submit("Replace secret", &[]).expect(303);
    ada.follow().expect(200).shows("24 hours");
    let new = secret(&mut ada, &app, &webhook);
    assert_ne!(new, old);
    let ann = app.add(Person::new("c-1"));
    entered(&app, &[ann]);
    send(&app);
    let message = receiver.take_one();
    assert_eq!((message.is_signed_by(&new), message.is_signed_by(&old)), (vec![true, false], vec![false, true]));
    app.clock.advance(TimeDelta::hours(24));
    entered(&app, &[ann]);
    send(&app);
    assert_eq!(receiver.take_one().is_signed_by(&new), [true]);
}

#[test]
fn nothing_of_an_erased_person_is_sent_or_left() {
    let (app, receiver) = (app(), Receiver::new());
    create(&mut app.browser(Role::Admin), &app, &receiver.url);
    let people = [app.add(Person::new("c-1")), app.add(Person::new("c-2"))];
    entered(&app, &people);
    let bearer = app.key(server()).bearer();
    app.send(Method::DELETE, "/api/data/v1/profiles/c-1", &[("authorization", &bearer)], "").expect(202);
    assert_eq!(app.db.column("SELECT profile_id FROM webhook_deliveries"), [people[1].to_string()]);
    // What was on its way to the table meanwhile.
    entered(&app, &people[..1]);
    send(&app);
    assert_eq!(log(&app), ["delivered 1 204"]);
    assert_eq!(receiver.take_one().json()["data"]["profile"]["id"], json!(people[1]));
}

#[test]
fn who_was_merged_since_is_named_as_the_survivor() {
    let (app, receiver) = (app(), Receiver::new());
    create(&mut app.browser(Role::Admin), &app, &receiver.url);
    let survivor = app.add(Person::new("c-1"));
    let other = app.add(Person::known_by(Kind::Anonymous, "b-1"));
    entered(&app, &[other]);
    let known = |kind, value| kith::identities::Identifier::new(kind, value).expect("an identifier");
    let person = kith::ingest::Person::Identifiers(vec![known(Kind::Id, "c-1")]);
    let statement = merge(&[known(Kind::Anonymous, "b-1")]);
    submit(&app.state.db, app.live, at(NOW), &[kith::ingest::Item { person, as_of: at(NOW), statement }]);
    send(&app);
    let profile = receiver.take_one().json()["data"]["profile"].clone();
    assert_eq!(profile, json!({"id": survivor, "identifiers": {"id": "c-1", "anonymous_id": "b-1"}}));
}

/// Each has its own memory of what it is doing; only the database keeps them apart.
#[test]
fn two_processes_do_not_send_the_same_message() {
    let (app, receiver) = (app(), Receiver::new());
    create(&mut app.browser(Role::Admin), &app, &receiver.url);
    let people: Vec<_> = (0..40).map(|n| app.add(Person::new(&format!("c-{n}")))).collect();
    assert_eq!(entered(&app, &people), 40);
    app.run(async {
        let mut lanes = Vec::new();
        for _ in 0..3 {
            lanes.extend(sender(&app).start_due().await.expect("lanes"));
        }
        assert_eq!(lanes.len(), 3);
        for lane in lanes {
            lane.await.expect("it ends");
        }
    });
    let mut ids: Vec<String> = receiver.arrived().iter().map(|message| message.id().to_owned()).collect();
    assert_eq!(ids.len(), 40);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 40);
    assert_eq!(app.db.number("SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'"), 40);
}

#[test]
fn what_a_process_took_with_it_is_sent_by_another_later() {
    let (app, receiver) = (app(), Receiver::new());
    create(&mut app.browser(Role::Admin), &app, &receiver.url);
    let ann = app.add(Person::new("c-1"));
    entered(&app, &[ann]);
    // As a process leaves it that took it and died.
    app.db.run(&format!("UPDATE webhook_deliveries SET due_at = '{}'", app.clock.now() + TimeDelta::minutes(2)));
    send(&app);
    assert_eq!(receiver.arrived().len(), 0);
    app.clock.advance(TimeDelta::minutes(2));
    send(&app);
    receiver.take_one();
}

/// The form refuses such an address, too; here it is stored already, as a name that leads there only now.
#[test]
fn nothing_is_sent_into_a_private_network() {
    let (app, receiver) = (App::new(), Receiver::new());
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("webhooks/new"));
    let typed = [("Name", "Inside"), ("Address", "https://169.254.169.254/latest/meta-data")];
    ada.submit("Create webhook", &typed).expect(422).shows("private network");
    create(&mut ada, &app, "https://shop.example/hooks");
    let inside = receiver.url.replace("http://", "https://");
    for url in [inside.clone(), inside.replace("127.0.0.1", "localhost"), receiver.url.clone()] {
        app.db.run(&format!("UPDATE webhooks SET url = '{url}'"));
        entered(&app, &[app.add(Person::new("c-1"))]);
        send(&app);
        assert_eq!(receiver.arrived().len(), 0, "{url}");
    }
    let said = app.db.column("SELECT DISTINCT answer FROM webhook_deliveries ORDER BY 1");
    let private = "The address is in a private network, where this server does not send.";
    assert_eq!(said, [private, "This server sends over https only."]);
}

#[test]
fn no_redirect_is_followed_and_little_is_kept_of_an_answer() {
    let (app, receiver) = (app(), Receiver::new());
    create(&mut app.browser(Role::Admin), &app, &receiver.url);
    let ann = app.add(Person::new("c-1"));
    receiver.answers(&format!("302 Found\r\nLocation: {}", receiver.url), &"x".repeat(100_000));
    entered(&app, &[ann]);
    send(&app);
    assert_eq!(receiver.arrived().len(), 1);
    assert_eq!(log(&app), ["waiting 1 302"]);
    assert_eq!(app.db.number("SELECT length(answer) FROM webhook_deliveries"), 1024);
}
