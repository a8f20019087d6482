//! Finds the definitions of events, makes missing ones, and guesses from a name what an event counts as.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, Bool, Nullable, SmallInt, Text, Timestamptz},
};

use super::{EventKind, EventName};
use crate::{
    db::{
        Db,
        ids::{DefinitionId, EnvironmentId},
        recent::Recent,
        schema::event_definitions,
        sql_query,
    },
    error::AppError,
};

/// Key of a definition: kind and name of its events.
pub type Definition = (EventKind, EventName);

/// A definition, as the events of a batch need it.
#[derive(Clone, Debug)]
pub struct Known {
    pub id: DefinitionId,
    /// Whether its events count as activity.
    pub is_activity: bool,
    /// Properties that are look-up keys.
    pub lookup_keys: Arc<[String]>,
}

/// Definitions by kind and name.
pub type Definitions = HashMap<Definition, Known>;

/// Definitions found a moment ago, so that a batch needs no SQL statement for them.
#[derive(Default)]
struct DefinitionCache(Recent<(EnvironmentId, Definition), Known>);

/// How long a cached definition is used.
const BELIEVED: TimeDelta = TimeDelta::seconds(10);

/// The definitions of these events; missing ones are made. Not part of the transaction that writes events: all batches share a definition,
/// and would wait for each other.
pub fn ensure(
    db: &Db,
    environment: EnvironmentId,
    wanted: &BTreeSet<(EventKind, &EventName)>,
    now: DateTime<Utc>,
) -> Result<Definitions, AppError> {
    let memory = db.memory::<DefinitionCache>();
    let one = |(kind, name): &(EventKind, &EventName)| {
        let definition = (*kind, (*name).clone());
        let found = memory.0.get(&(environment, definition.clone()), now, BELIEVED)?;
        Some((definition, found))
    };
    if let Some(known) = wanted.iter().map(one).collect() {
        return Ok(known);
    }
    let found = db.read_now(|conn| find_or_make(conn, environment, wanted, now))?;
    for (definition, known) in &found {
        memory.0.put((environment, definition.clone()), known.clone(), now);
    }
    // A definition may be new.
    db.memory::<Names>().forget(|of| *of == environment);
    Ok(found)
}

/// Those of these events that have no definition yet. One SQL statement, or none if all were found a moment ago.
pub fn unknown(
    db: &Db,
    environment: EnvironmentId,
    wanted: &BTreeSet<(EventKind, &EventName)>,
    now: DateTime<Utc>,
) -> Result<Vec<Definition>, AppError> {
    let memory = db.memory::<DefinitionCache>();
    let definition = |(kind, name): &(EventKind, &EventName)| (*kind, (*name).clone());
    let is_known = |it: &(EventKind, &EventName)| memory.0.get(&(environment, definition(it)), now, BELIEVED).is_some();
    let asked: BTreeSet<(EventKind, &EventName)> = wanted.iter().copied().filter(|it| !is_known(it)).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let defined = db.read_now(|conn| find(conn, environment, &asked))?;
    let unknown = asked.iter().map(definition).filter(|definition| !defined.contains_key(definition)).collect();
    for (definition, known) in defined {
        memory.0.put((environment, definition), known, now);
    }
    Ok(unknown)
}

