//! The OpenAPI document.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::{HttpResponse, http::header};
use serde_json::{Map, Value, json};

use super::{
    operation::{Answer, BASE, Described, Operation, Resource},
    schemas,
};
use crate::{
    api::native,
    rejections::{Code, codes},
    web::SHARED,
};

/// Parameters of all calls for OpenAPI, with examples that can be tried.
pub fn parameters() -> Value {
    let path = |name: &str, example: &str, rules: Value, about: &str| {
        let mut schema = json!({"type": "string", "minLength": 1});
        for (word, rule) in rules.as_object().into_iter().flatten() {
            schema[word] = rule.clone();
        }
        json!({
            "name": name, "in": "path", "required": true, "schema": schema, "example": example,
            "description": about,
        })
    };
    let query = |name: &str, schema: Value, about: &str| json!({"name": name, "in": "query", "schema": schema, "description": about});
    json!({
        "id": path("id", "id:42", json!({}), "A profile: a kind and a value such as id:42, your own id alone, or our own id. \
            With a key for servers, email:ann@example.com and phone:+14155550123 also find whoever has that address. \
            A profile that was merged answers with its survivor."),
        "token": path("token", "fcm-7Gq2", json!({"maxLength": 4096, "pattern": "^[!-~]+$"}), "The device's token."),
        "purpose": path("purpose", "newsletter", json!({"maxLength": 100}), "What they are asked to agree to, 1 to 100 characters."),
        "merge": path("merge", "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b10", json!({"format": "uuid"}), "The merge, from the list of merges."),
        "webhook": path("webhook", "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b11", json!({"format": "uuid"}), "The webhook, from the list of webhooks."),
        "message": path("message", "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b21", json!({"format": "uuid"}), "The message, from the answer that made it or from a list of messages."),
        "segment": path("segment", "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b12", json!({"format": "uuid"}), "The segment, from the list of segments."),
        "limit": query("limit", json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 50}), "Most rows of the page."),
        "cursor": query("cursor", json!({"type": "string", "pattern": "^([pcarfs]-?[0-9]+-[0-9a-f]{32}|m[0-9a-f-]{36})?$"}), "The next_cursor of the page before; empty for the first page. Say the rest as for that page."),
        "fields": query("fields", json!({"type": "string", "pattern": parts(), "examples": ["identifiers,tags,segments"]}), "The parts that are wanted, separated by commas: identifiers, attributes, \
            tags, addresses, devices, subscriptions, consents, restrictions, segments. All but segments if it is missing; each costs time."),
        "identifier": query("identifier", schemas::reference(), "Answers with the one profile that has this identifier, written as kind:value."),
        "filter": query("filter", json!({"type": "string", "maxLength": 8000, "examples": ["plan:pro -tag:test"]}), "Only those whom this filter of the console selects. \
            A page may have fewer rows than the limit, even none, before the last one: go on until next_cursor is null. Not with changed_since."),
        "changed_since": query("changed_since", json!({"type": ["string", "number"], "format": "date-time"}), "Only those that changed at that time or later, by updated_at; \
            events change nobody. Go back a minute behind your last call: what takes long arrives late."),
        "channel": {"name": "channel", "in": "query", "required": true, "schema": schemas::channels("Through what."), "example": "sms", "description": "Through what."},
        "kind": query("kind", json!({"type": "string", "enum": ["campaign", "service"], "default": "campaign"}), "Service if the person's own act asked for it, such as a receipt."),
        "topic": query("topic", json!({"type": "string", "maxLength": 100}), "About what, if about a topic."),
        "block": query("block", json!({"type": "boolean", "default": false}), "True also keeps them from coming back."),
        "If-Match": {
            "name": "If-Match", "in": "header", "schema": {"type": "string"},
            "description": "The ETag that an answer with the profile had. The call changes that version of it, or nothing (412). \
                With a key for browsers it is refused (403, not_allowed): its answer would tell who exists.",
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "A name of your own for this call. For two days the same call under the same name gets the same answer and does nothing.",
        },
    })
}

/// The pattern of a list of parts of a profile.
fn parts() -> String {
    let part = "(identifiers|attributes|tags|addresses|devices|subscriptions|consents|restrictions|segments)";
    format!("^{part}(,{part})*$")
}

