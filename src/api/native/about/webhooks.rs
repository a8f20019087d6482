//! Documentation of the calls about webhooks.

use serde_json::{Value, json};

use super::operation;
use crate::{
    developers::{Operation, Resource},
    rejections::codes,
};

/// The secret of the example, that of the standard's own examples.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn a_webhook(name: &str) -> Value {
    json!({
        "id": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b11", "name": name, "url": "https://shop.example/hooks/kith",
        "happenings": ["segment.entered"], "segments": ["019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b12"], "on": true,
        "off_cause": null, "failing_since": null, "created_at": "2026-11-22T08:30:00Z",
    })
}

pub fn post_webhook() -> Operation {
    let about = "From then on kith sends a signed message there when somebody enters or leaves a segment. The answer alone has the secret.";
    let mut made = a_webhook("Shop backend");
    made["secret"] = SECRET.into();
    let post = operation("postWebhook", Resource::Webhooks, "Create a webhook", about).takes(
        "WebhookMade",
        json!({
            "name": "Shop backend", "url": "https://shop.example/hooks/kith", "happenings": ["segment.entered"],
            "segments": ["019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b12"], "on": true, "secret": SECRET,
        }),
    );
    Operation { refused: &[codes::LIMIT_REACHED], ..post.answers(201, "NewWebhook", "The webhook.", made) }
}

pub fn list_webhooks() -> Operation {
    operation("listWebhooks", Resource::Webhooks, "List webhooks", "").answers(
        200,
        "Webhooks",
        "All webhooks of the environment.",
        json!({"webhooks": [a_webhook("Shop backend")]}),
    )
}

pub fn get_webhook() -> Operation {
    let get = operation("getWebhook", Resource::Webhooks, "Read a webhook", "");
    let get = get.answers(200, "Webhook", "The webhook.", a_webhook("Shop backend"));
    Operation { refused: &[codes::NOT_FOUND], ..get }
}

pub fn patch_webhook() -> Operation {
    let about = "What is not named stays. A webhook that was turned on again begins with what happens from then on.";
    let patch = operation("patchWebhook", Resource::Webhooks, "Change a webhook", about)
        .takes("WebhookChange", json!({
            "name": "Shop", "url": "https://shop.example/hooks/kith", "happenings": ["segment.entered"],
            "segments": ["019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b12"], "on": true, "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        }))
        .answers(200, "Webhook", "The webhook as it is then.", a_webhook("Shop"));
    Operation { refused: &[codes::NOT_FOUND], ..patch }
}

pub fn delete_webhook() -> Operation {
    let about = "Nothing is sent there any more, and its log disappears.";
    let delete = operation("deleteWebhook", Resource::Webhooks, "Delete a webhook", about);
    Operation { refused: &[codes::NOT_FOUND], ..delete.answers(200, "Nothing", "It is gone.", json!({})) }
}