fn find_or_make(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    wanted: &BTreeSet<(EventKind, &EventName)>,
    now: DateTime<Utc>,
) -> QueryResult<Definitions> {
    loop {
        let known = find(conn, environment, wanted)?;
        let missing: Vec<(EventKind, &EventName)> =
            wanted.iter().copied().filter(|(kind, name)| !known.contains_key(&(*kind, (*name).clone()))).collect();
        if missing.is_empty() {
            return Ok(known);
        }
        // Two processes may choose the same number: one of them then inserts nothing and looks again.
        sql_query(
            "INSERT INTO event_definitions (id, environment_id, kind, name, is_activity, is_message, revenue, created_at, keep_days) \
             SELECT (SELECT coalesce(max(id), 0) FROM event_definitions) + row_number() OVER (), $1, u.kind, u.name, u.active, \
                 u.message, u.revenue, $7, \
                 (SELECT (w.settings ->> 'keep_days')::int FROM workspaces w JOIN environments e ON e.workspace_id = w.id WHERE e.id = $1) \
             FROM unnest($2, $3, $4, $5, $6) AS u (kind, name, active, message, revenue) ON CONFLICT DO NOTHING",
        )
        .bind::<SmallInt, _>(environment)
        .bind::<Array<Text>, _>(missing.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(missing.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(
            missing.iter().map(|(kind, name)| *kind != EventKind::Event || is_activity(name.as_str())).collect::<Vec<_>>(),
        )
        .bind::<Array<Bool>, _>(
            missing.iter().map(|(kind, name)| *kind == EventKind::Event && is_message(name.as_str())).collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<Text>>, _>(
            missing
                .iter()
                .map(|(kind, name)| revenue(name.as_str()).filter(|_| *kind == EventKind::Event))
                .collect::<Vec<_>>(),
        )
        .bind::<Timestamptz, _>(now)
        .execute(conn)?;
    }
}

fn find(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    wanted: &BTreeSet<(EventKind, &EventName)>,
) -> QueryResult<Definitions> {
    let found: Vec<(String, String, DefinitionId, bool, Vec<String>)> = event_definitions::table
        .filter(event_definitions::environment_id.eq(environment.0))
        .filter(event_definitions::name.eq_any(wanted.iter().map(|(_, name)| name.as_str())))
        .select((
            event_definitions::kind,
            event_definitions::name,
            event_definitions::id,
            event_definitions::is_activity,
            event_definitions::lookup_keys,
        ))
        .load(conn)?;
    let known = |(kind, name, id, is_activity, keys): (String, String, DefinitionId, bool, Vec<String>)| {
        let (kind, name) = wanted.iter().find(|(k, n)| k.as_str() == kind && n.as_str() == name)?;
        Some(((*kind, (*name).clone()), Known { id, is_activity, lookup_keys: keys.into() }))
    };
    Ok(found.into_iter().filter_map(known).collect())
}

/// Names of the environment's events, pages and screens, in alphabetical order, at most 500. One SQL statement, unless they are cached.
pub fn names(
    db: &Db,
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> QueryResult<Arc<Vec<String>>> {
    let memory = db.memory::<Names>();
    if let Some(names) = memory.get(&environment, now, BELIEVED) {
        return Ok(names);
    }
    let names: Vec<String> = event_definitions::table
        .filter(event_definitions::environment_id.eq(environment.0))
        .order(event_definitions::name)
        .select(event_definitions::name)
        .distinct()
        .limit(500)
        .load(conn)?;
    let names = Arc::new(names);
    memory.put(environment, names.clone(), now);
    Ok(names)
}

type Names = Recent<EnvironmentId, Arc<Vec<String>>>;

/// Names of events without pages and screens, in alphabetical order, at most 500, to choose from when adding one by hand.
pub fn event_names(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<String>> {
    event_definitions::table
        .filter(event_definitions::environment_id.eq(environment.0))
        .filter(event_definitions::kind.eq(EventKind::Event.as_str()))
        .order(event_definitions::name)
        .select(event_definitions::name)
        .limit(500)
        .load(conn)
}

/// Clears the caches of an environment, after somebody changed a definition.
pub fn forget(db: &Db, environment: EnvironmentId) {
    db.memory::<DefinitionCache>().0.forget(|(of, _)| *of == environment);
    db.memory::<Names>().forget(|of| *of == environment);
}

/// Last words of events done *for* a person, which do not show that the person is there (S7.3, S7.4).
const DONE_FOR: [&str; 8] =
    ["sent", "delivered", "bounced", "dropped", "failed", "undelivered", "suppressed", "queued"];

/// Events by which kith tells of changes that it makes itself (S6.12).
const OF_KITH: [&str; 2] = ["profile.segmentationMembershipUpdated", "profile.updated"];

/// Whether an event of this name counts as activity, until an operator decides.
pub fn is_activity(name: &str) -> bool {
    let last = name.rsplit([' ', '_', '-', '.']).next().unwrap_or_default().to_lowercase();
    !DONE_FOR.contains(&last.as_str()) && !OF_KITH.contains(&name)
}

/// First words of events about messages.
const MESSAGES: [&str; 11] =
    ["email", "e-mail", "sms", "text", "push", "webpush", "web push", "message", "whatsapp", "inapp", "in-app"];

/// Last words of events about messages.
const FATES: [&str; 11] = [
    "sent",
    "delivered",
    "opened",
    "clicked",
    "bounced",
    "failed",
    "dropped",
    "undelivered",
    "unsubscribed",
    "queued",
    "suppressed",
];

/// Whether an event of this name is about a message, until an operator decides.
pub fn is_message(name: &str) -> bool {
    let name = name.to_lowercase();
    let ends_word = |rest: &str| rest.starts_with(|c: char| !c.is_alphanumeric() && c != '_');
    let begins = MESSAGES.iter().any(|sort| name.strip_prefix(sort).is_some_and(ends_word));
    let last = name.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    begins && FATES.contains(&last)
}

/// Names of orders, without the signs between words.
const ORDERS: [&str; 5] = ["ordercompleted", "orderplaced", "purchase", "purchased", "transactioncharge"];

/// The property with the revenue of an order of this name, until an operator decides; `None` if the name is no order's.
pub fn revenue(name: &str) -> Option<&'static str> {
    let plain: String = name.to_lowercase().chars().filter(|c| !matches!(c, ' ' | '_' | '.' | '-')).collect();
    ORDERS.contains(&plain.as_str()).then_some("total")
}

#[cfg(test)]
mod tests {
    use crate::events::definitions::*;

    #[test]
    fn messages_and_orders_are_told_by_their_names() {
        for name in ["Email Delivered", "sms.sent", "Web Push Clicked", "In-App Message Opened", "e-mail bounced"] {
            assert!(is_message(name), "{name}");
        }
        for name in ["Email", "Emailed sent", "Message", "Order sent", "email_sent", "Push the button"] {
            assert!(!is_message(name), "{name}");
        }
        assert_eq!(revenue("Order Completed"), Some("total"));
        assert_eq!(revenue("transaction.charge"), Some("total"));
        assert_eq!(revenue("Order Cancelled"), None);
    }

    #[test]
    fn what_is_done_for_somebody_is_no_sign_of_life() {
        assert!(is_activity("Order Completed") && is_activity("page.visit"));
        assert!(!is_activity("Email Delivered") && !is_activity("message_sent"));
        assert!(!is_activity("profile.updated") && is_activity("Address Updated"));
    }
}
