//! People are removed for good.

use chrono::TimeDelta;
use kith::{
    db::ids::{NoteId, ProfileId, new_id},
    identities::{Address, Channel},
    ingest::{Item, Person as Who, Statement},
    ledger::Effect,
    notes::{NoteBody, NoteChange},
    subscriptions::SubscriptionState::Unsubscribed,
};
use serde_json::json;

use super::{browser, check, environment, erased, exists, id, merge::two, merged, said, state};
use crate::support::{
    Person, TestDb,
    app::NOW,
    at,
    build::{event, submit, subscription},
};

/// Tables in which one of these texts is found.
fn traces(db: &TestDb, texts: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for table in db.column("SELECT rel FROM table_placement ORDER BY rel") {
        for text in texts {
            let rows = format!("SELECT '{table}: ' || t::text FROM {table} t WHERE t::text ILIKE '%{text}%'");
            found.extend(db.column(&rows));
        }
    }
    found
}

fn visit(identifiers: &[kith::identities::Identifier], time: &str) -> Item {
    said(identifiers.to_vec(), time, Statement::Event(event(&format!("v-{time}"), "Visit", time, json!({}))))
}

#[test]
fn nothing_of_them_is_left() {
    let (db, pool, live) = environment(1);
    let made = submit(&pool, live, at(NOW), &two("qsurvivor", "qother"));
    let people: Vec<ProfileId> = [&made[0], made.last().expect("one")].iter().filter_map(|it| it.profile).collect();
    let body = NoteBody::new("of qother").unwrap_or_else(|rule| panic!("{rule}"));
    let note = Statement::Note(NoteChange::Add { id: NoteId(new_id(at(NOW))), body });
    let (line, wanted) = subscription("email", Unsubscribed);
    let address = Address::new(Channel::Email, "qother@example.com").expect("an address");
    let of_address = Who::Reached(Channel::Email, address);
    let items = [
        Item { person: Who::Profile(people[1]), as_of: at(NOW), statement: note },
        Item { person: of_address, as_of: at(NOW), statement: Statement::Subscription(line, wanted) },
        merged("qsurvivor", "qother", NOW),
    ];
    submit(&pool, live, at(NOW), &items);
    // Somebody who looks like them, and somebody who has nothing to do with them.
    Person::new("c-9").email("qsurvivor@example.com").store(&pool, live, at(NOW));
    Person::new("qsurvivor@example.com").email("x@example.com").store(&pool, live, at(NOW));
    submit(
        &pool,
        live,
        at(NOW),
        &[erased(vec![id("qsurvivor@example.com")], NOW, false), erased(vec![id("c-9")], NOW, false)],
    );
    let mut texts = vec!["qsurvivor".to_owned(), "qother".to_owned(), "4155550123".to_owned()];
    texts.extend(people.iter().map(ToString::to_string));
    assert!(traces(&db, &texts).len() > 20, "there is something to find");
    let outcome = submit(&pool, live, at(NOW), &[erased(vec![id("qother")], NOW, false)]).remove(0);
    assert_eq!((outcome.profile, outcome.effect), (Some(people[0]), Effect::Changed));
    let left: Vec<String> = traces(&db, &texts).into_iter().filter(|row| !row.starts_with("settling: ")).collect();
    assert_eq!(left.len(), 1, "{left:#?}");
    let told = "SELECT concat_ws(' ', kind, subject, before, after, as_of = '2026-11-22T03:24:05Z') FROM changes WHERE profile_id = ";
    assert_eq!(db.column(&format!("{told} '{}'", people[0])), ["erased profile t"]);
    for table in ["profiles", "identifier_claims", "events", "notes", "merges", "address_subscriptions"] {
        assert_eq!(db.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    check(&db);
}

#[test]
fn whoever_was_parted_from_somebody_leaves_no_trace_in_their_merges() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &[exists(vec![id("c-1")]), exists(vec![id("qother")])]);
    let outcome = submit(&pool, live, at(NOW), &[merged("c-1", "qother", NOW)]).remove(0);
    let (survivor, merge) = (outcome.profile.expect("one"), db.one("SELECT id FROM merges").parse().expect("an id"));
    let batch = crate::support::build::batch(&pool, live, at(NOW));
    let undone = kith::ingest::undo_merge(&pool, &batch, survivor, merge);
    assert!(matches!(undone, Ok(kith::ingest::Undone::Restored(_))));
    submit(&pool, live, at(NOW), &[erased(vec![id("qother")], NOW, false)]);
    assert_eq!(traces(&db, &["qother".to_owned()]), Vec::<String>::new());
    assert_eq!(db.number("SELECT count(*) FROM merges"), 0);
}

