//! What a workspace decides about messages: sections and topics, purposes of consents, and rules of channels (F6, M9.3). Tables:
//! `topic_sections`, `topics`, `purposes`, `channel_rules`.
//!
//! Addresses: `…/topics[/{topic}[/edit|move|retire]]`, `…/topics/sections/{section}[/move|remove]`,
//! `…/topics/purposes[/{purpose}[/remove]]`, `…/topics/channels[/{channel}]`. Both environments share it all, as they do the settings. Keys are what senders write and never change; what
//! nobody defined is accepted all the same. Each server uses what it read for at most ten seconds, each change is a line of the audit log,
//! and [`Catalogue::rules`] is what every verdict follows.

mod actions;
mod catalogue;
mod form;
mod pages;
mod routes;
pub mod store;
mod told;

pub use catalogue::{Catalogue, ChannelRules, Confirmation, PurposeDefinition, Section, TopicDefinition};
pub use routes::routes;

use crate::{
    db::ids::{PurposeId, SectionId, TopicId},
    web::PathId,
};

impl PathId for SectionId {
    const PART: &str = "section";
}

impl PathId for TopicId {
    const PART: &str = "topic";
}

impl PathId for PurposeId {
    const PART: &str = "defined_purpose";
}
