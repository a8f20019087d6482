//! Schemas of bodies and items.

use serde_json::{Value, json};

use super::{
    Fields, anything, causes, channels, flag, id, list, maybe, mediums, moment, named, object, one_of, reasons,
    reference, restricted, said_states, short, text, to,
};
use crate::{
    api::formats::native::MOST_ITEMS,
    outputs::{HappeningKind, MOST_SEGMENTS, WebhookName},
    segments::{SegmentKind, SegmentName},
};

/// The schema of an object that is sent, of which the first `needed` fields are required. Null in another one is as if it were missing.
pub(super) fn said(needed: usize, fields: Fields) -> Value {
    let may_be_null = |(place, (name, schema))| (name, if place < needed { schema } else { or_null(schema) });
    object(needed, fields.into_iter().enumerate().map(may_be_null).collect())
}

fn or_null(mut schema: Value) -> Value {
    if let Some(reference) = schema.as_object_mut().and_then(|fields| fields.remove("$ref")) {
        schema["anyOf"] = json!([{"$ref": reference}, {"type": "null"}]);
    }
    match schema.get_mut("type") {
        Some(Value::Array(kinds)) if !kinds.contains(&json!("null")) => kinds.push("null".into()),
        Some(Value::String(kind)) => schema["type"] = json!([kind, "null"]),
        _ => {}
    }
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
    schema
}

fn as_of() -> (&'static str, Value) {
    ("as_of", moment("When this was true; the arrival if it is missing. Must not lie in the future."))
}

/// Fields of everything that can be stated about a profile.
fn profile_fields() -> Fields {
    vec![
        ("attributes", named("Attributes", "Values by name; null deletes.")),
        ("tags", named("TagChange", "Tags put on and taken off.")),
        ("channels", named("Channels", "Addresses by channel; null deletes.")),
        ("devices", list(to("DeviceEntry"), "Devices that are theirs.")),
        (
            "consents",
            json!({
                "type": "object", "additionalProperties": to("Consent"), "description": "Answers by purpose.",
            }),
        ),
        ("subscriptions", list(to("Subscription"), "What they want to receive.")),
        ("created_at", moment("When you first knew them. The earliest that anybody said counts.")),
        as_of(),
    ]
}

fn tag_fields() -> Fields {
    let word = || json!({"type": ["string", "number"], "pattern": "^[A-Za-z0-9_-]{1,20}$"});
    vec![
        ("add", list(word(), "Put on. A tag has 1 to 20 letters from a to z, digits, hyphens or underscores.")),
        ("remove", list(word(), "Taken off.")),
    ]
}

fn device_fields() -> Fields {
    vec![
        ("type", one_of(["push", "webpush", "inapp"], "\"push\" if it is missing.")),
        ("platform", text("Such as iOS.")),
        ("model", text("Such as iPhone 17.")),
        ("os_version", text("Such as 26.1.")),
        ("active", flag("Whether it takes messages; it does if this is missing.")),
        ("limits_ad_tracking", flag("Whether it limits ad tracking.")),
        ("att_status", text("Apple's App Tracking Transparency status.")),
        ("removed", flag("True takes the device off the profile.")),
    ]
}

fn restriction_fields() -> Fields {
    vec![
        ("kind", restricted()),
        (
            "channel",
            mediums("Of suppressed: through what. Of blocked without an address: the channel of one that they have."),
        ),
        ("address", named("Channels", "One address by its channel, of suppressed or blocked.")),
        ("lifted", flag("True allows messages again.")),
        ("cause", causes()),
        ("until", moment("When it ends by itself: of paused, and of suppressed if it does.")),
        ("words", short(500, "What they did or asked for, or what a provider answered.")),
        as_of(),
    ]
}

fn subscription_fields() -> Fields {
    vec![
        ("state", said_states()),
        ("channel", mediums("Through what; \"all\" if only a topic is given.")),
        ("topic", text("About what. Give a channel, a topic or both.")),
        ("reason", reasons()),
    ]
}

/// Kinds of segments that are made through the API.
fn made_kinds() -> Value {
    one_of(
        [SegmentKind::Live, SegmentKind::Kept].map(SegmentKind::as_str),
        "Who decides about its members; live if it is missing.",
    )
}

fn membership_fields() -> Fields {
    vec![
        ("segment", id("A segment of kind kept.")),
        ("member", flag("Whether they are in it; they are if this is missing.")),
        as_of(),
    ]
}

