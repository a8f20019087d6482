//! Whatever happens, in whatever order: who was followed is who would be counted.

use chrono::TimeDelta;
use kith::{
    db::ids::{ProfileId, SegmentId},
    identities::{Identifier, Kind},
    ingest::{Item, Person as Who, Statement, Undone, undo_merge},
    subscriptions::SubscriptionState,
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::json;

use super::{define, members, selected, settle};
use crate::support::{
    App, Person,
    build::{self, batch, held, submit},
};

const DEFINITIONS: [(&str, &str); 14] = [
    ("Pro", "plan:pro"),
    ("Not pro", "-plan:pro"),
    ("Vip on email", "tag:vip email:subscribed"),
    ("Buyers", "did:Order>=2 in:7d"),
    ("Never bought", "did:Order=0 in:3d"),
    ("Big spenders", "sum:Order.total>60 in:30d"),
    ("Last was big", "last:Order.total>50"),
    ("Away", "seen>2d"),
    ("New", "created<5d"),
    ("Reachable", "can:email"),
    ("Soon", "renewal<3d"),
    ("Named", "ann OR tag:*"),
    ("Nested", "segment:Pro -segment:Buyers"),
    ("Deeper", "(segment:Nested OR segment:Away) is:recognised"),
];

/// Checks every segment against its filter.
fn agree(app: &App, segments: &[(SegmentId, &str)], history: &[String]) {
    settle(app);
    for (segment, typed) in segments {
        // A segment inside is compared by itself.
        assert_eq!(members(app, *segment), selected(app, typed), "{typed} at {}: {history:#?}", app.clock.now());
        let size = app.db.number(&format!("SELECT size FROM segments WHERE id = '{segment}'"));
        assert_eq!(size, members(app, *segment).len() as i64, "the size of {typed}: {history:#?}");
    }
}

fn something(app: &App, random: &mut StdRng, key: &str) -> (String, Vec<Item>) {
    let now = app.clock.now();
    // Mostly just now, sometimes long ago, sometimes from a clock that is ahead.
    let ago = *[0, 0, 0, 1, 30, 50, 80, 170, 400, -1].choose(random).expect("one");
    let time = (now - TimeDelta::hours(ago)).to_rfc3339();
    let person = Person::new(key).said_at(&time);
    let (what, person) = match random.random_range(0..9) {
        0 => ("plan", person.set("plan", *["pro", "team", "Pro"].choose(random).expect("one"))),
        1 => ("no plan", person.unset("plan")),
        2 => ("tag", person.tag(["vip", "quiet"].choose(random).expect("one"))),
        3 => {
            let state =
                if random.random_bool(0.5) { SubscriptionState::Subscribed } else { SubscriptionState::Unsubscribed };
            ("email", person.email(&format!("{key}@example.com")).wants("email", state))
        }
        4 => ("name", person.name(["Ann", "Bea"].choose(random).expect("one"), "Nair")),
        5 => (
            "renewal",
            person.set("renewal", (now + TimeDelta::days(random.random_range(-5..3))).date_naive().to_string()),
        ),
        6 => {
            let until = (now + TimeDelta::hours(random.random_range(1..90))).to_rfc3339();
            ("pause", person.restricted("paused", held(kith::restrictions::Cause::Manual, Some(&until))))
        }
        _ => {
            let total = random.random_range(1..80);
            let id = format!("m-{}", random.random_range(0..40));
            ("order", person.event_with_id(&id, "Order", &time, json!({ "total": total })))
        }
    };
    (format!("{what} of {key}, {ago} h ago"), person.items(now))
}

fn one_history(seed: u64, steps: usize) {
    let (app, mut random) = (App::new(), StdRng::seed_from_u64(seed));
    // The catalogues know these names.
    app.add(Person::new("k-0").set("plan", "pro").tag("vip").set("renewal", "2026-11-22"));
    app.add(Person::new("k-1").event("Order", "2026-11-20T00:00:00Z", json!({"total": 5})));
    app.db.run("UPDATE attribute_definitions SET type = 'date' WHERE name = 'renewal'");
    let segments: Vec<(SegmentId, &str)> =
        DEFINITIONS.iter().map(|(name, typed)| (define(&app, name, typed), *typed)).collect();
    agree(&app, &segments, &[]);
    app.clock.advance(TimeDelta::seconds(1));
    let began = app.clock.now().to_rfc3339();
    let (mut history, mut said) = (Vec::new(), Vec::<Vec<Item>>::new());
    let mut merged: Vec<(ProfileId, uuid::Uuid)> = Vec::new();
    for _ in 0..steps {
        let [one, other] = [(); 2].map(|()| format!("k-{}", random.random_range(0..6)));
        let now = app.clock.now();
        let told = match random.random_range(0..20) {
            0..12 => {
                let (told, items) = something(&app, &mut random, &one);
                submit(&app.state.db, app.live, now, &items);
                said.push(items);
                told
            }
            12 if !said.is_empty() => {
                submit(&app.state.db, app.live, now, said.choose(&mut random).expect("one"));
                "repeated".to_owned()
            }
            13 => {
                let from = [Identifier::new(Kind::Id, &other).expect("an id")];
                let item = Item {
                    person: Who::Identifiers(vec![Identifier::new(Kind::Id, &one).expect("an id")]),
                    as_of: now,
                    statement: build::merge(&from),
                };
                submit(&app.state.db, app.live, now, &[item]);
                let made = app.db.column(
                    "SELECT profile_id || ' ' || id FROM merges WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1",
                );
                merged.extend(made.first().and_then(|made| {
                    let (survivor, id) = made.split_once(' ')?;
                    Some((ProfileId(survivor.parse().ok()?), id.parse().ok()?))
                }));
                format!("{other} into {one}")
            }
            14 if !merged.is_empty() => {
                let (survivor, id) = merged.pop().expect("one");
                let undone = undo_merge(&app.state.db, &batch(&app.state.db, app.live, now), survivor, id);
                format!("undone: {}", matches!(undone, Ok(Undone::Restored(_))))
            }
            15 => {
                let item = Item {
                    person: Who::Identifiers(vec![Identifier::new(Kind::Id, &one).expect("an id")]),
                    as_of: now,
                    statement: Statement::Delete { block: false },
                };
                submit(&app.state.db, app.live, now, &[item]);
                format!("{one} erased")
            }
            16 | 17 => {
                let hours = *[1, 7, 24, 60, 200, -3].choose(&mut random).expect("one");
                app.clock.advance(TimeDelta::hours(hours));
                format!("{hours} h later")
            }
            _ => {
                agree(&app, &segments, &history);
                "followed".to_owned()
            }
        };
        history.push(told);
    }
    agree(&app, &segments, &history);
    let moved = app.db.number("SELECT count(*) FROM segment_moves");
    assert!(moved > 5, "{moved}: something happened, seed {seed}");
    assert_eq!(app.db.number("SELECT count(*) FROM segments WHERE broken IS NOT NULL"), 0);
    // They were followed, not counted anew.
    assert_eq!(app.db.number(&format!("SELECT count(*) FROM segments WHERE counted_at >= '{began}'")), 0);
    let orphans = "SELECT count(*) FROM segment_members m WHERE NOT EXISTS (SELECT FROM profiles p WHERE p.id = m.profile_id AND p.merged_into IS NULL)";
    assert_eq!(app.db.number(orphans), 0);
}

#[test]
fn random_histories_end_with_the_members_that_everybody_counted_has() {
    for seed in 1..=3 {
        one_history(seed, 60);
    }
}

#[test]
#[ignore = "takes minutes; part of the long tests"]
fn very_many_random_histories_end_so_too() {
    for seed in 100..108 {
        one_history(seed, 100);
    }
}
