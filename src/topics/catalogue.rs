//! All that a workspace decided about messages, as one value.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::{
    db::ids::{MessageTemplateId, PurposeId, SectionId, TopicId},
    subscriptions::{Line, Medium, Purpose, Topic},
    verdict::{Rules, TopicRules},
};

/// A heading under which topics stand (F6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub id: SectionId,
    /// 1 to 80 characters.
    pub name: String,
}

/// What was decided about a topic (F6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDefinition {
    pub id: TopicId,
    /// The topic as senders write it.
    pub topic: Topic,
    /// 1 to 80 characters.
    pub name: String,
    /// For the people who choose; may be empty.
    pub description: String,
    /// `None`: after all sections.
    pub section: Option<SectionId>,
    pub rules: TopicRules,
    /// Since when nobody is offered it any more. Its rules hold all the same.
    pub retired_at: Option<DateTime<Utc>>,
}

/// What a consent is given for (M9.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurposeDefinition {
    pub id: PurposeId,
    /// The purpose as senders write it.
    pub purpose: Purpose,
    /// 1 to 80 characters.
    pub name: String,
    /// May be empty.
    pub description: String,
}

impl PurposeDefinition {
    /// The law by which its answers are read.
    pub fn regulation(&self) -> &'static str {
        if self.purpose.is_opt_out() { "CCPA" } else { "GDPR" }
    }
}

/// What was decided about a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRules {
    /// Whether messages need a yes first.
    pub asks_first: bool,
    /// Purposes that must have been agreed to.
    pub purposes: BTreeSet<Purpose>,
    pub confirmation: Confirmation,
}

/// Whether a new subscription waits until the person confirms it (double opt-in, S5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Subscriptions from this time on do; `None`: none does.
    pub since: Option<DateTime<Utc>>,
    /// The template that asks; `None`: kith's own words do, in the language of the person.
    pub template: Option<MessageTemplateId>,
    /// Messages a day that ask one address for it, 1 to 3.
    pub most_a_day: u8,
}

impl Confirmation {
    /// Most messages a day that may be allowed.
    pub const MOST: u8 = 3;

    /// Whether new subscriptions are to be confirmed.
    pub fn is_asked(&self) -> bool {
        self.since.is_some()
    }
}

impl ChannelRules {
    /// The rules of a channel of which nothing was decided.
    pub fn usual(channel: Medium) -> Self {
        let confirmation = Confirmation { since: None, template: None, most_a_day: Confirmation::MOST };
        Self { asks_first: Rules::usually_asks_first(channel), purposes: BTreeSet::new(), confirmation }
    }
}

/// Sections, topics, purposes and rules of channels of a workspace.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// In order.
    pub sections: Vec<Section>,
    /// In order, retired ones among them.
    pub topics: Vec<TopicDefinition>,
    /// By key.
    pub purposes: Vec<PurposeDefinition>,
    /// Channels of which something was decided.
    pub decided: BTreeMap<Medium, ChannelRules>,
    /// The same, as verdicts follow it.
    pub rules: Rules,
}

impl Catalogue {
    /// Sections of a workspace at most.
    pub const MOST_SECTIONS: usize = 50;
    /// Topics of a workspace at most, retired ones included.
    pub const MOST_TOPICS: usize = 200;
    /// Purposes of a workspace at most.
    pub const MOST_PURPOSES: usize = 100;

    /// A catalogue of these, whose rules follow from them.
    pub fn new(
        sections: Vec<Section>,
        topics: Vec<TopicDefinition>,
        purposes: Vec<PurposeDefinition>,
        decided: BTreeMap<Medium, ChannelRules>,
    ) -> Self {
        let mut rules = Rules {
            topics: topics.iter().map(|it| (it.topic.clone(), it.rules.clone())).collect(),
            topic_names: topics.iter().map(|it| (it.topic.clone(), it.name.clone())).collect(),
            purpose_names: purposes.iter().map(|it| (it.purpose.clone(), it.name.clone())).collect(),
            ..Rules::default()
        };
        for (channel, decided) in &decided {
            rules.purposes.insert(*channel, decided.purposes.clone());
            if *channel == Medium::Email {
                rules.confirms_since = decided.confirmation.since;
            }
            if decided.asks_first {
                rules.asks_first.insert(*channel);
            } else {
                rules.asks_first.remove(channel);
            }
        }
        Self { sections, topics, purposes, decided, rules }
    }

    /// Sections in order, each with its topics in order; topics without a section come last, under none. Retired topics and empty sections
    /// are left out: it is what people can choose from.
    pub fn offered(&self) -> Vec<(Option<&Section>, Vec<&TopicDefinition>)> {
        let mut groups = self.grouped();
        groups.retain(|(_, topics)| !topics.is_empty());
        groups
    }

