//! Membership attributes: a segment shared as an attribute with its own workspace, or with others of its group (S6). Tables:
//! `membership_attributes`, `membership_syncs`.
//!
//! Addresses: `…/membership-attributes[/{membership_attribute}[/edit|/stop]]`, `…/segments/{segment}/share`. A synchronisation is a job: it
//! compares every profile with the segment and changes only those that differ, through `ingest`, so each change is in the ledger. It needs
//! no memory of who had which value, so merges, erasures and missed times leave nothing wrong for longer than until the next one.
//! Invariants: only the job sets the values (`attributes::Origin::Membership`); live is shared with live, test with test; one
//! synchronisation at a time in an environment; nobody gets a value who never belonged to the segment.

mod actions;
mod form;
mod matching;
mod membership_attribute;
mod pages;
mod routes;
mod store;
mod synchronise;
mod syncs;

use crate::{db::ids::MembershipAttributeId, web::PathId};

pub use membership_attribute::{MembershipAttribute, Rhythm, display_name, source_name};
pub use routes::routes;
pub use store::{New, create, of_segment};
pub use synchronise::{Synchronise, begin_due_now};
pub use syncs::sweep;

impl PathId for MembershipAttributeId {
    const PART: &str = "membership_attribute";
}
