//! Templates of messages: what is saved, what is shown of it, and to whom.

mod pages;
mod people;

use kith::{
    db::ids::{MessageTemplateId, new_id},
    message_templates::{
        TemplateName, Variant, Words,
        store::{self, By, Saved},
    },
    subscriptions::Medium,
    verdict::MessageKind,
};

use crate::support::App;

pub const HTML: &str = "<p>Dear {{ user.first_name }},</p><p><a href=\"{{ unsubscribe_url }}\">No more of this</a></p>";

/// A template for email with one language, of these kind and HTML.
pub fn define(app: &App, name: &str, kind: MessageKind, html: &str) -> MessageTemplateId {
    let (id, at) = (MessageTemplateId(new_id(app.clock.now())), app.clock.now());
    let words = Words { subject: "Hi {{ user.first_name }}".into(), text: String::new(), html: html.into() };
    let new = Saved {
        name: TemplateName::new(name).expect("a name"),
        kind,
        topic: None,
        variants: vec![Variant { language: "en".into(), words }],
    };
    let by = By { name: "Ada Moreau", at };
    store::add(&mut app.db.connect(), app.workspace.id, id, Medium::Email, &new, by).expect("stored");
    id
}

/// What stands in addresses of templates.
pub fn parts(app: &App) -> [(&'static str, String); 2] {
    let id = define(app, "Welcome", MessageKind::Campaign, HTML);
    [("{message_template}", id.to_string()), ("{version}", "1".to_owned())]
}
