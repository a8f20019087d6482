//! Runs the migrations that are embedded in the binary.
//!
//! Diesel's own runner sends a file as one string, which Citus refuses; this one sends one statement at a time.

use diesel::{
    Connection, PgConnection, QueryResult, RunQueryDsl,
    connection::BoxableConnection,
    migration::{Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion, Result},
    pg::Pg,
    sql_query,
};
use diesel_migrations::MigrationHarness;
use rust_embed::RustEmbed;

use super::databases;

#[derive(RustEmbed)]
#[folder = "migrations/"]
#[include = "*.sql"]
struct Files;

/// The migrations of this binary, oldest first.
pub struct Migrations;

struct Step {
    name: Name,
    up: String,
    down: String,
}

#[derive(Clone)]
struct Name(String);

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl MigrationName for Name {
    fn version(&self) -> MigrationVersion<'_> {
        self.0.split('_').next().unwrap_or_default().into()
    }
}

struct InTransaction;

impl MigrationMetadata for InTransaction {
    fn run_in_transaction(&self) -> bool {
        true
    }
}

impl Migration<Pg> for Step {
    fn run(&self, conn: &mut dyn BoxableConnection<Pg>) -> Result<()> {
        statements(&self.up).into_iter().try_for_each(|statement| Ok(conn.batch_execute(statement)?))
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<Pg>) -> Result<()> {
        statements(&self.down).into_iter().try_for_each(|statement| Ok(conn.batch_execute(statement)?))
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &InTransaction
    }

    fn name(&self) -> &dyn MigrationName {
        &self.name
    }
}

impl MigrationSource<Pg> for Migrations {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<Pg>>>> {
        let read = |path: String| -> Result<String> {
            let file = Files::get(&path).ok_or_else(|| format!("migration file {path} is missing"))?;
            Ok(String::from_utf8(file.data.into_owned())?)
        };
        let mut names: Vec<String> =
            Files::iter().filter_map(|path| path.strip_suffix("/up.sql").map(str::to_owned)).collect();
        names.sort_unstable();
        let step = |name: String| -> Result<Box<dyn Migration<Pg>>> {
            let (up, down) = (read(format!("{name}/up.sql"))?, read(format!("{name}/down.sql"))?);
            Ok(Box::new(Step { name: Name(name), up, down }))
        };
        names.into_iter().map(step).collect()
    }
}

/// Splits a file at each `;` that ends a line, but not inside a `$$` body.
fn statements(file: &str) -> Vec<&str> {
    let (mut found, mut start, mut position, mut in_body) = (Vec::new(), 0, 0, false);
    for line in file.split_inclusive('\n') {
        position += line.len();
        in_body ^= line.matches("$$").count() % 2 == 1;
        if !in_body && line.trim_end().ends_with(';') {
            found.push(file[start..position].trim());
            start = position;
        }
    }
    found
}

/// Number of the advisory lock that lets one process at a time migrate ("kith" in ASCII).
const LOCK: i64 = 0x6b69_7468;

/// Runs the pending migrations and returns their names. Processes that start together wait for each other.
///
/// # Errors
/// - The database belongs to a newer kith; it is left alone.
/// - A migration fails.
pub fn run_pending(conn: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    run_pending_after(conn, |_, _| Ok(()))
}

/// [`run_pending`], after `before` has succeeded, which is given the first of those that are pending; not called if none is.
///
/// # Errors
/// As [`run_pending`], and those of `before`.
pub fn run_pending_after(
    conn: &mut PgConnection,
    before: impl FnOnce(&mut PgConnection, &str) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<String>> {
    sql_query(format!("SELECT pg_advisory_lock({LOCK})")).execute(conn)?;
    let ran = match ahead(conn) {
        Ok(None) => {
            first_pending(conn).and_then(|first| first.map_or(Ok(()), |first| before(conn, &first))).and_then(|()| {
                conn.run_pending_migrations(Migrations)
                    .map(|versions| versions.iter().map(ToString::to_string).collect())
                    .map_err(|error| anyhow::anyhow!("a migration failed and was rolled back: {error}"))
            })
        }
        Ok(Some(ahead)) => Err(ahead.into()),
        Err(error) => Err(anyhow::anyhow!("{error}")),
    };
    sql_query(format!("SELECT pg_advisory_unlock({LOCK})")).execute(conn)?;
    ran
}

/// Reverts every migration, newest first. For tests.
pub fn revert_all(conn: &mut PgConnection) -> anyhow::Result<()> {
    conn.revert_all_migrations(Migrations).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(())
}

/// The database has migrations that this binary does not know.
#[derive(Debug, thiserror::Error)]
#[error(
    "this database belongs to a newer kith: its newest migration is {newest}, and this version knows those up to {known}. \
     Start the newer version, or restore the backup that was made before the upgrade"
)]
pub struct Ahead {
    newest: String,
    known: String,
}

/// Numbers of the migrations of this binary, oldest first.
pub fn known() -> Vec<String> {
    let names = Files::iter().filter_map(|path| path.strip_suffix("/up.sql").map(str::to_owned));
    let mut known: Vec<String> = names.map(|name| Name(name).version().to_string()).collect();
    known.sort_unstable();
    known
}

fn first_pending(conn: &mut PgConnection) -> anyhow::Result<Option<String>> {
    let pending = conn.pending_migrations(Migrations).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(pending.first().map(|step| step.name().version().to_string()))
}

fn ahead(conn: &mut PgConnection) -> Result<Option<Ahead>> {
    let known = known();
    let applied = conn.applied_migrations()?.into_iter().map(|version| version.to_string());
    let newest = applied.filter(|version| !known.contains(version)).max();
    Ok(newest.map(|newest| Ahead { newest, known: known.last().cloned().unwrap_or_default() }))
}

/// How the tables of a database stand to this binary.
#[derive(Debug)]
pub enum Standing {
    /// They are those of this binary, whose newest migration has this number.
    Current(String),
    /// Migrations are pending, from this one on.
    Pending(String),
    Newer(Ahead),
}

/// How the tables stand to this binary. It changes nothing, unlike Diesel's own question, which makes the table that it reads.
pub fn standing(conn: &mut PgConnection) -> QueryResult<Standing> {
    let applied = databases::migrations(conn)?;
    let known = known();
    let last = known.last().cloned().unwrap_or_default();
    if let Some(newest) = applied.iter().filter(|applied| !known.contains(applied)).max() {
        return Ok(Standing::Newer(Ahead { newest: newest.clone(), known: last }));
    }
    Ok(known.into_iter().find(|known| !applied.contains(known)).map_or(Standing::Current(last), Standing::Pending))
}

/// Why this binary cannot use the database: newer or pending migrations; `None` if it can.
pub fn obstacle(conn: &mut PgConnection) -> QueryResult<Option<String>> {
    Ok(match standing(conn)? {
        Standing::Current(_) => None,
        Standing::Pending(_) => Some("migrations are pending".to_owned()),
        Standing::Newer(ahead) => Some(ahead.to_string()),
    })
}

/// Whether any migration is pending.
pub fn is_pending(conn: &mut PgConnection) -> QueryResult<bool> {
    conn.transaction(|conn| conn.has_pending_migration(Migrations).map_err(diesel::result::Error::QueryBuilderError))
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn a_function_body_is_one_statement() {
        let file = "CREATE TABLE a (\n  b int\n);\n\nCREATE FUNCTION f() AS $$\nBEGIN\n  x;\nEND $$;\nSELECT 1;\n";
        let found = statements(file);
        assert_eq!(found.len(), 3);
        assert!(found[1].contains("x;") && found[1].ends_with("END $$;"));
    }
}
