//! Routes, with the permission of each.

use super::pages;
use crate::{auth::Permission, console::Routes};

/// Route of the page of one job.
pub fn routes() -> Routes {
    Routes::default().page("/{workspace}/{environment}/jobs/{job}", Permission::ReadProfiles, pages::show)
}
