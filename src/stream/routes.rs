//! Addresses, with who may use each.

use super::{PERMISSION, pages};
use crate::console::{Access, Routes};

/// The stream, and one call of it.
pub fn routes() -> Routes {
    let read = Access::Can(PERMISSION);
    Routes::default().get("/{workspace}/{environment}/stream", read, pages::index).get(
        "/{workspace}/{environment}/stream/{call}",
        read,
        pages::show,
    )
}
