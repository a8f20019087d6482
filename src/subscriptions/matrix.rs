//! Topics and channels of a person: what they said about each pair, or what holds until they do.

use std::collections::BTreeSet;

use super::{
    Line, Medium, Topic,
    form::{Change, Wish},
    pages::From,
};
use crate::{
    topics::{Catalogue, TopicDefinition},
    verdict::{Agreement, Facts, Said, TopicDefault},
};

/// Topics that nobody defined, shown at most.
const MOST_UNKNOWN: usize = 50;

/// What stands where a topic and a channel meet.
pub struct Cell {
    pub channel: Medium,
    pub state: State,
    /// What an admin can do, with its address.
    pub change: Option<String>,
}

/// What holds for a topic on a channel.
pub enum State {
    /// The person has no say in it.
    Required,
    /// Nobody said anything.
    Default(&'static str),
    /// What the person said, in words.
    Own(&'static str, From),
}

/// A topic with its cells, one for each channel.
pub struct Row {
    pub name: String,
    /// The key, where a name hides it.
    pub key: Option<String>,
    pub cells: Vec<Cell>,
}

/// Topics under a heading.
pub struct Group {
    pub heading: String,
    pub rows: Vec<Row>,
}

/// All topics that are offered, and those of which the person said something.
pub struct Matrix {
    pub channels: Vec<Medium>,
    pub groups: Vec<Group>,
}

/// What a matrix is made from.
pub struct Person<'a> {
    pub facts: &'a Facts,
    pub catalogue: &'a Catalogue,
    /// Where something that was said comes from.
    pub from: &'a dyn Fn(Said) -> From,
    /// Address of the tab, for admins.
    pub tab: Option<&'a str>,
}

/// Who said what about topics.
pub fn said_about_topics(facts: &Facts) -> impl Iterator<Item = &Said> {
    facts.lines.iter().filter(|(line, _)| line.topic.is_some()).map(|(_, (_, said))| said)
}

impl Matrix {
    /// The matrix of a person, with these channels and those on which they said something about a topic.
    pub fn new(person: &Person<'_>, shown: &[Medium]) -> Self {
        let of_topics = person.facts.lines.keys().filter(|line| line.topic.is_some());
        let named: BTreeSet<Medium> = of_topics.filter_map(|line| line.channel).chain(shown.iter().copied()).collect();
        let channels: Vec<Medium> = named.into_iter().collect();
        let rows =
            |topics: &[&TopicDefinition]| topics.iter().map(|topic| person.row(&topic.topic, &channels)).collect();
        let offered = person.catalogue.offered();
        let is_alone = offered.len() == 1;
        let mut groups: Vec<Group> = offered
            .into_iter()
            .map(|(section, topics)| {
                let heading = match section {
                    Some(section) => section.name.clone(),
                    None if is_alone => String::new(),
                    None => "Other topics".to_owned(),
                };
                Group { heading, rows: rows(&topics) }
            })
            .collect();
        let said: BTreeSet<&Topic> = person.facts.lines.keys().filter_map(|line| line.topic.as_ref()).collect();
        let retired: Vec<&TopicDefinition> = person.catalogue.retired().filter(|it| said.contains(&it.topic)).collect();
        groups.push(Group { heading: "Retired".to_owned(), rows: rows(&retired) });
        let unknown = said.into_iter().filter(|topic| person.catalogue.topic(topic).is_none()).take(MOST_UNKNOWN);
        let unknown = unknown.map(|topic| person.row(topic, &channels)).collect();
        groups.push(Group { heading: "Not defined".to_owned(), rows: unknown });
        groups.retain(|group| !group.rows.is_empty());
        Self { channels, groups }
    }
}

impl Person<'_> {
    fn row(&self, topic: &Topic, channels: &[Medium]) -> Row {
        let name = self.catalogue.rules.topic_name(topic).to_owned();
        let key = Some(topic.as_str().to_owned()).filter(|key| *key != name);
        Row { name, key, cells: channels.iter().map(|channel| self.cell(topic, *channel)).collect() }
    }

    fn cell(&self, topic: &Topic, channel: Medium) -> Cell {
        let default = self.catalogue.rules.default_of(topic, channel);
        let said = self.facts.preference(topic, channel);
        let state = match (default, said) {
            (TopicDefault::Required, _) => State::Required,
            (_, Some((agreement, said))) => State::Own(label(agreement), (self.from)(said)),
            (TopicDefault::On, None) => State::Default("On by default"),
            (TopicDefault::Off, None) => State::Default("Off by default"),
        };
        let is_on = said.map_or(default == TopicDefault::On, |(agreement, _)| agreement == Agreement::Yes);
        let wish = if is_on { Wish::Unsubscribe } else { Wish::Subscribe };
        let line = Line { channel: Some(channel), topic: Some(topic.clone()) };
        let tab = self.tab.filter(|_| default != TopicDefault::Required);
        Cell { channel, state, change: tab.map(|tab| Change { line, wish }.address(tab)) }
    }
}

fn label(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Yes => "Subscribed",
        Agreement::Awaiting => "Not confirmed yet",
        Agreement::No(_) => "Unsubscribed",
    }
}
