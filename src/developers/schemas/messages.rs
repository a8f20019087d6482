//! Schemas of messages to people: what is asked for, and what became of it.

use serde_json::json;

use super::{
    Fields, answered::page, anything, channels, flag, id, list, maybe, maybe_time, moment, one_of, sent::said, text,
    time, to, whole,
};
use crate::{messages::Status, verdict::MessageKind};

fn kinds() -> serde_json::Value {
    one_of(MessageKind::ALL.map(MessageKind::as_str), "Why it is sent; campaign if it is missing.")
}

/// Fields that every message that is asked for may have.
fn about() -> Fields {
    vec![
        ("event", anything("What the words call event.")),
        ("send_at", moment("When it is sent; now if it is missing or over.")),
        ("account", id("The sending account; the default one of the channel if it is missing.")),
    ]
}

fn statuses(about: &str) -> serde_json::Value {
    one_of(Status::ALL.map(Status::as_str), about)
}

/// Fields of a message in a list.
fn listed() -> Fields {
    let number = |about| json!({"type": "integer", "description": about});
    vec![
        ("id", id("The message.")),
        ("profile", id("Whom it is for.")),
        ("channel", channels("By which channel.")),
        ("kind", one_of(MessageKind::ALL.map(MessageKind::as_str), "Why it is sent.")),
        ("name", text("Name of its template, or how its own words begin.")),
        ("status", statuses("How it fares.")),
        ("asked_at", time("When it was asked for.")),
        ("send_at", time("When it is sent, or is tried next.")),
        ("changed_at", time("When its status changed.")),
        ("attempts", number("How often it was handed over.")),
    ]
}

/// All schemas of messages.
pub fn all() -> Fields {
    let several =
        |of, about| json!({"type": "array", "items": of, "minItems": 1, "maxItems": 10, "description": about});
    let mut by_template = vec![
        ("template", text("Id or name of the template.")),
        ("templates", several(json!({"type": "string"}), "Instead of one: the first that may be sent is.")),
    ];
    by_template.extend(about());
    let mut own = vec![
        ("text", text("The text, in Liquid. A campaign by email must name unsubscribe_url or preferences_url.")),
        ("channel", channels("By which channel.")),
        ("subject", text("The subject, of channels that have one.")),
        ("html", text("The same as HTML, of email.")),
        ("kind", kinds()),
        ("topic", text("About what.")),
    ];
    own.extend(about());
    let mut message = listed();
    message.extend([
        ("topic", maybe("About what.")),
        ("account", id("The sending account.")),
        ("template", json!({"type": ["object", "null"], "description": "Id and version of its template; null: words of its own."})),
        ("address", maybe("Where it went; null until it is sent.")),
        ("language", maybe("The language of its words; null until it is sent.")),
        ("sent", json!({"type": ["object", "null"], "description": "Subject, text and html as they were sent, for 30 days; without sensitive values and without links of the person."})),
        ("provider_id", maybe("The provider's own id.")),
        ("verdict", json!({"type": ["object", "null"], "description": "What the verdict said when it was last asked, as GET …/verdict answers it."})),
        ("steps", list(to("MessageStep"), "All steps, oldest first.")),
    ]);
    let mut of_list = listed();
    of_list.push((
        "activities",
        json!({"type": "integer", "description": "How often the person opened it or clicked, 100 at most."}),
    ));
    vec![
        ("MessageAskedFor", json!({"anyOf": [to("MessageOfOwnWords"), to("MessageByTemplate")]})),
        ("MessageOfOwnWords", said(1, own)),
        ("MessageByTemplate", said(0, by_template)),
        ("MessageToPerson", whole(message)),
        (
            "MessageStep",
            whole(vec![
                ("status", statuses("What happened.")),
                ("at", time("When.")),
                ("attempt", json!({"type": "integer", "description": "Number of the attempt; 0 before the first."})),
                ("code", maybe("The provider's code, or the layer of the verdict.")),
                ("words", maybe("What was said.")),
                ("link", maybe("Where a click led.")),
                ("machine", flag("Whether a program did it, not the person: then it counts for nothing.")),
            ]),
        ),
        ("MessagesToPerson", page("messages", "ListedMessage", "The newest first.")),
        ("ListedMessage", whole(of_list)),
        (
            "ContentShown",
            whole(vec![
                ("content", list(to("ScreenView"), "The greatest priority first.")),
                (
                    "faults",
                    list(to("ScreenViewFault"), "Screen views that they do not get, though they are shown now."),
                ),
            ]),
        ),
        (
            "ScreenView",
            whole(vec![
                ("id", id("The screen view.")),
                ("name", text("Its name at the console.")),
                ("priority", json!({"type": "integer", "description": "0 to 1000, the greatest first."})),
                ("until", maybe_time("When it ends; null if it has no end.")),
                (
                    "content",
                    json!({"type": ["object", "array", "string", "number", "boolean", "null"], "description": "As it was written, filled in for the person; a text if it is one."}),
                ),
            ]),
        ),
        (
            "ScreenViewFault",
            whole(vec![
                ("id", id("The screen view.")),
                ("name", text("Its name at the console.")),
                ("reason", text("What is wrong, for whoever wrote it.")),
            ]),
        ),
    ]
}
