//! What webhooks are told of.

use chrono::{DateTime, Utc};

use crate::{
    db::ids::{ProfileId, SegmentId},
    words::words,
};

words! {
    /// What happened to a profile. The word is the `type` of the message.
    pub enum HappeningKind {
        Entered = "segment.entered", "entering";
        Left = "segment.left", "leaving";
    }
}

/// Something that happened to a profile, and that webhooks may listen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening<'a> {
    pub kind: HappeningKind,
    pub profile: ProfileId,
    pub segment: SegmentId,
    /// Name of the segment at that time.
    pub segment_name: &'a str,
    pub at: DateTime<Utc>,
}
