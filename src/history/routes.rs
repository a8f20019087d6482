//! Addresses, with who may use each.

use super::{actions, pages, preview};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The History tab, and preview.
pub fn routes() -> Routes {
    let (read, edit) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::EditProfiles));
    let manage = Access::Can(Permission::ManageCatalogues);
    Routes::default()
        .get("/{workspace}/{environment}/profiles/{profile}/history", read, pages::index)
        .get("/{workspace}/{environment}/profiles/{profile}/history/{change}/undo", edit, preview::one)
        .post("/{workspace}/{environment}/profiles/{profile}/history/{change}/undo", edit, actions::one)
        .get("/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/undo", edit, preview::group)
        .post("/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/undo", edit, actions::group)
        .get(
            "/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/everybody",
            manage,
            preview::everybody,
        )
        .post(
            "/{workspace}/{environment}/profiles/{profile}/history/groups/{group}/everybody",
            manage,
            actions::everybody,
        )
}
