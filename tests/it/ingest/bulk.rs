//! People whom nobody knows, loaded by the thousand.

use kith::{
    db::ids::{ProfileId, new_id},
    ingest::{Item, NewProfile, load_now},
};

use super::{check, environment, merge::two, same, state};
use crate::support::{
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
