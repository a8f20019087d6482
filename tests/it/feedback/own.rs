//! kith's own JSON: order and repetition, machines, unknown messages, what follows, and who may call.

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::{
    auth::Role,
    ingest::{Item, Person as Who, Statement},
    subscriptions::Medium,
};
use serde_json::{Value, json};

use super::Shop;
use crate::{
    messages::{account, ask_for, ask_in, draft, send, smtp},
    support::{Browser, Person, build::submit},
};

#[test]
fn the_furthest_step_is_the_status_in_any_order_and_once() {
    let shop = Shop::new();
    let all =
        ["clicked", "delivered", "opened"].map(|status| shop.told(status, if status == "delivered" { 30 } else { 9 }));
    assert_eq!(shop.say(all[0].clone()), json!({"stored": 1, "known": 0, "unknown": 0}));
    assert_eq!(shop.status(), "clicked");
    assert_eq!(shop.say(json!(all)), json!({"stored": 2, "known": 1, "unknown": 0}));
    assert_eq!(shop.say(json!(all)), json!({"stored": 0, "known": 3, "unknown": 0}));
    assert_eq!(shop.status(), "clicked", "what comes later takes nothing back");
    assert_eq!(shop.steps().len(), 3);
    assert_eq!(shop.events().len(), 3, "each is told once: {:?}", shop.events());
    assert!(shop.events().contains(&"Email Opened".to_owned()));
    shop.say(shop.told("complained", 1));
    assert_eq!(shop.status(), "complained");
    // The provider's own id decides where there is one.
    let mut twice = shop.told("opened", 5);
    twice["event_id"] = "e-1".into();
    let mut again = shop.told("opened", 4);
    again["event_id"] = "e-1".into();
    assert_eq!(shop.say(json!([twice, again]))["stored"], 1);
}

#[test]
fn an_event_has_the_time_and_the_link_that_the_provider_says() {
    let shop = Shop::new();
    let mut click = shop.told("clicked", 20);
    click["link"] = "https://shop.example/tea".into();
    shop.say(click);
    let at = shop.app.clock.now() - TimeDelta::seconds(20);
    let said = shop.app.db.one(&format!(
        "SELECT properties ->> 'link' FROM events WHERE occurred_at = '{}' AND properties ->> 'message_id' = '{}'",
        at.to_rfc3339(),
        shop.id
    ));
    assert_eq!(said, "https://shop.example/tea");
    let mut ada = shop.app.browser(Role::Marketer);
    ada.visit(&shop.app.path(&format!("messages/{}", shop.id))).shows("https://shop.example/tea").check_markup();
    ada.visit(&shop.app.path("messages?status=clicked")).shows("Clicked").shows("Your parcel");
    ada.visit(&shop.app.profile(shop.ann, "/activity")).shows("Email Clicked");
    // Nothing is said of the future.
    shop.say(shop.told("complained", -3600));
    assert_eq!(
        shop.app
            .db
            .number(&format!("SELECT count(*) FROM message_steps WHERE at > '{}'", shop.app.clock.now().to_rfc3339())),
        0
    );
}

#[test]
fn what_a_machine_opens_is_kept_and_counts_for_nothing() {
    let shop = Shop::new();
    shop.say(shop.told("delivered", 30));
    let mut opened = shop.told("opened", 9);
    opened["machine"] = true.into();
    assert_eq!(shop.say(opened)["stored"], 1);
    assert_eq!(
        (shop.status(), shop.steps()),
        ("delivered".to_owned(), vec!["delivered".into(), "opened machine".into()])
    );
    assert_eq!(shop.events(), ["Email Delivered"]);
    let mut ada = shop.app.browser(Role::Marketer);
    ada.visit(&shop.app.path(&format!("messages/{}", shop.id))).shows("A program did this, not the person.");
    let activities = |browser: &mut Browser<'_>| {
        browser.visit(&shop.app.profile(shop.ann, "/messages")).check_markup();
        browser.page().text("td[data-label=Activities]")
    };
    assert_eq!(activities(&mut ada), "0");
    // The same time, by the person: a step of its own.
    shop.say(shop.told("opened", 8));
    assert_eq!(shop.status(), "opened");
    shop.say(shop.told("clicked", 7));
    assert_eq!(activities(&mut ada), "2");
}

