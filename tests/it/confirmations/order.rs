//! Whether somebody has to confirm is the same in any order of delivery.

use chrono::{DateTime, TimeDelta, Utc};
use kith::db::Decided;
use kith::{
    db::ids::ProfileId,
    ingest::{Item, Statement, Trust, submit_at},
    subscriptions::{Line, Medium, Reason, Subscription, SubscriptionState},
    topics::Catalogue,
    verdict::{self, Layer, Why, of_channel},
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::rule;
use crate::support::{App, Person, app::NOW, at, build::batch};

/// Who says what.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Yes,
    /// By a source that may not loosen.
    WeakYes,
    ImportedYes,
    No,
    Pending,
    Confirmed,
}

const ALL: [Said; 6] = [Said::Yes, Said::WeakYes, Said::ImportedYes, Said::No, Said::Pending, Said::Confirmed];

/// Whether they wait, of the whole history in the order of its times: in the words of `docs/messaging.md`.
fn plainly(history: &[(DateTime<Utc>, Said)], since: DateTime<Utc>) -> bool {
    let mut history = history.to_vec();
    history.sort_by_key(|(time, _)| *time);
    let mut stands: Option<(SubscriptionState, DateTime<Utc>)> = None;
    for (time, said) in &history {
        let (state, may_loosen) = match said {
            Said::Yes => (SubscriptionState::Subscribed, true),
            Said::WeakYes | Said::ImportedYes => (SubscriptionState::Subscribed, false),
            Said::No => (SubscriptionState::Unsubscribed, true),
            Said::Pending => (SubscriptionState::Pending, true),
            Said::Confirmed => continue,
        };
        if may_loosen || stands.is_none_or(|(had, _)| state >= had) {
            stands = Some((state, *time));
        }
    }
    let has = |asked: Said| history.iter().any(|(_, said)| *said == asked);
    let before = |asked: Said| history.iter().any(|(time, said)| *said == asked && *time < since);
    let was_taken = before(Said::Yes) || !has(Said::Pending) && (before(Said::WeakYes) || has(Said::ImportedYes));
    match stands {
        Some((SubscriptionState::Subscribed, time)) if time >= since => {
            !has(Said::Confirmed) && (has(Said::No) || !was_taken)
        }
        Some((SubscriptionState::Pending, time)) => time >= since,
        _ => false,
    }
}

fn deliver(app: &App, who: &str, (time, said): (DateTime<Utc>, Said)) -> ProfileId {
    app.clock.advance(TimeDelta::seconds(1));
    let now = app.clock.now();
    let line = |state, reason| Statement::Subscription(Line::channel(Medium::Email), Subscription { state, reason });
    let (statement, trust) = match said {
        Said::Yes => (line(SubscriptionState::Subscribed, Reason::Api), Trust::MadeUp),
        Said::WeakYes => (line(SubscriptionState::Subscribed, Reason::Api), Trust::Job),
        Said::ImportedYes => (line(SubscriptionState::Subscribed, Reason::Import), Trust::Import),
        Said::No => (line(SubscriptionState::Unsubscribed, Reason::Api), Trust::MadeUp),
        Said::Pending => (line(SubscriptionState::Pending, Reason::Api), Trust::MadeUp),
        Said::Confirmed => (Person::new(who).confirms(&email(who)).items(now).remove(0).statement, Trust::Person),
    };
    let person = Person::new(who).items(now).remove(0).person;
    let batch = batch(&app.state.db, app.live, now);
    let items = [Item { person, as_of: time, statement }];
    submit_at(&app.state.db, &batch, &trust, &items, now).expect("stored").0[0].profile.expect("somebody")
}

fn email(who: &str) -> String {
    let (history, _) = who.split_once('-').unwrap_or((who, ""));
    format!("{history}@example.com")
}

#[test]
fn random_histories_in_any_order_say_the_same() {
    let app = App::new();
    let since = at(NOW) - TimeDelta::days(5);
    rule(&app, Some(since), 3);
    let mut random = StdRng::seed_from_u64(11);
    let (mut waiting, mut not) = (0, 0);
    for number in 0..50 {
        let count = random.random_range(1..6);
        let mut days: Vec<i64> = (0..10).collect();
        days.shuffle(&mut random);
        let mut history: Vec<(DateTime<Utc>, Said)> = (0..count)
            .map(|place| (at(NOW) - TimeDelta::days(days[place]), ALL[random.random_range(0..ALL.len())]))
            .collect();
        let expected = plainly(&history, since);
        for order in 0..2 {
            history.shuffle(&mut random);
            let who = format!("h{number}-{order}");
            app.add(Person::new(&who).email(&email(&who)).said_at("2026-11-01T00:00:00Z"));
            let mut profile = None;
            for said in &history {
                profile = Some(deliver(&app, &who, *said));
            }
            let (mut conn, profile) = (app.db.connect(), profile.expect("somebody"));
            let facts =
                verdict::of_many(&mut conn, app.live, &[profile]).expect("read").remove(&profile).expect("known");
            let rules = Catalogue::read(&mut conn, app.live).expect("rules").rules;
            let found = of_channel(&facts, &rules, Medium::Email, app.clock.now());
            let waits = matches!(found.obstacle(Layer::Channel), Some(Why::NotConfirmed(..)));
            assert_eq!(waits, expected, "{history:?}");
            let asked = format!("SELECT count(*) FROM confirmation_requests WHERE profile_id = '{profile}'");
            assert!(!waits || app.db.number(&asked) > 0, "who waits is to be asked: {history:?}");
            if waits { waiting += 1 } else { not += 1 }
        }
    }
    assert!(waiting > 15 && not > 15, "{waiting} wait and {not} do not");
}
