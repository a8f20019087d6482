//! Tests of names, lists and versions of states.

use super::*;
use crate::{
    identities::{Address, Addresses, Channel},
    ledger::{Leave, Stamp},
};

#[test]
fn names_follow_their_script() {
    let name = |first: &str, last: &str| display_name(["", first, last]);
    assert_eq!(name("Priya", "Nair"), "Priya Nair");
    assert_eq!(name("直樹", "林"), "林 直樹");
    assert_eq!(name("", "Nair"), "Nair");
}

#[test]
fn a_list_grows_no_further_than_it_may_whatever_the_order() {
    let name = AttributeName::new("groups").unwrap();
    let fill = |numbers: &mut dyn Iterator<Item = u32>| {
        let (mut state, mut changes) = (State::default(), Vec::new());
        for number in numbers {
            let stamp = Stamp { as_of: 1, received_at: 0, index: 0, source: crate::db::ids::SourceId(1) };
            let at = Context { profile: ProfileId(uuid::Uuid::nil()), stamp, leave: Leave::Nothing };
            state.add_entry(&name, &json!(format!("g{number:05}")), at, &mut changes);
        }
        state.attribute("groups").cloned()
    };
    let (up, down) = (fill(&mut (0..1_100)), fill(&mut (0..1_100).rev()));
    assert_eq!((up.as_ref().and_then(Value::as_array).map(Vec::len), &up), (Some(MOST_ENTRIES), &down));
}

/// What is left of `list` after an entry and another value of one moment, in this order.
fn of_one_moment(entry_first: bool, value: Option<Value>) -> Option<Value> {
    let (name, (mut state, mut changes)) = (AttributeName::new("list").unwrap(), (State::default(), Vec::new()));
    let stamp = Stamp { as_of: 1, received_at: 0, index: 0, source: crate::db::ids::SourceId(1) };
    let at = Context { profile: ProfileId(uuid::Uuid::nil()), stamp, leave: Leave::Nothing };
    for is_entry in [entry_first, !entry_first] {
        match is_entry {
            true => state.add_entry(&name, &json!("a"), at, &mut changes),
            false => state.put::<Attributes>(&name, value.clone().map(AttributeValue::stored), at, &mut changes),
        }
    }
    state.attribute("list").cloned()
}

#[test]
fn of_an_entry_and_a_value_of_one_moment_the_values_decide() {
    for (value, left) in
        [(None, json!(["a"])), (Some(json!("x")), json!(["a"])), (Some(json!({"x": 1})), json!({"x": 1}))]
    {
        for entry_first in [true, false] {
            assert_eq!(of_one_moment(entry_first, value.clone()), Some(left.clone()), "{value:?} {entry_first}");
        }
    }
}

#[test]
fn numbers_of_one_moment_are_put_in_order_by_what_they_are_worth() {
    let read = |text: &str| AttributeValue::stored(serde_json::from_str(text).unwrap());
    let name = AttributeName::new("plan").unwrap();
    for (said, had, is_newer) in
        [("1e2", "100", false), ("100", "1e2", false), ("11", "1e2", true), ("11", "100", true)]
    {
        assert_eq!(Attributes::outranks(&name, &Some(read(said)), &Some(read(had))), is_newer, "{said} {had}");
    }
}

#[test]
fn an_address_said_again_moves_the_version() {
    let address = Address::new(Channel::Email, "ann@example.com").unwrap();
    let said = Identify { facts: vec![Fact::new::<Addresses>(Channel::Email, address)], ..Identify::default() };
    let at = |as_of| Context {
        profile: ProfileId(uuid::Uuid::nil()),
        stamp: Stamp { as_of, received_at: 0, index: 0, source: crate::db::ids::SourceId(1) },
        leave: Leave::Nothing,
    };
    let (mut state, mut changes) = (State::default(), Vec::new());
    state.identify(&said, at(1), &mut changes);
    (state.is_dirty, state.is_changed) = (false, false);
    state.identify(&said, at(2), &mut changes);
    assert!(state.is_dirty && !state.is_changed && changes.len() == 1);
    state.is_dirty = false;
    state.identify(&said, at(1), &mut changes);
    assert!(!state.is_dirty, "what is older changes nothing");
}
