//! Who may loosen, by the rule itself: random histories in memory.

use chrono::{DateTime, TimeDelta};
use kith::{
    db::ids::{ProfileId, SourceId},
    ingest::REGISTERS,
    ledger::{Context, Leave, Stamp},
    registers::{Facts, Moment, Register, Rows},
    restrictions::{Cause, Held, Restrictions},
    subscriptions::{
        Consent, Consents, Line, Medium, Purpose, Reason, Subscription,
        SubscriptionState::{self, Pending, Subscribed, Unsubscribed},
        Subscriptions,
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use uuid::Uuid;

const STATES: [SubscriptionState; 3] = [Subscribed, Pending, Unsubscribed];
const REASONS: [Reason; 3] = [Reason::Api, Reason::User, Reason::Import];

/// A statement of a register, and whether its source may loosen.
type One<R> = (<R as Register>::Value, i64, bool);

fn context(as_of: i64, may_loosen: bool) -> Context {
    let leave = if may_loosen { Leave::Everything } else { Leave::Nothing };
    let stamp = Stamp { as_of, received_at: 0, index: 0, source: SourceId(1) };
    Context { profile: ProfileId(Uuid::nil()), stamp, leave }
}

/// What stands by the rule itself: in the order of time a statement is taken if it is at least as strict, or if its source may loosen.
fn by_the_rule<R: Register>(key: &R::Key, all: &[One<R>]) -> Option<(R::Value, i64)> {
    let mut all = all.to_vec();
    all.sort_by(|(one, time, may), (other, others, others_may)| {
        let values = || match one == other {
            true => std::cmp::Ordering::Equal,
            false if R::outranks(key, one, other) => std::cmp::Ordering::Greater,
            false => std::cmp::Ordering::Less,
        };
        time.cmp(others).then_with(values).then(may.cmp(others_may))
    });
    let mut stands: Option<(R::Value, i64)> = None;
    for (value, time, may_loosen) in all {
        let is_strict = stands.as_ref().is_none_or(|(had, _)| R::strictness(key, &value) >= R::strictness(key, had));
        if is_strict || may_loosen {
            stands = Some((value, time));
        }
    }
    stands
}

fn fold<R: Register>(facts: &mut Facts, key: &R::Key, all: &[One<R>]) {
    for (value, time, may_loosen) in all {
        facts.of_mut::<R>().say(key, value.clone(), context(*time, *may_loosen));
    }
}

fn stands<R: Register>(facts: &Facts, key: &R::Key) -> Option<(R::Value, i64)> {
    facts.of::<R>()?.get(key).map(|(value, stamp)| (value.clone(), stamp.as_of))
}

/// Between `since` and 20 later, so that times are often equal.
fn some<R: Register>(random: &mut StdRng, since: i64, value: &dyn Fn(&mut StdRng) -> R::Value) -> Vec<One<R>> {
    let count = random.random_range(0..9);
    (0..count).map(|_| (value(random), since + random.random_range(0..20), random.random_bool(0.35))).collect()
}

/// Two people, who become one at 100 and two again: what stands is what the rule says, whatever the order of delivery.
fn one_history<R: Register>(random: &mut StdRng, key: &R::Key, value: &dyn Fn(&mut StdRng) -> R::Value) {
    let [mut own, their] = [(); 2].map(|()| some::<R>(random, 0, value));
    let mut since = some::<R>(random, 100, value);
    let mut folded: [Facts; 2] = Default::default();
    for all in &mut folded {
        own.shuffle(random);
        fold::<R>(all, key, &own);
        // A call that is sent again changes nothing.
        fold::<R>(all, key, &own[..own.len() / 2]);
        assert_eq!(stands::<R>(all, key), by_the_rule::<R>(key, &own), "{own:?}");
    }
    let mut other = Facts::default();
    fold::<R>(&mut other, key, &their);
    let [mut all, _] = folded;
    let moment = Moment { at: 100, index: 0, leads: random.random() };
    let register = REGISTERS.find(R::KIND).expect("a register");
    let taken = register.join(&mut all, &other, moment, context(100, true));
    let both = [stands::<R>(&all, key), by_the_rule::<R>(key, &own), by_the_rule::<R>(key, &their)];
    let [strictness, first, second] = both.map(|it| it.map(|(value, _)| R::strictness(key, &value)));
    assert_eq!(strictness, first.max(second), "of two the stricter");
    since.shuffle(random);
    let joined = stands::<R>(&all, key).map(|(value, time)| (value, time, false));
    fold::<R>(&mut all, key, &since);
    let after: Vec<One<R>> = joined.into_iter().chain(since.iter().cloned()).collect();
    assert_eq!(stands::<R>(&all, key), by_the_rule::<R>(key, &after), "what was said since is newer");
    for taken in &taken {
        register.give_up(&mut all, taken, context(200, true));
    }
    let kept: Vec<One<R>> = if taken.is_empty() { own } else { own.into_iter().chain(since).collect() };
    if !taken.is_empty() {
        assert_eq!(stands::<R>(&all, key), by_the_rule::<R>(key, &kept), "each has their own again");
    }
}

fn histories(count: u64) {
    let mut random = StdRng::seed_from_u64(37);
    let line = Line::channel(Medium::Email);
    for _ in 0..count {
        one_history::<Subscriptions>(&mut random, &line, &|random| Subscription {
            state: STATES[random.random_range(0..3)],
            reason: REASONS[random.random_range(0..3)],
        });
        for purpose in ["gdpr.marketing", "ccpa.sale"] {
            let purpose = Purpose::new(purpose).expect("a purpose");
            one_history::<Consents>(&mut random, &purpose, &|random| Consent {
                given: random.random(),
                as_of: None,
                document: None,
                location: Some(["web", "shop"][random.random_range(0..2)].to_owned()),
                hardware_id: None,
            });
        }
        let key = ["disabled", "paused", "suppressed/all", "blocked/email:a@example.com"][random.random_range(0..4)];
        one_history::<Restrictions>(&mut random, &key.parse().expect("a key"), &|random| {
            let until =
                random.random_bool(0.5).then(|| DateTime::UNIX_EPOCH + TimeDelta::days(random.random_range(1..5)));
            let cause = [Cause::Api, Cause::List][random.random_range(0..2)];
            random.random_bool(0.6).then_some(Held { cause, until, words: None })
        });
    }
}

#[test]
fn what_stands_is_what_the_rule_says_in_any_order_with_merges_and_without() {
    histories(1_000);
}

#[test]
#[ignore = "long"]
fn ten_thousand_histories_and_more() {
    histories(30_000);
}

#[test]
fn a_late_statement_finds_what_it_would_have_found_in_time() {
    let line = Line::channel(Medium::Email);
    let say = |all: &[(SubscriptionState, i64, bool)]| {
        let mut rows = Rows::<Subscriptions>::default();
        for (state, time, may_loosen) in all {
            let said = Subscription { state: *state, reason: Reason::Api };
            rows.say(&line, said, context(*time, *may_loosen));
        }
        rows.get(&line).map(|(said, _)| said.state)
    };
    assert_eq!(say(&[(Subscribed, 5, false)]), Some(Subscribed), "nothing stood");
    assert_eq!(say(&[(Subscribed, 5, false), (Unsubscribed, 3, false)]), Some(Unsubscribed), "it came late");
    assert_eq!(say(&[(Subscribed, 5, true), (Unsubscribed, 3, false)]), Some(Subscribed), "the person said yes since");
    assert_eq!(
        say(&[(Unsubscribed, 1, true), (Pending, 5, false), (Subscribed, 3, true)]),
        Some(Pending),
        "refused first"
    );
    assert_eq!(say(&[(Unsubscribed, 5, true), (Subscribed, 5, true)]), Some(Unsubscribed), "of one time the stricter");
}
