//! The console under another name than its own: names of somebody else that lead here, and forms from other origins.

use actix_web::{
    http::{Method, header},
    test::TestRequest,
};
use kith::{auth::Role, config::Site};
use serde_json::json;

use crate::support::{App, Page, sender::server};

/// Asks under that name.
fn ask(app: &App, host: &str, path: &str) -> Page {
    let request = TestRequest::with_uri(path).insert_header((header::HOST, host));
    Page::new(path, app.call(request.peer_addr(([127, 0, 0, 1], 40_000).into())))
}

#[test]
fn the_console_answers_to_its_own_name_only() {
    let app = App::new();
    for host in ["evil.example", "kith.test:81", "kith.test.evil.example", "127.0.0.1", "localhost", ""] {
        for path in ["/sign-in", "/", "/acme/live/profiles", "/account", "/nothing"] {
            let page = ask(&app, host, path);
            page.expect(421).shows("kith has another web address").shows("http://kith.test").check_markup();
            assert_eq!(page.link("Go to the console").as_deref(), Some("http://kith.test"));
            assert_eq!(page.header("set-cookie"), "");
            assert!(host.is_empty() || host == "kith.test" || !page.has_source(host), "{}", page.body);
        }
        ask(&app, host, "/healthz").expect(200);
        ask(&app, host, "/readyz").expect(200);
        ask(&app, host, "/api/v2/heartbeat").expect(200);
        ask(&app, host, "/v1/nothing").expect(404);
    }
    ask(&app, "KITH.test:80", "/sign-in").expect(200);
    ask(&app, "kith.test", "/").expect(303);
}

/// A page of a name that leads here has the browser send what the browser has: nothing is done, even with the right token.
#[test]
fn a_form_under_another_name_changes_nothing() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit("/account");
    let body = format!("csrf={}&name=Ada&zone=Europe/Zurich", ada.token());
    let send = |host: &str, origin: &str| {
        let cookie = format!("kith_session={}", ada.cookies["kith_session"]);
        let headers = [("cookie", cookie.as_str()), ("origin", origin)];
        let kind = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = TestRequest::post().uri("/account").insert_header((header::HOST, host)).insert_header(kind);
        let request = headers.into_iter().fold(request, |request, header| request.insert_header(header));
        app.call(request.set_payload(body.clone())).status.as_u16()
    };
    assert_eq!(send("evil.example", "http://evil.example"), 421);
    assert_eq!(send("kith.test", "https://kith.test"), 400);
    assert_eq!(send("kith.test", "http://kith.test:8080"), 400);
    assert_eq!(app.db.number("SELECT count(*) FROM operators WHERE zone IS NOT NULL"), 0);
    assert_eq!(send("kith.test", "http://kith.test"), 303);
    assert_eq!(app.db.number("SELECT count(*) FROM operators WHERE zone IS NOT NULL"), 1);
}

#[test]
fn senders_may_use_an_inner_name() {
    let app = App::new();
    let key = app.key(server());
    let request = TestRequest::post()
        .uri("/v1/identify")
        .insert_header((header::HOST, "kith.internal:8080"))
        .insert_header((header::AUTHORIZATION, key.bearer()))
        .set_payload(json!({"userId": "c-1"}).to_string());
    app.call(request).expect(200);
    assert_eq!(app.live_profiles(), 1);
}

#[test]
fn this_machine_has_several_names() {
    let app = App::configured(|config| config.server.site = Site::new("http://127.0.0.1:8080").expect("a site"));
    for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"] {
        ask(&app, host, "/sign-in").expect(200);
    }
    for host in ["127.0.0.1:8081", "localhost", "kith.test:8080"] {
        ask(&app, host, "/sign-in").expect(421);
    }
    let _ = app.send(Method::GET, "/healthz", &[], "").expect(200);
}
