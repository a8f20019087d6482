//! Addresses, with who may use each.

use super::pages;
use crate::{auth::Permission, console::Routes};

/// The page.
pub fn routes() -> Routes {
    Routes::default().page("/{workspace}/{environment}/rejections", Permission::ReadProfiles, pages::index)
}
