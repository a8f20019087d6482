//! What is said of addresses and waits for somebody to get them.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use crate::{
    db::ids::EnvironmentId,
    identities::{Address, Channel},
    registers::{OfAddress, Registers},
};

/// Facts that were stored for addresses, for profiles that get the addresses later.
#[derive(Default)]
pub struct Waiting(HashMap<(Channel, String), Vec<OfAddress>>);

impl Waiting {
    /// What is stored of these addresses in all registers, with stamps as they count at `present`.
    pub fn load(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        registers: Registers,
        asked: &BTreeSet<(Channel, &Address)>,
        present: DateTime<Utc>,
    ) -> QueryResult<Self> {
        let asked = texts(asked.iter().copied());
        let mut waiting = Self::default();
        for register in registers.of_addresses() {
            for said in register.load_of_addresses(conn, environment, &asked)? {
                let Some(channel) = Channel::from_stored(&said.channel) else { continue };
                waiting.add(channel, OfAddress { stamp: said.stamp.at_present(present), ..said });
            }
        }
        Ok(waiting)
    }

    /// Adds what the batch stores for an address.
    pub fn add(&mut self, channel: Channel, said: OfAddress) {
        self.0.entry((channel, said.address.clone())).or_default().push(said);
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was said of an address.
    pub fn of(&self, channel: Channel, address: &Address) -> &[OfAddress] {
        self.0.get(&(channel, address.normalised.clone())).map_or(&[], Vec::as_slice)
    }
}

/// Removes what is stored of addresses in all registers.
pub fn forget(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    registers: Registers,
    gone: &[(Channel, &Address)],
) -> QueryResult<()> {
    let gone = texts(gone.iter().copied());
    registers.of_addresses().try_for_each(|register| register.forget_addresses(conn, environment, &gone))
}

fn texts<'a>(addresses: impl Iterator<Item = (Channel, &'a Address)>) -> Vec<(&'a str, &'a str)> {
    addresses.map(|(channel, address)| (channel.as_str(), address.normalised.as_str())).collect()
}
