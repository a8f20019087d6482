//! The documentation is true: all of it is in the code, all that is in the code is in it, and its examples do what it says.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta};
use kith::{
    api::Need,
    app::routes,
    keys::{Capabilities, Capability, Format, Grant},
    rejections::codes,
    segments::{By, SegmentKind, define},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::json_schema::{Checker, resolve};
use crate::support::{
    App, Person,
    app::Answer,
    sender::{MadeKey, SHOP, browser, server},
};

const BASE: &str = "/api/data/v1";

fn document(app: &App) -> Value {
    let answer = app.send(Method::GET, "/api/data/v1/openapi.json", &[], "");
    assert_eq!(answer.expect(200).header("content-type"), "application/json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    answer.json()
}

/// Method, path and operation of all calls.
fn operations(document: &Value) -> Vec<(Method, &str, &Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            all.push((method.to_uppercase().parse().expect("a method"), path.as_str(), operation));
        }
    }
    all
}

/// The same with every id and time, which differ from run to run, made the same.
fn masked(value: &Value) -> Value {
    match value {
        Value::String(text) if Uuid::try_parse(text).is_ok() => json!("an id"),
        // Times have one spelling.
        Value::String(text) if text.ends_with('Z') && DateTime::parse_from_rfc3339(text).is_ok() => json!("a time"),
        Value::Array(all) => all.iter().map(masked).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, it)| (name.clone(), masked(it))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

#[test]
fn every_call_is_documented_and_nothing_else() {
    let app = App::new();
    let document = document(&app);
    let routes = routes();
    let written: BTreeSet<_> = routes
        .entries()
        .iter()
        .filter_map(|entry| Some((entry, entry.guard::<Need>()?)))
        .filter(|(_, need)| need.format == Format::Native)
        .map(|(entry, need)| (entry.method.to_string(), entry.path.to_owned(), need.capability.as_str()))
        .collect();
    let operations = operations(&document);
    let documented: BTreeSet<_> = operations
        .iter()
        .map(|(method, path, operation)| {
            let capability = operation["security"][0]["key"][0].as_str().expect("a capability");
            (method.to_string(), format!("{BASE}{path}"), capability)
        })
        .collect();
    assert!(written.len() >= 18, "{written:?}");
    assert_eq!(documented, written);
    let ids: BTreeSet<_> = operations.iter().map(|(_, _, operation)| operation["operationId"].to_string()).collect();
    assert_eq!(ids.len(), operations.len(), "names are used once");
    for (method, path, operation) in operations {
        let named = |place: &str| -> BTreeSet<String> {
            let all = operation["parameters"].as_array().expect("a list").iter().map(|it| resolve(&document, it));
            all.filter(|it| it["in"] == place).map(|it| it["name"].as_str().expect("a name").to_owned()).collect()
        };
        let parts = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).map(str::to_owned);
        assert_eq!(named("path"), parts.collect(), "{method} {path}");
        assert_eq!(named("header").contains("Idempotency-Key"), method != Method::GET, "{method} {path}");
    }
}

#[test]
fn every_code_is_documented() {
    let app = App::new();
    let document = document(&app);
    let page = app.visitor().get("/developers").expect(200).clone();
    let listed = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].as_array().expect("codes");
    assert_eq!(listed.len(), codes::ALL.len());
    let (mut sorted, mut names) = (codes::ALL.to_vec(), BTreeSet::new());
    sorted.sort_by_key(|code| code.status());
    assert_eq!(sorted, codes::ALL, "by status");
    for code in codes::ALL {
        assert!(names.insert(code.as_str()), "{code} is written twice");
        assert!(listed.contains(&json!(code)));
        let answer = &document["components"]["responses"][format!("Problem{}", code.status())];
        assert!(answer["description"].as_str().is_some_and(|text| text.contains(&format!("`{code}`"))), "{code}");
        let is_to_wait = code.meaning().contains("Retry-After");
        assert!(!is_to_wait || answer["headers"]["Retry-After"].is_object(), "{code}: {answer}");
        assert!(page.body.contains(&format!("<code>{code}</code>")), "{code} is on the page");
    }
}

