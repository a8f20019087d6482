//! Reads states from rows of `profiles` and writes them, one SQL statement for all profiles of a batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use serde::de::Error as Unreadable;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Seen, State};
use crate::{
    attributes::{AttributeValue, Attributes, terms},
    db::{
        Prepared,
        ids::{EnvironmentId, ProfileId},
        schema::profiles,
        sql_query,
    },
    json::Json,
    ledger::{Batch, Stamp},
    registers::{Facts, Register},
    tags::Tags,
};

/// Reads the states of these profiles in one SQL statement. Missing profiles are left out.
pub fn load_states(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    wanted: &[Uuid],
) -> QueryResult<HashMap<ProfileId, State>> {
    #[derive(Queryable)]
    struct Row {
        id: Uuid,
        name: String,
        attributes: Json,
        attribute_meta: Json,
        tags: Vec<String>,
        tag_meta: Json,
        search_text: String,
        created_at: DateTime<Utc>,
        merged_into: Option<Uuid>,
        version: i64,
        joined_at: Option<DateTime<Utc>>,
    }
    let rows: Vec<Row> = profiles::table
        .filter(profiles::environment_id.eq(environment.0).and(profiles::id.eq_any(wanted)))
        .select((
            profiles::id,
            profiles::name,
            profiles::attributes,
            profiles::attribute_meta,
            profiles::tags,
            profiles::tag_meta,
            profiles::search_text,
            profiles::created_at,
            profiles::merged_into,
            profiles::version,
            profiles::joined_at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|row| {
            let unreadable = |error: serde_json::Error| Error::DeserializationError(Box::new(error));
            let attributes: Map<String, Value> = serde_json::from_value(row.attributes.0).map_err(unreadable)?;
            let attributes = attributes.into_iter().map(|(name, value)| (name, Some(AttributeValue::stored(value))));
            let mut facts = Facts::default();
            load::<Attributes>(&mut facts, attributes, row.attribute_meta).map_err(unreadable)?;
            load::<Tags>(&mut facts, row.tags.into_iter().map(|tag| (tag, true)), row.tag_meta).map_err(unreadable)?;
            let state = State {
                name: row.name,
                search_text: row.search_text,
                created_at: row.created_at,
                merged_into: row.merged_into.map(ProfileId),
                version: row.version,
                joined_at: row.joined_at,
                facts,
                ..State::default()
            };
            Ok((ProfileId(row.id), state))
        })
        .collect()
}

/// Loads a register that is kept in the profile's row: `held` are its values, `stamps` the stamps of values and of removed keys.
fn load<R: Register>(
    facts: &mut Facts,
    held: impl Iterator<Item = (String, R::Value)>,
    stamps: Json,
) -> serde_json::Result<()> {
    let rows = facts.of_mut::<R>();
    let mut stamps: BTreeMap<String, Stamp> = serde_json::from_value(stamps.0)?;
    let unreadable = || Unreadable::custom("a key that its register does not read");
    for (key, value) in held {
        let stamp = stamps.remove(&key).unwrap_or(Stamp::NEVER);
        rows.load(R::key(&key).ok_or_else(unreadable)?, value, stamp);
    }
    for (key, stamp) in stamps {
        let (key, removed) = R::key(&key).zip(R::removed()).ok_or_else(unreadable)?;
        rows.load(key, removed, stamp);
    }
    Ok(())
}

fn attributes(state: &State) -> Json {
    let rows = state.facts.rows::<Attributes>();
    let held = rows.filter_map(|(name, value, _)| Some((name.to_string(), value.as_ref()?.json().clone())));
    Json(Value::Object(held.collect()))
}

/// Terms of all attributes, for the index.
fn terms(state: &State) -> Vec<i64> {
    let rows = state.facts.rows::<Attributes>();
    let held = rows.filter_map(|(name, value, _)| Some(terms::terms(name.as_str(), value.as_ref()?.json())));
    let terms: BTreeSet<i64> = held.flatten().collect();
    terms.into_iter().collect()
}

/// Numbers as Postgres writes an array: arrays of arrays cannot be bound.
fn array_text(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

/// Stamps of a register that is kept in the profile's row, by key, as JSON.
fn stamps<R: Register>(state: &State) -> Json {
    let said = state.facts.rows::<R>().filter(|(.., stamp)| *stamp != Stamp::NEVER);
    Json(Value::Object(said.map(|(key, _, stamp)| (key.to_string(), stamp.to_json())).collect()))
}

/// Writes the states that a batch changed: new profiles in one SQL statement, others in another. They change at `present`, not when the
/// batch was received, so that who asks what changed since does not miss a long import. If somebody else changed a profile meanwhile, the
/// transaction is rolled back and starts again.
pub fn write_states(
    conn: &mut PgConnection,
    batch: &Batch,
    present: DateTime<Utc>,
    states: &HashMap<ProfileId, State>,
    is_new: &dyn Fn(ProfileId) -> bool,
) -> QueryResult<()> {
    let mut dirty: Vec<(ProfileId, &State)> =
        states.iter().filter(|(_, state)| state.is_dirty).map(|(profile, state)| (*profile, state)).collect();
    dirty.sort_unstable_by_key(|(profile, _)| *profile);
    let (new, old): (Vec<_>, Vec<_>) = dirty.into_iter().partition(|(profile, _)| is_new(*profile));
    if !new.is_empty() {
        bind_states("INSERT INTO profiles (environment_id, id, name, attributes, attribute_meta, tags, tag_meta, search_text, \
                 created_at, updated_at, merged_into, joined_at, attribute_terms, source_id) \
             SELECT $1, u.id, u.name, u.attributes, u.attribute_meta, \
                 ARRAY(SELECT jsonb_array_elements_text(u.tags)), u.tag_meta, u.search_text, u.created_at, $2, \
                 u.merged_into, u.joined_at, u.attribute_terms::bigint[], $15 \
             FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS u (id, name, attributes, attribute_meta, tags, \
                 tag_meta, search_text, created_at, version, merged_into, joined_at, attribute_terms)", batch, present, &new)
        .bind::<Integer, _>(batch.source)
        .execute(conn)?;
    }
    if !old.is_empty() {
        let written = bind_states("UPDATE profiles p SET name = u.name, attributes = u.attributes, attribute_meta = u.attribute_meta, \
                 tags = ARRAY(SELECT jsonb_array_elements_text(u.tags)), tag_meta = u.tag_meta, search_text = u.search_text, \
                 created_at = u.created_at, merged_into = u.merged_into, joined_at = u.joined_at, \
                 attribute_terms = u.attribute_terms::bigint[], \
                 updated_at = CASE WHEN u.changed THEN greatest($2, p.updated_at + interval '1 microsecond') ELSE p.updated_at END, \
                 version = p.version + 1 \
             FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) AS u (id, name, attributes, attribute_meta, tags, \
                 tag_meta, search_text, created_at, version, merged_into, joined_at, attribute_terms, changed) \
             WHERE p.environment_id = $1 AND p.id = u.id AND p.version = u.version", batch, present, &old)
        .bind::<Array<diesel::sql_types::Bool>, _>(old.iter().map(|(_, state)| state.is_changed).collect::<Vec<_>>())
        .execute(conn)?;
        if written < old.len() {
            return Err(Error::RollbackTransaction);
        }
    }
    Ok(())
}

/// [`write_states`] of new profiles through `COPY`; returns the number of rows.
pub fn copy_states(conn: &mut PgConnection, batch: &Batch, new: &[(ProfileId, State)]) -> QueryResult<usize> {
    let row = |(profile, state): &'_ (ProfileId, State)| {
        (
            profiles::environment_id.eq(batch.environment),
            profiles::id.eq(*profile),
            profiles::name.eq(state.name.clone()),
            profiles::attributes.eq(attributes(state)),
            profiles::attribute_meta.eq(stamps::<Attributes>(state)),
            profiles::tags.eq(Tags::on(&state.facts).map(str::to_owned).collect::<Vec<_>>()),
            profiles::tag_meta.eq(stamps::<Tags>(state)),
            profiles::search_text.eq(state.search_text.clone()),
            profiles::created_at.eq(state.created_at),
            profiles::updated_at.eq(batch.received_at),
            profiles::source_id.eq(batch.source),
            profiles::joined_at.eq(state.joined_at),
            profiles::attribute_terms.eq(terms(state)),
        )
    };
    diesel::copy_from(profiles::table).from_insertable(new.iter().map(row).collect::<Vec<_>>()).execute(conn)
}

/// Binds $1 to $14, which the statements for new and for stored profiles have in common.
fn bind_states<'a>(
    sql: &'static str,
    batch: &Batch,
    present: DateTime<Utc>,
    rows: &[(ProfileId, &'a State)],
) -> Prepared<'a> {
    let all = |column: &dyn Fn(&State) -> Json| rows.iter().map(|(_, state)| column(state)).collect::<Vec<_>>();
    sql_query(sql)
        .bind::<SmallInt, _>(batch.environment)
        .bind::<Timestamptz, _>(present)
        .bind::<Array<SqlUuid>, _>(rows.iter().map(|(profile, _)| profile.0).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(rows.iter().map(|(_, state)| state.name.as_str()).collect::<Vec<_>>())
        .bind::<Array<Jsonb>, _>(all(&attributes))
        .bind::<Array<Jsonb>, _>(all(&stamps::<Attributes>))
        .bind::<Array<Jsonb>, _>(all(&|state| Json(Tags::on(&state.facts).collect())))
        .bind::<Array<Jsonb>, _>(all(&stamps::<Tags>))
        .bind::<Array<Text>, _>(rows.iter().map(|(_, state)| state.search_text.as_str()).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(rows.iter().map(|(_, state)| state.created_at).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(rows.iter().map(|(_, state)| state.version).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(
            rows.iter().map(|(_, state)| state.merged_into.map(|survivor| survivor.0)).collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<Timestamptz>>, _>(rows.iter().map(|(_, state)| state.joined_at).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(rows.iter().map(|(_, state)| array_text(&terms(state))).collect::<Vec<_>>())
}

/// Whether a profile has this version. If so, it keeps it until the transaction changes it or ends: an update that changes nothing locks the
/// row.
pub fn hold(conn: &mut PgConnection, environment: EnvironmentId, Seen { profile, version }: Seen) -> QueryResult<bool> {
    let held =
        sql_query("UPDATE profiles SET version = version WHERE environment_id = $1 AND id = $2 AND version = $3")
            .bind::<SmallInt, _>(environment)
            .bind::<SqlUuid, _>(profile.0)
            .bind::<BigInt, _>(version)
            .execute(conn)?;
    Ok(held == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::REGISTERS;

    #[test]
    fn what_has_no_table_is_in_the_profiles_own_row() {
        let kept: Vec<_> = REGISTERS.iter().filter(|it| !it.has_table()).map(|it| it.kind()).collect();
        assert_eq!(kept, [Attributes::KIND, Tags::KIND]);
    }
}
