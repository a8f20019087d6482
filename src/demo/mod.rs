//! The made-up shop that `kith demo` shows: its people, what they do, and what operators know of them.
//!
//! A [`Story`] is a function of seed, time and size; nothing in it is random, global or real. [`fill`] sends it through
//! `ingest` like any other sender, so the demo is also a test of the write path. Two rows of `audit_log` say that a database is
//! the demo's and that it is complete. Everything has an id that follows from the story, so that a fill that was interrupted
//! is simply told again from the start: what is there already stays as it is.

mod catalogue;
mod dice;
mod double;
mod items;
mod lives;
mod locales;
mod moments;
mod notes;
mod people;
mod priya;
pub(crate) mod shop;
mod story;

pub use items::Slice;
pub use moments::Speaker;
pub use story::{Size, Story, batches};

// Generated people are made of the same stuff.
pub(crate) use {
    dice::Dice,
    items::{Values, introduction, number, said},
    lives::busy,
    people::{Customer, Known, digits},
};

use crate::{
    account::DemoAccount,
    auth::{self, Role, Strength},
    clock::Clock,
    db::{
        Db,
        ids::{EnvironmentId, OperatorId, SourceId, new_id},
        schema::audit_log,
    },
    ingest,
    json::Json,
    ledger::{self, Batch, Source},
    workspaces,
};
use std::collections::HashMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An operator for each role. Everybody may know the password: there is nothing behind it but this story.
pub const ACCOUNTS: [DemoAccount; 3] = [
    DemoAccount {
        name: "Ada Moreau",
        email: "ada.moreau@example.com",
        password: PASSWORD,
        about: "Support: finds one person, helps, leaves notes",
    },
    DemoAccount {
        name: "Kojo Brandt",
        email: "kojo.brandt@example.com",
        password: PASSWORD,
        about: "Marketer: looks at groups and reads profiles",
    },
    DemoAccount {
        name: "Rosa Iwata",
        email: "rosa.iwata@example.com",
        password: PASSWORD,
        about: "Admin: may do everything",
    },
];

const PASSWORD: &str = "kith demo tour";
const ROLES: [Role; 3] = [Role::Support, Role::Marketer, Role::Admin];
/// Place of Ada, who helps, among [`ACCOUNTS`].
const ADA: usize = 0;
/// Place of Rosa, who runs the shop.
const ROSA: usize = 2;

const WORKSPACE: &str = "Larch & Lantern";
const SEED: u64 = 1891;
const LIVE: Size = Size { profiles: 2000, events: 100_000, has_priya: true };
const TEST: Size = Size { profiles: 25, events: 400, has_priya: false };

const STARTED: &str = "demo started";
const FILLED: &str = "demo filled";
/// What they are called in the audit log, which keeps them for good.
pub const MARKS: [&str; 2] = [STARTED, FILLED];

/// What must be known to tell the same story again.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Begun {
    now: DateTime<Utc>,
    environments: [EnvironmentId; 2],
    operators: [OperatorId; 3],
}

/// Fills an empty database with the demo, completes it where that was interrupted, and does nothing where it is complete.
/// Refuses a database that has operators or workspaces of its own.
pub fn fill(db: &Db, clock: &Clock) -> anyhow::Result<()> {
    if db.read_now(|conn| marker(conn, FILLED))?.is_some() {
        return Ok(());
    }
    let begun = match db.read_now(|conn| marker(conn, STARTED))? {
        Some(detail) => serde_json::from_value(detail.0).context("the demo's own record cannot be read")?,
        None => begin(db, clock.now())?,
    };
    let since = clock.now();
    for (environment, seed, size) in [(begun.environments[0], SEED, LIVE), (begun.environments[1], SEED + 1, TEST)] {
        tell(db, &begun, environment, Story::new(seed, begun.now, size)?)?;
    }
    appear_twice(db, &begun)?;
    db.tx_now(|conn| begun.environments.iter().try_for_each(|environment| catalogue::decide(conn, *environment)))?;
    db.analyze_now()?;
    let now = clock.now();
    db.tx_now(|conn| mark(conn, FILLED, serde_json::json!({}), now))?;
    let milliseconds = (now - since).num_milliseconds();
    tracing::info!(profiles = LIVE.profiles, events = LIVE.events, milliseconds, "the demo is filled");
    Ok(())
}

