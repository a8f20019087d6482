//! What anybody can do with the key that a page carries: about people who have an id, only what changes nothing of theirs.

use actix_web::http::Method;
use kith::{
    identities::Kind,
    keys::{Format, MayOverwrite, PerMinute},
};
use serde_json::{Value, json};

use crate::support::{
    App, Person,
    sender::{MadeKey, SHOP, browser, browser_that_overwrites},
};

/// A shop with a customer who has an id, an address, a plan, and has said no twice.
fn shop(may_overwrite: MayOverwrite) -> (App, MadeKey) {
    let app = App::new();
    let victim = Person::new("victim").name("Vera", "Kim").email("vera@example.com").set("plan", "pro").tag("vip");
    let victim = victim.consent("profiling", false).device("token-1", "Pixel 8").since("2026-01-01T00:00:00Z");
    app.add(victim.wants("all", kith::subscriptions::SubscriptionState::Unsubscribed));
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let key = app.key(browser_that_overwrites(may_overwrite));
    (app, key)
}

/// Everything about people that a call may not change; what it may is taken out by the caller.
fn people(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws('|', attributes, tags, created_at, merged_into) FROM profiles \
         UNION ALL SELECT concat_ws('|', kind, value, profile_id) FROM identifier_claims WHERE kind <> 'anonymous_id' \
         UNION ALL SELECT concat_ws('|', kind, value, retired_at) FROM profile_identifiers WHERE kind <> 'anonymous_id' \
         UNION ALL SELECT concat_ws('|', channel, address) FROM addresses \
         UNION ALL SELECT concat_ws('|', channel, topic, state) FROM subscriptions \
         UNION ALL SELECT concat_ws('|', purpose, given) FROM consents \
         UNION ALL SELECT concat_ws('|', token, model, is_removed) FROM devices ORDER BY 1",
    )
}

/// Makes a call as a page, or as a program that has read the key in the page and sends no origin.
fn call(app: &App, key: &MadeKey, method: Method, address: &str, body: &Value, origin: Option<&str>) -> (u16, Value) {
    let bearer = key.bearer();
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend(origin.map(|origin| ("origin", origin)));
    let answer = app.send(method, address, &headers, body.to_string());
    app.clock.advance(chrono::TimeDelta::seconds(1));
    (answer.status.as_u16(), serde_json::from_str(&answer.body).unwrap_or_default())
}

#[test]
fn nobody_is_renamed_or_joined() {
    let (app, key) = shop(MayOverwrite::Attributes);
    app.add(Person::new("second").name("Sue", "Lee"));
    let before = people(&app);
    let calls = [
        (Method::PUT, "/api/v2/users/reidentify", json!({"id": "victim", "new_id": "stolen"})),
        (Method::PUT, "/api/v2/users/reidentify", json!({"id": "free", "new_id": "victim"})),
        (Method::PUT, "/api/v2/users/reidentify", json!({"id": "second", "new_id": "victim"})),
        (Method::POST, "/v1/alias", json!({"userId": "stolen", "previousId": "victim"})),
        (Method::POST, "/v1/alias", json!({"userId": "victim", "previousId": "second"})),
        (Method::POST, "/v1/alias", json!({"userId": "victim", "previousId": "visitor-7"})),
        (
            Method::POST,
            "/api/data/v1/batch",
            json!({"items": [
                {"type": "merge", "profile": {"id": "stolen"}, "from": "id:victim"},
                {"type": "merge", "profile": {"id": "victim"}, "from": "id:free"},
                {"type": "merge", "profile": {"id": "victim"}, "from": "id:second"},
                {"type": "merge", "profile": {"id": "victim"}, "from": "email:free@example.com"},
                {"type": "delete", "profile": {"id": "victim"}},
            ]}),
        ),
        (Method::PUT, "/api/data/v1/profiles/victim", json!({"identifiers": {"email": "new@example.com"}})),
        (
            Method::POST,
            "/api/data/v1/events",
            json!({"name": "Visit", "profile": {"id": "victim", "email": "mine@example.com", "loyalty": "7"}}),
        ),
    ];
    for (method, address, body) in &calls {
        for origin in [Some(SHOP), None] {
            let (status, answer) = call(&app, &key, method.clone(), address, body, origin);
            assert!(status < 500, "{address} {body}: {status}");
            assert_eq!(people(&app), before, "{address} {body} changed somebody: {answer}");
        }
    }
    let told = app.db.column("SELECT DISTINCT concat_ws(' ', format, kind, code) FROM rejections ORDER BY 1");
    for refused in ["vero reidentify protected", "segment alias protected", "native merge protected"] {
        assert!(told.contains(&refused.to_owned()), "{refused:?} in {told:?}");
    }
    let (status, answer) = call(&app, &key, Method::PUT, "/api/v2/users/reidentify", &calls[0].2, Some(SHOP));
    assert_eq!((status, &answer["status"]), (409, &json!(409)), "Vero's clients are told: {answer}");
    assert!(answer["message"].as_str().is_some_and(|it| it.contains("key for servers")), "{answer}");
    let (status, answer) = call(&app, &key, Method::POST, "/api/data/v1/batch", &calls[6].2, None);
    assert_eq!((status, answer["rejected"][0]["code"].as_str()), (200, Some("protected")), "{answer}");
    assert_eq!(answer["accepted"], 0, "{answer}");
}

