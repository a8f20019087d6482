//! A profile as the API shows it.

use std::{collections::BTreeSet, str::FromStr};

use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Bool, Jsonb, SmallInt, Text, Uuid as SqlUuid},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    api::Fault,
    db::{
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    ingest::Person,
    json::Json,
    profiles,
    rejections::codes,
};

/// The parts of a profile that a sender may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields([bool; 7]);

const NAMES: [&str; 7] = ["identifiers", "attributes", "tags", "addresses", "devices", "subscriptions", "consents"];

impl Fields {
    /// All of them.
    pub const ALL: Self = Self([true; 7]);
}

impl FromStr for Fields {
    type Err = Fault;

    /// Reads `tags,attributes`; nothing is everything.
    fn from_str(list: &str) -> Result<Self, Fault> {
        if list.is_empty() {
            return Ok(Self::ALL);
        }
        let mut asked = [false; 7];
        for name in list.split(',').map(str::trim) {
            let Some(place) = NAMES.iter().position(|known| *known == name) else {
                let shown: String = name.chars().take(80).collect();
                let rule = format!("fields must be some of {}; got {shown:?}", NAMES.join(", "));
                return Err(Fault::new(codes::UNKNOWN_FIELD, rule).field("fields"));
            };
            asked[place] = true;
        }
        Ok(Self(asked))
    }
}

/// One row: the whole profile is one JSON object, put together where the rows are.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    profile: Json,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The profile that is meant: whoever holds the identifier, and of merged ones the survivor. One of our own ids may be nobody's.
pub fn find(conn: &mut PgConnection, environment: EnvironmentId, person: &Person) -> QueryResult<Option<ProfileId>> {
    let found = match person {
        Person::Profile(profile) => {
            let merged = profiles::store::merged_into(conn, environment, &BTreeSet::from([*profile]))?;
            return Ok(Some(merged.get(profile).copied().unwrap_or(*profile)));
        }
        Person::Identifiers(known) => {
            let Some(known) = known.first() else { return Ok(None) };
            sql_query(
                "SELECT profile_id AS id FROM identifier_claims WHERE environment_id = $1 AND kind = $2 AND value = $3",
            )
            .bind::<SmallInt, _>(environment)
            .bind::<Text, _>(known.kind.as_str())
            .bind::<Text, _>(&known.value)
            .get_result::<Found>(conn)
            .optional()?
        }
        Person::Reached(..) => None,
    };
    Ok(found.map(|found| ProfileId(found.id)))
}

/// The fault of an address about nobody.
pub fn missing() -> Fault {
    Fault::new(codes::NOT_FOUND, "There is no such profile. To ask by another identifier write it as kind:value.")
}

/// Profiles in one statement, in no order. Of each at most a thousand identifiers and as many devices.
pub fn load(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[Uuid],
    Fields(fields): Fields,
) -> QueryResult<Vec<Value>> {
    let [identifiers, attributes, tags, addresses, devices, subscriptions, consents] = fields;
    let rows: Vec<Row> = sql_query(include_str!("profile.sql"))
        .bind::<SmallInt, _>(environment)
        .bind::<Array<SqlUuid>, _>(asked)
        .bind::<Bool, _>(identifiers)
        .bind::<Bool, _>(attributes)
        .bind::<Bool, _>(tags)
        .bind::<Bool, _>(addresses)
        .bind::<Bool, _>(devices)
        .bind::<Bool, _>(subscriptions)
        .bind::<Bool, _>(consents)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.profile.0).collect())
}
