//! The catalogue of events (S7.3, S7.6, S7.9, S7.10): how they are shown, what they count as, how many there are, how long they are kept.
//! Table: `event_definitions`.
//!
//! Addresses: `…/events[/{definition}[/keep]]`. A definition is made by the first event of its name, or here; its name and kind stay.

mod actions;
mod form;
mod known;
mod pages;
mod properties;
mod show;
mod store;
mod volume;

use crate::{
    auth::Permission,
    console::{Access, Routes},
    db::ids::DefinitionId,
    web::PathId,
};

impl PathId for DefinitionId {
    const PART: &str = "definition";
}

/// The section Events.
pub fn routes() -> Routes {
    let (read, manage) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::ManageCatalogues));
    Routes::default()
        .get("/{workspace}/{environment}/events", read, pages::index)
        .post("/{workspace}/{environment}/events", manage, actions::create)
        .get("/{workspace}/{environment}/events/{definition}", read, show::show)
        .post("/{workspace}/{environment}/events/{definition}", manage, actions::update)
        .get("/{workspace}/{environment}/events/{definition}/keep", manage, show::keep)
        .post("/{workspace}/{environment}/events/{definition}/keep", manage, actions::keep)
}
