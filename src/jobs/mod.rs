//! Changes of many profiles, done chunk by chunk through `ingest`, like everything else. Table: `jobs`.
//!
//! Address: `…/jobs/{job}`. A job is begun in the request that asks for it and is mostly done when that is answered; what is left
//! [`crate::housekeeping`] goes on with, also after a restart. Each chunk is a batch of its own: doing one again changes
//! nothing, because it only corrects what still is as it was. All of a job's changes share its id as their group, so that they can be undone together.

mod pages;
mod routes;
mod store;
mod task;
mod work;

pub use routes::routes;
pub use store::{Job, sweep};
pub use task::{AT_ONCE, Chunk, Kind, StoredTask, Task};
pub use work::{begin, continue_now};

use crate::{db::ids::JobId, web::PathId};

impl PathId for JobId {
    const PART: &str = "job";
}
