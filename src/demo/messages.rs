//! By what the shop sends, and what it says: accounts that keep everything here, so that messages can be tried without a provider.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use crate::{
    auth::{Actor, Place},
    db::ids::{EnvironmentId, MessageTemplateId, SendingAccountId},
    message_templates::{
        TemplateName, Variant, Words,
        store::{self, By, Saved},
    },
    sending_accounts::{
        self, AccountName, Limits, Provider,
        store::{Added, Author},
    },
    subscriptions::{Medium, Topic},
    verdict::MessageKind,
    workspaces,
};

/// Channels, and what their accounts are called.
const ACCOUNTS: [(Medium, &str); 2] = [(Medium::Email, "Shop mail"), (Medium::Sms, "Shop texts")];

/// A template: name, channel, kind, topic, and for each language its subject, text and HTML.
type Text = (&'static str, [&'static str; 3]);
const TEMPLATES: [(&str, Medium, MessageKind, &str, &[Text]); 3] = [
    (
        "Weekly letter",
        Medium::Email,
        MessageKind::Campaign,
        "Weekly letter",
        &[
            (
                "en",
                [
                    "New on our shelves, {{ user.first_name | default: \"hello\" }}",
                    "",
                    "<h1>Good morning{% if user.first_name %}, {{ user.first_name }}{% endif %}</h1>\n<p>This week we made lanterns of larch and washi paper.</p>\n<p><a href=\"{{ unsubscribe_url }}\">No more letters</a> · <a href=\"{{ preferences_url }}\">What we may write about</a></p>",
                ],
            ),
            (
                "de",
                [
                    "Neu im Regal",
                    "",
                    "<h1>Guten Morgen{% if user.first_name %}, {{ user.first_name }}{% endif %}</h1>\n<p>Diese Woche sind Laternen aus Lärche und Washi entstanden.</p>\n<p><a href=\"{{ unsubscribe_url }}\">Keine Briefe mehr</a> · <a href=\"{{ preferences_url }}\">Worüber wir schreiben dürfen</a></p>",
                ],
            ),
        ],
    ),
    (
        "Answer from the workshop",
        Medium::Email,
        MessageKind::Service,
        "orders",
        &[(
            "",
            [
                "About your order{% if event.order %} {{ event.order }}{% endif %}",
                "Hello {{ user.first_name | default: \"there\" }},\n\nthank you for writing. We looked at your order, and it leaves us tomorrow morning.\n\nYour {{ workspace.name }}",
                "",
            ],
        )],
    ),
    (
        "Parcel is here",
        Medium::Sms,
        MessageKind::Service,
        "orders",
        &[("", ["", "Your parcel waits for you at the workshop until Saturday. {{ workspace.name }}", ""])],
    ),
];

/// Stores accounts and templates; repeating it changes nothing.
pub fn write(conn: &mut PgConnection, environment: EnvironmentId, by: &str, now: DateTime<Utc>) -> QueryResult<()> {
    let Some(workspace) = workspaces::of_environment(conn, environment)? else { return Ok(()) };
    let author = Author { actor: Actor::command_line(Place::Workspace(workspace)), at: now };
    for (number, (channel, name)) in (1..).zip(ACCOUNTS) {
        let Ok(name) = AccountName::new(name) else { continue };
        let limits = Limits { per_second: 0, at_once: 2, give_up: TimeDelta::hours(24) };
        let draft = sending_accounts::Draft { name, provider: Provider::Kept, limits, test_list: Vec::new() };
        let id = SendingAccountId(Uuid::from_u128(number));
        let _: Added = sending_accounts::store::add(conn, (workspace, id), channel, &draft, None, &author)?;
    }
    for (number, (name, channel, kind, topic, texts)) in (1..).zip(TEMPLATES) {
        let (Ok(name), id) = (TemplateName::new(name), MessageTemplateId(Uuid::from_u128(number))) else { continue };
        if store::find(conn, workspace, id)?.is_some() {
            continue;
        }
        let variant = |(language, words): &Text| {
            let [subject, text, html] = words.map(str::to_owned);
            Variant { language: (*language).to_owned(), words: Words { subject, text, html } }
        };
        let variants = texts.iter().map(variant).collect();
        let saved = Saved { name, kind, topic: Topic::new(topic).ok(), variants };
        store::add(conn, workspace, id, channel, &saved, By { name: by, at: now })?;
    }
    Ok(())
}
