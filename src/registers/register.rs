//! The trait that an area implements for a register, with the types of its functions.

use std::fmt::{Debug, Display};

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::AddressTable;
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    json::{Json as Stored, canonical, equal},
    ledger::{ChangeKind, Leave, Stamp},
};

/// A kind of fact of which a profile holds the newest statement under each key. Its storage has a row for each key, removed ones included,
/// with the stamp of the newest statement.
pub trait Register: Sized + Send + Sync + 'static {
    /// The key; a profile has at most one value for each. Its text is the subject of ledger rows.
    type Key: Clone + Debug + Display + Ord + Send + Sync;
    /// The value of a key. Removed is a value too, so that it has a stamp. `merges.taken` keeps values as their JSON.
    type Value: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;

    /// Kind of the register's ledger rows; no other register has the same.
    const KIND: ChangeKind;
    /// Heading under which a comparison of two profiles shows the register.
    const SECTION: &'static str;
    /// The rule of [`Self::keeps`], in words.
    const RULE: Keeps = OWN_WINS;

    /// What a source must have leave for, so that its looser statement replaces a stricter one ([`Self::strictness`], [`Self::may_loosen`]);
    /// `None`: the newer one wins, whoever says it. The table of such a register has a column `statements`, and [`Table::load`] selects it.
    const LEAVE: Option<Leave> = None;

    /// The register's table, which has a foreign key to `profiles` that deletes the rows of an erased profile. `None`: columns of the
    /// profile's row, which the write path reads and writes as a whole (`ingest/profile_rows.rs`).
    const TABLE: Option<Table<Self>>;
    /// Table for what is said of addresses, which holds for whoever is reached there. `None`: it is only said of people.
    const OF_ADDRESSES: Option<AddressTable> = None;

    /// Reads the rows of these profiles, removed ones included, in one SQL statement.
    fn load(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        profiles: &[Uuid],
    ) -> QueryResult<Vec<Row<Self::Key, Self::Value>>> {
        #[derive(QueryableByName)]
        struct Found {
            #[diesel(sql_type = SqlUuid)]
            profile_id: Uuid,
            #[diesel(sql_type = Text)]
            key: String,
            #[diesel(sql_type = Nullable<Jsonb>)]
            value: Option<Stored>,
            #[diesel(sql_type = Jsonb)]
            stamp: Stored,
        }
        #[derive(QueryableByName)]
        struct WithStatements {
            #[diesel(embed)]
            found: Found,
            #[diesel(sql_type = Nullable<Jsonb>)]
            statements: Option<Stored>,
        }
        let Some(Table { load, .. }) = Self::TABLE else { return Ok(Vec::new()) };
        let query = sql_query(load).bind::<SmallInt, _>(environment).bind::<Array<SqlUuid>, _>(profiles);
        let found: Vec<WithStatements> = match Self::LEAVE {
            Some(_) => query.load(conn)?,
            None => {
                let found: Vec<Found> = query.load(conn)?;
                found.into_iter().map(|found| WithStatements { found, statements: None }).collect()
            }
        };
        let row = |WithStatements { found: row, statements }: WithStatements| {
            let value = row.value.map_or(Json::Null, |value| value.0);
            Some(Row {
                profile: ProfileId(row.profile_id),
                key: Self::key(&row.key)?,
                value: serde_json::from_value(value).ok()?,
                stamp: serde_json::from_value(row.stamp.0).ok()?,
                statements: statements.map(|statements| statements.0),
            })
        };
        Ok(found.into_iter().filter_map(row).collect())
    }

    /// Writes new and changed rows in one SQL statement. Returns the number of rows.
    fn put(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        rows: &[Row<&Self::Key, &Self::Value>],
    ) -> QueryResult<usize> {
        let Some(Table { put, columns, .. }) = Self::TABLE else { return Ok(0) };
        let row = |row: &Row<&Self::Key, &Self::Value>| {
            let mut columns = columns(row.key, row.value, row.stamp);
            columns["profile_id"] = json!(row.profile);
            columns["stamp"] = row.stamp.to_json();
            if Self::LEAVE.is_some() {
                columns["statements"] = row.statements.clone().unwrap_or_default();
            }
            columns
        };
        sql_query(put)
            .bind::<SmallInt, _>(environment)
            .bind::<Jsonb, _>(Stored(rows.iter().map(row).collect()))
            .execute(conn)
    }

    /// [`Self::put`] for new profiles, by the thousand.
    fn copy(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        rows: &[Row<&Self::Key, &Self::Value>],
    ) -> QueryResult<usize> {
        Self::put(conn, environment, rows)
    }

    /// Reads the stored text of a key; `None` if it is no key.
    fn key(subject: &str) -> Option<Self::Key>;

    /// The value as the ledger has it; `None`: the value is removed.
    fn shown(value: &Self::Value) -> Option<Json> {
        serde_json::to_value(value).ok()
    }

    /// Reads [`Self::shown`]; `None` if today's rules refuse the value.
    fn read(key: &Self::Key, shown: &Json) -> Option<Self::Value> {
        let _ = key;
        serde_json::from_value(shown.clone()).ok()
    }

    /// The value "removed", which also stands for keys without a row; `None` if values can be replaced but not removed.
    fn removed() -> Option<Self::Value> {
        None
    }

    /// Prepares a statement: the value to keep, and the stamp that orders it.
    fn said(value: Self::Value, stamp: Stamp) -> (Self::Value, Stamp) {
        (value, stamp)
    }

    /// Whether `said` replaces `had` if both have one time and one index, so that arrival does not decide: a fixed order of values.
    fn outranks(key: &Self::Key, said: &Self::Value, had: &Self::Value) -> bool {
        let _ = key;
        let text = |value| Self::shown(value).map(|shown| canonical(&shown));
        text(said) > text(had)
    }

    /// Whether a source with this leave may say something of a key that is looser than what stands.
    fn may_loosen(key: &Self::Key, leave: Leave) -> bool {
        let _ = key;
        Self::LEAVE.is_none_or(|needed| leave >= needed)
    }

    /// How strict a value is; matters only with [`Self::LEAVE`].
    fn strictness(key: &Self::Key, value: &Self::Value) -> i64 {
        let _ = (key, value);
        0
    }

    /// Adds to a value what the other statement of its key says, whichever is newer.
    fn gather(value: &mut Self::Value, other: &Self::Value) {
        let _ = (value, other);
    }

    /// Which value stays when a profile with the value `theirs` is merged into one with `own`.
    fn keeps(key: &Self::Key, own: &Self::Value, theirs: &Self::Value) -> Kept<Self::Value> {
        let _ = (key, theirs);
        if Self::shown(own).is_some() { Kept::Own } else { Kept::Theirs }
    }

    /// Whether a key for browsers may state `said` about a profile that has an id and the value `had`.
    fn guard(key: &Self::Key, had: &Self::Value, said: &Self::Value) -> Guard {
        let _ = key;
        let had = Self::shown(had);
        if had.is_none() || equal(had.as_ref(), Self::shown(said).as_ref()) { Guard::Free } else { Guard::Overwrites }
    }

    /// Name that senders use for the value of a key.
    fn field(key: &Self::Key) -> String {
        format!("{} {key}", Self::KIND.as_str())
    }

    /// Text by which the search box finds a profile because of this value; `None`: not by it.
    fn searched(value: &Self::Value) -> Option<&str> {
        let _ = value;
        None
    }
}

