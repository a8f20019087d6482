//! Customers whom messages do not reach, each in one of the states that there are, with reasons as shops know them.

use chrono::TimeDelta;

use super::{ROSA, story::Story};
use crate::{
    identities::{Address, Channel},
    ingest::{Identify, Item, Person, Statement},
    ledger::Invalid,
    registers::Fact,
    restrictions::{Cause, Held, Key, Restrictions, Stop},
    simulate::{KnownBy, Speaker},
    subscriptions::{Line, Medium, Reason, Subscription, SubscriptionState},
};

/// Customers among whom some are chosen, from the last one on. The very last is the showcase, who can be messaged.
const AMONG: usize = 160;

const TURNED_OFF: [&str; 3] = [
    "She asked in a letter of 2 November not to be contacted at all",
    "Account of a person who died; the family wrote to us",
    "Legal dispute about an order: only our lawyer writes to him",
];
const SUPPRESSED: [&str; 3] = [
    "Unsubscribed at our former newsletter provider, March 2026",
    "Competitor who signs up for every campaign",
    "Asked the courier to pass on that calls are unwelcome",
];
const COMPLAINED: [&str; 2] = ["Marked “Autumn letter” as spam", "Feedback loop of Yahoo, message of 6 November"];
const BOUNCED: [&str; 3] = [
    "550 5.1.1 The email account that you tried to reach does not exist",
    "550 5.4.1 Recipient address rejected: access denied",
    "554 5.7.1 Domain not found",
];
/// Addresses that came on the list of the former provider; nobody of the shop has them.
const FORMER: [&str; 6] = [
    "hendrik.vos@mail.example",
    "m.okafor@post.example",
    "the.lindqvists@home.example",
    "no.more.news@mail.example",
    "a.petrova@studio.example",
    "info@hardware-store.example",
];

/// What was said of these people, by whoever said it.
pub fn kept(story: &Story) -> Result<Vec<(Speaker, Vec<Item>)>, Invalid> {
    let now = story.world.now;
    let (mut by_rosa, mut by_crm, mut by_web) = (Vec::new(), Vec::new(), Vec::new());
    let with_account = story.customers.iter().filter(|customer| customer.known_by == KnownBy::Account);
    for (number, customer) in with_account.rev().enumerate().take(AMONG) {
        let words = |of: &[&str]| Some(of[number / 16 % of.len()].to_owned());
        let held = |cause, until, words| Some(Held { cause, until, words });
        let say = |key, held| {
            let facts = vec![Fact::new::<Restrictions>(key, held)];
            Statement::Identify(Identify { facts, ..Identify::default() })
        };
        let line = |line, state| Statement::Subscription(line, Subscription { state, reason: Reason::User });
        let (by, statement) = match number % 16 {
            1 if number < 50 => (&mut by_rosa, say(Key::Disabled, held(Cause::Request, None, words(&TURNED_OFF)))),
            4 => (&mut by_web, say(Key::Paused, held(Cause::Request, Some(now + TimeDelta::days(21)), None))),
            5 => (&mut by_rosa, say(Key::Suppressed(None, None), held(Cause::Manual, None, words(&SUPPRESSED)))),
            7 => {
                let complaint = held(Cause::Complaint, None, words(&COMPLAINED));
                (&mut by_crm, Statement::Restriction(Stop::Blocked(Medium::Email), complaint))
            }
            9 => {
                let bounce = held(Cause::HardBounce, None, words(&BOUNCED));
                (&mut by_crm, Statement::Restriction(Stop::Blocked(Medium::Email), bounce))
            }
            13 => (&mut by_web, line(Line::channel(Medium::Email), SubscriptionState::Pending)),
            15 => (&mut by_web, line(Line::everything(), SubscriptionState::Unsubscribed)),
            _ => continue,
        };
        let days = i64::try_from(number % 30).unwrap_or(0) + 1;
        let as_of = (now - TimeDelta::days(days)).max(customer.joined).min(now);
        by.push(Item { person: Person::Identifiers(customer.identifiers.clone()), as_of, statement });
    }
    for address in FORMER {
        let person = Person::Reached(Channel::Email, Address::new(Channel::Email, address)?);
        let words = Some(SUPPRESSED[0].to_owned());
        let statement =
            Statement::Restriction(Stop::Suppressed(None), Some(Held { cause: Cause::List, until: None, words }));
        by_rosa.push(Item { person, as_of: now - TimeDelta::days(200), statement });
    }
    Ok(vec![(Speaker::Operator(ROSA), by_rosa), (Speaker::Crm, by_crm), (Speaker::Web, by_web)])
}
