//! The whole story: who is in it and what happens, a function of seed, time and size alone.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    dice::Dice,
    items::Slice,
    moments::{Life, Moment, Order, What},
    notes::{self, Said},
    people::Customer,
    priya,
    shop::{self, Campaign},
};
use crate::ledger::Invalid;

/// How many days it lasts.
const DAYS: i64 = 90;

/// How much there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// People.
    pub profiles: usize,
    /// What they do, about.
    pub events: usize,
    /// Whether Priya Nair, the show case, is one of them.
    pub has_priya: bool,
}

/// Everything that happens.
pub struct Story {
    /// Its seed.
    pub(super) seed: u64,
    /// When it begins.
    pub(super) start: DateTime<Utc>,
    /// When it ends.
    pub(super) now: DateTime<Utc>,
    /// Everybody.
    pub(super) customers: Vec<Customer>,
    /// Letters to many.
    pub(super) campaigns: Vec<Campaign>,
    /// Purchases.
    pub(super) orders: Vec<Order>,
    /// What operators wrote.
    pub(super) notes: Vec<Said>,
    /// All of it, in the order of time.
    pub(super) moments: Vec<Moment>,
}

/// The batches of a story with Priya Nair: the same for the same seed, time and size.
pub fn batches(
    seed: u64,
    now: DateTime<Utc>,
    profiles: usize,
    events: usize,
) -> impl Iterator<Item = Result<Slice, Invalid>> {
    let told = Story::new(seed, now, Size { profiles, events, has_priya: true });
    let (story, refused) = match told {
        Ok(story) => (Some(story), None),
        Err(invalid) => (None, Some(Err(invalid))),
    };
    refused.into_iter().chain(story.into_iter().flat_map(Story::slices))
}

impl Story {
    /// Makes it up.
    pub fn new(seed: u64, now: DateTime<Utc>, size: Size) -> Result<Self, Invalid> {
        // It ends a moment ago, so that its last batch has arrived by now.
        let now = now - TimeDelta::seconds(2);
        let start = now - TimeDelta::days(DAYS);
        let mut story = Self {
            seed,
            start,
            now,
            customers: Vec::with_capacity(size.profiles),
            campaigns: shop::campaigns(start, now),
            orders: Vec::new(),
            notes: Vec::new(),
            moments: Vec::with_capacity(size.events + 10 * size.profiles),
        };
        let others = size.profiles - usize::from(size.has_priya && size.profiles > 0);
        let mut dice: Vec<Dice> = (0..others as u64).map(|of| Dice::new(seed, of)).collect();
        for (index, dice) in dice.iter_mut().enumerate() {
            story.customers.push(Customer::make(dice, (index, others), (start, now))?);
        }
        let left = if size.has_priya { size.events.saturating_sub(priya::EVENTS) } else { size.events };
        let shares = story.shares(left);
        for (who, (dice, left)) in dice.into_iter().zip(shares).enumerate() {
            story.live(who, dice, left, |life| life.unfold());
        }
        if size.has_priya {
            let who = story.customers.len();
            story.customers.push(Customer::priya(now)?);
            story.live(who, Dice::new(seed, u64::MAX), priya::EVENTS.min(size.events), priya::unfold);
            story.customers[who].spent = priya::SPENT.saturating_sub(story.bought_by(who));
        }
        story.moments.sort_by_key(|moment| moment.at);
        story.number_orders();
        notes::write(&mut story);
        // A stable sort: what happens to somebody at one moment stays in the order in which it was told.
        story.moments.sort_by_key(|moment| moment.at);
        Ok(story)
    }

    /// Shares events out among everybody by their weights, without losing any to rounding.
    fn shares(&self, events: usize) -> Vec<usize> {
        let all: f64 = self.customers.iter().map(|customer| customer.weight).sum();
        let (mut sum, mut given) = (0.0, 0);
        let share = |customer: &Customer| {
            sum += customer.weight;
            let due = (events as f64 * sum / all.max(f64::MIN_POSITIVE)).round() as usize;
            let share = due - given;
            given = due;
            share
        };
        self.customers.iter().map(share).collect()
    }

    fn live(&mut self, who: usize, dice: Dice, left: usize, unfold: impl FnOnce(&mut Life<'_>)) {
        let mut life = Life {
            dice,
            customer: &self.customers[who],
            who: who as u32,
            start: self.start,
            now: self.now,
            campaigns: &self.campaigns,
            orders: &mut self.orders,
            moments: Vec::new(),
            left,
        };
        unfold(&mut life);
        self.moments.append(&mut life.moments);
    }

    /// What somebody bought in all, in cents of a dollar.
    fn bought_by(&self, who: usize) -> u32 {
        let theirs = self.moments.iter().filter(|moment| moment.who as usize == who);
        let cents = |moment: &Moment| match moment.what {
            What::Order(place) => self.orders[place as usize].cents(),
            _ => 0,
        };
        theirs.map(cents).sum()
    }

    fn number_orders(&mut self) {
        let placed = self.moments.iter().filter_map(|moment| match moment.what {
            What::Order(place) => Some(place),
            _ => None,
        });
        for (number, place) in (71_204..).zip(placed) {
            self.orders[place as usize].number = number;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{
        demo::moments::Speaker,
        identities::Kind,
        ingest::{Person, Statement},
        notes::NoteChange,
    };

    fn now() -> DateTime<Utc> {
        "2026-11-22T03:24:05.123456Z".parse().unwrap()
    }

    fn told(seed: u64, profiles: usize, events: usize) -> Vec<Slice> {
        batches(seed, now(), profiles, events).collect::<Result<_, _>>().unwrap()
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
            // Who looked around before is one person with the account that they open later.
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
