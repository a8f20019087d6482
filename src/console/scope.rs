//! The scope of a request: workspace and environment of its address, operator and role.

use std::sync::Arc;

use crate::{
    auth::{Operator, Permission, Role, Session, sessions::Membership},
    db::ids::{EnvironmentId, ProfileId, ProfileKey},
    error::{AppError, Missing},
    ledger::Source,
    workspaces::{EnvironmentKind, Workspace},
};

/// Workspace, environment, operator and role of a request.
#[derive(Clone, Debug)]
pub struct Scope {
    pub workspace: Workspace,
    pub environment: EnvironmentId,
    /// Whether the environment is live or test.
    pub kind: EnvironmentKind,
    /// The operator who is signed in.
    pub operator: Operator,
    /// Role of the operator in this workspace.
    pub role: Role,
    /// All workspaces of the operator, by name.
    pub memberships: Arc<[Membership]>,
}

impl Scope {
    /// The scope of a session in the workspace with that slug. `None`: the operator is no member.
    pub(super) fn of(session: &Session, slug: &str, kind: EnvironmentKind) -> Option<Self> {
        let Membership { workspace, environment, role } = session.membership(slug)?.clone();
        let (operator, memberships) = (session.operator.clone(), session.memberships.clone());
        Some(Self { workspace, environment, kind, operator, role, memberships })
    }

    /// The operator as a source of statements.
    pub fn source(&self) -> Source {
        Source::operator(self.operator.id, &self.operator.name)
    }

    /// A profile of this environment, as tables know it.
    pub fn key(&self, profile: ProfileId) -> ProfileKey {
        ProfileKey { environment: self.environment, profile }
    }

    /// Address of `rest`, such as `profiles`, in this environment.
    pub fn path(&self, rest: &str) -> String {
        format!("/{}/{}/{rest}", self.workspace.slug, self.kind.as_str())
    }

    /// Whether this is the test environment, which shows a band.
    pub fn is_test(&self) -> bool {
        self.kind == EnvironmentKind::Test
    }
}

/// The refusal of what needs a permission that the role lacks; `admins` can change the role.
pub(super) fn forbidden(role: Role, permission: Permission, admins: Vec<String>) -> AppError {
    let roles = Role::ALL.into_iter().filter(|role| role.can(permission)).map(Role::name).collect();
    AppError::Forbidden(Box::new(Missing { permission: permission.name(), role: Some(role.name()), roles, admins }))
}
