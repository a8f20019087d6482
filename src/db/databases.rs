//! What concerns a whole database: its name, its neighbours on the server, and its address for other programs.

use diesel::{
    Connection, OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{BigInt, Bool, Integer, Text},
};

use super::sql_query;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    number: i32,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Major version of the server.
pub fn server_major(conn: &mut PgConnection) -> QueryResult<u32> {
    let found: Number =
        sql_query("SELECT current_setting('server_version_num')::integer / 10000 AS number").get_result(conn)?;
    Ok(found.number.unsigned_abs())
}

/// Name of the database that this connection is on.
pub fn name(conn: &mut PgConnection) -> QueryResult<String> {
    Ok(sql_query("SELECT current_database()::text AS name").get_result::<Name>(conn)?.name)
}

/// Whether the database has no tables of anybody.
pub fn is_blank(conn: &mut PgConnection) -> QueryResult<bool> {
    let found: Answer = sql_query(
        "SELECT NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') AS answer",
    )
    .get_result(conn)?;
    Ok(found.answer)
}

/// Number of the newest migration that ran on the database; `None` if it has no tables of kith.
pub fn newest_migration(conn: &mut PgConnection) -> QueryResult<Option<String>> {
    let found: Answer =
        sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS answer").get_result(conn)?;
    if !found.answer {
        return Ok(None);
    }
    let newest = sql_query("SELECT version AS name FROM __diesel_schema_migrations ORDER BY version DESC LIMIT 1");
    Ok(newest.get_result::<Name>(conn).optional()?.map(|found| found.name))
}

/// Numbers of all migrations that ran on the database, in no order; none if it has no tables of kith.
pub fn migrations(conn: &mut PgConnection) -> QueryResult<Vec<String>> {
    if newest_migration(conn)?.is_none() {
        return Ok(Vec::new());
    }
    let all: Vec<Name> = sql_query("SELECT version AS name FROM __diesel_schema_migrations LIMIT 10000").load(conn)?;
    Ok(all.into_iter().map(|found| found.name).collect())
}

/// Whether our role may create databases.
pub fn may_create(conn: &mut PgConnection) -> QueryResult<bool> {
    let found: Answer =
        sql_query("SELECT rolcreatedb OR rolsuper AS answer FROM pg_roles WHERE rolname = current_user")
            .get_result(conn)?;
    Ok(found.answer)
}

/// Number of connections to a database, this one not counted.
pub fn connections(conn: &mut PgConnection, database: &str) -> QueryResult<i64> {
    let found: Count =
        sql_query("SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()")
            .bind::<Text, _>(database)
            .get_result(conn)?;
    Ok(found.count)
}

/// What marks a database that a restore has not finished.
const DRAFT: &str = "being restored by kith";

/// Creates an empty database that is marked as a draft, in the place of a draft that was left behind.
///
/// # Errors
/// A database of that name is there, and is none of our drafts.
pub fn create_draft(conn: &mut PgConnection, database: &str) -> anyhow::Result<()> {
    let there = sql_query(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') AS name FROM pg_database WHERE datname = $1",
    );
    match there.bind::<Text, _>(database).get_result::<Name>(conn).optional()? {
        Some(mark) if mark.name != DRAFT => {
            anyhow::bail!("there is a database {database:?} already, which the restore would need: rename or drop it")
        }
        Some(_) => remove(conn, database)?,
        None => {}
    }
    let name = quoted(database);
    conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))?;
    Ok(conn.batch_execute(&format!("COMMENT ON DATABASE {name} IS '{DRAFT}'"))?)
}

/// Takes the mark of a draft away.
pub fn unmark(conn: &mut PgConnection, database: &str) -> QueryResult<()> {
    conn.batch_execute(&format!("COMMENT ON DATABASE {} IS NULL", quoted(database)))
}

/// Deletes a database, if it is there.
pub fn remove(conn: &mut PgConnection, database: &str) -> QueryResult<()> {
    conn.batch_execute(&format!("DROP DATABASE IF EXISTS {}", quoted(database)))
}

