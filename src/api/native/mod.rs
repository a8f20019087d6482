//! Our own addresses, under `/api/data/v1`: what one writes about a profile is what an item of a batch says, and is answered with
//! the profile as it is then. Keys that may not read get an empty answer instead.
//!
//! `{id}` is our own id of a profile, a kind and a value such as `email:ann@example.com`, or the sender's id alone. A sender whose ids look
//! like ours writes `id:` before them.

mod lists;
mod profile;
mod read;
mod write;

use crate::{
    api::Need,
    keys::{Capability, Format},
    web::{Access, Routes},
};

/// All of them.
pub fn routes() -> Routes {
    let need = |capability| Need::new(Format::Native, capability);
    let (look, put) = (need(Capability::Read), need(Capability::Write));
    Routes::default()
        .get("/api/data/v1/profiles", Access::Key(look), lists::profiles)
        .get("/api/data/v1/profiles/{id}", Access::Key(look), read::show)
        .put("/api/data/v1/profiles/{id}", put, write::profile)
        .delete("/api/data/v1/profiles/{id}", need(Capability::Delete), write::delete)
        .patch("/api/data/v1/profiles/{id}/attributes", put, write::attributes)
        .patch("/api/data/v1/profiles/{id}/tags", put, write::tags)
        .get("/api/data/v1/profiles/{id}/subscriptions", Access::Key(look), read::subscriptions)
        .put("/api/data/v1/profiles/{id}/subscriptions", put, write::subscription)
        .put("/api/data/v1/profiles/{id}/devices/{token}", put, write::device)
        .delete("/api/data/v1/profiles/{id}/devices/{token}", put, write::remove_device)
        .put("/api/data/v1/profiles/{id}/consents/{purpose}", put, write::consent)
        .post("/api/data/v1/profiles/{id}/merge", Access::Key(need(Capability::Merge)), write::merge)
        .get("/api/data/v1/profiles/{id}/activity", Access::Key(look), lists::activity)
        .get("/api/data/v1/rejections", Access::Key(look), lists::rejections)
        .post("/api/data/v1/events", Access::Key(put), write::event)
        .post("/api/data/v1/batch", Access::Key(put.of_batch()), write::batch)
}
