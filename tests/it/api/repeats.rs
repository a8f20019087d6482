//! `Idempotency-Key`: what counts as the same call, and what a repeat does.

use actix_web::http::Method;
use diesel::connection::SimpleConnection;
use kith::{
    db::ids::ProfileId,
    keys::{
        Format,
        answers::{self, Answer as Answered},
    },
};
use serde_json::json;
use uuid::Uuid;

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

/// As when the call was done, and its answer was lost on the way.
fn lose_answers(app: &App) {
    let lost = app.db.connect().batch_execute("UPDATE idempotent_calls SET status = NULL, body = NULL, etag = NULL");
    lost.expect("they are lost");
}

#[test]
fn a_repeat_whose_answer_was_lost_is_answered_as_the_call_was() {
    let app = App::new();
    let key = app.key(server());
    let put = |rest: &str, name: &str| call(&app, &key, (Method::PUT, rest), (name, &[]), "{}");
    let first = put("42", "p").expect(200).header("etag").to_owned();
    let change = |plan: &str, name: &str| {
        let body = json!({ "plan": plan }).to_string();
        call(&app, &key, (Method::PATCH, "42/attributes"), (name, &[&first]), &body)
    };
    let done = change("pro", "a").expect(200).header("etag").to_owned();
    // What was refused, or never reached the database, is still refused.
    change("team", "b").expect(412);
    lose_answers(&app);
    change("team", "b").expect(412);
    let again = change("pro", "a");
    assert_eq!(again.expect(200).header("idempotent-replayed"), "");
    assert_eq!((again.header("etag"), &again.json()["attributes"]["plan"]), (&*done, &json!("pro")));
    assert_eq!(change("pro", "a").expect(200).header("idempotent-replayed"), "true");

    let other = put("43", "o").json()["id"].as_str().expect("an id").to_owned();
    let merge = call(&app, &key, (Method::POST, "42/merge"), ("m", &[]), r#"{"from": "id:43"}"#);
    let merged = merge.expect(200).header("etag").to_owned();
    let id = app.db.one("SELECT id FROM merges");
    let undo = |name: &str| call(&app, &key, (Method::POST, &format!("42/merges/{id}/undo")), (name, &[&merged]), "");
    assert_eq!(undo("u").expect(200).json()["id"], other);
    lose_answers(&app);
    assert_eq!(undo("u").expect(200).json()["id"], other);
    undo("another").expect_error(412, "changed", Format::Native);
    let undo = call(&app, &key, (Method::POST, &format!("42/merges/{id}/undo")), ("third", &[]), "");
    undo.expect_error(409, "already_undone", Format::Native);

    let now = put("42", "n").expect(200).header("etag").to_owned();
    let own = put("44", "f").json()["id"].as_str().expect("an id").to_owned();
    let delete = |rest: &str, name: &str, versions: &[&str]| {
        call(&app, &key, (Method::DELETE, rest), (name, versions), "").status.as_u16()
    };
    assert_eq!([delete("42", "d", &[&now]), delete(&own, "e", &[]), delete("nobody", "f-2", &[])], [202, 202, 404]);
    lose_answers(&app);
    // Somebody new goes by that id since.
    put("42", "g").expect(200);
    assert_eq!([delete("42", "d", &[&now]), delete(&own, "e", &[])], [202, 202]);
    assert_eq!(app.live_profiles(), 2, "43 and the new 42");
}

#[test]
fn an_answer_is_repeated_with_its_version() {
    let app = App::new();
    let key = app.key(server());
    let put = || call(&app, &key, (Method::PUT, "42"), ("p", &[]), "{}");
    let first = put().expect(200).header("etag").to_owned();
    let again = put();
    assert_eq!(again.expect(200).header("idempotent-replayed"), "true");
    assert_eq!((again.header("etag"), first.is_empty()), (&*first, false));
}

/// A call is answered, and its profile is erased before the answer is kept.
#[test]
fn no_answer_is_kept_that_shows_somebody_who_was_erased_meanwhile() {
    let app = App::new();
    let key = app.key(server());
    let profile = app.add(Person::new("42"));
    let (there, gone) = (Some(profile), Some(ProfileId(Uuid::nil())));
    for (profile, kept) in [(gone, 0), (there, 1), (None, 1)] {
        let now = app.clock.now();
        let answer = Answered { status: 200, body: "zqname".to_owned(), etag: None, profile };
        let written = app.state.db.tx_now(|conn| {
            answers::remember(conn, key.id, "p", b"call", now)?;
            answers::keep(conn, app.live, key.id, "p", &answer)
        });
        assert_eq!(written.expect("an answer"), kept);
        let found = app.db.number("SELECT count(*) FROM idempotent_calls WHERE body = 'zqname'");
        assert_eq!(found, i64::try_from(kept).expect("one or none"));
    }
}
