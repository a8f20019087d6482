//! The documentation of the API, made of what stands beside its routes: `/api/data/v1/openapi.json` for programs, `/developers` for people.
//!
//! Invariants: no address of our own API exists without its description; both are for everybody, and say nothing about anybody.

mod document;
mod fields;
mod operation;
mod page;
mod schemas;

pub use document::document;
pub use operation::{Answer, BASE, Body, Calls, Described, Operation, Resource};

use std::sync::LazyLock;

use actix_web::{HttpResponse, http::header};

use super::native;
use crate::{
    console::{Access, Routes},
    web::SHARED,
};

/// The document and the page.
pub fn routes() -> Routes {
    Routes::default().get("/api/data/v1/openapi.json", Access::Public, openapi).get(
        "/developers",
        Access::Public,
        page::show,
    )
}

/// The document, for everybody and every page.
async fn openapi() -> HttpResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| document(&native::calls().described).to_string());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header(SHARED)
        .body(TEXT.as_str())
}
