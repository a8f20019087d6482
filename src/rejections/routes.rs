//! Addresses, with who may use each.

use super::pages;
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The page.
pub fn routes() -> Routes {
    Routes::default().get("/{workspace}/{environment}/rejections", Access::Can(Permission::ReadProfiles), pages::index)
}
