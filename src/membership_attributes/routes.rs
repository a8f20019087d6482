//! Routes, with the permission of each.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of membership attributes.
pub fn routes() -> Routes {
    let (read, manage) = (Permission::ReadProfiles, Permission::ManageCatalogues);
    let list = "/{workspace}/{environment}/attributes/memberships";
    let one = "/{workspace}/{environment}/attributes/memberships/{membership_attribute}";
    Routes::default()
        .page(list, read, pages::index)
        .action("/{workspace}/{environment}/attributes/memberships/synchronise", manage, actions::synchronise_all)
        .on(list)
        .page(one, read, pages::show)
        .action(one, manage, actions::edit)
        .action(
            "/{workspace}/{environment}/attributes/memberships/{membership_attribute}/synchronise",
            manage,
            actions::synchronise,
        )
        .on(one)
        .page("/{workspace}/{environment}/attributes/memberships/{membership_attribute}/stop", manage, pages::stop)
        .action("/{workspace}/{environment}/attributes/memberships/{membership_attribute}/stop", manage, actions::stop)
        .page("/{workspace}/{environment}/segments/{segment}/share", manage, pages::share)
        .action("/{workspace}/{environment}/segments/{segment}/share", manage, actions::share)
}
