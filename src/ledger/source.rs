//! Sources: operators, imported files, keys of senders, jobs, and people themselves. Table: `sources`.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, RunQueryDsl,
    dsl::max,
    prelude::*,
    sql_types::{Integer, Text},
};
use serde::Deserialize;

use super::Actor;
use crate::{
    db::{
        Db,
        ids::{EnvironmentId, KeyId, OperatorId, SourceId},
        recent::Recent,
        schema::{environments, sources},
    },
    error::AppError,
};

/// How long id and name of a source are cached.
const REMEMBERED: TimeDelta = TimeDelta::minutes(10);

/// Who or what states something. Sources with equal kind and reference are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    kind: &'static str,
    reference: String,
    name: String,
}

impl Source {
    /// An operator at the console.
    pub fn operator(id: OperatorId, name: &str) -> Self {
        Self { kind: "operator", reference: id.to_string(), name: name.to_owned() }
    }

    /// An imported file.
    pub fn import(file: &str) -> Self {
        Self { kind: "import", reference: file.to_owned(), name: format!("Import {file}") }
    }

    /// A sender's key without an id of its own, as in made-up data.
    pub fn key(name: &str) -> Self {
        Self { kind: "key", reference: name.to_owned(), name: format!("API key {name}") }
    }

    /// A job of kith.
    pub fn job(reference: &str, name: &str) -> Self {
        Self { kind: "job", reference: reference.to_owned(), name: name.to_owned() }
    }

    /// The person of a profile, on the page of their preferences.
    pub fn person() -> Self {
        Self {
            kind: "person",
            reference: "preferences".to_owned(),
            name: "the person, on their preference page".to_owned(),
        }
    }

    /// A sender's key.
    pub fn api_key(id: KeyId, name: &str) -> Self {
        Self { kind: "key", reference: id.to_string(), name: format!("API key {name}") }
    }
}

/// A source as stored, with the column names of the ledger's SQL statements.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, QueryableByName, Deserialize)]
pub struct SourceRow {
    /// Id of the source.
    #[diesel(column_name = source_id, sql_type = Integer)]
    pub id: SourceId,
    /// Sort of the source.
    #[diesel(column_name = source_kind, sql_type = Text, deserialize_as = String)]
    pub actor: Actor,
    /// Name for people.
    #[diesel(column_name = source_name, sql_type = Text)]
    pub name: String,
}

/// The id of a source; stores the source if it is new. A stored source keeps its name.
pub fn source_id(conn: &mut PgConnection, environment: EnvironmentId, source: &Source) -> QueryResult<SourceId> {
    let known = |conn: &mut PgConnection| {
        sources::table
            .filter(sources::environment_id.eq(environment.0))
            .filter(sources::kind.eq(source.kind).and(sources::ref_.eq(&source.reference)))
            .select(sources::id)
            .first::<i32>(conn)
            .optional()
    };
    loop {
        if let Some(id) = known(conn)? {
            return Ok(SourceId(id));
        }
        let last: Option<i32> = sources::table.select(max(sources::id)).first(conn)?;
        // Another process may take the same number or store the same source: then look again.
        diesel::insert_into(sources::table)
            .values((
                sources::id.eq(last.unwrap_or(0) + 1),
                sources::environment_id.eq(environment.0),
                sources::kind.eq(source.kind),
                sources::ref_.eq(&source.reference),
                sources::name.eq(&source.name),
            ))
            .on_conflict_do_nothing()
            .execute(conn)?;
    }
}

/// [`source_id`], cached for ten minutes, because operators submit often and rows of sources never change.
pub fn remembered_source(
    db: &Db,
    environment: EnvironmentId,
    source: &Source,
    now: DateTime<Utc>,
) -> Result<SourceId, AppError> {
    let (memory, key) = (db.memory::<Recent<_, _>>(), (environment, source.kind, source.reference.clone()));
    if let Some(id) = memory.get(&key, now, REMEMBERED) {
        return Ok(id);
    }
    let id = db.tx_now(|conn| source_id(conn, environment, source))?;
    memory.put(key, id, now);
    Ok(id)
}

/// Renames an operator in all that was said, and will be. [`forget_names`] afterwards.
pub fn rename_operator(conn: &mut PgConnection, operator: OperatorId, name: &str) -> QueryResult<usize> {
    let source = Source::operator(operator, name);
    diesel::update(sources::table)
        .filter(sources::environment_id.eq_any(environments::table.select(environments::id)))
        .filter(sources::kind.eq(source.kind).and(sources::ref_.eq(&source.reference)))
        .set(sources::name.eq(&source.name))
        .execute(conn)
}

/// Forgets the cached names of sources.
pub fn forget_names(db: &Db) {
    db.memory::<Recent<SourceId, String>>().forget(|_| true);
}

/// Whether a source is a job of kith, which may set values that nobody else may set.
pub fn is_job(conn: &mut PgConnection, id: SourceId) -> QueryResult<bool> {
    let kind: Option<String> = sources::table.find(id.0).select(sources::kind).first(conn).optional()?;
    Ok(kind.as_deref() == Some("job"))
}

/// Names of sources, cached for ten minutes. One SQL statement if some are not cached.
pub fn names(
    db: &Db,
    conn: &mut PgConnection,
    ids: &BTreeSet<SourceId>,
    now: DateTime<Utc>,
) -> QueryResult<HashMap<SourceId, String>> {
    let memory = db.memory::<Recent<SourceId, String>>();
    let remembered = |id: &SourceId| Some((*id, memory.get(id, now, REMEMBERED)?));
    let mut names: HashMap<SourceId, String> = ids.iter().filter_map(remembered).collect();
    let missing: Vec<i32> = ids.iter().filter(|id| !names.contains_key(*id)).map(|id| id.0).collect();
    if !missing.is_empty() {
        let rows: Vec<(SourceId, String)> =
            sources::table.filter(sources::id.eq_any(missing)).select((sources::id, sources::name)).load(conn)?;
        for (id, name) in rows {
            memory.put(id, name.clone(), now);
            names.insert(id, name);
        }
    }
    Ok(names)
}
