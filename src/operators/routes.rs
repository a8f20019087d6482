//! Routes, with the permission of each.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of the team of a workspace.
pub fn routes() -> Routes {
    let manage = Permission::ManageOperators;
    Routes::default()
        .page("/{workspace}/{environment}/operators", manage, pages::index)
        .page("/{workspace}/{environment}/operators/invite", manage, pages::invite)
        .action("/{workspace}/{environment}/operators/invite", manage, actions::invite)
        .action("/{workspace}/{environment}/operators/invitations/{invitation}/renew", manage, actions::renew)
        .on("/{workspace}/{environment}/operators")
        .action("/{workspace}/{environment}/operators/invitations/{invitation}/withdraw", manage, actions::withdraw)
        .on("/{workspace}/{environment}/operators")
        .page("/{workspace}/{environment}/operators/{operator}", manage, pages::show)
        .action("/{workspace}/{environment}/operators/{operator}", manage, actions::set_role)
        .action("/{workspace}/{environment}/operators/{operator}/disable", manage, actions::disable)
        .on("/{workspace}/{environment}/operators/{operator}")
        .action("/{workspace}/{environment}/operators/{operator}/enable", manage, actions::enable)
        .on("/{workspace}/{environment}/operators/{operator}")
        .action("/{workspace}/{environment}/operators/{operator}/end-sessions", manage, actions::end_sessions)
        .on("/{workspace}/{environment}/operators/{operator}")
        .page("/{workspace}/{environment}/operators/{operator}/remove", manage, pages::confirm_remove)
        .action("/{workspace}/{environment}/operators/{operator}/remove", manage, actions::remove)
}
