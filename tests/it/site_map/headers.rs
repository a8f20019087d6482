//! The headers of every kind of answer.

use actix_web::http::header::HeaderMap;
use kith::{auth::Role, config::Site as Origin, console::assets};

use super::{Site, check_answer};
use crate::support::{App, Page, Person, app::PASSWORD};

#[track_caller]
fn check_policy(policy: &str, about: &str) {
    for rule in
        ["default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(rule), "{rule} in {policy:?}: {about}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
}

/// What every answer's head has, that of the API too.
#[track_caller]
pub fn check_headers(headers: &HeaderMap, about: &str) {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let policy = header("content-security-policy");
    // Words of others in a frame of ours: no script and nothing from elsewhere, but styles of their own.
    let is_framed = policy.starts_with("sandbox;");
    if is_framed {
        assert_eq!(
            policy,
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
             frame-ancestors 'self'; base-uri 'none'",
            "{about}"
        );
    } else {
        check_policy(policy, about);
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", if is_framed { "SAMEORIGIN" } else { "DENY" }),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(header(name), value, "{name}: {about}");
    }
    let permissions = header("permissions-policy");
    assert!(permissions.contains("camera=()") && !permissions.contains("self"), "{permissions}: {about}");
    let allowed = header("access-control-allow-origin");
    let shared_with = if allowed.is_empty() { "same-origin" } else { "cross-origin" };
    assert_eq!(header("cross-origin-resource-policy"), shared_with, "{about}");
    let is_asset = ["text/css", "image/svg+xml"].iter().any(|kind| header("content-type").starts_with(kind));
    let kept = match (is_asset, allowed) {
        (true, _) => "public, max-age=31536000, immutable",
        // The description of the API, for everybody.
        (_, "*") => "no-cache",
        _ => "no-store",
    };
    assert_eq!(header("cache-control"), kept, "{about}");
    assert_ne!(header("content-encoding"), "identity", "{about}");
    assert!(!header("x-request-id").is_empty(), "{about}");
    assert_eq!(header("strict-transport-security"), "", "not where people come by http: {about}");
}

/// The stream is left out elsewhere, because it goes on: asked for without its text it does not.
#[test]
fn the_head_of_a_stream_is_complete() {
    let site = Site::new();
    let mut ada = site.app.browser(Role::Admin);
    check_answer(ada.head(&site.app.path("stream")).expect(200));
}

#[test]
fn where_people_come_by_https_nothing_is_said_without_it() {
    let app = App::configured(|config| config.server.site = Origin::new("https://kith.test").expect("a site"));
    let secure = |page: &Page| {
        assert_eq!(page.header("strict-transport-security"), "max-age=31536000", "{}", page.describe());
        for cookie in page.headers.get_all("set-cookie").map(|cookie| cookie.to_str().expect("text")) {
            assert!(cookie.contains("; Secure"), "{cookie}");
            assert!(cookie.starts_with("__Host-") == cookie.split("; ").any(|part| part == "Path=/"), "{cookie}");
        }
    };
    let person = app.add(Person::new("c-1"));
    let mut ada = app.visitor();
    secure(ada.visit("/sign-in"));
    let password = [("Email", "ada@acme.example"), ("Password", PASSWORD)];
    secure(ada.submit("Sign in", &password).expect(303));
    ada.visit(&app.profile(person, "/notes"));
    secure(ada.submit("Add note", &[("New note", "hello")]).expect(303));
    assert!(ada.cookies.contains_key("__Host-kith_flash"), "{:?}", ada.cookies);
    secure(ada.follow().expect(200).shows("Note added"));
    assert!(!ada.cookies.contains_key("__Host-kith_flash"), "it is for one page");
    secure(ada.visit(&app.profile(person, "/activity")));
    assert!(ada.narrow.keys().any(|(_, name)| name == "kith_visit"), "{:?}", ada.narrow);
    for (address, status) in [("/nothing/at/all", 404), (assets::style(), 200), ("/healthz", 200), ("/v1/nothing", 404)]
    {
        secure(ada.get(address).expect(status));
    }
    ada.visit(&app.path("profiles"));
    secure(ada.submit("Sign out", &[]).expect(303));
    assert!(!ada.cookies.contains_key("__Host-kith_session"), "it is taken back: {:?}", ada.cookies);
}
