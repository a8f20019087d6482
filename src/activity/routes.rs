//! Addresses, with who may use each.

use super::{pages, raw};
use crate::{auth::Permission, console::Routes};

/// The Activity tab, and one entry of it as it is stored.
pub fn routes() -> Routes {
    let read = Permission::ReadProfiles;
    Routes::default().page("/{workspace}/{environment}/profiles/{profile}/activity", read, pages::index).page(
        "/{workspace}/{environment}/profiles/{profile}/activity/raw",
        read,
        raw::show,
    )
}
