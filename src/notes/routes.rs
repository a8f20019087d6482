//! Addresses, with who may use each.

use super::{actions, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The Notes tab.
pub fn routes() -> Routes {
    let (read, write) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::Note));
    Routes::default()
        .get("/{workspace}/{environment}/profiles/{profile}/notes", read, pages::index)
        .post("/{workspace}/{environment}/profiles/{profile}/notes", write, actions::create)
        .get("/{workspace}/{environment}/profiles/{profile}/notes/{note}/edit", write, pages::edit)
        .post("/{workspace}/{environment}/profiles/{profile}/notes/{note}/edit", write, actions::update)
        .post("/{workspace}/{environment}/profiles/{profile}/notes/{note}/pin", write, actions::pin)
        .get("/{workspace}/{environment}/profiles/{profile}/notes/{note}/delete", write, pages::confirm_delete)
        .post("/{workspace}/{environment}/profiles/{profile}/notes/{note}/delete", write, actions::destroy)
        .get("/{workspace}/{environment}/profiles/{profile}/notes/{note}/history", read, pages::history)
}
