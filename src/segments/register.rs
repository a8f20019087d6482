//! The register of those who were chosen for segments.

use serde_json::json;

use crate::{
    db::ids::SegmentId,
    ledger::ChangeKind,
    registers::{Guard, Kept, Register, Table},
};

/// Register of choices: whether somebody was chosen for a segment, or is kept in it by a system. Not, without a statement.
pub struct Choices;

impl Register for Choices {
    type Key = SegmentId;
    type Value = bool;

    const KIND: ChangeKind = ChangeKind::Segment;
    const SECTION: &'static str = "Segments";
    const TABLE: Option<Table<Self>> = Some(Table {
        load: "SELECT profile_id, segment_id::text AS key, to_jsonb(is_member) AS value, stamp \
         FROM segment_choices WHERE environment_id = $1 AND profile_id = ANY($2)",
        put: "INSERT INTO segment_choices (environment_id, profile_id, segment_id, is_member, stamp) \
         SELECT $1, u.* FROM jsonb_to_recordset($2) AS u (profile_id uuid, segment_id uuid, is_member boolean, stamp jsonb) \
         ON CONFLICT (environment_id, profile_id, segment_id) DO UPDATE SET is_member = excluded.is_member, stamp = excluded.stamp",
        remove: "DELETE FROM segment_choices WHERE environment_id = $1 AND profile_id = $2 AND segment_id::text = ANY($3)",
        columns: |segment, is_member, _| json!({ "segment_id": segment, "is_member": is_member }),
    });

    fn key(subject: &str) -> Option<SegmentId> {
        subject.parse().ok()
    }

    fn removed() -> Option<bool> {
        Some(false)
    }

    /// Of somebody added and removed at one time, the removal wins.
    fn outranks(_: &SegmentId, said: &bool, had: &bool) -> bool {
        !said && *had
    }

    fn keeps(_: &SegmentId, own: &bool, theirs: &bool) -> Kept<bool> {
        Kept::Both(*own || *theirs)
    }

    /// A key for browsers chooses nobody.
    fn guard(_: &SegmentId, _: &bool, _: &bool) -> Guard {
        Guard::Never("only servers keep segments")
    }
}
