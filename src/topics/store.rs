//! Rows of the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{Array, BigInt, Integer, Jsonb, SmallInt, Text},
    upsert::excluded,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Catalogue, ChannelRules, Confirmation, PurposeDefinition, Section, TopicDefinition};
use crate::{
    db::{
        Decided,
        ids::{EnvironmentId, MessageTemplateId, PurposeId, SectionId, TopicId, WorkspaceId},
        schema::{channel_rules, purposes, topic_sections, topics},
        sql_query,
    },
    json::Json,
    subscriptions::{Medium, Purpose, Topic},
    verdict::{TopicDefault, TopicRules},
};

#[derive(Default, Deserialize)]
struct Stored {
    sections: Vec<(i32, String)>,
    topics: Vec<StoredTopic>,
    purposes: Vec<(i32, String, String, String)>,
    /// Channel, whether it asks first, purposes, since when it asks for confirmation, by which template, and how often.
    channels: Vec<StoredChannel>,
}

type StoredChannel = (String, bool, Vec<String>, Option<DateTime<Utc>>, Option<Uuid>, u8);

#[derive(Deserialize)]
struct StoredTopic {
    id: i32,
    key: String,
    name: String,
    description: String,
    section_id: Option<i32>,
    defaults: BTreeMap<String, String>,
    is_sale: bool,
    purposes: Vec<String>,
    retired_at: Option<DateTime<Utc>>,
}