    /// [`Self::offered`] with empty sections.
    pub fn grouped(&self) -> Vec<(Option<&Section>, Vec<&TopicDefinition>)> {
        let of = |section: Option<SectionId>| {
            self.topics.iter().filter(|topic| topic.section == section && topic.retired_at.is_none()).collect()
        };
        let groups = self.sections.iter().map(|section| (Some(section), of(Some(section.id))));
        groups.chain([(None, of(None))]).collect()
    }

    /// Retired topics, in order.
    pub fn retired(&self) -> impl Iterator<Item = &TopicDefinition> {
        self.topics.iter().filter(|topic| topic.retired_at.is_some())
    }

    /// The definition of a topic, if there is one.
    pub fn topic(&self, topic: &Topic) -> Option<&TopicDefinition> {
        self.topics.iter().find(|known| known.topic == *topic)
    }

    /// The definition of a purpose, if there is one.
    pub fn purpose(&self, purpose: &Purpose) -> Option<&PurposeDefinition> {
        self.purposes.iter().find(|known| known.purpose == *purpose)
    }

    /// The rules of a channel.
    pub fn channel(&self, channel: Medium) -> ChannelRules {
        let mut rules = self.decided.get(&channel).cloned().unwrap_or_else(|| ChannelRules::usual(channel));
        rules.asks_first = self.rules.asks_first(channel);
        rules
    }

    /// Whether a topic or a channel needs consent for this purpose.
    pub fn is_tied(&self, purpose: &Purpose) -> bool {
        self.topics.iter().any(|topic| topic.rules.purposes.contains(purpose))
            || self.decided.values().any(|rules| rules.purposes.contains(purpose))
    }

    /// [`Self::label`] within a sentence.
    pub fn in_a_sentence(&self, line: &Line) -> String {
        if line.topic.is_none() { line.in_a_sentence() } else { self.label(line) }
    }

    /// A line of subscriptions for people: "Email", "Weekly news", "SMS: Weekly news".
    pub fn label(&self, line: &Line) -> String {
        match &line.topic {
            None => line.label(),
            Some(topic) => {
                let name = self.rules.topic_name(topic);
                line.channel.map_or_else(|| name.to_owned(), |channel| format!("{}: {name}", channel.label()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::TopicDefault;

    fn topic(id: i32, section: Option<i32>, is_retired: bool) -> TopicDefinition {
        TopicDefinition {
            id: TopicId(id),
            topic: Topic::new(&format!("t-{id}")).unwrap(),
            name: format!("Topic {id}"),
            description: String::new(),
            section: section.map(SectionId),
            rules: TopicRules { defaults: BTreeMap::from([(Medium::Sms, TopicDefault::Off)]), ..TopicRules::default() },
            retired_at: is_retired.then_some(DateTime::UNIX_EPOCH),
        }
    }

    #[test]
    fn people_are_offered_what_is_not_retired_in_order() {
        let sections = [(2, "Shop"), (1, "Empty")].map(|(id, name)| Section { id: SectionId(id), name: name.into() });
        let topics =
            vec![topic(3, Some(2), false), topic(1, None, false), topic(2, Some(2), false), topic(4, Some(2), true)];
        let catalogue = Catalogue::new(sections.into(), topics, vec![], BTreeMap::new());
        let offered: Vec<(&str, Vec<i32>)> = catalogue
            .offered()
            .into_iter()
            .map(|(section, topics)| (section.map_or("", |it| &it.name), topics.iter().map(|it| it.id.0).collect()))
            .collect();
        assert_eq!(offered, [("Shop", vec![3, 2]), ("", vec![1])]);
        let retired = Topic::new("t-4").unwrap();
        assert_eq!(catalogue.rules.default_of(&retired, Medium::Sms), TopicDefault::Off, "its rules hold");
        assert_eq!(catalogue.label(&Line::topic(retired)), "Topic 4");
    }

    #[test]
    fn nothing_decided_is_the_usual_and_whatsapp_always_asks() {
        let bold = ChannelRules { asks_first: false, ..ChannelRules::usual(Medium::Sms) };
        let strict = ChannelRules { asks_first: true, ..ChannelRules::usual(Medium::Email) };
        let decided = BTreeMap::from([(Medium::Sms, bold.clone()), (Medium::Whatsapp, bold), (Medium::Email, strict)]);
        let catalogue = Catalogue::new(vec![], vec![], vec![], decided);
        let asking: Vec<Medium> =
            Medium::ALL.iter().copied().filter(|channel| catalogue.channel(*channel).asks_first).collect();
        assert_eq!(asking, [Medium::Email, Medium::Whatsapp, Medium::Voice]);
    }
}
