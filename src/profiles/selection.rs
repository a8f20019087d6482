//! Which profiles the list shows: those that have exactly what was typed, or those that a filter selects.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use super::lookup::{LookUp, look_up};
use crate::{
    db::ids::EnvironmentId,
    filter::{self, FilterError, Predicate},
    identities::Reading,
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
    /// Whom the list shows for what was typed: [`look_up`], then [`Selection::of`].
    pub fn shown(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        typed: &str,
        reading: Reading,
        now: DateTime<Utc>,
    ) -> QueryResult<(Self, Option<FilterError>)> {
        let found = look_up(conn, environment, typed, reading)?;
        Self::of(conn, environment, &found, typed, now)
    }

    /// Who was found by the whole of what was typed; if nobody was, whom it selects as a filter: one SQL statement for each catalogue that
    /// conditions need. What is no filter is searched for as words, and the error comes with it.
    pub fn of(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        found: &LookUp,
        typed: &str,
        now: DateTime<Utc>,
    ) -> QueryResult<(Self, Option<FilterError>)> {
        if let Some(these) = found.selection() {
            return Ok((these, None));
        }
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
