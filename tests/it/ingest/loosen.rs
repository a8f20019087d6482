//! Who may loosen: random histories of statements of all sources, merges and their undoing, in random orders of delivery.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use kith::{
    db::{
        Db,
        ids::{EnvironmentId, ProfileId, SourceId, new_id},
    },
    ingest::{Item, Page, Person as Who, REGISTERS, Sender, Statement, Trust, Undone, submit_at, undo_merge},
    keys::MayOverwrite,
    ledger::{Batch, Context, Leave, Source, Stamp},
    registers::{Facts, Moment, Register, Rows},
    subscriptions::{
        Consent, Consents, Line, Medium, Purpose, Reason, Subscription,
        SubscriptionState::{self, Pending, Subscribed, Unsubscribed},
        Subscriptions,
    },
    verdict::{MessageKind, Question, Rules, of_many, verdict},
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use uuid::Uuid;

use super::{check, environment, id, said};
use crate::support::{TestDb, app::NOW, at, build::merge};

const STATES: [SubscriptionState; 3] = [Subscribed, Pending, Unsubscribed];
const REASONS: [Reason; 3] = [Reason::Api, Reason::User, Reason::Import];

/// A statement of a register, and whether its source may loosen.
type One<R> = (<R as Register>::Value, i64, bool);

