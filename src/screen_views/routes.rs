//! Routes, with the permission of each: who may define segments may define whom a screen view is shown to.

use super::{actions, on_profile, pages, show};
use crate::{auth::Permission, console::Routes};

/// Routes of screen views.
pub fn routes() -> Routes {
    let (read, manage) = (Permission::ReadProfiles, Permission::ManageSegments);
    Routes::default()
        .page("/{workspace}/{environment}/screen-views", read, pages::index)
        .page("/{workspace}/{environment}/screen-views/new", manage, pages::new)
        .action("/{workspace}/{environment}/screen-views/new", manage, actions::create)
        .page("/{workspace}/{environment}/screen-views/{screen_view}", read, show::show)
        .page("/{workspace}/{environment}/screen-views/{screen_view}/edit", manage, pages::edit)
        .action("/{workspace}/{environment}/screen-views/{screen_view}/edit", manage, actions::update)
        .page("/{workspace}/{environment}/screen-views/{screen_view}/archive", manage, pages::archive)
        .action("/{workspace}/{environment}/screen-views/{screen_view}/archive", manage, actions::archive)
        .action("/{workspace}/{environment}/screen-views/{screen_view}/restore", manage, actions::restore)
        .on("/{workspace}/{environment}/screen-views/{screen_view}")
        .page("/{workspace}/{environment}/profiles/{profile}/content", read, on_profile::index)
}
