//! Checks several filters at once.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{ast::Filter, check::Check, known::KnownNames, predicate::Predicate};
use crate::db::ids::EnvironmentId;

/// What the catalogues have of the names in several filters, read once.
pub struct Catalogue {
    environment: EnvironmentId,
    known: KnownNames,
}

impl Catalogue {
    /// Reads it: one SQL statement for each catalogue that is needed, two for attributes.
    pub fn read<'a>(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        filters: impl Iterator<Item = &'a Filter>,
    ) -> QueryResult<Self> {
        let all = Filter::All(filters.cloned().collect());
        Ok(Self { environment, known: KnownNames::read(conn, environment, &all)? })
    }

    /// Checks one of the filters.
    ///
    /// # Errors
    /// What cannot be applied, in a sentence.
    pub fn check(&self, filter: &Filter, now: DateTime<Utc>) -> Result<Predicate, String> {
        match Check::new(&self.known, now).node(filter) {
            Ok(root) => Ok(Predicate { environment: self.environment, root }),
            Err(problem) => Err(problem.message),
        }
    }
}
