//! Routes of the area, each with its permission.

use super::{actions, pages, rename};
use crate::{auth::Permission, console::Routes};

/// Routes for the identifiers and devices of a profile.
pub fn routes() -> Routes {
    let (read, edit) = (Permission::ReadProfiles, Permission::EditProfiles);
    Routes::default()
        .page("/{workspace}/{environment}/profiles/{profile}/identities", read, pages::index)
        .action("/{workspace}/{environment}/profiles/{profile}/identities/remove", edit, actions::remove_identifier)
        .on("/{workspace}/{environment}/profiles/{profile}/identities")
        .action("/{workspace}/{environment}/profiles/{profile}/devices/remove", edit, actions::remove_device)
        .on("/{workspace}/{environment}/profiles/{profile}/identities")
        .page("/{workspace}/{environment}/profiles/{profile}/id", edit, rename::form)
        .action("/{workspace}/{environment}/profiles/{profile}/id", edit, rename::change)
}