/// All operations as `/developers` prints them from top to bottom.
fn story<'a>(app: &App, document: &'a Value) -> Vec<(Method, &'a str, &'a Value)> {
    let page = app.visitor().get("/developers").expect(200).clone();
    let mut all = operations(document);
    all.sort_by_key(|(_, path, operation)| {
        let id = operation["operationId"].as_str().expect("a name");
        page.body.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("{id} of {path} is not printed"))
    });
    for (method, path, operation) in &all {
        let id = operation["operationId"].as_str().expect("a name");
        let shown = page.text(&format!("#{id}"));
        let body = &operation["requestBody"]["content"]["application/json"]["example"];
        let printed = if body.is_null() { String::new() } else { format!("{body:#}") };
        assert!(shown.contains(&squeezed(&printed)), "{method} {path} prints another body: {shown}");
    }
    all
}

/// The text with each run of blanks as one, as pages are read.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Sender<'a> {
    app: &'a App,
    key: MadeKey,
    document: &'a Value,
    /// The last merge that a list showed, and the webhook that was made.
    ids: BTreeMap<&'static str, String>,
}

impl Sender<'_> {
    /// Makes the call as the document's examples say it.
    fn send(&self, method: &Method, path: &str, operation: &Value) -> Answer {
        self.app.clock.advance(TimeDelta::seconds(1));
        let (mut address, mut query) = (format!("{BASE}{path}"), form_urlencoded::Serializer::new(String::new()));
        for parameter in operation["parameters"].as_array().expect("a list") {
            let parameter = resolve(self.document, parameter);
            let name = parameter["name"].as_str().expect("a name");
            match parameter["in"].as_str().expect("a place") {
                "path" if self.ids.contains_key(name) => {
                    address = address.replace(&format!("{{{name}}}"), &self.ids[name]);
                }
                "path" => {
                    let example = parameter["example"].as_str().unwrap_or_else(|| panic!("{name} has no example"));
                    address = address.replace(&format!("{{{name}}}"), example);
                }
                "query" => {
                    let example = &parameter["schema"]["examples"][0];
                    if let Some(example) = example.as_str().or(parameter["example"].as_str()) {
                        query.append_pair(name, example);
                    }
                }
                place => assert_eq!(place, "header"),
            }
        }
        let address = format!("{address}?{}", query.finish());
        let body = &operation["requestBody"]["content"]["application/json"]["example"];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.app.send(method.clone(), &address, &[("authorization", &self.key.bearer())], body)
    }
}

/// Of the headers that only some answers have, those of this answer are documented.
#[track_caller]
fn has_documented_headers(answer: &Answer, documented: &Value) {
    for name in ["ETag", "Retry-After"] {
        let is_sent = !answer.header(&name.to_lowercase()).is_empty();
        assert!(
            !is_sent || documented["headers"][name].is_object(),
            "{}: {name} is not in {documented}",
            answer.status
        );
    }
}

/// Makes the segment that a system keeps of which the examples tell. Returns its id.
fn keep_one(app: &App, document: &Value) -> String {
    let batch = document.pointer("/paths/~1batch/post/requestBody/content/application~1json/example/items");
    let item = batch.and_then(Value::as_array).expect("items").iter().find(|it| it["type"] == "segment");
    let id = item.expect("an item about a segment")["segment"].as_str().expect("an id");
    let by = By { operator: None, at: app.clock.now() };
    let wish = crate::segments::wish("Likely to leave", "");
    let mut conn = app.db.connect();
    let made = define::create(&mut conn, app.live, id.parse().expect("an id"), SegmentKind::Kept, &wish, by);
    made.expect("stored").expect("allowed");
    crate::segments::settle(app);
    id.to_owned()
}