#[test]
fn what_is_older_is_dropped_and_what_is_newer_starts_anew() {
    let (db, pool, live) = environment(1);
    let both = [id("c-1"), browser("b-1")];
    let first = submit(&pool, live, at(NOW), &[exists(both.to_vec())])[0].profile;
    let outcome = submit(&pool, live, at(NOW), &[erased(vec![id("c-1")], "2026-11-10T00:00:00Z", false)]).remove(0);
    assert_eq!((outcome.profile, outcome.effect), (first, Effect::Changed));
    let late = |identifiers: &[kith::identities::Identifier], time: &str| {
        let outcome = submit(&pool, live, at(NOW) + TimeDelta::hours(1), &[visit(identifiers, time)]).remove(0);
        (outcome.effect, outcome.profile.is_some())
    };
    for identifiers in [&both[..1], &both[1..], &both[..]] {
        assert_eq!(late(identifiers, "2026-11-09T00:00:00Z"), (Effect::Erased, false));
        assert_eq!(late(identifiers, "2026-11-10T00:00:00Z"), (Effect::Erased, false));
    }
    let said_before = Person::new("c-1").set("plan", "pro").said_at("2026-11-08T00:00:00Z").items(at(NOW));
    assert_eq!(submit(&pool, live, at(NOW), &said_before)[0].effect, Effect::Erased);
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 0);
    assert_eq!(late(&both, "2026-11-11T00:00:00Z"), (Effect::Created, true));
    // What straggles in after that is still about the one who is gone.
    for identifiers in [&both[..1], &both[1..], &both[..]] {
        assert_eq!(late(identifiers, "2026-11-09T12:00:00Z"), (Effect::Erased, false));
    }
    assert_eq!(submit(&pool, live, at(NOW), &said_before)[0].effect, Effect::Erased);
    assert_eq!(db.column("SELECT occurred_at::date FROM events"), ["2026-11-11"]);
    check(&db);
    // Erased again, later.
    submit(&pool, live, at(NOW), &[erased(vec![id("c-1")], "2026-11-12T00:00:00Z", false)]);
    assert_eq!(late(&both, "2026-11-11T12:00:00Z"), (Effect::Erased, false));
    assert_eq!(late(&both, "2026-11-13T00:00:00Z"), (Effect::Created, true));
}

#[test]
fn who_is_blocked_does_not_come_back() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &[exists(vec![id("c-1"), browser("b-1")])]);
    submit(&pool, live, at(NOW), &[erased(vec![id("c-1")], "2026-11-10T00:00:00Z", true)]);
    for identifiers in [vec![id("c-1")], vec![browser("b-1")], vec![id("c-1"), browser("b-2")]] {
        assert_eq!(submit(&pool, live, at(NOW), &[visit(&identifiers, NOW)])[0].effect, Effect::Blocked);
    }
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 0);
    // Erased once more without a block, they stay blocked.
    submit(&pool, live, at(NOW), &[erased(vec![id("c-1")], NOW, false)]);
    assert_eq!(submit(&pool, live, at(NOW), &[exists(vec![id("c-1")])])[0].effect, Effect::Blocked);
}

#[test]
fn somebody_else_on_the_browser_of_who_was_erased_stays() {
    for block in [false, true] {
        let (db, pool, live) = environment(1);
        submit(&pool, live, at(NOW), &[exists(vec![id("c-1"), browser("b-1")]), exists(vec![id("c-2")])]);
        submit(&pool, live, at(NOW), &[erased(vec![id("c-1")], "2026-11-10T00:00:00Z", block)]);
        let both = [id("c-2"), browser("b-1")];
        let outcome = submit(&pool, live, at(NOW), &[visit(&both, "2026-11-09T00:00:00Z")]).remove(0);
        assert_eq!(outcome.effect, Effect::Changed, "it is about the other, who was not erased");
        let outcome = submit(&pool, live, at(NOW), &[visit(&[browser("b-1")], "2026-11-08T00:00:00Z")]).remove(0);
        assert_eq!(outcome.effect, Effect::Erased, "that may be about the one who was");
        check(&db);
    }
}

