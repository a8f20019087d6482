//! What sites and apps are told to show.

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::{
    keys::{Capabilities, Capability, Grant},
    screen_views::ContentKind,
};
use serde_json::{Value, json};

use super::{during, store_in, text, wish};
use crate::{
    segments,
    support::{App, Person, sender::server, statements},
};

fn content(app: &App, bearer: &str, person: &str, status: u16) -> Value {
    let address = format!("/api/data/v1/profiles/{person}/content");
    app.send(Method::GET, &address, &[("authorization", bearer)], "").expect(status).json()
}

fn names(answer: &Value, list: &str) -> Vec<String> {
    let all = answer[list].as_array().expect("a list").iter();
    all.map(|it| it["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn those_in_the_audience_get_content_by_priority() {
    let app = App::new();
    app.add(Person::new("ann").name("Ann", "O\"Nair\\").set("plan", "pro").set("iban", "DE02"));
    app.add(Person::new("bea").set("plan", "free"));
    app.db.run("UPDATE attribute_definitions SET is_sensitive = TRUE WHERE name = 'iban'");
    let now = app.clock.now();
    text(&app, "Plain", "Hi {{ user.first_name | default: \"you\" }} {{ user.iban }}", "", "1");
    let nested = "{\"title\": \"{{ user.last_name }}\", \"list\": [1.50, null, {\"x\": \"{{ workspace.name }}\"}]}";
    let pro =
        during(wish("Pro", (ContentKind::Json, nested), "plan:pro", "900"), None, Some(now + TimeDelta::hours(1)));
    let pro = store_in(&app, app.live, &pro);
    text(&app, "Faulty", "a\n{{ 1 | divided_by: 0 }}", "plan:pro", "1000");
    store_in(&app, app.test, &wish("In test", (ContentKind::Text, "x"), "", "1"));
    let bearer = app.key(server()).bearer();
    let ann = content(&app, &bearer, "ann", 200);
    assert_eq!(names(&ann, "content"), ["Pro", "Plain"]);
    let until = (now + TimeDelta::hours(1)).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    let first = &ann["content"][0];
    assert_eq!((&first["id"], &first["priority"], &first["until"]), (&json!(pro), &json!(900), &json!(until)));
    let shown = &first["content"];
    assert_eq!((&shown["title"], &shown["list"][2]), (&json!("O\"Nair\\"), &json!({"x": "Acme"})));
    assert_eq!(shown["list"][0].to_string(), "1.50", "numbers stay as they are written");
    // Their own app gets their own data.
    assert_eq!((&ann["content"][1]["content"], &ann["content"][1]["until"]), (&json!("Hi Ann DE02"), &Value::Null));
    assert_eq!(names(&ann, "faults"), ["Faulty"]);
    let reason = ann["faults"][0]["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("Line 2: the filter `divided_by` cannot be applied"), "{reason}");
    let bea = content(&app, &bearer, "bea", 200);
    assert_eq!((names(&bea, "content"), names(&bea, "faults")), (vec!["Plain".to_owned()], vec![]));
    assert_eq!(bea["content"][0]["content"], "Hi you ");
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(names(&content(&app, &bearer, "ann", 200), "content"), ["Plain"], "it is over");
    app.db.run("UPDATE screen_views SET archived_at = updated_at WHERE name = 'Plain'");
    assert_eq!(names(&content(&app, &bearer, "bea", 200), "content"), Vec::<String>::new());
}

#[test]
fn it_needs_a_key_that_may_read_and_somebody() {
    let app = App::new();
    app.add(Person::new("ann"));
    text(&app, "Hello", "Hello", "", "1");
    assert_eq!(content(&app, &app.key(server()).bearer(), "nobody", 404)["code"], "not_found");
    let write = Capabilities::new([Capability::Write]).expect("one");
    let key = app.key(Grant::Server(write)).bearer();
    assert_eq!(content(&app, &key, "ann", 403)["code"], "not_allowed");
    let key = app.key(crate::support::sender::browser()).bearer();
    assert_eq!(content(&app, &key, "ann", 403)["code"], "not_allowed");
}

#[test]
fn an_audience_that_cannot_be_asked_gets_nothing_and_says_why() {
    let app = App::new();
    app.add(Person::new("ann").set("plan", "pro"));
    segments::define(&app, "Paying", "plan:pro");
    segments::settle(&app);
    text(&app, "Hello", "Hello", "segment:Paying", "1");
    let bearer = app.key(server()).bearer();
    assert_eq!(names(&content(&app, &bearer, "ann", 200), "content"), ["Hello"]);
    app.db.run("UPDATE segments SET archived_at = updated_at");
    let answer = content(&app, &bearer, "ann", 200);
    assert_eq!((names(&answer, "content"), names(&answer, "faults")), (vec![], vec!["Hello".to_owned()]));
    assert_eq!(answer["faults"][0]["reason"], "The audience cannot be asked: No segment is called “Paying”.");
}

#[test]
fn who_was_merged_is_shown_what_the_survivor_is() {
    let app = App::new();
    let ann = app.add(Person::new("ann").tag("vip"));
    let old = app.add(Person::new("old"));
    text(&app, "Hello", "Hello", "tag:vip", "1");
    let key = app.key(server());
    app.post(&key, "/api/data/v1/profiles/ann/merge", &json!({"from": "id:old"})).expect(200);
    assert_ne!(ann, old);
    for person in ["old", &old.to_string(), &ann.to_string()] {
        assert_eq!(names(&content(&app, &key.bearer(), person, 200), "content"), ["Hello"], "{person}");
    }
}

#[test]
fn two_hundred_ask_no_more_statements_than_two() {
    statements::count();
    let app = App::new();
    app.add(Person::new("ann").set("plan", "pro"));
    let bearer = app.key(server()).bearer();
    let asked = || {
        content(&app, &bearer, "ann", 200);
        let before = statements::asked(&app.db);
        content(&app, &bearer, "ann", 200);
        statements::asked(&app.db) - before
    };
    text(&app, "View 0", "Hi", "plan:pro", "1");
    text(&app, "View 1", "Hi", "plan:free", "1");
    let few = asked();
    for place in 2..200 {
        text(&app, &format!("View {place}"), "Hi", ["plan:pro", "plan:free"][place % 2], "1");
    }
    assert_eq!(asked(), few);
    assert_eq!(names(&content(&app, &bearer, "ann", 200), "content").len(), 100);
}
