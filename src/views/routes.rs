//! Routes, with the permission of each. Changes of a shared view need another one, which the actions ask for.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of the views.
pub fn routes() -> Routes {
    let (read, save) = (Permission::ReadProfiles, Permission::SaveViews);
    Routes::default()
        .page("/{workspace}/{environment}/views", read, pages::index)
        .action("/{workspace}/{environment}/views/default", read, actions::open_with)
        .on("/{workspace}/{environment}/views")
        .page("/{workspace}/{environment}/views/new", save, pages::new)
        .action("/{workspace}/{environment}/views/new", save, actions::create)
        .page("/{workspace}/{environment}/views/{view}", read, pages::edit)
        .action("/{workspace}/{environment}/views/{view}", save, actions::update)
        .action("/{workspace}/{environment}/views/{view}/save", save, actions::save)
        .on("/{workspace}/{environment}/views/{view}")
        .page("/{workspace}/{environment}/views/{view}/delete", save, pages::delete)
        .action("/{workspace}/{environment}/views/{view}/delete", save, actions::delete)
}
