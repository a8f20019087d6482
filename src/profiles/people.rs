//! Who some profiles are, in a line each.

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
};

/// A profile as others name it, even after it was merged.
#[derive(Clone, Debug, Queryable)]
pub struct PersonLabel {
    /// Its id.
    pub id: Uuid,
    /// Its name; empty for people who gave none.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who they are part of, if somebody merged them.
    pub merged_into: Option<Uuid>,
    last_seen_at: Option<DateTime<Utc>>,
    key: Option<String>,
    other: Option<String>,
}

impl PersonLabel {
    /// The sender's key, or the next best identifier.
    pub fn identifier(&self) -> &str {
        self.key.as_deref().or(self.other.as_deref()).unwrap_or_default()
    }

    /// What to call this person: name, else identifier.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { self.identifier() } else { &self.name }
    }

    /// The last sign of life, if there was one.
    pub fn seen(&self) -> Option<DateTime<Utc>> {
        self.last_seen_at.filter(|at| *at > DateTime::UNIX_EPOCH)
    }
}

/// These profiles, one statement for all. Those that are not there are left out.
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
        // The times of those who were merged are part of the survivor's.
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
