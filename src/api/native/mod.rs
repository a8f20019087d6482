//! The native addresses, under `/api/data/v1`: profiles, and the webhooks that are told about them. Each change of a profile says the same as an item of a batch, and is answered with the
//! profile as it is afterwards. Keys that may not read get an empty answer instead.
//!
//! `{id}` is the id of a profile, a kind and a value such as `email:ann@example.com`, or the sender's id alone, which
//! may look like a profile's or have a colon: see [`reference`].

mod about;
mod content;
mod etag;
mod filtered;
mod lists;
mod members;
mod merges;
mod messages;
mod profile;
mod read;
mod reference;
mod segments;
mod topics;
mod verdicts;
mod webhooks;
mod write;

pub use about::a_profile;

use actix_web::http::Method;

use crate::{
    api::Need,
    developers::Calls,
    keys::{Capability, Format},
};

/// All calls, with their documentation.
pub fn calls() -> Calls {
    let need = |capability| Need::new(Format::Native, capability);
    let (look, put) = (need(Capability::Read), need(Capability::Write));
    let (delete, merge) = (need(Capability::Delete), need(Capability::Merge));
    let (configure, send) = (need(Capability::Configure), need(Capability::Send));
    let get = |path| (Method::GET, path);
    let set = |path| (Method::PUT, path);
    let change = |path| (Method::PATCH, path);
    let post = |path| (Method::POST, path);
    let remove = |path| (Method::DELETE, path);
    Calls::default()
        .add(set("/api/data/v1/profiles/{id}"), put, about::put_profile(), write::profile)
        .add(get("/api/data/v1/profiles/{id}"), look, about::get_profile(), read::show)
        .add(get("/api/data/v1/profiles"), look, about::list_profiles(), lists::profiles)
        .add(get("/api/data/v1/profiles/{id}/subscriptions"), look, about::get_subscriptions(), read::subscriptions)
        .add(get("/api/data/v1/profiles/{id}/verdict"), look, about::get_verdict(), verdicts::one)
        .add(post("/api/data/v1/verdicts"), look, about::post_verdicts(), verdicts::many)
        .add(get("/api/data/v1/profiles/{id}/content"), look, about::get_content(), content::of_profile)
        .add(get("/api/data/v1/topics"), look, about::get_topics(), topics::topics)
        .add(get("/api/data/v1/purposes"), look, about::get_purposes(), topics::purposes)
        .add(change("/api/data/v1/profiles/{id}/attributes"), put, about::patch_attributes(), write::attributes)
        .add(change("/api/data/v1/profiles/{id}/tags"), put, about::patch_tags(), write::tags)
        .add(set("/api/data/v1/profiles/{id}/subscriptions"), put, about::put_subscription(), write::subscription)
        .add(set("/api/data/v1/profiles/{id}/restrictions"), put, about::put_restriction(), write::restriction)
        .add(get("/api/data/v1/profiles/{id}/restrictions"), look, about::get_restrictions(), read::restrictions)
        .add(set("/api/data/v1/restrictions"), put, about::put_restriction_of_address(), write::restriction_of_address)
        .add(set("/api/data/v1/profiles/{id}/consents/{purpose}"), put, about::put_consent(), write::consent)
        .add(set("/api/data/v1/profiles/{id}/devices/{token}"), put, about::put_device(), write::device)
        .add(remove("/api/data/v1/profiles/{id}/devices/{token}"), put, about::delete_device(), write::remove_device)
        .add(post("/api/data/v1/events"), put, about::post_event(), write::event)
        .add(post("/api/data/v1/batch"), put.of_batch(), about::post_batch(), write::batch)
        .add(get("/api/data/v1/profiles/{id}/activity"), look, about::list_activity(), lists::activity)
        .add(post("/api/data/v1/profiles/{id}/merge"), merge, about::merge(), write::merge)
        .add(get("/api/data/v1/profiles/{id}/merges"), look, about::list_merges(), merges::list)
        .add(post("/api/data/v1/profiles/{id}/merges/{merge}/undo"), merge, about::undo_merge(), merges::undo)
        .add(get("/api/data/v1/rejections"), look, about::list_rejections(), lists::rejections)
        .add(post("/api/data/v1/segments"), configure, about::post_segment(), segments::create)
        .add(get("/api/data/v1/segments"), look, about::list_segments(), segments::list)
        .add(get("/api/data/v1/segments/{segment}"), look, about::get_segment(), segments::show)
        .add(get("/api/data/v1/segments/{segment}/members"), look, about::list_members(), segments::members)
        .add(change("/api/data/v1/segments/{segment}/members"), put, about::patch_members(), members::change)
        .add(set("/api/data/v1/segments/{segment}/members/{id}"), put, about::put_member(), members::put)
        .add(remove("/api/data/v1/segments/{segment}/members/{id}"), put, about::delete_member(), members::remove)
        .add(get("/api/data/v1/profiles/{id}/segments"), look, about::list_memberships(), segments::of_profile)
        .add(get("/api/data/v1/profiles/{id}/segments/{segment}"), look, about::get_membership(), segments::why)
        .add(change("/api/data/v1/segments/{segment}"), configure, about::patch_segment(), segments::change)
        .add(post("/api/data/v1/webhooks"), configure, about::post_webhook(), webhooks::create)
        .add(get("/api/data/v1/webhooks"), configure, about::list_webhooks(), webhooks::list)
        .add(get("/api/data/v1/webhooks/{webhook}"), configure, about::get_webhook(), webhooks::show)
        .add(change("/api/data/v1/webhooks/{webhook}"), configure, about::patch_webhook(), webhooks::change)
        .add(remove("/api/data/v1/webhooks/{webhook}"), configure, about::delete_webhook(), webhooks::delete)
        .add(post("/api/data/v1/profiles/{id}/messages"), send, about::post_message(), messages::send)
        .add(get("/api/data/v1/profiles/{id}/messages"), look, about::list_messages(), messages::of_profile)
        .add(get("/api/data/v1/messages/{message}"), look, about::get_message(), messages::show)
        .add(post("/api/data/v1/messages/{message}/cancel"), send, about::cancel_message(), messages::cancel)
        .add(remove("/api/data/v1/profiles/{id}"), delete, about::delete_profile(), write::delete)
}
