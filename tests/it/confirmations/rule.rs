//! The rule of a workspace: whom it is about, and how it is set.

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::{
    auth::Role,
    db::ids::{MessageTemplateId, new_id},
    ingest::{Statement, Trust, submit_now},
    message_templates::{
        TemplateName, Variant, Words,
        store::{By, Saved, add},
    },
    subscriptions::{Line, Medium, Reason, Subscription, SubscriptionState::Subscribed},
    verdict::MessageKind,
};
use serde_json::json;

use super::{Shop, ask, rule};
use crate::{
    messages::log,
    support::{
        App, Person,
        build::batch,
        sender::{SHOP, browser},
    },
};

#[test]
fn who_was_subscribed_before_stays_however_often_it_is_said() {
    let shop = Shop::new();
    rule(&shop.app, None, 3);
    shop.says("subscribed");
    shop.app.clock.advance(TimeDelta::days(1));
    rule(&shop.app, Some(shop.app.clock.now()), 3);
    assert_eq!(shop.why(), "");
    shop.says("subscribed");
    assert_eq!((shop.why(), shop.messages()), (String::new(), 0), "the nightly export of a system");
    shop.says("unsubscribed");
    shop.says("subscribed");
    assert!(shop.why().contains("they have not confirmed"), "this is a new one");
}

#[test]
fn off_and_on_again_is_a_new_beginning() {
    let shop = Shop::new();
    shop.says("subscribed");
    assert!(!shop.why().is_empty());
    rule(&shop.app, None, 3);
    assert_eq!(shop.why(), "");
    ask(&shop.app);
    assert_eq!(shop.requests(), ["ann@example.com ended the workspace does not ask for it any more"]);
    rule(&shop.app, Some(shop.app.clock.now()), 3);
    assert_eq!(shop.why(), "", "who subscribed before stays");
    shop.says("unsubscribed");
    shop.says("subscribed");
    assert!(!shop.why().is_empty());
}

#[test]
fn an_import_makes_nobody_wait() {
    let shop = Shop::new();
    let import = |shop: &Shop| {
        shop.app.clock.advance(TimeDelta::seconds(1));
        let batch = batch(&shop.app.state.db, shop.app.live, shop.app.clock.now());
        let said = Subscription { state: Subscribed, reason: Reason::Import };
        let mut items = Person::new("c-1").items(shop.app.clock.now());
        items[0].statement = Statement::Subscription(Line::channel(Medium::Email), said);
        submit_now(&shop.app.state.db, &batch, &Trust::Import, &items).expect("stored");
    };
    import(&shop);
    assert_eq!(shop.why(), "", "a list of people who agreed elsewhere is the record of their yes");
    shop.says("subscribed");
    assert_eq!((shop.why(), shop.messages()), (String::new(), 0), "and so it stays");
    shop.says("unsubscribed");
    import(&shop);
    assert!(shop.why().contains("they unsubscribed"), "it loosens nothing");
    shop.says("subscribed");
    assert!(shop.why().contains("they have not confirmed"));
}

#[test]
fn only_email_on_the_whole_is_a_subscription_to_confirm() {
    let shop = Shop::new();
    shop.put("/subscriptions", &serde_json::json!({"channel": "email", "topic": "news", "state": "subscribed"}));
    shop.put("/subscriptions", &serde_json::json!({"channel": "all", "state": "subscribed"}));
    shop.put("/subscriptions", &serde_json::json!({"channel": "sms", "state": "subscribed"}));
    assert_eq!((shop.why(), shop.messages()), (String::new(), 0));
}

fn template(app: &App, name: &str, text: &str) -> MessageTemplateId {
    let (id, now, workspace) = (MessageTemplateId(new_id(app.clock.now())), app.clock.now(), app.workspace.id);
    let words = Words { subject: "Really?".to_owned(), text: text.to_owned(), html: String::new() };
    let saved = Saved {
        name: TemplateName::new(name).expect("a name"),
        kind: MessageKind::Service,
        topic: None,
        variants: vec![Variant { language: "en".to_owned(), words }],
    };
    let by = By { name: "Ada", at: now };
    app.state.db.tx_now(|conn| add(conn, workspace, id, Medium::Email, &saved, by)).expect("stored");
    id
}

#[test]
fn the_words_are_a_template_that_has_the_link_or_kiths_own() {
    let shop = Shop::new();
    rule(&shop.app, None, 3);
    let (good, bad) = (
        template(&shop.app, "Confirm", "Really yours? {{ confirm_url }}"),
        template(&shop.app, "Receipt", "You paid."),
    );
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.path("topics/channels/email")).check_markup();
    let on = |id: MessageTemplateId| [("Ask for confirmation", "yes".to_owned()), ("template", id.to_string())];
    let typed = on(bad);
    let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = ada.submit("Save", &typed).expect(422).clone();
    page.shows("The words of this template have no {{ confirm_url }} in some language.").check_markup();
    let typed = on(good);
    let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    ada.submit("Save", &typed).expect(303);
    ada.follow().shows("Asked for by a template, at most 3 times a day");
    let written = "SELECT count(*) FROM audit_log WHERE action = 'channel changed'";
    assert_eq!(shop.app.db.number(written), 1);
    shop.says("subscribed");
    assert_eq!(shop.why(), "", "it begins when all servers know it");
    shop.app.clock.advance(TimeDelta::seconds(20));
    shop.says("unsubscribed");
    shop.says("subscribed");
    assert_eq!(shop.messages(), 1);
    assert_eq!(shop.app.db.one("SELECT name FROM messages"), "Confirm");
    // Whoever takes the link out of the words takes nothing from the people who wait.
    shop.app.db.run("UPDATE message_templates SET archived_at = now()");
    shop.says("unsubscribed");
    shop.says("subscribed");
    assert_eq!(shop.messages(), 2);
    assert_eq!(log(&shop.app), ["sent 1"; 2]);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM messages WHERE template_id IS NULL"), 1);
}

/// Anybody can read the key of a page.
#[test]
fn a_key_for_browsers_says_nothing_of_the_past_or_of_another_place() {
    let shop = Shop::new();
    let key = shop.app.key(browser());
    let headers = [("authorization", &*key.bearer()), ("origin", SHOP)];
    for more in [json!({"reason": "import"}), json!({"as_of": "2020-01-01T00:00:00Z"})] {
        let mut item = json!({"type": "subscribe", "profile": {"id": "c-1"}, "channel": "email"});
        item.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let body = json!({"items": [item]}).to_string();
        shop.app.send(Method::POST, "/api/data/v1/batch", &headers, body).expect(200);
        assert!(shop.why().contains("they have not confirmed"), "{more} {}", shop.why());
    }
}
