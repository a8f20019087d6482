//! The job that undoes a group's changes on all profiles, chunk by chunk.

use diesel::{PgConnection, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::current::Standing;
use crate::{
    db::ids::{EnvironmentId, ProfileId, ProfileKey},
    ingest::{REGISTERS, Trust},
    jobs::{AT_ONCE, Chunk, StoredTask, Task},
    ledger::{ChangeRow, GroupId, read},
    registers::Registers,
};

/// Most changes of one chunk, and most that are undone on one profile.
const CHANGES: i64 = 5_000;

/// The task of undoing a group's changes where nothing newer depends on them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Undo {
    /// Id of the group.
    pub group: Uuid,
}

impl StoredTask for Undo {
    const KIND: &'static str = "undo";
}

impl Task for Undo {
    /// An admin saw what changes back.
    fn trust(&self) -> Trust {
        Trust::Operator
    }

    fn next(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        after: Option<ProfileId>,
    ) -> QueryResult<Chunk> {
        undo_chunk(conn, REGISTERS, environment, GroupId(self.group), after)
    }
}

/// The next profiles that a group changed, with the items that undo its changes.
pub fn undo_chunk(
    conn: &mut PgConnection,
    registers: Registers,
    environment: EnvironmentId,
    group: GroupId,
    after: Option<ProfileId>,
) -> QueryResult<Chunk> {
    let mut rows = read::of_everybody(conn, environment, group, after, CHANGES + 1)?;
    let mut reached = None;
    if rows.len() > CHANGES as usize {
        let (first, last) = (rows[0].profile, rows[rows.len() - 1].profile);
        match first == last {
            // Somebody with so many changes is a chunk of their own.
            true => rows = read::of_group(conn, ProfileKey { environment, profile: first }, group, CHANGES)?,
            // Of the last one some rows may be missing.
            false => rows.retain(|row| row.profile != last),
        }
        reached = rows.last().map(|row| row.profile);
    }
    let mut people: Vec<ProfileId> = rows.iter().map(|row| row.profile).collect();
    people.dedup();
    if people.len() > AT_ONCE as usize {
        people.truncate(AT_ONCE as usize);
        reached = people.last().copied();
        rows.retain(|row| Some(row.profile) <= reached);
    }
    // By profile, each newest first.
    rows.sort_by_key(|row: &ChangeRow| (row.profile, std::cmp::Reverse((row.recorded_at, row.id))));
    let steps = Standing::load(conn, registers, environment, &rows)?.plan(&rows);
    let refused = steps.iter().filter(|step| step.refusal().is_some()).map(|step| step.count).sum();
    let items = steps.iter().filter_map(|step| step.item(step.whole.recorded_at)).collect();
    Ok(Chunk { items, looked_at: people.len(), reached, refused, ..Chunk::default() })
}
