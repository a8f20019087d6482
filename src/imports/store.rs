//! Rows of imports, and choices that are kept by name. Tables: `imports`, `import_choices`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};
use serde_json::json;
use uuid::Uuid;

use super::{Checkpoint, Choices};
use crate::{
    db::{
        ids::{EnvironmentId, ImportId, OperatorId},
        keyset::{Cursor, Page, Seek, seek},
        presence,
        schema::{import_choices, imports},
    },
    json::Json,
    words::words,
};

/// Imports of a page.
const PAGE: usize = 50;
/// Days that a file waits to be imported.
pub const WAITS_DAYS: i64 = 7;
/// Days that lines that were not imported are kept.
pub const REJECTS_DAYS: i64 = 30;
/// Choices that are kept by name.
pub const MOST_KEPT: usize = 100;

words! {
    /// How far an import is.
    pub enum Stage {
        /// The file is there, and may be imported.
        Ready = "ready", "Not imported yet";
        Trying = "trying", "Dry run";
        Importing = "importing", "Importing";
        Done = "done", "Imported";
        Stopped = "stopped", "Stopped";
        Failed = "failed", "Failed";
    }
}

impl Stage {
    /// Whether a process works on it, or will.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Trying | Self::Importing)
    }
}

impl From<String> for Stage {
    fn from(stored: String) -> Self {
        Self::from_stored(&stored).unwrap_or(Self::Failed)
    }
}

/// An import as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = imports)]
pub struct StoredImport {
    pub environment_id: EnvironmentId,
    pub id: ImportId,
    pub file_name: String,
    /// Bytes of the file.
    pub size: i64,
    pub fingerprint: String,
    /// Who brought the file, by name.
    pub by_name: String,
    choices: Json,
    /// How the file was read, in words.
    pub understood: String,
    meanings: Json,
    #[diesel(deserialize_as = String)]
    pub stage: Stage,
    reached: Json,
    /// Bytes that were read.
    pub read_bytes: i64,
    /// Why it failed.
    pub failure: Option<String>,
    pub created_at: DateTime<Utc>,
    /// When its lines arrived.
    pub began_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// The job that undoes it.
    pub undone_by: Option<Uuid>,
    held_by: Option<i32>,
}

impl StoredImport {
    pub fn choices(&self) -> Choices {
        self.choices.clone().read().unwrap_or_default()
    }

    /// Heads of columns, each with what it means.
    pub fn meanings(&self) -> Vec<(String, String)> {
        self.meanings.clone().read().unwrap_or_default()
    }

    /// Up to where it is stored.
    pub fn reached(&self) -> Checkpoint {
        self.reached.clone().read().unwrap_or_default()
    }

    /// Whether a living process works on it, or has not yet noticed that it is to stop.
    ///
    /// # Errors
    /// The database fails.
    pub fn is_in_hand(&self, conn: &mut PgConnection) -> QueryResult<bool> {
        match self.held_by {
            Some(holder) => Ok(presence::living(conn)?.contains(&holder)),
            None => Ok(false),
        }
    }

    pub fn key(&self) -> ImportKey {
        ImportKey { environment: self.environment_id, import: self.id }
    }

    pub fn place(&self) -> Cursor {
        Cursor { at: self.created_at, id: self.id.0 }
    }
}

/// An import, as tables know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportKey {
    pub environment: EnvironmentId,
    pub import: ImportId,
}

/// A file that was brought, or that the command line imported.
#[derive(Clone, Debug)]
pub struct NewImport<'a> {
    pub key: ImportKey,
    pub file_name: &'a str,
    pub size: i64,
    pub fingerprint: &'a str,
    pub operator: Option<OperatorId>,
    pub by_name: &'a str,
    pub choices: &'a Choices,
    pub understood: &'a str,
    pub meanings: &'a [(String, String)],
    pub stage: Stage,
    pub reached: &'a Checkpoint,
    pub created_at: DateTime<Utc>,
    /// When it began and ended, if it has.
    pub times: [Option<DateTime<Utc>>; 2],
}

/// Stores a new import.
pub fn insert(conn: &mut PgConnection, new: &NewImport<'_>) -> QueryResult<()> {
    use imports as i;
    let [began_at, ended_at] = new.times;
    let values = (
        (i::environment_id.eq(new.key.environment), i::id.eq(new.key.import)),
        (i::file_name.eq(new.file_name), i::size.eq(new.size), i::fingerprint.eq(new.fingerprint)),
        (i::operator_id.eq(new.operator.map(|it| it.0)), i::by_name.eq(new.by_name)),
        (i::choices.eq(Json(json!(new.choices))), i::understood.eq(new.understood)),
        (i::meanings.eq(Json(json!(new.meanings))), i::stage.eq(new.stage.as_str())),
        (i::reached.eq(Json(json!(new.reached))), i::read_bytes.eq(0)),
        (i::created_at.eq(new.created_at), i::began_at.eq(began_at), i::ended_at.eq(ended_at)),
    );
    diesel::insert_into(i::table).values(values).execute(conn).map(drop)
}

