//! What becomes of messages that do not simply arrive.

use std::time::Duration;

use chrono::TimeDelta;
use kith::{
    identities::{Identifier, Kind},
    ingest::{Item, Person as Who},
    subscriptions::Medium,
};

use super::{account, app, ask_for, draft, kept, log, send, smtp, steps, worker};
use crate::{
    sending_accounts::mail_server::MailServer,
    support::{
        Person,
        build::{merge, submit},
    },
};

#[test]
fn an_address_that_does_not_exist_is_blocked_from_then_on() {
    let (app, server) = (app(), MailServer::new());
    let account = account(&app, Medium::Email, smtp(server.port));
    let ann = app.add(Person::new("c-1").email("ann@example.com"));
    server.answers("RCPT", Some("550 5.1.1 no such user"));
    ask_for(&app, &draft(account, app.clock.now()), ann);
    send(&app);
    assert_eq!(log(&app), ["undelivered 1"]);
    assert!(steps(&app)[1].contains("no such user"), "{:?}", steps(&app));
    let (_, status) = ask_for(&app, &draft(account, app.clock.now()), ann);
    assert_eq!(status, kith::messages::Status::Dropped);
    assert_eq!(app.db.number("SELECT count(*) FROM restrictions"), 1);
}

#[test]
fn what_is_put_off_comes_later_and_is_given_up_in_the_end() {
    let (app, server) = (app(), MailServer::new());
    let account = account(&app, Medium::Email, smtp(server.port));
    let ann = app.add(Person::new("c-1").email("ann@example.com"));
    server.answers("RCPT", Some("451 4.7.1 try again later"));
    ask_for(&app, &draft(account, app.clock.now()), ann);
    send(&app);
    assert_eq!(log(&app), ["queued 1"]);
    send(&app);
    assert_eq!(log(&app), ["queued 1"], "not before its time");
    app.clock.advance(TimeDelta::minutes(1));
    let mut ada = app.browser(kith::auth::Role::Admin);
    ada.visit(&app.path("messages")).shows("Shop: 1 message waits to be sent").check_markup();
    send(&app);
    assert_eq!(log(&app), ["sent 2"]);

    (0..40).for_each(|_| server.answers("RCPT", Some("451 4.7.1 try again later")));
    ask_for(&app, &draft(account, app.clock.now()), ann);
    for _ in 0..30 {
        send(&app);
        app.clock.advance(TimeDelta::hours(4));
    }
    let last = log(&app).pop().unwrap_or_default();
    assert!(last.starts_with("failed "), "{last}");
    assert!(
        steps(&app).last().is_some_and(|step| step.contains("try again later")),
        "the last words of the server stay"
    );
}

#[test]
fn a_message_without_an_answer_is_uncertain_and_is_not_sent_again() {
    let (app, server) = (app(), MailServer::new());
    let account = account(&app, Medium::Email, smtp(server.port));
    let ann = app.add(Person::new("c-1").email("ann@example.com"));
    server.answers(".", None);
    ask_for(&app, &draft(account, app.clock.now()), ann);
    send(&app);
    app.clock.advance(TimeDelta::days(1));
    send(&app);
    assert_eq!(log(&app), ["uncertain 1"]);
    assert_eq!(server.heard().iter().filter(|line| *line == ".").count(), 1);
}

#[test]
fn what_a_dead_process_was_sending_is_uncertain_unless_its_provider_knows_it_again() {
    let (app, server) = (app(), MailServer::new());
    let ann = app.add(Person::new("c-1").email("ann@example.com").phone("+41446681800"));
    let mail = account(&app, Medium::Email, smtp(server.port));
    let kept = account(&app, Medium::Sms, kith::sending_accounts::Provider::Kept);
    ask_for(&app, &draft(mail, app.clock.now()), ann);
    let sms = kith::messages::Draft { channel: Medium::Sms, ..draft(kept, app.clock.now()) };
    ask_for(&app, &sms, ann);
    app.db.run("UPDATE messages SET status = 'sending', held_by = 2147483000");
    assert_eq!(app.run(worker(&app).recover()).expect("recovered"), 2);
    assert_eq!(log(&app), ["uncertain 0", "queued 0"]);
    assert_eq!(app.run(worker(&app).recover()).expect("recovered"), 0);
    send(&app);
    assert_eq!(log(&app), ["uncertain 0", "sent 1"]);
    assert!(server.heard().is_empty());
    // What this process itself is sending stays.
    let own = app.state.db.presence().number().expect("a number");
    app.db.run(&format!("UPDATE messages SET status = 'sending', held_by = {own}"));
    assert_eq!(app.run(worker(&app).recover()).expect("recovered"), 0);
}

#[test]
fn the_test_environment_sends_to_the_test_list_alone() {
    let (app, server) = (app(), MailServer::new());
    let account = account(&app, Medium::Email, smtp(server.port));
    let people = ["ann@example.com", "Tester@example.com"];
    for (n, email) in people.iter().enumerate() {
        let person = app.add_to(app.test, Person::new(&format!("c-{n}")).email(email));
        super::ask_in(&app, app.test, &draft(account, app.clock.now()), person);
    }
    send(&app);
    assert_eq!(log(&app), ["kept back 0", "sent 1"]);
    assert!(steps(&app).iter().any(|step| step.contains("test list")));
}

