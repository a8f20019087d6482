//! Schemas of answers about segments.

use serde_json::json;

use super::{Fields, answered::page, flag, id, list, maybe, maybe_time, one_of, text, time, to, whole};
use crate::segments::SegmentKind;

/// Fields of a segment.
fn segment() -> Fields {
    vec![
        ("id", id("The segment.")),
        ("name", text("Its name for people.")),
        ("kind", one_of(SegmentKind::ALL.map(SegmentKind::as_str), "Who decides about its members.")),
        ("description", text("What it is for.")),
        ("folder", text("With which others it stands; empty for none.")),
        ("tags", list(json!({"type": "string"}), "Words for finding it.")),
        ("definition", maybe("The filter; null for chosen people.")),
        ("on_profiles", flag("Whether the console shows it on profiles.")),
        ("version", json!({"type": "integer", "description": "Number of changes, from 1."})),
        (
            "size",
            json!({"type": ["integer", "null"], "description": "Number of members; null until they are counted."}),
        ),
        ("counted_at", maybe_time("When everybody was looked at; members are followed since.")),
        ("broken", maybe("Why it cannot be kept up to date; null if it can.")),
        ("archived_at", maybe_time("When it was archived; null if it is in use.")),
        ("created_at", time("When it was defined.")),
        ("updated_at", time("When it was last changed.")),
    ]
}

/// All schemas of answers about segments.
pub fn all() -> Fields {
    vec![
        ("Segments", whole(vec![("segments", list(to("Segment"), "By name, archived ones last."))])),
        ("Segment", whole(segment())),
        ("MembersPage", page("members", "Member", "In the order of their own ids.")),
        ("Member", whole(vec![("profile", id("Who it is.")), ("since", time("Since when."))])),
        ("Memberships", whole(vec![("segments", list(to("MemberOf"), "By name."))])),
        (
            "MemberOf",
            whole(vec![("id", id("The segment.")), ("name", text("Its name.")), ("since", time("Since when."))]),
        ),
        (
            "Membership",
            whole(vec![
                ("id", id("The segment.")),
                ("name", text("Its name.")),
                ("is_member", flag("Whether they are in it.")),
                ("since", maybe_time("Since when; null if they are not.")),
                (
                    "why",
                    json!({"type": ["object", "null"], "description": "The definition part by part; null for chosen people."}),
                ),
                ("broken", maybe("Why the definition cannot be applied; null if it can.")),
            ]),
        ),
    ]
}
