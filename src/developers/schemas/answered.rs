//! Schemas of answers.

use serde_json::{Value, json};

use super::{
    Fields, addresses, anything, causes, channels, flag, id, list, maybe, maybe_time, mediums, object, one_of, reasons,
    restricted, states, text, time, to, whole,
};
use crate::{
    outputs::HappeningKind,
    rejections::codes,
    verdict::{Layer, MessageKind, TopicDefault},
};

/// The schema of a page of a list.
pub(super) fn page(name: &'static str, of: &str, order: &str) -> Value {
    whole(vec![
        (name, list(to(of), order)),
        ("next_cursor", maybe("The cursor of the next page; null on the last one.")),
    ])
}

/// An item of a call of which something is not taken.
fn refused() -> Value {
    whole(vec![
        ("index", json!({"type": "integer", "description": "Its place in the call, from 0."})),
        ("code", one_of(codes::ALL.iter().map(|code| code.as_str()), "Why.")),
        ("field", text("The field, or nothing.")),
        ("message", text("What is wrong and what to do.")),
    ])
}

/// Fields of a webhook.
fn webhook() -> Fields {
    vec![
        ("id", id("The webhook.")),
        ("name", text("Its name for people.")),
        ("url", text("Where messages are sent.")),
        ("happenings", list(one_of(HappeningKind::ALL.map(HappeningKind::as_str), "A kind."), "What it is told of.")),
        (
            "segments",
            json!({"type": ["array", "null"], "items": id("A segment."), "description": "Of which segments it is told; null for all."}),
        ),
        ("on", flag("Whether it sends.")),
        (
            "off_cause",
            json!({"type": ["string", "null"], "enum": ["gone", "failing", null], "description": "Why kith turned it off by itself."}),
        ),
        ("failing_since", maybe_time("The first failure since the last success.")),
        ("created_at", time("When it was created.")),
    ]
}

