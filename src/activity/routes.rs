//! Addresses, with who may use each.

use super::{pages, raw};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The Activity tab, and one entry of it as it is stored.
pub fn routes() -> Routes {
    let read = Access::Can(Permission::ReadProfiles);
    Routes::default().get("/{workspace}/{environment}/profiles/{profile}/activity", read, pages::index).get(
        "/{workspace}/{environment}/profiles/{profile}/activity/raw",
        read,
        raw::show,
    )
}