/// Makes the workspace and its operators, and claims the database for the demo, all at once.
fn begin(db: &Db, now: DateTime<Utc>) -> anyhow::Result<Begun> {
    let is_free = db.read_now(|conn| Ok(auth::is_empty(conn)? && workspaces::slugs(conn)?.is_empty()))?;
    anyhow::ensure!(
        is_free,
        "this database is in use: it has operators or workspaces that are not the demo's. Give the demo a database of its own"
    );
    let hashed = ACCOUNTS.map(|account| {
        let strong = Strength::check(account.password, &[account.name, account.email]).map_err(anyhow::Error::msg)?;
        auth::hash(&strong)
    });
    let hashes: Vec<String> = hashed.into_iter().collect::<anyhow::Result<_>>()?;
    let begun = db.tx_now(|conn| {
        let (workspace, environments) = workspaces::create(conn, WORKSPACE, now)?;
        let mut operators = [OperatorId(Uuid::nil()); 3];
        for (place, (account, hash)) in ACCOUNTS.iter().zip(&hashes).enumerate() {
            let who = (account.name, account.email, hash.as_str());
            // There were no operators a moment ago, so somebody else is filling this database: their turn.
            let added = auth::add(conn, who, (workspace.id, ROLES[place]), now)?;
            operators[place] = added.map_err(|_| diesel::result::Error::RollbackTransaction)?;
        }
        let begun = Begun { now, environments, operators };
        let detail =
            serde_json::to_value(&begun).map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
        mark(conn, STARTED, detail, now)?;
        Ok(begun)
    });
    Ok(begun?)
}

/// Sends a story to an environment, batch by batch.
fn tell(db: &Db, begun: &Begun, environment: EnvironmentId, story: Story) -> anyhow::Result<()> {
    let mut sources: HashMap<Speaker, SourceId> = HashMap::new();
    for slice in story.slices() {
        let Slice { speaker, received_at, items } = slice?;
        let source = match sources.get(&speaker) {
            Some(source) => *source,
            None => {
                let source = source(begun, speaker);
                *sources.entry(speaker).or_insert(db.tx_now(|conn| ledger::source_id(conn, environment, &source))?)
            }
        };
        // All of a file is one import.
        let group = match speaker {
            Speaker::Import(file) => Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("kith demo {file}").as_bytes()),
            _ => new_id(received_at),
        };
        let batch = Batch { environment, source, received_at, group, before: 0, reason: None };
        // Told again after an interruption, a part of the story is not newer than what followed it.
        ingest::submit_at(db, &batch, &items, begun.now)?;
    }
    Ok(())
}

/// One of the live environment's people is there a second time, and one has phones.
fn appear_twice(db: &Db, begun: &Begun) -> anyhow::Result<()> {
    let environment = begun.environments[0];
    let (crm, ios) = (source(begun, Speaker::Crm), source(begun, Speaker::Ios));
    let source = db.tx_now(|conn| ledger::source_id(conn, environment, &crm))?;
    let batch =
        Batch { environment, source, received_at: begun.now, group: new_id(begun.now), before: 0, reason: None };
    ingest::submit_now(db, &batch, &double::items(begun.now)?)?;
    let source = db.tx_now(|conn| ledger::source_id(conn, environment, &ios))?;
    let batch = Batch { source, group: new_id(begun.now), ..batch };
    ingest::submit_now(db, &batch, &catalogue::phones(begun.now)?)?;
    Ok(())
}

fn source(begun: &Begun, speaker: Speaker) -> Source {
    match speaker {
        Speaker::Import(file) => Source::import(file),
        Speaker::Web => Source::key("web"),
        Speaker::Ios => Source::key("ios"),
        Speaker::Crm => Source::key("crm"),
        Speaker::Operator(place) => Source::operator(begun.operators[place], ACCOUNTS[place].name),
    }
}

/// The detail of the newest row of that action, if there is one.
fn marker(conn: &mut PgConnection, action: &str) -> QueryResult<Option<Json>> {
    audit_log::table
        .filter(audit_log::action.eq(action))
        .order((audit_log::at.desc(), audit_log::id.desc()))
        .select(audit_log::detail)
        .first(conn)
        .optional()
}

fn mark(conn: &mut PgConnection, action: &str, detail: serde_json::Value, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::id.eq(new_id(now)),
            audit_log::at.eq(now),
            audit_log::action.eq(action),
            audit_log::detail.eq(Json(detail)),
        ))
        .execute(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_can_be_made() {
        for (account, role) in ACCOUNTS.iter().zip(["support", "marketer", "admin"]) {
            assert!(Strength::check(account.password, &[account.name, account.email]).is_ok());
            assert!(crate::account::check_email(account.email).is_ok());
            assert!(account.about.to_lowercase().starts_with(role));
        }
    }
}
