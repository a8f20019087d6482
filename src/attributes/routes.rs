//! Addresses, with who may use each.

use super::{actions, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The catalogue.
pub fn routes() -> Routes {
    let (read, manage) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::ManageCatalogues));
    Routes::default()
        .get("/{workspace}/{environment}/attributes", read, pages::index)
        .post("/{workspace}/{environment}/attributes", manage, actions::create)
        .get("/{workspace}/{environment}/attributes/show", read, pages::show)
        .get("/{workspace}/{environment}/attributes/new", manage, pages::new)
        .get("/{workspace}/{environment}/attributes/edit", manage, pages::edit)
        .post("/{workspace}/{environment}/attributes/edit", manage, actions::update)
        .post("/{workspace}/{environment}/attributes/column", manage, actions::column)
        .post("/{workspace}/{environment}/attributes/retire", manage, actions::retire)
        .get("/{workspace}/{environment}/attributes/type", manage, pages::retype)
        .post("/{workspace}/{environment}/attributes/type", manage, actions::retype)
}
