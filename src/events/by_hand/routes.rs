//! Addresses, with who may use each.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// The form.
pub fn routes() -> Routes {
    let edit = Permission::EditProfiles;
    Routes::default().page("/{workspace}/{environment}/profiles/{profile}/events/new", edit, pages::new).action(
        "/{workspace}/{environment}/profiles/{profile}/events/new",
        edit,
        actions::create,
    )
}
