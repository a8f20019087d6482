//! Who may loosen what is said of addresses and of what keeps messages from somebody.

use chrono::TimeDelta;
use kith::{
    identities::{Address, Channel},
    ingest::{Item, Person as Who, Statement},
    restrictions::{Cause, Held, Stop},
    subscriptions::{Line, Medium, Reason, Subscription},
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::loosen::{STATES, Shop, time};
use crate::support::{Person, app::NOW, at};

/// What is said of an address by a voice: a subscription, or what keeps messages from it.
struct OfAddress {
    voice: usize,
    minute: i64,
    statement: Statement,
}

impl OfAddress {
    fn some(random: &mut StdRng) -> Self {
        let cause = [Cause::Api, Cause::List][random.random_range(0..2)];
        let until = random.random_bool(0.5).then(|| at(NOW) + TimeDelta::days(random.random_range(1..4)));
        let held = random.random_bool(0.5).then_some(Held { cause, until, words: None });
        let reason = [Reason::Api, Reason::User][random.random_range(0..2)];
        let statement = match random.random_range(0..2) {
            0 => Statement::Subscription(
                Line::channel(Medium::Email),
                Subscription { state: STATES[random.random_range(0..3)], reason },
            ),
            _ => Statement::Restriction(Stop::Suppressed(None), held),
        };
        Self { voice: random.random_range(0..7), minute: random.random_range(0..9), statement }
    }

    fn item(&self, address: &str) -> Item {
        let address = Address::new(Channel::Email, address).expect("an address");
        let person = Who::Reached(Channel::Email, address);
        Item { person, as_of: time(self.minute), statement: self.statement.clone() }
    }
}

#[test]
fn who_comes_to_an_address_late_is_as_who_was_there_whatever_came_first() {
    let mut random = StdRng::seed_from_u64(73);
    let mut shop = Shop::new();
    let mut refused = 0;
    for history in 0..40 {
        let mut all: Vec<OfAddress> = (0..random.random_range(1..14)).map(|_| OfAddress::some(&mut random)).collect();
        let mut states = Vec::new();
        for (nth, is_there) in [true, false, false].into_iter().enumerate() {
            let (key, email) = (format!("{history}-{nth}"), format!("a{history}-{nth}@example.com"));
            let person = || {
                let person = Person::new(&key).email(&email);
                person.said_at("2026-10-01T00:00:00Z").items(at(NOW)).remove(0)
            };
            if is_there {
                shop.say(0, person());
            }
            all.iter().for_each(|said| shop.say(said.voice, said.item(&email)));
            if !is_there {
                shop.say(0, person());
            }
            states.push([shop.state(&key), shop.restrictions(&key)].map(|it| it.join(", ").replace(&email, "")));
            all.shuffle(&mut random);
        }
        assert_eq!(states[0], states[1], "{history}");
        assert_eq!(states[0], states[2], "{history}");
        refused += usize::from(states[0][1].contains("list"));
    }
    assert!(refused > 3);
    let rows = shop.db.number("SELECT max(n) FROM (SELECT count(*) AS n FROM address_restrictions GROUP BY address) r");
    assert!((2..8).contains(&rows), "what is void goes: {rows}");
}

#[test]
fn each_lifts_what_they_may() {
    let mut shop = Shop::new();
    let address = "a@example.com";
    let kinds = ["disabled", "paused", "suppressed/all", "blocked/email:a@example.com"];
    // As in `voices`: the person, an operator with a reason and without, an import, a job, keys with the right and without.
    let lifted_by: [&[&str]; 7] = [&["paused"], &kinds, &[], &[], &[], &["disabled", "paused"], &[]];
    for (voice, may) in lifted_by.into_iter().enumerate() {
        let key = format!("c-{voice}");
        let say = |shop: &mut Shop, voice, kind: &str, minute, held: Option<Held>| {
            let mut item = Person::new(&key).restricted(kind, held).items(at(NOW)).remove(0);
            item.as_of = time(minute);
            shop.say(voice, item);
        };
        shop.say(0, Person::new(&key).email(address).said_at("2026-10-01T00:00:00Z").items(at(NOW)).remove(0));
        let until = Some(at("2026-12-24T00:00:00Z"));
        for kind in kinds {
            let until = until.filter(|_| kind == "paused");
            say(&mut shop, 6, kind, 1, Some(Held { cause: Cause::Complaint, until, words: None }));
            say(&mut shop, voice, kind, 2, None);
        }
        let kept: Vec<&str> = kinds.into_iter().filter(|kind| !may.contains(kind)).collect();
        let has = shop.restrictions(&key);
        let has: Vec<&str> = has.iter().filter_map(|row| row.strip_suffix(" complaint")?.split(' ').next()).collect();
        let kept: std::collections::BTreeSet<&str> =
            kept.iter().map(|kind| kind.split('/').next().expect("one")).collect();
        assert_eq!(has, kept.into_iter().collect::<Vec<_>>(), "{voice}");
        // An earlier end is looser, too.
        say(&mut shop, 6, "paused", 3, Some(Held { cause: Cause::Request, until, words: None }));
        say(&mut shop, voice, "paused", 4, Some(Held { cause: Cause::Request, until: Some(at(NOW)), words: None }));
        let later = format!(
            "SELECT count(*) FROM restrictions WHERE until > '2026-12-01' AND kind = 'paused' AND profile_id = '{}'",
            shop.profile(&key).0
        );
        assert_eq!(shop.db.number(&later) == 1, !may.contains(&"paused"), "{voice}");
    }
    assert_eq!(
        shop.db.number("SELECT count(*) FROM changes WHERE refused = 'null' AND before = after"),
        3 + 4 * 4 + 2,
        "each is a row of the ledger"
    );
}
