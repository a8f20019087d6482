//! Documentation of the calls about segments.

use serde_json::{Value, json};

use super::operation;
use crate::{
    developers::{Operation, Resource},
    rejections::codes,
};

const SEGMENT: &str = "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b12";
const AT: &str = "2026-11-22T08:30:00Z";

fn a_segment(description: &str, version: i32, is_counted: bool) -> Value {
    let (size, counted_at) = if is_counted { (json!(1), json!(AT)) } else { (Value::Null, Value::Null) };
    json!({
        "id": SEGMENT, "name": "Vips", "kind": "live", "description": description, "folder": "Money", "tags": ["weekly"],
        "definition": "tag:vip -plan:free", "on_profiles": true, "version": version, "size": size, "counted_at": counted_at,
        "broken": null, "archived_at": null, "created_at": AT, "updated_at": AT,
    })
}

pub fn post_segment() -> Operation {
    let about = "Its members are counted within seconds, and followed from then on. size is null until then.";
    let post = operation("postSegment", Resource::Segments, "Define a segment", about).takes(
        "SegmentMade",
        json!({
            "name": "Vips", "definition": "tag:vip -plan:free", "description": "", "folder": "Money", "tags": ["weekly"],
            "on_profiles": true,
        }),
    );
    post.answers(201, "Segment", "The segment.", a_segment("", 1, false))
}

pub fn list_segments() -> Operation {
    operation("listSegments", Resource::Segments, "List segments", "").answers(
        200,
        "Segments",
        "All segments of the environment by name, archived ones last.",
        json!({"segments": [a_segment("", 1, true)]}),
    )
}

pub fn get_segment() -> Operation {
    let get = operation("getSegment", Resource::Segments, "Read a segment", "");
    let get = get.answers(200, "Segment", "The segment.", a_segment("", 1, true));
    Operation { refused: &[codes::NOT_FOUND], ..get }
}

pub fn list_members() -> Operation {
    let list = operation("listMembers", Resource::Segments, "List the members of a segment", "");
    let list = list.asks(&["limit", "cursor"]).answers(
        200,
        "MembersPage",
        "A page of members, in the order of their own ids.",
        json!({"members": [{"profile": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b01", "since": AT}], "next_cursor": null}),
    );
    Operation { refused: &[codes::NOT_FOUND], ..list }
}

pub fn list_memberships() -> Operation {
    let list = operation("listMemberships", Resource::Segments, "List the segments of a profile", "");
    list.answers(
        200,
        "Memberships",
        "The segments with them, and since when.",
        json!({"segments": [{"id": SEGMENT, "name": "Vips", "since": AT}]}),
    )
}

pub fn get_membership() -> Operation {
    let about = "why has the definition part by part: all, any or not of parts, and conditions, each with whether it is met now.";
    let get = operation("getMembership", Resource::Segments, "Read why somebody is in a segment", about);
    let get = get.answers(
        200,
        "Membership",
        "Whether they are in it, and why.",
        json!({
            "id": SEGMENT, "name": "Vips", "is_member": true, "since": AT,
            "why": {"all": [
                {"condition": "tag:vip", "is_met": true},
                {"not": {"condition": "plan:free", "is_met": false}, "is_met": true},
            ], "is_met": true},
            "broken": null,
        }),
    );
    Operation { refused: &[codes::NOT_FOUND], ..get }
}

pub fn patch_segment() -> Operation {
    let about = "What is not named stays. Another definition is counted anew.";
    let patch = operation("patchSegment", Resource::Segments, "Change a segment", about)
        .takes(
            "SegmentChange",
            json!({
                "name": "Vips", "definition": "tag:vip -plan:free", "description": "For the weekly letter", "folder": "Money",
                "tags": ["weekly"], "on_profiles": true,
            }),
        )
        .answers(200, "Segment", "The segment as it is then.", a_segment("For the weekly letter", 2, true));
    Operation { refused: &[codes::NOT_FOUND], ..patch }
}
