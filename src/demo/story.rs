//! The whole story: customers and happenings, a function of seed, time and size alone.

use chrono::{DateTime, TimeDelta, Utc};

use super::{notes, showcase};
use crate::{
    ledger::Invalid,
    simulate::{
        Customer, Happening, HappeningKind, KnownBy, Life, Named, Order, PAGES, Random, Speaker, World, shares,
    },
};

/// Days of the story.
const DAYS: i64 = 90;

/// Size of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Number of profiles.
    pub profiles: usize,
    /// Approximate number of events.
    pub events: u32,
    /// Whether Priya Nair, the showcase, is in it.
    pub has_showcase: bool,
}

/// A story.
pub struct Story {
    pub(super) seed: u64,
    pub(super) world: World,
    pub(super) customers: Vec<Customer>,
    /// Orders of each customer, in the order of time.
    pub(super) orders: Vec<Vec<Order>>,
    /// All happenings in the order of time, with the index of the customer.
    pub(super) happenings: Vec<(usize, Happening)>,
}

/// A time at which an operator writes something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sitting {
    pub at: DateTime<Utc>,
    /// The operator, by their place among the demo's.
    pub by: usize,
}

impl Story {
    /// Generates a story.
    pub fn new(seed: u64, now: DateTime<Utc>, size: Size) -> Result<Self, Invalid> {
        // It ends a moment ago, so that its last batch has arrived by now.
        let now = now - TimeDelta::seconds(2);
        let mut story = Self {
            seed,
            world: World::new(now - TimeDelta::days(DAYS), now),
            customers: Vec::with_capacity(size.profiles),
            orders: Vec::with_capacity(size.profiles),
            happenings: Vec::with_capacity(size.events as usize + 10 * size.profiles),
        };
        let others = size.profiles - usize::from(size.has_showcase && size.profiles > 0);
        let mut chances = Vec::with_capacity(others);
        for index in 0..others {
            let mut random = Random::new(seed, index as u64);
            // Steps of three with a jitter of two leave the showcase's number free, which is 2 more than such a step.
            let key = format!("c-{:06}", showcase::NUMBER - 182 + 3 * index + random.below(2));
            story.customers.push(Customer::make(&mut random, &key, index, others, &story.world)?);
            chances.push(random);
        }
        let weights: Vec<f64> = story.customers.iter().map(|customer| customer.weight).collect();
        let left = if size.has_showcase { size.events.saturating_sub(showcase::EVENTS) } else { size.events };
        for (who, (random, left)) in chances.into_iter().zip(shares(&weights, left)).enumerate() {
            story.live(who, random, left, |life| {
                look_around(life);
                life.unfold();
            });
        }
        if size.has_showcase {
            let who = story.customers.len();
            story.customers.push(showcase::customer(now)?);
            story.live(who, Random::new(seed, u64::MAX), showcase::EVENTS.min(size.events), showcase::unfold);
            story.customers[who].spent = showcase::spent_before(&story.orders[who]);
        }
        notes::write(&mut story)?;
        // A stable sort: happenings of a customer at one time stay in order.
        story.happenings.sort_by_key(|(_, happening)| happening.at);
        Ok(story)
    }

