//! Segments that a system keeps: it says who is in them, and nobody else does.

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::{
    auth::Role,
    db::ids::{ProfileId, SegmentId, new_id},
    keys::{Capabilities, Capability, Grant},
    segments::{self, By, SegmentKind},
};
use serde_json::{Value, json};

use super::{define, members, settle, wish};
use crate::{
    api::profiles::Sender,
    support::{App, Person, sender::server, statements},
};

/// Makes a segment through the API that the key keeps.
fn keep(sender: &Sender<'_>, name: &str) -> SegmentId {
    let made = sender.send(Method::POST, "segments", &json!({"name": name, "kind": "kept"}), 201);
    assert_eq!((&made["kind"], &made["definition"]), (&json!("kept"), &Value::Null));
    settle(sender.app);
    made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

fn batch(sender: &Sender<'_>, items: Value) -> Value {
    sender.send(Method::POST, "batch", &json!({"items": items}), 200)
}

fn item(id: &str, segment: SegmentId, is_member: bool, as_of: &str) -> Value {
    json!({"type": "segment", "profile": {"id": id}, "segment": segment, "member": is_member, "as_of": as_of})
}

#[test]
fn a_system_says_who_is_in_a_segment_in_three_ways() {
    let app = App::new();
    let [ann, bea] = ["ann", "bea"].map(|id| app.add(Person::new(id)));
    let sender = Sender::new(&app, server());
    let risk = keep(&sender, "Likely to leave");
    assert_eq!(sender.put(&format!("segments/{risk}/members/ann"), Value::Null), json!({}));
    settle(&app);
    assert_eq!(members(&app, risk), [ann.0]);
    let answer = batch(&sender, json!([item("bea", risk, true, "2026-11-22T03:24:00Z")]));
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(1), &json!([])));
    let said = json!({"add": ["id:new", ""], "remove": [ann.0, "id:nobody"]});
    let answer = sender.send(Method::PATCH, &format!("segments/{risk}/members"), &said, 200);
    assert_eq!((&answer["accepted"], &answer["rejected"][0]["index"]), (&json!(3), &json!(1)), "{answer}");
    settle(&app);
    assert_eq!(app.live_profiles(), 3, "add makes somebody, remove makes nobody");
    let new: Vec<_> = members(&app, risk).into_iter().filter(|id| *id != bea.0).collect();
    assert_eq!(new.len(), 1, "{new:?}");
    sender.send(Method::DELETE, &format!("segments/{risk}/members/bea"), &Value::Null, 200);
    sender.send(Method::DELETE, &format!("segments/{risk}/members/nobody"), &Value::Null, 404);
    settle(&app);
    assert_eq!(members(&app, risk), new);
    let by = "SELECT DISTINCT s.kind || ' ' || s.name FROM changes c JOIN sources s ON s.id = c.source_id WHERE c.kind = 'segment'";
    assert_eq!(app.db.column(by), ["key API key Shop backend"]);
}

#[test]
fn a_thousand_are_said_in_as_many_statements_as_one() {
    statements::count();
    let app = App::new();
    let sender = Sender::new(&app, server());
    let risk = keep(&sender, "Likely to leave");
    let said = |from: usize, to: usize| {
        let add: Vec<String> = (from..to).map(|id| format!("id:{id}")).collect();
        json!({"add": add})
    };
    let address = format!("segments/{risk}/members");
    sender.send(Method::PATCH, &address, &said(1, 2), 200);
    let count = |body: &Value| {
        let before = statements::asked(&app.db);
        sender.send(Method::PATCH, &address, body, 200);
        statements::asked(&app.db) - before
    };
    let (few, many) = (count(&said(2, 4)), count(&said(4, 1_004)));
    assert!(many <= few, "{many} statements for a thousand, {few} for two");
    let refused = sender.send(Method::PATCH, &address, &said(1, 1_002), 400);
    assert!(refused["message"].as_str().is_some_and(|text| text.contains("1 to 1000 people")), "{refused}");
    settle(&app);
    assert_eq!(members(&app, risk).len(), 1_003);
}

#[test]
fn of_two_statements_the_later_one_counts_whichever_comes_first() {
    let app = App::new();
    let ann = app.add(Person::new("ann"));
    let sender = Sender::new(&app, server());
    let risk = keep(&sender, "Likely to leave");
    batch(&sender, json!([item("ann", risk, true, "2026-11-22T02:00:00Z")]));
    batch(&sender, json!([item("ann", risk, false, "2026-11-22T01:00:00Z")]));
    settle(&app);
    assert_eq!(members(&app, risk), [ann.0], "what was true before is no news");
    batch(&sender, json!([item("ann", risk, false, "2026-11-22T03:00:00Z")]));
    settle(&app);
    assert!(members(&app, risk).is_empty());
    let late = json!({"add": ["ann"], "as_of": "2026-11-22T02:30:00Z"});
    sender.send(Method::PATCH, &format!("segments/{risk}/members"), &late, 200);
    settle(&app);
    assert!(members(&app, risk).is_empty());
}

