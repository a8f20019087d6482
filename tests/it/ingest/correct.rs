use kith::{
    attributes::{AttributeName, AttributeValue, Attributes},
    db::ids::ProfileId,
    identities::{Address, Addresses, Channel, Identifier, Kind},
    ingest::{Item, Person as Who, Statement},
    ledger::Effect,
    registers::Correction,
    tags::Tags,
};
use serde_json::{Value, json};

use super::{browser, environment, id, said};
use crate::support::{
    Person, TestDb,
    app::NOW,
    at,
    build::{merge, submit, tag_of},
};

fn attribute(name: &str, was: Option<Value>, becomes: Option<Value>) -> Correction {
    let name = AttributeName::new(name).expect("a name");
    let value = |value: Option<Value>| value.map(|value| AttributeValue::new(&name, value).expect("a value"));
    Correction::new::<Attributes>(name.clone(), Some(&value(was)), value(becomes))
}

fn correct(profile: ProfileId, corrections: Vec<Correction>) -> Item {
    Item { person: Who::Profile(profile), as_of: at(NOW), statement: Statement::Correct(corrections) }
}

fn attributes(db: &TestDb) -> Value {
    serde_json::from_str(&db.one("SELECT attributes FROM profiles")).expect("JSON")
}

#[test]
fn a_correction_wins_even_over_a_clock_that_is_ahead() {
    let (db, pool, live) = environment(4);
    let profile = Person::new("c-1").set("plan", "Free").said_at("2026-11-22T03:32:00Z").store(&pool, live, at(NOW));
    let fix = || attribute("plan", Some(json!("Free")), Some(json!("Pro")));
    let outcome = submit(&pool, live, at(NOW), &[correct(profile, vec![fix()])]);
    assert_eq!(outcome[0].effect, Effect::Changed);
    assert_eq!(attributes(&db), json!({"plan": "Pro"}));
    // The same again changes nothing and is no conflict: it is what was wanted.
    let outcome = submit(&pool, live, at(NOW), &[correct(profile, vec![fix()])]);
    assert_eq!(outcome[0].effect, Effect::Unchanged);
    // What the sender repeats is older than the correction; what it says anew is not.
    Person::new("c-1").set("plan", "Free").said_at("2026-11-22T03:32:00Z").store(&pool, live, at(NOW));
    assert_eq!(attributes(&db), json!({"plan": "Pro"}));
    Person::new("c-1").set("plan", "Team").said_at("2026-11-22T03:33:00Z").store(&pool, live, at(NOW));
    assert_eq!(attributes(&db), json!({"plan": "Team"}));
}

#[test]
fn of_several_corrections_all_are_made_or_none() {
    let (db, pool, live) = environment(4);
    let profile = Person::new("c-1").set("plan", "Free").email("a@example.com").tag("vip").store(&pool, live, at(NOW));
    let address = |text: &str| Some(Address::new(Channel::Email, text).expect("an address"));
    let email = |was, becomes| Correction::new::<Addresses>(Channel::Email, Some(&address(was)), address(becomes));
    let before = db.digest_of_state();
    let wrong = vec![attribute("plan", Some(json!("Free")), None), email("other@example.com", "b@example.com")];
    assert_eq!(submit(&pool, live, at(NOW), &[correct(profile, wrong)])[0].effect, Effect::Conflict);
    assert_eq!(db.digest_of_state(), before);
    let right = vec![
        attribute("plan", Some(json!("Free")), None),
        email("a@example.com", "b@example.com"),
        Tags::put(tag_of("vip"), false),
        Tags::put(tag_of("new"), true),
    ];
    assert_eq!(submit(&pool, live, at("2026-11-22T04:00:00Z"), &[correct(profile, right)])[0].effect, Effect::Changed);
    assert_eq!(attributes(&db), json!({}));
    assert_eq!(db.one("SELECT tags FROM profiles"), "{new}");
    assert_eq!(db.one("SELECT address FROM addresses"), "b@example.com");
    let told = db.column(
        "SELECT concat_ws(' ', kind, subject, before, after) FROM changes WHERE recorded_at = (SELECT max(recorded_at) FROM changes) ORDER BY id",
    );
    assert_eq!(
        told,
        [
            r#"attribute plan "Free""#,
            r#"address email "a@example.com" "b@example.com""#,
            "tag vip true false",
            "tag new false true",
        ]
    );
}

