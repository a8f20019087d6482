//! What Postgres says of itself.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};

use crate::db::sql_query;

/// Facts about the server and this database.
#[derive(Clone, Debug, QueryableByName)]
pub struct Server {
    #[diesel(sql_type = Text)]
    pub version: String,
    #[diesel(sql_type = Text)]
    pub fsync: String,
    #[diesel(sql_type = Text)]
    pub synchronous_commit: String,
    #[diesel(sql_type = Text)]
    pub full_page_writes: String,
    #[diesel(sql_type = Text)]
    pub autovacuum: String,
    /// A standby, or a database that was made read-only.
    #[diesel(sql_type = Bool)]
    pub is_read_only: bool,
    #[diesel(sql_type = Integer)]
    pub most_connections: i32,
    #[diesel(sql_type = BigInt)]
    pub connections: i64,
    /// Seconds since the oldest open transaction of anybody else began, as far as our role may know.
    #[diesel(sql_type = BigInt)]
    pub oldest_transaction: i64,
    /// Age of the oldest transaction number that is not frozen, of all databases; at 2^31 Postgres stops.
    #[diesel(sql_type = BigInt)]
    pub oldest_number: i64,
    #[diesel(sql_type = Timestamptz)]
    pub clock: DateTime<Utc>,
    /// Bytes of the database.
    #[diesel(sql_type = BigInt)]
    pub size: i64,
    #[diesel(sql_type = BigInt)]
    pub replicas: i64,
    /// When a running kith last asked something; `None`: none is connected.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub asked_at: Option<DateTime<Utc>>,
}

/// Asks, in one SQL statement.
pub fn read(conn: &mut PgConnection) -> QueryResult<Server> {
    sql_query(
        "SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync, \
             current_setting('synchronous_commit') AS synchronous_commit, current_setting('full_page_writes') AS full_page_writes, \
             current_setting('autovacuum') AS autovacuum, \
             pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS is_read_only, \
             current_setting('max_connections')::integer AS most_connections, \
             (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections, \
             coalesce((SELECT extract(epoch FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity \
                 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()), 0)::bigint AS oldest_transaction, \
             (SELECT max(age(datfrozenxid))::bigint FROM pg_database) AS oldest_number, clock_timestamp() AS clock, \
             pg_database_size(current_database()) AS size, (SELECT count(*) FROM pg_stat_replication) AS replicas, \
             (SELECT max(query_start) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kith') AS asked_at",
    )
    .get_result(conn)
}