#[test]
fn keys_keep_only_what_is_kept_with_keys() {
    let app = App::new();
    app.add(Person::new("ann").tag("vip"));
    let sender = Sender::new(&app, server());
    let live = define(&app, "Vips", "tag:gold");
    let (friends, by) = (SegmentId(new_id(app.clock.now())), By { operator: None, at: app.clock.now() });
    let made = segments::define::create(
        &mut app.db.connect(),
        app.live,
        friends,
        SegmentKind::Chosen,
        &wish("Friends", ""),
        by,
    );
    made.expect("stored").expect("allowed");
    let gone = keep(&sender, "Gone");
    settle(&app);
    app.db.run(&format!("UPDATE segments SET archived_at = now() WHERE id = '{gone}'"));
    let none = SegmentId(new_id(app.clock.now()));
    for (segment, code, rule) in [
        (live, "not_kept", "segment is live: its filter alone decides who is in it"),
        (friends, "not_kept", "segment has people whom colleagues choose at the console"),
        (gone, "not_kept", "segment is archived"),
        (none, "not_found", "segment is none of this environment"),
    ] {
        let answer = batch(&sender, json!([item("ann", segment, true, "2026-11-22T03:00:00Z")]));
        let why = &answer["rejected"][0];
        assert_eq!((&why["code"], &why["field"]), (&json!(code), &json!("segment")), "{answer}");
        assert!(why["message"].as_str().is_some_and(|text| text.starts_with(rule)), "{answer}");
        let status = if code == "not_found" { 404 } else { 409 };
        sender.send(Method::PUT, &format!("segments/{segment}/members/stranger"), &Value::Null, status);
    }
    assert_eq!(app.live_profiles(), 1, "nobody is made by what is refused");
    assert_eq!(app.db.number("SELECT count(*) FROM segment_choices"), 0);
    let told = app.db.column("SELECT DISTINCT code FROM rejections ORDER BY code");
    assert_eq!(told, ["not_found", "not_kept"]);
    sender.send(Method::PUT, "segments/x/members/ann", &Value::Null, 404);
    let page = Sender::new(&app, crate::support::sender::browser());
    let said = json!({"items": [{"type": "segment", "profile": {"anonymous_id": "a"}, "segment": gone}]});
    let headers = [("authorization", &*page.key.bearer()), ("origin", crate::support::sender::SHOP)];
    let answer = app.send(Method::POST, "/api/data/v1/batch", &headers, said.to_string());
    assert_eq!(answer.expect(200).json()["accepted"], 0);
    let address = format!("/api/data/v1/segments/{gone}/members/ann");
    app.send(Method::PUT, &address, &headers, "").expect(409);
}

#[test]
fn what_is_made_through_the_api_is_live_or_kept() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    for wrong in [
        json!({"name": "A", "kind": "chosen"}),
        json!({"name": "A", "kind": "kept", "definition": "tag:vip"}),
        json!({"name": "A"}),
    ] {
        sender.send(Method::POST, "segments", &wrong, 400);
    }
    let risk = keep(&sender, "Likely to leave");
    sender.send(Method::PATCH, &format!("segments/{risk}"), &json!({"definition": "tag:vip"}), 400);
    sender.send(Method::PATCH, &format!("segments/{risk}"), &json!({"kind": "live"}), 400);
    let changed = sender.send(Method::PATCH, &format!("segments/{risk}"), &json!({"name": "At risk"}), 200);
    assert_eq!((&changed["name"], &changed["kind"]), (&json!("At risk"), &json!("kept")));
    let writer = Sender::new(&app, Grant::Server(Capabilities::new([Capability::Write]).expect("one")));
    writer.send(Method::POST, "segments", &json!({"name": "B", "kind": "kept"}), 403);
    writer.send(Method::PUT, &format!("segments/{risk}/members/ann"), &Value::Null, 200);
}

