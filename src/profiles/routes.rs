//! Addresses, with who may use each.

use super::{create, edit, info, list};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The list, the Info tab, and what changes what that shows.
pub fn routes() -> Routes {
    let (read, edit) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::EditProfiles));
    Routes::default()
        .get("/{workspace}/{environment}/profiles", read, list::index)
        .get("/{workspace}/{environment}/profiles/new", edit, create::new)
        .post("/{workspace}/{environment}/profiles/new", edit, create::create)
        .get("/{workspace}/{environment}/profiles/{profile}", read, info::show)
        .get("/{workspace}/{environment}/profiles/{profile}/edit", edit, edit::show)
        .post("/{workspace}/{environment}/profiles/{profile}/edit", edit, edit::save)
        .get("/{workspace}/{environment}/profiles/{profile}/attributes/new", edit, edit::new)
        .post("/{workspace}/{environment}/profiles/{profile}/attributes", edit, edit::add)
        .post("/{workspace}/{environment}/profiles/{profile}/reveal", edit, edit::reveal)
}
