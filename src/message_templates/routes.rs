//! Routes, with the permission of each.

use super::{actions, pages, preview};
use crate::{auth::Permission, console::Routes};

/// Routes of templates.
pub fn routes() -> Routes {
    let (read, manage) = (Permission::ReadProfiles, Permission::ManageTemplates);
    Routes::default()
        .page("/{workspace}/{environment}/templates", read, pages::index)
        .page("/{workspace}/{environment}/templates/new", manage, pages::new)
        .action("/{workspace}/{environment}/templates/new", manage, actions::create)
        .page("/{workspace}/{environment}/templates/{message_template}", read, preview::show)
        .page("/{workspace}/{environment}/templates/{message_template}/preview", read, preview::framed)
        .page("/{workspace}/{environment}/templates/{message_template}/edit", manage, pages::edit)
        .action("/{workspace}/{environment}/templates/{message_template}/edit", manage, actions::update)
        .page("/{workspace}/{environment}/templates/{message_template}/versions/{version}", read, pages::version)
        .action(
            "/{workspace}/{environment}/templates/{message_template}/versions/{version}",
            manage,
            actions::use_again,
        )
        .page("/{workspace}/{environment}/templates/{message_template}/archive", manage, pages::archive)
        .action("/{workspace}/{environment}/templates/{message_template}/archive", manage, actions::archive)
        .action("/{workspace}/{environment}/templates/{message_template}/restore", manage, actions::restore)
        .on("/{workspace}/{environment}/templates/{message_template}")
}
