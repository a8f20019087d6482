//! Whose identifiers these are.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};

use super::{Item, Person};
use crate::{
    db::ids::{EnvironmentId, ProfileId, new_id},
    identities::{self, Identifier, Kind},
};

/// What became of the people of a batch.
pub struct Resolved<'a> {
    /// The profile of each item.
    pub profiles: Vec<ProfileId>,
    /// Profiles that did not exist before, with the time at which they were made.
    pub created: HashMap<ProfileId, DateTime<Utc>>,
    /// Identifiers that were nobody's before.
    pub claimed: Vec<(&'a Identifier, ProfileId)>,
}

impl Resolved<'_> {
    /// Two people must not take over the same anonymous profile. Whoever gave it an id since it was looked at is seen here, now that
    /// its version is read; whoever does so from now on moves the version.
    pub fn check_ids(&self, conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<()> {
        let takes_id = |(identifier, profile): &(&Identifier, ProfileId)| {
            (identifier.kind == Kind::Id && !self.created.contains_key(profile)).then_some(*profile)
        };
        let taking: BTreeSet<ProfileId> = self.claimed.iter().filter_map(takes_id).collect();
        if !taking.is_empty() && !identities::having_id(conn, environment, &taking)?.is_empty() {
            return Err(Error::RollbackTransaction);
        }
        Ok(())
    }
}

/// Finds or makes the profile of each item, in three statements. When the identifiers of one item belong to different people, the
/// strongest decides and the others stay where they are: two known people are never joined by themselves. A new id makes an
/// anonymous profile known, but somebody who has an id already stays who they are: then it is another person on the same browser.
pub fn resolve<'a>(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    items: &'a [Item],
    now: DateTime<Utc>,
) -> QueryResult<Resolved<'a>> {
    let mut known = Known::load(conn, environment, items)?;
    let mut resolved =
        Resolved { profiles: Vec::with_capacity(items.len()), created: HashMap::new(), claimed: Vec::new() };
    for item in items {
        let profile = match &item.person {
            Person::Profile(profile) => *profile,
            Person::Identifiers(identifiers) => {
                let profile = known.owner(identifiers).unwrap_or_else(|| {
                    let profile = ProfileId(new_id(now));
                    resolved.created.insert(profile, now);
                    profile
                });
                resolved.claimed.extend(known.give(profile, identifiers).map(|identifier| (identifier, profile)));
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

/// What is known of identifiers while a batch is gone through.
struct Known<'a> {
    owners: HashMap<&'a Identifier, ProfileId>,
    /// Profiles that have an id.
    identified: HashSet<ProfileId>,
}

impl<'a> Known<'a> {
    fn load(conn: &mut PgConnection, environment: EnvironmentId, items: &'a [Item]) -> QueryResult<Self> {
        let mut asked: Vec<&Identifier> = items.iter().flat_map(|item| item.person.identifiers()).collect();
        asked.sort_unstable();
        asked.dedup();
        if asked.is_empty() {
            return Ok(Self { owners: HashMap::new(), identified: HashSet::new() });
        }
        let stored = identities::owners(conn, environment, &asked)?;
        let owners: HashMap<_, _> = asked.into_iter().filter_map(|asked| Some((asked, *stored.get(asked)?))).collect();
        let by_id = owners.iter().filter(|(identifier, _)| identifier.kind == Kind::Id).map(|(_, profile)| *profile);
        let mut identified: HashSet<ProfileId> = by_id.collect();
        let unsure: BTreeSet<ProfileId> =
            owners.values().copied().filter(|profile| !identified.contains(profile)).collect();
        if !unsure.is_empty() {
            identified.extend(identities::having_id(conn, environment, &unsure)?);
        }
        Ok(Self { owners, identified })
    }

    fn owner(&self, identifiers: &[Identifier]) -> Option<ProfileId> {
        let strongest = identifiers.iter().filter(|i| self.owners.contains_key(i)).min_by_key(|i| i.kind.rank())?;
        let profile = self.owners[strongest];
        let brings_id = strongest.kind != Kind::Id && identifiers.iter().any(|i| i.kind == Kind::Id);
        (!brings_id || !self.identified.contains(&profile)).then_some(profile)
    }

    /// Gives a profile those of the identifiers that are nobody's, and returns them.
    fn give(&mut self, profile: ProfileId, identifiers: &'a [Identifier]) -> impl Iterator<Item = &'a Identifier> {
        identifiers.iter().filter(move |identifier| {
            let is_free = !self.owners.contains_key(identifier);
            if is_free {
                self.owners.insert(identifier, profile);
            }
            if identifier.kind == Kind::Id && self.owners[identifier] == profile {
                self.identified.insert(profile);
            }
            is_free
        })
    }
}

impl Person {
    fn identifiers(&self) -> &[Identifier] {
        match self {
            Self::Profile(_) => &[],
            Self::Identifiers(identifiers) => identifiers,
        }
    }
}
