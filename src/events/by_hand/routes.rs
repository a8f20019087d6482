//! Routes of the form, each with its permission.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes for adding an event by hand.
pub fn routes() -> Routes {
    let edit = Permission::EditProfiles;
    Routes::default().page("/{workspace}/{environment}/profiles/{profile}/events/new", edit, pages::new).action(
        "/{workspace}/{environment}/profiles/{profile}/events/new",
        edit,
        actions::create,
    )
}
