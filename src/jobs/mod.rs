//! Changes of many profiles, done portion by portion through `ingest`, like everything else. Table: `jobs`.
//!
//! Address: `…/jobs/{job}`. A job is begun in the request that asks for it and is mostly done when that is answered; what is left
//! [`crate::housekeeping`] goes on with, also after a restart. Each portion is a batch of its own: doing one again changes
//! nothing, because it only corrects what still is as it was. All of a job's changes share its id as their group, so that they can be undone together.

mod pages;
mod store;
mod task;
mod work;

pub use store::{Job, sweep};
pub use task::{AT_ONCE, Portion, Task};
pub use work::{begin, continue_now};

use crate::{
    auth::Permission,
    console::{Access, Routes},
    db::ids::JobId,
    web::PathId,
};

impl PathId for JobId {
    const PART: &str = "job";
}

/// The page of one job.
pub fn routes() -> Routes {
    Routes::default().get("/{workspace}/{environment}/jobs/{job}", Access::Can(Permission::ReadProfiles), pages::show)
}
