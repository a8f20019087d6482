//! What the database selects is what a plain reading of the filter selects, along the order and by the indexes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kith::{
    db::{ids::ProfileId, keyset::Seek},
    filter,
    profiles::{self, Order},
    restrictions::Cause,
    subscriptions::SubscriptionState,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    naive::{Happened, Somebody, is_true},
    random::{self, DAYS, pick},
};
use crate::support::{App, Person, app::NOW, at, build::held};
use kith::filter::ast::Said;

/// Random people.
fn people(random: &mut StdRng, count: usize) -> Vec<Somebody> {
    let somebody = |number: usize| {
        let mut who = Somebody {
            id: format!("c-{number}"),
            name: format!("{} {}", pick(random, &["Ann", "Bea", "Joann"]), pick(random, &["Nair", "Berg"])),
            created: at(&format!("{}T0{}:00:00Z", pick(random, &DAYS[..5]), random.random_range(0..9))),
            is_disabled: random.random_bool(0.2),
            ..Somebody::default()
        };
        for name in ["plan", "age", "birthday", "active", "scores"] {
            if random.random_bool(0.7) {
                who.attributes.insert(name.to_owned(), random::value(random));
            }
        }
        for tag in ["vip", "new"] {
            if random.random_bool(0.4) {
                who.tags.insert(tag.to_owned());
            }
        }
        for channel in ["email", "sms"] {
            if random.random_bool(0.6) {
                who.answers.insert(channel, pick(random, &Said::ALL[..3]));
            }
        }
        let mut minute = 0;
        for _ in 0..random.random_range(0..5) {
            minute += 1;
            let mut event = Happened {
                name: pick(random, &["Order Completed", "Visit"]),
                at: at(&format!("{}T00:{minute:02}:00Z", pick(random, &DAYS))),
                properties: BTreeMap::new(),
            };
            for property in ["total", "city"] {
                if random.random_bool(0.7) {
                    event.properties.insert(property, random::value(random));
                }
            }
            who.events.push(event);
        }
        who
    };
    (0..count).map(somebody).collect()
}

fn store(app: &App, who: &Somebody) -> ProfileId {
    let (first, last) = who.name.split_once(' ').expect("two names");
    let created = who.created.to_rfc3339();
    let mut person = Person::new(&who.id).name(first, last).since(&created);
    for (name, value) in &who.attributes {
        person = person.set(name, value.clone());
    }
    for tag in &who.tags {
        person = person.tag(tag);
    }
    for (line, said) in &who.answers {
        person = person.wants(
            line,
            match said {
                Said::Subscribed => SubscriptionState::Subscribed,
                Said::Pending => SubscriptionState::Pending,
                _ => SubscriptionState::Unsubscribed,
            },
        );
    }
    if who.is_disabled {
        person = person.restricted("disabled", held(Cause::Manual, None));
    }
    for event in &who.events {
        let properties = event.properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        person = person.event(event.name, &event.at.to_rfc3339(), serde_json::Value::Object(properties));
    }
    app.add(person)
}

/// 500 random filters on 80 random people.
fn set_types(app: &App) {
    for (name, kind) in
        [("plan", "text"), ("age", "number"), ("birthday", "date"), ("active", "boolean"), ("scores", "list")]
    {
        app.db.run(&format!("UPDATE attribute_definitions SET type = '{kind}' WHERE name = '{name}'"));
    }
}

/// Stores random people.
pub fn fill(app: &App, random: &mut StdRng, count: usize) -> Vec<ProfileId> {
    let stored = people(random, count).iter().map(|who| store(app, who)).collect();
    set_types(app);
    stored
}

#[test]
fn the_database_and_a_plain_reading_agree() {
    let app = App::new();
    let mut random = StdRng::seed_from_u64(14);
    let people = people(&mut random, 80);
    let ids: BTreeMap<ProfileId, &Somebody> = people.iter().map(|who| (store(&app, who), who)).collect();
    set_types(&app);
    let (mut conn, now) = (app.db.connect(), at(NOW) + TimeDelta::hours(1));
    let mut some_matched = 0;
    for number in 0..500 {
        let asked = random::filter(&mut random, 2);
        let typed = asked.to_string();
        let parsed = filter::parse(&typed).unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}"));
        let predicate = parsed.check(&mut conn, app.live, now).expect("answered");
        let predicate = predicate.unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}"));
        let mut expected: Vec<ProfileId> =
            ids.iter().filter(|(_, who)| is_true(&asked, who, now)).map(|(id, _)| *id).collect();
        let mut by_index = profiles::few(&mut conn, &predicate).expect("answered").expect("few");
        let mut along = profiles::along(&mut conn, &predicate, Order::default(), Seek::Start, 1000).expect("answered");
        expected.sort();
        by_index.sort();
        along.sort();
        let names = |found: &[uuid::Uuid]| found.iter().map(|id| ids[&ProfileId(*id)].id.clone()).collect::<Vec<_>>();
        let wanted: Vec<uuid::Uuid> = expected.iter().map(|id| id.0).collect();
        let differing = |found: &[uuid::Uuid]| {
            let different = ids.iter().find(|(id, _)| found.contains(&id.0) != wanted.contains(&id.0));
            format!("{typed}\n{:#?}", different.map(|(_, who)| who))
        };
        assert_eq!(names(&by_index), names(&wanted), "{number} by index: {}", differing(&by_index));
        assert_eq!(names(&along), names(&wanted), "{number} along: {}", differing(&along));
        some_matched += usize::from(!wanted.is_empty() && wanted.len() < ids.len());
    }
    assert!(some_matched > 200, "{some_matched}: filters that select some and not all");
}
