//! Documentation of the calls about messages.

use serde_json::{Value, json};

use super::operation;
use crate::{
    developers::{Operation, Resource},
    rejections::codes,
};

fn layers() -> Value {
    let said = [
        ("disabled", "passes"),
        ("suppressed", "passes"),
        ("address", "passes"),
        ("address_blocked", "passes"),
        ("opted_out", "passes"),
        ("paused", "not_asked"),
        ("channel", "not_asked"),
        ("topic", "passes"),
        ("consent", "not_asked"),
    ];
    said.map(|(layer, state)| json!({"layer": layer, "state": state})).into()
}

fn a_message(status: &str, steps: Value) -> Value {
    json!({
        "id": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b21", "profile": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b01", "channel": "email",
        "kind": "service", "topic": "news", "account": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b22", "template": null,
        "name": "Your parcel is on its way", "status": status, "asked_at": "2026-11-22T08:30:00Z",
        "send_at": "2026-11-23T08:30:00Z", "changed_at": "2026-11-22T08:30:00Z", "attempts": 0, "address": null,
        "language": null, "sent": null, "provider_id": null,
        "verdict": {"may_send": true, "first_block": null, "sentence": "Email can be sent.", "layers": layers()},
        "steps": steps,
    })
}

fn a_step(status: &str, words: Option<&str>) -> Value {
    json!({"status": status, "at": "2026-11-22T08:30:00Z", "attempt": 0, "code": null, "words": words, "link": null, "machine": false})
}

pub fn post_message() -> Operation {
    let about = "Asks the verdict first: a message that may not be sent is stored as dropped, with the sentence why. Instead of channel, subject and text, name a template, or several: the first that may be sent is. Each message is sent once, also if the call is repeated with its Idempotency-Key.";
    let post = operation("postMessage", Resource::Messages, "Send a message to somebody", about).takes(
        "MessageAskedFor",
        json!({
            "channel": "email", "subject": "Your parcel is on its way",
            "text": "Hello {{ user.first_name | default: \"there\" }}, your order {{ event.order }} left us today.",
            "html": "<p>Hello {{ user.first_name | default: \"there\" }}, your order {{ event.order }} left us today.</p>",
            "kind": "service", "topic": "news", "event": {"order": "A-1001"}, "send_at": "2026-11-23T08:30:00Z",
            "account": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b22",
        }),
    );
    post.answers(
        202,
        "MessageToPerson",
        "The message, queued or dropped.",
        a_message("queued", json!([a_step("queued", None)])),
    )
}

pub fn list_messages() -> Operation {
    operation("listMessages", Resource::Messages, "List the messages to somebody", "The newest first.")
        .asks(&["limit", "cursor"])
        .answers(200, "MessagesToPerson", "A page of messages.", {
            json!({"messages": [{
                "id": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b21", "profile": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b01",
                "channel": "email", "kind": "service", "name": "Your parcel is on its way", "status": "queued",
                "asked_at": "2026-11-22T08:30:00Z", "send_at": "2026-11-23T08:30:00Z", "changed_at": "2026-11-22T08:30:00Z",
                "attempts": 0, "activities": 0,
            }], "next_cursor": null})
        })
}

pub fn get_message() -> Operation {
    let about = "Every step, the text as it was sent (for 30 days), and what the verdict said.";
    let get = operation("getMessage", Resource::Messages, "Read what became of a message", about);
    let get = get.answers(200, "MessageToPerson", "The message.", a_message("queued", json!([a_step("queued", None)])));
    Operation { refused: &[codes::NOT_FOUND], ..get }
}

pub fn cancel_message() -> Operation {
    let about = "Only while it waits to be sent.";
    let cancel = operation("cancelMessage", Resource::Messages, "Cancel a message", about);
    let steps = json!([a_step("queued", None), a_step("cancelled", Some("Cancelled by the API key Shop backend."))]);
    let cancel = cancel.answers(200, "MessageToPerson", "The message.", a_message("cancelled", steps));
    Operation { refused: &[codes::NOT_FOUND, codes::NOT_WAITING], ..cancel }
}
