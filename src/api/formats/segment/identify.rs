//! `identify` of Segment's API: traits as attributes, addresses and subscriptions.

use serde_json::Value;

use super::{Message, context};
use crate::{
    api::formats::reading::{Fields, Skipped, item, text},
    attributes::{AttributeName, AttributeValue},
    identities::{Addresses, Channel, email},
    ingest::{Identify, Item, Statement},
    registers::Fact,
    rejections::Refused,
    subscriptions::{Line, Reason, Subscription, SubscriptionState, Topic},
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
    let mut subscriptions = preferences(&mut traits, skipped);
    subscriptions.splice(..0, skipped.attributes(traits, &mut said));
    let has_email = said.facts.iter().filter_map(Fact::of::<Addresses>).any(|(channel, _)| *channel == Channel::Email);
    if let (false, Some(user)) = (has_email, fields.get("userId").and_then(text))
        && email(&user).is_ok()
    {
        skipped.address(Channel::Email, &Value::from(user), &mut said);
    }
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

/// Takes the subscriptions by topic out of the traits.
fn preferences(traits: &mut Fields, skipped: &mut Skipped) -> Vec<(Line, Subscription)> {
    let said = |is_on| {
        let state = if is_on { SubscriptionState::Subscribed } else { SubscriptionState::Unsubscribed };
        Subscription { state, reason: Reason::Trait }
    };
    let mut found = Vec::new();
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
