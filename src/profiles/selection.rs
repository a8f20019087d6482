//! Which profiles the list shows: those that have exactly what was typed, or those that a filter selects.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use crate::{
    db::ids::EnvironmentId,
    filter::{self, FilterError, Predicate},
};

/// What was selected.
#[derive(Clone, Debug)]
pub enum Selection {
    /// These profiles.
    These(Vec<Uuid>),
    /// All that a filter is true of.
    By(Predicate),
}

impl Selection {
    /// Reads what was typed and finds nobody by the whole of it: one SQL statement for each catalogue that conditions need. What is no filter
    /// is searched for as words, and the error comes with it.
    pub fn of(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        typed: &str,
        now: DateTime<Utc>,
    ) -> QueryResult<(Self, Option<FilterError>)> {
        let error = match filter::parse(typed) {
            Ok(parsed) if parsed.filter.is_everybody() => {
                return Ok((Self::By(Predicate::everybody(environment)), None));
            }
            Ok(parsed) => match parsed.check(conn, environment, now)? {
                Ok(predicate) => return Ok((Self::By(predicate), None)),
                Err(error) => error,
            },
            Err(error) => error,
        };
        Ok((Self::By(Predicate::words(environment, typed)), Some(error)))
    }
}
