//! Addresses, with who may use each.

use super::pages;
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The page of one job.
pub fn routes() -> Routes {
    Routes::default().get("/{workspace}/{environment}/jobs/{job}", Access::Can(Permission::ReadProfiles), pages::show)
}
