//! Who may loosen: random histories of statements of all sources, merges and their undoing, in random orders of delivery, as stored.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use kith::{
    db::{
        Db,
        ids::{EnvironmentId, OperatorId, ProfileId, SourceId, new_id},
    },
    identities::{Address, Channel},
    ingest::{Item, Page, Person as Who, Sender, Statement, Trust, Undone, submit_at, undo_merge},
    keys::MayOverwrite,
    ledger::{Batch, Source},
    subscriptions::{
        Line, Medium, Reason, Subscription,
        SubscriptionState::{self, Pending, Subscribed, Unsubscribed},
    },
    verdict::{MessageKind, Question, Rules, of_many, verdict},
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use uuid::Uuid;

use super::{check, environment, id, said};
use crate::support::{TestDb, app::NOW, at, build::merge};

pub const STATES: [SubscriptionState; 3] = [Subscribed, Pending, Unsubscribed];

/// Who says something, as a source and as a trust.
fn voices(pool: &Db, live: EnvironmentId) -> Vec<(SourceId, Trust, Option<String>)> {
    let source = |source: &Source| pool.tx_now(|conn| kith::ledger::source_id(conn, live, source)).expect("a source");
    let key = |name: &str, sender| (source(&Source::key(name)), Trust::Key { sender, entries: None }, None);
    let ada = source(&Source::operator(OperatorId(Uuid::max()), "Ada"));
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

pub struct Shop {
    pub db: TestDb,
    pool: Db,
    live: EnvironmentId,
    voices: Vec<(SourceId, Trust, Option<String>)>,
    now: DateTime<Utc>,
}

impl Shop {
    pub fn new() -> Self {
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

    pub fn say(&mut self, voice: usize, item: Item) {
        let (batch, trust) = self.batch(voice);
        submit_at(&self.pool, &batch, &trust, &[item], self.now).expect("stored");
    }

    pub fn profile(&self, key: &str) -> ProfileId {
        let owner = format!("SELECT profile_id FROM identifier_claims WHERE kind = 'id' AND value = '{key}'");
        ProfileId(self.db.one(&owner).parse().expect("a profile"))
    }

    /// What stands of somebody and is not about delivery.
    pub fn state(&self, key: &str) -> Vec<String> {
        let profile = self.profile(key).0;
        self.db.column(&format!(
            "SELECT concat_ws(' ', channel, nullif(topic, ''), state, reason, stamp->0) FROM subscriptions WHERE profile_id = '{profile}' \
             UNION ALL SELECT concat_ws(' ', purpose, given, stamp->0) FROM consents WHERE profile_id = '{profile}' ORDER BY 1"
        ))
    }

    /// What keeps messages from somebody, and what was lifted.
    pub fn restrictions(&self, key: &str) -> Vec<String> {
        let profile = self.profile(key).0;
        self.db.column(&format!(
            "SELECT concat_ws(' ', kind, nullif(channel, ''), until::date, cause) || CASE WHEN cause IS NULL THEN ' lifted' ELSE '' END \
             FROM restrictions WHERE profile_id = '{profile}' ORDER BY 1"
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

pub fn time(minute: i64) -> DateTime<Utc> {
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
        let is_merged = random.random_bool(0.7);
        let is_undone = random.random();
        minutes.truncate(random.random_range(2..12));
        // What is said of either of two who are one is the first one's when they are two again.
        let one = |random: &mut StdRng, minute| {
            let told = Told::some(random, minute);
            Told { is_first: told.is_first || is_merged && is_undone && minute > 500, ..told }
        };
        let all: Vec<Told> = minutes.into_iter().map(|minute| one(&mut random, minute)).collect();
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
                    let newest = all.iter().filter(|it| it.is_first == is_first).max_by_key(|told| told.minute);
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
        let address = Address::new(Channel::Email, "a@example.com").expect("one");
        let line = Line::channel(Medium::Email);
        Item {
            person: Who::Reached(Channel::Email, address),
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
