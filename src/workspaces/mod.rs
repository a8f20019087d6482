//! Workspaces and their two environments, live and test; and groups of workspaces. Tables: `workspaces`, `environments`,
//! `workspace_groups`.
//!
//! Every page about profiles lives at `/{workspace}/{live|test}/…`, and starts from a [`Scope`](crate::console::Scope): the guard makes it
//! from the address and the session, and every query takes its environment from there. Nothing crosses (F5.4).
//!
//! A group names the identifier by which people of its workspaces are matched. Invariants: a workspace is in one group at most, and a
//! group has at most [`groups::MOST_MEMBERS`] workspaces; its identifier is fixed once something is shared in it. Workspaces are made and
//! put into groups one after the other: see [`hold_all`].

pub mod groups;
mod name;
mod store;

pub use groups::group_of;
pub use name::{RESERVED, Slug, WorkspaceName};
pub use store::{by_id, by_slug_or_name, create, environments, find, hold, hold_all, of_environment, slugs};

use crate::{db::ids::WorkspaceId, words::words};

/// A workspace: one company, or one brand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Id of the workspace.
    pub id: WorkspaceId,
    /// Name in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Colour of its console.
    pub accent: Accent,
}

impl From<(i16, String, String, String)> for Workspace {
    /// From id, slug, name and accent, as they are stored.
    fn from((id, slug, name, accent): (i16, String, String, String)) -> Self {
        Self { id: WorkspaceId(id), slug, name, accent: accent.parse().unwrap_or_default() }
    }
}

/// A workspace to create.
#[derive(Clone, Debug)]
pub struct NewWorkspace {
    /// Name for people.
    pub name: WorkspaceName,
    /// Name in addresses; `None`: one is made from the name.
    pub slug: Option<Slug>,
    /// Colour of its console.
    pub accent: Accent,
}

impl NewWorkspace {
    /// A workspace of which only the name is decided.
    pub fn named(name: WorkspaceName) -> Self {
        Self { name, slug: None, accent: Accent::default() }
    }
}

/// Workspaces on one server at most: each list of them is shown as a whole.
pub const MOST: i64 = 100;

/// Why a workspace was not created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCreated {
    /// Another workspace has the slug.
    #[error("another workspace has this address")]
    SlugTaken,
    /// There are [`MOST`] workspaces.
    #[error("a server has at most {MOST} workspaces")]
    TooMany,
}

words! {
    /// Colour of links, buttons and marks in the console of a workspace; each can be read in light and in dark.
    #[derive(Default)]
    pub enum Accent {
        #[default]
        Indigo = "indigo", "Indigo";
        Teal = "teal", "Teal";
        Green = "green", "Green";
        Plum = "plum", "Plum";
        Rust = "rust", "Rust";
    }
}

words! {
    /// Kind of environment: live or test.
    pub enum EnvironmentKind {
        /// Real customers.
        Live = "live", "Live";
        /// Trials.
        Test = "test", "Test";
    }
}