pub fn find(conn: &mut PgConnection, key: ImportKey) -> QueryResult<Option<StoredImport>> {
    let found = imports::table.find((key.environment, key.import));
    found.select(StoredImport::as_select()).first(conn).optional()
}

/// One page of an environment's imports, newest first.
pub fn page(conn: &mut PgConnection, environment: EnvironmentId, way: Seek<Cursor>) -> QueryResult<Page<StoredImport>> {
    let query = imports::table.filter(imports::environment_id.eq(environment)).into_boxed();
    let query = seek!(query, way.columns(), true, (imports::created_at, imports::id));
    let rows = query.select(StoredImport::as_select()).limit(PAGE as i64 + 1).load(conn)?;
    Ok(Page::from_read(rows, PAGE, &way))
}

/// Keeps what was chosen for an import that nobody works on; zero rows if somebody does.
pub fn choose(
    conn: &mut PgConnection,
    key: ImportKey,
    choices: &Choices,
    understood: &str,
    meanings: &[(String, String)],
) -> QueryResult<usize> {
    use imports as i;
    let waiting = i::table.find((key.environment, key.import)).filter(i::stage.eq(Stage::Ready.as_str()));
    let chosen = (
        i::choices.eq(Json(json!(choices))),
        i::understood.eq(understood),
        i::meanings.eq(Json(json!(meanings))),
        i::failure.eq(None::<String>),
    );
    diesel::update(waiting).set(chosen).execute(conn)
}

