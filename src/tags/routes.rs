//! Addresses, with who may use each.

use super::{actions, on_profile, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The catalogue, and the tags of one person.
pub fn routes() -> Routes {
    let (read, manage) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::ManageCatalogues));
    let edit = Access::Can(Permission::EditProfiles);
    Routes::default()
        .get("/{workspace}/{environment}/tags", read, pages::index)
        .post("/{workspace}/{environment}/tags", manage, actions::create)
        .get("/{workspace}/{environment}/tags/{tag}", manage, pages::edit)
        .post("/{workspace}/{environment}/tags/{tag}", manage, actions::update)
        .get("/{workspace}/{environment}/tags/{tag}/rename", manage, pages::rename)
        .post("/{workspace}/{environment}/tags/{tag}/rename", manage, actions::rename)
        .get("/{workspace}/{environment}/tags/{tag}/merge", manage, pages::merge)
        .post("/{workspace}/{environment}/tags/{tag}/merge", manage, actions::merge)
        .get("/{workspace}/{environment}/tags/{tag}/delete", manage, pages::delete)
        .post("/{workspace}/{environment}/tags/{tag}/delete", manage, actions::delete)
        .post("/{workspace}/{environment}/profiles/{profile}/tags", edit, on_profile::add)
        .post("/{workspace}/{environment}/profiles/{profile}/tags/remove", edit, on_profile::remove)
}
