//! Statements that may take as long as they need.

use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text};

use super::sql_query;

/// Runs a statement that Postgres itself quoted, outside of a transaction and without the limits of time that others have.
pub fn without_limits(conn: &mut PgConnection, statement: &str) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Limits {
        #[diesel(sql_type = Text)]
        statement: String,
        #[diesel(sql_type = Text)]
        lock: String,
    }
    let before: Limits =
        sql_query("SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock")
            .get_result(conn)?;
    conn.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0")?;
    let done = conn.batch_execute(statement);
    sql_query("SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)")
        .bind::<Text, _>(before.statement)
        .bind::<Text, _>(before.lock)
        .execute(conn)?;
    done
}