/// Whoever is known by an email alone has no id to lose, but somebody else's id must not become theirs.
#[test]
fn nobody_known_without_an_id_is_given_one_by_a_merge() {
    let app = App::new();
    app.add(Person::known_by(Kind::Email, "vera@example.com").name("Vera", "Kim"));
    app.add(Person::known_by(Kind::Named("crm".to_owned()), "7").name("Sue", "Lee"));
    let (key, before) = (app.key(browser()), people(&app));
    let merge = |from: &str| json!({"type": "merge", "profile": {"id": "stolen"}, "from": from});
    let items = json!({"items": [merge("email:vera@example.com"), merge("crm:7")]});
    let (status, answer) = call(&app, &key, Method::POST, "/api/data/v1/batch", &items, Some(SHOP));
    let codes: Vec<_> =
        answer["rejected"].as_array().into_iter().flatten().filter_map(|it| it["code"].as_str()).collect();
    assert_eq!((status, codes), (200, vec!["protected"; 2]), "{answer}");
    assert_eq!(people(&app), before);
    // Who becomes wa-1 and later wa-2 is for a server to say.
    app.add(Person::new("wa-1").name("Wanda", "Ito"));
    let before = people(&app);
    let alias = json!({"writeKey": key.secret, "userId": "wa-2", "previousId": "wa-1"});
    let headers = [("origin", SHOP), ("content-type", "application/json")];
    app.send(Method::POST, "/v1/a", &headers, alias.to_string()).expect(409);
    assert_eq!(people(&app), before);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections WHERE format = 'segment' AND code = 'protected'"), 1);
}

#[test]
fn a_visitor_still_becomes_a_customer() {
    let app = App::new();
    let key = app.key(browser());
    let say = |address: &str, body: Value| {
        assert_eq!(call(&app, &key, Method::POST, address, &body, Some(SHOP)).0, 200, "{body}");
    };
    say("/v1/track", json!({"anonymousId": "a-1", "event": "Visit", "messageId": "1"}));
    say(
        "/v1/identify",
        json!({"userId": "c-1", "anonymousId": "a-1", "traits": {"email": "ann@example.com", "plan": "free"}}),
    );
    say("/v1/track", json!({"anonymousId": "a-2", "event": "Visit", "messageId": "2"}));
    say("/v1/alias", json!({"userId": "c-1", "previousId": "a-2"}));
    say("/v1/identify", json!({"userId": "c-1", "traits": {"plan": "pro", "phone": "+14155550123"}}));
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 1);
    assert_eq!(app.db.one("SELECT attributes->>'plan' FROM profiles WHERE merged_into IS NULL"), "pro");
    assert_eq!(app.db.column("SELECT address FROM addresses ORDER BY 1"), ["+14155550123", "ann@example.com"]);
    assert_eq!(app.db.number("SELECT count(DISTINCT value) FROM identifier_claims WHERE kind = 'anonymous_id'"), 2);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 0);
}

