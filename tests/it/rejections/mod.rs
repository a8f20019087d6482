//! What was refused, as operators see it.

use actix_web::http::Method;
use kith::auth::Role;
use serde_json::json;

use crate::support::{
    App, Page,
    sender::{MadeKey, server},
};

fn refuse(app: &App, key: &MadeKey, count: usize) {
    let items: Vec<_> = (0..count).map(|n| json!({"type": "track", "userId": "c-1", "number": n})).collect();
    app.post(key, "/v1/batch", &json!({"batch": items})).expect(200);
    app.clock.advance(chrono::TimeDelta::milliseconds(1));
}

fn messages(page: &Page) -> Vec<String> {
    page.texts(".rejections li")
}

#[test]
fn what_is_rejected_is_listed_with_its_reason() {
    let app = App::new();
    let mut mara = app.browser(Role::Marketer);
    let address = app.path("rejections");
    mara.visit(&address).shows("Nothing was rejected").check_markup();
    let (key, other) = (app.key(server()), app.key(server()));
    let secret = other.secret.clone();
    app.post(&key, "/v1/track", &json!({"userId": "c-1", "note": "<script>alert(1)</script>"})).expect(400);
    app.clock.advance(chrono::TimeDelta::milliseconds(1));
    app.post(&other, "/api/v2/users/track", &json!({"data": {"key": secret}, "token": secret})).expect(400);
    let page = mara.visit(&address).clone();
    page.check_markup();
    page.shows("Shop backend")
        .shows("missing_id")
        .shows("/api/v2 identify")
        .shows("/v1 track")
        .shows("item 1 of the call");
    assert!(!page.has_source("<script") && !page.has_source(&secret), "{}", page.body);
    assert_eq!(messages(&page).len(), 2);
    assert!(messages(&page)[0].contains("id or email"), "the newest first: {:?}", messages(&page));
    assert!(page.has_source("&#34;note&#34;") || page.has_source("&quot;note&quot;"), "{}", page.body);

    // By key, by reason, and both off again.
    let of_key = mara.visit(&format!("{address}?key={}", key.id)).clone();
    assert_eq!(messages(&of_key).len(), 1);
    of_key.shows("/v1 track").hides("/api/v2 identify");
    let of_code = mara.visit(&format!("{address}?code=missing_id")).clone();
    assert_eq!(messages(&of_code).len(), 1);
    mara.visit(&format!("{address}?code=missing_id&key={}", key.id)).shows("No rejected items found");
    mara.click("Clear filters").expect(200);
    mara.visit(&format!("{address}?key=%00&code=%00")).shows("/v1 track");
    // Nor are they in the other environment.
    mara.visit("/acme/test/rejections").shows("Nothing was rejected");
}

#[test]
fn an_item_says_whose_it_was_where_only_the_path_does() {
    let app = App::new();
    let key = app.key(server());
    let headers = [("authorization", &*key.bearer()), ("content-type", "application/json")];
    let send = |method: &str, path: &str, body: &str| {
        let method = method.parse().expect("a method");
        app.send(method, &format!("/api/data/v1/profiles/{path}"), &headers, body.to_owned()).expect(400);
        app.clock.advance(chrono::TimeDelta::milliseconds(1));
    };
    send("PUT", "id:c-1", r#"{"channels": {"sms": "4155550123"}}"#);
    send("PUT", "id:c-2/devices/t-1", r#"{"type": "toaster"}"#);
    let long = "a".repeat(300);
    send("PATCH", "id:c-3/attributes", &format!(r#"{{"profile": {{"a": 1}}, "{long}": 1}}"#));
    let items = "SELECT item::text FROM rejections ORDER BY received_at, id";
    let found = app.db.column(items);
    assert!(found[0].contains(r#""profile": "id:c-1""#) && found[0].contains("4155550123"), "{found:?}");
    assert!(found[1].contains(r#""token": "t-1""#) && found[1].contains(r#""profile": "id:c-2""#), "{found:?}");
    assert!(found[2].contains(r#""profile": {"a": 1}"#), "an attribute of that name stays: {found:?}");
    app.browser(Role::Admin).visit(&app.path("rejections")).shows("id:c-1");
}

#[test]
fn pages_go_on_where_the_last_one_ended() {
    let app = App::new();
    let key = app.key(server());
    for _ in 0..4 {
        refuse(&app, &key, 30);
    }
    let mut ada = app.browser(Role::Admin);
    let mut seen = Vec::new();
    ada.visit(&app.path("rejections"));
    loop {
        seen.extend(ada.page().texts(".rejections pre"));
        if ada.page().link("Older").is_none() {
            break;
        }
        ada.click("Older").expect(200);
    }
    assert_eq!(seen.len(), 120);
    ada.click("Newer").expect(200);
    assert_eq!(messages(ada.page()).len(), 50);
}

#[test]
fn only_the_newest_are_kept() {
    let app = App::new();
    let key = app.key(server());
    let filler = format!(
        "INSERT INTO rejections SELECT {}, timestamptz '2026-01-01' + n * interval '1 second', gen_random_uuid(), '{}', 'segment', \
         'track', 'old', '', 'old', '{{}}', 0, false FROM generate_series(1, 10400) n",
        app.live, key.id
    );
    app.db.run(&filler);
    refuse(&app, &key, 3);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 10_000);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections WHERE code <> 'old'"), 3);
    // A call holds many; only some of them are worth keeping.
    refuse(&app, &key, 3000);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections WHERE code <> 'old'"), 1003);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 10_000);
}

#[test]
fn long_and_broken_items_are_kept_as_text() {
    let app = App::new();
    let key = app.key(server());
    let long = json!({"type": "track", "text": "x".repeat(20_000)});
    app.post(&key, "/v1/batch", &json!({"batch": [long, {"type": "track", "text": "a\0b"}]})).expect(200);
    let kept = "SELECT jsonb_typeof(item) || length(item #>> '{}') FROM rejections ORDER BY index";
    assert_eq!(app.db.column(kept)[0], "string16384");
    assert_eq!(app.db.one("SELECT item->>'text' FROM rejections WHERE index = 1"), "ab");
}

#[test]
fn a_call_is_not_acknowledged_whose_rejections_cannot_be_kept() {
    let app = App::new();
    let key = app.key(server());
    app.db.run("DROP TABLE rejections");
    let batch = json!({"batch": [{"type": "track"}, {"type": "identify", "userId": "c-1"}]});
    let answer = app.post(&key, "/v1/batch", &batch);
    answer.expect_error(503, "failing", kith::keys::Format::Segment);
    assert!(answer.header("retry-after").parse::<u32>().expect("seconds") >= 1);
    app.send(Method::POST, "/v1/track", &[("authorization", &key.bearer())], "{}").expect(503);
    app.post(&key, "/v1/identify", &json!({"userId": "c-2"})).expect(200);
    assert_eq!(app.live_profiles(), 2);
}
