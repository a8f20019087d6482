//! A crowd: eight senders with calls of every kind about the same few people.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::wire::serve;
use crate::{
    ingest::check,
    support::{App, program::send, sender::server},
};

const SENDERS: u64 = 8;
const CALLS: usize = 2_500;

/// A random call: method, address and body.
fn call(random: &mut StdRng) -> (&'static str, String, Value) {
    let mut pick = |of: u8| random.random_range(0..of);
    let (one, other, n) = (format!("c-{}", pick(25)), format!("c-{}", pick(25)), pick(200));
    let person = format!("/api/data/v1/profiles/id:{one}");
    let minutes = format!("2026-11-{:02}T10:{:02}:00Z", 1 + pick(20), pick(60));
    let (method, address, mut body) = match pick(16) {
        0 => (
            "PUT",
            person,
            json!({"attributes": {"plan": n}, "channels": {"email": format!("e-{}@example.com", n % 9)}}),
        ),
        1 => ("PATCH", format!("{person}/attributes"), json!({format!("a-{}", n % 20): n, "b": null})),
        2 => (
            "PATCH",
            format!("{person}/tags"),
            json!({"add": [format!("t-{}", n % 9)], "remove": [format!("t-{}", n % 7)]}),
        ),
        3 if n < 20 => ("DELETE", person, Value::Null),
        3 => ("GET", person, Value::Null),
        4 => ("POST", format!("{person}/merge"), json!({"from": format!("id:{other}")})),
        5 => (
            "POST",
            "/api/data/v1/events".into(),
            json!({"name": "Visit", "profile": {"id": one}, "id": format!("m-{n}"), "occurred_at": minutes}),
        ),
        6 => (
            "PUT",
            format!("{person}/subscriptions"),
            json!({"channel": "email", "state": if n % 2 == 0 { "subscribed" } else { "unsubscribed" }}),
        ),
        7 => ("GET", format!("{person}/activity"), Value::Null),
        8 => ("GET", "/api/data/v1/profiles?limit=5".into(), Value::Null),
        9 => (
            "POST",
            "/v1/identify".into(),
            json!({"userId": one, "anonymousId": format!("b-{}", n % 12), "traits": {"size": n}, "timestamp": minutes}),
        ),
        10 => (
            "POST",
            "/v1/track".into(),
            json!({"anonymousId": format!("b-{}", n % 12), "event": "Visit", "messageId": format!("s-{n}"), "timestamp": minutes}),
        ),
        11 => ("POST", "/v1/alias".into(), json!({"userId": one, "previousId": other, "timestamp": minutes})),
        12 => (
            "POST",
            "/v1/batch".into(),
            json!({"batch": [
            {"type": "identify", "userId": one, "traits": {"plan": n, "email": format!("e-{}@example.com", n % 9)}},
            {"type": "track", "userId": other, "event": "Order Completed", "messageId": format!("o-{n}")},
            {"type": "identify", "anonymousId": format!("b-{}", n % 12), "traits": {"theme": n}, "timestamp": minutes}]}),
        ),
        13 => ("PUT", format!("{person}/devices/d-{}", n % 5), json!({"type": "push"})),
        14 => ("DELETE", format!("{person}/devices/d-{}", n % 5), Value::Null),
        _ => ("PUT", format!("{person}/consents/gdpr.x"), json!({"given": n % 2 == 0})),
    };
    // What is said of a time before an erasure is refused.
    if let Some(body) = body.as_object_mut().filter(|_| n % 2 == 0) {
        ["timestamp", "occurred_at"].iter().for_each(|time| drop(body.remove(*time)));
    }
    (method, address, body)
}

/// Nothing but answers of the API, and afterwards everything agrees: the ledger with the state, and each identifier has one owner.
#[test]
#[ignore = "long"]
fn eight_senders_with_twenty_thousand_calls_leave_everything_in_order() {
    let app = App::new();
    let key = app.key(server());
    let (_console, port) = serve(&app, &["--connections", "8"]);
    let headers = format!("Authorization: {}\r\nContent-Type: application/json\r\n", key.bearer());
    let work = |seed: u64| {
        let mut random = StdRng::seed_from_u64(seed);
        let mut statuses = BTreeMap::new();
        for _ in 0..CALLS {
            let (method, address, body) = call(&mut random);
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let kind = address.replace(|it: char| it.is_ascii_digit(), "");
            let (status, said) = send(port, &format!("{method} {address} HTTP/1.1"), &headers, body.as_bytes());
            assert!(status < 500 || status == 503, "{method} {address} {body}: {status} {said}");
            *statuses.entry(((method, kind), status)).or_insert(0) += 1;
        }
        statuses
    };
    let all: Vec<_> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|seed| scope.spawn(move || work(seed))).collect();
        senders.into_iter().map(|sender| sender.join().expect("no panic")).collect()
    });
    let mut kinds: BTreeMap<&(&str, String), [usize; 3]> = BTreeMap::new();
    for ((kind, status), count) in all.iter().flatten() {
        let place = if *status < 300 { 0 } else { 1 + usize::from(*status == 503) };
        kinds.entry(kind).or_default()[place] += count;
    }
    println!("done, refused and busy: {kinds:#?}");
    assert!(kinds.values().all(|[done, ..]| *done > 50), "calls of each kind are done: {kinds:#?}");
    app.until(|| {
        app.db.number(
            "SELECT count(*) FROM events e JOIN profiles p ON p.id = e.profile_id WHERE p.merged_into IS NOT NULL",
        ) == 0
    });
    check(&app.db);
}
