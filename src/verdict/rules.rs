//! What a workspace decided about messages.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::{
    subscriptions::{Medium, Purpose, Topic},
    words::words,
};

words! {
    /// What holds for a topic on a channel until the person says something (F6.2).
    pub enum TopicDefault {
        /// Always sent, and by service messages only: the person has no say in it (F6.3).
        Required = "required", "Required";
        On = "on", "On until they opt out";
        Off = "off", "Off until they opt in";
    }
}

/// Rules of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicRules {
    /// Defaults that differ from [`TopicDefault::On`].
    pub defaults: BTreeMap<Medium, TopicDefault>,
    /// Whether its messages are a sale of data (M9.3).
    pub is_sale: bool,
    /// Purposes that must have been agreed to.
    pub purposes: BTreeSet<Purpose>,
}

/// Rules of a workspace. The default: topics only as people named them, no purposes, and the usual channels need a yes.
#[derive(Clone, Debug)]
pub struct Rules {
    pub topics: BTreeMap<Topic, TopicRules>,
    /// Purposes that must have been agreed to, by channel.
    pub purposes: BTreeMap<Medium, BTreeSet<Purpose>>,
    /// Channels whose messages need a yes first; on others nothing is in the way until people say no (V7.4).
    pub asks_first: BTreeSet<Medium>,
    /// Since when a new subscription to email counts only once the email is confirmed (S5.2); `None`: it counts at once.
    pub confirms_since: Option<DateTime<Utc>>,
    /// What topics are called where people read of them, if it is not their key.
    pub topic_names: BTreeMap<Topic, String>,
    /// What purposes are called there.
    pub purpose_names: BTreeMap<Purpose, String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            topics: BTreeMap::new(),
            purposes: BTreeMap::new(),
            asks_first: Medium::ALL.iter().copied().filter(|channel| Self::usually_asks_first(*channel)).collect(),
            confirms_since: None,
            topic_names: BTreeMap::new(),
            purpose_names: BTreeMap::new(),
        }
    }
}

impl Rules {
    /// Whether messages on a channel need a yes first where the workspace decided nothing.
    pub fn usually_asks_first(channel: Medium) -> bool {
        matches!(channel, Medium::Sms | Medium::Whatsapp | Medium::Voice)
    }

    /// Whether messages on a channel need a yes first. WhatsApp demands it of everybody (S5.2).
    pub fn asks_first(&self, channel: Medium) -> bool {
        channel == Medium::Whatsapp || self.asks_first.contains(&channel)
    }

    /// What a topic is called: its key, if nobody named it.
    pub fn topic_name<'a>(&'a self, topic: &'a Topic) -> &'a str {
        self.topic_names.get(topic).map_or(topic.as_str(), String::as_str)
    }

    /// What a purpose is called: its key, if nobody named it.
    pub fn purpose_name<'a>(&'a self, purpose: &'a Purpose) -> &'a str {
        self.purpose_names.get(purpose).map_or(purpose.as_str(), String::as_str)
    }

    /// The default of a topic on a channel.
    pub fn default_of(&self, topic: &Topic, channel: Medium) -> TopicDefault {
        self.topics.get(topic).and_then(|rules| rules.defaults.get(&channel)).copied().unwrap_or(TopicDefault::On)
    }

    /// Purposes that a message must have consent for.
    pub fn purposes(&self, channel: Medium, topic: Option<&Topic>) -> impl Iterator<Item = &Purpose> {
        let of_topic = topic.and_then(|topic| self.topics.get(topic)).map(|rules| &rules.purposes);
        of_topic.into_iter().flatten().chain(self.purposes.get(&channel).into_iter().flatten())
    }

    /// Whether messages about a topic are a sale of data.
    pub fn is_sale(&self, topic: Option<&Topic>) -> bool {
        topic.and_then(|topic| self.topics.get(topic)).is_some_and(|rules| rules.is_sale)
    }
}
