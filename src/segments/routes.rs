//! Routes, with the permission of each.

use super::{actions, on_profile, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of segments.
pub fn routes() -> Routes {
    let (read, manage, edit) = (Permission::ReadProfiles, Permission::ManageSegments, Permission::EditProfiles);
    Routes::default()
        .page("/{workspace}/{environment}/segments", read, pages::index)
        .page("/{workspace}/{environment}/segments/new", manage, pages::new)
        .action("/{workspace}/{environment}/segments/new", manage, actions::create)
        .page("/{workspace}/{environment}/segments/{segment}", read, pages::show)
        .page("/{workspace}/{environment}/segments/{segment}/edit", manage, pages::edit)
        .action("/{workspace}/{environment}/segments/{segment}/edit", manage, actions::update)
        .page("/{workspace}/{environment}/segments/{segment}/archive", manage, pages::archive)
        .action("/{workspace}/{environment}/segments/{segment}/archive", manage, actions::archive)
        .action("/{workspace}/{environment}/segments/{segment}/restore", manage, actions::restore)
        .on("/{workspace}/{environment}/segments/{segment}")
        .action("/{workspace}/{environment}/segments/{segment}/count", manage, actions::count)
        .on("/{workspace}/{environment}/segments/{segment}")
        .page("/{workspace}/{environment}/profiles/{profile}/segments", read, on_profile::index)
        .page("/{workspace}/{environment}/profiles/{profile}/segments/{segment}", read, on_profile::why)
        .action("/{workspace}/{environment}/profiles/{profile}/segments/{segment}", edit, on_profile::choose)
}
