//! Facts of one profile that several areas store, read in one statement.

use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Jsonb, SmallInt, Uuid as SqlUuid},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ids::ProfileKey, sql_query};
use crate::json::Json;

/// What an area stores about a profile, as one JSON value.
pub trait Gathered: DeserializeOwned {
    /// SQL expression over the row `p` of `profiles`.
    const SQL: &'static str;
}

/// Several [`Gathered`] values, as a tuple.
pub trait Gather: Sized {
    /// SQL expression of each value.
    const SQL: &'static [&'static str];

    /// Parses the values, in the same order.
    ///
    /// # Errors
    /// A value does not fit its type.
    fn read(values: Vec<Value>) -> serde_json::Result<Self>;
}

macro_rules! tuples {
    ($(($($name:ident),+))+) => {$(
        impl<$($name: Gathered),+> Gather for ($($name,)+) {
            const SQL: &'static [&'static str] = &[$($name::SQL),+];

            fn read(values: Vec<Value>) -> serde_json::Result<Self> {
                let mut values = values.into_iter();
                Ok(($(serde_json::from_value::<$name>(values.next().unwrap_or_default())?,)+))
            }
        }
    )+};
}

// What the pages read, and room for two cards more.
tuples! { (A, B) (A, B, C, D, E, F, G, H) (A, B, C, D, E, F, G, H, I) (A, B, C, D, E, F, G, H, I, J) }

/// Reads several areas' facts of a profile in one statement; `None` if there is no such profile.
pub fn gather<G: Gather>(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
) -> QueryResult<Option<G>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Jsonb)]
        gathered: Json,
    }
    let mut query = sql_query("SELECT jsonb_build_array(");
    for (place, sql) in G::SQL.iter().enumerate() {
        query = query.and(if place == 0 { "" } else { ", " }).and(sql);
    }
    let row: Option<Row> = query
        .and(") AS gathered FROM profiles p WHERE p.environment_id = $1 AND p.id = $2")
        .bind::<SmallInt, _>(environment)
        .bind::<SqlUuid, _>(profile.0)
        .get_result(conn)
        .optional()?;
    let read = |row: Row| match row.gathered.0 {
        Value::Array(values) => G::read(values),
        _ => G::read(Vec::new()),
    };
    row.map(read).transpose().map_err(|error| diesel::result::Error::DeserializationError(error.into()))
}