/// Gives databases other names, all or none of them. Nobody may be connected to them.
pub fn rename(conn: &mut PgConnection, names: &[(&str, &str)]) -> QueryResult<()> {
    conn.transaction(|conn| {
        names.iter().try_for_each(|(from, to)| {
            conn.batch_execute(&format!("ALTER DATABASE {} RENAME TO {}", quoted(from), quoted(to)))
        })
    })
}

/// Updates the planner's statistics of all tables.
pub fn analyze(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute("ANALYZE")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The address of another database of the same server.
pub fn neighbour(url: &str, database: &str) -> String {
    let (start, _, query) = parts(url);
    let query: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("dbname=")).collect();
    let database = percent_encoding::utf8_percent_encode(database, percent_encoding::NON_ALPHANUMERIC);
    let mut neighbour = format!("{start}/{database}");
    if !query.is_empty() {
        neighbour.push('?');
        neighbour.push_str(&query.join("&"));
    }
    neighbour
}

/// An address without its password, and the password: command lines can be read by everybody on the machine.
pub fn without_password(url: &str) -> (String, Option<String>) {
    let (start, path, query) = parts(url);
    let mut secret = None;
    let mut start = start.to_owned();
    if let Some((user, host)) = credentials(&start) {
        let (name, password) = start[user..host - 1].split_once(':').unwrap_or((&start[user..host - 1], ""));
        secret = Some(password.to_owned()).filter(|password| !password.is_empty());
        start = format!("{}{name}@{}", &start[..user], &start[host..]);
    }
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.strip_prefix("password=") {
            Some(password) => secret = Some(password.to_owned()),
            None => kept.push(pair),
        }
    }
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    let decoded = |text: String| percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
    (format!("{start}{path}{query}"), secret.map(decoded))
}

/// Where user and password begin in an address, and where the host does; `None` without a user. As libpq reads it: up to the first `@`.
fn credentials(url: &str) -> Option<(usize, usize)> {
    let user = url.find("://")? + 3;
    let end = user + url[user..].find(['@', '/'])?;
    url[end..].starts_with('@').then_some((user, end + 1))
}

/// The parts of an address: up to its host, the path with the database, and what follows the question mark.
fn parts(url: &str) -> (&str, &str, &str) {
    let host = credentials(url).map(|(_, host)| host).or_else(|| Some(url.find("://")? + 3)).unwrap_or(0);
    let query = url[host..].find('?').map_or(url.len(), |at| host + at);
    let path = url[host..query].find('/').map_or(query, |at| host + at);
    (&url[..path], &url[path..query], url.get(query + 1..).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::{neighbour, without_password};

    #[test]
    fn only_the_database_of_an_address_changes() {
        let socket = "postgresql:///kith?host=%2Frun&port=5432&user=kith";
        assert_eq!(neighbour(socket, "old_one"), "postgresql:///old%5Fone?host=%2Frun&port=5432&user=kith");
        let over_the_net = "postgres://ann:a%3Ab@db:6000,other:5432?sslmode=require";
        assert_eq!(
            neighbour(over_the_net, "postgres"),
            "postgres://ann:a%3Ab@db:6000,other:5432/postgres?sslmode=require"
        );
        assert_eq!(neighbour("postgresql://db/kith?dbname=other", "a"), "postgresql://db/a");
    }

    #[test]
    fn a_password_is_taken_out_of_an_address_wherever_it_is() {
        let secret = |url: &str| without_password(url);
        assert_eq!(
            secret("postgresql://ann:s%3Acret@db/kith"),
            ("postgresql://ann@db/kith".into(), Some("s:cret".into()))
        );
        assert_eq!(
            secret("postgresql://db/kith?user=ann&password=x%26y&sslmode=require"),
            ("postgresql://db/kith?user=ann&sslmode=require".into(), Some("x&y".into()))
        );
        assert_eq!(secret("postgresql:///kith?host=%2Frun"), ("postgresql:///kith?host=%2Frun".into(), None));
        assert_eq!(
            secret("postgresql://ann:a?b:c@db/kith?x=1"),
            ("postgresql://ann@db/kith?x=1".into(), Some("a?b:c".into()))
        );
        assert_eq!(secret("postgresql://ann@db"), ("postgresql://ann@db".into(), None));
    }
}
