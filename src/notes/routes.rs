//! Routes, with the permission of each.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of the Notes tab.
pub fn routes() -> Routes {
    let (read, write) = (Permission::ReadProfiles, Permission::Note);
    Routes::default()
        .page("/{workspace}/{environment}/profiles/{profile}/notes", read, pages::index)
        .action("/{workspace}/{environment}/profiles/{profile}/notes", write, actions::create)
        .page("/{workspace}/{environment}/profiles/{profile}/notes/{note}/edit", write, pages::edit)
        .action("/{workspace}/{environment}/profiles/{profile}/notes/{note}/edit", write, actions::update)
        .action("/{workspace}/{environment}/profiles/{profile}/notes/{note}/pin", write, actions::pin)
        .on("/{workspace}/{environment}/profiles/{profile}/notes")
        .page("/{workspace}/{environment}/profiles/{profile}/notes/{note}/delete", write, pages::confirm_delete)
        .action("/{workspace}/{environment}/profiles/{profile}/notes/{note}/delete", write, actions::destroy)
        .page("/{workspace}/{environment}/profiles/{profile}/notes/{note}/history", read, pages::history)
}
