//! The generated shop of `kith demo`: its customers, their events, and what operators know of them.
//!
//! A `Story` is a function of seed, time and size; nothing in it is random, global or real. [`fill`] sends it through `ingest` like any
//! other sender, so the demo is also a test of the write path. Two rows of `audit_log` say that a database is the demo's and that it is
//! complete. Every id follows from the story, so an interrupted fill is simply repeated from the start: what is there already stays as it
//! is.

mod catalogue;
mod duplicate;
mod messages;
mod notes;
mod reach;
mod screen_views;
mod segments;
mod showcase;
mod slices;
mod story;
mod topics;

use std::collections::HashMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    result::Error::{RollbackTransaction, SerializationError},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use slices::Slice;
use story::{Size, Story};
use uuid::Uuid;

use crate::{
    account::DemoAccount,
    auth::{self, NewOperator, Role, Strength, team},
    clock::Clock,
    db::{
        Db,
        ids::{EnvironmentId, OperatorId, SourceId, new_id},
    },
    events,
    ingest::{self, Item, Trust},
    ledger::{self, Batch, Source},
    membership_attributes,
    simulate::{Speaker, marks},
    workspaces::{
        self, NewWorkspace, Workspace,
        groups::{self, MatchedBy},
    },
};

/// An operator for each role. The passwords are public: only generated data is behind them.
pub const ACCOUNTS: [DemoAccount; 3] = [
    account("Ada Moreau", "ada.moreau@example.com", "Support: finds one person, helps, leaves notes"),
    account("Kojo Brandt", "kojo.brandt@example.com", "Marketer: looks at groups and reads profiles"),
    account("Rosa Iwata", "rosa.iwata@example.com", "Admin: may do everything"),
];

const fn account(name: &'static str, email: &'static str, about: &'static str) -> DemoAccount {
    DemoAccount { name, email, password: PASSWORD, about }
}

const PASSWORD: &str = "kith demo tour";
const ROLES: [Role; 3] = [Role::Support, Role::Marketer, Role::Admin];
/// Index of Ada, who does support, in [`ACCOUNTS`].
const ADA: usize = 0;
/// Index of Rosa, who runs the shop.
const ROSA: usize = 2;

const WORKSPACE: &str = "Larch & Lantern";
/// Another shop of the same company: some customers of the first, of whom it knows less.
const OUTLET: &str = "Larch Outlet";
const GROUP: &str = "Larch shops";
const SEED: u64 = 1891;
const LIVE: Size = Size { profiles: 2000, events: 100_000, has_showcase: true };
const TEST: Size = Size { profiles: 25, events: 400, has_showcase: false };
const SMALL: Size = Size { profiles: 40, events: 600, has_showcase: false };

const STARTED: &str = "demo started";
const FILLED: &str = "demo filled";
/// Actions of the marks in the audit log, which are kept for good.
pub const MARKS: [&str; 2] = [STARTED, FILLED];

/// What is needed to repeat the same story.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Begun {
    now: DateTime<Utc>,
    environments: [EnvironmentId; 2],
    /// Live environment of the outlet.
    #[serde(default)]
    outlet: Option<EnvironmentId>,
    operators: [OperatorId; 3],
}

/// Fills an empty database with the demo, completes an interrupted fill, and does nothing if it is complete.
///
/// # Errors
/// - The database has operators or workspaces of its own.
/// - The database fails.
pub fn fill(db: &Db, clock: &Clock) -> anyhow::Result<()> {
    let mark = |name| db.read_now(|conn| marks::find(conn, name, &json!({})));
    if mark(FILLED)?.is_some() {
        return Ok(());
    }
    let begun = match mark(STARTED)? {
        Some(detail) => serde_json::from_value(detail).context("the demo's own record cannot be read")?,
        None => begin(db, clock.now())?,
    };
    let since = clock.now();
    let [live, test] = begun.environments;
    // The same seed makes the same people.
    let outlet = begun.outlet.map(|outlet| (outlet, SEED, SMALL));
    for (environment, seed, size) in [(live, SEED, LIVE), (test, SEED + 1, TEST)].into_iter().chain(outlet) {
        let story = Story::new(seed, begun.now, size)?;
        let (answers, kept) = (topics::answers(&story)?, reach::kept(&story)?);
        tell(db, &begun, environment, story)?;
        send(db, &begun, environment, Speaker::Web, &answers)?;
        for (speaker, items) in kept {
            send(db, &begun, environment, speaker, &items)?;
        }
    }
    appear_twice(db, &begun)?;
    db.tx_now(|conn| {
        let all = begun.environments.into_iter().chain(begun.outlet);
        all.into_iter().try_for_each(|environment| catalogue::decide(conn, environment, since))
    })?;
    events::fill_keys(db, clock)?;
    db.tx_now(|conn| topics::decide(conn, begun.environments[0], begun.now))?;
    db.tx_now(|conn| messages::write(conn, begun.environments[0], ACCOUNTS[ROSA].name, begun.now))?;
    db.analyze_now()?;
    let (place, outlet) = ((WORKSPACE, begun.environments[0]), begun.outlet);
    db.tx_now(|conn| segments::define(conn, place, outlet, begun.operators[ROSA], begun.now))?;
    db.tx_now(|conn| screen_views::define(conn, begun.environments[0], ACCOUNTS[ROSA].name, begun.now))?;
    let kept = db.read_now(|conn| segments::kept(conn, begun.environments[0], begun.now))?;
    send(db, &begun, begun.environments[0], Speaker::Crm, &kept)?;
    crate::segments::count_now(db, clock)?;
    membership_attributes::begin_due_now(db, clock)?;
    let now = clock.now();
    db.tx_now(|conn| marks::add(conn, FILLED, &json!({}), now))?;
    let milliseconds = (now - since).num_milliseconds();
    tracing::info!(profiles = LIVE.profiles, events = LIVE.events, milliseconds, "the demo is filled");
    Ok(())
}