fn members_fields() -> Fields {
    let somebody =
        || json!({"type": "string", "description": "As in an address: your id, a kind and a value, or ours."});
    vec![
        ("add", list(somebody(), "Who is in it from now on.")),
        ("remove", list(somebody(), "Who is not in it any more; with add 1 to 1,000 people.")),
        as_of(),
    ]
}

fn segment_fields() -> Fields {
    vec![
        ("name", short(SegmentName::LONGEST, "Its name for people; no other segment has it.")),
        (
            "definition",
            json!({"type": "string", "maxLength": 8000, "description": "A filter, as in the console's search box; empty for everybody. A live segment needs one, others have none."}),
        ),
        ("description", json!({"type": "string", "maxLength": 500, "description": "What it is for."})),
        (
            "folder",
            json!({"type": "string", "maxLength": 500, "description": "With which others it stands; empty for none."}),
        ),
        (
            "tags",
            json!({"type": "array", "items": {"type": "string"}, "maxItems": 10, "description": "Words for finding it."}),
        ),
        ("on_profiles", flag("Whether the console shows it on profiles; it does if this is missing.")),
    ]
}

fn webhook_fields() -> Fields {
    let kinds = HappeningKind::ALL.map(HappeningKind::as_str);
    let list_of = |items, most: usize, about| json!({"type": "array", "items": items, "minItems": 1, "maxItems": most, "description": about});
    vec![
        ("name", short(WebhookName::LONGEST, "Its name for people, such as the system that is told.")),
        ("url", short(2000, "Where messages are sent: an https address of the public internet.")),
        (
            "happenings",
            list_of(one_of(kinds, "A kind."), kinds.len(), "What it is told of; all of it if this is missing."),
        ),
        (
            "segments",
            list_of(
                id("A segment."),
                MOST_SEGMENTS,
                "Of which segments it is told; of all if this is missing or null.",
            ),
        ),
        ("on", flag("Whether it sends; it does if this is missing.")),
        (
            "secret",
            short(
                120,
                "Your secret: whsec_ and 24 to 64 random bytes in Base64. One is made if it is missing. The one before a changed one signs, too, for 24 hours.",
            ),
        ),
    ]
}

/// The schema of an object that names a channel, a topic or both.
fn on_a_line(mut schema: Value) -> Value {
    schema["anyOf"] = json!([{"required": ["channel"]}, {"required": ["topic"]}]);
    schema
}

fn event_fields() -> Fields {
    vec![
        ("name", short(256, "What happened, such as Order Completed.")),
        ("profile", named("Identifiers", "Who did it.")),
        (
            "id",
            json!({
                "type": ["string", "number"], "description": "Yours. An event with the id of one that is stored is a duplicate.",
            }),
        ),
        ("kind", one_of(["event", "page", "screen"], "\"event\" if it is missing.")),
        (
            "occurred_at",
            moment(
                "The arrival if it is missing, before 2000 or more than ten minutes ahead. Before 1900 and after 2199 it is refused.",
            ),
        ),
        ("properties", anything("Its particulars, at most 256 KiB.")),
        ("context", anything("What surrounded it.")),
    ]
}

/// The schema of an item: type, person, and further fields, of which the first `needed` are required.
fn item(kind: &'static str, needed: usize, rest: Fields) -> (&'static str, Value) {
    let mut fields = vec![
        ("type", json!({"const": kind, "description": "What the item says."})),
        ("profile", named("Identifiers", "About whom. They are made if nobody has any of these identifiers.")),
    ];
    fields.extend(rest.into_iter().filter(|(name, _)| *name != "profile"));
    (kind, said(2 + needed, fields))
}

