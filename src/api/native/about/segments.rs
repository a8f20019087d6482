//! Documentation of the calls about segments.

use serde_json::{Value, json};

use super::operation;
use crate::{
    developers::{Operation, Resource},
    rejections::codes,
};

/// A segment that a system keeps.
pub const KEPT: &str = "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b13";
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

fn a_kept_segment() -> Value {
    json!({
        "id": KEPT, "name": "Likely to leave", "kind": "kept", "description": "", "folder": "", "tags": [], "definition": null,
        "on_profiles": true, "version": 1, "size": 1, "counted_at": AT, "broken": null, "archived_at": null, "created_at": AT,
        "updated_at": AT,
    })
}

pub fn post_segment() -> Operation {
    let about = "Live if kind is missing: whoever its definition selects is in it. With kind kept you say who is in it, and it has no \
        definition. Its members are counted within seconds, and followed from then on. size is null until then.";
    let post = operation("postSegment", Resource::Segments, "Define a segment", about).takes(
        "SegmentMade",
        json!({
            "kind": "live", "name": "Vips", "definition": "tag:vip -plan:free", "description": "", "folder": "Money", "tags": ["weekly"],
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
        json!({"segments": [a_kept_segment(), a_segment("", 1, true)]}),
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

/// A call that says who is in a segment that a system keeps.
fn keeping(id: &'static str, summary: &'static str, about: &'static str) -> Operation {
    let keep = operation(id, Resource::Segments, summary, about);
    Operation { refused: &[codes::NOT_FOUND, codes::NOT_KEPT, codes::PROTECTED], ..keep }
}

pub fn put_member() -> Operation {
    let about = "Of a segment of kind kept; who is in others is not said by keys. Whoever is unknown is made. It holds from its arrival on; \
        items of a batch may say another time.";
    let put = keeping("putMember", "Put somebody into a segment that you keep", about);
    put.answers(200, "Nothing", "It is stored, and followed within seconds.", json!({}))
}

pub fn delete_member() -> Operation {
    let delete = keeping("deleteMember", "Take somebody out of a segment that you keep", "");
    delete.answers(200, "Nothing", "It is stored, and followed within seconds.", json!({}))
}

pub fn patch_members() -> Operation {
    let about = "Each reference is taken or rejected for itself, as an item of a batch; index counts through add and then remove. Who is \
        unknown is made by add, and passed over by remove.";
    let patch = keeping("patchMembers", "Put people into a segment that you keep and take others out", about);
    let said = json!({"add": ["id:42"], "remove": ["id:nobody", ""], "as_of": "2026-11-22T02:00:00Z"});
    patch.takes("MembersChange", said).answers(200, "BatchAnswer", "What became of each.", json!({
        "accepted": 2, "duplicates": 0,
        "rejected": [{"index": 2, "code": "invalid_value", "field": "id", "message": "id must not be empty; got \"\""}],
        "kept_stricter": [],
    }))
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