#[test]
fn examples_are_answered_as_the_document_says() {
    let app = App::new();
    crate::topics::define_one(&app);
    let document = document(&app);
    let kept = keep_one(&app, &document);
    crate::messages::account_of_examples(&app, &document);
    crate::screen_views::of_examples(&app);
    let mut sender = Sender { key: app.key(server()), app: &app, document: &document, ids: BTreeMap::new() };
    let mut checker = Checker { document: &document, met: BTreeMap::new() };
    let mut made = kept.clone();
    for (method, path, operation) in story(&app, &document) {
        let name = operation["operationId"].as_str().expect("a name");
        let keeps = ["putMember", "deleteMember", "patchMembers"].contains(&name);
        sender.ids.insert("segment", if keeps { kept.clone() } else { made.clone() });
        let sent = &operation["requestBody"]["content"]["application/json"];
        if !sent.is_null() {
            checker.expect(&sent["example"], &sent["schema"], name);
        }
        let answer = sender.send(&method, path, operation);
        assert!(answer.status.is_success(), "{name}: {}", answer.body);
        let responses = &operation["responses"][answer.status.as_str()];
        has_documented_headers(&answer, resolve(&document, responses));
        let documented = &resolve(&document, responses)["content"]["application/json"];
        assert!(documented.is_object(), "{name}: {} is not documented", answer.status);
        let said = answer.json();
        checker.expect(&said, &documented["schema"], name);
        // What all changes answer has one example for all of them.
        if responses["$ref"].is_null() || name == "putProfile" {
            let [said, example] = [&said, &documented["example"]].map(|it| format!("{:#}", masked(it)));
            assert!(said == example, "{name} is answered with {said}, not {example}");
        }
        if let Some(merge) = said["merges"][0]["id"].as_str() {
            sender.ids.insert("merge", merge.to_owned());
        }
        if name == "postSegment" {
            made = said["id"].as_str().expect("an id").to_owned();
            crate::segments::settle(&app);
        }
        if name == "postMessage" {
            sender.ids.insert("message", said["id"].as_str().expect("an id").to_owned());
        }
        if name == "postWebhook" {
            sender.ids.insert("webhook", said["id"].as_str().expect("an id").to_owned());
        }
    }
    assert_eq!(app.live_profiles(), 1, "one was erased, the other is there again");
    for (place, met) in checker.met {
        let known = document.pointer(&place[1..]).and_then(|schema| schema["properties"].as_object());
        let known: BTreeSet<_> = known.unwrap_or_else(|| panic!("{place}")).keys().cloned().collect();
        assert_eq!(met, known, "{place}: the examples use every field");
    }
}

