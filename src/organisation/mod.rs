//! All workspaces of a server as organisation admins see them: how large each is, which group it is in, and who else may see that.
//!
//! Addresses: `/organisation[/…]`. It owns no table: rows and rules of groups are those of [`workspaces`](crate::workspaces), marks and
//! roles those of [`auth`](crate::auth). Invariants: nothing here shows a person; a role in a workspace, also one's own, is needed for
//! that; every change is a line of the audit log, in each workspace that it is about, too.

mod actions;
mod form;
mod pages;
mod routes;
mod store;

pub use routes::routes;

use crate::{
    db::ids::{WorkspaceGroupId, WorkspaceId},
    web::PathId,
};

impl PathId for WorkspaceId {
    const PART: &str = "workspace_id";
}

impl PathId for WorkspaceGroupId {
    const PART: &str = "workspace_group";
}
