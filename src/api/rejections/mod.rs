//! Items that were refused, as they were sent: what people look at who connect a client. Table: `rejections`.
//!
//! Address: `…/rejections`. Invariants: a call is not acknowledged before what was refused of it is kept; about the newest 10,000 of an environment are
//! kept, for 30 days; no item holds a key.

mod keep;
mod pages;
mod store;

pub use keep::{MOST_AT_ONCE, Rejection, Sweeper, keep};
pub use store::{count_by_key, page, sweep_old};

use crate::{
    auth::Permission,
    console::{Access, Routes, Scope},
    db::ids::KeyId,
};

/// The page.
pub fn routes() -> Routes {
    Routes::default().get("/{workspace}/{environment}/rejections", Access::Can(Permission::ReadProfiles), pages::index)
}

/// The page with what one key sent.
pub fn address(scope: &Scope, key: KeyId) -> String {
    scope.path(&format!("rejections?key={key}"))
}
