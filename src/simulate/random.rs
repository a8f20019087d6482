//! Repeatable random numbers.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

/// A source of random numbers. Each customer has one, so that a change to one life does not affect the others.
pub struct Random(StdRng);

impl Random {
    /// The source of number `of` in the story with that seed.
    pub fn new(seed: u64, of: u64) -> Self {
        // An odd multiplier keeps the seeds of neighbours far apart.
        Self(StdRng::seed_from_u64(seed ^ of.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// True with this probability, from 0 to 1.
    pub fn chance(&mut self, odds: f64) -> bool {
        self.share() < odds
    }

    /// From 0 to just below 1.
    pub fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        if low < high { self.0.random_range(low..=high) } else { low }
    }

    /// An index in a list of `length`, which has at least one entry.
    pub fn below(&mut self, length: usize) -> usize {
        self.0.random_range(0..length.max(1))
    }

    /// An entry of a list that has at least one.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// An index in a list of weights: the heavier the more often.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.0.random_range(0..weights.iter().sum::<u32>().max(1));
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// Normally distributed around 0: two thirds lie between -1 and 1.
    pub fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }

    /// A duration from `low` to `high` seconds, with milliseconds.
    pub fn seconds(&mut self, low: i64, high: i64) -> TimeDelta {
        TimeDelta::milliseconds(self.between(low * 1000, high * 1000))
    }

    /// A time in a span.
    pub fn moment(&mut self, from: DateTime<Utc>, until: DateTime<Utc>) -> DateTime<Utc> {
        from + TimeDelta::milliseconds(self.between(0, (until - from).num_milliseconds()))
    }

    /// A random id such as browsers make.
    pub fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.0.random()).into_uuid()
    }
}
