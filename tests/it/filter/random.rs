//! Random filters, and random people whom they may be true of.

use kith::{
    filter::{
        Filter,
        ast::{Choice, Compare, Condition, Events, Figure, Period, PropertyTest, Said, Span, Status, Test},
    },
    subscriptions::Medium,
};
use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};

/// One of these.
pub fn pick<T: Clone>(random: &mut StdRng, all: &[T]) -> T {
    all[random.random_range(0..all.len())].clone()
}

/// Days around which everything happens.
pub const DAYS: [&str; 6] = ["2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01", "2026-11-20", "2026-11-22"];
/// Texts that may be texts, numbers, days, or nearly so.
const TEXTS: [&str; 12] =
    ["pro", "PRO", "Team", "50", "50.0", "-3", "050x", "yes", "a b", "Ärger", "2026-10-01", "100%_"];
const NUMBERS: [&str; 7] = ["-3", "0", "1", "2.50", "2.5", "50", "99.5"];

/// A value of an attribute or property: of any type, whatever the catalogue says.
pub fn value(random: &mut StdRng) -> Value {
    match random.random_range(0..8) {
        0 => json!(pick(random, &[-3, 0, 1, 50])),
        1 => json!(pick(random, &[2.5, 99.5, 50.0])),
        2 => json!(random.random_bool(0.5)),
        3 => json!([TEXTS[random.random_range(0..TEXTS.len())], pick(random, &[1, 50])]),
        4 => json!(format!("{}T10:00:00Z", pick(random, &DAYS))),
        5 => json!({"plan": "pro"}),
        _ => json!(pick(random, &TEXTS)),
    }
}

fn text(random: &mut StdRng) -> String {
    pick(random, &TEXTS).to_owned()
}

fn choice(random: &mut StdRng) -> Choice {
    match random.random_range(0..6) {
        0 => Choice::Present,
        1 => Choice::OneOf(vec![text(random), text(random)]),
        _ => Choice::OneOf(vec![text(random)]),
    }
}

fn compare(random: &mut StdRng) -> Compare {
    pick(random, &[Compare::AtLeast, Compare::AtMost, Compare::More, Compare::Less])
}

/// A test on numbers or days.
fn range(random: &mut StdRng, ends: &[&str]) -> Test {
    let [one, other] = [(); 2].map(|()| pick(random, ends).to_owned());
    if random.random_bool(0.3) { Test::Between(one, other) } else { Test::Compare(compare(random), one) }
}

fn test(random: &mut StdRng) -> Test {
    match random.random_range(0..6) {
        0 => Test::Contains(pick(random, &["r", "PR", "%", "0", "är"]).to_owned()),
        1 => Test::Begins(pick(random, &["p", "5", "ä"]).to_owned()),
        2 => range(random, &NUMBERS),
        3 => range(random, &DAYS),
        _ => Test::Is(choice(random)),
    }
}

/// A test that the type of the attribute allows.
fn of_attribute(random: &mut StdRng, name: &str) -> Test {
    match (name, random.random_range(0..4)) {
        ("age", 0..=2) => range(random, &NUMBERS),
        ("birthday", 0..=1) => range(random, &DAYS),
        ("birthday", 2) => Test::Compare(compare(random), pick(random, &["30d", "1d", "48h"]).to_owned()),
        ("scores", 0) => range(random, &NUMBERS),
        ("scores", 1) => range(random, &DAYS),
        ("plan", 0) => Test::Contains(pick(random, &["r", "%", "0"]).to_owned()),
        ("plan", 1) => Test::Begins("P".to_owned()),
        ("active", _) => {
            let word = pick(random, &["yes", "no", "TRUE", "0"]);
            Test::Is(if random.random_bool(0.2) { Choice::Present } else { Choice::OneOf(vec![word.to_owned()]) })
        }
        _ => Test::Is(choice(random)),
    }
}

fn period(random: &mut StdRng) -> Period {
    let [from, to] = [(); 2].map(|()| pick(random, &DAYS).parse().expect("a day"));
    match random.random_range(0..5) {
        0 => Period::Within(Span::Days(pick(random, &[1, 30, 90]))),
        1 => Period::Before(Span::Hours(pick(random, &[1, 48, 700]))),
        2 => Period::Days(Some(from), None),
        3 => Period::Days(None, Some(to)),
        _ => Period::Days(Some(from.min(to)), Some(from.max(to))),
    }
}

fn within(random: &mut StdRng) -> Option<Period> {
    random.random_bool(0.5).then(|| period(random)).filter(|period| !matches!(period, Period::Before(_)))
}

fn events(random: &mut StdRng) -> Events {
    let tests = random.random_range(0..3);
    let with =
        (0..tests).map(|_| PropertyTest { property: pick(random, &["total", "city"]).to_owned(), test: test(random) });
    let with = with.collect();
    Events { name: pick(random, &["Order Completed", "Visit"]).to_owned(), with, within: within(random) }
}

fn figure(random: &mut StdRng) -> Condition {
    let figure = pick(random, &Figure::ALL);
    let test = match figure {
        Figure::First | Figure::Last => test(random),
        Figure::Distinct => match random.random_range(0..3) {
            0 => Test::Is(Choice::OneOf(vec![pick(random, &["0", "1", "2"]).to_owned()])),
            1 => Test::Between("0".to_owned(), "1".to_owned()),
            _ => Test::Compare(compare(random), pick(random, &["0", "1", "2"]).to_owned()),
        },
        _ => range(random, &NUMBERS),
    };
    Condition::Figure { figure, property: pick(random, &["total", "city"]).to_owned(), events: events(random), test }
}

fn condition(random: &mut StdRng) -> Condition {
    match random.random_range(0..12) {
        0 => Condition::Words(pick(random, &["ann", "Nair", "b", "ann n"]).to_owned()),
        1 => Condition::Tag(match choice(random) {
            Choice::Present => Choice::Present,
            Choice::OneOf(_) => Choice::OneOf(vec![pick(random, &["vip", "new"]).to_owned()]),
        }),
        2 => Condition::Created(period(random)),
        3 => Condition::Seen(random.random_bool(0.8).then(|| period(random))),
        4 => Condition::Status(pick(random, &Status::ALL)),
        5 => {
            let said = vec![pick(random, &Said::ALL)];
            Condition::Answer { channel: Some(pick(random, &[Medium::Email, Medium::Sms])), topic: None, said }
        }
        6 | 7 => {
            let compare = pick(random, &Compare::ALL);
            Condition::Did { events: events(random), compare, count: random.random_range(0..3) }
        }
        8 => figure(random),
        _ => {
            let name = pick(random, &["plan", "age", "birthday", "active", "scores"]);
            Condition::Attribute { name: name.to_owned(), test: of_attribute(random, name) }
        }
    }
}

/// A filter of some conditions in some groups.
pub fn filter(random: &mut StdRng, depth: usize) -> Filter {
    let parts =
        |random: &mut StdRng| (0..random.random_range(2..4)).map(|_| filter(random, depth - 1)).collect::<Vec<_>>();
    match random.random_range(0..if depth == 0 { 3 } else { 7 }) {
        0..=2 => Filter::Is(condition(random)),
        3 => filter(random, depth - 1).negated(),
        4 => Filter::any(parts(random)),
        _ => Filter::all(parts(random)),
    }
}
