//! Lists: a page at a time, in an order that holds still.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::profiles::Sender;
use crate::support::{App, Page, sender::server};

/// All pages of a list.
fn pages(sender: &Sender, address: &str, list: &str) -> Vec<Vec<Value>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = sender.get(&format!("{address}&cursor={cursor}"));
        pages.push(page[list].as_array().expect("a list").clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return pages,
        }
    }
}

#[test]
fn activity_and_rejections_are_listed_as_many_at_a_time_as_asked() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    let visit =
        |nth| json!({"type": "event", "id": nth, "name": "Visit", "profile": {"id": "1"}, "properties": {"n": nth}});
    let items: Vec<Value> = (0..70).map(visit).chain((0..70).map(|_| json!({"type": "tag"}))).collect();
    sender.send(Method::POST, "batch", &json!({"items": items}), 200);
    for (address, list) in [("profiles/1/activity", "activity"), ("rejections", "rejections")] {
        let sizes = |limit: &str| {
            let pages = pages(&sender, &format!("{address}?{limit}"), list);
            let ids: std::collections::BTreeSet<_> = pages.iter().flatten().map(|row| row["id"].to_string()).collect();
            assert_eq!(ids.len(), 70, "each once");
            pages.iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!([sizes(""), sizes("limit=30"), sizes("limit=200")], [vec![50, 20], vec![30, 30, 10], vec![70]]);
        for bad in ["limit=0", "limit=201", "limit=x"] {
            sender.send(Method::GET, &format!("{address}?{bad}"), &Value::Null, 400);
        }
    }
}

#[test]
fn profiles_are_listed_a_page_at_a_time() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    for day in 1..=5 {
        let at = format!("2026-11-0{day}T00:00:00Z");
        let event = json!({"name": "Visit", "profile": {"id": day.to_string()}, "occurred_at": at});
        sender.send(Method::POST, "events", &event, 202);
    }
    let pages = pages(&sender, "profiles?limit=2&fields=identifiers", "profiles");
    let name = |profile: &Value| profile["identifiers"][0]["value"].as_str().expect("a text").to_owned();
    let found: Vec<Vec<_>> = pages.iter().map(|page| page.iter().map(name).collect()).collect();
    assert_eq!(found, [vec!["1", "2"], vec!["3", "4"], vec!["5"]]);
    let other = sender.get("profiles?limit=1&changed_since=2026-01-01T00:00:00Z")["next_cursor"].clone();
    let other = format!("cursor={}", other.as_str().expect("there are more"));
    for bad in ["limit=0", "limit=201", "limit=x", "cursor=x", "identifier=42", "fields=all", "changed_since=x", &other]
    {
        sender.send(Method::GET, &format!("profiles?{bad}"), &Value::Null, 400);
    }
    sender.send(Method::GET, &format!("rejections?{other}"), &Value::Null, 400);
    sender.send(Method::GET, &format!("profiles/1/activity?{other}"), &Value::Null, 400);
}

#[test]
fn a_walk_meets_everybody_once_whatever_happens_meanwhile() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    for n in 1..=6 {
        sender.put(&format!("profiles/{n}"), json!({"attributes": {"n": n}}));
    }
    let walk = |filter: &str, meanwhile: &dyn Fn(usize)| {
        let (mut found, mut cursor, mut nth) = (Vec::new(), String::new(), 0);
        loop {
            let page = sender.get(&format!("profiles?limit=2&fields=identifiers{filter}&cursor={cursor}"));
            let rows = page["profiles"].as_array().expect("a list");
            let id = |row: &Value| row["identifiers"][0]["value"].as_str().expect("a text").to_owned();
            found.extend(rows.iter().map(id));
            meanwhile(nth);
            nth += 1;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return found,
            }
        }
    };
    let busy = |nth: usize| {
        if nth == 0 {
            // Somebody late is seen and turns out to be older, somebody early changes, and somebody is new.
            sender.send(Method::POST, "events", &json!({"name": "Visit", "profile": {"id": "4"}}), 202);
            sender.put("profiles/5", json!({"created_at": "2020-01-01T00:00:00Z"}));
            sender.put("profiles/6", json!({"attributes": {"n": 10}}));
            sender.put("profiles/new", json!({}));
        }
    };
    assert_eq!(walk("", &busy), ["1", "2", "3", "4", "5", "6", "new"]);

    let since = sender.get("profiles/new")["updated_at"].as_str().expect("a time").to_owned();
    sender.put("profiles/2", json!({"attributes": {"n": 20}}));
    sender.put("profiles/3", json!({"attributes": {"n": 30}}));
    sender.send(Method::POST, "events", &json!({"name": "Visit", "profile": {"id": "4"}}), 202);
    let filter = format!("&changed_since={since}");
    assert_eq!(walk(&filter, &|_| ()), ["new", "2", "3"]);
    let again = |nth: usize| {
        if nth == 0 {
            sender.put("profiles/3", json!({"attributes": {"n": 31}}));
            sender.put("profiles/1", json!({"attributes": {"n": 11}}));
        }
    };
    assert_eq!(walk(&filter, &again), ["new", "2", "3", "1"]);
}