#[test]
fn a_message_follows_its_person_through_merge_and_erasure() {
    let app = app();
    let account = kept(&app);
    let survivor = app.add(Person::new("c-1").email("new@example.com"));
    let part = app.add(Person::known_by(Kind::Anonymous, "b-1").email("old@example.com"));
    let other = app.add(Person::new("c-9").email("other@example.com"));
    let later = app.clock.now() + TimeDelta::minutes(2);
    ask_for(&app, &draft(account, later), part);
    ask_for(&app, &draft(account, later), other);
    let id = |kind, value| Identifier::new(kind, value).expect("an identifier");
    app.clock.advance(TimeDelta::minutes(1));
    let now = app.clock.now();
    let statement = merge(&[id(Kind::Anonymous, "b-1")]);
    let person = Who::Identifiers(vec![id(Kind::Id, "c-1")]);
    submit(&app.state.db, app.live, now, &[Item { person, as_of: now, statement }]);
    let gone =
        Item { person: Who::Profile(other), as_of: now, statement: kith::ingest::Statement::Delete { block: false } };
    submit(&app.state.db, app.live, now, &[gone]);
    assert_eq!(app.db.number("SELECT count(*) FROM messages"), 1, "nothing is left of who was erased");
    assert_eq!(app.db.number("SELECT count(*) FROM message_steps"), 1);
    app.clock.advance(TimeDelta::minutes(2));
    send(&app);
    assert_eq!(app.db.column("SELECT status || ' ' || address FROM messages"), ["sent new@example.com"]);
    let mut ada = app.browser(kith::auth::Role::Admin);
    ada.visit(&app.profile(survivor, "/messages")).shows("Your parcel");
}

#[test]
fn nothing_is_stored_of_who_is_erased_while_a_message_is_handed_over() {
    let (app, server) = (app(), MailServer::slow(Duration::from_millis(300)));
    let account = account(&app, Medium::Email, smtp(server.port));
    let ann = app.add(Person::new("c-1").email("ann@example.com"));
    ask_for(&app, &draft(account, app.clock.now()), ann);
    app.run(async {
        let lanes = worker(&app).start_due().await.expect("lanes");
        while server.messages() == 0 {
            actix_web::rt::time::sleep(Duration::from_millis(5)).await;
        }
        let (person, as_of) = (Who::Profile(ann), app.clock.now());
        let gone = Item { person, as_of, statement: kith::ingest::Statement::Delete { block: false } };
        submit(&app.state.db, app.live, as_of, &[gone]);
        for lane in lanes {
            lane.await.expect("it ends");
        }
    });
    assert_eq!((app.db.number("SELECT count(*) FROM messages"), server.messages()), (0, 1));
    assert_eq!(app.db.number("SELECT count(*) FROM message_steps"), 0);
}

#[test]
fn texts_go_after_their_time_and_what_happened_stays() {
    let app = app();
    let account = kept(&app);
    let ann = app.add(Person::new("c-1").email("ann@example.com"));
    ask_for(&app, &draft(account, app.clock.now()), ann);
    send(&app);
    let sweep = |days| {
        let now = app.clock.now() + TimeDelta::days(days);
        app.state.db.tx_now(|conn| kith::messages::sweep(conn, now)).expect("swept")
    };
    assert_eq!(sweep(29), 0);
    app.db.run("UPDATE workspaces SET settings = settings || '{\"text_days\": 40}'");
    assert_eq!((sweep(31), sweep(41)), (0, 1));
    assert_eq!(app.db.number("SELECT count(*) FROM messages WHERE sent_text IS NULL AND own IS NULL"), 1);
    let id = app.db.one("SELECT id FROM messages");
    app.browser(kith::auth::Role::Admin).visit(&app.path(&format!("messages/{id}"))).shows("No text is kept");
}

#[test]
fn what_waits_for_an_account_that_is_removed_is_given_up() {
    let app = app();
    let account = kept(&app);
    let ann = app.add(Person::new("c-1").email("ann@example.com"));
    ask_for(&app, &draft(account, app.clock.now() + TimeDelta::hours(1)), ann);
    let mut ada = app.browser(kith::auth::Role::Admin);
    ada.visit(&app.path(&format!("sending/{account}/remove"))).shows("no message that waits");
    ada.submit("Remove sending account", &[]).expect(303);
    assert_eq!(app.run(worker(&app).recover()).expect("given up"), 1);
    assert_eq!(log(&app), ["failed 0"]);
    assert!(steps(&app)[1].contains("The sending account was removed."), "{:?}", steps(&app));
    assert_eq!(app.run(worker(&app).recover()).expect("given up"), 0);
    let id = app.db.one("SELECT id FROM messages");
    let page = ada.visit(&app.path(&format!("messages/{id}"))).shows("Email by Shop removed").clone();
    assert_eq!(page.link("Shop"), None);
}