#[test]
fn a_hard_bounce_blocks_the_address() {
    let shop = Shop::new();
    assert!(shop.may_send());
    let mut bounce = shop.told("undelivered", 9);
    bounce["bounce_type"] = "hard".into();
    bounce["code"] = "5.1.1".into();
    bounce["reason"] = "no such user".into();
    shop.say(bounce);
    assert_eq!((shop.status(), shop.steps()), ("undelivered".to_owned(), vec!["undelivered hard 5.1.1".to_owned()]));
    assert!(!shop.may_send());
    assert_eq!(shop.app.db.column("SELECT count(*) FROM restrictions"), ["1"]);
}

#[test]
fn a_complaint_and_an_unsubscription_keep_what_follows_back() {
    for status in ["complained", "unsubscribed"] {
        let shop = Shop::new();
        let campaign = |shop: &Shop| {
            let draft = kith::messages::Draft {
                kind: kith::verdict::MessageKind::Campaign,
                ..draft(shop.account, shop.app.clock.now())
            };
            crate::messages::ask_for(&shop.app, &draft, shop.ann).1
        };
        assert_eq!(campaign(&shop), kith::messages::Status::Queued);
        shop.say(shop.told(status, 9));
        assert_eq!(shop.status(), status);
        assert_eq!(campaign(&shop), kith::messages::Status::Dropped, "{status}");
    }
}

#[test]
fn five_soft_bounces_block_and_a_delivery_between_them_does_not() {
    for (broken, may_send) in [(None, false), (Some(2), true)] {
        let shop = Shop::new();
        for n in 0..5 {
            let (id, _) = crate::messages::ask_for(&shop.app, &draft(shop.account, shop.app.clock.now()), shop.ann);
            send(&shop.app);
            shop.app.clock.advance(TimeDelta::hours(1));
            let status = if broken == Some(n) { "delivered" } else { "undelivered" };
            let at = shop.app.clock.now();
            shop.say(json!({ "message_id": id, "status": status, "bounce_type": "soft", "at": at.to_rfc3339() }));
        }
        assert_eq!(shop.may_send(), may_send);
    }
}

#[test]
fn only_messages_of_the_account_are_found_in_both_environments() {
    let shop = Shop::new();
    let tester = shop.app.add_to(shop.app.test, Person::new("c-2").email("tester@example.com"));
    let (in_test, _) = ask_in(&shop.app, shop.app.test, &draft(shop.account, shop.app.clock.now()), tester);
    let other = account(&shop.app, Medium::Sms, kith::sending_accounts::Provider::Kept);
    send(&shop.app);
    let item = |id: &dyn std::fmt::Display| json!({ "message_id": id.to_string(), "status": "delivered" });
    assert_eq!(shop.say(json!([item(&shop.id), item(&in_test)]))["stored"], 2);
    shop.app.db.run(&format!("UPDATE messages SET account_id = '{other}', status = 'sent' WHERE id = '{}'", shop.id));
    assert_eq!(shop.say(item(&shop.id)), json!({"stored": 0, "known": 0, "unknown": 1}));
    assert_eq!(shop.status(), "sent");
    // By the provider's own id.
    shop.app.db.run(&format!("UPDATE messages SET provider_id = 'p-7' WHERE id = '{in_test}'"));
    assert_eq!(shop.say(json!({"provider_id": "p-7", "status": "opened"}))["stored"], 1);
    assert_eq!(shop.app.db.one(&format!("SELECT status FROM messages WHERE id = '{in_test}'")), "opened");
    // What never left cannot have arrived.
    shop.app.db.run(&format!("UPDATE messages SET status = 'kept back' WHERE id = '{in_test}'"));
    assert_eq!(shop.say(item(&in_test))["unknown"], 1);
}

