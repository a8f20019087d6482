//! Definitions in words, for pages and the audit log.

use std::collections::BTreeSet;

use super::{Catalogue, ChannelRules, TopicDefinition};
use crate::{
    subscriptions::{Medium, Purpose},
    verdict::TopicDefault,
};

impl TopicDefinition {
    /// What holds on a channel until somebody answers.
    pub fn default_on(&self, channel: Medium) -> TopicDefault {
        self.rules.defaults.get(&channel).copied().unwrap_or(TopicDefault::On)
    }

    /// Its defaults in one sentence.
    pub fn defaults(&self) -> String {
        let on = |default| Medium::ALL.iter().copied().filter(move |channel| self.default_on(*channel) == default);
        let told = |default: TopicDefault| match on(default).count() {
            0 => None,
            n if n == Medium::ALL.len() => Some(default.label().to_owned()),
            _ if default == TopicDefault::On => None,
            _ => Some(format!("{}: {}", default.label(), listed(on(default).map(Medium::label)))),
        };
        let parts: Vec<String> = TopicDefault::ALL.into_iter().filter_map(told).collect();
        parts.join(". ")
    }

    /// What differs from how it was before; empty if nothing does.
    pub fn differences(&self, before: &Self, known: &Catalogue) -> String {
        let section = |topic: &Self| {
            let found = known.sections.iter().find(|section| Some(section.id) == topic.section);
            found.map_or("none", |section| &section.name).to_owned()
        };
        let mut parts = vec![
            changed("name", &before.name, &self.name),
            (before.description != self.description).then(|| "description".to_owned()),
            changed("section", &section(before), &section(self)),
            changed("sale of data", yes(before.rules.is_sale), yes(self.rules.is_sale)),
            changed("needs", &needs(&before.rules.purposes), &needs(&self.rules.purposes)),
        ];
        parts.extend(Medium::ALL.iter().map(|channel| {
            let [was, is] = [before, self].map(|topic| topic.default_on(*channel).label());
            changed(channel.label(), was, is)
        }));
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

impl ChannelRules {
    /// Whether messages need a yes, in words.
    pub fn agreement(&self) -> &'static str {
        if self.asks_first { "Only after a yes" } else { "Yes until they say no" }
    }

    /// Whether a subscription is confirmed, in words.
    pub fn confirmed(&self) -> String {
        let often = if self.confirmation.most_a_day == 1 { "once" } else { "times" };
        let words = if self.confirmation.template.is_some() { " by a template" } else { "" };
        match (self.confirmation.is_asked(), self.confirmation.most_a_day) {
            (false, _) => "Not asked for".to_owned(),
            (true, 1) => format!("Asked for{words}, at most {often} a day"),
            (true, n) => format!("Asked for{words}, at most {n} {often} a day"),
        }
    }

    /// What differs from how it was before; empty if nothing does.
    pub fn differences(&self, before: &Self) -> String {
        let parts = [
            changed("agreement", before.agreement(), self.agreement()),
            changed("needs", &needs(&before.purposes), &needs(&self.purposes)),
            changed("confirmation", &before.confirmed(), &self.confirmed()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

fn needs(purposes: &BTreeSet<Purpose>) -> String {
    if purposes.is_empty() { "nothing".to_owned() } else { listed(purposes.iter().map(Purpose::as_str)) }
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// “name: “News” → “Letter””; `None` if both are the same.
pub fn changed(what: &str, before: &str, after: &str) -> Option<String> {
    (before != after).then(|| format!("{what}: “{before}” → “{after}”"))
}
