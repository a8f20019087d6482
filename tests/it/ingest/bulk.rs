//! People whom nobody knows, loaded by the thousand.

use kith::{
    db::ids::{ProfileId, new_id},
    ingest::{Item, NewProfile, load_now},
};

use super::{check, environment, merge::two, same, state};
use serde_json::json;

use crate::support::{
    Person,
    app::NOW,
    at,
    build::{batch, submit},
};

/// Everything that these items say, person by person.
pub fn newcomers(items: &[Item]) -> Vec<NewProfile> {
    let mut people: Vec<NewProfile> = Vec::new();
    for item in items {
        let (identifiers, said) = (item.person.identifiers().to_vec(), (item.as_of, item.statement.clone()));
        match people.iter_mut().find(|person| person.identifiers == identifiers) {
            Some(person) => person.said.push(said),
            None => people.push(NewProfile { profile: ProfileId(new_id(at(NOW))), identifiers, said: vec![said] }),
        }
    }
    people
}

#[test]
fn what_is_loaded_is_what_would_have_been_written() {
    let ((loaded, pool, live), (said, other, there)) = (environment(1), environment(1));
    load_now(&pool, &batch(&pool, live, at(NOW)), &kith::ingest::Trust::Person, &newcomers(&two("c-1", "c-2")))
        .expect("it is loaded");
    submit(&other, there, at(NOW), &two("c-1", "c-2"));
    for table in ["addresses", "devices", "subscriptions", "consents", "restrictions"] {
        assert!(said.number(&format!("SELECT count(*) FROM {table}")) > 2, "{table}");
    }
    same(&state(&loaded), &state(&said), "loaded, and said");
    check(&loaded);
}

#[test]
fn look_up_keys_are_loaded_with_their_events() {
    let (db, pool, live) = environment(1);
    let order = |id: &str, number: &str| {
        Person::new(id).event("Order Completed", "2026-11-20T00:00:00Z", json!({"order_id": number})).items(at(NOW))
    };
    submit(&pool, live, at(NOW), &order("c-0", "A-0"));
    db.run("UPDATE event_definitions SET lookup_keys = '{order_id}'");
    // One that remembers nothing.
    let pool = db.pool(1);
    let people = newcomers(&[order("c-1", "A-1"), order("c-2", "#A-2")].concat());
    load_now(&pool, &batch(&pool, live, at(NOW)), &kith::ingest::Trust::Person, &people).expect("it is loaded");
    assert_eq!(db.column("SELECT value FROM event_keys ORDER BY 1"), ["a-1", "a-2"]);
    assert_eq!(
        db.number(
            "SELECT count(*) FROM event_keys k JOIN events e ON e.id = k.event_id AND e.profile_id = k.profile_id"
        ),
        2
    );
}