#[test]
fn what_is_told_before_kith_stored_that_it_was_sent_stays() {
    let (app, server) = (
        crate::messages::app(),
        crate::sending_accounts::mail_server::MailServer::slow(std::time::Duration::from_millis(300)),
    );
    let account = account(&app, Medium::Email, smtp(server.port));
    let ann = app.add(Person::new("c-1").email("ann@example.com"));
    let (id, _) = crate::messages::ask_for(&app, &draft(account, app.clock.now()), ann);
    let shop = Shop { app, account, ann, id };
    let hook = shop.hook();
    let worker = crate::messages::worker(&shop.app);
    let lanes = shop.app.run(async {
        let lanes = worker.start_due().await.expect("lanes");
        while server.messages() == 0 {
            actix_web::rt::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        lanes
    });
    let item = json!({ "message_id": id, "status": "delivered" }).to_string();
    shop.app.send(Method::POST, &hook, &[], item).expect(200);
    shop.app.run(async {
        for lane in lanes {
            lane.await.expect("it ends");
        }
    });
    assert_eq!(
        shop.app.db.column("SELECT status || ' ' || attempts || ' ' || (held_by IS NULL) FROM messages"),
        ["delivered 1 true"]
    );
}

#[test]
fn what_is_told_before_the_providers_id_is_stored_is_asked_for_again() {
    let shop = Shop::new();
    let item = json!({ "provider_id": "p-1", "status": "undelivered", "bounce_type": "hard" }).to_string();
    shop.app.db.run("UPDATE messages SET status = 'sending'");
    shop.call(&[], item.clone()).expect(503);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM feedback_misses"), 0, "it is not unknown yet");
    shop.app.db.run("UPDATE messages SET status = 'sent', provider_id = 'p-1'");
    shop.call(&[], item).expect(200);
    assert_eq!((shop.status().as_str(), shop.may_send()), ("undelivered", false));
}

#[test]
fn an_id_that_a_provider_used_again_is_that_of_the_newest_message() {
    let shop = Shop::new();
    let bea = shop.app.add(Person::new("c-2").email("bea@example.com"));
    let (newer, _) = ask_for(&shop.app, &draft(shop.account, shop.app.clock.now()), bea);
    send(&shop.app);
    shop.app.db.run("UPDATE messages SET provider_id = 'ok'");
    assert_eq!(shop.say(json!({ "provider_id": "ok", "status": "opened" }))["stored"], 1);
    assert_eq!(shop.status(), "sent");
    assert_eq!(shop.app.db.one(&format!("SELECT status FROM messages WHERE id = '{newer}'")), "opened");
}

#[test]
fn unknown_messages_are_listed_on_the_page_of_the_account() {
    let shop = Shop::new();
    let unknown = "0193e5a0-0000-7000-8000-000000000007";
    let item = json!({ "message_id": unknown, "status": "delivered" });
    assert_eq!(shop.say(item.clone())["unknown"], 1);
    shop.say(item);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM feedback_misses"), 1, "the same is once");
    shop.app.browser(Role::Admin).visit(&shop.page()).shows(unknown).shows("Delivered").check_markup();
    let many: Vec<Value> = (0..70).map(|n| json!({ "provider_id": format!("p-{n}"), "status": "opened" })).collect();
    shop.app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(shop.say(json!(many))["unknown"], 70);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM feedback_misses"), 50, "the newest");
}

#[test]
fn what_breaks_a_rule_is_refused_whole_with_the_field() {
    let shop = Shop::new();
    let item = |change: Value| {
        let mut item = shop.told("delivered", 1);
        for (name, value) in change.as_object().expect("an object") {
            item[name] = value.clone();
        }
        item
    };
    for (change, said) in [
        (json!({"message_id": "7"}), "message_id must be an id of kith"),
        (json!({"message_id": ""}), "message_id must say of which message"),
        (json!({"message_id": 7}), "message_id must be a text"),
        (json!({"status": "gone"}), "status must be delivered, opened"),
        (json!({"at": "yesterday"}), "at must be a time such as"),
        (json!({"bounce_type": "medium"}), "bounce_type must be hard or soft"),
        (json!({"machine": "yes"}), "machine must be true or false"),
        (json!({"link": "javascript:alert(1)"}), "link must begin with https://"),
        (json!({"statu": "x"}), "there is no field \"statu\""),
    ] {
        let body = json!([shop.told("opened", 1), item(change)]).to_string();
        let answer = shop.call(&[], body);
        let error = answer.expect(422).json()["error"].as_str().expect("a text").to_owned();
        assert!(error.contains(said) && error.starts_with("Item 1"), "{error}");
    }
    for body in ["", "{", "7", "[7]", "[[]]"] {
        shop.call(&[], body).expect(422);
    }
    let many = json!(vec![shop.told("opened", 1); 5001]).to_string();
    assert!(many.len() < 1 << 20, "it is the number that is too large");
    shop.call(&[], many).expect(422);
    assert_eq!(shop.steps(), Vec::<String>::new());
    shop.call(&[], "[]").expect(200);
}

#[test]
fn only_the_right_address_is_answered() {
    let shop = Shop::new();
    let hook = shop.hook();
    let item = shop.told("delivered", 1).to_string();
    let post = |path: &str, body: &str| shop.app.send(Method::POST, path, &[], body.to_owned());
    let (start, secret) = hook.rsplit_once('/').expect("a secret");
    let other = account(&shop.app, Medium::Sms, kith::sending_accounts::Provider::Kept);
    for wrong in [
        format!("{hook}x"),
        format!("{start}/{}", &secret[1..]),
        format!("{start}/x"),
        format!("/hooks/{other}/{secret}"),
        format!("/hooks/x/{secret}"),
    ] {
        post(&wrong, &item).expect(404);
    }
    shop.app.send(Method::GET, &hook, &[], "").expect(405);
    post(&hook, &"x".repeat((1 << 20) + 1)).expect(413);
    assert_eq!(shop.status(), "sent");
    post(&hook, &item).expect(200);
    // A new address ends the old one.
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.page());
    ada.submit("Replace address", &[]).expect(303);
    ada.follow().shows("The address is replaced");
    post(&hook, &item).expect(404);
    let new = shop.hook();
    assert_ne!(new, hook);
    post(&new, &item).expect(200);
    // So does removing the account.
    ada.visit(&shop.app.path(&format!("sending/{}/remove", shop.account)));
    ada.submit("Remove sending account", &[]).expect(303);
    post(&new, &item).expect(404);
    // Whoever guesses is stopped; whoever knows is not.
    assert!((0..40).any(|_| post("/hooks/x/y", &item).status == 429));
}