#[test]
fn refusals_are_documented_too() {
    let app = App::new();
    let document = document(&app);
    let mut checker = Checker { document: &document, met: BTreeMap::new() };
    let all = app.key(server());
    let writer = app.key(Grant::Server(Capabilities::new([Capability::Write]).expect("one")));
    for (method, path, operation) in operations(&document) {
        let address = format!("{BASE}{path}").replace("{id}", "42").replace(['{', '}'], "");
        let mut refused = |bearer: &str, body: &str| {
            let answer = app.send(method.clone(), &address, &[("authorization", bearer)], body);
            let documented = resolve(&document, &operation["responses"][answer.status.as_str()]);
            let schema = &documented["content"]["application/problem+json"]["schema"];
            assert!(schema.is_object(), "{method} {address}: {} is not documented: {}", answer.status, answer.body);
            checker.expect(&answer.json(), schema, &address);
            answer.status.as_u16()
        };
        assert_eq!(refused("", ""), 401);
        if operation["security"][0]["key"][0] != "write" {
            assert_eq!(refused(&writer.bearer(), "{}"), 403);
        }
        if operation["requestBody"].is_object() {
            // No name of anything is blank.
            assert_eq!(refused(&all.bearer(), r#"{"": 7}"#), 400);
        }
    }
    let problem = &checker.met["#/components/schemas/Problem"];
    assert!(problem.contains("code") && problem.contains("field"), "{problem:?}");
}

#[test]
fn keys_that_may_not_read_and_single_profiles_are_answered_as_documented() {
    let app = App::new();
    let document = document(&app);
    let mut checker = Checker { document: &document, met: BTreeMap::new() };
    let writer = app.key(Grant::Server(Capabilities::new([Capability::Write]).expect("one")));
    let all = app.key(server());
    let tags = r#"{"add": ["vip"]}"#;
    let answer = app.send(Method::PATCH, "/api/data/v1/profiles/42/tags", &[("authorization", &writer.bearer())], tags);
    let schema = &document["components"]["responses"]["Changed"]["content"]["application/json"]["schema"];
    assert_eq!(answer.expect(200).json(), json!({}));
    checker.expect(&answer.json(), schema, "patchTags");
    let list = "/api/data/v1/profiles?identifier=id:42";
    let answer = app.send(Method::GET, list, &[("authorization", &all.bearer())], "");
    assert_eq!(answer.expect(200).json()["tags"], json!(["vip"]));
    checker.expect(&answer.json(), &document["components"]["schemas"]["ProfilesOrOne"], "listProfiles");
}

/// What a call can find in its way besides a wrong key or body, for all calls where it can be.
#[test]
fn people_versions_and_repeats_in_the_way_are_documented() {
    let app = App::new();
    let document = document(&app);
    let mut checker = Checker { document: &document, met: BTreeMap::new() };
    let (all, page) = (app.key(server()), app.key(browser()));
    for id in ["1", "2"] {
        app.add(Person::new(id).email("both@example.com"));
    }
    let mut seen = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let parameters: Vec<_> =
            operation["parameters"].as_array().expect("a list").iter().map(|it| resolve(&document, it)).collect();
        let takes = |name: &str| parameters.iter().any(|it| it["name"] == name);
        let body = operation["requestBody"]["content"]["application/json"]["example"].to_string();
        let mut refused = |id: &str, headers: &[(&str, &str)], code: &str| {
            let address = format!("{BASE}{path}").replace("{id}", id).replace("{merge}", &Uuid::nil().to_string());
            let address = address.replace(['{', '}'], "");
            let needed = parameters.iter().find(|it| it["in"] == "query" && it["required"] == true);
            let needed = needed.and_then(|it| Some((it["name"].as_str()?, it["example"].as_str()?)));
            let asked = needed.or(takes("identifier").then_some(("identifier", id)));
            let query = asked.map_or_else(String::new, |(name, value)| format!("?{name}={value}"));
            let answer = app.send(method.clone(), &format!("{address}{query}"), headers, body.clone());
            assert_eq!(answer.json()["code"], code, "{method} {address}: {}", answer.body);
            let documented = resolve(&document, &operation["responses"][answer.status.as_str()]);
            let text = documented["description"].as_str().unwrap_or_default();
            assert!(text.contains(&format!("`{code}`")), "{method} {address}: {code} is not documented: {text}");
            has_documented_headers(&answer, documented);
            checker.expect(&answer.json(), &documented["content"]["application/problem+json"]["schema"], path);
            seen.insert(format!("{code} {}", operation["operationId"]));
        };
        let bearer = all.bearer();
        if takes("id") || takes("identifier") {
            refused("email:both@example.com", &[("authorization", &bearer)], "ambiguous");
        }
        if method == Method::GET && (takes("id") || takes("identifier")) {
            refused("id:nobody", &[("authorization", &bearer)], "not_found");
        }
        if takes("If-Match") {
            refused("1", &[("authorization", &bearer), ("if-match", "\"other\"")], "changed");
            if operation["security"][0]["key"][0] == "write" {
                let page = page.bearer();
                let headers = [("authorization", &*page), ("origin", SHOP), ("if-match", "*")];
                refused("anonymous_id:a", &headers, "not_allowed");
            }
        }
    }
    assert!(seen.len() > 30, "{seen:?}");
}

#[test]
fn the_page_shows_all_of_it_without_a_script() {
    let app = App::new();
    let document = document(&app);
    let mut visitor = app.visitor();
    let page = visitor.get("/developers").expect(200).clone();
    page.check_markup();
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().expect("a name");
        let shown = page.text(&format!("#{id}"));
        let capability = operation["security"][0]["key"][0].as_str().expect("a capability");
        for part in [method.as_str(), path, operation["summary"].as_str().expect("a summary"), capability] {
            assert!(shown.contains(part), "{part} of {id}: {shown}");
        }
        for parameter in operation["parameters"].as_array().expect("a list") {
            let parameter = resolve(&document, parameter);
            let is_there = parameter["in"] == "header" || shown.contains(parameter["name"].as_str().expect("a name"));
            assert!(is_there, "{parameter} of {id}");
        }
    }
    for entry in routes().entries() {
        assert!(
            entry.guard::<Need>().is_none() || page.body.contains(entry.path.trim_start_matches(BASE)),
            "{}",
            entry.path
        );
    }
    assert!(!page.has_source("<script"));
}
