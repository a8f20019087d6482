//! Nothing left of who was erased, wherever a call left something of them.

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::{
    auth::Role,
    identities::Kind,
    ingest::{Item, Person as Who, Statement},
    keys::Format,
};
use serde_json::{Value, json};

use crate::support::{
    App, Person,
    app::NOW,
    at,
    build::submit,
    sender::{MadeKey, server},
};

/// Everything that the person below is known by, or has as a value.
const MARKERS: [&str; 8] = [
    "zq-id-77",
    "zq-old-7",
    "zq.person@example.org",
    "zq.other@example.org",
    "14155550177",
    "zqname",
    "zqvalue",
    "zqbrowser",
];

/// Rows of all tables that hold one of these texts, as a dump of the database would show them.
fn traces(app: &App, texts: &[&str]) -> Vec<String> {
    let tables = app.db.column(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname",
    );
    assert!(tables.len() > 20, "{tables:?}");
    let mut found = Vec::new();
    for (table, text) in tables.iter().flat_map(|table| texts.iter().map(move |text| (table, text))) {
        let rows = format!("SELECT '{table}: ' || t::text FROM \"{table}\" t WHERE t::text ILIKE '%{text}%'");
        found.extend(app.db.column(&rows));
    }
    found
}

fn call(app: &App, key: &MadeKey, (method, path, name): (Method, &str, &str), body: &Value) -> u16 {
    let headers = [("authorization", &*key.bearer()), ("content-type", "application/json"), ("idempotency-key", name)];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    app.clock.advance(TimeDelta::seconds(1));
    app.send(method, &format!("/api/data/v1/{path}"), &headers, body).status.as_u16()
}

/// Leaves something of the person wherever a sender or an operator can.
fn leave_traces(app: &App, key: &MadeKey) {
    let put = |path: &str, name, body: &Value| call(app, key, (Method::PUT, path, name), body);
    let whole = json!({
        "channels": {"email": "zq.person@example.org", "sms": "+14155550177"},
        "attributes": {"first_name": "Zqname", "secret": "zqvalue", "list": ["zqvalue"]},
    });
    assert_eq!(put("profiles/id:zq-old-7", "k-1", &whole), 200);
    assert_eq!(put("profiles/id:zq-id-77", "k-2", &whole), 200);
    let items = [
        json!({"type": "merge", "profile": {"id": "zq-id-77"}, "from": "id:zq-old-7"}),
        json!({"type": "event", "profile": {"id": "zq-id-77"}, "name": "Visit", "properties": {"path": "/zqvalue"}}),
        json!({"type": "identify", "profile": {"id": "zq-id-77", "anonymous_id": "zqbrowser"}}),
        json!({"type": "identify", "profile": {"id": "zq-id-77"}, "channels": {"email": "zq.person@"},
               "attributes": {"first_name": "Zqname"}}),
    ];
    call(app, key, (Method::POST, "batch", "k-3"), &json!({"items": items}));
    // Refused, in several ways: the answers and the list of rejected items repeat what was sent.
    assert_eq!(put("profiles/id:zq-id-77", "k-4", &json!({"channels": {"email": "zq-id-77"}})), 400);
    let wrong = json!({"type": "identify", "userId": "zq-id-77",
        "traits": {"email": "zq.other@example.org nonsense", "first_name": "Zqname"}});
    app.post(key, "/v1/batch", &json!({"batch": [wrong, {"type": "track", "userId": "ZQ-ID-77"}]})).expect(200);
    let look_alike = json!({"type": "identify", "userId": "c-9", "traits": {"email": "zq.person@example.org"}});
    app.post(key, "/v1/batch", &json!({"batch": [look_alike]})).expect(200);
    let profile = app.db.one("SELECT id FROM profiles WHERE search_text LIKE '%zq-id-77%' AND merged_into IS NULL");
    let mut support = app.browser(Role::Support);
    support.visit(&app.path(&format!("profiles/{profile}/notes")));
    support.submit("Add note", &[("New note", "Says zqvalue")]).expect(303);
}

