//! Addresses, with who may use each.

use super::{actions, by_hand, pages, show};
use crate::{auth::Permission, console::Routes};

/// The section Events.
pub fn routes() -> Routes {
    let (read, manage) = (Permission::ReadProfiles, Permission::ManageCatalogues);
    Routes::default()
        .page("/{workspace}/{environment}/events", read, pages::index)
        .action("/{workspace}/{environment}/events", manage, actions::create)
        .page("/{workspace}/{environment}/events/{definition}", read, show::show)
        .action("/{workspace}/{environment}/events/{definition}", manage, actions::update)
        .page("/{workspace}/{environment}/events/{definition}/keep", manage, show::keep)
        .action("/{workspace}/{environment}/events/{definition}/keep", manage, actions::keep)
        .with(by_hand::routes())
}
