//! Addresses, with who may use each.

use super::{actions, compare, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The list of merges, and what is done to two profiles.
pub fn routes() -> Routes {
    let (read, merge) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::Merge));
    Routes::default()
        .get("/{workspace}/{environment}/merges", read, pages::index)
        .post("/{workspace}/{environment}/merges/dismiss", merge, actions::dismiss)
        .get("/{workspace}/{environment}/profiles/{profile}/merge", merge, compare::show)
        .post("/{workspace}/{environment}/profiles/{profile}/merge", merge, actions::merge)
        .get("/{workspace}/{environment}/profiles/{profile}/merges/{merge}/undo", merge, pages::confirm_undo)
        .post("/{workspace}/{environment}/profiles/{profile}/merges/{merge}/undo", merge, actions::undo)
}
