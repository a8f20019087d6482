//! The shop's segments.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use crate::{
    attributes::AttributeName,
    db::ids::{EnvironmentId, MembershipAttributeId, OperatorId, SegmentId, new_id},
    membership_attributes::{self, Rhythm},
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

/// The segment that is an attribute in each workspace of the group.
const SHARED: &str = "High value";

/// Defines them, for the workspace of that name. What exists by that name stays as it is. The other environment is of the same group.
pub fn define(
    conn: &mut PgConnection,
    (workspace, environment): (&str, EnvironmentId),
    other: Option<EnvironmentId>,
    owner: OperatorId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    for (name, folder, description, typed) in SEGMENTS {
        let Ok(checked) = SegmentName::typed(name) else { continue };
        let kind = if typed.is_some() { SegmentKind::Live } else { SegmentKind::Chosen };
        let wish = Wish {
            name: checked,
            description: description.to_owned(),
            folder: folder.to_owned(),
            tags: Vec::new(),
            owner: Some(owner),
            on_profiles: true,
            typed: typed.unwrap_or_default().to_owned(),
        };
        let by = By { operator: Some(owner), at: now };
        let id = SegmentId(new_id(now));
        let is_new = define::create(conn, environment, id, kind, &wish, by)?.is_ok();
        if is_new && name == SHARED {
            for with in std::iter::once(environment).chain(other) {
                share(conn, (workspace, environment), id, with, now)?;
            }
        }
    }
    Ok(())
}

fn share(
    conn: &mut PgConnection,
    (workspace, from): (&str, EnvironmentId),
    segment: SegmentId,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let new = membership_attributes::New {
        id: MembershipAttributeId(new_id(now)),
        environment,
        attribute: AttributeName::stored(membership_attributes::source_name(workspace, segment)),
        from,
        segment,
        segment_name: SHARED.to_owned(),
        label: membership_attributes::display_name(workspace, SHARED),
        rhythm: Rhythm::SixHours,
    };
    let _is_new = membership_attributes::create(conn, &new, now)?;
    Ok(())
}