/// The OpenAPI document of these calls.
pub fn document(calls: &[Described]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for call in calls {
        let path = paths.entry(call.rest()).or_insert_with(|| json!({}));
        path[call.method.as_str().to_ascii_lowercase()] = operation(call);
    }
    let changed = json!({"anyOf": [schemas::to("Profile"), schemas::to("Nothing")]});
    let mut responses = json!({
        "Changed": {
            "description": "Done. The profile as it is now; an empty object to keys that may not read.",
            "headers": etag("The version of the profile, for If-Match; not with an empty object."),
            "content": {"application/json": {"schema": changed, "example": native::a_profile()}},
        },
    });
    for (status, codes) in by_status(codes::ALL) {
        responses[problem_name(status)] = problem(status, &codes);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "kith", "version": env!("CARGO_PKG_VERSION"),
            "description": "Customer profiles: who people are, what they do, and what they want to receive.",
        },
        "servers": [{"url": BASE}],
        "security": [{"key": []}],
        "tags": Resource::ALL.map(|resource| json!({"name": resource.label()})),
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {
                "type": "http", "scheme": "bearer", "description": "A key that an admin made in the console, such as kith_live_…",
            }},
            "parameters": parameters(),
            "schemas": schemas::all(),
            "responses": responses,
        },
    })
}

fn operation(call: &Described) -> Value {
    let Operation { id, resource, summary, about, query, body, answer, .. } = &call.operation;
    let to = |name: &str| json!({"$ref": format!("#/components/parameters/{name}")});
    let mut named: Vec<_> = call.path_parameters().chain(query.iter().copied()).map(to).collect();
    if !call.is_read() {
        named.push(to("Idempotency-Key"));
    }
    if call.is_conditional() {
        named.push(to("If-Match"));
    }
    let capability = call.need.capability.as_str();
    let mut value = json!({
        "operationId": id, "summary": summary, "tags": [resource.label()], "parameters": named,
        "description": format!("{about} Needs a key that may {capability}.").trim(),
        "security": [{"key": [capability]}],
        "responses": responses(call, answer),
    });
    if let Some(body) = body {
        let content = json!({"schema": schemas::to(body.schema), "example": body.example});
        value["requestBody"] = json!({"required": true, "content": {"application/json": content}});
    }
    value
}

fn responses(call: &Described, answer: &Answer) -> Value {
    let mut all = json!({});
    match answer {
        Answer::Changed => all["200"] = json!({"$ref": "#/components/responses/Changed"}),
        Answer::Own { status, about, schema, example } => {
            let content = json!({"schema": schemas::to(schema), "example": example});
            let mut own = json!({"description": about, "content": {"application/json": content}});
            match *schema {
                "Profile" => own["headers"] = etag("The version of the profile, for If-Match."),
                "ProfilesOrOne" => own["headers"] = etag("Of the one, its version for If-Match; a page has none."),
                _ => {}
            }
            all[status.to_string()] = own;
        }
    }
    for status in by_status(&refusals(call)).into_keys() {
        all[status.to_string()] = json!({"$ref": format!("#/components/responses/{}", problem_name(status))});
    }
    all
}

fn etag(about: &str) -> Value {
    json!({"ETag": {"schema": {"type": "string"}, "description": about}})
}

/// Codes that a call may be refused with: some apply to any call, some only to those with a body.
pub fn refusals(call: &Described) -> Vec<Code> {
    let own = |code: &Code| call.operation.refused.contains(code);
    let anybodys = |code: &Code| match code.status() {
        400 | 401 | 403 | 429 | 500 | 503 => true,
        404 => call.is_about_somebody(),
        408 | 413 | 415 | 422 => !call.is_read(),
        412 => call.is_conditional(),
        _ if *code == codes::AMBIGUOUS => call.is_about_somebody(),
        _ => *code == codes::IN_PROGRESS && !call.is_read(),
    };
    codes::ALL.iter().copied().filter(|code| own(code) || anybodys(code)).collect()
}

fn by_status(codes: &[Code]) -> BTreeMap<u16, Vec<Code>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for code in codes {
        found.entry(code.status()).or_default().push(*code);
    }
    found
}

fn problem_name(status: u16) -> String {
    format!("Problem{status}")
}

fn problem(status: u16, codes: &[Code]) -> Value {
    let meanings: Vec<_> = codes.iter().map(|code| format!("`{code}`: {}", code.meaning())).collect();
    let mut value = json!({
        "description": meanings.join("\n\n"),
        "content": {"application/problem+json": {"schema": schemas::to("Problem")}},
    });
    let wait = match status {
        429 | 503 => "Seconds to wait.",
        _ if codes.contains(&codes::IN_PROGRESS) => "With in_progress, seconds to wait.",
        _ => return value,
    };
    value["headers"] = json!({"Retry-After": {"schema": {"type": "integer"}, "description": wait}});
    value
}

/// The OpenAPI document, public and readable by pages of every origin.
pub async fn openapi() -> HttpResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| document(&native::calls().described).to_string());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header(SHARED)
        .body(TEXT.as_str())
}