/// All schemas of answers.
pub fn all() -> Fields {
    vec![
        (
            "Profile",
            object(
                7,
                vec![
                    ("id", id("Our own id, for good.")),
                    ("name", maybe("What kith calls them.")),
                    ("created_at", time("When they were first known.")),
                    ("updated_at", time("When anything about them last changed.")),
                    ("first_seen_at", maybe_time("The earliest that is known of them.")),
                    ("last_seen_at", maybe_time("Their last event.")),
                    (
                        "merged_from",
                        list(id("An own id."), "Profiles that became part of this one; their ids lead here."),
                    ),
                    ("identifiers", list(to("KnownIdentifier"), "At most a thousand.")),
                    ("attributes", anything("Values by name.")),
                    ("tags", list(json!({"type": "string"}), "By name.")),
                    (
                        "addresses",
                        list(
                            whole(vec![("channel", addresses("Through what.")), ("address", text("Where."))]),
                            "Where they are reached.",
                        ),
                    ),
                    ("devices", list(to("KnownDevice"), "At most a thousand.")),
                    ("subscriptions", list(to("KnownSubscription"), "What they want to receive.")),
                    ("consents", list(to("KnownConsent"), "What they agreed to.")),
                    ("restrictions", list(to("Restriction"), "What keeps messages from them.")),
                    ("segments", list(to("MemberOf"), "The segments with them, by name. Only if fields names it.")),
                ],
            ),
        ),
        (
            "KnownIdentifier",
            whole(vec![
                ("kind", text("Its kind.")),
                ("value", text("Its value.")),
                ("first_seen_at", time("Since when it is theirs.")),
                ("source", text("Who said so first.")),
            ]),
        ),
        (
            "KnownDevice",
            whole(vec![
                ("token", text("Its token.")),
                ("type", one_of(["push", "webpush", "inapp"], "Its type.")),
                ("platform", maybe("Its platform.")),
                ("model", maybe("Its model.")),
                ("os_version", maybe("Its version.")),
                ("active", flag("Whether it takes messages.")),
                (
                    "limits_ad_tracking",
                    json!({"type": ["boolean", "null"], "description": "Whether it limits ad tracking."}),
                ),
                ("att_status", maybe("Apple's App Tracking Transparency status.")),
                ("first_seen_at", time("Since when it is theirs.")),
                ("last_seen_at", time("When it was last said to be.")),
            ]),
        ),
        (
            "KnownSubscription",
            whole(vec![
                ("channel", mediums("Through what.")),
                ("topic", maybe("About what; null is about everything.")),
                ("state", states()),
                ("reason", reasons()),
            ]),
        ),
        (
            "KnownConsent",
            object(
                2,
                vec![
                    ("purpose", text("To what.")),
                    ("given", flag("Whether they agree.")),
                    ("document", text("What they agreed to.")),
                    ("location", text("Where they said so.")),
                    ("hardware_id", text("On which device.")),
                ],
            ),
        ),
        (
            "Restriction",
            object(
                2,
                vec![
                    ("kind", restricted()),
                    ("cause", causes()),
                    ("channel", mediums("Of a suppression: through what.")),
                    ("address", anything("Of an address: its channel and the address.")),
                    ("until", time("When it ends by itself.")),
                    ("words", text("What they did or asked for, or what a provider answered.")),
                ],
            ),
        ),
        ("Restrictions", whole(vec![("restrictions", list(to("Restriction"), "What is in force."))])),
        ("Nothing", json!({"type": "object", "maxProperties": 0, "description": "What keys that may not read get."})),
        ("ProfilePage", page("profiles", "Profile", "As kith came to know them, or by their last change.")),
        ("ProfilesOrOne", json!({"anyOf": [to("ProfilePage"), to("Profile")]})),
        ("Subscriptions", whole(vec![("subscriptions", list(to("KnownSubscription"), "By channel and topic."))])),
        (
            "Verdict",
            whole(vec![
                ("profile", text("Whom you asked about.")),
                ("id", id("Their own id.")),
                ("may_send", flag("Whether such a message may be sent.")),
                ("channel", channels("Through what.")),
                ("kind", one_of(MessageKind::ALL.map(MessageKind::as_str), "Why it is sent.")),
                ("topic", maybe("About what.")),
                ("first_block", maybe("The layer that is the reason; null if it may be sent.")),
                ("sentence", text("The answer in words that can be read to a caller.")),
                ("layers", list(to("Layer"), "All layers, in order.")),
            ]),
        ),
        (
            "Layer",
            object(
                2,
                vec![
                    ("layer", one_of(Layer::ALL.map(Layer::as_str), "What can stand in the way.")),
                    (
                        "state",
                        one_of(["passes", "not_asked", "blocks"], "Not asked: it does not hold for such a message."),
                    ),
                    ("since", maybe_time("If it blocks: since when; null if nothing was ever said.")),
                    ("by", maybe("If it blocks: who said so.")),
                    ("why", text("If it blocks: why.")),
                    ("lift", text("If it blocks: who can take it away, and how.")),
                ],
            ),
        ),
        (
            "NoVerdict",
            whole(vec![
                ("profile", text("Whom you asked about.")),
                ("code", one_of(["not_found", "ambiguous"], "Why there is no answer.")),
            ]),
        ),
        (
            "Verdicts",
            whole(vec![(
                "verdicts",
                list(json!({"anyOf": [to("Verdict"), to("NoVerdict")]}), "One for each of the people, in their order."),
            )]),
        ),
        (
            "Topics",
            whole(vec![
                ("topics", list(to("Topic"), "In order, retired ones last.")),
                ("channels", list(to("ChannelRules"), "All channels.")),
            ]),
        ),
        (
            "Topic",
            whole(vec![
                ("topic", text("The topic as you send it.")),
                ("name", text("What people read.")),
                ("description", text("What people get; may be empty.")),
                ("section", maybe("The heading under which it stands.")),
                (
                    "defaults",
                    json!({
                        "type": "object", "description": "By channel, what holds until a person answers.",
                        "additionalProperties": one_of(TopicDefault::ALL.map(TopicDefault::as_str), "What holds."),
                    }),
                ),
                ("is_sale", flag("Whether its messages are a sale of data.")),
                ("purposes", list(json!({"type": "string"}), "Purposes that must have been agreed to.")),
                ("retired_at", maybe_time("Since when nobody can choose it any more.")),
            ]),
        ),
        (
            "ChannelRules",
            whole(vec![
                ("channel", channels("The channel.")),
                ("needs_yes", flag("Whether campaigns need a yes first.")),
                ("purposes", list(json!({"type": "string"}), "Purposes that must have been agreed to.")),
                (
                    "confirmations_a_day",
                    json!({
                        "type": ["integer", "null"],
                        "description": "Messages a day that may ask one address for confirmation; null if none is asked.",
                    }),
                ),
            ]),
        ),
        (
            "Purposes",
            whole(vec![(
                "purposes",
                list(
                    whole(vec![
                        ("purpose", text("The purpose as you send it.")),
                        ("name", text("What people read.")),
                        ("description", text("What they agree to; may be empty.")),
                        ("regulation", one_of(["gdpr", "ccpa"], "With ccpa, a yes means that the person opted out.")),
                    ]),
                    "By key.",
                ),
            )]),
        ),
        ("ActivityPage", page("activity", "KnownEvent", "Newest first.")),
        (
            "KnownEvent",
            whole(vec![
                ("type", json!({"const": "event"})),
                ("id", id("Our own id.")),
                ("kind", one_of(["event", "page", "screen"], "Its kind.")),
                ("name", text("What happened.")),
                ("occurred_at", time("When.")),
                ("received_at", time("When it arrived.")),
                ("source", text("Who sent it.")),
                ("properties", anything("Its particulars.")),
                (
                    "context",
                    json!({"type": ["object", "null"], "additionalProperties": true, "description": "What surrounded it."}),
                ),
            ]),
        ),
        ("EventAnswer", whole(vec![("duplicate", flag("Whether it was stored before."))])),
        (
            "BatchAnswer",
            whole(vec![
                ("accepted", json!({"type": "integer", "description": "Items that are stored, or changed nothing."})),
                ("duplicates", json!({"type": "integer", "description": "Events that were stored before."})),
                ("rejected", list(refused(), "Items that are not stored.")),
                (
                    "kept_stricter",
                    list(
                        refused(),
                        "Items that are stored, of which an answer stays stricter than they say: the key may not loosen.",
                    ),
                ),
            ]),
        ),
        (
            "Merges",
            whole(vec![(
                "merges",
                list(
                    whole(vec![
                        ("id", id("The merge.")),
                        ("profile", id("Who became part of the profile.")),
                        ("identifier", text("The strongest that they had.")),
                        ("merged_at", time("When.")),
                        ("source", text("Who said so.")),
                        ("undo_until", time("Until when it can be undone.")),
                    ]),
                    "Newest first, at most ten.",
                ),
            )]),
        ),
        ("RejectionPage", page("rejections", "Rejection", "Newest first.")),
        (
            "Rejection",
            whole(vec![
                ("id", id("The rejection.")),
                ("received_at", time("When it arrived.")),
                ("key", id("The key.")),
                ("format", text("The format.")),
                ("type", text("What the format calls the item.")),
                ("code", text("Why.")),
                ("field", text("The field, or nothing.")),
                ("message", text("What is wrong.")),
                ("item", json!({"description": "The item as it was sent, cut if it is long."})),
                ("index", json!({"type": "integer", "description": "Its place in the call, from 0."})),
                ("rest_kept", flag("Only a value of it was left out.")),
            ]),
        ),
        ("Webhooks", whole(vec![("webhooks", list(to("Webhook"), "By name, at most fifty."))])),
        ("Webhook", whole(webhook())),
        (
            "NewWebhook",
            whole(
                [webhook(), vec![("secret", text("The secret by which its messages are signed, for the receiver."))]]
                    .concat(),
            ),
        ),
        (
            "Problem",
            object(
                6,
                vec![
                    ("type", text("Always about:blank.")),
                    ("title", text("What the status is called.")),
                    ("status", json!({"type": "integer", "description": "The status."})),
                    ("detail", text("What is wrong and what to do.")),
                    (
                        "code",
                        one_of(
                            codes::ALL.iter().map(|code| code.as_str()),
                            "For programs: it keeps its meaning for good.",
                        ),
                    ),
                    ("message", text("The same as detail.")),
                    ("field", text("The field that it is about.")),
                    (
                        "column",
                        json!({"type": "integer", "description": "With a filter: the character at which it is wrong, from 1."}),
                    ),
                    ("suggestion", text("With a filter: what it may have meant.")),
                    (
                        "candidates",
                        json!({"type": "array", "items": {"type": "string"}, "description": "With ambiguous: own ids of the people whom the address can mean."}),
                    ),
                ],
            ),
        ),
    ]
}
