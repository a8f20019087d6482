//! That kith asks, whom, how often, and what keeps it from asking.

use chrono::TimeDelta;
use kith::{auth::Role, confirmations, subscriptions::SubscriptionState::Subscribed};
use serde_json::json;

use super::{Shop, ask, rule};
use crate::{
    messages::{account, log, send, steps},
    sending_accounts::mail_server::MailServer,
    support::{Person, app::NOW, at},
};
use kith::subscriptions::Medium;

#[test]
fn a_new_subscription_waits_and_is_asked_about_once() {
    let shop = Shop::new();
    assert_eq!(shop.why(), "", "of email nobody needs a yes");
    shop.says("subscribed");
    let why = shop.why();
    assert!(why.contains("they have not confirmed ann@example.com yet, and kith has not asked yet."), "{why}");
    assert_eq!(shop.messages(), 1);
    assert_eq!(log(&shop.app), ["sent 1"]);
    let words = shop.app.db.one("SELECT sent_text ->> 'text' FROM messages");
    assert!(words.contains("asked for messages of Acme") && words.contains("/preferences/example/confirm"), "{words}");
    let why = shop.why();
    assert!(why.contains("they have not confirmed ann@example.com yet: kith asked on 22 Nov 2026."), "{why}");
    // The same again, from whomever, asks no second time.
    shop.says("subscribed");
    shop.app.add(Person::new("c-1").wants("email", Subscribed));
    shop.app.clock.advance(TimeDelta::days(2));
    shop.says("subscribed");
    assert_eq!(shop.messages(), 1);
    // One after an opt-out does.
    shop.says("unsubscribed");
    assert_eq!(shop.messages(), 1);
    shop.says("subscribed");
    assert_eq!(shop.messages(), 2);
    assert_eq!(shop.requests(), ["ann@example.com asked"; 2]);
}

#[test]
fn what_a_system_says_is_not_confirmed_yet_is_asked_about_too() {
    let shop = Shop::new();
    shop.says("pending");
    assert!(shop.why().contains("they have not confirmed ann@example.com yet"));
    assert_eq!(shop.messages(), 1);
    shop.confirms();
    assert_eq!(shop.why(), "");
}

#[test]
fn the_message_has_the_link_and_passes_what_the_person_wants() {
    let (shop, server) = (Shop::new(), MailServer::new());
    shop.app.db.run("DELETE FROM sending_accounts");
    account(&shop.app, Medium::Email, crate::messages::smtp(server.port));
    shop.put("/restrictions", &json!({"kind": "paused", "until": "2026-12-24T00:00:00Z", "cause": "request"}));
    shop.put("", &json!({"attributes": {"language": "de-CH"}}));
    shop.says("subscribed");
    assert_eq!(shop.messages(), 1);
    assert_eq!(log(&shop.app), ["sent 1"]);
    let heard = shop.app.state.config.server.site.origin().to_owned();
    let mail = server.heard().join("\n").replace("=\n", "").replace("=3D", "=");
    assert!(mail.contains("Nachrichten von Acme"), "in her language: {mail}");
    let start = mail.find(&format!("{heard}/preferences/c")).unwrap_or_else(|| panic!("a link in {mail}"));
    let link: String = mail[start + heard.len()..].chars().take_while(|c| !c.is_whitespace()).collect();
    let mut own = shop.app.visitor();
    own.visit(&link).shows("Bestätigen Sie Ihre Adresse");
    own.submit("Bestätigen", &[]).expect(303);
    assert!(shop.why().contains("no messages until"), "{}", shop.why());
}

#[test]
fn an_address_is_asked_so_often_in_a_day_and_no_more() {
    let shop = Shop::new();
    rule(&shop.app, Some(at(NOW)), 2);
    for _ in 0..3 {
        shop.says("unsubscribed");
        shop.says("subscribed");
        ask(&shop.app);
    }
    // Another profile with the address is asked no more, either: somebody else may have typed it.
    shop.app.add(Person::new("c-2").email("Ann@example.com").wants("email", Subscribed));
    assert_eq!(shop.messages(), 2);
    let limit = "ann@example.com waiting this address was asked as often as it may be in a day";
    assert_eq!(shop.requests(), ["ann@example.com asked", "ann@example.com asked", limit, limit]);
    shop.app.clock.advance(TimeDelta::hours(23));
    assert_eq!(shop.messages(), 2);
    shop.app.clock.advance(TimeDelta::hours(2));
    assert_eq!(shop.messages(), 4, "the day is over");
}

