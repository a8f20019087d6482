//! What an area says of a register of its own.

use std::fmt::{Debug, Display};

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    json::{Json as Stored, equal},
    ledger::{ChangeKind, Stamp},
};

/// A kind of fact of which a profile holds the newest statement under each key. Where it is kept has a row for each key, removed ones
/// included, with the stamp of that statement.
pub trait Register: Sized + Send + Sync + 'static {
    /// What a profile has one value for at most. Its text is the subject of rows of the ledger.
    type Key: Clone + Debug + Display + Ord + Send + Sync;
    /// What is kept under a key; a removed one is a value too, so that it keeps its stamp. `merges.taken` keeps it as its JSON.
    type Value: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;

    /// The kind of its rows in the ledger, no other register's.
    const KIND: ChangeKind;
    /// Under which heading a comparison of two profiles shows it.
    const SECTION: &'static str;
    /// By which rule [`Self::keeps`] decides, in words.
    const RULE: Keeps = OWN_WINS;

    /// The table of its own, which has a foreign key to `profiles` that deletes the rows of an erased profile. None: columns of the
    /// profile's own row, which the write path reads and writes as a whole (`ingest/profile_rows.rs`).
    const TABLE: Option<Table<Self>>;

    /// Reads the rows of these profiles in its table, removed ones included, in one statement.
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
        let Some(Table { load, .. }) = Self::TABLE else { return Ok(Vec::new()) };
        let found: Vec<Found> =
            sql_query(load).bind::<SmallInt, _>(environment).bind::<Array<SqlUuid>, _>(profiles).load(conn)?;
        let row = |row: Found| {
            let value = row.value.map_or(Json::Null, |value| value.0);
            Some(Row {
                profile: ProfileId(row.profile_id),
                key: Self::key(&row.key)?,
                value: serde_json::from_value(value).ok()?,
                stamp: serde_json::from_value(row.stamp.0).ok()?,
            })
        };
        Ok(found.into_iter().filter_map(row).collect())
    }

    /// Writes rows of its table, new and changed ones, in one statement; returns how many.
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
            columns
        };
        sql_query(put)
            .bind::<SmallInt, _>(environment)
            .bind::<Jsonb, _>(Stored(rows.iter().map(row).collect()))
            .execute(conn)
    }

    /// [`Self::put`] for profiles that are new, by the thousand.
    fn copy(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        rows: &[Row<&Self::Key, &Self::Value>],
    ) -> QueryResult<usize> {
        Self::put(conn, environment, rows)
    }

    /// Reads the text of a key, as stored.
    fn key(subject: &str) -> Option<Self::Key>;

    /// A value as the ledger writes it; none: it says that there is none.
    fn shown(value: &Self::Value) -> Option<Json> {
        serde_json::to_value(value).ok()
    }

    /// Reads [`Self::shown`]; none if it would not be accepted today.
    fn read(key: &Self::Key, shown: &Json) -> Option<Self::Value> {
        let _ = key;
        serde_json::from_value(shown.clone()).ok()
    }

    /// The value that says that there is none, as which a key is seen of which nothing was said; none where what was said can only be
    /// replaced.
    fn removed() -> Option<Self::Value> {
        None
    }

    /// A statement on its way in: the value to be kept, and the stamp that orders it.
    fn said(value: Self::Value, stamp: Stamp) -> (Self::Value, Stamp) {
        (value, stamp)
    }

    /// Adds to a value what another statement under its key says, whichever of the two is newer.
    fn gather(value: &mut Self::Value, other: &Self::Value) {
        let _ = (value, other);
    }

    /// Which value stays when a profile with the value `theirs` becomes part of one with `own`.
    fn keeps(key: &Self::Key, own: &Self::Value, theirs: &Self::Value) -> Kept<Self::Value> {
        let _ = (key, theirs);
        if Self::shown(own).is_some() { Kept::Own } else { Kept::Theirs }
    }

    /// Whether a key for browsers may say `said` of somebody who has an id and the value `had`.
    fn guard(key: &Self::Key, had: &Self::Value, said: &Self::Value) -> Guard {
        let _ = key;
        let had = Self::shown(had);
        if had.is_none() || equal(had.as_ref(), Self::shown(said).as_ref()) { Guard::Free } else { Guard::Overwrites }
    }

    /// What senders call the value of a key.
    fn field(key: &Self::Key) -> String {
        format!("{} {key}", Self::KIND.as_str())
    }

    /// Text by which a profile is found in the search box because of this value.
    fn searched(value: &Self::Value) -> Option<&str> {
        let _ = value;
        None
    }
}

/// How the table of a register is read and written: each by one statement for a whole batch.
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

/// One row of a register.
#[derive(Clone, Debug)]
pub struct Row<K, V> {
    /// Whose it is.
    pub profile: ProfileId,
    /// Its key.
    pub key: K,
    /// Its value.
    pub value: V,
    /// Of the statement that says so.
    pub stamp: Stamp,
}

/// Which of two values stays when two profiles become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept<V> {
    /// The survivor's own.
    Own,
    /// That of the profile that becomes part of it.
    Theirs,
    /// The one with the newer stamp.
    Newer,
    /// What is made of both, said by whoever said the survivor's own.
    Both(V),
}

/// Why the survivor's value is kept, and why the other's, where both have one.
pub type Keeps = [&'static str; 2];

/// The survivor's own value stays.
pub const OWN_WINS: Keeps = ["this profile’s own value wins", "this profile’s own value was removed"];
/// The stricter of two answers stays.
pub const STRICTER: Keeps = ["the stricter answer wins", "the stricter answer wins"];
/// The newer of two values stays.
pub const NEWER: Keeps = ["the newer one wins", "the newer one wins"];

/// How far a key for browsers is believed about one value of somebody who has an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// It fills what is empty, or says what is known.
    Free,
    /// It puts another value in the place of one: only keys that may overwrite say so.
    Overwrites,
    /// It must not be said, for this reason.
    Never(&'static str),
}
