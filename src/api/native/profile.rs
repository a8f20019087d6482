//! A profile as JSON for the API.

use std::{collections::BTreeSet, str::FromStr};

use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Jsonb, SmallInt, Text, Uuid as SqlUuid},
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
    words::words,
};

words! {
    /// A part of a profile that a sender may ask for.
    enum Field {
        Identifiers = "identifiers";
        Attributes = "attributes";
        Tags = "tags";
        Addresses = "addresses";
        Devices = "devices";
        Subscriptions = "subscriptions";
        Consents = "consents";
        Restrictions = "restrictions";
        /// Segments that they are in: answered to those who ask for them by name.
        Segments = "segments";
    }
}

/// The parts of a profile that a call asks for.
#[derive(Clone, Debug)]
pub struct Fields(Vec<Field>);

impl Fields {
    /// All parts of the profile itself.
    pub fn all() -> Self {
        Self(Field::ALL.into_iter().filter(|field| *field != Field::Segments).collect())
    }
}

impl FromStr for Fields {
    type Err = Fault;

    /// Parses `tags,attributes`; blank means all parts but segments.
    fn from_str(list: &str) -> Result<Self, Fault> {
        if list.is_empty() {
            return Ok(Self::all());
        }
        let field = |name: &str| {
            name.trim().parse().map_err(|()| {
                let names = Field::ALL.map(Field::as_str).join(", ");
                let shown: String = name.trim().chars().take(80).collect();
                let rule = format!("fields must be some of {names}; got {shown:?}");
                Fault::new(codes::UNKNOWN_FIELD, rule).field("fields")
            })
        };
        let mut fields: Vec<Field> = list.split(',').map(field).collect::<Result<_, _>>()?;
        fields.sort_unstable();
        fields.dedup();
        Ok(Self(fields))
    }
}

/// One row: the whole profile is one JSON object, put together by Postgres.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    profile: Json,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    version: i64,
}

/// A profile as JSON, with what its tag is made of.
pub struct Shown {
    pub id: ProfileId,
    pub version: i64,
    pub document: Value,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The profile of a person, or its survivor if it was merged; `None` if nobody is meant.
pub fn find(conn: &mut PgConnection, environment: EnvironmentId, person: &Person) -> QueryResult<Option<ProfileId>> {
    let found = match person {
        Person::Profile(profile) => {
            let merged = profiles::store::merged_into(conn, environment, &BTreeSet::from([*profile]))?;
            let profile = merged.get(profile).copied().unwrap_or(*profile);
            let known = profiles::store::versions(conn, environment, &BTreeSet::from([profile]))?;
            return Ok(known.contains_key(&profile).then_some(profile));
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
        Person::Addressed(..) | Person::Reached(..) => None,
    };
    Ok(found.map(|found| ProfileId(found.id)))
}

/// The fault of an address whose profile does not exist.
pub fn missing() -> Fault {
    Fault::new(codes::NOT_FOUND, "There is no such profile. To ask by another identifier write it as kind:value.")
}

/// Profiles in one statement, in no order, with at most a thousand identifiers and a thousand devices each.
pub fn load(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[Uuid],
    fields: &Fields,
) -> QueryResult<Vec<Shown>> {
    let rows: Vec<Row> = sql_query(include_str!("profile.sql"))
        .bind::<SmallInt, _>(environment)
        .bind::<Array<SqlUuid>, _>(asked)
        .bind::<Array<Text>, _>(fields.0.iter().map(|field| field.as_str()).collect::<Vec<_>>())
        .load(conn)?;
    let shown = |row: Row| Shown { id: ProfileId(row.id), version: row.version, document: in_utc(row.profile.0) };
    Ok(rows.into_iter().map(shown).collect())
}

/// Writes the times of a profile as all other times are written: Postgres ends them with `+00:00`.
fn in_utc(mut profile: Value) -> Value {
    fn spell(fields: &mut Value) {
        for name in ["created_at", "updated_at", "first_seen_at", "last_seen_at", "until", "since"] {
            if let Some(Value::String(time)) = fields.get_mut(name)
                && let Some(local) = time.strip_suffix("+00:00")
            {
                *time = format!("{local}Z");
            }
        }
    }
    spell(&mut profile);
    for list in ["identifiers", "devices", "restrictions", "segments"] {
        profile.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().for_each(spell);
    }
    profile
}
