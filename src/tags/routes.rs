//! Routes, with the permission of each.

use super::{actions, on_profile, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of the catalogue, and of the tags of one profile.
pub fn routes() -> Routes {
    let (read, manage) = (Permission::ReadProfiles, Permission::ManageCatalogues);
    let edit = Permission::EditProfiles;
    Routes::default()
        .page("/{workspace}/{environment}/tags", read, pages::index)
        .page("/{workspace}/{environment}/tags/new", manage, pages::new)
        .action("/{workspace}/{environment}/tags/new", manage, actions::create)
        .page("/{workspace}/{environment}/tags/{tag}/edit", manage, pages::edit)
        .action("/{workspace}/{environment}/tags/{tag}/edit", manage, actions::update)
        .page("/{workspace}/{environment}/tags/{tag}/rename", manage, pages::rename)
        .action("/{workspace}/{environment}/tags/{tag}/rename", manage, actions::rename)
        .page("/{workspace}/{environment}/tags/{tag}/merge", manage, pages::merge)
        .action("/{workspace}/{environment}/tags/{tag}/merge", manage, actions::merge)
        .page("/{workspace}/{environment}/tags/{tag}/delete", manage, pages::delete)
        .action("/{workspace}/{environment}/tags/{tag}/delete", manage, actions::delete)
        .page("/{workspace}/{environment}/profiles/{profile}/tags", edit, on_profile::form)
        .action("/{workspace}/{environment}/profiles/{profile}/tags", edit, on_profile::add)
        .action("/{workspace}/{environment}/profiles/{profile}/tags/remove", edit, on_profile::remove)
        .on("/{workspace}/{environment}/profiles/{profile}")
}
