//! One change of several people: those who were ticked on the list, or all that its filter selects. Tables: `bulk_changes`, `bulk_targets`.
//!
//! Whoever is meant is written down before it is confirmed, with the version of their profile. The job walks that list alone, so who matches
//! later is not touched, and what became of each is written beside them. The change, its job and the group of its changes have one id.

mod actions;
mod change;
mod form;
mod job;
mod pages;
mod sending;
mod standing;
mod store;

pub use actions::{cancel, choose, confirm};
pub use job::BulkJob;
pub use pages::{question, show};
pub use store::sweep;

use crate::{
    db::ids::{JobId, JobKey},
    web::PathId,
};
use uuid::Uuid;

/// Id of a change of several people, which is that of its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkId(pub Uuid);

impl BulkId {
    /// The job that makes the change.
    pub fn job(self, environment: crate::db::ids::EnvironmentId) -> JobKey {
        JobKey { environment, job: JobId(self.0) }
    }
}

impl std::str::FromStr for BulkId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

impl PathId for BulkId {
    const PART: &str = "bulk";
}
