//! Calls that published clients sent, byte for byte, and their statements: one call or message per line in the files beside this one.

use std::io::Read;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    Call, Entry, segment, shape,
    vero::{self, Endpoint},
};

/// Path and text of each recorded call.
fn calls(client: &str) -> Vec<(String, String)> {
    let path = format!("{}/tests/clients/recorded/{client}.json", env!("CARGO_MANIFEST_DIR"));
    let recorded: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let read = |call: &Value| {
        let sent = BASE64_STANDARD.decode(call["body"].as_str().unwrap()).unwrap();
        let mut body = Vec::new();
        match sent.starts_with(&[0x1F, 0x8B]) {
            true => drop(flate2::read::GzDecoder::new(&*sent).read_to_end(&mut body).unwrap()),
            false => body = sent,
        }
        (call["path"].as_str().unwrap().to_owned(), String::from_utf8(body).unwrap())
    };
    recorded.iter().map(read).collect()
}

/// The calls arrive soon after they were recorded.
fn call() -> Call {
    Call { received_at: "2026-11-22T09:00:00Z".parse().unwrap(), ..shape::server() }
}

/// The statements of an entry, without the parts that differ from one recording or client to another.
fn said(entry: &Entry, client: &str) -> String {
    let mut said = shape::said(entry);
    for item in said.as_array_mut().expect("no recorded call is refused") {
        let at = item["at"].take();
        assert!(item.get("occurred_at").is_none_or(|occurred| *occurred == at));
        let fields = item.as_object_mut().unwrap();
        for varying in ["at", "occurred_at", "id"] {
            fields.remove(varying);
        }
        if let Some(Value::Object(context)) = fields.get_mut("context") {
            context.retain(|name, _| name != "library" && name != "channel");
        }
        fields.retain(|name, value| name != "context" || *value != json!({}));
        // JavaScript has no larger integers.
        if let Some(Value::Object(attributes)) = fields.get_mut("attributes") {
            attributes.retain(|name, _| name != "exact" && name != "huge");
        }
    }
    assert!(entry.warnings.is_empty());
    format!("{} {said}", entry.kind).replace(client, "CLIENT")
}

fn check(client: &str, found: Vec<String>, expected: &str) {
    let expected: Vec<_> = expected.lines().collect();
    for (place, line) in found.iter().enumerate() {
        assert_eq!(Some(&line.as_str()), expected.get(place), "{client}, call {place}");
    }
    assert_eq!(found.len(), expected.len(), "{client}");
}

#[test]
fn all_clients_of_the_segment_family_say_the_same() {
    for client in ["segment-python", "segment-node", "rudder-python", "rudder-node"] {
        let calls = calls(client).into_iter();
        let entries: Vec<_> = calls.flat_map(|(_, body)| segment::read_batch(&body, &call()).unwrap()).collect();
        check(client, entries.iter().map(|entry| said(entry, client)).collect(), include_str!("segment.txt"));
        let first = &shape::said(&entries[0])[0]["attributes"];
        let exact = if client.ends_with("python") { "9007199254740993" } else { "9007199254740991" };
        assert_eq!(first["exact"].to_string(), exact);
        assert!(["1180591620717411303424", "1.1805916207174113e+21"].contains(&first["huge"].to_string().as_str()));
    }
}

#[test]
fn each_client_of_vero_says_what_it_was_told_to() {
    for (client, expected) in
        [("vero-node", include_str!("vero-node.txt")), ("vero-python", include_str!("vero-python.txt"))]
    {
        let mut found = Vec::new();
        for (path, body) in calls(client) {
            let path = path.split('?').next().unwrap();
            let endpoint = match path.strip_prefix("/api/v2/").unwrap() {
                "users/track" => Endpoint::Identify,
                "users/edit" => Endpoint::Edit,
                "users/tags/edit" => Endpoint::Tags,
                "users/unsubscribe" => Endpoint::Unsubscribe,
                "users/resubscribe" => Endpoint::Resubscribe,
                "users/reidentify" => Endpoint::Reidentify,
                "users/delete" => Endpoint::Delete,
                "events/track" => Endpoint::Track,
                "heartbeat" => continue,
                other => panic!("{other}"),
            };
            let read = vero::read(endpoint, &body, &call()).unwrap();
            assert!(!read.is_development && !read.entries[0].raw.contains("recorded-key"));
            found.push(said(&read.entries[0], client));
        }
        check(client, found, expected);
    }
}