#[test]
fn another_workspace_with_the_same_id_has_an_address_of_its_own() {
    let shop = Shop::new();
    shop.app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    shop.app.db.run(
        "INSERT INTO sending_accounts (workspace_id, id, channel, name, provider, is_default, is_on, per_second, at_once, give_up_hours, \
             test_list, created_at) \
         SELECT 2, id, channel, 'Theirs', provider, is_default, is_on, per_second, at_once, give_up_hours, test_list, created_at \
         FROM sending_accounts",
    );
    let mut bea = shop.app.browser_of("bea@birch.example");
    let theirs = bea.visit(&format!("/birch-books/live/sending/{}/feedback", shop.account)).text(".id.copy");
    let theirs = theirs.strip_prefix("http://kith.test").expect("an address").to_owned();
    assert_ne!(theirs, shop.hook());
    let item = shop.told("delivered", 1).to_string();
    let answer = shop.app.send(Method::POST, &theirs, &[], item);
    assert_eq!(answer.expect(200).json()["unknown"], 1);
    assert_eq!(shop.status(), "sent");
}

#[test]
fn an_erasure_takes_what_was_told_along() {
    let shop = Shop::new();
    shop.say(shop.told("opened", 1));
    let (person, as_of) = (Who::Profile(shop.ann), shop.app.clock.now());
    let gone = Item { person, as_of, statement: Statement::Delete { block: false } };
    submit(&shop.app.state.db, shop.app.live, as_of, &[gone]);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM message_steps"), 0);
    assert_eq!(shop.say(shop.told("clicked", 1))["unknown"], 1);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM message_steps"), 0);
}
