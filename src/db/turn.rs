//! Turns: work on an environment that one process does at a time.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Bool, Integer},
};

use super::{ids::EnvironmentId, sql_query};

/// What is done in turns. The number is the first one of its advisory locks; the second one is the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Turn {
    /// Asking people to confirm their email; "conf" in ASCII.
    Confirmations = 0x636F_6E66,
    /// Following segments, and saving definitions; "segm" in ASCII.
    Segments = 0x7365_676D,
}

impl Turn {
    /// Takes the turn until the end of the transaction; false if another process has it.
    pub fn take(self, conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<bool> {
        #[derive(QueryableByName)]
        struct Taken {
            #[diesel(sql_type = Bool)]
            is_ours: bool,
        }
        let taken: Taken = sql_query("SELECT pg_try_advisory_xact_lock($1, $2) AS is_ours")
            .bind::<Integer, _>(self as i32)
            .bind::<Integer, _>(i32::from(environment.0))
            .get_result(conn)?;
        Ok(taken.is_ours)
    }

    /// Waits for the turn.
    pub fn wait(self, conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<()> {
        sql_query("SELECT pg_advisory_xact_lock($1, $2)")
            .bind::<Integer, _>(self as i32)
            .bind::<Integer, _>(i32::from(environment.0))
            .execute(conn)
            .map(drop)
    }
}