#[test]
fn who_was_never_known_leaves_a_tombstone_too() {
    let (db, pool, live) = environment(1);
    let outcome = submit(&pool, live, at(NOW), &[erased(vec![id("c-1")], "2026-11-10T00:00:00Z", false)]).remove(0);
    assert_eq!((outcome.profile, outcome.effect), (None, Effect::Missing));
    assert_eq!(db.number("SELECT count(*) FROM erasures"), 1);
    assert_eq!(traces(&db, &["c-1".to_owned()]), Vec::<String>::new(), "as a hash");
    assert_eq!(submit(&pool, live, at(NOW), &[visit(&[id("c-1")], "2026-11-09T00:00:00Z")])[0].effect, Effect::Erased);
    assert_eq!(submit(&pool, live, at(NOW), &[visit(&[id("c-1")], "2026-11-11T00:00:00Z")])[0].effect, Effect::Created);
}

#[test]
fn the_other_environment_is_not_touched() {
    let (db, pool, live) = environment(1);
    let test = kith::db::ids::EnvironmentId(live.0 + 1);
    for environment in [live, test] {
        submit(&pool, environment, at(NOW), &two("c-1", "c-2"));
    }
    submit(&pool, live, at(NOW), &[erased(vec![id("c-1")], NOW, false), erased(vec![id("c-2")], NOW, false)]);
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 2);
    assert_eq!(submit(&pool, test, at(NOW), &[visit(&[id("c-1")], "2026-11-01T00:00:00Z")])[0].effect, Effect::Changed);
}

#[test]
fn between_other_items_of_a_batch() {
    let (db, pool, live) = environment(1);
    let items = [
        exists(vec![id("c-1")]),
        exists(vec![id("c-2")]),
        erased(vec![id("c-1")], "2026-11-10T00:00:00Z", false),
        exists(vec![id("c-1")]),
        visit(&[id("c-1")], "2026-11-11T00:00:00Z"),
        visit(&[id("c-2")], "2026-11-11T12:00:00Z"),
    ];
    let outcomes = submit(&pool, live, at(NOW), &items);
    let effects: Vec<Effect> = outcomes.iter().map(|outcome| outcome.effect).collect();
    assert_eq!(
        effects,
        [Effect::Created, Effect::Created, Effect::Changed, Effect::Erased, Effect::Created, Effect::Changed]
    );
    assert_ne!(outcomes[0].profile, outcomes[4].profile);
    check(&db);
}

#[test]
fn the_same_erasure_again_removes_nobody_who_came_since() {
    let (db, pool, live) = environment(1);
    let items = || {
        [
            exists(vec![id("c-1")]),
            erased(vec![id("c-1")], "2026-11-10T00:00:00Z", false),
            visit(&[id("c-1")], "2026-11-11T00:00:00Z"),
        ]
    };
    submit(&pool, live, at(NOW), &items());
    submit(&pool, live, at(NOW), &Person::new("c-1").set("plan", "new").items(at(NOW)));
    let before = state(&db);
    submit(&pool, live, at(NOW) + TimeDelta::hours(1), &items());
    assert_eq!(state(&db), before, "a call that is sent again");
}

/// What an email alone says, or asks for.
fn by_email(email: &str, as_of: &str, statement: Statement) -> Item {
    let address = Address::new(Channel::Email, email).expect("an address");
    let person = Who::of_email(address).unwrap_or_else(|wrong| panic!("{wrong}"));
    Item { person, as_of: at(as_of), statement }
}

fn known_by_email(email: &str, as_of: &str) -> Item {
    by_email(email, as_of, Statement::Identify(kith::ingest::Identify::default()))
}

