//! What the shop decided about messages, and what some of its customers said about it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};

use super::story::Story;
use crate::{
    db::{
        ids::{EnvironmentId, PurposeId, SectionId, TopicId, WorkspaceId},
        schema::environments,
    },
    ingest::{Identify, Item, Person, Statement},
    ledger::Invalid,
    registers::Fact,
    simulate::KnownBy,
    subscriptions::{Consent, Consents, Line, Medium, Purpose, Reason, Subscription, SubscriptionState, Topic},
    topics::{PurposeDefinition, Section, TopicDefinition, store},
    verdict::{TopicDefault, TopicRules},
};

const SECTIONS: [&str; 3] = ["News", "Shop", "Taking part"];

/// Key, name, description, section, and what holds on every channel.
const TOPICS: [(&str, &str, &str, i32, TopicDefault); 6] = [
    ("Weekly letter", "Weekly letter", "What is new in the workshop, every Friday.", 1, TopicDefault::On),
    ("new-products", "New products", "When something new is on the shelves, about twice a month.", 1, TopicDefault::On),
    ("orders", "Orders and delivery", "Receipts, parcels and returns.", 2, TopicDefault::Required),
    (PARTNERS, "Offers of our partners", "Things that go well with ours, from makers we know.", 2, TopicDefault::On),
    ("workshops", "Workshops", "Evenings of mending and weaving near you.", 3, TopicDefault::Off),
    (SURVEYS, "Surveys", "A few questions, twice a year.", 3, TopicDefault::On),
];

/// The topic whose messages are a sale of data.
const PARTNERS: &str = "partner-offers";
/// The topic that needs a consent.
const SURVEYS: &str = "surveys";

const MARKETING: &str = "gdpr.marketing";
const ANALYTICS: &str = "gdpr.analytics";

/// Key, name and description.
const PURPOSES: [(&str, &str, &str); 2] = [
    (MARKETING, "Marketing", "We may write about what we make and sell."),
    (ANALYTICS, "Analytics", "We may learn from what people answer and look at."),
];

/// Stores the definitions; repeating it changes nothing.
pub fn decide(conn: &mut PgConnection, environment: EnvironmentId, now: DateTime<Utc>) -> QueryResult<()> {
    let workspace: i16 = environments::table.find(environment.0).select(environments::workspace_id).first(conn)?;
    let workspace = WorkspaceId(workspace);
    for (id, name) in (1..).zip(SECTIONS) {
        store::put_section(conn, workspace, &Section { id: SectionId(id), name: name.to_owned() })?;
    }
    store::order_sections(conn, workspace, &[1, 2, 3])?;
    for (id, (key, name, description)) in (1..).zip(PURPOSES) {
        let Ok(purpose) = Purpose::new(key) else { continue };
        let [name, description] = [name, description].map(str::to_owned);
        store::put_purpose(conn, workspace, &PurposeDefinition { id: PurposeId(id), purpose, name, description }, now)?;
    }
    for (id, (key, name, description, section, default)) in (1..).zip(TOPICS) {
        let Ok(topic) = Topic::new(key) else { continue };
        let defaults = match default {
            TopicDefault::On => BTreeMap::new(),
            other => Medium::ALL.iter().map(|channel| (*channel, other)).collect(),
        };
        let tied = Purpose::new(ANALYTICS).ok().filter(|_| key == SURVEYS);
        let definition = TopicDefinition {
            id: TopicId(id),
            topic,
            name: name.to_owned(),
            description: description.to_owned(),
            section: Some(SectionId(section)),
            rules: TopicRules { defaults, is_sale: key == PARTNERS, purposes: BTreeSet::from_iter(tied) },
            retired_at: None,
        };
        store::put_topic(conn, workspace, &definition, now)?;
    }
    store::order_topics(conn, workspace, &[1, 2, 3, 4, 5, 6]).map(drop)
}

/// What some customers with an account said on the page where they choose, a few days ago.
pub fn answers(story: &Story) -> Result<Vec<Item>, Invalid> {
    let wants = |topic: &str, channel, state| {
        let line = Line { channel, topic: Some(Topic::new(topic)?) };
        Ok(Statement::Subscription(line, Subscription { state, reason: Reason::User }))
    };
    let consents = |key: &str, given| {
        let document = Some("Privacy policy of May 2026".to_owned());
        let consent = Consent { given, as_of: None, document, location: None, hardware_id: None };
        let facts = vec![Fact::new::<Consents>(Purpose::new(key)?, consent)];
        Ok(Statement::Identify(Identify { facts, ..Identify::default() }))
    };
    let (yes, no, email) = (SubscriptionState::Subscribed, SubscriptionState::Unsubscribed, Some(Medium::Email));
    let mut items = Vec::new();
    let with_account = story.customers.iter().filter(|customer| customer.known_by == KnownBy::Account);
    // From the last one on, which is the showcase where there is one.
    for (number, customer) in with_account.rev().enumerate() {
        let said: Vec<Result<Statement, Invalid>> = match number % 8 {
            0 => vec![
                wants("workshops", email, yes),
                wants("new-products", None, no),
                consents(MARKETING, true),
                consents(ANALYTICS, true),
            ],
            2 => vec![consents(MARKETING, true)],
            3 => vec![wants(PARTNERS, None, no), consents(MARKETING, false), consents(ANALYTICS, false)],
            6 => vec![wants("Weekly letter", email, no), wants(SURVEYS, email, yes), consents(ANALYTICS, true)],
            _ => continue,
        };
        let days = i64::try_from(number % 40).unwrap_or(0);
        let at = (story.world.now - TimeDelta::days(days)).max(customer.joined);
        for statement in said {
            let person = Person::Identifiers(customer.identifiers.clone());
            items.push(Item { person, as_of: at.min(story.world.now), statement: statement? });
        }
    }
    Ok(items)
}
