//! The job that makes a change, along the list of those who were chosen.

use std::collections::HashMap;

use chrono::DateTime;
use diesel::{PgConnection, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    BulkId,
    change::{Became, Change},
    store,
};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        keyset::Seek,
    },
    ingest::{Item, Person, Trust},
    jobs::{AT_ONCE, Chunk, Keeping, Said, StoredTask, Task},
    messages::{self, Asked, Status},
};

/// The task of changing those who were chosen.
#[derive(Debug, Serialize, Deserialize)]
pub struct BulkJob {
    /// Id of the change.
    pub bulk: Uuid,
    /// What is done to each.
    pub change: Change,
}

impl StoredTask for BulkJob {
    const KIND: &'static str = "bulk";
}

impl Task for BulkJob {
    /// An operator saw whom it changes and how, and said why.
    fn trust(&self) -> Trust {
        Trust::Operator
    }

    fn next(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        after: Option<ProfileId>,
    ) -> QueryResult<Chunk> {
        // A change that breaks a rule of today is said of nobody.
        let Ok(statement) = self.change.statement() else { return Ok(Chunk::default()) };
        let way = after.map_or(Seek::Start, |profile| Seek::After(profile.0));
        let size = usize::try_from(AT_ONCE).unwrap_or_default();
        let page = store::targets(conn, environment, BulkId(self.bulk), &self.change, None, way, size)?;
        let mut chunk = Chunk { looked_at: page.rows.len(), ..Chunk::default() };
        chunk.reached = page.rows.last().map(|target| ProfileId(target.profile));
        for target in &page.rows {
            let profile = ProfileId(target.profile);
            match (target.left_alone(&self.change), &statement) {
                (Some(why), _) => {
                    chunk.refused += usize::from(why != Became::Already);
                    chunk.left_alone.push((profile, why.as_str()));
                }
                (None, Some(statement)) => chunk.items.push(Item {
                    person: Person::Profile(profile),
                    // The job replaces this time by that of its chunk.
                    as_of: DateTime::UNIX_EPOCH,
                    statement: statement.clone(),
                }),
                // Messages are asked for in `keep`, where the job moves on, too.
                (None, None) => chunk.left_alone.push((profile, Became::Asked.as_str())),
            }
        }
        Ok(chunk)
    }

    fn keep(&self, conn: &mut PgConnection, job: &Keeping<'_>, said: &Said) -> QueryResult<()> {
        let spared = said.left_alone.iter().filter_map(|(profile, why)| Some((*profile, Became::from_stored(why)?)));
        let told = said.effects.iter().map(|(profile, effect)| (*profile, Became::of(*effect)));
        let mut results: Vec<(ProfileId, Became)> = spared.chain(told).collect();
        if let Change::Send(sending) = &self.change {
            let to: Vec<ProfileId> =
                results.extract_if(.., |(_, became)| *became == Became::Asked).map(|(profile, _)| profile).collect();
            let asked = Asked { environment: job.environment, by: job.source, group: self.bulk, at: job.now };
            let found = messages::ask_each(job.db, conn, asked, &sending.draft(job.now), &to)?;
            let found: HashMap<ProfileId, Status> = found.into_iter().collect();
            // Whoever is not found was erased or merged since they were looked at.
            let became = |profile: ProfileId| found.get(&profile).map_or(Became::Gone, |it| Became::of_message(*it));
            results.extend(to.iter().map(|profile| (*profile, became(*profile))));
        }
        store::keep(conn, job.environment, BulkId(self.bulk), &results).map(drop)
    }
}
