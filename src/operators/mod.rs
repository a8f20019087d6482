//! The team of a workspace, for its admins: the operators, their roles and sessions, and invitations. On pages it is called *Team*; people
//! are customers everywhere else.
//!
//! Addresses: `…/operators[/{operator}[/…]]`, `…/operators/invite`, `…/operators/invitations/{invitation}/…`. It owns no table: rows and
//! rules are those of [`auth`](crate::auth). Invariants: the link of an invitation is shown once; nobody changes their own role or state.

mod actions;
mod form;
mod pages;
mod routes;

pub use form::roles;
pub use routes::routes;

use crate::{
    db::ids::{InvitationId, OperatorId},
    web::PathId,
};

impl PathId for OperatorId {
    const PART: &str = "operator";
}

impl PathId for InvitationId {
    const PART: &str = "invitation";
}
