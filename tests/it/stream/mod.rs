//! What arrives is shown while it arrives.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use actix_web::http::Method;
use kith::{
    auth::{Role, Session},
    clock::Clock,
};
use serde_json::json;

use crate::support::{
    App, Person, Program,
    program::{free_port, send},
    sender::{browser, server},
};

#[test]
fn a_call_shows_what_was_sent_and_what_became_of_it() {
    let app = App::new();
    let profile = app.add(Person::new("c-1").name("Priya", "Nair"));
    let key = app.key(server());
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("stream?pause=yes")).shows("No calls yet").shows("Shop backend");
    let batch = json!({"batch": [
        {"type": "track", "userId": "c-1", "event": "Order Completed", "messageId": "m-1", "properties": {"total": 12.5}},
        {"type": "track", "userId": "c-1", "event": "Order Completed", "messageId": "m-1", "properties": {"total": 12.5}},
        {"type": "track", "event": "Nobody did this"},
    ]});
    app.post(&key, "/v1/batch", &batch).expect(200);
    let page = mara.visit(&app.path("stream?pause=yes"));
    page.shows("track 3").shows("1 rejected").shows("1 stored before").shows("Shop backend");
    page.shows("Order Completed, Nobody did this").shows("Priya Nair").hides("Profile …");
    assert_eq!(page.text("ol.stream time"), "03:24:05");
    let link = page.attrs("ol.stream li a", "href").into_iter().find(|link| link.contains("/stream/")).expect("a link");
    let call = mara.visit(&link);
    call.shows("Call from Shop backend").shows("\"total\": 12.5").shows("stored before").shows("rejected");
    assert!(call.attrs("main a", "href").iter().any(|link| link.ends_with(&format!("profiles/{profile}"))));
    // Nothing of it crosses into the other environment.
    mara.visit("/acme/test/stream?pause=yes").shows("No calls yet");
    mara.get(&link.replace("/live/", "/test/")).expect(404);
}

#[test]
fn the_stream_is_filtered_by_key_kind_and_profile() {
    let app = App::new();
    let (one, other) = (app.add(Person::new("c-1")), app.add(Person::new("c-2")));
    let (server, pages) = (app.key(server()), app.key(browser()));
    app.post(&server, "/v1/track", &json!({"userId": "c-1", "event": "Visit", "messageId": "m-1"})).expect(200);
    app.post(&pages, "/v1/i", &json!({"userId": "c-2", "traits": {"plan": "pro"}, "messageId": "m-2"})).expect(200);
    let mut mara = app.browser(Role::Marketer);
    let mut rows = |query: &str| mara.visit(&app.path(&format!("stream?pause=yes{query}"))).count("ol.stream li");
    assert_eq!(rows(""), 2);
    assert_eq!(rows(&format!("&key={}", server.id)), 1);
    assert_eq!(rows("&kind=identify"), 1);
    assert_eq!(rows(&format!("&profile={one}")), 1);
    assert_eq!(rows(&format!("&profile={other}&kind=track")), 0);
    mara.page().shows("No calls found");
}

#[test]
fn the_newest_call_comes_first_and_every_kind_that_came_can_be_chosen() {
    let app = App::new();
    let key = app.key(server());
    for n in 1..=3 {
        let name = format!("Visit {n}");
        app.post(&key, "/v1/track", &json!({"userId": format!("c-{n}"), "event": name, "messageId": name})).expect(200);
        app.clock.advance(chrono::TimeDelta::seconds(1));
    }
    let headers = [("authorization", &*key.bearer()), ("content-type", "application/json")];
    app.send(Method::PATCH, "/api/data/v1/profiles/c-1/tags", &headers, r#"{"add": ["vip"]}"#).expect(200);
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&app.path("stream?pause=yes&kind=track")).clone();
    page.check_markup();
    assert_eq!(page.texts("ol.stream .said"), ["Visit 3", "Visit 2", "Visit 1"]);
    assert_eq!(page.texts("ol.stream time"), ["03:24:07", "03:24:06", "03:24:05"]);
    // Whatever a row says can be chosen.
    let rows = mara.visit(&app.path("stream?pause=yes")).clone();
    let offered = rows.texts("select[name=kind] option");
    for said in rows.texts("ol.stream .chip:not(.bad)") {
        assert!(offered.contains(&said), "{said} in {offered:?}");
        let found = mara.submit("Filter", &[("kind", &said)]).expect(200).clone();
        assert!(found.texts("ol.stream .chip").contains(&said));
        assert_eq!(found.link("Resume").map(|it| it.contains("pause")), Some(false), "it is still paused");
    }
    // A call leads back to the stream as it was.
    mara.visit(&app.path("stream?pause=yes&kind=track"));
    let call = mara.page().attrs("ol.stream li a", "href")[0].clone();
    mara.visit(&call);
    assert_eq!(mara.click("Back to live stream").expect(200).address, app.path("stream?pause=yes&kind=track"));
    assert!(mara.click("Clear filters").expect(200).address.ends_with("pause=yes"));
}

/// The real answer, over a socket: the page begins at once, and what is sent afterwards is added to it.
#[test]
fn the_page_goes_on_as_calls_arrive() {
    let app = App::new();
    let key = app.key(server());
    let ada = app.db.one("SELECT id FROM operators WHERE email = 'ada@acme.example'").parse().expect("an id");
    let session = Session::start(&mut app.db.connect(), ada, Clock::System.now()).expect("a session");
    let port = free_port();
    let serve = Program::new(&["serve", "--metrics", "off"]).env("DATABASE_URL", app.db.url());
    let mut kith = serve.env("KITH_BIND", format!("127.0.0.1:{port}")).start();
    kith.wait_for("kith is at");

    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let path = app.path("stream");
    let ask = format!(
        "GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncookie: kith_session={session}\r\naccept-encoding: gzip\r\n\r\n"
    );
    socket.write_all(ask.as_bytes()).expect("asked");
    socket.set_read_timeout(Some(Duration::from_millis(200))).expect("a limit");
    let (mut seen, started) = (String::new(), Instant::now());
    let mut until = |text: &str| {
        while !seen.contains(text) {
            assert!(started.elapsed() < Duration::from_secs(20), "{text:?} is not in {seen}");
            let mut piece = [0; 4096];
            match socket.read(&mut piece) {
                Ok(0) => panic!("the answer ended: {seen}"),
                Ok(length) => seen.push_str(&String::from_utf8_lossy(&piece[..length])),
                Err(_) => {}
            }
        }
        seen.clone()
    };
    let head = until("<ol class=\"card stream live\"");
    assert!(head.starts_with("HTTP/1.1 200") && !head.contains("identify</span>"), "{head}");
    assert!(!head.contains("content-encoding"), "{head}");
    let body = r#"{"userId": "c-1", "traits": {"plan": "pro"}, "messageId": "m-1"}"#;
    let headers = format!("authorization: {}\r\n", key.bearer());
    let (status, said) = send(port, "POST /v1/identify HTTP/1.1", &headers, body.as_bytes());
    assert_eq!(status, 200, "{said}");
    let seen = until("identify</span>");
    assert!(!seen.contains("</html>"), "it goes on: {seen}");
}
