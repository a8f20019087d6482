//! Routes of the area, each with its permission.

use super::{actions, pages, preview};
use crate::{auth::Permission, console::Routes};

/// Routes for the History tab, previews and undoing.
pub fn routes() -> Routes {
    let (read, edit) = (Permission::ReadProfiles, Permission::EditProfiles);
    let manage = Permission::ManageCatalogues;
    Routes::default()
        .page("/{workspace}/{environment}/profiles/{profile}/history", read, pages::index)
        .page("/{workspace}/{environment}/profiles/{profile}/history/{change}/undo", edit, preview::one)
        .action("/{workspace}/{environment}/profiles/{profile}/history/{change}/undo", edit, actions::one)
        .page("/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/undo", edit, preview::group)
        .action("/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/undo", edit, actions::group)
        .page(
            "/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/everybody",
            manage,
            preview::everybody,
        )
        .action(
            "/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/everybody",
            manage,
            actions::everybody,
        )
}
