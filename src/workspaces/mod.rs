//! Workspaces and their two environments, live and test. Tables: `workspaces`, `environments`.
//!
//! Every page about profiles lives at `/{workspace}/{live|test}/…`, and starts from a [`Scope`](crate::console::Scope): the guard makes it
//! from the address and the session, and every query takes its environment from there. Nothing crosses (F5.4).

mod store;

pub use store::{by_slug_or_name, create, default_path, environments, find, hold, slugs};

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
