//! What is sent and answered, as JSON schemas, each written once.

use serde_json::{Map, Value, json};

use crate::{
    api::formats::codes,
    subscriptions::{Medium, Reason, SubscriptionState},
};

/// Names and schemas of fields.
type Fields = Vec<(&'static str, Value)>;

/// All schemas by name.
pub fn all() -> Value {
    let mut all = Map::new();
    for (name, schema) in sent().into_iter().chain(answered()) {
        all.insert(name.to_owned(), schema);
    }
    Value::Object(all)
}

/// A schema by its name.
pub fn to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// An object of these fields and no others, of which the first few must be there.
fn object(needed: usize, fields: Fields) -> Value {
    let required: Vec<_> = fields.iter().take(needed).map(|(name, _)| *name).collect();
    let fields: Map<_, _> = fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({"type": "object", "required": required, "properties": fields, "additionalProperties": false})
}

/// An object that always has all of these fields.
fn whole(fields: Fields) -> Value {
    object(fields.len(), fields)
}

fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

fn maybe(about: &str) -> Value {
    json!({"type": ["string", "null"], "description": about})
}

fn flag(about: &str) -> Value {
    json!({"type": "boolean", "description": about})
}

fn time(about: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": about})
}

fn id(about: &str) -> Value {
    json!({"type": "string", "format": "uuid", "description": about})
}

fn one_of<'a>(words: impl IntoIterator<Item = &'a str>, about: &str) -> Value {
    json!({"type": "string", "enum": words.into_iter().collect::<Vec<_>>(), "description": about})
}

fn list(of: Value, about: &str) -> Value {
    json!({"type": "array", "items": of, "description": about})
}

fn anything(about: &str) -> Value {
    json!({"type": "object", "additionalProperties": true, "description": about})
}

/// A schema with a sentence beside its reference.
fn named(name: &str, about: &str) -> Value {
    let mut schema = to(name);
    schema["description"] = about.into();
    schema
}

fn as_of() -> (&'static str, Value) {
    ("as_of", time("When this was true; the arrival if it is missing. Must not lie in the future."))
}

fn mediums(about: &str) -> Value {
    one_of(Medium::ALL.iter().map(|it| it.as_str()), about)
}

fn states() -> Value {
    one_of(SubscriptionState::ALL.iter().map(|it| it.as_str()), "Where it stands.")
}

fn reasons() -> Value {
    one_of(Reason::ALL.iter().map(|it| it.as_str()), "Why; \"api\" if it is missing.")
}

/// What is said of a profile.
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
        ("created_at", time("When you first knew them. The earliest that anybody said counts.")),
        as_of(),
    ]
}

