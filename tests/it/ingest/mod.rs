//! The write path, without pages.

mod atomic;
mod bulk;
mod clock;
mod concurrency;
mod consents;
mod correct;
mod cost;
mod crowd;
mod cuts;
mod devices;
mod erase;
mod events;
mod identity;
mod late_events;
mod ledger;
mod lineage;
mod loosen;
mod loosen_addresses;
mod loosen_rule;
mod made_up;

mod merge;
mod merge_moves;
mod order;
mod receipts;
mod refold;
mod repeat;
mod subscriptions;
mod suggestions;
mod undo;

use std::collections::BTreeSet;

use kith::{
    attributes::terms,
    db::{Db, ids::EnvironmentId, schema::profiles},
    identities::{Identifier, Kind},
    ingest::{Identify, Item, Person as Who, Statement},
    json::Json,
};

use crate::support::{TestDb, db::column};
use diesel::{PgConnection, QueryDsl, RunQueryDsl};

/// A database with one environment, and the way to it.
fn environment(connections: u32) -> (TestDb, Db, EnvironmentId) {
    let db = TestDb::new();
    let made =
        crate::support::app::create_workspace(&mut db.connect(), "Acme", crate::support::at(crate::support::app::NOW));
    let (_, [live, _]) = made;
    let pool = db.pool(connections);
    (db, pool, live)
}

