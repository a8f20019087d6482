//! Addresses, with who may use each.

use super::{actions, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The keys of an environment.
pub fn routes() -> Routes {
    let manage = Access::Can(Permission::ManageKeys);
    Routes::default()
        .get("/{workspace}/{environment}/keys", manage, pages::index)
        .post("/{workspace}/{environment}/keys", manage, actions::create)
        .get("/{workspace}/{environment}/keys/{key}/revoke", manage, pages::confirm_revoke)
        .post("/{workspace}/{environment}/keys/{key}/revoke", manage, actions::revoke)
}