fn tag_fields() -> Fields {
    let word = || json!({"type": "string"});
    vec![
        ("add", list(word(), "Put on. A tag has 1 to 20 letters, digits, hyphens or underscores.")),
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

fn subscription_fields(state: bool) -> Fields {
    let mut fields = vec![
        ("channel", mediums("Through what; \"all\" if only a topic is given.")),
        ("topic", text("About what. Give a channel, a topic or both.")),
        ("reason", reasons()),
    ];
    if state {
        fields.insert(0, ("state", states()));
    }
    fields
}

fn event_fields() -> Fields {
    vec![
        ("name", text("What happened, 1 to 256 characters, such as Order Completed.")),
        ("profile", named("Identifiers", "Who did it.")),
        (
            "id",
            json!({
                "type": ["string", "number"], "description": "Yours. An event with the id of one that is stored is a duplicate.",
            }),
        ),
        ("kind", one_of(["event", "page", "screen"], "\"event\" if it is missing.")),
        ("occurred_at", time("The arrival if it is missing, before 2000 or more than ten minutes ahead.")),
        ("properties", anything("Its particulars, at most 256 KiB.")),
        ("context", anything("What surrounded it.")),
    ]
}

/// An item of a batch: the type, the person, and the rest, of which the first few must be there.
fn item(kind: &'static str, needed: usize, rest: Fields) -> (&'static str, Value) {
    let mut fields = vec![
        ("type", json!({"const": kind, "description": "What the item says."})),
        ("profile", named("Identifiers", "About whom. They are made if nobody has any of these identifiers.")),
    ];
    fields.extend(rest.into_iter().filter(|(name, _)| *name != "profile"));
    (kind, object(2 + needed, fields))
}

fn sent() -> Fields {
    let joined = |more: Fields, fields: Fields| more.into_iter().chain(fields).collect::<Fields>();
    let from = || ("from", text("Who becomes part of them, as kind:value."));
    let items = [
        item("identify", 0, profile_fields()),
        item("event", 1, event_fields()),
        item("tag", 0, joined(tag_fields(), vec![as_of()])),
        item("subscribe", 0, joined(subscription_fields(true), vec![as_of()])),
        item("unsubscribe", 0, joined(subscription_fields(true), vec![as_of()])),
        item("merge", 1, vec![from()]),
        item("delete", 0, vec![("block", flag("True also keeps them from coming back."))]),
    ];
    let token = ("token", text("The device's token."));
    vec![
        (
            "Identifiers",
            json!({
                "type": "object", "minProperties": 1, "additionalProperties": {"type": ["string", "number"]},
                "description": "Identifiers by kind: id, email, phone, anonymous_id, or a kind of your own.",
            }),
        ),
        ("Attributes", anything("Values by name; null deletes. A value is any JSON of at most 64 KiB.")),
        (
            "Channels",
            object(0, vec![("email", maybe("An email address.")), ("sms", maybe("A phone number with country code."))]),
        ),
        ("TagChange", object(0, tag_fields())),
        ("Device", object(0, device_fields())),
        ("DeviceEntry", object(1, joined(vec![token], device_fields()))),
        (
            "Consent",
            object(
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
        ("Subscription", object(1, subscription_fields(true))),
        ("SubscriptionChange", object(1, joined(subscription_fields(true), vec![as_of()]))),
        (
            "ProfileChange",
            object(
                0,
                joined(
                    vec![("identifiers", named("Identifiers", "More identifiers that are theirs."))],
                    profile_fields(),
                ),
            ),
        ),
        ("MergeFrom", object(1, vec![from()])),
        (
            "Event",
            object(
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
            object(
                1,
                vec![(
                    "items",
                    json!({
                        "type": "array", "items": to("Item"), "maxItems": crate::api::formats::native::MOST_ITEMS,
                        "description": "In the order in which they are to take effect.",
                    }),
                )],
            ),
        ),
    ]
}

/// A page of a list.
fn page(name: &'static str, of: &str) -> Value {
    whole(vec![
        (name, list(to(of), "Newest first.")),
        ("next_cursor", maybe("The cursor of the next page; null on the last one.")),
    ])
}

fn answered() -> Fields {
    let known = |about: &str| json!({"type": "string", "description": about});
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
                            whole(vec![
                                ("channel", one_of(["email", "sms"], "Through what.")),
                                ("address", known("Where.")),
                            ]),
                            "Where they are reached.",
                        ),
                    ),
                    ("devices", list(to("KnownDevice"), "At most a thousand.")),
                    ("subscriptions", list(to("KnownSubscription"), "What they want to receive.")),
                    ("consents", list(to("KnownConsent"), "What they agreed to.")),
                ],
            ),
        ),
        (
            "KnownIdentifier",
            whole(vec![
                ("kind", known("Its kind.")),
                ("value", known("Its value.")),
                ("first_seen_at", time("Since when it is theirs.")),
                ("source", known("Who said so first.")),
            ]),
        ),
        (
            "KnownDevice",
            whole(vec![
                ("token", known("Its token.")),
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
                    ("purpose", known("To what.")),
                    ("given", flag("Whether they agree.")),
                    ("document", known("What they agreed to.")),
                    ("location", known("Where they said so.")),
                    ("hardware_id", known("On which device.")),
                ],
            ),
        ),
        ("Nothing", json!({"type": "object", "maxProperties": 0, "description": "What keys that may not read get."})),
        ("ProfilePage", page("profiles", "Profile")),
        ("ProfilesOrOne", json!({"anyOf": [to("ProfilePage"), to("Profile")]})),
        ("Subscriptions", whole(vec![("subscriptions", list(to("KnownSubscription"), "By channel and topic."))])),
        ("ActivityPage", page("activity", "KnownEvent")),
        (
            "KnownEvent",
            whole(vec![
                ("type", json!({"const": "event"})),
                ("id", id("Our own id.")),
                ("kind", one_of(["event", "page", "screen"], "Its kind.")),
                ("name", known("What happened.")),
                ("occurred_at", time("When.")),
                ("received_at", time("When it arrived.")),
                ("source", known("Who sent it.")),
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
                (
                    "rejected",
                    list(
                        whole(vec![
                            ("index", json!({"type": "integer", "description": "Its place in the call, from 0."})),
                            ("code", one_of(codes::ALL.iter().map(|code| code.as_str()), "Why.")),
                            ("field", known("The field, or nothing.")),
                            ("message", known("What is wrong and what to do.")),
                        ]),
                        "Items that are not stored.",
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
                        ("identifier", known("The strongest that they had.")),
                        ("merged_at", time("When.")),
                        ("source", known("Who said so.")),
                        ("undo_until", time("Until when it can be undone.")),
                    ]),
                    "Newest first, at most ten.",
                ),
            )]),
        ),
        ("RejectionPage", page("rejections", "Rejection")),
        (
            "Rejection",
            whole(vec![
                ("id", id("The rejection.")),
                ("received_at", time("When it arrived.")),
                ("key", id("The key.")),
                ("format", known("The format.")),
                ("type", known("What the format calls the item.")),
                ("code", known("Why.")),
                ("field", known("The field, or nothing.")),
                ("message", known("What is wrong.")),
                ("item", json!({"description": "The item as it was sent, cut if it is long."})),
                ("index", json!({"type": "integer", "description": "Its place in the call, from 0."})),
                ("rest_kept", flag("Only a value of it was left out.")),
            ]),
        ),
        (
            "Problem",
            object(
                6,
                vec![
                    ("type", known("Always about:blank.")),
                    ("title", known("What the status is called.")),
                    ("status", json!({"type": "integer", "description": "The status."})),
                    ("detail", known("What is wrong and what to do.")),
                    (
                        "code",
                        one_of(
                            codes::ALL.iter().map(|code| code.as_str()),
                            "For programs: it keeps its meaning for good.",
                        ),
                    ),
                    ("message", known("The same as detail.")),
                    ("field", known("The field that it is about.")),
                ],
            ),
        ),
    ]
}

fn maybe_time(about: &str) -> Value {
    json!({"type": ["string", "null"], "format": "date-time", "description": about})
}
