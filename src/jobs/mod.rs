//! Jobs: changes of many profiles, made in chunks through `ingest`. Table: `jobs`.
//!
//! Address: `…/jobs/{job}`. A job starts in the request that asks for it and has mostly finished when that is answered;
//! [`crate::housekeeping`] continues what is left, also after a restart. Each chunk is a batch of its own: repeating one changes nothing,
//! because it only corrects what is still as it was. All changes of a job have its id as their group, so they can be undone together.

mod pages;
mod routes;
mod store;
mod task;
mod work;

pub use routes::routes;
pub use store::{Job, find, stop, sweep};
pub use task::{AT_ONCE, Chunk, Counts, Keeping, Kind, Said, StoredTask, Task};
pub use work::{begin, begin_as, continue_now, enqueue, run_for_a_moment};

use crate::{db::ids::JobId, web::PathId};

impl PathId for JobId {
    const PART: &str = "job";
}