    fn live(&mut self, who: usize, random: Random, left: u32, unfold: impl FnOnce(&mut Life<'_>)) {
        let mut life = Life::new(random, &self.customers[who], &self.world, left);
        unfold(&mut life);
        self.happenings.extend(life.happenings.into_iter().map(|happening| (who, happening)));
        self.orders.push(life.orders);
    }

    /// Adds a statement by an operator.
    pub(super) fn say(&mut self, who: usize, Sitting { at, by }: Sitting, what: HappeningKind) {
        self.happenings.push((who, Happening { at, speaker: Speaker::Operator(by), named: Named::Key, what }));
    }
}

/// A few anonymous visits, before the one that ends with an account.
fn look_around(life: &mut Life<'_>) {
    if life.customer.known_by != KnownBy::Account || life.is_old() {
        return;
    }
    let (earliest, joined) = (life.world.start + TimeDelta::minutes(10), life.customer.joined);
    for _ in 0..life.random.below(9).min(life.left as usize / 3) {
        let at = (joined - life.random.seconds(60, 400_000)).max(earliest).min(joined);
        let page = life.random.below(PAGES.len());
        life.view_page(at, page);
    }
    for happening in &mut life.happenings {
        happening.named = Named::Browser;
    }
    // The event of a new account is added in any case.
    life.left = life.left.max(1);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{
        demo::slices::Slice,
        identities::Kind,
        ingest::{Person, Statement},
        notes::NoteChange,
    };

    fn now() -> DateTime<Utc> {
        "2026-11-22T03:24:05.123456Z".parse().unwrap()
    }

    fn told(seed: u64, profiles: usize, events: u32) -> Vec<Slice> {
        let size = Size { profiles, events, has_showcase: true };
        Story::new(seed, now(), size).unwrap().slices().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let [one, other, different] = [7, 7, 8].map(|seed| format!("{:?}", told(seed, 120, 3000)));
        assert!(one == other, "not a function of seed and time");
        assert!(one != different);
    }

    #[test]
    fn it_has_the_size_that_was_asked_for() {
        let slices = told(1, 2000, 100_000);
        let items = || slices.iter().flat_map(|slice| &slice.items);
        let events = items().filter(|item| matches!(item.statement, Statement::Event(_))).count();
        assert!((98_000..=102_000).contains(&events), "{events} events");
        let mut keys: HashSet<_> = HashSet::new();
        for item in items() {
            let Person::Identifiers(identifiers) = &item.person else { panic!("named by our own id") };
            let is_account = identifiers[0].kind != Kind::Anonymous;
            // The browser of earlier visits belongs to the customer with the account.
            keys.extend(identifiers.iter().filter(|identifier| is_account || **identifier == identifiers[0]).cloned());
        }
        let accounts = keys.iter().filter(|key| key.kind == Kind::Id).count();
        let emails = keys.iter().filter(|key| key.kind == Kind::Email).count();
        assert!((1500..1750).contains(&accounts) && (20..120).contains(&emails), "{accounts} and {emails}");
        let notes = items().filter(|item| matches!(item.statement, Statement::Note(NoteChange::Add { .. }))).count();
        assert!((350..=450).contains(&notes), "{notes} notes");
    }

    #[test]
    fn batches_arrive_in_order_and_after_what_they_tell() {
        let slices = told(3, 500, 20_000);
        let start = now() - TimeDelta::days(DAYS + 1);
        for pair in slices.windows(2) {
            let same_sitting =
                matches!(pair[1].speaker, Speaker::Operator(_)) && pair[0].received_at == pair[1].received_at;
            assert!(pair[0].received_at < pair[1].received_at || same_sitting);
        }
        for slice in &slices {
            assert!(slice.items.len() <= 2000 && slice.received_at <= now());
            assert!(slice.items.iter().all(|item| item.as_of <= slice.received_at && item.as_of > start));
            assert!(slice.items.windows(2).all(|pair| pair[0].as_of <= pair[1].as_of));
        }
    }

    #[test]
    fn nobody_is_told_of_before_they_are_introduced() {
        let mut met: HashSet<String> = HashSet::new();
        for slice in told(5, 600, 20_000) {
            for item in &slice.items {
                let Person::Identifiers(identifiers) = &item.person else { panic!("named by our own id") };
                let is_introduction = matches!(&item.statement, Statement::Identify(said) if said.created_at.is_some());
                if is_introduction {
                    met.extend(identifiers.iter().map(|identifier| identifier.value.clone()));
                } else if identifiers[0].kind != Kind::Anonymous {
                    assert!(met.contains(&identifiers[0].value), "{identifiers:?} by {:?}", slice.speaker);
                }
            }
        }
    }

    #[test]
    fn priya_is_there() {
        let slices = told(1, 50, 2000);
        let items = slices.iter().flat_map(|slice| &slice.items);
        let hers: Vec<_> = items
            .filter(|item| matches!(&item.person, Person::Identifiers(who) if who[0].value == "c-100482"))
            .collect();
        let last = hers.iter().rfind(|item| matches!(item.statement, Statement::Event(_))).unwrap();
        assert!(now() - last.as_of < TimeDelta::minutes(2));
        let notes = |pick: fn(&NoteChange) -> bool| {
            hers.iter().filter(|item| matches!(&item.statement, Statement::Note(change) if pick(change))).count()
        };
        assert_eq!(notes(|change| matches!(change, NoteChange::Add { .. })), 3);
        assert_eq!(notes(|change| matches!(change, NoteChange::Pin { .. })), 1);
    }
}
