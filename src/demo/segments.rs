//! The shop's segments.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{
    attributes::AttributeName,
    db::{
        ids::{EnvironmentId, MembershipAttributeId, OperatorId, ProfileId, SegmentId, new_id},
        schema::profiles,
    },
    ingest::{Item, Person},
    membership_attributes::{self, Rhythm},
    registers::Fact,
    segments::{
        self, By, Choices, SegmentKind, SegmentName,
        define::{self, Wish},
    },
};

/// The segment that the shop's CRM keeps: of people with a tag.
const KEPT: (&str, &str) = ("Likely to leave", "churn-risk");
/// How many people the CRM says that of.
const MOST_KEPT: i64 = 40;

/// Name, folder, what it is for, and the definition; none: people are chosen.
const SEGMENTS: [(&str, &str, &str, Option<&str>); 7] = [
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
    (KEPT.0, "", "What the CRM expects. It says so every night.", None),
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
        let kind = match typed {
            Some(_) => SegmentKind::Live,
            None if name == KEPT.0 => SegmentKind::Kept,
            None => SegmentKind::Chosen,
        };
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

/// What the CRM says of the segment that it keeps.
pub fn kept(conn: &mut PgConnection, environment: EnvironmentId, now: DateTime<Utc>) -> QueryResult<Vec<Item>> {
    let (name, tag) = KEPT;
    let known = segments::named(conn, environment)?;
    let Some((segment, _)) = known.into_iter().find(|(_, known)| known == name) else { return Ok(Vec::new()) };
    let people: Vec<ProfileId> = profiles::table
        .filter(profiles::environment_id.eq(environment.0).and(profiles::merged_into.is_null()))
        .filter(profiles::tags.contains(vec![tag]))
        .order(profiles::id)
        .limit(MOST_KEPT)
        .select(profiles::id)
        .load(conn)?;
    let item = |person| Item {
        person: Person::Profile(person),
        as_of: now,
        statement: Fact::new::<Choices>(segment, true).into(),
    };
    Ok(people.into_iter().map(item).collect())
}
