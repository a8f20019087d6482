//! The form of a topic.

use super::{Ticks, description, description_field, name, name_field, ticked};
use crate::{
    db::ids::{SectionId, TopicId},
    subscriptions::{Medium, Topic},
    topics::{Catalogue, TopicDefinition},
    verdict::{TopicDefault, TopicRules},
    web::{
        Field, FormData,
        form::{Choice, Choices, Control, Problems},
        pairs::Pairs,
    },
};

/// A topic, as it was typed.
#[derive(Clone, Debug)]
pub struct TopicForm {
    /// Asked for while the topic is new.
    pub key: Field,
    pub name: Field,
    pub description: Field,
    pub section: Field,
    /// What holds on each channel.
    pub defaults: Vec<Field>,
    pub sale: Choices,
    pub purposes: Ticks,
    pub problems: Problems,
}

/// Name of the field of a channel's default.
fn default_name(channel: Medium) -> String {
    format!("default-{}", channel.as_str())
}

impl TopicForm {
    /// The form as it was typed, with its problems.
    pub fn typed(sent: &FormData, known: &Catalogue, problems: Problems) -> Self {
        let found = &problems.0;
        let none = (String::new(), "None: after all sections".to_owned());
        let sections = known.sections.iter().map(|section| (section.id.to_string(), section.name.clone()));
        let default = |channel: &Medium| {
            let name = default_name(*channel);
            let typed = sent.get(&name).to_owned();
            let typed = if typed.is_empty() { TopicDefault::On.as_str().to_owned() } else { typed };
            let all = TopicDefault::ALL.map(|default| (default.as_str().to_owned(), default.label().to_owned()));
            Field::new(name, channel.label(), Control::Select).short().options(all).value(&typed).problem(found)
        };
        let sale = Choice {
            value: "yes",
            label: "Messages about this topic are a sale of data",
            hint: "People who opted out of a sale of their data (CCPA) do not get them.",
            is_on: sent.get("sale") == "yes",
        };
        Self {
            key: Field::new("key", "Key", Control::Text)
                .required()
                .limit(100)
                .hint("What systems send as the topic. It cannot be changed later.")
                .value(sent.raw("key"))
                .problem(found),
            name: name_field(sent, "What people read, such as Weekly news.", &problems),
            description: description_field(
                sent,
                "What they get, and how often. Shown to people who choose.",
                &problems,
            ),
            section: Field::new("section", "Section", Control::Select)
                .options(std::iter::once(none).chain(sections))
                .value(sent.get("section"))
                .problem(found),
            defaults: Medium::ALL.iter().map(default).collect(),
            sale: Choices::any("sale", "Sale of data", vec![sale]),
            purposes: Ticks::new(known, sent),
            problems,
        }
    }

    /// The form of a topic.
    pub fn of(topic: &TopicDefinition, known: &Catalogue) -> Self {
        let section = topic.section.map(|section| section.to_string()).unwrap_or_default();
        let pairs = Pairs::default()
            .with("name", &topic.name)
            .with("description", &topic.description)
            .with("section", &section)
            .with("sale", if topic.rules.is_sale { "yes" } else { "" });
        let defaults = topic.rules.defaults.iter();
        let pairs = defaults.fold(pairs, |pairs, (channel, it)| pairs.and(&default_name(*channel), it.as_str()));
        let tied = topic.rules.purposes.iter();
        let pairs = tied.fold(pairs, |pairs, purpose| pairs.and("purpose", purpose.as_str()));
        Self::typed(&FormData(pairs), known, Problems::default())
    }

    /// Reads a new topic, or all of `own` but its key.
    ///
    /// # Errors
    /// The form as it was typed, with its problems.
    pub fn parse(
        sent: &FormData,
        known: &Catalogue,
        own: Option<&TopicDefinition>,
    ) -> Result<TopicDefinition, Box<Self>> {
        let mut problems = Problems::default();
        let (name, description) = (name(sent, &mut problems), description(sent, &mut problems));
        let section: Option<SectionId> = sent.parsed("section");
        let is_there = section.is_some_and(|id| known.sections.iter().any(|section| section.id == id));
        if !is_there && !sent.get("section").is_empty() {
            problems.add("section", "Choose a section from the list.");
        }
        let rules = TopicRules {
            defaults: Medium::ALL.iter().filter_map(|channel| read_default(*channel, sent, &mut problems)).collect(),
            is_sale: sent.get("sale") == "yes",
            purposes: ticked(known, sent),
        };
        let next = TopicId(known.topics.iter().map(|topic| topic.id.0).max().unwrap_or(0) + 1);
        let id_and_key = match own {
            Some(own) => Some((own.id, own.topic.clone())),
            None => read_key(sent, known, &mut problems).map(|topic| (next, topic)),
        };
        let retired_at = own.and_then(|own| own.retired_at);
        match id_and_key {
            Some((id, topic)) if problems.is_empty() => {
                Ok(TopicDefinition { id, topic, name, description, section, rules, retired_at })
            }
            _ => Err(Box::new(Self::typed(sent, known, problems))),
        }
    }
}

/// What was chosen for a channel, if it differs from the usual.
fn read_default(channel: Medium, sent: &FormData, problems: &mut Problems) -> Option<(Medium, TopicDefault)> {
    let name = default_name(channel);
    match sent.parsed(&name) {
        Some(TopicDefault::On) => None,
        Some(other) => Some((channel, other)),
        None if sent.get(&name).is_empty() => None,
        None => {
            problems.add(name, "Choose one of the list.");
            None
        }
    }
}

fn read_key(sent: &FormData, known: &Catalogue, problems: &mut Problems) -> Option<Topic> {
    let Ok(topic) = Topic::new(sent.get("key")) else {
        problems.add("key", "Enter the key that systems send: 1 to 100 characters.");
        return None;
    };
    if known.topic(&topic).is_some() {
        problems.add("key", format!("The topic {} is defined already.", topic.as_str()));
    }
    if known.topics.len() >= Catalogue::MOST_TOPICS {
        problems.add("key", "There are 200 topics already, which is the limit.");
    }
    Some(topic)
}
