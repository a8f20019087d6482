//! Subscriptions that wait for somebody to get their address.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::{
    identities::{Address, Channel},
    ledger::Stamp,
    subscriptions::{Line, Subscription, store::OfAddress},
};

/// Subscriptions that were stored for addresses, for profiles that get the addresses later.
#[derive(Default)]
pub struct Waiting(HashMap<(Channel, String), Vec<Answer>>);

type Answer = (Line, Subscription, Stamp);

impl Waiting {
    /// Subscriptions as stored, with stamps as they count at `present`.
    pub fn new(said: Vec<OfAddress>, present: DateTime<Utc>) -> Self {
        let mut waiting = Self::default();
        for (channel, address, line, said, stamp) in said {
            waiting.add(channel, &address, line, said, stamp.at_present(present));
        }
        waiting
    }

    /// Adds a subscription that the batch stores for an address.
    pub fn add(&mut self, channel: Channel, address: &str, line: Line, said: Subscription, stamp: Stamp) {
        self.0.entry((channel, address.to_owned())).or_default().push((line, said, stamp));
    }

    /// Whether there is no subscription.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was said of an address.
    pub fn of(&self, channel: Channel, address: &Address) -> &[Answer] {
        self.0.get(&(channel, address.normalised.clone())).map_or(&[], Vec::as_slice)
    }
}
