//! The task that replaces or removes a tag on all profiles.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Tag, Tags};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    ingest::{Item, Person, Statement},
    jobs::{AT_ONCE, Chunk, StoredTask, Task},
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Removes a tag from all profiles, and adds another one instead if given.
#[derive(Debug, Serialize, Deserialize)]
pub struct Retag {
    /// Tag to remove.
    pub from: String,
    /// Tag to add.
    pub to: Option<String>,
}

impl StoredTask for Retag {
    const KIND: &'static str = "retag";
}

impl Task for Retag {
    fn next(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        after: Option<ProfileId>,
    ) -> QueryResult<Chunk> {
        next(conn, environment, &self.from, self.to.as_deref(), after)
    }
}

/// The next profiles that have the tag `from`, with corrections that remove it, and add `to` if given.
fn next(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    from: &str,
    to: Option<&str>,
    after: Option<ProfileId>,
) -> QueryResult<Chunk> {
    // A tag that fails the check was never on any profile.
    let (Ok(from), Ok(to)) = (Tag::new(from), to.map(Tag::new).transpose()) else { return Ok(Chunk::default()) };
    let rows: Vec<Row> = sql_query(
        "SELECT id FROM profiles WHERE environment_id = $1 AND merged_into IS NULL AND tags @> ARRAY[$2] \
         AND ($3 IS NULL OR id > $3) ORDER BY id LIMIT $4",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Text, _>(from.as_str())
    .bind::<Nullable<SqlUuid>, _>(after.map(|profile| profile.0))
    .bind::<BigInt, _>(AT_ONCE)
    .load(conn)?;
    if rows.is_empty() {
        // No profile has the tag any more. If one has got it meanwhile, the tag stays in the catalogue.
        super::store::delete(conn, environment, from.as_str(), true)?;
    }
    let mut corrections = vec![Tags::put(from, false)];
    corrections.extend(to.map(|to| Tags::put(to, true)));
    let item = |row: &Row| Item {
        person: Person::Profile(ProfileId(row.id)),
        // The job replaces this time by that of its chunk.
        as_of: chrono::DateTime::UNIX_EPOCH,
        statement: Statement::Correct(corrections.clone()),
    };
    Ok(Chunk {
        items: rows.iter().map(item).collect(),
        looked_at: rows.len(),
        reached: rows.last().map(|row| ProfileId(row.id)),
        ..Chunk::default()
    })
}
