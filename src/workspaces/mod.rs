//! Workspaces and their two environments, live and test. Tables: `workspaces`, `environments`.
//!
//! Every page about customers lives at `/{workspace}/{live|test}/…`, and starts from a [`Scope`](crate::console::Scope): the guard makes it
//! from the address and the session, and every query takes its environment from there. Nothing crosses (F5.4).

mod store;

pub use store::{by_slug_or_name, create, default_path, find, slugs};

use crate::db::ids::WorkspaceId;

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// As in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    /// As people call it.
    pub name: String,
}

/// Live or test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnvironmentKind {
    /// Real customers.
    Live,
    /// Trials.
    Test,
}

impl EnvironmentKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Live, Self::Test];

    /// As in addresses and in the database.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Test => "Test",
        }
    }
}

impl std::str::FromStr for EnvironmentKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.slug() == text).ok_or(())
    }
}
