//! Routes, with the permission of each.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of the keys of an environment.
pub fn routes() -> Routes {
    let manage = Permission::ManageKeys;
    Routes::default()
        .page("/{workspace}/{environment}/keys", manage, pages::index)
        .page("/{workspace}/{environment}/keys/new", manage, pages::new)
        .action("/{workspace}/{environment}/keys/new", manage, actions::create)
        .page("/{workspace}/{environment}/keys/{key}/revoke", manage, pages::confirm_revoke)
        .action("/{workspace}/{environment}/keys/{key}/revoke", manage, actions::revoke)
}
