//! The population, in parts that can be generated in any order.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Amount, people::Somebody};
use crate::{
    ingest::NewProfile,
    ledger::Invalid,
    simulate::{KnownBy, World, shares},
};

/// Days of events.
const DAYS: i64 = 730;
/// Profiles of a part, which is one transaction, at most.
const PEOPLE: u32 = 2000;
/// Events of a part at most, approximately.
const EVENTS: u32 = 20_000;
/// Events of the busiest profile, if that is a tenth of all or less.
const BUSIEST: u32 = 10_000;

/// The population.
pub struct Population {
    amount: Amount,
    /// Events of the busiest profile.
    busiest: u32,
    /// Profiles of a part.
    size: u32,
    /// What all lives share.
    world: World,
}

impl Population {
    /// A population of that amount, as of `now`.
    pub fn new(amount: Amount, now: DateTime<Utc>) -> Self {
        let average = amount.events / amount.profiles.max(1);
        Self {
            amount,
            busiest: BUSIEST.min(amount.events / 10),
            size: (EVENTS / average.max(1)).clamp(1, PEOPLE),
            world: World::new(now - TimeDelta::days(DAYS), now),
        }
    }

    /// Number of parts.
    pub fn parts(&self) -> u64 {
        self.amount.profiles.div_ceil(self.size).into()
    }

    /// Profiles of a part, with all statements about them.
    pub fn part(&self, part: u64) -> Result<Vec<NewProfile>, Invalid> {
        let first = u32::try_from(part).unwrap_or(u32::MAX).saturating_mul(self.size);
        let places = first..first.saturating_add(self.size).min(self.amount.profiles);
        let mut people: Vec<Somebody> = places.clone().map(|place| self.somebody(place)).collect::<Result<_, _>>()?;
        let weights: Vec<f64> = people.iter().map(|somebody| somebody.customer.weight).collect();
        let mut shares = shares(&weights, self.events_of(places));
        if part == 0 {
            self.single_out(&mut people, &mut shares);
        }
        people.into_iter().zip(shares).map(|(somebody, events)| somebody.live(&self.world, events)).collect()
    }

    fn somebody(&self, place: u32) -> Result<Somebody, Invalid> {
        Somebody::make(self.amount.seed, place, self.amount.profiles, &self.world)
    }

    /// Number of events of these profiles in all, without the busiest: each part has its share, so that the parts add up.
    fn events_of(&self, places: Range<u32>) -> u32 {
        let all = u64::from(self.amount.events - self.busiest);
        let until = |place: u32| all * u64::from(place) / u64::from(self.amount.profiles.max(1));
        u32::try_from(until(places.end) - until(places.start)).unwrap_or(u32::MAX)
    }

    /// Makes one profile the busiest, and gives one the longest questionnaire.
    fn single_out(&self, people: &mut [Somebody], shares: &mut [u32]) {
        let known =
            |(place, somebody): (usize, &Somebody)| (somebody.customer.known_by == KnownBy::Account).then_some(place);
        let mut accounts = people.iter().enumerate().filter_map(known).take(2).collect::<Vec<_>>().into_iter();
        let busy = accounts.next().unwrap_or(0);
        shares[busy] += self.busiest;
        people[busy].customer.until = self.world.now;
        if let Some(place) = accounts.next() {
            people[place].has_answers = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn population(profiles: u32, events: u32) -> Population {
        let now = "2026-11-22T03:24:05.123456Z".parse().unwrap();
        Population::new(Amount { seed: 1, profiles, events }, now)
    }

    /// Number of events of each profile.
    fn told(population: &Population) -> Vec<usize> {
        let parts = (0..population.parts()).map(|part| population.part(part).unwrap());
        let events = |person: NewProfile| person.said.iter().filter(|(_, said)| said.event().is_some()).count();
        parts.flatten().map(events).collect()
    }

    #[test]
    fn it_has_the_size_that_was_asked_for() {
        for (profiles, events) in [(1, 0), (1, 1), (1, 777), (3, 1), (50, 20_000), (2001, 500), (4100, 41_000)] {
            let told = told(&population(profiles, events));
            assert_eq!((told.len(), told.iter().sum::<usize>()), (profiles as usize, events as usize));
        }
    }

    #[test]
    fn few_do_a_lot_and_most_do_little() {
        let mut told = told(&population(6000, 120_000));
        told.sort_unstable();
        assert!(told[5999] >= 10_000, "{}", told[5999]);
        let top: usize = told[5400..].iter().sum();
        assert!(told[3000] <= 10 && top > 72_000, "the median is {}, the first tenth has {top}", told[3000]);
    }

    #[test]
    fn a_part_is_a_function_of_seed_and_time() {
        let told = |population: Population| format!("{:?}", population.part(1).unwrap());
        assert_eq!(told(population(5000, 50_000)), told(population(5000, 50_000)));
        let mut other = population(5000, 50_000);
        other.amount.seed = 2;
        assert_ne!(told(population(5000, 50_000)), told(other));
    }

    #[test]
    fn nothing_is_told_of_before_it_begins_or_after_now() {
        let population = population(4000, 30_000);
        for person in population.part(1).unwrap() {
            let (joined, _) = person.said[0];
            for (at, statement) in &person.said {
                assert!(*at >= joined && *at < population.world.now, "{at} of {joined}");
                assert!(statement.event().is_none_or(|event| event.occurred_at >= population.world.start));
            }
        }
    }
}
