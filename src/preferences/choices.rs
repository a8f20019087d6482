//! What a person can choose, with what holds now.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{store::Opened, texts::Texts};
use crate::{
    subscriptions::{Line, Medium, Topic},
    topics::Catalogue,
    verdict::{Answer, Layer, MessageKind, Obstacle, Question, TopicDefault, Why, verdict},
};

/// One box to tick.
pub struct Choice {
    pub line: Line,
    pub label: &'static str,
    /// The address or nothing, shortened: whoever has the link may be somebody else.
    pub address: String,
    pub is_on: bool,
    /// Whether the person has yet to confirm their address.
    pub is_awaiting: bool,
}

/// A topic by channel.
pub struct TopicChoice {
    pub name: String,
    /// May be empty.
    pub about: String,
    pub channels: Vec<Choice>,
    /// Channels on which it is always sent.
    pub always: Vec<&'static str>,
}

/// Topics under one heading, which may be empty.
pub struct TopicGroup {
    pub heading: String,
    pub topics: Vec<TopicChoice>,
}

/// All that a person can choose.
pub struct Choices {
    pub channels: Vec<Choice>,
    pub groups: Vec<TopicGroup>,
}

impl Choices {
    pub fn of(opened: &Opened, catalogue: &Catalogue, texts: &Texts, now: DateTime<Utc>) -> Self {
        let rules = &catalogue.rules;
        let media: Vec<Medium> = opened.facts.reach.keys().copied().collect();
        let asks = |channel, topic: Option<&Topic>, layer| {
            let question = Question { channel, kind: MessageKind::Campaign, topic: topic.cloned(), now };
            let answers = verdict(&opened.facts, rules, &question).layers;
            answers.into_iter().find(|(asked, _)| *asked == layer).map(|(_, answer)| answer)
        };
        let choice = |channel: Medium, topic: Option<&Topic>, layer| {
            let answer = asks(channel, topic, layer);
            let awaits = |why: &Why| matches!(why, Why::Unconfirmed | Why::NotConfirmed(..) | Why::TopicUnconfirmed(_));
            Choice {
                line: Line { channel: Some(channel), topic: topic.cloned() },
                label: texts.channel(channel),
                address: if topic.is_none() { address(opened, channel) } else { String::new() },
                is_awaiting: matches!(&answer, Some(Answer::Blocks(Obstacle { why, .. })) if awaits(why)),
                is_on: !matches!(answer, Some(Answer::Blocks(_))),
            }
        };
        let channels: Vec<Choice> = media.iter().map(|channel| choice(*channel, None, Layer::Channel)).collect();
        // On a channel that is off no topic makes a difference.
        let in_use = channels.iter().filter(|it| it.is_on || it.is_awaiting).filter_map(|it| it.line.channel);
        let in_use: Vec<Medium> = in_use.collect();
        let is_required = |topic: &Topic, channel| rules.default_of(topic, channel) == TopicDefault::Required;
        let topic = |topic: &Topic, about: &str| {
            let (always, free): (Vec<Medium>, Vec<Medium>) = in_use.iter().partition(|it| is_required(topic, **it));
            TopicChoice {
                name: rules.topic_name(topic).to_owned(),
                about: about.to_owned(),
                channels: free.into_iter().map(|channel| choice(channel, Some(topic), Layer::Topic)).collect(),
                always: always.into_iter().map(|channel| texts.channel(channel)).collect(),
            }
        };
        let offered = catalogue.offered().into_iter().map(|(section, topics)| TopicGroup {
            heading: section.map(|section| section.name.clone()).unwrap_or_default(),
            topics: topics.into_iter().map(|it| topic(&it.topic, &it.description)).collect(),
        });
        let is_defined = |topic: &&Topic| catalogue.topics.iter().any(|known| known.topic == **topic);
        let said: BTreeSet<&Topic> = opened.facts.lines.keys().filter_map(|line| line.topic.as_ref()).collect();
        let others = said.into_iter().filter(|topic| !is_defined(topic)).map(|it| topic(it, "")).collect();
        let mut groups: Vec<TopicGroup> =
            offered.chain([TopicGroup { heading: String::new(), topics: others }]).collect();
        groups.retain(|group| !group.topics.is_empty() && !in_use.is_empty());
        Self { channels, groups }
    }

    /// All boxes.
    pub fn all(&self) -> impl Iterator<Item = &Choice> {
        let topics = self.groups.iter().flat_map(|group| &group.topics);
        self.channels.iter().chain(topics.flat_map(|topic| &topic.channels))
    }
}

/// The person's address on a channel as it is shown on a page that anybody with the link can open.
fn address(opened: &Opened, channel: Medium) -> String {
    let found = channel.address(|used| opened.addresses.iter().find(|row| row.channel == used));
    found.map_or_else(String::new, |row| shortened(&row.address))
}

/// "a…@example.com", "…23".
pub fn shortened(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}…@{domain}", local.chars().next().unwrap_or_default()),
        None => {
            let last: Vec<char> = address.chars().rev().take(2).collect();
            format!("…{}", last.into_iter().rev().collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_so_that_only_its_owner_knows_it() {
        assert_eq!(shortened("ann@example.com"), "a…@example.com");
        assert_eq!(shortened("+41446681800"), "…00");
        assert_eq!(shortened("é@example.com"), "é…@example.com");
    }
}
