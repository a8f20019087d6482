//! Routes of the area, each with its permission.

use super::{actions, compare, pages};
use crate::{auth::Permission, console::Routes};

/// Routes for the list of merges, for merging and for undoing.
pub fn routes() -> Routes {
    let (read, merge) = (Permission::ReadProfiles, Permission::Merge);
    Routes::default()
        .page("/{workspace}/{environment}/merges", read, pages::index)
        .action("/{workspace}/{environment}/merges/dismiss", merge, actions::dismiss)
        .on("/{workspace}/{environment}/merges")
        .page("/{workspace}/{environment}/profiles/{profile}/merge", merge, compare::show)
        .action("/{workspace}/{environment}/profiles/{profile}/merge", merge, actions::merge)
        .page("/{workspace}/{environment}/profiles/{profile}/merges/{merge}/undo", merge, pages::confirm_undo)
        .action("/{workspace}/{environment}/profiles/{profile}/merges/{merge}/undo", merge, actions::undo)
}
