//! Routes, with the permission of each.

use super::{actions, pages, show};
use crate::{auth::Permission, console::Routes};

/// Routes of sending accounts.
pub fn routes() -> Routes {
    let manage = Permission::ManageSending;
    let one = "/{workspace}/{environment}/sending/{sending_account}";
    Routes::default()
        .page("/{workspace}/{environment}/sending", manage, pages::index)
        .page("/{workspace}/{environment}/sending/new", manage, pages::new)
        .action("/{workspace}/{environment}/sending/new", manage, actions::create)
        .page(one, manage, show::show)
        .page("/{workspace}/{environment}/sending/{sending_account}/edit", manage, pages::edit)
        .action("/{workspace}/{environment}/sending/{sending_account}/edit", manage, actions::update)
        .page("/{workspace}/{environment}/sending/{sending_account}/remove", manage, pages::confirm_remove)
        .action("/{workspace}/{environment}/sending/{sending_account}/remove", manage, actions::remove)
        .action("/{workspace}/{environment}/sending/{sending_account}/turn", manage, actions::turn)
        .on(one)
        .action("/{workspace}/{environment}/sending/{sending_account}/default", manage, actions::make_default)
        .on(one)
        .action("/{workspace}/{environment}/sending/{sending_account}/test", manage, actions::test)
        .on(one)
}
