//! Addresses, with who may use each.

use super::{document, page};
use crate::console::{Access, Routes};

/// The document and the page.
pub fn routes() -> Routes {
    Routes::default().get("/api/data/v1/openapi.json", Access::Public, document::openapi).get(
        "/developers",
        Access::Public,
        page::show,
    )
}
