//! Routes, with the permission of each.

use super::{actions, compose, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of messages.
pub fn routes() -> Routes {
    let (read, send) = (Permission::ReadProfiles, Permission::SendMessages);
    Routes::default()
        .page("/{workspace}/{environment}/messages", read, pages::index)
        .page("/{workspace}/{environment}/messages/{message}", read, pages::show)
        .action("/{workspace}/{environment}/messages/{message}/cancel", send, actions::cancel)
        .on("/{workspace}/{environment}/messages/{message}")
        .page("/{workspace}/{environment}/profiles/{profile}/messages", read, pages::tab)
        .page("/{workspace}/{environment}/profiles/{profile}/messages/new", send, compose::new)
        .action("/{workspace}/{environment}/profiles/{profile}/messages/new", send, actions::send)
}
