//! A key for servers that may not loosen subscriptions: what it says is taken where it is stricter.

use actix_web::http::Method;
use kith::{
    auth::Role,
    keys::{Capabilities, Capability, Grant},
};
use serde_json::{Value, json};

use super::profiles::Sender;
use crate::support::{App, sender::server};

fn state(profile: &Value) -> &Value {
    &profile["subscriptions"][0]["state"]
}

#[test]
fn a_key_without_the_right_makes_nothing_looser_and_is_told() {
    let app = App::new();
    let till = Sender::new(&app, Grant::Server(Capabilities::new([Capability::Write, Capability::Read]).expect("two")));
    let line = |wanted: &str| json!({"channel": "email", "state": wanted});
    till.put("profiles/id:1/subscriptions", line("subscribed"));
    let profile = till.put("profiles/id:1/subscriptions", line("unsubscribed"));
    assert_eq!(state(&profile), "unsubscribed");
    let profile = till.put("profiles/id:1/subscriptions", line("subscribed"));
    assert_eq!(state(&profile), "unsubscribed", "it is answered with what stands");

    let consent = |given: bool| json!({"given": given});
    till.put("profiles/id:1/consents/ccpa.sale", consent(true));
    let profile = till.put("profiles/id:1/consents/ccpa.sale", consent(false));
    assert_eq!(profile["consents"][0]["given"], true, "an opt-out of a sale is the stricter answer: {profile}");

    let items = json!({"items": [
        {"type": "subscribe", "profile": {"id": "1"}, "channel": "email"},
        {"type": "tag", "profile": {"id": "1"}, "add": ["vip"]},
    ]});
    let answer = till.send(Method::POST, "batch", &items, 200);
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(2), &json!([])), "{answer}");
    let kept = &answer["kept_stricter"][0];
    assert_eq!(
        (&kept["index"], &kept["code"], &kept["field"]),
        (&json!(0), &json!("kept_stricter"), &json!("subscription email"))
    );

    let refused = "SELECT concat_ws(' ', kind, before = after, refused->>'state', refused->>'given') FROM changes \
                   WHERE refused IS NOT NULL ORDER BY recorded_at, id";
    assert_eq!(app.db.column(refused), ["subscription t subscribed", "consent t false", "subscription t subscribed"]);

    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("keys")).shows("3 kept stricter").shows("never loosens subscriptions").check_markup();
    let profile = app.db.one("SELECT id FROM profiles");
    let history = app.path(&format!("profiles/{profile}/history"));
    let page = ada.visit(&history).clone();
    page.shows("Said subscribed, kept unsubscribed: this key may not loosen").check_markup();
    let newest = "table.history tbody tr:nth-child(2)";
    assert!(page.text(newest).contains("Said subscribed"), "{}", page.text(newest));
    assert!(!page.text(newest).contains("Undo"), "{}", page.text(newest));
    ada.visit(&app.path(&format!("profiles/{profile}/activity"))).shows("Said subscribed, kept unsubscribed");

    let shop = Sender::new(&app, server());
    assert_eq!(state(&shop.put("profiles/id:1/subscriptions", line("subscribed"))), "subscribed", "its key may");
}
