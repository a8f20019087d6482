//! Addresses, with who may use each.

use super::pages;
use crate::{auth::Permission, console::Routes};

/// The page of one job.
pub fn routes() -> Routes {
    Routes::default().page("/{workspace}/{environment}/jobs/{job}", Permission::ReadProfiles, pages::show)
}
