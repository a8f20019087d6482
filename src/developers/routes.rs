//! Routes, with the access of each.

use super::{document, page};
use crate::console::{Access, Routes};

/// Routes of the document and of the page.
pub fn routes() -> Routes {
    Routes::default().get("/api/data/v1/openapi.json", Access::Public, document::openapi).get(
        "/developers",
        Access::Public,
        page::show,
    )
}