#[test]
fn whoever_was_erased_by_id_is_not_made_anew_by_their_address_alone() {
    for block in [false, true] {
        let (db, pool, live) = environment(1);
        Person::new("42").email("Ann@example.com").said_at("2026-11-01T00:00:00Z").store(&pool, live, at(NOW));
        submit(&pool, live, at(NOW), &[erased(vec![id("42")], "2026-11-10T00:00:00Z", block)]);
        assert_eq!(traces(&db, &["ann@example".to_owned()]), Vec::<String>::new());
        let effect = |time: &str| submit(&pool, live, at(NOW), &[known_by_email("ann@example.com", time)])[0].effect;
        assert_eq!(effect("2026-11-09T00:00:00Z"), if block { Effect::Blocked } else { Effect::Erased });
        assert_eq!(effect("2026-11-11T00:00:00Z"), if block { Effect::Blocked } else { Effect::Created });
        check(&db);
    }
}

#[test]
fn an_address_that_somebody_else_has_or_is_known_by_stays_theirs() {
    let others = [Person::new("43").email("ann@example.com"), Person::new("ann@example.com")];
    for other in others {
        let (db, pool, live) = environment(1);
        for person in [Person::new("42").email("ann@example.com"), other] {
            person.said_at("2026-11-01T00:00:00Z").store(&pool, live, at(NOW));
        }
        submit(&pool, live, at(NOW), &[erased(vec![id("42")], "2026-11-10T00:00:00Z", true)]);
        let outcome =
            submit(&pool, live, at(NOW), &[known_by_email("ann@example.com", "2026-11-09T00:00:00Z")]).remove(0);
        assert_eq!(outcome.effect, Effect::Unchanged);
        assert_eq!(db.number("SELECT count(*) FROM profiles"), 1);
    }
}

#[test]
fn whoever_has_the_address_of_somebody_blocked_is_another_person() {
    let (db, pool, live) = environment(1);
    let blocked = |email, time| by_email(email, time, Statement::Delete { block: true });
    Person::new("42").email("ann@example.com").said_at("2026-11-01T00:00:00Z").store(&pool, live, at(NOW));
    submit(&pool, live, at(NOW), &[blocked("ann@example.com", "2026-11-10T00:00:00Z")]);
    let new = Person::new("43").email("ann@example.com").said_at("2026-11-12T00:00:00Z").store(&pool, live, at(NOW));
    let about = |item: Item| submit(&pool, live, at(NOW), &[item]).remove(0);
    assert_eq!(about(known_by_email("ann@example.com", "2026-11-13T00:00:00Z")).profile, Some(new));
    assert_eq!(about(known_by_email("ann@example.com", "2026-11-09T00:00:00Z")).effect, Effect::Blocked);
    let outcome = about(blocked("ann@example.com", "2026-11-14T00:00:00Z"));
    assert_eq!((outcome.profile, outcome.effect), (Some(new), Effect::Changed));
    assert_eq!(db.number("SELECT count(*) FROM profiles"), 0);
}

#[test]
fn an_address_alone_erases_whoever_is_left_of_its_holders() {
    for at_once in [false, true] {
        let (db, pool, live) = environment(1);
        for person in ["42", "43"] {
            Person::new(person).email("ann@example.com").said_at("2026-11-01T00:00:00Z").store(&pool, live, at(NOW));
        }
        let items = [
            erased(vec![id("42")], "2026-11-10T00:00:00Z", false),
            by_email("ann@example.com", "2026-11-09T00:00:00Z", Statement::Delete { block: false }),
        ];
        let outcomes = match at_once {
            true => submit(&pool, live, at(NOW), &items),
            false => {
                items.iter().map(|item| submit(&pool, live, at(NOW), std::slice::from_ref(item)).remove(0)).collect()
            }
        };
        assert_eq!(outcomes[1].effect, Effect::Changed, "at once: {at_once}");
        assert_eq!(db.number("SELECT count(*) FROM profiles"), 0);
        // Whoever was erased last had it alone.
        let effect = |time: &str| submit(&pool, live, at(NOW), &[known_by_email("ann@example.com", time)])[0].effect;
        assert_eq!(effect("2026-11-09T00:00:00Z"), Effect::Erased);
        assert_eq!(effect("2026-11-09T12:00:00Z"), Effect::Created);
    }
}
