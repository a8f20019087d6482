//! Addresses, with who may use each.

use super::{actions, by_hand, pages, show};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The section Events.
pub fn routes() -> Routes {
    let (read, manage) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::ManageCatalogues));
    Routes::default()
        .get("/{workspace}/{environment}/events", read, pages::index)
        .post("/{workspace}/{environment}/events", manage, actions::create)
        .get("/{workspace}/{environment}/events/{definition}", read, show::show)
        .post("/{workspace}/{environment}/events/{definition}", manage, actions::update)
        .get("/{workspace}/{environment}/events/{definition}/keep", manage, show::keep)
        .post("/{workspace}/{environment}/events/{definition}/keep", manage, actions::keep)
        .with(by_hand::routes())
}
