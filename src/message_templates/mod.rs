//! Templates of messages, in Liquid, with variants by language and versions (V2, F5.2). Tables: `message_templates`,
//! `message_template_versions`.
//!
//! Addresses: `…/templates[/{message_template}[/edit|preview|archive|versions/{version}]]`. Both environments share them. What words may say
//! is in `docs/message-templates.md`. Each change is a line of the audit log, and other words are a new version, so a message can name what
//! it was made from.

mod actions;
mod form;
mod pages;
mod person;
mod preview;
mod render;
mod routes;
pub mod store;
mod template;

pub use person::{Person, known, undefined};
pub use render::{
    Fault, Known, Links, Part, Prepared, Rendered, TextFault, Texts, check, names, prepare, render, render_variant,
    text_of_html,
};
pub use routes::routes;
pub use template::{Template, TemplateName, Variant, Words, chosen};

use crate::{db::ids::MessageTemplateId, web::PathId};

impl PathId for MessageTemplateId {
    const PART: &str = "message_template";
}
