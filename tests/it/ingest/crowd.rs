//! Calls of any kind and time about the same few people: whoever they are about, everything agrees afterwards.

use chrono::TimeDelta;
use kith::{
    clock::Clock,
    db::{Db, ids::EnvironmentId},
    error::AppError,
    ingest::{self, Item, Statement, Trust},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{browser, check, check_on, concurrency::at_once, environment, erased, exists, id, said};
use crate::support::{Person, app::NOW, at, build};

/// A random call.
fn call(random: &mut StdRng) -> Vec<Item> {
    let [one, other] = [(); 2].map(|()| format!("c-{}", random.random_range(0..5_u64)));
    let time = match random.random_range(0..2) {
        0 => NOW.to_owned(),
        _ => format!("2026-11-{:02}T10:{:02}:00Z", 1 + random.random_range(0..20), random.random_range(0..60)),
    };
    let on = browser(&format!("b-{}", random.random_range(0..4)));
    let visit = |on| said(vec![on], &time, Statement::Identify(Default::default()));
    match random.random_range(0..7) {
        // Who sends an alias leaves open whether it is an id or a browser.
        0 => vec![said(vec![id(&one)], &time, build::merge(&[id(&other), browser(&other)]))],
        1 => vec![said(vec![id(&one)], &time, build::merge(&[id(&other)]))],
        2 if random.random_range(0..2) == 0 => vec![erased(vec![id(&one)], NOW, false)],
        2 => vec![exists(vec![id(&one)])],
        3 => vec![said(vec![id(&one), on], &time, Statement::Identify(Default::default()))],
        4 => vec![visit(on)],
        5 => {
            let person = Person::new(&one).set("plan", random.random_range(0..200));
            let email = format!("e-{}@example.com", random.random_range(0..9));
            person.email(&email).said_at(&time).items(at(NOW))
        }
        _ => [Person::new(&one).set("plan", 1).items(at(NOW)), vec![visit(on)]].concat(),
    }
}

/// Sends a call. Among many senders it may lose every race, which its sender is told.
fn send(pool: &Db, live: EnvironmentId, second: i64, items: &[Item], is_alone: bool) {
    let batch = build::batch(pool, live, at(NOW) + TimeDelta::seconds(second));
    match ingest::submit_now(pool, &batch, &Trust::MadeUp, items) {
        Ok(_) => {}
        Err(AppError::Busy(_)) if !is_alone => {}
        Err(error) => panic!("{second} s: {error:?} for {items:#?}"),
    }
}

/// The first of these seeds once left a claim that was on no list, so that an erasure missed it. The second was told to try again each time,
/// and left a part that its survivor did not know of.
#[test]
fn everything_agrees_after_each_call() {
    for seed in [1, 20, 2, 3] {
        let (db, pool, live) = environment(1);
        let (mut random, mut conn) = (StdRng::seed_from_u64(seed), db.connect());
        for second in 0..60 {
            send(&pool, live, second, &call(&mut random), true);
            check_on(&mut conn);
        }
        let faults = kith::backup::faults(&mut conn).expect("it answers");
        assert_eq!(faults, Vec::<String>::new(), "a backup of it is good");
    }
}

#[test]
fn everything_agrees_after_the_calls_of_eight_senders() {
    for round in 0..3 {
        let (db, pool, live) = environment(8);
        at_once(|sender| {
            let sender = u64::try_from(sender).expect("few");
            let mut random = StdRng::seed_from_u64(round * 100 + sender);
            (0..60).for_each(|second| send(&pool, live, second, &call(&mut random), false));
        });
        for _ in 0..3 {
            ingest::settle_now(&pool, &Clock::fixed(at(NOW))).unwrap_or_else(|error| panic!("{error:?}"));
        }
        check(&db);
    }
}
