//! Addresses, with who may use each.

use super::{actions, compare, pages};
use crate::{auth::Permission, console::Routes};

/// The list of merges, and what is done to two profiles.
pub fn routes() -> Routes {
    let (read, merge) = (Permission::ReadProfiles, Permission::Merge);
    Routes::default()
        .page("/{workspace}/{environment}/merges", read, pages::index)
        .action("/{workspace}/{environment}/merges/dismiss", merge, actions::dismiss)
        .page("/{workspace}/{environment}/profiles/{profile}/merge", merge, compare::show)
        .action("/{workspace}/{environment}/profiles/{profile}/merge", merge, actions::merge)
        .page("/{workspace}/{environment}/profiles/{profile}/merges/{merge}/undo", merge, pages::confirm_undo)
        .action("/{workspace}/{environment}/profiles/{profile}/merges/{merge}/undo", merge, actions::undo)
}
