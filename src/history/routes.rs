//! Addresses, with who may use each.

use super::{actions, pages, undoing};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The History tab, and undoing.
pub fn routes() -> Routes {
    let (read, edit) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::EditProfiles));
    let manage = Access::Can(Permission::ManageCatalogues);
    Routes::default()
        .get("/{workspace}/{environment}/profiles/{profile}/history", read, pages::index)
        .get("/{workspace}/{environment}/profiles/{profile}/history/{change}/undo", edit, undoing::one)
        .post("/{workspace}/{environment}/profiles/{profile}/history/{change}/undo", edit, actions::one)
        .get("/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/undo", edit, undoing::group)
        .post("/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/undo", edit, actions::group)
        .get(
            "/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/everybody",
            manage,
            undoing::everybody,
        )
        .post(
            "/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/everybody",
            manage,
            actions::everybody,
        )
}
