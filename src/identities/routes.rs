//! Addresses, with who may use each.

use super::{actions, pages, rename};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// Everything by which a profile is found, and its devices.
pub fn routes() -> Routes {
    let (read, edit) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::EditProfiles));
    Routes::default()
        .get("/{workspace}/{environment}/profiles/{profile}/identities", read, pages::index)
        .post("/{workspace}/{environment}/profiles/{profile}/identities/remove", edit, actions::remove_identifier)
        .post("/{workspace}/{environment}/profiles/{profile}/devices/remove", edit, actions::remove_device)
        .get("/{workspace}/{environment}/profiles/{profile}/id", edit, rename::form)
        .post("/{workspace}/{environment}/profiles/{profile}/id", edit, rename::change)
}
