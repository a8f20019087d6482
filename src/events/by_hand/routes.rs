//! Addresses, with who may use each.

use super::{actions, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The form.
pub fn routes() -> Routes {
    let edit = Access::Can(Permission::EditProfiles);
    Routes::default().get("/{workspace}/{environment}/profiles/{profile}/events/new", edit, pages::new).post(
        "/{workspace}/{environment}/profiles/{profile}/events/new",
        edit,
        actions::create,
    )
}