#[test]
fn no_table_and_no_stream_has_anything_left() {
    let app = App::new();
    let key = app.key(server());
    leave_traces(&app, &key);
    let before = traces(&app, &MARKERS);
    for place in ["rejections", "idempotent_calls", "profiles", "changes", "notes", "merges", "addresses", "events"] {
        assert!(before.iter().any(|row| row.starts_with(place)), "{place} has nothing to forget: {before:#?}");
    }
    assert_eq!(call(&app, &key, (Method::DELETE, "profiles/id:zq-id-77", "k-9"), &Value::Null), 202);
    call(&app, &key, (Method::DELETE, "profiles/id:c-9", "k-10"), &Value::Null);
    let left = traces(&app, &MARKERS);
    assert!(left.is_empty(), "{left:#?}");
    let shown = app.console.stream.after(0, usize::MAX, |_| true).1;
    assert!(!shown.is_empty());
    let texts: Vec<&String> = shown.iter().flat_map(|call| &call.items).filter_map(|item| item.raw.as_ref()).collect();
    let fates = shown.iter().flat_map(|call| &call.items).map(|item| &item.fate);
    let messages: Vec<String> = fates.map(|fate| format!("{fate:?}").to_lowercase()).collect();
    assert!(messages.iter().any(|fate| fate.contains("rejected")), "{messages:#?}");
    for marker in MARKERS {
        assert!(messages.iter().all(|message| !message.contains(marker)), "{marker}: {messages:#?}");
        assert!(texts.iter().all(|text| !text.to_lowercase().contains(marker)), "{marker}: {texts:#?}");
    }
}

#[test]
fn a_repeat_of_a_call_from_before_the_erasure_brings_nobody_back() {
    let app = App::new();
    let key = app.key(server());
    let put = || call(&app, &key, (Method::PUT, "profiles/id:g", "ig"), &json!({"attributes": {"secret": "x"}}));
    assert_eq!([put(), put()], [200, 200]);
    assert_eq!(call(&app, &key, (Method::DELETE, "profiles/id:g", "id"), &Value::Null), 202);
    assert_eq!(put(), 400, "it was made before the erasure, whatever was answered then");
    assert_eq!(app.live_profiles(), 0);
    // Another call is about somebody new.
    let again = call(&app, &key, (Method::PUT, "profiles/id:g", "ih"), &json!({"attributes": {"secret": "y"}}));
    assert_eq!((again, app.live_profiles()), (200, 1));
}

#[test]
fn what_is_said_of_the_erased_is_listed_without_what_was_sent() {
    let app = App::new();
    let key = app.key(server());
    app.post(&key, "/v1/identify", &json!({"userId": "zq-id-77", "traits": {"first_name": "Zqname"}})).expect(200);
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(call(&app, &key, (Method::DELETE, "profiles/id:zq-id-77?block=true", "k-1"), &Value::Null), 202);
    let late = json!({"userId": "zq-id-77", "traits": {"first_name": "Zqname"}});
    app.post(&key, "/v1/identify", &late).expect_error(400, "blocked", Format::Segment);
    app.post(&key, "/api/v2/users/track", &json!({"id": "zq-id-77", "data": {"first_name": "Zqname"}}));
    assert_eq!(call(&app, &key, (Method::PUT, "profiles/id:zq-id-77", "k-2"), &json!({"attributes": {}})), 400);
    assert_eq!(app.db.column("SELECT DISTINCT code FROM rejections"), ["blocked"]);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 3);
    assert_eq!(traces(&app, &["zq-id-77", "zqname"]), Vec::<String>::new());
    app.browser(Role::Marketer).visit(&app.path("rejections")).shows("erased for good");
    // Nor is a part of it that would have been refused anyway.
    let wrong = json!({"userId": "zq-id-77", "traits": {"email": "zqvalue", "phone": "zqname"}});
    app.clock.advance(TimeDelta::minutes(1));
    app.post(&key, "/v1/identify", &wrong).expect_error(400, "blocked", Format::Segment);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 4);
    assert_eq!(traces(&app, &["zqvalue", "zqname"]), Vec::<String>::new());
}

