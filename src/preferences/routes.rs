//! Routes for whoever has a link, and for admins who pass one on.

use super::{actions, on_profile, pages};
use crate::{
    auth::Permission,
    console::{Access, Routes},
};

const LINKS: &str = "/{workspace}/{environment}/profiles/{profile}/links";
const TAB: &str = "/{workspace}/{environment}/profiles/{profile}/subscriptions";

/// Routes of the pages of people.
pub fn routes() -> Routes {
    Routes::default()
        .get("/preferences/{link}", Access::Link, pages::show)
        .post("/preferences/{link}", Access::Link, actions::save)
        .get("/preferences/{link}/unsubscribe", Access::Link, pages::unsubscribe)
        .post("/preferences/{link}/unsubscribe", Access::Link, actions::unsubscribe)
        .get("/preferences/{link}/confirm", Access::Link, pages::confirm)
        .post("/preferences/{link}/confirm", Access::Link, actions::confirm)
        .get("/preferences/{link}/forget", Access::Link, pages::forget)
        .post("/preferences/{link}/forget", Access::Link, actions::forget)
        .post("/preferences/{link}/copy", Access::Link, actions::copy)
        .on("/preferences/{link}")
        .action(LINKS, Permission::ChangeSubscriptions, on_profile::show)
        .on(TAB)
        .action(
            "/{workspace}/{environment}/profiles/{profile}/links/revoke",
            Permission::ChangeSubscriptions,
            on_profile::revoke,
        )
        .on(TAB)
}
