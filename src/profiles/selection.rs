//! Which profiles the list shows: those that have exactly what was typed, or those that a filter selects.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use super::exact::exact;
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
    /// Reads what was typed: no SQL statement for everybody, one to four for words, and one for each catalogue that conditions need. What is
    /// no filter is searched for as words, and the error comes with it.
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
            Ok(parsed) => {
                if parsed.is_words()
                    && let Some(found) = exactly(conn, environment, typed)?
                {
                    return Ok((found, None));
                }
                match parsed.check(conn, environment, now)? {
                    Ok(predicate) => return Ok((Self::By(predicate), None)),
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        Ok((Self::of_words(conn, environment, typed)?, Some(error)))
    }

    /// Reads what was typed as words.
    pub fn of_words(conn: &mut PgConnection, environment: EnvironmentId, typed: &str) -> QueryResult<Self> {
        let found = exactly(conn, environment, typed)?;
        Ok(found.unwrap_or_else(|| Self::By(Predicate::words(environment, typed))))
    }
}

fn exactly(conn: &mut PgConnection, environment: EnvironmentId, typed: &str) -> QueryResult<Option<Selection>> {
    let found = exact(conn, environment, typed.trim())?;
    Ok((!found.is_empty()).then(|| Selection::These(found.into_iter().map(|id| id.0).collect())))
}