/// Somebody's key.
fn id(value: &str) -> Identifier {
    Identifier::new(Kind::Id, value).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// One statement about whom these identifiers name.
fn said(identifiers: Vec<Identifier>, as_of: &str, statement: Statement) -> Item {
    Item { person: Who::Identifiers(identifiers), as_of: crate::support::at(as_of), statement }
}

/// That they exist, and nothing more.
fn exists(identifiers: Vec<Identifier>) -> Item {
    said(identifiers, "2026-11-01T00:00:00Z", Statement::Identify(Identify::default()))
}

/// A browser's id.
fn browser(value: &str) -> Identifier {
    Identifier::new(Kind::Anonymous, value).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// That two ids are one person, of whom the first survives.
fn merged(survivor: &str, other: &str, as_of: &str) -> Item {
    said(vec![id(survivor)], as_of, crate::support::build::merge(&[id(other)]))
}

/// That somebody is to be removed for good.
fn erased(identifiers: Vec<Identifier>, as_of: &str, block: bool) -> Item {
    said(identifiers, as_of, Statement::Delete { block })
}

/// All state of all people, whoever their ids belong to, without rows' own ids and times of arrival.
fn state(db: &TestDb) -> Vec<String> {
    state_on(&mut db.connect())
}

/// [`state`], on a connection that is there.
fn state_on(conn: &mut PgConnection) -> Vec<String> {
    // A profile goes by its identifiers here, in place of its id.
    let who = "(SELECT string_agg(kind || ':' || value, ',' ORDER BY kind, value) FROM identifier_claims c \
               WHERE c.environment_id = t.environment_id AND c.profile_id = t.";
    let whens = |meta: &str| format!("(SELECT jsonb_object_agg(key, value->0) FROM jsonb_each(t.{meta}))");
    let words =
        "(SELECT string_agg(DISTINCT l, ',' ORDER BY l) FROM regexp_split_to_table(t.search_text, E'\\n') AS l)";
    let questions = [
        format!(
            "SELECT concat_ws(' | ', 'profile', {who}id), name, attributes, {}, tags, {}, {words}) FROM profiles t WHERE merged_into IS NULL",
            whens("attribute_meta"),
            whens("tag_meta")
        ),
        format!(
            "SELECT concat_ws(' | ', 'address', {who}profile_id), channel, address, normalised, stamp->0) FROM addresses t"
        ),
        format!(
            "SELECT concat_ws(' | ', 'device', {who}profile_id), token, is_removed, type, model, is_active, first_seen_at, \
             last_seen_at, stamp->0) FROM devices t"
        ),
        format!(
            "SELECT concat_ws(' | ', 'line', {who}profile_id), channel, topic, state, reason, stamp->0) FROM subscriptions t"
        ),
        format!("SELECT concat_ws(' | ', 'confirmed', {who}profile_id), subject, value - 'no', stamp->0) FROM confirmations t"),
        format!(
            "SELECT concat_ws(' | ', 'consent', {who}profile_id), purpose, given, location, stamp->0) FROM consents t"
        ),
        format!(
            "SELECT concat_ws(' | ', 'restriction', {who}profile_id), kind, channel, address_channel, address, cause, until, words, \
             stamp->0) FROM restrictions t"
        ),
        format!("SELECT concat_ws(' | ', 'event', {who}profile_id), occurred_at, id, properties) FROM events t"),
        "SELECT concat_ws(' | ', 'claim', kind, value, claimed_at) FROM identifier_claims WHERE kind = 'anonymous_id'"
            .to_owned(),
        "SELECT concat_ws(' | ', 'of address', address, channel, topic, state, stamp->0) FROM address_subscriptions"
            .to_owned(),
        "SELECT concat_ws(' | ', 'restriction of address', address, kind, channel, cause, until, stamp->0) FROM address_restrictions"
            .to_owned(),
        "SELECT concat_ws(' | ', 'erased', encode(digest, 'hex'), erased_at, is_blocked) FROM erasures".to_owned(),
    ];
    let live = |question: &String| {
        if question.contains("t.profile_id") && !question.contains("FROM events") {
            format!(
                "{question} WHERE EXISTS (SELECT FROM profiles p WHERE p.id = t.profile_id \
                 AND p.environment_id = t.environment_id AND p.merged_into IS NULL)"
            )
        } else {
            question.clone()
        }
    };
    let mut all: Vec<String> = questions.iter().flat_map(|question| column(conn, &live(question))).collect();
    all.sort();
    all
}

/// What must hold whatever was said: claims and the lists of those who are live agree, nobody is left where nobody is, and the newest
/// rows of the ledger say what the state is.
#[track_caller]
pub fn check(db: &TestDb) {
    check_on(&mut db.connect());
}

/// [`check`], on a connection that is there.
#[track_caller]
fn check_on(conn: &mut PgConnection) {
    let mut none = |question: &str, rule: &str| assert_eq!(column(conn, question), Vec::<String>::new(), "{rule}");
    none(
        "SELECT concat_ws(' ', c.kind, c.value) FROM identifier_claims c LEFT JOIN profiles p \
         ON p.environment_id = c.environment_id AND p.id = c.profile_id WHERE p.id IS NULL OR p.merged_into IS NOT NULL",
        "each claim is of a live profile",
    );
    none(
        "SELECT concat_ws(' ', c.kind, c.value) FROM identifier_claims c LEFT JOIN profile_identifiers i \
         USING (environment_id, profile_id, kind, value) WHERE i.profile_id IS NULL",
        "whose list has it",
    );
    none(
        "SELECT concat_ws(' ', i.kind, i.value) FROM profile_identifiers i JOIN profiles p \
         ON p.environment_id = i.environment_id AND p.id = i.profile_id AND p.merged_into IS NULL \
         LEFT JOIN identifier_claims c ON c.environment_id = i.environment_id AND c.profile_id = i.profile_id \
             AND c.kind = i.kind AND c.value = i.value WHERE c.profile_id IS NULL",
        "and a live profile's list has nothing else",
    );
    none(
        "SELECT concat_ws(' ', p.id, p.merged_into) FROM profiles p LEFT JOIN profiles s \
         ON s.environment_id = p.environment_id AND s.id = p.merged_into WHERE p.merged_into IS NOT NULL AND s.id IS NULL",
        "whoever survives is there",
    );
    none(
        "SELECT concat_ws(' ', part, survivor) FROM ( \
             WITH RECURSIVE up AS (SELECT environment_id, id AS part, merged_into AS survivor FROM profiles WHERE merged_into IS NOT NULL \
                 UNION SELECT u.environment_id, u.part, p.merged_into FROM up u JOIN profiles p \
                     ON p.environment_id = u.environment_id AND p.id = u.survivor AND p.merged_into IS NOT NULL) \
             SELECT * FROM up) above \
         FULL JOIN (SELECT environment_id, alias_id AS part, profile_id AS survivor FROM profile_aliases) led \
             USING (environment_id, part, survivor) WHERE above IS NULL OR led IS NULL",
        "and the addresses of parts lead to all whom they are part of, and nobody else",
    );
    let stored: Vec<(uuid::Uuid, Json, Vec<i64>)> = profiles::table
        .select((profiles::id, profiles::attributes, profiles::attribute_terms))
        .load(conn)
        .expect("rows");
    for (id, attributes, stored) in stored {
        let values = attributes.as_object().into_iter().flatten();
        let terms: BTreeSet<i64> = values.flat_map(|(name, value)| terms::terms(name, value)).collect();
        assert_eq!(stored, terms.into_iter().collect::<Vec<_>>(), "the terms of {id} are those of its attributes");
    }
    let mut none = |question: &str, rule: &str| assert_eq!(column(conn, question), Vec::<String>::new(), "{rule}");
    for table in ["events", "profile_activity"] {
        none(
            &format!(
                "SELECT t.profile_id FROM {table} t LEFT JOIN profiles p ON p.environment_id = t.environment_id \
                 AND p.id = t.profile_id WHERE p.id IS NULL OR p.merged_into IS NOT NULL"
            ),
            table,
        );
    }
    let live =
        "JOIN profiles p ON p.environment_id = n.environment_id AND p.id = n.profile_id AND p.merged_into IS NULL";
    let newest = |kind: &str| {
        format!(
            "(SELECT DISTINCT ON (environment_id, profile_id, subject) * FROM changes WHERE kind = '{kind}' \
             ORDER BY environment_id, profile_id, subject, xmin::text::bigint DESC, id DESC) n {live}"
        )
    };
    let mut differs = |kind: &str, state: &str| {
        let question = format!(
            "SELECT concat_ws(' ', n.profile_id, n.subject, n.after) FROM {} WHERE n.after IS DISTINCT FROM {state}",
            newest(kind)
        );
        none(&question, kind);
    };
    differs("attribute", "p.attributes->n.subject");
    differs("tag", "to_jsonb(n.subject = ANY(p.tags))");
    let row = "WHERE t.environment_id = n.environment_id AND t.profile_id = n.profile_id";
    differs("address", &format!("(SELECT to_jsonb(t.address) FROM addresses t {row} AND t.channel = n.subject)"));
    differs(
        "subscription",
        &format!(
            "(SELECT jsonb_build_object('state', t.state, 'reason', t.reason) FROM subscriptions t {row} \
             AND t.channel || CASE t.topic WHEN '' THEN '' ELSE '/' || t.topic END = n.subject)"
        ),
    );
    differs("confirmation", &format!("(SELECT t.value FROM confirmations t {row} AND t.subject = n.subject)"));
    differs(
        "consent",
        &format!(
            "(SELECT jsonb_strip_nulls(jsonb_build_object('given', t.given, 'location', t.location)) FROM consents t {row} \
             AND t.purpose = n.subject)"
        ),
    );
    differs(
        "restriction",
        &format!(
            "(SELECT jsonb_strip_nulls(jsonb_build_object('cause', t.cause, 'until', n.after->'until', 'words', t.words)) \
             FROM restrictions t {row} AND t.cause IS NOT NULL \
             AND t.until IS NOT DISTINCT FROM (n.after->>'until')::timestamptz \
             AND concat_ws('/', t.kind, nullif(t.channel, ''), CASE WHEN t.address <> '' \
                 THEN t.address_channel || ':' || t.address END) = n.subject)"
        ),
    );
    differs(
        "device",
        &format!(
            "(SELECT jsonb_strip_nulls(jsonb_build_object('type', t.type, 'model', t.model, 'active', t.is_active)) \
             FROM devices t {row} AND t.token = n.subject AND NOT t.is_removed)"
        ),
    );
}

/// Fails with the rows that only one of them has.
#[track_caller]
fn same(left: &[String], right: &[String], what: &str) {
    let but = |some: &[String], others: &[String]| -> Vec<String> {
        some.iter().filter(|row| !others.contains(row)).cloned().collect()
    };
    let (extra, lost) = (but(left, right), but(right, left));
    assert!(left.len() == right.len() && extra.is_empty() && lost.is_empty(), "{what}\nis: {extra:#?}\nwas: {lost:#?}");
}