/// A refused item has the sender's writing of an id, which may differ from the stored one.
#[test]
fn what_was_refused_in_another_writing_goes_too() {
    let app = App::new();
    let key = app.key(server());
    for id in ["Ann@b\u{fc}cher.example", "ann@bu\u{308}cher.example", "ann@XN--BCHER-KVA.example", "bo@example.org"] {
        app.clock.advance(TimeDelta::milliseconds(1));
        let traits = json!({"plan": "pro", "phone": "12"});
        app.send(
            Method::POST,
            "/v1/identify",
            &[("authorization", &*key.bearer())],
            json!({"userId": id, "traits": traits}).to_string(),
        )
        .expect(200);
    }
    assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 4);
    assert_eq!(call(&app, &key, (Method::DELETE, "profiles/id:ann@b%C3%BCcher.example", "k-9"), &Value::Null), 202);
    assert_eq!(app.db.column("SELECT item->>'userId' FROM rejections"), ["bo@example.org"]);
}

/// A number or a short word may mean anything, unless it stands where people are named.
#[test]
fn what_is_refused_of_others_stays() {
    let app = App::new();
    let key = app.key(server());
    let phone = |item: Value| {
        let mut item = item;
        item["traits"]["phone"] = json!("12");
        item["type"] = json!("identify");
        item
    };
    let others = [
        phone(json!({"userId": "other-1", "traits": {"quantity": 42, "size": "xs", "of": "42"}})),
        phone(json!({"userId": "other-2", "traits": {"plan": "xs", "id_of_order": "42"}})),
        json!({"type": "track", "userId": "other-3", "quantity": "42"}),
    ];
    let of_them = [
        phone(json!({"userId": "42", "traits": {}})),
        phone(json!({"userId": 42, "traits": {}})),
        phone(json!({"userId": "other-4", "traits": {"friend": {"user_id": "42"}}})),
        phone(json!({"anonymousId": "xs", "traits": {}})),
        json!({"type": "alias", "previousId": "42"}),
        json!({"type": "track", "userId": "other-5", "said": "{\"userId\": \"42\"}"}),
        json!({"type": "track", "userId": "other-6", "profile": "id:42"}),
        json!({"type": "track", "userId": "42", "words": "x".repeat(20_000)}),
    ];
    app.post(&key, "/v1/batch", &json!({"batch": others})).expect(200);
    app.clock.advance(TimeDelta::seconds(1));
    app.post(&key, "/v1/batch", &json!({"batch": of_them})).expect(200);
    let kept = "SELECT item->>'userId' FROM rejections ORDER BY received_at, index";
    assert_eq!(app.db.column(kept).len(), others.len() + of_them.len());
    app.add(Person::new("42").also(Kind::Anonymous, "xs"));
    assert_eq!(call(&app, &key, (Method::DELETE, "profiles/id:42", "k-1"), &Value::Null), 202);
    assert_eq!(app.db.column(kept), ["other-1", "other-2", "other-3"]);
}

/// As many people as one call may name, and as many refused items as are kept of one call: a statement has ten seconds.
#[test]
fn erasing_many_is_no_more_work_for_each_refused_item() {
    let app = App::new();
    let id = |n: usize| format!("somebody-{n}@example.org");
    let people: Vec<Item> = (0..2_000).flat_map(|n| Person::new(&id(n)).items(at(NOW))).collect();
    submit(&app.state.db, app.live, at(NOW), &people);
    let key = app.key(server());
    app.db.run(&format!(
        "INSERT INTO rejections SELECT {}, timestamptz '{NOW}', gen_random_uuid(), '{}', 'segment', 'track', 'old', '', 'old', \
         jsonb_build_object('userId', 'Somebody-' || n * 2 || '@example.org', 'text', repeat(md5(n::text), 30)), 0, false \
         FROM generate_series(1, 2000) n",
        app.live, key.id
    ));
    let identifier = |n: usize| kith::identities::Identifier::new(Kind::Id, &id(n)).expect("an id");
    let erased = |n: usize| Item {
        person: Who::Identifiers(vec![identifier(n)]),
        as_of: at(NOW),
        statement: Statement::Delete { block: false },
    };
    submit(&app.state.db, app.live, at(NOW), &(0..2_000).map(erased).collect::<Vec<_>>());
    assert_eq!(app.live_profiles(), 0);
    assert_eq!(app.db.number("SELECT count(*) FROM rejections"), 1_001);
}
