//! Routes of the area, each with its permission.

use super::pages;
use crate::{auth::Permission, console::Routes};

/// The one page, for whoever may see anything.
pub fn routes() -> Routes {
    Routes::default().page("/{workspace}/{environment}/help", Permission::ReadProfiles, pages::show)
}
