//! Reads the people of a file.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::columns::{FileColumns, Fixed};
use crate::{
    db::{ids::EnvironmentId, sql_query},
    json::Json,
};

/// One person, as far as columns ask.
#[derive(Debug, QueryableByName)]
pub struct Row {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = Array<Text>)]
    pub tags: Vec<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_seen_at: Option<DateTime<Utc>>,
    /// The current id.
    #[diesel(sql_type = Nullable<Text>)]
    pub key: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub email: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub phone: Option<String>,
    /// Pairs of kind and value.
    #[diesel(sql_type = Jsonb)]
    pub identifiers: Json,
    /// States by line, such as `email` or `all/news`.
    #[diesel(sql_type = Jsonb)]
    pub subscriptions: Json,
    #[diesel(sql_type = Jsonb)]
    pub attributes: Json,
}

/// These people, by their ids, in one SQL statement.
pub fn rows(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[Uuid],
    columns: &FileColumns,
) -> QueryResult<Vec<Row>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let fixed: Vec<&str> = columns.fixed.iter().map(|column: &Fixed| column.as_str()).collect();
    sql_query(include_str!("rows.sql"))
        .bind::<SmallInt, _>(environment)
        .bind::<Array<SqlUuid>, _>(asked)
        .bind::<Array<Text>, _>(fixed)
        .bind::<Array<Text>, _>(&columns.attributes)
        .load(conn)
}
