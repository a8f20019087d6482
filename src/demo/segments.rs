//! The shop's segments.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use crate::{
    db::ids::{EnvironmentId, OperatorId, SegmentId, new_id},
    segments::{
        By, SegmentKind, SegmentName,
        define::{self, Wish},
    },
};

/// Name, folder, what it is for, and the definition; none: people are chosen.
const SEGMENTS: [(&str, &str, &str, Option<&str>); 6] = [
    (
        "Paying, bought lately",
        "Money",
        "Who the weekly letter is written for.",
        Some("plan:pro,team did:\"Order Completed\" in:60d"),
    ),
    ("High value", "Money", "Half a thousand or more in a year.", Some("sum:\"Order Completed\".total>500 in:365d")),
    (
        "Paying but quiet",
        "Money",
        "Pays, and was not here for two weeks.",
        Some("segment:\"Paying, bought lately\" seen>14d"),
    ),
    (
        "To be won back",
        "Letters",
        "Bought once, has not been seen for two months, and may be written to.",
        Some("did:\"Order Completed\" seen>60d can:email"),
    ),
    ("Never ordered", "Letters", "", Some("did:\"Order Completed\"=0 is:recognised")),
    ("Friends of the workshop", "", "People who mended something with us.", None),
];

/// Defines them. What exists by that name stays as it is.
pub fn define(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    owner: OperatorId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    for (name, folder, description, typed) in SEGMENTS {
        let Ok(name) = SegmentName::typed(name) else { continue };
        let kind = if typed.is_some() { SegmentKind::Live } else { SegmentKind::Chosen };
        let wish = Wish {
            name,
            description: description.to_owned(),
            folder: folder.to_owned(),
            tags: Vec::new(),
            owner: Some(owner),
            on_profiles: true,
            typed: typed.unwrap_or_default().to_owned(),
        };
        let by = By { operator: Some(owner), at: now };
        let _is_new = define::create(conn, environment, SegmentId(new_id(now)), kind, &wish, by)?;
    }
    Ok(())
}
