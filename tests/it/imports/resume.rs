//! An import that is interrupted goes on where it was, and comes to the same.

use std::fmt::Write;

use kith::{
    clock::Clock,
    imports::{Checkpoint, Going, Import, Options, open},
};

use super::Desk;
use crate::support::{app::NOW, at};

const LINES: u64 = 5_400;

/// Lines about people of whom each stands in two places, far from each other; some have no id.
fn people() -> String {
    let mut text = "id,plan,tags\n".to_owned();
    for n in 0..LINES {
        let id = if n % 50 == 0 { String::new() } else { format!("p-{}", n % (LINES / 2)) };
        let _ = writeln!(text, "{id},{},{}", n % 7, if n % 90 == 1 { "Wholesale Buyer" } else { "" });
    }
    text
}

/// Imports it, stopping after each so many steps; where it ended, and how often it began.
fn import(desk: &Desk, stops_after: Option<usize>) -> (Checkpoint, usize) {
    let path = desk.path("people.csv");
    std::fs::write(&path, people()).expect("a file");
    let clock = Clock::fixed(at(NOW));
    let options = Options {
        environment: desk.live,
        choices: Default::default(),
        rejects: desk.path("rejects.csv"),
        writers: if stops_after.is_some() { 1 } else { 2 },
    };
    let first = Import::new(&desk.pool, &clock, &options);
    let (mut reached, mut begun) = (Checkpoint::default(), 0);
    loop {
        begun += 1;
        let again =
            Import { group: first.group, began_at: first.began_at, ..Import::new(&desk.pool, &clock, &options) };
        let (before, mut steps) = (reached.clone(), 0);
        let opened = open(&path, &options.choices, Default::default()).expect("opened");
        let watch = &mut |_: &Checkpoint| {
            steps += 1;
            Ok(if stops_after == Some(steps) { Going::Stop } else { Going::On })
        };
        reached = again.store(opened, before.clone(), watch).expect("stored").reached;
        if reached == before || stops_after.is_none() {
            return (reached, begun);
        }
    }
}

#[test]
fn an_interrupted_import_comes_to_the_same() {
    let (whole, parts) = (Desk::new(), Desk::new());
    let (at_once, _) = import(&whole, None);
    let (in_parts, begun) = import(&parts, Some(2));
    assert!(begun > 2, "it began {begun} times");
    assert_eq!(at_once, in_parts);
    assert_eq!(at_once.summary.read, LINES);
    assert_eq!(at_once.summary.rejected, LINES / 50);
    assert_eq!(whole.rejects(), parts.rejects());
    let state = "SELECT attributes::text || tags::text FROM profiles ORDER BY id";
    let mut states = [&whole, &parts].map(|desk| desk.db.column(state));
    states.iter_mut().for_each(|all| all.sort());
    let [at_once, in_parts] = states;
    assert_eq!(at_once, in_parts);
}