/// Has an import worked on from now on; zero rows if it changed meanwhile. One that was stopped, or failed, goes on from where it was.
pub fn begin(conn: &mut PgConnection, import: &StoredImport, stage: Stage, now: DateTime<Utc>) -> QueryResult<usize> {
    use imports as i;
    let is_new = import.stage == Stage::Ready;
    let began_at = import.began_at.filter(|_| !is_new).unwrap_or(now);
    // Of a dry run nothing is stored, however far it came.
    let reached = if is_new { Json(json!(Checkpoint::default())) } else { import.reached.clone() };
    let found = i::table.find((import.environment_id, import.id)).filter(i::stage.eq(import.stage.as_str()));
    diesel::update(found)
        .set((
            i::stage.eq(stage.as_str()),
            i::began_at.eq(began_at),
            i::reached.eq(reached),
            i::read_bytes.eq(0),
            i::failure.eq(None::<String>),
            i::ended_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)
}

/// Whether any import is to be worked on.
pub fn any_open(conn: &mut PgConnection) -> QueryResult<bool> {
    let open = imports::table.filter(imports::stage.eq_any([Stage::Trying.as_str(), Stage::Importing.as_str()]));
    diesel::select(diesel::dsl::exists(open)).get_result(conn)
}

/// The oldest import to be worked on that no other living process has, besides `but`.
pub fn next_open(conn: &mut PgConnection, own: i32, but: &[ImportId]) -> QueryResult<Option<StoredImport>> {
    use imports as i;
    let open = i::table
        .filter(i::stage.eq_any([Stage::Trying.as_str(), Stage::Importing.as_str()]))
        .filter(i::id.ne_all(but.iter().map(|it| it.0).collect::<Vec<_>>()))
        .order(i::created_at)
        .select(StoredImport::as_select());
    let found: Vec<StoredImport> = open.limit(100).load(conn)?;
    if found.is_empty() {
        return Ok(None);
    }
    let living = presence::living(conn)?;
    Ok(found.into_iter().find(|it| it.held_by.is_none_or(|holder| holder == own || !living.contains(&holder))))
}

/// Claims an import for the process with the number `own`; false if another process was faster.
pub fn take(conn: &mut PgConnection, import: &StoredImport, own: i32) -> QueryResult<bool> {
    use imports as i;
    let open = i::table.find((import.environment_id, import.id)).filter(i::stage.eq(import.stage.as_str()));
    let taken = open.filter(i::held_by.is_not_distinct_from(import.held_by));
    Ok(diesel::update(taken).set(i::held_by.eq(own)).execute(conn)? == 1)
}

/// Keeps how far the process with the number `own` is with what it was asked for; false if it is to stop, or another process has the import. What
/// an import stored before it was stopped counts; of a dry run that was stopped nothing may reach the import that follows it.
pub fn reach(
    conn: &mut PgConnection,
    import: &StoredImport,
    own: i32,
    reached: &Checkpoint,
    read_bytes: i64,
) -> QueryResult<bool> {
    use imports as i;
    let held = i::table.find((import.environment_id, import.id)).filter(i::held_by.eq(own));
    let held = held.filter(i::stage.eq_any([import.stage.as_str(), Stage::Stopped.as_str()]));
    let far = (i::reached.eq(Json(json!(reached))), i::read_bytes.eq(read_bytes));
    let stage: Option<String> = diesel::update(held).set(far).returning(i::stage).get_result(conn).optional()?;
    Ok(stage.is_some_and(|stage| stage == import.stage.as_str()))
}

/// Ends the work on an import, if it was not stopped meanwhile; in any case this process has it no more.
pub fn end(
    conn: &mut PgConnection,
    import: &StoredImport,
    own: i32,
    stage: Stage,
    failure: Option<&str>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    use imports as i;
    let held = i::table.find((import.environment_id, import.id)).filter(i::held_by.eq(own));
    let ended = (i::stage.eq(stage.as_str()), i::failure.eq(failure), i::ended_at.eq(now));
    diesel::update(held.filter(i::stage.eq(import.stage.as_str()))).set(ended).execute(conn)?;
    diesel::update(held).set(i::held_by.eq(None::<i32>)).execute(conn).map(drop)
}

/// Lets an import go, for this or another process to go on with.
pub fn release(conn: &mut PgConnection, import: &StoredImport, own: i32) -> QueryResult<()> {
    let held = imports::table.find((import.environment_id, import.id)).filter(imports::held_by.eq(own));
    diesel::update(held).set(imports::held_by.eq(None::<i32>)).execute(conn).map(drop)
}

/// Stops the work on an import: a dry run as if it had never been, an import where it is. Zero rows if nobody works on it.
pub fn stop(conn: &mut PgConnection, key: ImportKey, now: DateTime<Utc>) -> QueryResult<usize> {
    use imports as i;
    let of = |stage: Stage| i::table.find((key.environment, key.import)).filter(i::stage.eq(stage.as_str()));
    let tried = diesel::update(of(Stage::Trying))
        .set((i::stage.eq(Stage::Ready.as_str()), i::reached.eq(Json(json!(Checkpoint::default())))))
        .execute(conn)?;
    let stopped = (i::stage.eq(Stage::Stopped.as_str()), i::ended_at.eq(now));
    Ok(tried + diesel::update(of(Stage::Importing)).set(stopped).execute(conn)?)
}

/// Keeps which job undoes an import.
pub fn undone(conn: &mut PgConnection, key: ImportKey, job: Uuid) -> QueryResult<usize> {
    let found = imports::table.find((key.environment, key.import));
    diesel::update(found).set(imports::undone_by.eq(job)).execute(conn)
}

/// Removes an import of which nothing is stored; zero rows if something is, or somebody works on it.
pub fn remove(conn: &mut PgConnection, key: ImportKey) -> QueryResult<usize> {
    let waiting = imports::table.find((key.environment, key.import)).filter(imports::stage.eq(Stage::Ready.as_str()));
    diesel::delete(waiting).execute(conn)
}

/// Up to a hundred imports whose file or rejects have been there for long enough: the first are to go, of the others only the files.
pub fn outdated(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<[Vec<StoredImport>; 2]> {
    use imports as i;
    let waits =
        i::table.filter(i::stage.eq(Stage::Ready.as_str()).and(i::created_at.lt(now - TimeDelta::days(WAITS_DAYS))));
    let ended = i::table
        .filter(i::ended_at.lt(now - TimeDelta::days(REJECTS_DAYS)))
        .filter(i::ended_at.gt(now - TimeDelta::days(REJECTS_DAYS + WAITS_DAYS)));
    Ok([
        waits.select(StoredImport::as_select()).limit(100).load(conn)?,
        ended.select(StoredImport::as_select()).limit(1_000).load(conn)?,
    ])
}

/// Choices of an environment that are kept, by name.
pub fn kept(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<(String, Choices)>> {
    use import_choices as c;
    let rows: Vec<(String, Json)> = c::table
        .filter(c::environment_id.eq(environment))
        .order(c::name)
        .select((c::name, c::choices))
        .limit(MOST_KEPT as i64)
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(name, choices)| Some((name, choices.read().ok()?))).collect())
}

/// Keeps choices under a name, in place of those that it had.
pub fn keep(conn: &mut PgConnection, environment: EnvironmentId, name: &str, choices: &Choices) -> QueryResult<()> {
    use import_choices as c;
    let choices = Json(json!(choices));
    diesel::insert_into(c::table)
        .values((c::environment_id.eq(environment), c::name.eq(name), c::choices.eq(&choices)))
        .on_conflict((c::environment_id, c::name))
        .do_update()
        .set(c::choices.eq(&choices))
        .execute(conn)
        .map(drop)
}