/// All schemas of bodies and items.
pub fn all() -> Fields {
    let joined = |more: Fields, fields: Fields| more.into_iter().chain(fields).collect::<Fields>();
    let from = || {
        let mut from = reference();
        from["description"] = "Who becomes part of them, as kind:value.".into();
        ("from", from)
    };
    let restrict = || {
        let kind = ("type", json!({"const": "restrict", "description": "What the item says."}));
        let mut fields = restriction_fields();
        fields.insert(
            1,
            ("profile", named("Identifiers", "About whom; without it everybody with the address, now and later.")),
        );
        fields.insert(0, kind);
        fields
    };
    let items = [
        item("identify", 0, profile_fields()),
        item("event", 1, event_fields()),
        item("tag", 0, joined(tag_fields(), vec![as_of()])),
        ("subscribe", on_a_line(item("subscribe", 0, joined(subscription_fields(), vec![as_of()])).1)),
        ("unsubscribe", on_a_line(item("unsubscribe", 0, joined(subscription_fields(), vec![as_of()])).1)),
        ("restrict", said(2, restrict())),
        item("segment", 1, membership_fields()),
        item("merge", 1, vec![from()]),
        item("delete", 0, vec![("block", flag("True also keeps them from coming back."))]),
    ];
    let token = ("token", short(4096, "The device's token."));
    vec![
        (
            "Identifiers",
            json!({
                "type": "object", "minProperties": 1, "additionalProperties": {"type": ["string", "number", "null"]},
                "propertyNames": {"pattern": "^[a-z0-9_.-]{1,40}$"},
                "description": "Identifiers by kind: id, email, phone, anonymous_id, or a kind of your own.",
            }),
        ),
        ("Attributes", anything("Values by name; null deletes. A value is any JSON of at most 64 KiB.")),
        (
            "Channels",
            said(
                0,
                vec![
                    ("email", maybe("An email address.")),
                    ("whatsapp", maybe("A number of WhatsApp, where it is not the phone number.")),
                    ("slack", maybe("A user ID, a channel ID or an email of Slack, without spaces.")),
                    ("discord", maybe("A user ID or a channel ID of Discord.")),
                    ("teams", maybe("A channel of Teams.")),
                    (
                        "sms",
                        maybe("A phone number with country code; without one where the workspace has set a country."),
                    ),
                ],
            ),
        ),
        (
            "Message",
            said(
                2,
                vec![
                    ("channel", channels("Through what.")),
                    (
                        "profiles",
                        json!({"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": 1000,
                            "description": "Whom: each as in an address."}),
                    ),
                    (
                        "kind",
                        one_of(
                            ["campaign", "service"],
                            "Campaign if it is missing; service if the person's own act asked for it.",
                        ),
                    ),
                    ("topic", short(100, "About what, if about a topic.")),
                ],
            ),
        ),
        ("TagChange", said(0, tag_fields())),
        ("Device", said(0, device_fields())),
        ("DeviceEntry", said(1, joined(vec![token], device_fields()))),
        (
            "Consent",
            said(
                1,
                vec![
                    ("given", flag("Whether they agree.")),
                    ("document", text("What they agreed to.")),
                    ("location", text("Where they said so.")),
                    ("hardware_id", text("On which device they said so.")),
                    as_of(),
                ],
            ),
        ),
        ("Subscription", on_a_line(said(1, subscription_fields()))),
        ("SubscriptionChange", on_a_line(said(1, joined(subscription_fields(), vec![as_of()])))),
        ("RestrictionChange", said(1, restriction_fields())),
        ("AddressRestriction", {
            let mut schema = said(1, restriction_fields());
            schema["required"] = json!(["kind", "address"]);
            schema["properties"]["kind"]["enum"] = json!(["suppressed", "blocked"]);
            schema
        }),
        (
            "ProfileChange",
            said(
                0,
                joined(
                    vec![("identifiers", named("Identifiers", "More identifiers that are theirs."))],
                    profile_fields(),
                ),
            ),
        ),
        ("SegmentMade", said(1, joined(segment_fields(), vec![("kind", made_kinds())]))),
        ("MembersChange", said(0, members_fields())),
        ("SegmentChange", said(0, segment_fields())),
        ("WebhookMade", said(2, webhook_fields())),
        ("WebhookChange", said(0, webhook_fields())),
        ("MergeFrom", said(1, vec![from()])),
        (
            "Event",
            said(
                2,
                joined(
                    event_fields(),
                    vec![("type", json!({"const": "event", "description": "May be left out here."}))],
                ),
            ),
        ),
        (
            "Item",
            json!({
                "oneOf": items.map(|(_, schema)| schema), "discriminator": {"propertyName": "type"},
                "description": "One thing said about one person. It is taken whole or not at all.",
            }),
        ),
        (
            "Batch",
            said(
                1,
                vec![(
                    "items",
                    json!({
                        "type": "array", "items": to("Item"), "maxItems": MOST_ITEMS,
                        "description": "In the order in which they are to take effect.",
                    }),
                )],
            ),
        ),
    ]
}
