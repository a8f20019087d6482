//! Whose identifiers these are.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};

use super::{Item, Person};
use crate::{
    db::ids::{EnvironmentId, ProfileId, new_id},
    identities::{self, Identifier},
};

/// What became of the people of a batch.
pub struct Resolved<'a> {
    /// The profile of each item.
    pub profiles: Vec<ProfileId>,
    /// Profiles that did not exist before, with the time of the first thing said about them.
    pub created: HashMap<ProfileId, DateTime<Utc>>,
    /// Identifiers that were nobody's before.
    pub claimed: Vec<(&'a Identifier, ProfileId)>,
}

/// Finds or makes the profile of each item, in two statements. When the identifiers of one item belong to different
/// people, the strongest decides and the others stay where they are: two known people are never joined by themselves.
pub fn resolve<'a>(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    items: &'a [Item],
    now: DateTime<Utc>,
) -> QueryResult<Resolved<'a>> {
    let mut asked: Vec<&Identifier> = items.iter().flat_map(|item| item.person.identifiers()).collect();
    asked.sort_unstable();
    asked.dedup();
    let mut owners: HashMap<&Identifier, ProfileId> = HashMap::with_capacity(asked.len());
    if !asked.is_empty() {
        let stored = identities::owners(conn, environment, &asked)?;
        owners.extend(asked.iter().filter_map(|identifier| Some((*identifier, *stored.get(*identifier)?))));
    }
    let mut resolved =
        Resolved { profiles: Vec::with_capacity(items.len()), created: HashMap::new(), claimed: Vec::new() };
    for item in items {
        let profile = match &item.person {
            Person::Profile(profile) => *profile,
            Person::Identifiers(identifiers) => {
                let strongest = identifiers.iter().filter(|i| owners.contains_key(i)).min_by_key(|i| i.kind.rank());
                let profile = match strongest {
                    Some(identifier) => owners[identifier],
                    None => {
                        let profile = ProfileId(new_id(now));
                        resolved.created.insert(profile, now);
                        profile
                    }
                };
                for identifier in identifiers {
                    if !owners.contains_key(identifier) {
                        owners.insert(identifier, profile);
                        resolved.claimed.push((identifier, profile));
                    }
                }
                profile
            }
        };
        resolved.profiles.push(profile);
    }
    if !resolved.claimed.is_empty() {
        let owned = identities::claim(conn, environment, &resolved.claimed, now)?;
        if resolved.claimed.iter().any(|(identifier, profile)| owned.get(*identifier) != Some(profile)) {
            // Another batch was quicker with one of them. From the start again, now that its claims can be seen.
            return Err(Error::RollbackTransaction);
        }
    }
    Ok(resolved)
}

impl Person {
    fn identifiers(&self) -> &[Identifier] {
        match self {
            Self::Profile(_) => &[],
            Self::Identifiers(identifiers) => identifiers,
        }
    }
}
