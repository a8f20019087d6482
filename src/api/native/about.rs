//! Documentation of each call. A test sends the examples, in the order of the routes, and compares the answers.

mod messages;
mod screen_views;
mod segments;
mod webhooks;

pub use messages::{cancel_message, get_message, list_messages, post_message};
pub use screen_views::get_content;
pub use segments::{
    delete_member, get_membership, get_segment, list_members, list_memberships, list_segments, patch_members,
    patch_segment, post_segment, put_member,
};
pub use webhooks::{delete_webhook, get_webhook, list_webhooks, patch_webhook, post_webhook};

use serde_json::{Value, json};

use crate::{
    developers::{Answer, Body, Operation, Resource},
    rejections::codes,
    subscriptions::Medium,
    verdict::Rules,
};

fn operation(id: &'static str, resource: Resource, summary: &'static str, about: &'static str) -> Operation {
    Operation { id, resource, summary, about, query: &[], body: None, answer: Answer::Changed, refused: &[] }
}

impl Operation {
    fn takes(self, schema: &'static str, example: Value) -> Self {
        Self { body: Some(Body { schema, example }), ..self }
    }

    fn asks(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    fn answers(self, status: u16, schema: &'static str, about: &'static str, example: Value) -> Self {
        Self { answer: Answer::Own { status, about, schema, example }, ..self }
    }
}

pub fn put_profile() -> Operation {
    let about = "What is not named stays. A statement counts if it is newer than what is known, by as_of, so calls may come in any order.";
    operation("putProfile", Resource::Profiles, "Create or change a profile", about).takes(
        "ProfileChange",
        json!({
            "identifiers": {"anonymous_id": "b7d1"},
            "attributes": {"first_name": "Priya", "last_name": "Nair", "plan": "pro", "trial_ends": null},
            "tags": {"add": ["vip"], "remove": ["trial"]},
            "channels": {"email": "priya@example.com", "sms": "+14155550123", "whatsapp": "+442079460018", "slack": "U02ABCDEF",
                "discord": "80351110224678912", "teams": "customers"},
            "devices": [{"token": "fcm-1Aa9", "type": "push", "platform": "iOS", "model": "iPhone 17", "os_version": "26.1",
                "active": true, "limits_ad_tracking": false, "att_status": "authorized"}],
            "consents": {"profiling": {"given": true, "document": "privacy policy v3"}},
            "subscriptions": [{"channel": "email", "topic": "news", "state": "subscribed", "reason": "user"}],
            "created_at": "2026-01-01T00:00:00Z",
            "as_of": "2026-11-20T08:30:00Z",
        }),
    )
}

/// The answer to the example of `put_profile`.
pub fn a_profile() -> Value {
    json!({
        "id": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b01", "name": "Priya Nair",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-11-22T08:30:00Z",
        "first_seen_at": "2026-01-01T00:00:00Z", "last_seen_at": null, "merged_from": [],
        "identifiers": [
            {"kind": "id", "value": "42", "first_seen_at": "2026-11-20T08:30:00Z", "source": "API key Shop backend"},
            {"kind": "anonymous_id", "value": "b7d1", "first_seen_at": "2026-11-20T08:30:00Z", "source": "API key Shop backend"},
        ],
        "attributes": {"first_name": "Priya", "last_name": "Nair", "plan": "pro"},
        "tags": ["vip"],
        "addresses": [
            {"channel": "discord", "address": "80351110224678912"},
            {"channel": "email", "address": "priya@example.com"},
            {"channel": "slack", "address": "U02ABCDEF"},
            {"channel": "sms", "address": "+14155550123"},
            {"channel": "teams", "address": "customers"},
            {"channel": "whatsapp", "address": "+442079460018"},
        ],
        "devices": [{"token": "fcm-1Aa9", "type": "push", "platform": "ios", "model": "iPhone 17", "os_version": "26.1",
            "active": true, "limits_ad_tracking": false, "att_status": "authorized",
            "first_seen_at": "2026-11-20T08:30:00Z", "last_seen_at": "2026-11-20T08:30:00Z"}],
        "subscriptions": [{"channel": "email", "topic": "news", "state": "subscribed", "reason": "user"}],
        "consents": [{"purpose": "profiling", "given": true, "document": "privacy policy v3"}],
        "restrictions": [],
    })
}

/// The same profile with three parts.
fn in_brief() -> Value {
    let mut brief = a_profile();
    if let Some(fields) = brief.as_object_mut() {
        for part in ["attributes", "addresses", "devices", "subscriptions", "consents", "restrictions"] {
            fields.remove(part);
        }
        fields.insert("segments".to_owned(), json!([]));
    }
    brief
}

pub fn get_profile() -> Operation {
    let about = "Of a merged profile the survivor.";
    operation("getProfile", Resource::Profiles, "Read a profile", about).asks(&["fields"]).answers(
        200,
        "Profile",
        "The profile.",
        in_brief(),
    )
}

pub fn list_profiles() -> Operation {
    let about = "In the order in which kith came to know them, which never changes; with changed_since by their last change, so who changes \
        meanwhile comes again. With identifier the answer is that one profile instead of a page. With `Accept: application/x-ndjson` a page \
        is one profile a line, and the address of the next one is in the header Link, as rel=next.";
    operation("listProfiles", Resource::Profiles, "List profiles, or find one", about)
        .asks(&["identifier", "filter", "changed_since", "fields", "limit", "cursor"])
        .answers(
            200,
            "ProfilesOrOne",
            "A page of profiles, or the one.",
            json!({"profiles": [in_brief()], "next_cursor": null}),
        )
}

pub fn patch_attributes() -> Operation {
    let about = "Takes the values by name; null deletes one. Others stay.";
    operation("patchAttributes", Resource::Profiles, "Set and delete attributes", about)
        .takes("Attributes", json!({"plan": "team", "seats": 12, "referrer": null}))
}

pub fn patch_tags() -> Operation {
    operation("patchTags", Resource::Profiles, "Put tags on and take them off", "")
        .takes("TagChange", json!({"add": ["beta"], "remove": ["trial"]}))
}

pub fn delete_profile() -> Operation {
    let about = "Everything about them is removed for good: profile, events, notes and history. What was said before that and arrives later is refused (erased).";
    operation("deleteProfile", Resource::Erasure, "Erase a profile", about).asks(&["block"]).answers(
        202,
        "Nothing",
        "They are gone.",
        json!({}),
    )
}

pub fn get_subscriptions() -> Operation {
    let line = json!({"channel": "email", "topic": "news", "state": "subscribed", "reason": "user"});
    operation("getSubscriptions", Resource::Contact, "Read subscriptions", "").answers(
        200,
        "Subscriptions",
        "Where each subscription stands.",
        json!({"subscriptions": [line]}),
    )
}

/// The verdict about an SMS to the example's person, who never said anything about SMS.
fn never_agreed() -> Value {
    let layer = |(name, state): (&str, &str)| json!({"layer": name, "state": state});
    let mut layers: Vec<Value> = [
        ("disabled", "passes"),
        ("suppressed", "passes"),
        ("address", "passes"),
        ("address_blocked", "passes"),
        ("opted_out", "passes"),
        ("paused", "passes"),
        ("channel", "blocks"),
        ("topic", "not_asked"),
        ("consent", "not_asked"),
    ]
    .map(layer)
    .into();
    let why = "they have not agreed to SMS messages.";
    let lift = "They can change this themselves, or an admin can, with a reason.";
    layers[6] = json!({"layer": "channel", "state": "blocks", "since": null, "by": null, "why": why, "lift": lift});
    json!({
        "profile": "id:42", "id": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b01", "may_send": false, "channel": "sms",
        "kind": "campaign", "topic": null, "first_block": "channel", "sentence": format!("SMS is blocked: {why} {lift}"),
        "layers": layers,
    })
}

pub fn get_verdict() -> Operation {
    let about =
        "All layers that can stand in the way, in order; the first one that blocks is the reason. Ask before you send.";
    operation("getVerdict", Resource::Contact, "Ask whether somebody may be messaged, and why not", about)
        .asks(&["channel", "kind", "topic"])
        .answers(200, "Verdict", "The answer with its reasons.", never_agreed())
}

pub fn post_verdicts() -> Operation {
    let about = "The answers come in the order of the people. Changes nothing.";
    operation("postVerdicts", Resource::Contact, "Ask that for up to a thousand people", about)
        .takes(
            "Message",
            json!({"channel": "sms", "kind": "campaign", "topic": "offers", "profiles": ["id:42", "id:4711"]}),
        )
        .answers(200, "Verdicts", "An answer for each of them.", {
            let mut asked = never_agreed();
            asked["topic"] = "offers".into();
            asked["layers"][7]["state"] = "passes".into();
            json!({"verdicts": [asked, {"profile": "id:4711", "code": "not_found"}]})
        })
}

pub fn get_topics() -> Operation {
    let each = |value: Value| -> serde_json::Map<String, Value> {
        Medium::ALL.iter().map(|channel| (channel.as_str().to_owned(), value.clone())).collect()
    };
    let topic = json!({"topic": "news", "name": "Weekly news", "description": "Every Friday.", "section": "News",
        "defaults": each("on".into()), "is_sale": false, "purposes": ["gdpr.marketing"], "retired_at": null});
    let channel = |channel: &Medium| {
        let needs_yes = Rules::usually_asks_first(*channel);
        json!({"channel": channel.as_str(), "needs_yes": needs_yes, "purposes": [], "confirmations_a_day": null})
    };
    let channels: Vec<Value> = Medium::ALL.iter().map(channel).collect();
    let about = "In the order in which people read them, retired ones last. Topics that nobody defined are accepted too: they are on.";
    operation("getTopics", Resource::Contact, "List topics and the rules of channels", about).answers(
        200,
        "Topics",
        "What the workspace decided.",
        json!({"topics": [topic], "channels": channels}),
    )
}

pub fn get_purposes() -> Operation {
    let purpose = json!({"purpose": "gdpr.marketing", "name": "Marketing", "description": "", "regulation": "gdpr"});
    operation("getPurposes", Resource::Contact, "List purposes of consents", "By key.").answers(
        200,
        "Purposes",
        "The purposes that are defined.",
        json!({"purposes": [purpose]}),
    )
}

pub fn put_subscription() -> Operation {
    let about = "A closed subscription is opened only by a newer statement.";
    operation("putSubscription", Resource::Contact, "Set a subscription", about).takes(
        "SubscriptionChange",
        json!({"channel": "sms", "topic": "offers", "state": "unsubscribed", "reason": "complaint", "as_of": "2026-11-21T10:00:00Z"}),
    )
}

pub fn get_restrictions() -> Operation {
    let about =
        "In force until they are lifted, or until a time. Those of addresses that somebody no longer has do not count.";
    operation("getRestrictions", Resource::Contact, "Read what keeps messages from somebody", about).answers(
        200,
        "Restrictions",
        "What is in force.",
        json!({"restrictions": [{"kind": "suppressed", "channel": "email", "address": {"email": "priya@example.com"},
            "cause": "request", "until": "2026-12-03T00:00:00Z", "words": "on holiday"}]}),
    )
}

pub fn put_restriction() -> Operation {
    let about = "Whatever they want: all messages off (disabled), none until a day (paused), an entry of the suppression list (suppressed, \
        with a channel or all), or an address that takes none (blocked, with the address, or with the channel of one that they have). \
        lifted ends it; no subscription does. A key lifts disabled and paused if it may loosen, and never the others: what stays is answered.";
    operation("putRestriction", Resource::Contact, "Keep messages from somebody, or allow them again", about).takes(
        "RestrictionChange",
        json!({"kind": "suppressed", "channel": "email", "address": {"email": "priya@example.com"}, "lifted": false,
            "cause": "request", "until": "2026-12-03T00:00:00Z", "words": "on holiday", "as_of": "2026-11-21T10:00:00Z"}),
    )
}

pub fn put_restriction_of_address() -> Operation {
    let about = "Suppressed or blocked, for everybody who has the address now or gets it later. Not with a key for browsers; no key lifts one.";
    operation("putRestrictionOfAddress", Resource::Contact, "Keep messages from an address, or allow them again", about)
        .takes(
            "AddressRestriction",
            json!({"kind": "suppressed", "channel": "all", "address": {"email": "gone@example.com"}, "lifted": false,
                "cause": "list", "until": "2027-11-21T10:00:00Z", "words": "550 no such user", "as_of": "2026-11-21T10:00:00Z"}),
        )
        .answers(200, "Nothing", "It is stored.", json!({}))
}

pub fn put_consent() -> Operation {
    operation("putConsent", Resource::Contact, "Set a consent", "").takes(
        "Consent",
        json!({"given": true, "document": "newsletter terms v2", "location": "checkout", "hardware_id": "kiosk-3", "as_of": "2026-11-21T10:00:00Z"}),
    )
}

pub fn put_device() -> Operation {
    operation("putDevice", Resource::Contact, "Set a device", "A device belongs to whoever used it last.").takes(
        "Device",
        json!({"type": "push", "platform": "Android", "model": "Pixel 11", "os_version": "17", "active": true,
            "limits_ad_tracking": true, "att_status": "denied", "removed": false}),
    )
}

pub fn delete_device() -> Operation {
    operation("deleteDevice", Resource::Contact, "Take a device off a profile", "")
}

pub fn post_event() -> Operation {
    let about = "202 means that it is stored.";
    operation("postEvent", Resource::Events, "Send one event", about)
        .takes(
            "Event",
            json!({
                "type": "event", "id": "order-1001", "name": "Order Completed", "kind": "event", "profile": {"id": "42"},
                "properties": {"total": 129.95, "currency": "EUR"}, "context": {"ip": "203.0.113.7"}, "occurred_at": "2026-11-22T01:30:00Z",
            }),
        )
        .answers(202, "EventAnswer", "It is stored, now or before.", json!({"duplicate": false}))
}

pub fn post_batch() -> Operation {
    let about = "Each item is stored or rejected for itself. What is not in rejected is stored when the answer comes; do not send it again.";
    operation("postBatch", Resource::Events, "Send up to a thousand items", about)
        .takes(
            "Batch",
            json!({"items": [
                {"type": "identify", "profile": {"id": "43", "email": "ann@example.com"}, "attributes": {"plan": "free"},
                    "tags": {"add": ["trial"]}, "channels": {"email": "ann@example.com", "sms": null}, "devices": [{"token": "fcm-9Zz1", "removed": true}],
                    "consents": {"profiling": {"given": false}}, "subscriptions": [{"channel": "email", "state": "pending"}],
                    "created_at": "2026-11-22T01:00:00Z", "as_of": "2026-11-22T01:00:00Z"},
                {"type": "event", "id": "order-1001", "name": "Order Completed", "kind": "event", "profile": {"id": "42"},
                    "properties": {"total": 129.95, "currency": "EUR"}, "context": {"ip": "203.0.113.7"}, "occurred_at": "2026-11-22T01:30:00Z"},
                {"type": "tag", "profile": {"id": "43"}, "add": ["beta"], "remove": ["trial"], "as_of": "2026-11-22T02:00:00Z"},
                {"type": "subscribe", "profile": {"id": "43"}, "channel": "push", "topic": "news", "state": "pending", "reason": "user", "as_of": "2026-11-22T02:00:00Z"},
                {"type": "unsubscribe", "profile": {"id": "43"}, "channel": "email", "topic": "news", "state": "suppressed", "reason": "bounce", "as_of": "2026-11-22T02:00:00Z"},
                {"type": "restrict", "profile": {"id": "43"}, "kind": "suppressed", "channel": "sms", "address": {"sms": "+14155550123"},
                    "lifted": false, "cause": "list", "until": "2027-11-22T02:00:00Z", "words": "asked by phone", "as_of": "2026-11-22T02:00:00Z"},
                {"type": "segment", "profile": {"id": "43"}, "segment": segments::KEPT, "member": true, "as_of": "2026-11-22T02:00:00Z"},
                {"type": "merge", "profile": {"id": "43"}, "from": "anonymous_id:c9e2"},
                {"type": "delete", "profile": {"id": "44"}, "block": false},
                {"type": "tag", "profile": {"id": "43"}, "add": ["two words"]},
            ]}),
        )
        .answers(200, "BatchAnswer", "What became of the items.", json!({
            "accepted": 8, "duplicates": 1,
            "rejected": [{"index": 9, "code": "invalid_value", "field": "add[0]",
                "message": "add[0] must have 1 to 20 letters from a to z, digits, hyphens or underscores; got \"two words\""}],
            "kept_stricter": [],
        }))
}

pub fn list_activity() -> Operation {
    operation("listActivity", Resource::Events, "List a profile's events", "").asks(&["limit", "cursor"]).answers(
        200,
        "ActivityPage",
        "A page of events, the newest first.",
        json!({"activity": [{
            "type": "event", "id": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b02", "kind": "event", "name": "Order Completed",
            "occurred_at": "2026-11-22T01:30:00Z", "received_at": "2026-11-22T01:30:01Z", "source": "API key Shop backend",
            "properties": {"total": 129.95, "currency": "EUR"}, "context": {"ip": "203.0.113.7"},
        }], "next_cursor": null}),
    )
}

pub fn merge() -> Operation {
    let about = "From then on the identifiers and the own id of the other one lead to this profile, which keeps its own values. \
        Of two answers about a subscription or a consent the stricter one counts.";
    operation("mergeProfile", Resource::Merges, "Join somebody else into a profile", about)
        .takes("MergeFrom", json!({"from": "id:43"}))
}

pub fn list_merges() -> Operation {
    operation("listMerges", Resource::Merges, "List the merges that can be undone", "Those of the last 30 days.").answers(
        200,
        "Merges",
        "The merges, the newest first.",
        json!({"merges": [{
            "id": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b10", "profile": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b03", "identifier": "43",
            "merged_at": "2026-11-22T08:31:00Z", "source": "API key Shop backend", "undo_until": "2026-12-22T08:31:00Z",
        }]}),
    )
}

pub fn undo_merge() -> Operation {
    let about =
        "Both are as they were, but for what was said of the survivor since. Answers with the profile that is back.";
    let undo = operation("undoMerge", Resource::Merges, "Make two people of one again", about);
    Operation { refused: &[codes::ALREADY_UNDONE, codes::UNDO_TOO_LATE, codes::MERGED_SINCE], ..undo }
}

pub fn list_rejections() -> Operation {
    let about = "Of every key and format of the key's environment. About the newest 10,000 are kept.";
    operation("listRejections", Resource::Rejections, "List what was refused", about).asks(&["limit", "cursor"]).answers(
        200,
        "RejectionPage",
        "A page of refused items, the newest first.",
        json!({"rejections": [{
            "id": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b20", "received_at": "2026-11-22T08:30:00Z", "key": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b30",
            "format": "native", "type": "tag", "code": "invalid_value", "field": "add[0]",
            "message": "add[0] must have 1 to 20 letters from a to z, digits, hyphens or underscores; got \"two words\"",
            "item": {"type": "tag", "profile": {"id": "43"}, "add": ["two words"]}, "index": 9, "rest_kept": false,
        }], "next_cursor": null}),
    )
}
