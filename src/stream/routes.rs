//! Routes, with the permission of each.

use super::{PERMISSION, pages};
use crate::console::{Access, Routes};

/// Routes of the stream and of one call.
pub fn routes() -> Routes {
    let read = Access::Can(PERMISSION);
    Routes::default().get("/{workspace}/{environment}/stream", read, pages::index).get(
        "/{workspace}/{environment}/stream/{call}",
        read,
        pages::show,
    )
}
