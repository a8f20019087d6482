//! Views: lists of profiles that operators save, with filter, order, columns and density. Tables: `views`, `default_views`.
//!
//! Addresses: `…/views`. A view is private to an operator or shared by the workspace, whose environments both have it. The list opens with
//! a view by its whole address, so a copied link shows the same without it; the address names the view that it began as. Invariants: a
//! name is there once among an operator's own views and once among the shared ones; every change of a shared one is a line of the audit
//! log; what somebody based on an older version is asked about again.

mod actions;
mod bar;
mod form;
mod pages;
mod routes;
mod store;
mod view;

pub use bar::Bar;
pub use pages::reader;
pub use routes::routes;
pub use store::{forget, remembered, rename_segment, using_segment};
pub use view::{Ready, View, ViewName, Views};

use crate::{db::ids::ViewId, web::PathId};

impl PathId for ViewId {
    const PART: &str = "view";
}
