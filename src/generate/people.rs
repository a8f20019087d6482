//! One person of the crowd: the demo's people, with keys and addresses of which there are enough for millions.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{crowd::Crowd, lives::Life, phones};
use crate::{
    db::ids::ProfileId,
    demo::{Customer, Dice, Known, digits, introduction, said},
    events::{Event, EventName, MessageId},
    identities::{Address, Channel, Identifier, Kind},
    ingest::{Newcomer, Statement},
    ledger::Invalid,
    tags::Tag,
};

/// How many answers are known of the one of whom most is known.
const ANSWERS: u32 = 500;

/// Somebody.
pub struct Somebody {
    /// Their place among all.
    place: u32,
    seed: u64,
    dice: Dice,
    pub(super) customer: Customer,
    /// How much they do, compared with the others.
    pub(super) weight: f64,
    /// They filled in a long questionnaire.
    pub(super) has_answers: bool,
}

impl Somebody {
    /// The one at that place of so many.
    pub fn make(
        seed: u64,
        (place, count): (u32, u32),
        (start, now): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Self, Invalid> {
        let mut dice = Dice::new(seed, place.into());
        let mut customer = Customer::make(&mut dice, (place as usize, count as usize), (start, now))?;
        let [first, last] = customer.name.each_ref().map(|name| name.latin.as_str());
        let domain = dice.pick(customer.locale.domains);
        // Keys carry the seed, so that crowds can share an environment.
        match customer.known {
            Known::Account => {
                customer.identifiers = vec![Identifier::new(Kind::Id, &format!("g{seed}-{place:07}"))?];
                if dice.chance(0.35) {
                    customer.identifiers.push(customer.browser.clone());
                }
                if !customer.emails.is_empty() {
                    let local = match dice.weighted(&[50, 25, 25]) {
                        0 => format!("{first}.{last}{place}"),
                        1 => format!("{first}{place}"),
                        _ => format!("{last}_{first}{place}"),
                    };
                    customer.emails = vec![Address::new(Channel::Email, &format!("{local}@{domain}"))?];
                }
            }
            Known::Email => {
                let address = format!("{first}.g{seed}.{place}@{domain}");
                customer.identifiers = vec![Identifier::new(Kind::Email, &address)?];
                customer.emails = vec![Address::new(Channel::Email, &address)?];
            }
            Known::Browser => {}
        }
        if customer.phone.is_some() {
            let number = digits(&mut dice, phones::patterns(customer.locale.country));
            customer.phone = Some(Address::new(Channel::Sms, &number)?);
        }
        // A power of chance has a long tail, cut where one person would take most of a part; nobody has no weight at all, so that
        // events always find somebody.
        let weight = (customer.weight * dice.share().max(1e-7).powf(-0.75)).clamp(1e-9, 3000.0);
        Ok(Self { place, seed, dice, customer, weight, has_answers: false })
    }

    /// Everything that is said of them, with that many events, in the order of time.
    pub fn live(mut self, crowd: &Crowd, events: u32) -> Result<Newcomer, Invalid> {
        let profile = self.profile(crowd.now);
        let customer = &self.customer;
        let joined = customer.joined;
        let mut told = vec![(joined, Statement::Identify(introduction(customer)?))];
        let mut life = Life::new(&mut self.dice, customer, crowd, events);
        life.unfold();
        let Life { events, values, tags, .. } = life;
        for (at, values) in values {
            told.push((at, Statement::Identify(said(values)?)));
        }
        for (at, tag) in tags {
            told.push((at, Statement::Tags { add: vec![Tag::new(tag)?], remove: Vec::new() }));
        }
        if self.has_answers {
            told.extend(answers(&mut self.dice, customer, crowd.now)?);
        }
        for (number, (occurred_at, name, properties)) in events.into_iter().enumerate() {
            let message = MessageId(format!("g{}-{}-{number}", self.seed, self.place));
            let event = Event::new(EventName::new(name)?, occurred_at, Some(message), properties)?;
            told.push((occurred_at, Statement::Event(event)));
        }
        told.sort_by_key(|(at, _)| *at);
        Ok(Newcomer { profile, identifiers: self.customer.identifiers, said: told })
    }

    /// An id as of now, in the order of places, so that the tables' indexes grow at their ends.
    fn profile(&mut self, now: DateTime<Utc>) -> ProfileId {
        let place = self.place.to_be_bytes();
        let [.., high, middle, low] = place;
        let mut tail: [u8; 10] = [0; 10];
        tail[4..].copy_from_slice(&self.dice.uuid().as_bytes()[..6]);
        // Version and variant take the first four bits and two of the third byte.
        tail[0] = high >> 4;
        tail[1] = high << 4 | middle >> 4;
        tail[2] = (middle & 0x0F) << 2 | low >> 6;
        tail[3] = low << 2;
        let milliseconds = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        ProfileId(uuid::Builder::from_unix_timestamp_millis(milliseconds, &tail).into_uuid())
    }
}

/// A questionnaire, page after page of it.
fn answers(
    dice: &mut Dice,
    customer: &Customer,
    now: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, Statement)>, Invalid> {
    const REPLIES: [&str; 5] = ["never", "rarely", "sometimes", "often", "always"];
    let mut at = dice.moment(customer.joined, now - TimeDelta::hours(2));
    let mut pages = Vec::new();
    for page in 0..ANSWERS / 10 {
        at += dice.seconds(20, 90);
        let mut answered = said(Vec::new())?;
        for question in 1..=10 {
            let name = crate::attributes::AttributeName::new(&format!("survey_{:03}", page * 10 + question))?;
            let value = crate::attributes::AttributeValue::new(&name, json!(dice.pick(&REPLIES)))?;
            answered.attributes.push((name, Some(value)));
        }
        pages.push((at, Statement::Identify(answered)));
    }
    Ok(pages)
}
