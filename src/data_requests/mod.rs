//! What people ask for about their data on their preference page: a copy of it, or their erasure. An admin answers. Table:
//! `data_requests`. Address: `/{workspace}/{environment}/requests`.

mod actions;
mod pages;
mod routes;
mod store;

pub use routes::routes;
pub use store::{RequestKind, ask};
