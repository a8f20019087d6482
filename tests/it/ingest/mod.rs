//! The write path, without pages.

mod atomic;
mod concurrency;
mod cost;
mod events;
mod identity;
mod order;
mod repeat;

use kith::{
    db::{Db, ids::EnvironmentId},
    ingest::{Identify, Item, Person as Who, Statement},
};

use kith::identities::{Identifier, Kind};

use crate::support::TestDb;

/// A database with one environment, and the way to it.
fn environment(connections: u32) -> (TestDb, Db, EnvironmentId) {
    let db = TestDb::new();
    let made = kith::workspaces::create(&mut db.connect(), "Acme", crate::support::at(crate::support::app::NOW));
    let (_, [live, _]) = made.expect("a workspace");
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
