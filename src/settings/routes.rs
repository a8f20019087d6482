//! Routes, with the permission of each.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of the settings.
pub fn routes() -> Routes {
    let manage = Permission::ManageSettings;
    Routes::default()
        .page("/{workspace}/{environment}/settings", manage, pages::index)
        .page("/{workspace}/{environment}/settings/{setting}", manage, pages::edit)
        .action("/{workspace}/{environment}/settings/{setting}", manage, actions::update)
}
