use actix_web::http::Method;
use kith::keys::Format;
use serde_json::json;

use crate::support::{
    App,
    app::Answer,
    sender::{SHOP, browser, server},
};

fn call(app: &App, secret: &str, origin: &str) -> Answer {
    let body = json!({"userId": "c-1", "writeKey": secret}).to_string();
    app.send(Method::POST, "/v1/i", &[("origin", origin), ("content-type", "text/plain")], body)
}

#[test]
fn a_browser_key_works_on_its_pages_only() {
    let app = App::new();
    let key = app.key(browser());
    let answer = call(&app, &key.secret, SHOP);
    assert_eq!(answer.expect(200).header("access-control-allow-origin"), SHOP);
    assert!(answer.header("vary").to_lowercase().contains("origin"), "{:?}", answer.headers);
    for origin in ["https://evil.example", "http://shop.example", "https://shop.example.evil.example", "null"] {
        let answer = call(&app, &key.secret, origin);
        answer.expect_error(403, "origin_not_allowed", Format::Segment);
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
    }
    // Apps that are no browsers send no origin.
    app.post(&key, "/v1/identify", &json!({"userId": "c-1"})).expect(200);
    // A page may read what is wrong.
    let answer = call(&app, "kith_live_wrong", SHOP);
    assert_eq!(answer.expect(401).header("access-control-allow-origin"), SHOP);
}

#[test]
fn a_server_key_is_refused_to_browsers() {
    let app = App::new();
    let (page, server) = (app.key(browser()), app.key(server()));
    call(&app, &server.secret, SHOP).expect_error(403, "server_key_in_browser", Format::Segment);
    call(&app, &server.secret, "https://evil.example").expect_error(403, "server_key_in_browser", Format::Segment);
    assert_eq!(app.live_profiles(), 0);
    call(&app, &page.secret, SHOP).expect(200);
}

#[test]
fn browsers_may_ask_before_they_call() {
    let app = App::new();
    let ask = |address: &str, origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization, content-type"),
        ];
        app.send(Method::OPTIONS, address, &headers, "")
    };
    assert_eq!(ask("/v1/batch", SHOP).expect(403).header("access-control-allow-origin"), "");
    app.key(browser());
    for address in ["/v1/batch", "/v1/t", "/api/v2/users/track", "/v1/batch/"] {
        let answer = ask(address, SHOP);
        answer.expect(204);
        assert_eq!(answer.header("access-control-allow-origin"), SHOP);
        assert!(answer.header("access-control-allow-methods").contains("PUT"));
        for name in ["authorization", "content-type", "x-mp-key", "idempotency-key"] {
            assert!(answer.header("access-control-allow-headers").contains(name), "{name}");
        }
        assert!(answer.header("access-control-max-age").parse::<u32>().is_ok());
        ask(address, "https://evil.example").expect(403);
    }
    ask("/v1/nothing", SHOP).expect(404);
}

/// What RudderStack's and Segment's browser libraries ask for, as they send it.
#[test]
fn browsers_libraries_may_send_what_they_send() {
    let app = App::new();
    app.key(browser());
    for asked in [
        "anonymousid,authorization,content-type",
        "anonymousid,authorization,content-type,rsa-retry-reason,rsa-since-first-attempt,rsa-since-last-attempt",
        "Content-Type, Authorization, X-Retry-Count",
        "traceparent,tracestate,baggage,sentry-trace",
        "if-match,idempotency-key",
    ] {
        let headers =
            [("origin", SHOP), ("access-control-request-method", "POST"), ("access-control-request-headers", asked)];
        let answer = app.send(Method::OPTIONS, "/v1/track", &headers, "");
        let taken: Vec<&str> = answer.expect(204).header("access-control-allow-headers").split(", ").collect();
        for name in asked.split(',').map(|name| name.trim().to_lowercase()) {
            assert!(taken.contains(&name.as_str()), "{name}: {taken:?}");
        }
        assert!(answer.header("vary").contains("access-control-request-headers"));
    }
    let headers = [("origin", SHOP), ("access-control-request-headers", "cookie, rsa-a b, x-anything")];
    let answer = app.send(Method::OPTIONS, "/v1/track", &headers, "");
    let taken = answer.header("access-control-allow-headers");
    assert!(!["cookie", "rsa-a b", "x-anything"].iter().any(|name| taken.contains(name)), "{taken}");
}

#[test]
fn pages_may_read_what_an_answer_says_in_its_head() {
    let app = App::new();
    let key = app.key(browser());
    let answer = call(&app, &key.secret, SHOP);
    let shown = answer.expect(200).header("access-control-expose-headers").to_owned();
    for name in
        ["retry-after", "idempotent-replayed", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "etag"]
    {
        assert!(shown.split(", ").any(|it| it == name), "{name}: {shown}");
    }
}

#[test]
fn without_an_origin_one_may_ask_what_an_address_takes() {
    let app = App::new();
    let ask = |address: &str| {
        let answer = app.send(Method::OPTIONS, address, &[], "");
        answer.expect(204).header("allow").to_owned()
    };
    assert_eq!(ask("/v1/batch"), "OPTIONS, POST");
    assert_eq!(ask("/api/data/v1/profiles/42"), "DELETE, GET, HEAD, OPTIONS, PUT");
}
