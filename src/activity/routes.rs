//! Routes of the area, each with its permission.

use super::{pages, raw};
use crate::{auth::Permission, console::Routes};

/// Routes for the Activity tab and for one raw entry.
pub fn routes() -> Routes {
    let read = Permission::ReadProfiles;
    Routes::default().page("/{workspace}/{environment}/profiles/{profile}/activity", read, pages::index).page(
        "/{workspace}/{environment}/profiles/{profile}/activity/raw",
        read,
        raw::show,
    )
}