/// Creates the workspaces, their group and their operators, and marks the database as the demo's, in one transaction.
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
        let (workspace, environments) = found(conn, WORKSPACE, now)?;
        let mut operators = [OperatorId(Uuid::nil()); 3];
        // Rosa comes first: the first operator is an organisation admin.
        for (place, (account, hash)) in ACCOUNTS.iter().zip(&hashes).enumerate().rev() {
            let new = NewOperator { name: account.name, email: account.email, password_hash: hash };
            // There were no operators a moment ago, so another process is filling this database.
            let added = auth::add(conn, &new, workspace.id, ROLES[place], now)?;
            operators[place] = added.map_err(|_| RollbackTransaction)?;
        }
        let (outlet, [outlet_live, _]) = found(conn, OUTLET, now)?;
        let _joined = team::join(conn, outlet.id, operators[ROSA], Role::Admin, now)?;
        auth::operators::was_in(conn, operators[ROSA], workspace.id)?;
        let name = GROUP.parse().map_err(|_| RollbackTransaction)?;
        let group = groups::create(conn, &name, MatchedBy::Email, now)?.map_err(|_| RollbackTransaction)?;
        for member in [workspace.id, outlet.id] {
            groups::add(conn, group, member)?.map_err(|_| RollbackTransaction)?;
        }
        let begun = Begun { now, environments, outlet: Some(outlet_live), operators };
        let detail = serde_json::to_value(&begun).map_err(|error| SerializationError(error.into()))?;
        marks::add(conn, STARTED, &detail, now)?;
        Ok(begun)
    });
    Ok(begun?)
}

/// Creates a workspace of that name in an empty database.
fn found(conn: &mut PgConnection, name: &str, now: DateTime<Utc>) -> QueryResult<(Workspace, [EnvironmentId; 2])> {
    let name = name.parse().map_err(|_| RollbackTransaction)?;
    workspaces::create(conn, &NewWorkspace::named(name), now)?.map_err(|_| RollbackTransaction)
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
        // A file is one import.
        let group = match speaker {
            Speaker::Import(file) => Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("kith demo {file}").as_bytes()),
            _ => new_id(received_at),
        };
        let batch = Batch { environment, source, received_at, group, before: 0, reason: None };
        // A repeated part of the story must not count as newer than the parts after it.
        ingest::submit_at(db, &batch, &trust(speaker), &items, begun.now)?;
    }
    Ok(())
}

/// Adds the duplicate of Priya, and her phones, to the live environment.
fn appear_twice(db: &Db, begun: &Begun) -> anyhow::Result<()> {
    let (environment, now) = (begun.environments[0], begun.now);
    send(db, begun, environment, Speaker::Crm, &duplicate::items(now)?)?;
    send(db, begun, environment, Speaker::Ios, &showcase::phones(now)?)
}

/// Sends items to an environment that arrive now.
fn send(db: &Db, begun: &Begun, environment: EnvironmentId, by: Speaker, items: &[Item]) -> anyhow::Result<()> {
    let now = begun.now;
    let source = db.tx_now(|conn| ledger::source_id(conn, environment, &source(begun, by)))?;
    let batch = Batch { environment, source, received_at: now, group: new_id(now), before: 0, reason: None };
    ingest::submit_now(db, &batch, &trust(by), items)?;
    Ok(())
}

/// A file of the demo is an import like any other.
fn trust(speaker: Speaker) -> Trust {
    match speaker {
        Speaker::Import(_) => Trust::Import,
        Speaker::Web | Speaker::Ios | Speaker::Crm | Speaker::Operator(_) => Trust::MadeUp,
    }
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
