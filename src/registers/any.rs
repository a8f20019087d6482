//! All registers, whatever their keys and values are: what the write path goes through.

use std::collections::{BTreeSet, HashMap};

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, SmallInt, Text, Uuid as SqlUuid},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Correction, Fact, Facts, Keeps, Register, Row, Rows, Table, Taken, Turn, Unsayable, rows::seen};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    ledger::{ChangeKind, Stamp},
};

/// Registers, no two of the same kind.
#[derive(Clone, Copy)]
pub struct Registers(pub &'static [&'static dyn AnyRegister]);

/// A [`Register`], whichever.
pub trait AnyRegister: Send + Sync {
    /// See [`Register::KIND`].
    fn kind(&self) -> ChangeKind;

    /// See [`Register::SECTION`].
    fn section(&self) -> &'static str;

    /// See [`Register::RULE`].
    fn rule(&self) -> Keeps;

    /// Whether it has a table of its own, to which all that reads and writes rows applies.
    fn has_table(&self) -> bool;

    /// Reads the rows of these profiles into what is known of them, in one statement, or in none if there are no profiles.
    fn load(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        people: &mut HashMap<ProfileId, &mut Facts>,
    ) -> QueryResult<()>;

    /// Writes the rows of these profiles that changed, in one statement, or in none if none did.
    fn put(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        people: &[(ProfileId, &Facts)],
    ) -> QueryResult<usize>;

    /// [`Self::put`] for profiles that are new, by the thousand.
    fn copy(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        people: &[(ProfileId, &Facts)],
    ) -> QueryResult<usize>;

    /// Deletes the rows of a profile under these keys, as texts: nothing was ever said of them.
    fn remove(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        profile: ProfileId,
        keys: &[String],
    ) -> QueryResult<usize>;

    /// Adds the rows of a profile that becomes part of another one.
    fn join(&self, own: &mut Facts, theirs: &Facts, at: (ProfileId, Stamp)) -> (Vec<Turn>, Vec<Taken>);

    /// Gives up what was taken over, unless something newer was said of it; true where the row must be removed.
    fn give_up(&self, facts: &mut Facts, taken: &Taken, at: (ProfileId, Stamp)) -> (Option<Turn>, bool);

    /// What puts a key right that was `was` and becomes `becomes`, both as in the ledger.
    ///
    /// # Errors
    /// It would not be accepted today, or it would take back what can only be replaced.
    fn correction(&self, subject: &str, was: Option<&Json>, becomes: Option<&Json>) -> Result<Correction, Unsayable>;

    /// What is known under a key, as the ledger writes both.
    fn shown(&self, facts: &Facts, subject: &str) -> Option<Json>;

    /// The keys that any of these has, in their order.
    fn subjects(&self, all: &[&Facts]) -> Vec<String>;
}

impl<R: Register> AnyRegister for R {
    fn kind(&self) -> ChangeKind {
        R::KIND
    }

    fn section(&self) -> &'static str {
        R::SECTION
    }

    fn rule(&self) -> Keeps {
        R::RULE
    }

    fn has_table(&self) -> bool {
        R::TABLE.is_some()
    }

    fn load(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        people: &mut HashMap<ProfileId, &mut Facts>,
    ) -> QueryResult<()> {
        let wanted: Vec<Uuid> = people.keys().map(|profile| profile.0).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        for Row { profile, key, value, stamp } in R::load(conn, environment, &wanted)? {
            if let Some(facts) = people.get_mut(&profile) {
                facts.of_mut::<R>().load(key, value, stamp);
            }
        }
        Ok(())
    }

    fn put(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        people: &[(ProfileId, &Facts)],
    ) -> QueryResult<usize> {
        let rows = dirty::<R>(people);
        if rows.is_empty() { Ok(0) } else { R::put(conn, environment, &rows) }
    }

    fn copy(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        people: &[(ProfileId, &Facts)],
    ) -> QueryResult<usize> {
        let rows = dirty::<R>(people);
        if rows.is_empty() { Ok(0) } else { R::copy(conn, environment, &rows) }
    }

    fn remove(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        profile: ProfileId,
        keys: &[String],
    ) -> QueryResult<usize> {
        let Some(Table { remove, .. }) = R::TABLE else { return Ok(0) };
        sql_query(remove)
            .bind::<SmallInt, _>(environment)
            .bind::<SqlUuid, _>(profile.0)
            .bind::<Array<Text>, _>(keys)
            .execute(conn)
    }

    fn join(&self, own: &mut Facts, theirs: &Facts, at: (ProfileId, Stamp)) -> (Vec<Turn>, Vec<Taken>) {
        theirs.of::<R>().map_or_else(Default::default, |theirs| own.of_mut::<R>().join(theirs, at))
    }

    fn give_up(&self, facts: &mut Facts, taken: &Taken, at: (ProfileId, Stamp)) -> (Option<Turn>, bool) {
        facts.of_mut::<R>().give_up(taken, at)
    }

    fn correction(&self, subject: &str, was: Option<&Json>, becomes: Option<&Json>) -> Result<Correction, Unsayable> {
        let key = R::key(subject).ok_or(Unsayable::Unreadable)?;
        let becomes = match becomes {
            Some(shown) => R::read(&key, shown).ok_or(Unsayable::Unreadable)?,
            None => R::removed().ok_or(Unsayable::Unsaid)?,
        };
        // What it was is only compared with, so it may break a rule of today.
        Ok(Correction { was: was.cloned(), fact: Fact::new::<R>(key, becomes) })
    }

    fn shown(&self, facts: &Facts, subject: &str) -> Option<Json> {
        seen::<R>(facts.get::<R>(&R::key(subject)?))
    }

    fn subjects(&self, all: &[&Facts]) -> Vec<String> {
        let keys: BTreeSet<&R::Key> = all.iter().flat_map(|facts| facts.rows::<R>().map(|(key, ..)| key)).collect();
        keys.into_iter().map(R::Key::to_string).collect()
    }
}

fn dirty<'a, R: Register>(people: &[(ProfileId, &'a Facts)]) -> Vec<Row<&'a R::Key, &'a R::Value>> {
    let of = |(profile, facts): &(ProfileId, &'a Facts)| {
        let profile = *profile;
        let rows = facts.of::<R>().into_iter().flat_map(Rows::dirty);
        rows.map(move |(key, value, stamp)| Row { profile, key, value, stamp })
    };
    people.iter().flat_map(of).collect()
}

impl Registers {
    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = &'static dyn AnyRegister> {
        self.0.iter().copied()
    }

    /// The one of a kind of rows in the ledger, if these are of a register.
    pub fn find(self, kind: ChangeKind) -> Option<&'static dyn AnyRegister> {
        self.iter().find(|register| register.kind() == kind)
    }
}
