//! Routes: for providers, and for admins who set them up.

use super::{actions, hook, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// Routes of what providers tell.
pub fn routes() -> Routes {
    let manage = Permission::ManageSending;
    let page = "/{workspace}/{environment}/sending/{sending_account}/feedback";
    Routes::default()
        .post("/hooks/{account}/{secret}", Access::Hook, hook::receive)
        .page(page, manage, pages::show)
        .action(page, manage, actions::save)
        .action("/{workspace}/{environment}/sending/{sending_account}/feedback/replace", manage, actions::replace)
        .on(page)
}
