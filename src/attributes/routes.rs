//! Routes, with the permission of each.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of the catalogue.
pub fn routes() -> Routes {
    let (read, manage) = (Permission::ReadProfiles, Permission::ManageCatalogues);
    Routes::default()
        .page("/{workspace}/{environment}/attributes", read, pages::index)
        .page("/{workspace}/{environment}/attributes/show", read, pages::show)
        .page("/{workspace}/{environment}/attributes/new", manage, pages::new)
        .action("/{workspace}/{environment}/attributes/new", manage, actions::create)
        .page("/{workspace}/{environment}/attributes/edit", manage, pages::edit)
        .action("/{workspace}/{environment}/attributes/edit", manage, actions::update)
        .action("/{workspace}/{environment}/attributes/column", manage, actions::column)
        .on("/{workspace}/{environment}/attributes")
        .action("/{workspace}/{environment}/attributes/retire", manage, actions::retire)
        .on("/{workspace}/{environment}/attributes/show")
        .page("/{workspace}/{environment}/attributes/type", manage, pages::retype)
        .action("/{workspace}/{environment}/attributes/type", manage, actions::retype)
}