/// SQL of a register's table: one statement reads or writes a whole batch.
pub struct Table<R: Register> {
    /// Selects `profile_id`, `key` as its text, `value` as its JSON and `stamp` of the rows of environment `$1` and profiles `$2`.
    pub load: &'static str,
    /// Inserts or updates rows of environment `$1`, given as a JSON array `$2` of `profile_id`, `stamp` and [`Self::columns`].
    pub put: &'static str,
    /// Deletes the rows of environment `$1` and profile `$2` under the keys `$3`, as texts.
    pub remove: &'static str,
    /// A row for [`Self::put`], as an object.
    pub columns: fn(&R::Key, &R::Value, Stamp) -> Json,
}

/// A row of a register.
#[derive(Clone, Debug)]
pub struct Row<K, V> {
    /// Profile that has the row.
    pub profile: ProfileId,
    /// Key of the row.
    pub key: K,
    /// Value of the row.
    pub value: V,
    /// Stamp of the newest statement of the key.
    pub stamp: Stamp,
    /// All statements that count or may count, with [`Register::LEAVE`]; `None`: only this one, whose source may loosen.
    pub statements: Option<Json>,
}

/// Which of two values stays in a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept<V> {
    /// The survivor's value.
    Own,
    /// The merged profile's value.
    Theirs,
    /// The one with the newer stamp.
    Newer,
    /// A value made of both, with the source of the survivor's.
    Both(V),
}

/// Why the survivor's value is kept, and why the merged profile's, if both have one; texts for operators.
pub type Keeps = [&'static str; 2];

/// The survivor's value stays.
pub const OWN_WINS: Keeps = ["this profile’s own value wins", "this profile’s own value was removed"];
/// The stricter of both answers stays.
pub const STRICTER: Keeps = ["the stricter answer wins", "the stricter answer wins"];
/// The newer of both values stays.
pub const NEWER: Keeps = ["the newer one wins", "the newer one wins"];

/// How far a key for browsers is believed about one value of a profile that has an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Believed: the statement fills an empty key or repeats the value.
    Free,
    /// The statement replaces a value: believed only if the key may overwrite.
    Overwrites,
    /// Never believed; holds the reason.
    Never(&'static str),
}
