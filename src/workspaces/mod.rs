//! Workspaces and their two environments, live and test. Tables: `workspaces`, `environments`.
//!
//! Every page about customers lives at `/{workspace}/{live|test}/…`, and starts from a [`Scope`]: the guard makes it
//! from the address and the session, and every query takes its environment from there. Nothing crosses (F5.4).

mod store;

pub use store::{by_slug_or_name, create, default_path, find, slugs};

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};

use crate::{
    auth::{Operator, Role},
    db::ids::{EnvironmentId, WorkspaceId},
    error::AppError,
};

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

/// Where a request happens and who makes it.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The workspace in the address.
    pub workspace: Workspace,
    /// The environment in the address.
    pub environment: EnvironmentId,
    /// Whether that is live or test.
    pub kind: EnvironmentKind,
    /// Who is signed in.
    pub operator: Operator,
    /// What they are in this workspace.
    pub role: Role,
}

impl Scope {
    /// Address of something in this environment, such as `profiles`.
    pub fn path(&self, rest: &str) -> String {
        format!("/{}/{}/{rest}", self.workspace.slug, self.kind.slug())
    }

    /// Whether the band is shown.
    pub fn is_test(&self) -> bool {
        self.kind == EnvironmentKind::Test
    }
}

impl FromRequest for Scope {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or(AppError::NotFound))
    }
}