/// What a newer version of kith wrote and this one does not know is left out.
impl Decided for Catalogue {
    fn read(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Self> {
        #[derive(QueryableByName)]
        struct Found {
            #[diesel(sql_type = Jsonb)]
            catalogue: Json,
        }
        let found: Option<Found> = sql_query(
        "SELECT jsonb_build_object( \
             'sections', (SELECT coalesce(jsonb_agg(jsonb_build_array(s.id, s.name) ORDER BY s.place, s.id), '[]') \
                 FROM topic_sections s WHERE s.workspace_id = e.workspace_id), \
             'topics', (SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.place, t.id), '[]') \
                 FROM topics t WHERE t.workspace_id = e.workspace_id), \
             'purposes', (SELECT coalesce(jsonb_agg(jsonb_build_array(p.id, p.key, p.name, p.description) ORDER BY p.key), '[]') \
                 FROM purposes p WHERE p.workspace_id = e.workspace_id), \
             'channels', (SELECT coalesce(jsonb_agg(jsonb_build_array(c.channel, c.asks_first, c.purposes, \
                     CASE WHEN c.confirms THEN c.confirms_since END, c.confirmation_template, c.most_confirmations)), '[]') FROM channel_rules c WHERE c.workspace_id = e.workspace_id)) AS catalogue \
         FROM environments e WHERE e.id = $1",
    )
    .bind::<SmallInt, _>(environment)
    .get_result(conn)
    .optional()?;
        let stored: Option<Stored> = found.map(|found| found.catalogue.read()).transpose()?;
        Ok(Self::from(stored.unwrap_or_default()))
    }
}

fn known_purposes(keys: &[String]) -> BTreeSet<Purpose> {
    keys.iter().filter_map(|key| Purpose::new(key).ok()).collect()
}

impl From<Stored> for Catalogue {
    fn from(stored: Stored) -> Self {
        let topic = |row: StoredTopic| {
            let default = |(channel, default): (&String, &String)| {
                Some((Medium::parse(channel).ok()?, TopicDefault::from_stored(default)?))
            };
            Some(TopicDefinition {
                id: TopicId(row.id),
                topic: Topic::new(&row.key).ok()?,
                name: row.name,
                description: row.description,
                section: row.section_id.map(SectionId),
                rules: TopicRules {
                    defaults: row.defaults.iter().filter_map(default).collect(),
                    is_sale: row.is_sale,
                    purposes: known_purposes(&row.purposes),
                },
                retired_at: row.retired_at,
            })
        };
        let purpose = |(id, key, name, description): (i32, String, String, String)| {
            Some(PurposeDefinition { id: PurposeId(id), purpose: Purpose::new(&key).ok()?, name, description })
        };
        let channel = |(channel, asks_first, tied, since, template, most_a_day): StoredChannel| {
            let confirmation = Confirmation { since, template: template.map(MessageTemplateId), most_a_day };
            let rules = ChannelRules { asks_first, purposes: known_purposes(&tied), confirmation };
            Some((Medium::parse(&channel).ok()?, rules))
        };
        Self::new(
            stored.sections.into_iter().map(|(id, name)| Section { id: SectionId(id), name }).collect(),
            stored.topics.into_iter().filter_map(topic).collect(),
            stored.purposes.into_iter().filter_map(purpose).collect(),
            stored.channels.into_iter().filter_map(channel).collect(),
        )
    }
}

/// Creates a section, or renames it. A new one gets its place by [`order_sections`].
pub fn put_section(conn: &mut PgConnection, workspace: WorkspaceId, section: &Section) -> QueryResult<usize> {
    use topic_sections::{id, name, place, workspace_id};
    diesel::insert_into(topic_sections::table)
        .values((workspace_id.eq(workspace.0), id.eq(section.id), name.eq(&section.name), place.eq(0)))
        .on_conflict((workspace_id, id))
        .do_update()
        .set(name.eq(excluded(name)))
        .execute(conn)
}

/// Removes a section without topics.
pub fn remove_section(conn: &mut PgConnection, workspace: WorkspaceId, section: SectionId) -> QueryResult<usize> {
    diesel::delete(topic_sections::table.find((workspace.0, section))).execute(conn)
}

/// Creates a topic, or changes all of it but its key and its place. In another section it gets its place by [`order_topics`].
pub fn put_topic(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    new: &TopicDefinition,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let defaults = new.rules.defaults.iter().map(|(channel, default)| (channel.as_str(), default.as_str()));
    let defaults = Json(json!(defaults.collect::<BTreeMap<_, _>>()));
    let tied: Vec<&str> = new.rules.purposes.iter().map(Purpose::as_str).collect();
    let values = (
        topics::name.eq(&new.name),
        topics::description.eq(&new.description),
        topics::section_id.eq(new.section.map(|section| section.0)),
        topics::defaults.eq(&defaults),
        topics::is_sale.eq(new.rules.is_sale),
        topics::purposes.eq(&tied),
        topics::retired_at.eq(new.retired_at),
    );
    let row = (topics::workspace_id.eq(workspace.0), topics::id.eq(new.id.0), topics::key.eq(new.topic.as_str()));
    diesel::insert_into(topics::table)
        .values((row, values, topics::place.eq(0), topics::created_at.eq(now)))
        .on_conflict((topics::workspace_id, topics::id))
        .do_update()
        .set(values)
        .execute(conn)
}

/// Puts these topics in this order.
pub fn order_topics(conn: &mut PgConnection, workspace: WorkspaceId, ids: &[i32]) -> QueryResult<usize> {
    sql_query(
        "UPDATE topics t SET place = u.place::integer FROM unnest($2) WITH ORDINALITY AS u (id, place) \
         WHERE t.workspace_id = $1 AND t.id = u.id",
    )
    .bind::<SmallInt, _>(workspace)
    .bind::<Array<Integer>, _>(ids)
    .execute(conn)
}

/// Puts these sections in this order.
pub fn order_sections(conn: &mut PgConnection, workspace: WorkspaceId, ids: &[i32]) -> QueryResult<usize> {
    sql_query(
        "UPDATE topic_sections s SET place = u.place::integer FROM unnest($2) WITH ORDINALITY AS u (id, place) \
         WHERE s.workspace_id = $1 AND s.id = u.id",
    )
    .bind::<SmallInt, _>(workspace)
    .bind::<Array<Integer>, _>(ids)
    .execute(conn)
}

/// Creates a purpose, or changes its name and description.
pub fn put_purpose(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    new: &PurposeDefinition,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    use purposes::{created_at, description, id, key, name, workspace_id};
    diesel::insert_into(purposes::table)
        .values((
            (workspace_id.eq(workspace.0), id.eq(new.id), key.eq(new.purpose.as_str())),
            (name.eq(&new.name), description.eq(&new.description), created_at.eq(now)),
        ))
        .on_conflict((workspace_id, id))
        .do_update()
        .set((name.eq(excluded(name)), description.eq(excluded(description))))
        .execute(conn)
}

/// Removes a purpose that nobody answered for.
pub fn remove_purpose(conn: &mut PgConnection, workspace: WorkspaceId, purpose: PurposeId) -> QueryResult<usize> {
    diesel::delete(purposes::table.find((workspace.0, purpose))).execute(conn)
}

/// Sets the rules of a channel.
pub fn put_channel(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    channel: Medium,
    rules: &ChannelRules,
) -> QueryResult<usize> {
    let tied: Vec<&str> = rules.purposes.iter().map(Purpose::as_str).collect();
    let values = (
        channel_rules::asks_first.eq(rules.asks_first),
        channel_rules::purposes.eq(&tied),
        channel_rules::confirms.eq(rules.confirmation.is_asked()),
        channel_rules::confirms_since.eq(rules.confirmation.since),
        channel_rules::confirmation_template.eq(rules.confirmation.template.map(|template| template.0)),
        channel_rules::most_confirmations.eq(i16::from(rules.confirmation.most_a_day)),
    );
    diesel::insert_into(channel_rules::table)
        .values((channel_rules::workspace_id.eq(workspace.0), channel_rules::channel.eq(channel.as_str()), values))
        .on_conflict((channel_rules::workspace_id, channel_rules::channel))
        .do_update()
        .set(values)
        .execute(conn)
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    key: String,
}

/// Topics shown that people named and nobody defined.
pub const MOST_SEEN: usize = 20;

/// Topics that people of an environment named and that nobody defined, at most [`MOST_SEEN`] and one more. The index is read between the
/// defined keys, at most 500 rows each, so that a topic of everybody costs nothing; what follows one of many people is found once that one
/// is defined.
pub fn seen_topics(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    defined: &[TopicDefinition],
) -> QueryResult<Vec<Topic>> {
    let keys: Vec<&str> = defined.iter().map(|topic| topic.topic.as_str()).collect();
    let found: Vec<Key> = sql_query(
        "SELECT DISTINCT s.topic AS key FROM (SELECT k.key AS low, lead(k.key) OVER (ORDER BY k.key) AS high \
                 FROM (SELECT '' AS key UNION SELECT unnest($2)) k) gap \
             CROSS JOIN LATERAL (SELECT topic FROM subscriptions WHERE environment_id = $1 AND topic <> '' AND topic > gap.low \
                 AND (gap.high IS NULL OR topic < gap.high) ORDER BY topic LIMIT 500) s \
         ORDER BY s.topic LIMIT $3",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(keys)
    .bind::<BigInt, _>(i64::try_from(MOST_SEEN + 1).unwrap_or(i64::MAX))
    .load(conn)?;
    Ok(found.iter().filter_map(|found| Topic::new(&found.key).ok()).collect())
}

/// People counted for each purpose; where there are more, only that is known.
pub const MOST_COUNTED: i64 = 10_000;

/// Number of people of the workspace who answered for each of these purposes, in one statement; [`MOST_COUNTED`] plus one stands for any
/// larger number.
pub fn answers(
    conn: &mut PgConnection,
    workspace: WorkspaceId,
    asked: &[&Purpose],
) -> QueryResult<BTreeMap<String, i64>> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = Text)]
        key: String,
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let rows: Vec<Counted> = sql_query(
        "SELECT u.key, (SELECT count(*) FROM (SELECT FROM consents c WHERE c.environment_id IN (SELECT id FROM environments \
             WHERE workspace_id = $1) AND c.purpose = u.key LIMIT $3) c) AS n FROM unnest($2) AS u (key)",
    )
    .bind::<SmallInt, _>(workspace)
    .bind::<Array<Text>, _>(asked.iter().map(|purpose| purpose.as_str()).collect::<Vec<_>>())
    .bind::<BigInt, _>(MOST_COUNTED + 1)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.key, row.n)).collect())
}

/// Purposes that people of an environment answered for and that nobody defined, as [`seen_topics`].
pub fn seen_purposes(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    defined: &[PurposeDefinition],
) -> QueryResult<Vec<Purpose>> {
    let keys: Vec<&str> = defined.iter().map(|known| known.purpose.as_str()).collect();
    let found: Vec<Key> = sql_query(
        "SELECT DISTINCT s.purpose AS key FROM (SELECT k.key AS low, lead(k.key) OVER (ORDER BY k.key) AS high \
                 FROM (SELECT '' AS key UNION SELECT unnest($2)) k) gap \
             CROSS JOIN LATERAL (SELECT purpose FROM consents WHERE environment_id = $1 AND purpose > gap.low \
                 AND (gap.high IS NULL OR purpose < gap.high) ORDER BY purpose LIMIT 500) s \
         ORDER BY s.purpose LIMIT $3",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(keys)
    .bind::<BigInt, _>(i64::try_from(MOST_SEEN + 1).unwrap_or(i64::MAX))
    .load(conn)?;
    Ok(found.iter().filter_map(|found| Purpose::new(&found.key).ok()).collect())
}
