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

/// Several [`Gathered`] values: a tuple of them, or one before others.
pub trait Gather: Sized {
    /// SQL expression of each value.
    fn sql() -> Vec<&'static str>;

    /// Parses the values, in the same order.
    ///
    /// # Errors
    /// A value does not fit its type.
    fn read(values: Vec<Value>) -> serde_json::Result<Self>;
}

macro_rules! tuples {
    ($(($($name:ident),*))+) => {$(
        impl<$($name: Gathered),*> Gather for ($($name,)*) {
            fn sql() -> Vec<&'static str> {
                vec![$($name::SQL),*]
            }

            fn read(values: Vec<Value>) -> serde_json::Result<Self> {
                let mut _values = values.into_iter();
                Ok(($(serde_json::from_value::<$name>(_values.next().unwrap_or_default())?,)*))
            }
        }
    )+};
}

// What the pages read, and room for two cards more.
tuples! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E, F, G, H) (A, B, C, D, E, F, G, H, I) (A, B, C, D, E, F, G, H, I, J) }

/// A value, and others after it.
pub struct With<A, G>(pub A, pub G);

impl<A: Gathered, G: Gather> Gather for With<A, G> {
    fn sql() -> Vec<&'static str> {
        std::iter::once(A::SQL).chain(G::sql()).collect()
    }

    fn read(mut values: Vec<Value>) -> serde_json::Result<Self> {
        let others = values.split_off(values.len().min(1));
        let first = values.pop().unwrap_or_default();
        Ok(Self(serde_json::from_value(first)?, G::read(others)?))
    }
}

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
    for (place, sql) in G::sql().into_iter().enumerate() {
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
