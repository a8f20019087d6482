//! Routes of the Subscriptions tab, each with its permission.

use super::{actions, pages};
use crate::{auth::Permission, console::Routes};

/// Routes of the tab.
pub fn routes() -> Routes {
    let (read, change) = (Permission::ReadProfiles, Permission::ChangeSubscriptions);
    Routes::default()
        .page("/{workspace}/{environment}/profiles/{profile}/subscriptions", read, pages::index)
        .page("/{workspace}/{environment}/profiles/{profile}/subscriptions/change", change, pages::question)
        .action("/{workspace}/{environment}/profiles/{profile}/subscriptions/change", change, actions::change)
}
