//! What a person asks for on their page.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::choices::Choices;
use crate::{
    ingest::Identify,
    registers::Fact,
    restrictions::{Cause, Held, Key, Restrictions},
    subscriptions::{Line, Reason, Subscription, SubscriptionState},
    web::pairs::Pairs,
    words::words,
};

words! {
    /// Why somebody unsubscribes from everything.
    pub enum Leaving {
        TooMany = "too_many", "too many messages";
        NotOfInterest = "not_of_interest", "not of interest";
        NeverAsked = "never_asked", "never asked for them";
        Other = "other", "another reason";
    }
}

words! {
    /// What is to become of a pause.
    pub enum Pause {
        Week = "week";
        Month = "month";
        Quarter = "quarter";
        End = "end";
    }
}

impl Pause {
    /// What it makes of the person's messages.
    pub fn said(self, now: DateTime<Utc>) -> Identify {
        let length = match self {
            Self::Week => Some(TimeDelta::days(7)),
            Self::Month => Some(TimeDelta::days(30)),
            Self::Quarter => Some(TimeDelta::days(91)),
            Self::End => None,
        };
        let paused = length.map(|length| Held { until: Some(now + length), ..Held::by(Cause::Request) });
        Identify { facts: vec![Fact::new::<Restrictions>(Key::Paused, paused)], ..Identify::default() }
    }
}

/// Characters of a comment at most.
pub const LONGEST: usize = 500;

/// A subscription that a person states.
pub fn said(is_on: bool) -> Subscription {
    let state = if is_on { SubscriptionState::Subscribed } else { SubscriptionState::Unsubscribed };
    Subscription { state, reason: Reason::User }
}

/// The boxes that the person changed since the page was made, of those that there are: whatever else changed meanwhile stays.
pub fn changed(sent: &Pairs, choices: &Choices) -> Vec<(Line, Subscription)> {
    let (on, was): (BTreeSet<&str>, BTreeSet<&str>) = (sent.all("on").collect(), sent.all("was").collect());
    let changed = choices.all().filter_map(|choice| {
        let name = choice.line.to_string();
        let (is_on, was_on) = (on.contains(name.as_str()), was.contains(name.as_str()));
        (is_on != was_on).then(|| (choice.line.clone(), said(is_on)))
    });
    changed.collect()
}

/// The person's own words for leaving, for the ledger: at most [`LONGEST`] characters of their comment.
pub fn words_of(sent: &Pairs) -> String {
    let comment: String = sent.get("comment").chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let why = sent.parsed::<Leaving>("why").map(Leaving::label);
    let said: Vec<&str> = why.into_iter().chain(Some(comment.trim())).filter(|it| !it.is_empty()).collect();
    if said.is_empty() {
        "on the preference page".to_owned()
    } else {
        format!("on the preference page: {}", said.join(", "))
    }
}
