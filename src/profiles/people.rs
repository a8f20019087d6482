//! Labels of profiles: name, identifier and last activity in one line.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use uuid::Uuid;

use super::query::identifiers;
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        schema::{profile_activity, profile_identifiers, profiles},
    },
    identities::Kind,
    text::title,
};

/// A profile as lists name it, merged ones included.
#[derive(Clone, Debug, Queryable)]
pub struct PersonLabel {
    /// Id of the profile.
    pub id: Uuid,
    /// Display name; empty if there is none.
    pub name: String,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// The profile that this one was merged into; `None` if it was not merged.
    pub merged_into: Option<Uuid>,
    last_seen_at: Option<DateTime<Utc>>,
    key: Option<String>,
    other: Option<String>,
}

impl PersonLabel {
    /// The current id, else the next best identifier; empty if there is none.
    pub fn identifier(&self) -> &str {
        self.key.as_deref().or(self.other.as_deref()).unwrap_or_default()
    }

    /// The name, else the identifier; of either something can be seen.
    pub fn title(&self) -> &str {
        title([&self.name, self.identifier()])
    }

    /// Time of the last activity; `None` if there was none.
    pub fn seen(&self) -> Option<DateTime<Utc>> {
        self.last_seen_at.filter(|at| *at > DateTime::UNIX_EPOCH)
    }
}

/// Labels of these profiles, in one SQL statement. Missing profiles are left out.
pub fn people(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &BTreeSet<ProfileId>,
) -> QueryResult<HashMap<ProfileId, PersonLabel>> {
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let activity = profile_activity::environment_id
        .eq(profiles::environment_id)
        .and(profile_activity::profile_id.eq(profiles::id));
    let is_key = profile_identifiers::kind.eq(Kind::Id.as_str());
    let rows: Vec<PersonLabel> = profiles::table
        // A merged profile's times are part of the survivor's, so it has no row of activity.
        .left_join(profile_activity::table.on(activity))
        .filter(profiles::environment_id.eq(environment.0))
        .filter(profiles::id.eq_any(asked.iter().map(|profile| profile.0)))
        .select((
            profiles::id,
            profiles::name,
            profiles::created_at,
            profiles::merged_into,
            profile_activity::last_seen_at.nullable(),
            identifiers().filter(is_key.and(profile_identifiers::retired_at.is_null())).limit(1).single_value(),
            identifiers().filter(profile_identifiers::kind.ne(Kind::Id.as_str())).limit(1).single_value(),
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (ProfileId(row.id), row)).collect())
}
