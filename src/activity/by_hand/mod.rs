//! An event added by hand (S7.7): what happened where no sender was told, such as a call or a visit to the shop.
//!
//! Address: `…/profiles/{profile}/events/new`. The operator is its source, and its context says who added it and why. Its id is made
//! with the form, so that sending that twice stores one event.

mod actions;
mod form;
mod pages;
mod typed;

use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// The form.
pub fn routes() -> Routes {
    let edit = Access::Can(Permission::EditProfiles);
    Routes::default().get("/{workspace}/{environment}/profiles/{profile}/events/new", edit, pages::new).post(
        "/{workspace}/{environment}/profiles/{profile}/events/new",
        edit,
        actions::create,
    )
}
