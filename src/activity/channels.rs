//! Numbers of a period by channel: what was sent, and what became of it (S9.2).

use std::collections::BTreeMap;

use super::bots;
use crate::subscriptions::Medium;

/// What was told of the messages of one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    pub name: String,
    pub sent: i64,
    pub delivered: i64,
    pub opened: i64,
    pub clicked: i64,
    pub undelivered: i64,
    pub unsubscribed: i64,
}

/// Sums events about messages, each with its name, by channel.
pub fn by_channel(named: impl Iterator<Item = (String, i64)>) -> Vec<Channel> {
    let mut channels: BTreeMap<String, Channel> = BTreeMap::new();
    for (event, count) in named {
        let Some((place, _)) = bots::status(&event) else { continue };
        let name = label(&bots::channel(&event));
        let channel = channels.entry(name.clone()).or_insert_with(|| Channel { name, ..Channel::default() });
        let number = match place {
            1 => &mut channel.sent,
            3 => &mut channel.delivered,
            4 => &mut channel.undelivered,
            5 => &mut channel.opened,
            6 => &mut channel.clicked,
            8 => &mut channel.unsubscribed,
            _ => continue,
        };
        *number += count;
    }
    channels.into_values().filter(|it| *it != Channel { name: it.name.clone(), ..Channel::default() }).collect()
}

/// What people call the channel of an event's name, such as `in-app message`.
fn label(said: &str) -> String {
    let plain: String = said.chars().filter(|c| c.is_alphanumeric()).collect();
    let plain = plain.strip_suffix("message").or_else(|| plain.strip_suffix("notification")).unwrap_or(&plain);
    let known = match plain {
        "mobilepush" => Some(Medium::Push),
        "dynamiccontent" => return "Screen views".to_owned(),
        _ => Medium::ALL.iter().copied().find(|medium| medium.as_str() == plain),
    };
    match (known, said.chars().next()) {
        (Some(medium), _) => medium.label().to_owned(),
        (None, Some(first)) => first.to_uppercase().chain(said.chars().skip(1)).collect(),
        (None, None) => "Messages".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_spell_channels_and_statuses_as_they_like() {
        let told = [
            ("Email Sent", 3),
            ("email.delivered", 2),
            ("Email Opened", 5),
            ("E-mail Clicked", 1),
            ("Email Bounced", 1),
        ];
        let other = [
            ("Mobile Push Sent", 2),
            ("Push Notification Opened", 1),
            ("dynamicContent.show", 7),
            ("Letter Sent", 1),
            ("Email Queued", 9),
        ];
        let found = by_channel(told.into_iter().chain(other).map(|(name, count)| (name.to_owned(), count)));
        let row = |it: &Channel| {
            format!("{}: {} {} {} {} {}", it.name, it.sent, it.delivered, it.opened, it.clicked, it.undelivered)
        };
        assert_eq!(
            found.iter().map(row).collect::<Vec<_>>(),
            ["Email: 3 2 5 1 1", "Letter: 1 0 0 0 0", "Push: 2 0 1 0 0", "Screen views: 0 0 7 0 0"]
        );
    }
}
