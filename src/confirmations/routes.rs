//! The route of confirmations, with its permission.

use super::actions;
use crate::{auth::Permission, console::Routes};

/// Routes of what admins do about confirmations.
pub fn routes() -> Routes {
    Routes::default()
        .action(
            "/{workspace}/{environment}/profiles/{profile}/confirmations",
            Permission::ChangeSubscriptions,
            actions::again,
        )
        .on("/{workspace}/{environment}/profiles/{profile}/subscriptions")
}