#[test]
fn an_address_is_filled_and_never_overwritten() {
    let (app, key) = shop(MayOverwrite::Attributes);
    let addresses = || app.db.column("SELECT address FROM addresses ORDER BY 1");
    let attempts = [
        (
            Method::POST,
            "/v1/identify",
            json!({"userId": "victim", "traits": {"email": "mine@example.com", "city": "Riga"}}),
            200,
        ),
        (Method::POST, "/v1/identify", json!({"userId": "victim", "traits": {"email": null}}), 200),
        (
            Method::POST,
            "/api/v2/users/track",
            json!({"id": "victim", "email": "mine@example.com", "data": {"shoe": 42}}),
            200,
        ),
        (
            Method::POST,
            "/api/v2/events/track",
            json!({"identity": {"id": "victim", "email": "mine@example.com"}, "event_name": "Visit"}),
            200,
        ),
        (
            Method::PUT,
            "/api/data/v1/profiles/victim",
            json!({"channels": {"email": "mine@example.com"}, "attributes": {"hat": 7}, "tags": {"add": ["mine"]}}),
            409,
        ),
    ];
    for (method, address, body, expected) in &attempts {
        for origin in [Some(SHOP), None] {
            let (status, answer) = call(&app, &key, method.clone(), address, body, origin);
            assert_eq!(status, *expected, "{address}: {answer}");
            assert_eq!(addresses(), ["vera@example.com"], "{address} {body}");
        }
    }
    let attributes = app.db.one("SELECT attributes FROM profiles");
    assert!(attributes.contains("Riga") && attributes.contains("shoe"), "other formats keep the rest: {attributes}");
    assert!(!attributes.contains("hat"), "ours takes an item whole or not at all: {attributes}");
    assert_eq!(app.db.one("SELECT array_to_string(tags, ',') FROM profiles"), "vip");
    assert_eq!(app.db.number("SELECT count(*) FROM events"), 1, "what they did is kept");
    let told = "SELECT DISTINCT concat_ws(' ', format, field, code, rest_kept) FROM rejections ORDER BY 1";
    assert_eq!(
        app.db.column(told),
        ["native channels.email protected f", "segment email protected t", "vero email protected t"]
    );
    // The same address again is no change, and an empty one may be filled, once.
    for phone in ["+14155550123", "+14155550999"] {
        let traits = json!({"email": "Vera@example.com", "phone": phone});
        call(&app, &key, Method::POST, "/v1/identify", &json!({"userId": "victim", "traits": traits}), Some(SHOP));
    }
    assert_eq!(addresses().len(), 2);
    assert!(addresses().contains(&"+14155550123".to_owned()), "{:?}", addresses());
}

#[test]
fn a_no_stays_a_no() {
    let (app, key) = shop(MayOverwrite::Attributes);
    let answers = || {
        app.db.column(
            "SELECT concat_ws(' ', channel, state) FROM subscriptions UNION ALL SELECT concat(purpose, ' ', CASE WHEN given THEN 'true' ELSE 'false' END) FROM consents ORDER BY 1",
        )
    };
    let before = answers();
    let consent = json!({"consent": {"categoryPreferences": {"x": true}}});
    for (method, address, body) in [
        (Method::POST, "/api/v2/users/resubscribe", json!({"id": "victim"})),
        (Method::POST, "/api/v2/users/resubscribe", json!({"email": "vera@example.com"})),
        (Method::POST, "/v1/track", json!({"userId": "victim", "event": "Resubscribe", "messageId": "1"})),
        (Method::POST, "/v1/identify", json!({"userId": "victim", "traits": {"unsubscribed": false}})),
        (Method::PUT, "/api/data/v1/profiles/victim/subscriptions", json!({"channel": "all", "state": "subscribed"})),
        (Method::PUT, "/api/data/v1/profiles/victim/consents/profiling", json!({"given": true})),
    ] {
        let (status, answer) = call(&app, &key, method, address, &body, None);
        assert!(status < 500, "{answer}");
        assert_eq!(answers(), before, "{address} {body}: {answer}");
    }
    // A no may always be said, and a first yes.
    call(&app, &key, Method::POST, "/v1/identify", &json!({"userId": "victim", "context": consent}), None);
    let no = json!({"given": false});
    call(&app, &key, Method::PUT, "/api/data/v1/profiles/victim/consents/category:x", &no, None);
    assert!(answers().contains(&"category:x false".to_owned()), "{:?}", answers());
    assert_eq!(answers().len(), before.len() + 1);
}

