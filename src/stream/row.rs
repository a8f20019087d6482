//! A call as a row of the stream: what it says, about whom.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use super::{Arrived, Sent};
use crate::{
    db::{
        Db,
        ids::{EnvironmentId, KeyId, ProfileId},
        recent::Recent,
    },
    json, keys,
    ledger::cut,
    profiles::PersonLabel,
    rejections::Fate,
    web::{Now, Timestamp, pairs::Pairs},
};

/// People and names of events in a row at most, and items that are looked at for them.
const MOST: usize = 3;
const LOOKED_AT: usize = 50;
/// Letters of the name of an event.
const LONGEST: usize = 60;

/// Where the stream is read: the beginning of addresses, and the query that calls lead back to.
#[derive(Clone, Debug)]
pub struct Place {
    pub base: String,
    pub query: Pairs,
}

#[derive(Template)]
#[template(path = "stream/_call.html")]
pub struct Row {
    call: Arc<Arrived>,
    at: Timestamp,
    base: String,
    address: String,
    people: Vec<(ProfileId, String)>,
}

impl askama::filters::HtmlSafe for Row {}

impl Row {
    /// A call, with the labels of its people; whoever has none is gone, or was not looked for.
    pub fn new(call: Arc<Arrived>, now: Now, at: &Place, people: &HashMap<ProfileId, PersonLabel>) -> Self {
        let name = |id: ProfileId| match people.get(&id) {
            Some(person) => person.title().to_owned(),
            None => format!("Profile …{}", id.short()),
        };
        Self {
            people: profiles(&call).map(|id| (id, name(id))).collect(),
            at: Timestamp::new(call.at, now),
            base: at.base.clone(),
            address: at.query.address(&format!("{}stream/{}", at.base, call.id)),
            call,
        }
    }

    /// Number of items of each kind.
    fn kinds(&self) -> Vec<(&'static str, usize)> {
        let mut kinds: Vec<(&'static str, usize)> = Vec::new();
        for item in &self.call.items {
            match kinds.iter_mut().find(|(kind, _)| *kind == item.kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((item.kind, 1)),
            }
        }
        kinds
    }

    /// The first few events by name, and whether there may be others.
    fn events(&self) -> (String, bool) {
        let mut names: Vec<String> = Vec::new();
        for name in self.call.items.iter().take(LOOKED_AT).filter_map(event) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let has_more = names.len() > MOST || !names.is_empty() && self.call.items.len() > LOOKED_AT;
        names.truncate(MOST);
        (names.join(", "), has_more)
    }

    fn rejected(&self) -> usize {
        self.call.items.iter().filter(|item| matches!(item.fate, Fate::Rejected(_))).count()
    }

    fn duplicates(&self) -> usize {
        self.call.items.iter().filter(|item| item.fate == Fate::Duplicate).count()
    }
}

/// Name of the event that an item says, in the words of any format; `None` if it says none.
fn event(item: &Sent) -> Option<String> {
    let said = json::parse(item.raw.as_deref()?).ok()?;
    let fields: &[&str] = match item.kind {
        "event" => &["name"],
        "page" | "screen" => &["name", "category"],
        _ => &["event", "event_name"],
    };
    let name = fields.iter().find_map(|field| said.get(field).and_then(Value::as_str))?.trim();
    Some(cut(name, LONGEST)).filter(|name| !name.is_empty())
}

/// The first few people that a call is about.
fn profiles(call: &Arrived) -> impl Iterator<Item = ProfileId> {
    let mut profiles: Vec<ProfileId> = Vec::new();
    for profile in call.items.iter().filter_map(|item| item.profile) {
        if profiles.len() < MOST && !profiles.contains(&profile) {
            profiles.push(profile);
        }
    }
    profiles.into_iter()
}

/// The people whose names the rows of these calls show.
pub fn profiles_of(calls: &[Arc<Arrived>]) -> BTreeSet<ProfileId> {
    calls.iter().flat_map(|call| profiles(call)).collect()
}

type KeyNames = Vec<(KeyId, String)>;

/// Lifetime of the names of keys. A key that is new shows with its first call, which brings its name.
const BELIEVED: TimeDelta = TimeDelta::seconds(60);

#[derive(Default)]
struct Known(Recent<EnvironmentId, KeyNames>);

/// Names of an environment's keys, in one statement at most.
pub fn key_names(
    db: &Db,
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> QueryResult<KeyNames> {
    let known = db.memory::<Known>();
    if let Some(names) = known.0.get(&environment, now, BELIEVED) {
        return Ok(names);
    }
    let names = keys::all_names(conn, environment)?;
    known.0.put(environment, names.clone(), now);
    Ok(names)
}
