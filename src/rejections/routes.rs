//! Routes, with the permission of each.

use super::pages;
use crate::{auth::Permission, console::Routes};

/// Route of the page.
pub fn routes() -> Routes {
    Routes::default().page("/{workspace}/{environment}/rejections", Permission::ReadProfiles, pages::index)
}
