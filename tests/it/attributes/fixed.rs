//! Values that kith alone keeps.

use kith::{
    attributes::{AttributeName, Attributes},
    imports,
    ingest::{self, Item, Person as Who, Statement},
    ledger::{self, Batch, Effect, Source},
    registers::Correction,
};
use serde_json::json;

use super::define;
use crate::support::{App, Person, build, sender::server};

fn app() -> App {
    let app = App::new();
    app.add(Person::new("c-1").set("score", 5).set("plan", "pro"));
    define(&app, "score", "origin = 'calculated'");
    app
}

fn score(app: &App) -> String {
    app.db.one("SELECT attributes->>'score' FROM profiles LIMIT 1")
}

#[test]
fn our_own_format_refuses_the_whole_item_with_the_reason() {
    let (app, reason) = (app(), "is calculated from events");
    let key = app.key(server());
    let items = json!({"items": [
        {"type": "identify", "profile": {"id": "c-1"}, "attributes": {"score": 9, "plan": "free"}},
        {"type": "identify", "profile": {"id": "c-1"}, "attributes": {"city": "Riga"}}
    ]});
    let answer = app.post(&key, "/api/data/v1/batch", &items).expect(200).json();
    assert_eq!((&answer["accepted"], &answer["rejected"][0]["index"]), (&json!(1), &json!(0)), "{answer}");
    assert_eq!(answer["rejected"][0]["field"], "attributes.score");
    assert!(answer["rejected"][0]["message"].as_str().is_some_and(|it| it.contains(reason)), "{answer}");
    assert_eq!(app.db.one("SELECT attributes FROM profiles"), r#"{"city": "Riga", "plan": "pro", "score": 5}"#);
    assert_eq!(app.db.column("SELECT concat_ws(' ', field, rest_kept) FROM rejections"), ["attributes.score f"]);
}

#[test]
fn other_formats_lose_the_value_and_keep_the_rest() {
    let app = app();
    let key = app.key(server());
    let body = json!({"userId": "c-1", "traits": {"score": 9, "plan": "free"}});
    app.post(&key, "/v1/identify", &body).expect(200);
    assert_eq!(app.db.one("SELECT attributes FROM profiles"), r#"{"plan": "free", "score": 5}"#);
    assert_eq!(app.db.column("SELECT concat_ws(' ', field, rest_kept) FROM rejections"), ["score t"]);
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let body = json!({"id": "c-1", "data": {"score": 9, "plan": "team"}});
    app.post(&key, "/api/v2/users/track", &body).expect(200);
    assert_eq!(app.db.one("SELECT attributes FROM profiles"), r#"{"plan": "team", "score": 5}"#);
}

#[test]
fn an_operator_cannot_correct_it_and_a_job_can() {
    let app = app();
    let profile = app.add(Person::new("c-1"));
    let fix = |was: i64, becomes: i64| {
        let value = |number: i64| build::attribute("score", Some(json!(number))).1;
        let name = AttributeName::new("score").expect("a name");
        Statement::Correct(vec![Correction::new::<Attributes>(name, Some(&value(was)), value(becomes))])
    };
    let say = |source: &Source, statement: Statement| {
        let now = app.clock.now();
        let source = app.state.db.tx_now(|conn| ledger::source_id(conn, app.live, source)).expect("a source");
        let group = kith::db::ids::new_id(now);
        let batch = Batch { environment: app.live, source, received_at: now, group, before: 0, reason: None };
        let item = Item { person: Who::Profile(profile), as_of: now, statement };
        ingest::submit_now(&app.state.db, &batch, &kith::ingest::Trust::Person, &[item]).expect("it is no fault")[0]
            .effect
    };
    assert_eq!(say(&Source::key("test"), fix(5, 6)), Effect::Fixed);
    assert_eq!(score(&app), "5");
    assert_eq!(say(&Source::job("scores", "Scores"), fix(5, 7)), Effect::Changed);
    assert_eq!(score(&app), "7");
}

#[test]
fn an_import_writes_such_lines_to_its_rejects() {
    let app = app();
    define(&app, "plan", "type = 'number', is_typed = true");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("people.csv");
    std::fs::write(&file, "id,score,plan\nc-1,9,3\nc-2,,4\nc-3,,x\n").expect("a file");
    let options = imports::Options {
        environment: app.live,
        choices: Default::default(),
        rejects: folder.path().join("rejects.csv"),
        writers: 2,
    };
    let done = imports::import(&app.state.db, &app.clock, &file, &options, Default::default()).expect("imported");
    assert_eq!((done.read, done.rejected, done.left_out, done.created), (3, 0, 1, 2));
    let rejects = std::fs::read_to_string(folder.path().join("rejects.csv")).expect("rejects");
    assert!(rejects.contains("2,score,") && rejects.contains("is calculated from events"), "{rejects}");
    let values = app.db.column("SELECT attributes FROM profiles ORDER BY attributes::text");
    assert_eq!(values, [r#"{"plan": "x"}"#, r#"{"plan": 3, "score": 5}"#, r#"{"plan": 4}"#], "cells become numbers");
}
