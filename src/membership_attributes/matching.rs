//! Which profiles belong to segments, of their own workspace or of another one of its group (S6.9).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, SmallInt, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::membership_attribute::{Matching, MembershipAttribute, Standing};
use crate::{
    db::{
        ids::{EnvironmentId, MembershipAttributeId},
        sql_query,
    },
    workspaces::groups::MatchedBy,
};

/// Profiles by the attribute to whose segment they belong.
pub type Members = HashMap<MembershipAttributeId, HashSet<Uuid>>;

/// Those of some profiles that belong to the segments of these attributes. At most three SQL statements for each environment of segments.
pub fn members_among(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    which: &[MembershipAttribute],
    profiles: &[Uuid],
) -> QueryResult<Members> {
    let mut members = Members::new();
    for ((from, matching), of) in by_source(which) {
        let segments: Vec<Uuid> = of.iter().map(|it| it.segment.0).collect();
        let belonging = match matching {
            Matching::Same => belonging(conn, from, &segments, profiles)?,
            Matching::By(by) => {
                let named = identifiers_of(conn, environment, by, profiles)?;
                elsewhere(conn, from, by, &segments, &named)?
            }
        };
        for attribute in of {
            let found = belonging.iter().filter(|(_, segment)| *segment == attribute.segment.0);
            members.entry(attribute.id).or_default().extend(found.map(|(profile, _)| *profile));
        }
    }
    Ok(members)
}

/// Attributes whose segments are looked at together.
type Sources<'a> = BTreeMap<(EnvironmentId, Matching), Vec<&'a MembershipAttribute>>;

fn by_source(which: &[MembershipAttribute]) -> Sources<'_> {
    let mut sources = Sources::new();
    for attribute in which {
        if let Standing::Ready(matching) = attribute.standing {
            sources.entry((attribute.from, matching)).or_default().push(attribute);
        }
    }
    sources
}

/// Profiles with segments to which they belong.
type Belonging = HashSet<(Uuid, Uuid)>;

/// Which of these profiles belong to which of these segments.
fn belonging(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    segments: &[Uuid],
    profiles: &[Uuid],
) -> QueryResult<Belonging> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        profile_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        segment_id: Uuid,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT profile_id, segment_id FROM segment_members \
         WHERE environment_id = $1 AND segment_id = ANY($2) AND profile_id = ANY($3)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(segments)
    .bind::<Array<SqlUuid>, _>(profiles)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.profile_id, row.segment_id)).collect())
}

/// A profile, and a value of the identifier by which it is matched.
#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = SqlUuid)]
    profile_id: Uuid,
    #[diesel(sql_type = Text)]
    value: String,
}

fn identifiers_of(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    by: MatchedBy,
    profiles: &[Uuid],
) -> QueryResult<Vec<Named>> {
    let query = match by {
        MatchedBy::Email => sql_query(
            "SELECT profile_id, normalised AS value FROM addresses \
             WHERE environment_id = $1 AND profile_id = ANY($2) AND channel = 'email' AND normalised IS NOT NULL",
        ),
        MatchedBy::Id => sql_query(
            "SELECT profile_id, value FROM profile_identifiers \
             WHERE environment_id = $1 AND profile_id = ANY($2) AND kind = 'id'",
        ),
    };
    query.bind::<SmallInt, _>(environment).bind::<Array<SqlUuid>, _>(profiles).load(conn)
}

/// Which of these profiles belong to which segments of another environment, because somebody there has the same identifier.
fn elsewhere(
    conn: &mut PgConnection,
    from: EnvironmentId,
    by: MatchedBy,
    segments: &[Uuid],
    named: &[Named],
) -> QueryResult<Belonging> {
    let values: BTreeSet<&str> = named.iter().map(|it| it.value.as_str()).collect();
    let values: Vec<&str> = values.into_iter().collect();
    let there: HashSet<(String, Uuid)> = match by {
        MatchedBy::Email => members_by_email(conn, from, segments, &values)?,
        MatchedBy::Id => members_by_id(conn, from, segments, &values)?,
    };
    let mut segments_of: HashMap<&str, Vec<Uuid>> = HashMap::new();
    for (value, segment) in &there {
        segments_of.entry(value).or_default().push(*segment);
    }
    let of = |it: &Named| {
        let segments = segments_of.get(it.value.as_str()).into_iter().flatten();
        segments.map(|segment| (it.profile_id, *segment)).collect::<Vec<_>>()
    };
    Ok(named.iter().flat_map(of).collect())
}

/// Emails of which at least one holder belongs to a segment.
fn members_by_email(
    conn: &mut PgConnection,
    from: EnvironmentId,
    segments: &[Uuid],
    emails: &[&str],
) -> QueryResult<HashSet<(String, Uuid)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        value: String,
        #[diesel(sql_type = SqlUuid)]
        segment_id: Uuid,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT DISTINCT a.normalised AS value, m.segment_id FROM addresses a JOIN segment_members m \
             ON m.environment_id = a.environment_id AND m.profile_id = a.profile_id AND m.segment_id = ANY($2) \
         WHERE a.environment_id = $1 AND a.channel = 'email' AND a.normalised = ANY($3)",
    )
    .bind::<SmallInt, _>(from)
    .bind::<Array<SqlUuid>, _>(segments)
    .bind::<Array<Text>, _>(emails)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.value, row.segment_id)).collect())
}

/// Ids whose profile belongs to a segment.
fn members_by_id(
    conn: &mut PgConnection,
    from: EnvironmentId,
    segments: &[Uuid],
    ids: &[&str],
) -> QueryResult<HashSet<(String, Uuid)>> {
    let owners: Vec<Named> = sql_query(
        "SELECT profile_id, value FROM identifier_claims WHERE environment_id = $1 AND kind = 'id' AND value = ANY($2)",
    )
    .bind::<SmallInt, _>(from)
    .bind::<Array<Text>, _>(ids)
    .load(conn)?;
    let profiles: Vec<Uuid> = owners.iter().map(|it| it.profile_id).collect();
    let belonging = belonging(conn, from, segments, &profiles)?;
    let of = |it: Named| {
        let member = segments.iter().filter(|segment| belonging.contains(&(it.profile_id, **segment)));
        member.map(|segment| (it.value.clone(), *segment)).collect::<Vec<_>>()
    };
    Ok(owners.into_iter().flat_map(of).collect())
}