#[test]
fn members_follow_merges_their_undoing_and_erasure() {
    let app = App::new();
    let [ann, bea] = ["ann", "bea"].map(|id| app.add(Person::new(id)));
    let sender = Sender::new(&app, server());
    let risk = keep(&sender, "Likely to leave");
    sender.put(&format!("segments/{risk}/members/bea"), Value::Null);
    settle(&app);
    app.clock.advance(TimeDelta::minutes(1));
    sender.send(Method::POST, "profiles/ann/merge", &json!({"from": "id:bea"}), 200);
    settle(&app);
    assert_eq!(members(&app, risk), [ann.0], "the survivor is in it");
    app.clock.advance(TimeDelta::minutes(1));
    let merges = sender.get("profiles/ann/merges");
    let merge = merges["merges"][0]["id"].as_str().expect("a merge");
    sender.send(Method::POST, &format!("profiles/ann/merges/{merge}/undo"), &Value::Null, 200);
    settle(&app);
    assert_eq!(members(&app, risk), [bea.0]);
    sender.send(Method::DELETE, "profiles/bea", &Value::Null, 202);
    settle(&app);
    assert!(members(&app, risk).is_empty());
    assert_eq!(app.db.number("SELECT count(*) FROM segment_choices WHERE is_member"), 0);
    let late = batch(&sender, json!([item("bea", risk, true, "2026-11-22T03:00:00Z")]));
    assert_eq!(late["rejected"][0]["code"], "erased");
}

/// One person in a segment that the shop's system keeps.
fn kept() -> (App, ProfileId, SegmentId) {
    let app = App::new();
    let ann = app.add(Person::new("ann"));
    let risk = {
        let sender = Sender::new(&app, server());
        let risk = keep(&sender, "Likely to leave");
        sender.put(&format!("segments/{risk}/members/ann"), Value::Null);
        risk
    };
    settle(&app);
    (app, ann, risk)
}

#[test]
fn colleagues_see_it_and_change_nothing() {
    let (app, ann, risk) = kept();
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.profile(ann, "/segments"));
    page.shows("Likely to leave").shows("Kept by API key Shop backend, read-only").hides("Take out of Likely to leave");
    page.shows("A system said so");
    let token = ada.token();
    let out = [("csrf".to_owned(), token), ("member".to_owned(), "no".to_owned())];
    ada.post(&app.profile(ann, &format!("/segments/{risk}")), &out).expect(303);
    ada.follow().shows("Nobody is put into Likely to leave by hand");
    ada.visit(&app.profile(ann, &format!("/segments/{risk}"))).shows("Put in by the system that keeps it");
    // Nor is a change of the system undone.
    let history = ada.visit(&app.profile(ann, "/history")).clone();
    history.shows("Likely to leave");
    let group = app.db.one("SELECT group_id FROM changes WHERE kind = 'segment'");
    ada.visit(&app.profile(ann, &format!("/history/groups/{group}/undo")));
    ada.page().shows("is kept by another system, which alone decides who is in it");
    settle(&app);
    assert_eq!(members(&app, risk), [ann.0]);
    ada.visit(&app.path(&format!("segments/{risk}"))).shows("Kept by a system").shows("It is read-only here.");
}

#[test]
fn one_that_a_system_is_to_keep_is_made_at_the_console_too() {
    let app = App::new();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("segments"));
    mara.click("Let a system keep one").expect(200).shows("Segment that a system keeps");
    mara.submit("Save segment", &[("Name", "Likely to leave")]).expect(303);
    mara.follow().shows("Kept by a system");
    let sender = Sender::new(&app, server());
    let id = app.db.one("SELECT id FROM segments");
    sender.put(&format!("segments/{id}/members/ann"), Value::Null);
    settle(&app);
    assert_eq!(app.db.number("SELECT count(*) FROM segment_members"), 1);
    mara.visit(&app.path("segments")).shows("Kept by a system");
}

#[test]
fn the_profile_tells_its_segments_to_those_who_ask() {
    let (app, _, risk) = kept();
    let sender = Sender::new(&app, server());
    let gone = define(&app, "Archived", "");
    settle(&app);
    app.db.run(&format!("UPDATE segments SET archived_at = now() WHERE id = '{gone}'"));
    assert!(sender.get("profiles/ann").get("segments").is_none(), "nothing that is not asked for");
    let told = sender.get("profiles/ann?fields=segments,tags");
    assert_eq!(told["segments"].as_array().map(Vec::len), Some(1), "{told}");
    let one = &told["segments"][0];
    assert_eq!((&one["id"], &one["name"]), (&json!(risk), &json!("Likely to leave")));
    assert!(one["since"].as_str().is_some_and(|since| since.ends_with('Z')), "{told}");
    assert!(told.get("attributes").is_none() && told["tags"] == json!([]));
    assert_eq!(sender.get("profiles?fields=segments")["profiles"][0]["segments"], told["segments"]);
}
