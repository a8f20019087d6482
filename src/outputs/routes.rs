//! Routes, with the permission of each.

use super::{actions, pages, show};
use crate::{auth::Permission, console::Routes};

/// Routes of webhooks.
pub fn routes() -> Routes {
    let manage = Permission::ManageWebhooks;
    let one = "/{workspace}/{environment}/webhooks/{webhook}";
    Routes::default()
        .page("/{workspace}/{environment}/webhooks", manage, pages::index)
        .page("/{workspace}/{environment}/webhooks/new", manage, pages::new)
        .action("/{workspace}/{environment}/webhooks/new", manage, actions::create)
        .page(one, manage, show::show)
        .page("/{workspace}/{environment}/webhooks/{webhook}/edit", manage, pages::edit)
        .action("/{workspace}/{environment}/webhooks/{webhook}/edit", manage, actions::update)
        .page("/{workspace}/{environment}/webhooks/{webhook}/delete", manage, pages::confirm_delete)
        .action("/{workspace}/{environment}/webhooks/{webhook}/delete", manage, actions::delete)
        .action("/{workspace}/{environment}/webhooks/{webhook}/turn", manage, actions::turn)
        .on(one)
        .action("/{workspace}/{environment}/webhooks/{webhook}/test", manage, actions::test)
        .on(one)
        .action("/{workspace}/{environment}/webhooks/{webhook}/secret", manage, actions::show_secret)
        .on(one)
        .action("/{workspace}/{environment}/webhooks/{webhook}/secret/replace", manage, actions::replace_secret)
        .on(one)
        .action("/{workspace}/{environment}/webhooks/{webhook}/again", manage, actions::send_failed_again)
        .on(one)
        .action("/{workspace}/{environment}/webhooks/{webhook}/messages/{delivery}/again", manage, actions::send_again)
        .on(one)
}
