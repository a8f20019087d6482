//! Registers of any key and value types, for the write path.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, SmallInt, Text, Uuid as SqlUuid},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    Correction, Fact, Facts, Keeps, Moment, OfAddress, Register, Replaced, Row, Rows, Table, Taken, Unsayable,
    of_address, rows::seen,
};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    ledger::{ChangeKind, Context},
};

/// A list of registers, no two of the same kind.
#[derive(Clone, Copy)]
pub struct Registers(pub &'static [&'static dyn AnyRegister]);

/// A [`Register`] of any key and value types.
pub trait AnyRegister: Send + Sync {
    /// See [`Register::KIND`].
    fn kind(&self) -> ChangeKind;

    /// See [`Register::SECTION`].
    fn section(&self) -> &'static str;

    /// See [`Register::RULE`].
    fn rule(&self) -> Keeps;

    /// Whether the register has a table of its own, to which reading and writing rows applies.
    fn has_table(&self) -> bool;

    /// Reads the rows of these profiles into their facts, in one SQL statement; in none if there are no profiles.
    fn load(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        people: &mut HashMap<ProfileId, &mut Facts>,
    ) -> QueryResult<()>;

    /// Writes the changed rows of these profiles in one SQL statement; in none if there are none. Returns the number of rows.
    fn put(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        people: &[(ProfileId, &Facts)],
    ) -> QueryResult<usize>;

    /// [`Self::put`] for new profiles, by the thousand.
    fn copy(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        people: &[(ProfileId, &Facts)],
    ) -> QueryResult<usize>;

    /// Deletes the rows of a profile under these keys (as texts), as if no statement had ever set them. Returns the number of rows.
    fn remove(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        profile: ProfileId,
        keys: &[String],
    ) -> QueryResult<usize>;

    /// Whether something can be said of an address.
    fn is_of_addresses(&self) -> bool;

    /// What is stored of these addresses, each a channel and a normalised text, in one SQL statement; in none if there are none.
    fn load_of_addresses(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        asked: &[(&str, &str)],
    ) -> QueryResult<Vec<OfAddress>>;

    /// Stores what counts or may count of what is said of addresses in this register, in one SQL statement; in none if there is nothing.
    /// Returns the number of rows.
    fn put_of_addresses(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        present: DateTime<Utc>,
        said: &[OfAddress],
    ) -> QueryResult<usize>;

    /// Removes what is stored of these addresses.
    fn forget_addresses(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        gone: &[(&str, &str)],
    ) -> QueryResult<()>;

    /// Merges: adds the rows `theirs` of the merged profile to the survivor's `own`. Returns what was taken over.
    fn join(&self, own: &mut Facts, theirs: &Facts, moment: Moment, at: Context) -> Vec<Taken>;

    /// Undoes a merge: restores what was before `taken`, unless a newer statement changed it.
    fn give_up(&self, facts: &mut Facts, taken: &Taken, at: Context);

    /// Makes the rows equal to `new` ones.
    fn replace(&self, facts: &mut Facts, new: &Facts, at: Context) -> Replaced;

    /// The correction of a key from `was` to `becomes`, both as the ledger has them.
    ///
    /// # Errors
    /// [`Unsayable::Unreadable`]: today's rules refuse the value. [`Unsayable::Unsaid`]: a value of this register cannot be removed.
    fn correction(&self, subject: &str, was: Option<&Json>, becomes: Option<&Json>) -> Result<Correction, Unsayable>;

    /// The value of a key as the ledger has it; `None` if it has none.
    fn shown(&self, facts: &Facts, subject: &str) -> Option<Json>;

    /// The keys of any of these profiles, in their order, as texts.
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
        for Row { profile, key, value, stamp, statements } in R::load(conn, environment, &wanted)? {
            if let Some(facts) = people.get_mut(&profile) {
                facts.of_mut::<R>().load_with(key, value, stamp, statements);
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

    fn is_of_addresses(&self) -> bool {
        R::OF_ADDRESSES.is_some()
    }

    fn load_of_addresses(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        asked: &[(&str, &str)],
    ) -> QueryResult<Vec<OfAddress>> {
        of_address::load::<R>(conn, environment, asked)
    }

    fn put_of_addresses(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        present: DateTime<Utc>,
        said: &[OfAddress],
    ) -> QueryResult<usize> {
        of_address::put::<R>(conn, environment, present, said)
    }

    fn forget_addresses(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        gone: &[(&str, &str)],
    ) -> QueryResult<()> {
        of_address::forget::<R>(conn, environment, gone)
    }

    fn join(&self, own: &mut Facts, theirs: &Facts, moment: Moment, at: Context) -> Vec<Taken> {
        theirs.of::<R>().map_or_else(Default::default, |theirs| own.of_mut::<R>().join(theirs, moment, at))
    }

    fn give_up(&self, facts: &mut Facts, taken: &Taken, at: Context) {
        facts.of_mut::<R>().give_up(taken, at);
    }

    fn replace(&self, facts: &mut Facts, new: &Facts, at: Context) -> Replaced {
        new.of::<R>().map_or_else(Default::default, |new| facts.of_mut::<R>().replace(new, at))
    }

    fn correction(&self, subject: &str, was: Option<&Json>, becomes: Option<&Json>) -> Result<Correction, Unsayable> {
        let key = R::key(subject).ok_or(Unsayable::Unreadable)?;
        let becomes = match becomes {
            Some(shown) => R::read(&key, shown).ok_or(Unsayable::Unreadable)?,
            None => R::removed().ok_or(Unsayable::Unsaid)?,
        };
        // `was` is only compared, so it may break a rule of today.
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
        rows.map(move |(key, value, stamp, statements)| Row { profile, key, value, stamp, statements })
    };
    people.iter().flat_map(of).collect()
}

impl Registers {
    /// All registers of the list.
    pub fn iter(self) -> impl Iterator<Item = &'static dyn AnyRegister> {
        self.0.iter().copied()
    }

    /// The registers in which something can be said of an address.
    pub fn of_addresses(self) -> impl Iterator<Item = &'static dyn AnyRegister> {
        self.iter().filter(|register| register.is_of_addresses())
    }

    /// The register of a kind; `None` for kinds that no register has.
    pub fn find(self, kind: ChangeKind) -> Option<&'static dyn AnyRegister> {
        self.iter().find(|register| register.kind() == kind)
    }
}
