//! What Diesel asks of every piece of SQL that a type writes: conditions on rows, and whole statements.

/// Makes a type that writes SQL ([`diesel::query_builder::QueryFragment`]) a boolean expression, for `filter` and `select`.
macro_rules! condition {
    ($name:ident) => {
        impl diesel::expression::Expression for $name {
            type SqlType = diesel::sql_types::Bool;
        }
        impl<T> diesel::expression::AppearsOnTable<T> for $name {}
        impl<T> diesel::expression::SelectableExpression<T> for $name {}
        impl diesel::expression::ValidGrouping<()> for $name {
            type IsAggregate = diesel::expression::is_aggregate::Never;
        }
        impl diesel::query_builder::QueryId for $name {
            type QueryId = ();

            const HAS_STATIC_QUERY_ID: bool = false;
        }
    };
}

/// Makes a type that writes SQL a statement, whose rows are read by the names of their columns.
macro_rules! statement {
    ($name:ident) => {
        impl diesel::query_builder::QueryId for $name {
            type QueryId = ();

            const HAS_STATIC_QUERY_ID: bool = false;
        }
        impl diesel::query_builder::Query for $name {
            type SqlType = diesel::sql_types::Untyped;
        }
        impl diesel::RunQueryDsl<diesel::PgConnection> for $name {}
    };
}

pub(crate) use {condition, statement};