#[test]
fn an_identifier_that_is_released_is_nobodys() {
    let (db, pool, live) = environment(4);
    let profile =
        Person::new("c-1").also(Kind::Anonymous, "b-1").also(Kind::Email, "a@example.com").store(&pool, live, at(NOW));
    let release = |identifiers: Vec<Identifier>| Item {
        person: Who::Profile(profile),
        as_of: at(NOW),
        statement: Statement::Release(identifiers),
    };
    let email = Identifier::new(Kind::Email, "a@example.com").expect("an email");
    let outcomes = submit(&pool, live, at(NOW), &[release(vec![email.clone()]), release(vec![email.clone()])]);
    assert_eq!(outcomes.iter().map(|it| it.effect).collect::<Vec<_>>(), [Effect::Changed, Effect::Missing]);
    assert_eq!(submit(&pool, live, at(NOW), &[release(vec![id("c-9")])])[0].effect, Effect::Missing);
    assert_eq!(db.column("SELECT value FROM profile_identifiers ORDER BY 1"), ["b-1", "c-1"]);
    assert_eq!(db.column("SELECT value FROM identifier_claims ORDER BY 1"), ["b-1", "c-1"]);
    assert!(!db.one("SELECT search_text FROM profiles").contains("a@example.com"));
    assert_eq!(
        db.column("SELECT before::text FROM changes WHERE kind = 'identifier' AND after IS NULL"),
        ["\"a@example.com\""]
    );
    // Whoever says it next is somebody else, or the same person by what else is said.
    let other = Person::known_by(Kind::Email, "a@example.com").store(&pool, live, at(NOW));
    assert_ne!(other, profile);
}

#[test]
fn nobody_loses_their_last_identifier_even_to_two_at_once() {
    let (db, pool, live) = environment(4);
    let starts = std::sync::Barrier::new(2);
    for round in 0..100 {
        let (known_as, browser_of) = (id(&format!("c-{round}")), browser(&format!("b-{round}")));
        let profile = Person::new(&known_as.value).also(Kind::Anonymous, &browser_of.value).store(&pool, live, at(NOW));
        let release = |identifier: &Identifier| {
            let statement = Statement::Release(vec![identifier.clone()]);
            let item = Item { person: Who::Profile(profile), as_of: at(NOW), statement };
            submit(&pool, live, at(NOW), &[item])[0].effect
        };
        let effects: Vec<Effect> = std::thread::scope(|scope| {
            let at_once = |identifier| {
                starts.wait();
                release(identifier)
            };
            let threads = [&known_as, &browser_of].map(|identifier| scope.spawn(move || at_once(identifier)));
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert!(effects.contains(&Effect::Changed) && effects.contains(&Effect::Conflict), "{round}: {effects:?}");
        let left = db.column(&format!("SELECT value FROM profile_identifiers WHERE profile_id = '{profile}'"));
        assert_eq!(left.len(), 1);
        let left = if left[0] == browser_of.value { &browser_of } else { &known_as };
        assert_eq!(release(left), Effect::Conflict);
    }
    assert_eq!(db.number("SELECT count(*) FROM identifier_claims"), 100);
}

#[test]
fn another_id_is_one_row_of_the_ledger_and_the_former_one_still_finds_them() {
    let (db, pool, live) = environment(4);
    let profile = Person::new("c-1").also(Kind::Anonymous, "b-1").store(&pool, live, at(NOW));
    let rename = |to: &str, from: &str| said(vec![id(to)], NOW, merge(&[id(from)]));
    let told = || {
        let question = "SELECT concat_ws(' ', before, after) FROM changes WHERE kind = 'identifier' AND before IS NOT NULL ORDER BY recorded_at, id";
        db.column(question)
    };
    submit(&pool, live, at(NOW), &[rename("k-1", "c-1")]);
    assert_eq!(told(), [r#""c-1" "k-1""#]);
    assert_eq!(db.column("SELECT value FROM profile_identifiers WHERE retired_at IS NULL ORDER BY 1"), ["b-1", "k-1"]);
    assert_eq!(Person::new("c-1").set("plan", "Pro").store(&pool, live, at(NOW)), profile);
    // And back again.
    let outcomes = submit(&pool, live, at("2026-11-22T04:00:00Z"), &[rename("c-1", "k-1")]);
    assert_eq!(outcomes[0].effect, Effect::Changed);
    assert_eq!(told(), [r#""c-1" "k-1""#, r#""k-1" "c-1""#]);
    assert_eq!(db.column("SELECT value FROM profile_identifiers WHERE retired_at IS NULL ORDER BY 1"), ["b-1", "c-1"]);
    // A browser that becomes part of somebody is no former id.
    submit(&pool, live, at("2026-11-22T05:00:00Z"), &[said(vec![id("c-1")], NOW, merge(&[browser("b-1")]))]);
    assert_eq!(told().len(), 2);
}