#[test]
fn activity_and_rejections_come_a_page_at_a_time() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    let event = |day: i64| json!({"type": "event", "id": day, "name": "Visit", "profile": {"id": "1"}, "occurred_at": format!("2026-11-0{day}T00:00:00Z")});
    let bad = |tag: i64| json!({"type": "tag", "profile": {"id": "1"}, "add": [format!("no {tag}")]});
    let items: Vec<Value> = (1..=5).flat_map(|nth| [event(nth), bad(nth)]).collect();
    sender.send(Method::POST, "batch", &json!({"items": items}), 200);
    for (list, name) in [("profiles/1/activity", "activity"), ("rejections", "rejections")] {
        let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = sender.get(&format!("{list}?limit=2&cursor={cursor}"));
            let rows = page[name].as_array().expect("a list");
            assert!(rows.len() <= 2);
            found.extend(rows.iter().map(|row| row["id"].to_string()));
            pages += 1;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        let all = sender.get(&format!("{list}?limit=200"));
        let all: Vec<_> = all[name].as_array().expect("a list").iter().map(|row| row["id"].to_string()).collect();
        assert_eq!((pages, found), (3, all), "{list}");
        sender.send(Method::GET, &format!("{list}?limit=201"), &Value::Null, 400);
    }
}

#[test]
fn a_filter_selects_profiles_page_by_page_as_json_and_as_lines() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    for n in 1..=5 {
        let plan = if n == 3 { "team" } else { "pro" };
        sender.send(Method::PUT, &format!("profiles/id:{n}"), &json!({"attributes": {"plan": plan}}), 200);
    }
    let name = |profile: &Value| profile["identifiers"][0]["value"].as_str().expect("a text").to_owned();
    let found = pages(&sender, "profiles?limit=3&filter=plan:pro&fields=identifiers", "profiles");
    let found: Vec<Vec<_>> = found.iter().map(|page| page.iter().map(name).collect()).collect();
    assert_eq!(found, [vec!["1", "2", "4"], vec!["5"]]);
    let nobody = sender.get("profiles?filter=plan:none");
    assert_eq!(nobody, json!({"profiles": [], "next_cursor": null}));

    let bearer = sender.key.bearer();
    let headers = [("authorization", bearer.as_str()), ("accept", "application/x-ndjson")];
    let lines = |address: &str| {
        let answer = app.send(Method::GET, address, &headers, "");
        answer.expect(200);
        Page::new(address, answer)
    };
    let page = lines("/api/data/v1/profiles?limit=3&filter=plan:pro&fields=tags");
    assert_eq!(page.header("content-type"), "application/x-ndjson");
    assert_eq!(page.body.lines().count(), 3);
    let link = page
        .header("link")
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix(">; rel=\"next\""))
        .expect("a link")
        .to_owned();
    let rest = lines(&link);
    assert_eq!((rest.body.lines().count(), rest.header("link")), (1, ""));
    assert_eq!(lines("/api/data/v1/profiles?fields=tags").body.lines().count(), 5, "without a filter, too");
}

#[test]
fn a_filter_with_an_error_says_where_and_what_it_may_mean() {
    let app = App::new();
    let sender = Sender::new(&app, server());
    sender.send(Method::PUT, "profiles/id:1", &json!({"attributes": {"plan": "pro"}}), 200);
    let fault = sender.send(Method::GET, "profiles?filter=tag:vip+plam:pro", &Value::Null, 400);
    assert_eq!(
        [&fault["code"], &fault["field"], &fault["column"], &fault["suggestion"]],
        [&json!("invalid_value"), &json!("filter"), &json!(9), &json!("tag:vip plan:pro")]
    );
    let other = sender.get("profiles?limit=1&changed_since=2026-01-01T00:00:00Z")["next_cursor"].clone();
    for bad in
        ["filter=(a", "filter=plan:pro&changed_since=2026-01-01T00:00:00Z", &format!("filter=plan:pro&cursor={other}")]
    {
        let fault = sender.send(Method::GET, &format!("profiles?{bad}"), &Value::Null, 400);
        assert!(fault["field"] == "filter" || fault["field"] == "cursor", "{fault}");
    }
}
