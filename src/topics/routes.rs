//! Routes, with the permission of each.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of topics, purposes and channels.
pub fn routes() -> Routes {
    let (read, change) = (Permission::ReadProfiles, Permission::ManageSettings);
    Routes::default()
        .page("/{workspace}/{environment}/topics", read, pages::index)
        .page("/{workspace}/{environment}/topics/new", change, pages::new_topic)
        .action("/{workspace}/{environment}/topics/new", change, actions::create_topic)
        .page("/{workspace}/{environment}/topics/sections/new", change, pages::new_section)
        .action("/{workspace}/{environment}/topics/sections/new", change, actions::create_section)
        .page("/{workspace}/{environment}/topics/sections/{section}", change, pages::edit_section)
        .action("/{workspace}/{environment}/topics/sections/{section}", change, actions::update_section)
        .action("/{workspace}/{environment}/topics/sections/{section}/move", change, actions::move_section)
        .on("/{workspace}/{environment}/topics")
        .action("/{workspace}/{environment}/topics/sections/{section}/remove", change, actions::remove_section)
        .on("/{workspace}/{environment}/topics")
        .page("/{workspace}/{environment}/topics/purposes", read, pages::purposes)
        .page("/{workspace}/{environment}/topics/purposes/new", change, pages::new_purpose)
        .action("/{workspace}/{environment}/topics/purposes/new", change, actions::create_purpose)
        .page("/{workspace}/{environment}/topics/purposes/{defined_purpose}", change, pages::edit_purpose)
        .action("/{workspace}/{environment}/topics/purposes/{defined_purpose}", change, actions::update_purpose)
        .action("/{workspace}/{environment}/topics/purposes/{defined_purpose}/remove", change, actions::remove_purpose)
        .on("/{workspace}/{environment}/topics/purposes")
        .page("/{workspace}/{environment}/topics/channels", read, pages::channels)
        .page("/{workspace}/{environment}/topics/channels/{channel}", change, pages::edit_channel)
        .action("/{workspace}/{environment}/topics/channels/{channel}", change, actions::update_channel)
        .page("/{workspace}/{environment}/topics/{topic}", read, pages::show_topic)
        .page("/{workspace}/{environment}/topics/{topic}/edit", change, pages::edit_topic)
        .action("/{workspace}/{environment}/topics/{topic}/edit", change, actions::update_topic)
        .action("/{workspace}/{environment}/topics/{topic}/move", change, actions::move_topic)
        .on("/{workspace}/{environment}/topics")
        .action("/{workspace}/{environment}/topics/{topic}/retire", change, actions::retire_topic)
        .on("/{workspace}/{environment}/topics/{topic}")
}
