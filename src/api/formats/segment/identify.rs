//! `identify` of Segment's API: traits as attributes, addresses and subscriptions.

use serde_json::Value;

use super::{Message, context};
use crate::{
    api::formats::reading::{EARLIEST, Fields, Skipped, item, text},
    attributes::{AttributeName, AttributeValue},
    identities::{Channel, email},
    ingest::{Identify, Item, Statement, time},
    rejections::Refused,
    subscriptions::{Line, Medium, Reason, Subscription, SubscriptionState, Topic},
};

/// Trait with subscriptions by topic, and (`TOPICS`) its prefix where traits are flat.
const PREFERENCES: &str = "cio_subscription_preferences";
const TOPICS: &str = "cio_subscription_preferences.topics.";

/// `identify`: attributes, addresses, subscriptions, device, consents and tags.
pub fn identify(message: &mut Message<'_>, mut fields: Fields, skipped: &mut Skipped) -> Result<Vec<Item>, Refused> {
    let person = message.person()?;
    let mut traits = skipped.object("context.traits", message.context.remove("traits"));
    traits.extend(skipped.object("traits", fields.remove("traits")));
    let mut said = Identify::default();
    for (channel, name) in [(Channel::Email, "email"), (Channel::Sms, "phone")] {
        if let Some(given) = traits.get(name) {
            skipped.address(channel, given, &mut said);
        }
    }
    if let (None, Some(user)) = (traits.get("email"), &message.user)
        && email(&user.value).is_ok()
    {
        skipped.address(Channel::Email, &Value::from(user.value.as_str()), &mut said);
    }
    let created = ["createdAt", "created_at"].iter().find_map(|name| time(name, &text(traits.get(*name)?)?).ok());
    // An impossible day, as of a clock that was never set, is an attribute like any other.
    said.created_at = created.filter(|at| (EARLIEST..=message.call.received_at).contains(at));
    let subscriptions = subscriptions(&mut traits, skipped);
    skipped.attributes(traits, &mut said);
    for name in ["locale", "timezone"] {
        if let Some(given @ Value::String(_)) = message.context.get(name) {
            let name = AttributeName::new(name)?;
            said.defaults.extend(skipped.keep(AttributeValue::new(&name, given.clone())).map(|value| (name, value)));
        }
    }
    context::device(&message.context, true, &mut said, skipped);
    context::consents(&message.context, &mut said, skipped);
    let at = message.when.at;
    let mut items = vec![item(&person, at, Statement::Identify(said))];
    items.extend(subscriptions.into_iter().map(|(line, said)| item(&person, at, Statement::Subscription(line, said))));
    items.extend(message.tags(&person, skipped));
    Ok(items)
}

/// Takes out of the traits those that are subscriptions rather than attributes.
fn subscriptions(traits: &mut Fields, skipped: &mut Skipped) -> Vec<(Line, Subscription)> {
    let said = |is_on| {
        let state = if is_on { SubscriptionState::Subscribed } else { SubscriptionState::Unsubscribed };
        Subscription { state, reason: Reason::Trait }
    };
    let mut found = Vec::new();
    if let Some(flag) = traits.remove("unsubscribed").and_then(|given| skipped.flag("unsubscribed", &given)) {
        found.push((Line::channel(Medium::All), said(!flag)));
    }
    let mut topics = Fields::new();
    if let Some(preferences) = traits.remove(PREFERENCES) {
        let mut preferences = skipped.object(PREFERENCES, Some(preferences));
        topics = skipped.object(PREFERENCES, preferences.remove("topics"));
    }
    let flat: Vec<String> = traits.keys().filter(|name| name.starts_with(TOPICS)).cloned().collect();
    topics.extend(flat.into_iter().filter_map(|name| Some((name[TOPICS.len()..].to_owned(), traits.remove(&name)?))));
    for (name, given) in topics {
        if let (Some(topic), Some(flag)) = (skipped.keep(Topic::new(&name)), skipped.flag(&name, &given)) {
            found.push((Line::topic(topic), said(flag)));
        }
    }
    found
}
