//! Statements with constant text, planned once a connection.
//!
//! Diesel cannot know that a text given to its `sql_query` is one of a few, so Postgres parses and plans it each time (measured: two thirds
//! of the time of a page over monthly partitions). All of ours are constant: the compiler takes no other.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, BoxedSqlQuery, Query, QueryFragment, QueryId, SqlQuery},
    serialize::ToSql,
    sql_types::{HasSqlType, Untyped},
};

/// A statement with its values.
#[must_use = "it only runs when it is executed or loaded"]
pub struct Prepared<'a>(BoxedSqlQuery<'a, Pg, SqlQuery>);

/// A statement. Its text must be constant, for Postgres keeps each text as long as the connection lives.
pub fn sql_query<'a>(text: &'static str) -> Prepared<'a> {
    Prepared(diesel::sql_query(text).into_boxed())
}

impl<'a> Prepared<'a> {
    /// Appends another constant text.
    pub fn and(self, text: &'static str) -> Self {
        Self(self.0.sql(text))
    }

    /// Binds the next of `$1`, `$2`, ….
    pub fn bind<S, V>(self, value: V) -> Self
    where
        Pg: HasSqlType<S>,
        V: ToSql<S, Pg> + Send + 'a,
        S: Send + 'a,
    {
        Self(self.0.bind(value))
    }
}

impl QueryFragment<Pg> for Prepared<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl QueryId for Prepared<'_> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Prepared<'_> {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for Prepared<'_> {}
