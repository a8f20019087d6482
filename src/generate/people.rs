//! A profile of the population.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::{
    db::ids::ProfileId,
    ingest::{NewProfile, Statement},
    ledger::Invalid,
    simulate::{Customer, KnownBy, Life, Random, World, values},
};

/// Number of answers of the profile with the longest questionnaire.
const ANSWERS: u32 = 500;

/// A profile of the population.
pub struct Somebody {
    /// Place in the population.
    place: u32,
    seed: u64,
    random: Random,
    pub(super) customer: Customer,
    /// Whether they filled in a long questionnaire.
    pub(super) has_answers: bool,
}

impl Somebody {
    /// The profile at a place in a population of `count`. Its key has the seed, so that populations can share an environment.
    pub fn make(seed: u64, place: u32, count: u32, world: &World) -> Result<Self, Invalid> {
        let mut random = Random::new(seed, place.into());
        let key = format!("g{seed}-{place:07}");
        let mut customer = Customer::make(&mut random, &key, place as usize, count as usize, world)?;
        if customer.known_by == KnownBy::Account && random.chance(0.35) {
            customer.identifiers.push(customer.browser.clone());
        }
        // A power of a random number has a long tail, cut where one profile would take most of a part; no weight is zero, so that events
        // always find a profile.
        customer.weight = (customer.weight * random.share().max(1e-7).powf(-0.75)).clamp(1e-9, 3000.0);
        Ok(Self { place, seed, random, customer, has_answers: false })
    }

    /// All statements about the profile, with `events` events, in the order of time.
    pub fn live(mut self, world: &World, events: u32) -> Result<NewProfile, Invalid> {
        let profile = self.profile(world.now);
        let Self { place, seed, random, customer, has_answers } = self;
        let mut life = Life::new(random, &customer, world, events);
        life.unfold();
        let Life { mut random, happenings, .. } = life;
        let mut said = Vec::with_capacity(happenings.len());
        for (number, happening) in happenings.into_iter().enumerate() {
            said.push((happening.at, happening.statement(&customer, format_args!("g{seed}-{place}-{number}"))?));
        }
        if has_answers {
            said.extend(answers(&mut random, &customer, world.now)?);
        }
        said.sort_by_key(|(at, _)| *at);
        Ok(NewProfile { profile, identifiers: customer.identifiers, said })
    }

    /// An id as of now, in the order of places, so that the indexes of tables grow at their ends.
    fn profile(&mut self, now: DateTime<Utc>) -> ProfileId {
        let place = self.place.to_be_bytes();
        let [.., high, middle, low] = place;
        let mut tail: [u8; 10] = [0; 10];
        tail[4..].copy_from_slice(&self.random.uuid().as_bytes()[..6]);
        // Version and variant take the first four bits and two of the third byte.
        tail[0] = high >> 4;
        tail[1] = high << 4 | middle >> 4;
        tail[2] = (middle & 0x0F) << 2 | low >> 6;
        tail[3] = low << 2;
        let milliseconds = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        ProfileId(uuid::Builder::from_unix_timestamp_millis(milliseconds, &tail).into_uuid())
    }
}

/// A long questionnaire, page by page.
fn answers(
    random: &mut Random,
    customer: &Customer,
    now: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, Statement)>, Invalid> {
    const REPLIES: [&str; 5] = ["never", "rarely", "sometimes", "often", "always"];
    let mut at = random.moment(customer.joined, now - TimeDelta::hours(2));
    let mut pages = Vec::new();
    for page in 0..ANSWERS / 10 {
        at += random.seconds(20, 90);
        let answer = |question: u32| (format!("survey_{:03}", page * 10 + question), json!(random.pick(&REPLIES)));
        pages.push((at, Statement::Identify(values((1..=10).map(answer))?)));
    }
    Ok(pages)
}
