//! Topics, purposes and rules of channels: what a workspace decides, and what follows from it.

mod pages;
mod rules;
mod tab;

use std::collections::{BTreeMap, BTreeSet};

use kith::{
    db::{
        Decided,
        ids::{PurposeId, SectionId, TopicId},
    },
    subscriptions::{Medium, Purpose, Topic},
    topics::{Catalogue, ChannelRules, Confirmation, PurposeDefinition, Section, TopicDefinition, store},
    verdict::{TopicDefault, TopicRules},
};

use crate::support::{App, app::NOW, at};

pub fn purpose(key: &str) -> Purpose {
    Purpose::new(key).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn topic(id: i32, key: &str, name: &str, email: TopicDefault) -> TopicDefinition {
    TopicDefinition {
        id: TopicId(id),
        topic: Topic::new(key).unwrap_or_else(|wrong| panic!("{wrong}")),
        name: name.to_owned(),
        description: String::new(),
        section: Some(SectionId(1)),
        rules: TopicRules { defaults: BTreeMap::from([(Medium::Email, email)]), ..TopicRules::default() },
        retired_at: None,
    }
}

/// Defines one section, four topics, two purposes, and the rules of two channels: email asks first, and for confirmation from 2027 on, SMS does not.
pub fn define(app: &App) {
    let workspace = app.workspace.id;
    let mut offers = topic(3, "offers", "Special offers", TopicDefault::Off);
    offers.rules.is_sale = true;
    let mut surveys = topic(4, "surveys", "Surveys", TopicDefault::On);
    surveys.rules.purposes = BTreeSet::from([purpose("gdpr.analytics")]);
    let topics = [
        topic(1, "orders", "Orders and delivery", TopicDefault::Required),
        topic(2, "news", "Weekly news", TopicDefault::On),
        offers,
        surveys,
    ];
    let purposes = [(1, "gdpr.marketing", "Marketing"), (2, "gdpr.analytics", "Analytics")];
    let strict = ChannelRules {
        asks_first: true,
        purposes: BTreeSet::from([purpose("gdpr.marketing")]),
        confirmation: Confirmation { since: Some(at("2027-01-01T00:00:00Z")), template: None, most_a_day: 2 },
    };
    let bold = ChannelRules { asks_first: false, ..ChannelRules::usual(Medium::Sms) };
    let written = app.state.db.tx_now(|conn| {
        store::put_section(conn, workspace, &Section { id: SectionId(1), name: "Shop".into() })?;
        for topic in &topics {
            store::put_topic(conn, workspace, topic, at(NOW))?;
        }
        store::order_topics(conn, workspace, &[1, 2, 3, 4])?;
        for (id, key, name) in purposes {
            let new = PurposeDefinition {
                id: PurposeId(id),
                purpose: purpose(key),
                name: name.to_owned(),
                description: String::new(),
            };
            store::put_purpose(conn, workspace, &new, at(NOW))?;
        }
        store::put_channel(conn, workspace, Medium::Email, &strict)?;
        store::put_channel(conn, workspace, Medium::Sms, &bold)?;
        Ok(())
    });
    written.unwrap_or_else(|error| panic!("{error}"));
    Catalogue::forget(&app.state.db);
}

/// Defines what the examples of the API's documentation have: a section with one topic, which needs one consent.
pub fn define_one(app: &App) {
    let workspace = app.workspace.id;
    let mut news = topic(1, "news", "Weekly news", TopicDefault::On);
    "Every Friday.".clone_into(&mut news.description);
    news.rules.purposes = BTreeSet::from([purpose("gdpr.marketing")]);
    let marketing = PurposeDefinition {
        id: PurposeId(1),
        purpose: purpose("gdpr.marketing"),
        name: "Marketing".to_owned(),
        description: String::new(),
    };
    let written = app.state.db.tx_now(|conn| {
        store::put_section(conn, workspace, &Section { id: SectionId(1), name: "News".into() })?;
        store::put_topic(conn, workspace, &news, at(NOW))?;
        store::put_purpose(conn, workspace, &marketing, at(NOW))
    });
    written.unwrap_or_else(|error| panic!("{error}"));
}

/// What stands in addresses of what [`define`] defines.
pub fn parts(app: &App) -> [(&'static str, String); 4] {
    define(app);
    let one = "1".to_owned();
    [
        ("{topic}", one.clone()),
        ("{section}", one.clone()),
        ("{defined_purpose}", one),
        ("{channel}", "email".to_owned()),
    ]
}