#[test]
fn what_keeps_the_message_back_is_said_and_it_goes_out_afterwards() {
    let shop = Shop::new();
    shop.put("/restrictions", &json!({"kind": "disabled", "cause": "manual"}));
    shop.says("subscribed");
    assert_eq!(shop.messages(), 0);
    assert_eq!(shop.requests(), ["ann@example.com waiting all messages to this person are switched off"]);
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.profile(shop.ann, "/subscriptions")).shows("all messages to this person were switched off");
    shop.put("/restrictions", &json!({"kind": "disabled", "lifted": true}));
    let why = shop.why();
    assert!(why.contains("kith has not asked yet because all messages to this person are switched off"), "{why}");
    shop.app.clock.advance(TimeDelta::minutes(11));
    assert_eq!(shop.messages(), 1);
    shop.app.db.run("UPDATE sending_accounts SET is_on = false");
    shop.says("unsubscribed");
    shop.says("subscribed");
    assert_eq!(shop.messages(), 1);
    assert!(shop.why().contains("no sending account for email is on"), "{}", shop.why());
    shop.app.clock.advance(TimeDelta::days(8));
    ask(&shop.app);
    assert_eq!(shop.requests()[1], "ann@example.com ended that was not possible for seven days");
}

#[test]
fn nobody_is_asked_who_wants_nothing_any_more() {
    let shop = Shop::new();
    shop.says("subscribed");
    shop.put("/subscriptions", &json!({"channel": "all", "state": "unsubscribed"}));
    assert_eq!(shop.messages(), 0);
    assert_eq!(shop.requests(), ["ann@example.com ended they unsubscribed from everything since"]);
    // What is asked for already and is not wanted any more is not sent.
    shop.put("/subscriptions", &json!({"channel": "all", "state": "subscribed"}));
    shop.says("unsubscribed");
    shop.says("subscribed");
    ask(&shop.app);
    shop.says("unsubscribed");
    send(&shop.app);
    assert_eq!(log(&shop.app), ["cancelled 0"]);
    assert!(steps(&shop.app)[1].contains("There is nothing to confirm any more"), "{:?}", steps(&shop.app));
}

#[test]
fn another_email_is_asked_about_by_itself() {
    let shop = Shop::new();
    shop.says("subscribed");
    shop.confirms();
    assert_eq!((shop.why(), shop.messages()), (String::new(), 0));
    shop.put("", &json!({"channels": {"email": "new@example.com"}}));
    assert!(shop.why().contains("they have not confirmed new@example.com yet"));
    assert_eq!(shop.messages(), 1);
    shop.put("", &json!({"channels": {"email": "Ann@Example.com"}}));
    assert_eq!(shop.why(), "", "the first one is still confirmed");
    assert_eq!(shop.messages(), 1);
}

#[test]
fn two_servers_at_once_ask_once() {
    let shop = Shop::new();
    for n in 0..20 {
        let email = format!("p{n}@example.com");
        shop.app.add(Person::new(&format!("p-{n}")).email(&email).wants("email", Subscribed));
    }
    let (other, clock) = (shop.app.db.pool(2), &shop.app.clock);
    std::thread::scope(|scope| {
        for db in [&shop.app.state.db, &other] {
            scope.spawn(move || {
                for _ in 0..5 {
                    confirmations::ask_now(db, clock).expect("asked");
                }
            });
        }
    });
    ask(&shop.app);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM messages"), 20);
    assert_eq!(shop.app.db.number("SELECT count(DISTINCT profile_id) FROM messages"), 20);
}

#[test]
fn the_test_environment_keeps_the_message_back() {
    let shop = Shop::new();
    shop.app.db.run("DELETE FROM sending_accounts");
    account(&shop.app, Medium::Email, crate::messages::smtp(1));
    shop.app.add_to(shop.app.test, Person::new("t-1").email("t@example.com").wants("email", Subscribed));
    ask(&shop.app);
    send(&shop.app);
    assert_eq!(log(&shop.app), ["kept back 0"]);
}

#[test]
fn admins_ask_again_within_the_limit() {
    let shop = Shop::new();
    shop.says("subscribed");
    assert_eq!(shop.messages(), 1);
    let tab = shop.app.profile(shop.ann, "/subscriptions");
    let mut sanjay = shop.app.browser(Role::Support);
    sanjay.visit(&tab).shows("Awaiting confirmation since").shows("kith asked on 22 Nov").hides("Ask again");
    let mut ada = shop.app.browser(Role::Admin);
    for count in 2..=3 {
        shop.app.clock.advance(TimeDelta::seconds(1));
        ada.visit(&tab).check_markup();
        ada.submit("Ask again", &[]).expect(303);
        ada.follow().shows("is on its way");
        assert_eq!(shop.messages(), count);
    }
    ada.submit("Ask again", &[]).expect(303);
    ada.follow().shows("asked as often as it may be in a day");
    assert_eq!(shop.messages(), 3);
    shop.confirms();
    ada.visit(&tab).hides("Ask again").shows("Can be messaged");
}
