//! Routes of the area, each with its permission.

use super::{actions, by_hand, pages, show};
use crate::{auth::Permission, console::Routes};

/// Routes for the catalogue of events, and for adding an event by hand.
pub fn routes() -> Routes {
    let (read, manage) = (Permission::ReadProfiles, Permission::ManageCatalogues);
    Routes::default()
        .page("/{workspace}/{environment}/events", read, pages::index)
        .page("/{workspace}/{environment}/events/new", manage, pages::new)
        .action("/{workspace}/{environment}/events/new", manage, actions::create)
        .page("/{workspace}/{environment}/events/{definition}", read, show::show)
        .action("/{workspace}/{environment}/events/{definition}", manage, actions::update)
        .page("/{workspace}/{environment}/events/{definition}/keep", manage, show::keep)
        .action("/{workspace}/{environment}/events/{definition}/keep", manage, actions::keep)
        .with(by_hand::routes())
}
