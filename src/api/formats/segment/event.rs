//! Events of Segment's API: `track`, `page` and `screen`.

use serde_json::Value;

use super::Message;
use crate::{
    api::formats::reading::{Fields, Happened, Skipped, identifier, item, message_id, text},
    events::EventKind,
    identities::Kind,
    ingest::{Item, Person, Statement},
    rejections::Refused,
    subscriptions::{Line, Reason, Subscription, SubscriptionState},
};

/// `track`: an event. The names `Unsubscribe` and `Resubscribe` also change the subscription.
pub fn track(message: &mut Message<'_>, mut fields: Fields, skipped: &mut Skipped) -> Result<Vec<Item>, Refused> {
    let properties = skipped.object("properties", fields.remove("properties"));
    let name = fields.get("event").and_then(text).unwrap_or_default();
    let state = match name.to_ascii_lowercase().as_str() {
        "unsubscribe" => Some(SubscriptionState::Unsubscribed),
        "resubscribe" => Some(SubscriptionState::Subscribed),
        _ => None,
    };
    let named =
        state.and_then(|_| match identifier(Kind::Id, "properties.id", properties.get("id"), message.call.reading) {
            Ok(named) => named,
            Err(refused) => skipped.leave(refused),
        });
    let person = match named {
        Some(id) => Person::Identifiers(vec![id]),
        None => message.person()?,
    };
    let mut items = vec![event(message, EventKind::Event, &name, properties, &fields, &person)?];
    if let Some(state) = state {
        let said = Subscription { state, reason: Reason::Event };
        items.push(item(&person, message.when.at, Statement::Subscription(Line::everything(), said)));
    }
    message.finish(&person, skipped, &mut items);
    Ok(items)
}

/// `page`: a view of a page of a site.
pub fn page(message: &mut Message<'_>, fields: Fields, skipped: &mut Skipped) -> Result<Vec<Item>, Refused> {
    seen(message, EventKind::Page, "page", fields, skipped)
}

/// `screen`: a view of a screen of an app.
pub fn screen(message: &mut Message<'_>, fields: Fields, skipped: &mut Skipped) -> Result<Vec<Item>, Refused> {
    seen(message, EventKind::Screen, "screen", fields, skipped)
}

fn seen(
    message: &mut Message<'_>,
    kind: EventKind,
    unnamed: &str,
    mut fields: Fields,
    skipped: &mut Skipped,
) -> Result<Vec<Item>, Refused> {
    let person = message.person()?;
    let properties = skipped.object("properties", fields.remove("properties"));
    let name: Vec<String> = ["category", "name"].iter().filter_map(|field| text(fields.get(*field)?)).collect();
    let name = if name.is_empty() { unnamed.to_owned() } else { name.join(" ") };
    let mut items = vec![event(message, kind, &name, properties, &fields, &person)?];
    message.finish(&person, skipped, &mut items);
    Ok(items)
}

fn event(
    message: &mut Message<'_>,
    kind: EventKind,
    name: &str,
    properties: Fields,
    fields: &Fields,
    person: &Person,
) -> Result<Item, Refused> {
    let mut context = message.context.clone();
    // Libraries repeat the traits with each event; these are stated by identify.
    context.remove("traits");
    if let Some(given @ Value::String(_)) = fields.get("channel") {
        context.entry("channel").or_insert_with(|| given.clone());
    }
    let message_id = message_id(fields.get("messageId"));
    let event = Happened { kind, name, when: &message.when, message_id, properties, context }.event()?;
    Ok(item(person, message.when.at, Statement::Event(event)))
}