#[test]
fn a_key_may_be_made_that_overwrites_nothing() {
    let (app, key) = shop(MayOverwrite::Nothing);
    let before = people(&app);
    for (method, address, body) in [
        (Method::POST, "/v1/identify", json!({"userId": "victim", "traits": {"plan": "free", "first_name": null}})),
        (Method::POST, "/api/v2/users/edit", json!({"id": "victim", "changes": {"plan": "free"}})),
        (Method::PUT, "/api/v2/users/edit", json!({"id": "victim", "changes": {"plan": "free"}})),
        (Method::PUT, "/api/v2/users/tags/edit", json!({"id": "victim", "remove": ["vip"]})),
        (Method::PATCH, "/api/data/v1/profiles/victim/attributes", json!({"plan": "free"})),
        (Method::PATCH, "/api/data/v1/profiles/victim/tags", json!({"remove": ["vip"]})),
        (Method::PUT, "/api/data/v1/profiles/victim/devices/token-1", json!({"model": "Other"})),
        (Method::DELETE, "/api/data/v1/profiles/victim/devices/token-1", json!({})),
        (Method::PUT, "/api/data/v1/profiles/victim", json!({"created_at": "2020-01-01T00:00:00Z"})),
    ] {
        let (status, answer) = call(&app, &key, method, address, &body, Some(SHOP));
        assert!(status < 500, "{answer}");
        assert_eq!(people(&app), before, "{address} {body}: {answer}");
    }
    // It fills what is empty and adds; of whoever has no id it may say anything.
    let fill = json!({"userId": "victim", "traits": {"plan": "pro", "city": "Riga"}});
    call(&app, &key, Method::POST, "/v1/identify", &fill, Some(SHOP));
    assert_eq!(app.db.one("SELECT attributes->>'city' FROM profiles"), "Riga");
    for plan in ["free", "team"] {
        let visitor = json!({"anonymousId": "a-1", "traits": {"plan": plan, "email": format!("{plan}@example.com")}});
        call(&app, &key, Method::POST, "/v1/identify", &visitor, Some(SHOP));
    }
    assert_eq!(app.db.number("SELECT count(*) FROM profiles WHERE attributes->>'plan' = 'team'"), 1);
    assert_eq!(app.db.number("SELECT count(*) FROM addresses WHERE address = 'team@example.com'"), 1);
}

#[test]
fn nobody_hears_who_exists() {
    let (app, key) = shop(MayOverwrite::Attributes);
    let bearer = key.bearer();
    let ask = |method: Method, rest: &str, headers: &[(&str, &str)]| {
        let headers = [&[("authorization", &*bearer), ("origin", SHOP)], headers].concat();
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let answer = app.send(method, &format!("/api/data/v1/profiles/{rest}"), &headers, "{}");
        (answer.status.as_u16(), answer.body)
    };
    for rest in ["", "/devices/t"] {
        let asked = ["victim", "nobody"].map(|who| ask(Method::PUT, &format!("{who}{rest}"), &[("if-match", "*")]));
        assert_eq!((asked[0].0, &asked[0]), (403, &asked[1]));
        assert!(asked[0].1.contains("not_allowed"), "{asked:?}");
    }
    for token in ["t", "token-1", "two%20words"] {
        let [one, other] = ["victim", "nobody"].map(|who| format!("{who}/devices/{token}"));
        assert_eq!(ask(Method::DELETE, &one, &[]), ask(Method::DELETE, &other, &[]), "{token}");
    }
    assert_eq!(ask(Method::DELETE, "nobody/devices/t", &[]).0, 200);
    assert_eq!(app.live_profiles(), 1, "nobody was made");
}

#[test]
fn a_key_for_servers_may_do_all_that() {
    let (app, _) = shop(MayOverwrite::Attributes);
    let key = app.key_with(app.live, crate::support::sender::server(), &Format::ALL, PerMinute::DEFAULT);
    let identify = json!({"userId": "victim", "traits": {"email": "new@example.com", "unsubscribed": false}});
    assert_eq!(call(&app, &key, Method::POST, "/v1/identify", &identify, None).0, 200);
    let renamed = json!({"id": "victim", "new_id": "vera"});
    assert_eq!(call(&app, &key, Method::PUT, "/api/v2/users/reidentify", &renamed, None).0, 200);
    assert_eq!(app.db.column("SELECT address FROM addresses"), ["new@example.com"]);
    assert_eq!(app.db.column("SELECT state FROM subscriptions"), ["subscribed"]);
    let current = "SELECT value FROM profile_identifiers WHERE kind = 'id' AND retired_at IS NULL";
    assert_eq!(app.db.column(current), ["vera"]);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 0);
}
