//! What some columns of the list show and its rows do not hold: read for a page at once, and only what is asked for.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Bool, Integer, Jsonb, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{Column, Columns, Fact};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId, SourceId},
        sql_query,
    },
    identities::Channel,
    json::Json,
};

/// Which details are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    addresses: bool,
    identifiers: bool,
    last_event: bool,
    /// Source and first activity.
    origin: bool,
}

impl Wanted {
    /// What these columns show.
    pub fn by(columns: &Columns) -> Self {
        let has = |fact| columns.has(&Column::Fact(fact));
        Self {
            addresses: columns.iter().any(|column| matches!(column, Column::Address(_))),
            identifiers: has(Fact::Identifiers),
            last_event: has(Fact::LastEvent),
            origin: has(Fact::Source) || has(Fact::FirstSeen),
        }
    }
}

/// Details of one profile.
#[derive(Clone, Debug)]
pub struct Details {
    /// Time of the first activity; 1970 if there was none.
    pub first_seen: DateTime<Utc>,
    /// Who created the profile.
    pub source: SourceId,
    pub addresses: BTreeMap<String, String>,
    /// Current identifiers, five at most.
    pub identifiers: Vec<String>,
    /// Label and time of the newest event.
    pub last_event: Option<(String, DateTime<Utc>)>,
}

impl Details {
    /// The address of a channel.
    pub fn address(&self, channel: Channel) -> Option<&str> {
        self.addresses.get(channel.as_str()).map(String::as_str)
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: ProfileId,
    #[diesel(sql_type = Timestamptz)]
    first_seen: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    source: SourceId,
    #[diesel(sql_type = Nullable<Jsonb>)]
    addresses: Option<Json>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    identifiers: Option<Json>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    last_event: Option<Json>,
}

impl Found {
    fn details(self) -> QueryResult<(ProfileId, Details)> {
        let details = Details {
            first_seen: self.first_seen,
            source: self.source,
            addresses: self.addresses.map(|found| found.read()).transpose()?.unwrap_or_default(),
            identifiers: self.identifiers.map(|found| found.read()).transpose()?.unwrap_or_default(),
            last_event: self.last_event.map(|found| found.read()).transpose()?,
        };
        Ok((self.id, details))
    }
}

/// Details of the profiles of a page, in one SQL statement; none where nothing is asked for. The newest event costs a look into the
/// newest month that has one.
pub fn details(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[Uuid],
    wanted: Wanted,
) -> QueryResult<HashMap<ProfileId, Details>> {
    if wanted == Wanted::default() || profiles.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<Found> = sql_query(
        "SELECT p.id, a.first_seen_at AS first_seen, p.source_id AS source, \
             CASE WHEN $3 THEN (SELECT jsonb_object_agg(r.channel, r.address) FROM addresses r \
                 WHERE r.environment_id = p.environment_id AND r.profile_id = p.id AND r.address IS NOT NULL) END AS addresses, \
             CASE WHEN $4 THEN (SELECT jsonb_agg(i.value) FROM (SELECT i.value FROM profile_identifiers i \
                 WHERE i.environment_id = p.environment_id AND i.profile_id = p.id AND i.retired_at IS NULL \
                 ORDER BY i.kind DESC, i.value DESC LIMIT 5) i) END AS identifiers, \
             CASE WHEN $5 THEN (SELECT jsonb_build_array(coalesce(nullif(d.display_name, ''), d.name), e.occurred_at) \
                 FROM (SELECT e.environment_id, e.definition_id, e.occurred_at FROM events e \
                     WHERE e.environment_id = p.environment_id AND e.profile_id = p.id \
                     ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1) e \
                 JOIN event_definitions d ON d.environment_id = e.environment_id AND d.id = e.definition_id) END AS last_event \
         FROM profiles p JOIN profile_activity a ON a.environment_id = p.environment_id AND a.profile_id = p.id \
         WHERE p.environment_id = $1 AND p.id = ANY($2)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(profiles)
    .bind::<Bool, _>(wanted.addresses)
    .bind::<Bool, _>(wanted.identifiers)
    .bind::<Bool, _>(wanted.last_event)
    .load(conn)?;
    found.into_iter().map(Found::details).collect()
}
