//! The ledger: who changed what, when, from where, and what it was before. Table: `changes`.
//!
//! Append-only. Rows are written by `ingest` alone, in the transaction that changes the state. Undoing is a change like any other: a
//! row turned round and said again, so the ledger keeps both, and what was undone can be done again.
//!
//! Addresses: `…/profiles/{profile}/history` (the tab), `…/history/{change}/undo` (one change), `…/history/groups/{group}/undo` (all that
//! one form, import, call or job did to this profile) and `…/history/groups/{group}/everybody` (to everybody, which is a job).
//!
//! `change.rs` writes rows, `store.rs` reads them, `words.rs` says them; `undo.rs` is the rule of what takes a row back, `standing.rs` holds it
//! against how things are, `portion.rs` does so for everybody.

mod actions;
mod change;
mod filter;
mod pages;
mod portion;
mod previous;
mod standing;
mod store;
mod undo;
mod undoing;
mod words;

pub use change::{Change, Kind, Said, append, copy};
pub use filter::{Actor, Filter};
pub use portion::undo_portion;
pub use previous::previous;
pub use store::{ChangeRow, newest, page};
pub use words::Words;

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::{
    auth::Permission,
    db::keyset::Place,
    web::{Access, PathId, Routes},
};

/// One row of a profile's ledger, as addresses name it: by its place, so that it is found at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeId(pub Place);

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ChangeId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(Self)
    }
}

impl PathId for ChangeId {
    const PART: &str = "change";
}

/// What ties the changes of one form, import, call or job together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupId(pub Uuid);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for GroupId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

impl PathId for GroupId {
    const PART: &str = "group";
}

/// The History tab, and undoing.
pub fn routes() -> Routes {
    let (read, edit) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::EditProfiles));
    let manage = Access::Can(Permission::ManageCatalogues);
    Routes::default()
        .get("/{workspace}/{environment}/profiles/{profile}/history", read, pages::index)
        .get("/{workspace}/{environment}/profiles/{profile}/history/{change}/undo", edit, undoing::one)
        .post("/{workspace}/{environment}/profiles/{profile}/history/{change}/undo", edit, actions::one)
        .get("/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/undo", edit, undoing::group)
        .post("/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/undo", edit, actions::group)
        .get(
            "/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/everybody",
            manage,
            undoing::everybody,
        )
        .post(
            "/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/everybody",
            manage,
            actions::everybody,
        )
}
