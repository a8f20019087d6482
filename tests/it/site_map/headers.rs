//! The headers of every kind of answer.

use actix_web::http::header::HeaderMap;
use kith::auth::Role;

use super::{Site, check_answer};

/// What every answer's head has, that of the API too.
#[track_caller]
pub fn check_headers(headers: &HeaderMap, about: &str) {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let policy = header("content-security-policy");
    for rule in
        ["default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(rule), "{rule} in {policy:?}: {about}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
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
