//! The card of the Subscriptions tab with what keeps messages from somebody.

use askama::{Template, filters::HtmlSafe};

use super::{Key, Restriction, label};
use crate::{
    ledger::Stamp,
    web::{Now, Timestamp},
};

/// A restriction in words.
struct Row {
    about: String,
    state: String,
    why: String,
    source: String,
    when: Timestamp,
    /// Address of the question before it is lifted; `None`: the reader may not.
    lift: Option<String>,
}

/// What keeps messages from somebody now, with source and time.
#[derive(Template)]
#[template(path = "restrictions/_card.html")]
pub struct RestrictionCard {
    rows: Vec<Row>,
    /// Address of the ledger of restrictions.
    ledger: String,
}

impl HtmlSafe for RestrictionCard {}

impl RestrictionCard {
    /// The card of those of these restrictions that have not ended. `source`: the name of a stamp's source. `lift`: the address where one
    /// is lifted, if the reader may.
    pub fn new(
        all: &[Restriction],
        ledger: String,
        now: Now,
        source: impl Fn(&Stamp) -> String,
        lift: impl Fn(&Key) -> Option<String>,
    ) -> Self {
        let row = |it: &Restriction| Row {
            about: label(&it.key.to_string()),
            state: it.held.state(it.key.kind()),
            why: it.held.why(),
            source: source(&it.stamp),
            when: Timestamp::new(it.stamp.time(), now),
            lift: lift(&it.key),
        };
        Self { rows: all.iter().filter(|it| it.held.is_in_force(now.at)).map(row).collect(), ledger }
    }
}
