//! `Idempotency-Key`: what counts as the same call, and what a repeat does.

use actix_web::http::Method;
use kith::keys::Format;
use serde_json::json;

use crate::support::{
    App, Person,
    app::Answer,
    sender::{MadeKey, server},
};

/// Makes a call under a name, with `If-Match` if there is a version; a second passes before it.
fn call(
    app: &App,
    key: &MadeKey,
    (method, rest): (Method, &str),
    (name, versions): (&str, &[&str]),
    body: &str,
) -> Answer {
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let bearer = key.bearer();
    let mut headers = vec![("authorization", &*bearer), ("idempotency-key", name)];
    headers.extend(versions.iter().map(|version| ("if-match", *version)));
    app.send(method, &format!("/api/data/v1/profiles/{rest}"), &headers, body)
}

#[test]
fn another_query_or_version_is_another_call() {
    let app = App::new();
    let key = app.key(server());
    app.add(Person::new("42"));
    let reused = |answer: &Answer| {
        answer.expect_error(422, "idempotency_key_reused", Format::Native);
    };
    let delete = |query: &str| call(&app, &key, (Method::DELETE, &format!("42{query}")), ("d", &[]), "");
    delete("").expect(202);
    reused(&delete("?block=true"));
    assert_eq!(delete("").expect(202).header("idempotent-replayed"), "true");
    // The key is no part of the call.
    let again = delete(&format!("?auth_token={}", key.secret));
    assert_eq!(again.expect(202).header("idempotent-replayed"), "true");

    app.add(Person::new("43"));
    let tag = |versions: &[&str]| {
        call(&app, &key, (Method::PATCH, "43/tags"), ("t", versions), &json!({"add": ["vip"]}).to_string())
    };
    tag(&["\"a\"", "\"b\""]).expect(412);
    reused(&tag(&["\"a\"", "\"c\""]));
    reused(&tag(&["\"a\"\"b\""]));
    reused(&tag(&["\"a\""]));
    reused(&tag(&[]));
    assert_eq!(tag(&["\"a\"", "\"b\""]).expect(412).header("idempotent-replayed"), "true");
}
