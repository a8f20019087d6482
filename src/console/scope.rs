//! The workspace and environment of an address, and who looks at it.

use crate::{
    auth::{Operator, Role},
    db::ids::{EnvironmentId, ProfileId, ProfileKey},
    ledger::Source,
    workspaces::{EnvironmentKind, Workspace},
};

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
    /// The operator as who says something.
    pub fn source(&self) -> Source {
        Source::operator(self.operator.id, &self.operator.name)
    }

    /// A profile of this environment, as tables know it.
    pub fn key(&self, profile: ProfileId) -> ProfileKey {
        ProfileKey { environment: self.environment, profile }
    }

    /// Address of something in this environment, such as `profiles`.
    pub fn path(&self, rest: &str) -> String {
        format!("/{}/{}/{rest}", self.workspace.slug, self.kind.as_str())
    }

    /// Whether the band is shown.
    pub fn is_test(&self) -> bool {
        self.kind == EnvironmentKind::Test
    }
}