fn context(as_of: i64, may_loosen: bool) -> Context {
    let leave = if may_loosen { Leave::Answers } else { Leave::Nothing };
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

/// Who says something, as a source and as a trust.
fn voices(pool: &Db, live: EnvironmentId) -> Vec<(SourceId, Trust, Option<String>)> {
    let source = |source: &Source| pool.tx_now(|conn| kith::ledger::source_id(conn, live, source)).expect("a source");
    let key = |name: &str, sender| (source(&Source::key(name)), Trust::Key { sender, entries: None }, None);
    let ada = source(&Source::operator(kith::db::ids::OperatorId(Uuid::max()), "Ada"));
    vec![
        (source(&Source::key("page")), Trust::Person, None),
        (ada, Trust::Operator, Some("They asked on the phone".to_owned())),
        (ada, Trust::Operator, None),
        (source(&Source::import("list.csv")), Trust::Import, None),
        (source(&Source::job("rule", "Rule")), Trust::Job, None),
        key("shop", Sender::Server { may_loosen: true }),
        key("till", Sender::Server { may_loosen: false }),
    ]
}

struct Shop {
    db: TestDb,
    pool: Db,
    live: EnvironmentId,
    voices: Vec<(SourceId, Trust, Option<String>)>,
    now: DateTime<Utc>,
}

impl Shop {
    fn new() -> Self {
        let (db, pool, live) = environment(1);
        let voices = voices(&pool, live);
        Self { db, pool, live, voices, now: at(NOW) }
    }

    fn batch(&mut self, voice: usize) -> (Batch, Trust) {
        self.now += TimeDelta::seconds(1);
        let (source, trust, reason) = self.voices[voice].clone();
        let (environment, received_at) = (self.live, self.now);
        let group = new_id(received_at);
        (Batch { environment, source, received_at, group, before: 0, reason }, trust)
    }

    fn say(&mut self, voice: usize, item: Item) {
        let (batch, trust) = self.batch(voice);
        submit_at(&self.pool, &batch, &trust, &[item], self.now).expect("stored");
    }

    fn profile(&self, key: &str) -> ProfileId {
        let owner = format!("SELECT profile_id FROM identifier_claims WHERE kind = 'id' AND value = '{key}'");
        ProfileId(self.db.one(&owner).parse().expect("a profile"))
    }

    /// What stands of somebody and is not about delivery.
    fn state(&self, key: &str) -> Vec<String> {
        let profile = self.profile(key).0;
        self.db.column(&format!(
            "SELECT concat_ws(' ', channel, topic, state, reason, stamp->0) FROM subscriptions WHERE profile_id = '{profile}' \
             UNION ALL SELECT concat_ws(' ', purpose, given, stamp->0) FROM consents WHERE profile_id = '{profile}' ORDER BY 1"
        ))
    }

    fn may_email(&self, key: &str) -> bool {
        let profile = self.profile(key);
        let facts = self.pool.read_now(|conn| of_many(conn, self.live, &[profile])).expect("facts");
        let question = Question { channel: Medium::Email, kind: MessageKind::Campaign, topic: None, now: self.now };
        verdict(&facts[&profile], &Rules::default(), &question).may_send()
    }

    /// Each row of the ledger begins with what the one before left, and the last one leaves what is stored.
    fn replay(&self) {
        let rows = self.db.column(
            "SELECT concat_ws('|', profile_id, kind, subject, coalesce(before - 'reason', 'null'), coalesce(after - 'reason', 'null'), \
                 refused IS NOT NULL) FROM changes WHERE kind IN ('subscription', 'consent') ORDER BY recorded_at, id",
        );
        let mut replayed: BTreeMap<String, String> = BTreeMap::new();
        for row in rows {
            let [profile, kind, subject, before, after, refused] = row.split('|').collect::<Vec<_>>()[..] else {
                panic!("{row}")
            };
            let has = replayed.entry(format!("{profile} {kind} {subject}")).or_insert_with(|| "null".to_owned());
            assert_eq!(has, before, "{row}");
            assert!(refused == "f" || before == after, "{row}");
            after.clone_into(has);
        }
        replayed.retain(|_, after| after != "null");
        let replayed: Vec<String> = replayed.into_iter().map(|(key, after)| format!("{key} {after}")).collect();
        let mut stored = self.db.column(
            "SELECT concat_ws(' ', profile_id, 'subscription', channel || CASE topic WHEN '' THEN '' ELSE '/' || topic END, \
                 jsonb_build_object('state', state)) FROM subscriptions \
             UNION ALL SELECT concat_ws(' ', profile_id, 'consent', purpose, jsonb_strip_nulls(jsonb_build_object('given', given, \
                 'location', location))) FROM consents",
        );
        stored.sort();
        assert_eq!(replayed, stored);
    }
}

fn time(minute: i64) -> DateTime<Utc> {
    at("2026-11-01T00:00:00Z") + TimeDelta::minutes(minute)
}

/// What is said of one of two, who become one at minute 500.
struct Told {
    voice: usize,
    /// Whether it is said of the first one.
    is_first: bool,
    minute: i64,
    state: SubscriptionState,
}

impl Told {
    fn some(random: &mut StdRng, minute: i64) -> Self {
        let (voice, state) = (random.random_range(0..7), STATES[random.random_range(0..3)]);
        Self { voice, is_first: random.random(), minute, state }
    }

    fn item(&self, [first, second]: &[String; 2]) -> Item {
        let said_of = if self.is_first { first } else { second };
        let line = Line::channel(Medium::Email);
        let statement = Statement::Subscription(line, Subscription { state: self.state, reason: Reason::Api });
        Item { person: Who::Identifiers(vec![id(said_of)]), as_of: time(self.minute), statement }
    }
}

#[test]
fn nobody_is_reachable_whose_newest_own_statement_is_an_opt_out() {
    let mut random = StdRng::seed_from_u64(2037);
    let mut shop = Shop::new();
    for history in 0..40 {
        let mut minutes: Vec<i64> = (0..1_000).filter(|minute| *minute != 500).collect();
        minutes.shuffle(&mut random);
        let all: Vec<Told> =
            minutes.into_iter().take(random.random_range(2..12)).map(|it| Told::some(&mut random, it)).collect();
        let is_merged = random.random_bool(0.7);
        let is_undone = random.random();
        let mut results = Vec::new();
        for delivery in ["a", "b"] {
            let keys = [1, 2].map(|nth| format!("{delivery}-{history}-{nth}"));
            for key in &keys {
                let person = crate::support::Person::new(key).email(&format!("{key}@example.com"));
                shop.say(0, person.said_at("2026-10-01T00:00:00Z").items(at(NOW)).remove(0));
            }
            let merging = all.len();
            let mut order: Vec<usize> = (0..all.len() + usize::from(is_merged)).collect();
            order.shuffle(&mut random);
            for place in order {
                match all.get(place) {
                    Some(told) => shop.say(told.voice, told.item(&keys)),
                    None if place == merging => {
                        let item = said(vec![id(&keys[0])], &time(500).to_rfc3339(), merge(&[id(&keys[1])]));
                        shop.say(0, item);
                    }
                    None => unreachable!(),
                }
            }
            let newest = all.iter().max_by_key(|told| told.minute).expect("one");
            if is_merged && newest.state == Unsubscribed {
                assert!(!shop.may_email(&keys[0]), "{history}");
            }
            let mut result = vec![shop.state(&keys[0])];
            if is_merged && is_undone {
                let (batch, _) = shop.batch(1);
                let survivor = shop.profile(&keys[0]);
                let merges = format!("SELECT id FROM merges WHERE profile_id = '{}'", survivor.0);
                let merge = shop.db.one(&merges).parse().expect("a merge");
                let undone = undo_merge(&shop.pool, &batch, survivor, merge).expect("it is undone");
                assert!(matches!(undone, Undone::Restored(_)), "{undone:?}");
                result.push(shop.state(&keys[0]));
            }
            if !is_merged || is_undone {
                for (key, is_first) in [(&keys[0], true), (&keys[1], false)] {
                    // What is said since of those who were one is said of the first.
                    let own = |it: &&Told| it.is_first == is_first || is_merged && it.minute > 500 && is_first;
                    let own = |it: &&Told| own(it) && !(is_merged && it.minute > 500 && !is_first);
                    let newest = all.iter().filter(own).max_by_key(|told| told.minute);
                    assert!(
                        newest.is_none_or(|it| it.state != Unsubscribed) || !shop.may_email(key),
                        "{history} {key}"
                    );
                }
                result.push(shop.state(&keys[1]));
            }
            results.push(result);
        }
        assert_eq!(results[0], results[1], "in any order of delivery, {history}");
    }
    assert!(shop.db.number("SELECT count(*) FROM changes WHERE refused IS NOT NULL") > 20);
    shop.replay();
    check(&shop.db);
}

#[test]
fn what_is_refused_is_a_row_of_the_ledger_once() {
    let mut shop = Shop::new();
    let keys = ["c-1", "c-2"].map(str::to_owned);
    let told = |voice, minute, state| Told { voice, is_first: true, minute, state }.item(&keys);
    let refused = "SELECT concat_ws(' ', before->>'state', after->>'state', refused->>'state') FROM changes \
                   WHERE refused IS NOT NULL ORDER BY recorded_at, id";
    shop.say(3, told(3, 1, Subscribed));
    shop.say(0, told(0, 2, Unsubscribed));
    let versions = "SELECT version FROM profiles";
    for _ in 0..2 {
        shop.say(3, told(3, 3, Subscribed));
    }
    let version = shop.db.number(versions);
    shop.say(3, told(3, 3, Subscribed));
    assert_eq!(shop.db.column(refused), ["unsubscribed unsubscribed subscribed"]);
    assert_eq!(shop.db.number(versions), version, "once more says nothing new");
    // What is older than what stands was late, and is no news.
    shop.say(3, told(3, 1, Pending));
    // Neither a rule nor an operator without a reason may, and a browser's key is refused at the door.
    shop.say(4, told(4, 5, Subscribed));
    shop.say(2, told(2, 6, Pending));
    let (batch, _) = shop.batch(0);
    let page = Sender::Page(Page { may_overwrite: MayOverwrite::Attributes });
    let trust = Trust::Key { sender: page, entries: None };
    let (_, left_out) =
        submit_at(&shop.pool, &batch, &trust, &[told(0, 7, Subscribed)], shop.now).expect("it is answered");
    assert_eq!(left_out.len(), 1);
    assert_eq!(shop.db.column(refused).len(), 3);
    assert!(!shop.state("c-1").is_empty() && shop.state("c-1")[0].starts_with("email unsubscribed"));
    shop.say(1, told(1, 8, Subscribed));
    assert!(shop.state("c-1")[0].starts_with("email subscribed"), "with a reason");
    shop.replay();
}

#[test]
fn an_address_remembers_who_may_loosen() {
    let mut shop = Shop::new();
    let reached = |minute, state| {
        let address = kith::identities::Address::new(kith::identities::Channel::Email, "a@example.com").expect("one");
        let line = Line::channel(Medium::Email);
        Item {
            person: Who::Reached(kith::identities::Channel::Email, address),
            as_of: time(minute),
            statement: Statement::Subscription(line, Subscription { state, reason: Reason::Api }),
        }
    };
    for (voice, minute, state) in [(3, 9, Subscribed), (3, 5, Unsubscribed), (0, 1, Subscribed), (0, 3, Pending)] {
        shop.say(voice, reached(minute, state));
    }
    let kept = "SELECT concat_ws(' ', state, may_loosen) FROM address_subscriptions ORDER BY 1";
    assert_eq!(shop.db.column(kept), ["pending t", "subscribed f", "unsubscribed f"], "what is older is gone");
    let person = crate::support::Person::new("c-1").email("a@example.com");
    shop.say(0, person.said_at("2026-11-05T00:00:00Z").items(at(NOW)).remove(0));
    assert!(shop.state("c-1")[0].starts_with("email unsubscribed"), "{:?}", shop.state("c-1"));
    assert!(!shop.may_email("c-1"));
    shop.say(0, reached(7, Subscribed));
    assert!(shop.may_email("c-1"), "the person said so since");
}
