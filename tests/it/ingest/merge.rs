//! Two profiles become one.

use chrono::TimeDelta;
use kith::{
    db::ids::{ProfileId, new_id},
    identities::{Identifier, Kind},
    ingest::{Item, Person as Who, Statement},
    ledger::Effect,
    restrictions::Cause,
    subscriptions::SubscriptionState::{Pending, Subscribed, Unsubscribed},
};
use serde_json::json;

use super::{browser, check, environment, erased, exists, id, merged, said, same, state};
use crate::support::{
    Person, TestDb,
    app::NOW,
    at,
    build::{held, merge, submit},
};

/// Everything that can be said of one who stays and one who becomes part of them.
pub fn two(survivor: &str, other: &str) -> Vec<Item> {
    let stays = Person::new(survivor)
        .also(Kind::Anonymous, &format!("b-{survivor}"))
        .name("Ann", "Nowak")
        .set("plan", "free")
        .set("groups", json!(["acme"]))
        .unset("city")
        .email(&format!("{survivor}@example.com"))
        .tag("vip")
        .device("t-both", "New")
        .device(&format!("t-{survivor}"), "Pixel")
        .consent("gdpr.marketing", true)
        .consent("ccpa.sale", false)
        .wants("email", Subscribed)
        .wants("all/news", Unsubscribed)
        .restricted("paused", held(Cause::Request, Some("2026-12-24T00:00:00Z")))
        .restricted("suppressed/sms", None)
        .since("2025-05-01T00:00:00Z")
        .said_at("2026-11-10T00:00:00Z")
        .event_with_id(&format!("m-{survivor}"), "Visit", "2026-11-09T00:00:00Z", json!({}));
    let joins = Person::new(other)
        .also(Kind::Anonymous, &format!("b-{other}"))
        .name("Anna", "Kowalska")
        .set("plan", "pro")
        .set("loyalty", 7)
        .set("groups", json!(["globex"]))
        .set("city", "Łódź")
        .email(&format!("{other}@example.com"))
        .phone("+14155550123")
        .tag("beta")
        .device("t-both", "Old")
        .device(&format!("t-{other}"), "iPhone")
        .consent("gdpr.marketing", false)
        .consent("gdpr.analytics", true)
        .consent("ccpa.sale", true)
        .wants("email", Unsubscribed)
        .wants("sms", Pending)
        .wants("all/news", Subscribed)
        .restricted("paused", held(Cause::Request, Some("2026-12-03T00:00:00Z")))
        .restricted("suppressed/sms", held(Cause::List, None))
        .restricted(&format!("blocked/email:{other}@example.com"), held(Cause::HardBounce, None))
        .since("2024-02-01T00:00:00Z")
        .said_at("2026-11-05T00:00:00Z")
        .event_with_id(&format!("m-{other}"), "Visit", "2026-10-09T00:00:00Z", json!({}));
    [stays.items(at(NOW)), joins.items(at(NOW))].concat()
}

pub fn profile(db: &TestDb, key: &str) -> String {
    db.one(&format!("SELECT profile_id FROM identifier_claims WHERE kind = 'id' AND value = '{key}'"))
}

#[test]
fn the_survivor_takes_over_what_the_other_had() {
    let (db, pool, live) = environment(1);
    let made = submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    let (survivor, other) = (made[0].profile.expect("one"), made.last().and_then(|it| it.profile).expect("another"));
    assert_ne!(survivor, other);
    let outcome = submit(&pool, live, at(NOW), &[merged("c-1", "c-2", "2026-11-20T00:00:00Z")]).remove(0);
    assert_eq!((outcome.profile, outcome.effect), (Some(survivor), Effect::Changed));

    let of = |question: &str| db.column(&question.replace('$', &format!("profile_id = '{survivor}'")));
    assert_eq!(
        db.one("SELECT attributes FROM profiles WHERE merged_into IS NULL"),
        r#"{"plan": "free", "groups": ["acme", "globex"], "loyalty": 7, "last_name": "Nowak", "first_name": "Ann"}"#,
        "its own values win, deletions included"
    );
    assert_eq!(db.one("SELECT tags FROM profiles WHERE merged_into IS NULL"), "{beta,vip}");
    assert_eq!(
        of("SELECT concat_ws(' ', kind, value, retired_at IS NOT NULL) FROM profile_identifiers WHERE $ ORDER BY 1"),
        ["anonymous_id b-c-1 f", "anonymous_id b-c-2 f", "id c-1 f", "id c-2 t"]
    );
    assert_eq!(of("SELECT address FROM addresses WHERE $ ORDER BY channel"), ["c-1@example.com", "+14155550123"]);
    assert_eq!(
        of("SELECT concat_ws(' ', token, model) FROM devices WHERE $ ORDER BY 1"),
        ["t-both New", "t-c-1 Pixel", "t-c-2 iPhone"]
    );
    assert_eq!(
        of("SELECT first_seen_at::date FROM devices WHERE $ AND token = 't-both'"),
        ["2026-11-05"],
        "where either saw it first"
    );
    assert_eq!(
        of("SELECT concat_ws(' ', purpose, given) FROM consents WHERE $ ORDER BY 1"),
        ["ccpa.sale t", "gdpr.analytics t", "gdpr.marketing f"],
        "the stricter answer"
    );
    assert_eq!(
        of("SELECT concat_ws(' ', channel, nullif(topic, ''), state) FROM subscriptions WHERE $ ORDER BY 1"),
        ["all news unsubscribed", "email unsubscribed", "sms pending"],
        "the stricter state"
    );
    assert_eq!(
        of(
            "SELECT concat_ws(' ', kind, nullif(channel, ''), nullif(address, ''), until::date, cause) FROM restrictions WHERE $ ORDER BY 1"
        ),
        ["blocked c-2@example.com hard_bounce", "paused 2026-12-24 request", "suppressed sms list"],
        "in force beats lifted, and the later end the earlier"
    );
    assert_eq!(
        db.column(&format!(
            "SELECT concat_ws(' ', occurred_at::date, via = '{other}') FROM events WHERE profile_id = '{survivor}' ORDER BY 1"
        )),
        ["2026-10-09 t", "2026-11-09"]
    );
    assert_eq!(db.number("SELECT count(*) FROM events"), 2);
    assert_eq!(
        of("SELECT concat_ws(' ', first_seen_at::date, last_seen_at::date) FROM profile_activity WHERE $"),
        ["2024-02-01 2026-11-09"]
    );
    assert_eq!(db.number("SELECT count(*) FROM profile_activity"), 1);
    assert_eq!(db.one("SELECT created_at::date FROM profiles WHERE merged_into IS NULL"), "2024-02-01");
    assert_eq!(
        db.column(
            "SELECT DISTINCT regexp_split_to_table(search_text, E'\\n') AS l FROM profiles WHERE merged_into IS NULL ORDER BY 1"
        ),
        ["+14155550123", "ann nowak", "c-1", "c-1@example.com", "c-2", "c-2@example.com"]
    );
    assert_eq!(profile(&db, "c-2"), survivor.to_string());
    assert_eq!(
        db.column(
            "SELECT concat_ws(' ', profile_id, subject, before, after) FROM changes WHERE kind = 'merge' ORDER BY 1"
        ),
        {
            let mut both =
                [(survivor, other), (other, survivor)].map(|(one, its)| format!("{one} {its} \"{survivor}\""));
            both.sort();
            both
        }
    );
    check(&db);
}

/// What an address, tag or line that only one of them has is worth does not depend on who said it.
#[test]
fn the_stricter_answer_wins_whoever_is_newer_and_whoever_survives() {
    for (one, other, expected) in [
        (Subscribed, Unsubscribed, "unsubscribed"),
        (Pending, Subscribed, "pending"),
        (Unsubscribed, Pending, "unsubscribed"),
    ] {
        for (survivor, loser) in [("c-1", "c-2"), ("c-2", "c-1")] {
            for (early, late) in
                [("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"), ("2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z")]
            {
                let (db, pool, live) = environment(1);
                let people = [
                    Person::new("c-1")
                        .wants("email", one)
                        .consent("ccpa.sale", true)
                        .consent("gdpr.x", true)
                        .said_at(early),
                    Person::new("c-2")
                        .wants("email", other)
                        .consent("ccpa.sale", false)
                        .consent("gdpr.x", false)
                        .said_at(late),
                ];
                let items: Vec<Item> = people.into_iter().flat_map(|person| person.items(at(NOW))).collect();
                submit(&pool, live, at(NOW), &items);
                submit(&pool, live, at(NOW), &[merged(survivor, loser, NOW)]);
                let of = format!("profile_id = '{}'", profile(&db, survivor));
                assert_eq!(db.one(&format!("SELECT state FROM subscriptions WHERE {of}")), expected);
                let consents = format!("SELECT concat_ws(' ', purpose, given) FROM consents WHERE {of} ORDER BY 1");
                assert_eq!(db.column(&consents), ["ccpa.sale t", "gdpr.x f"]);
                // Neither of what was said before says anything new.
                let before = state(&db);
                submit(&pool, live, at(NOW) + TimeDelta::hours(1), &items);
                same(&state(&db), &before, "said again");
                check(&db);
            }
        }
    }
}

#[test]
fn old_statements_said_again_change_nothing() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW)]);
    let before = db.digest_of_state();
    let outcomes = submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    assert!(outcomes.iter().all(|outcome| outcome.effect == Effect::Unchanged), "{outcomes:?}");
    assert_eq!(db.digest_of_state(), before);
    assert_eq!(db.number("SELECT count(*) FROM events"), 2);
}

#[test]
fn again_nothing_happens_and_the_other_way_round_only_the_id_they_go_by_changes() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW)]);
    let before = state(&db);
    for (item, effect) in [
        (merged("c-1", "c-2", NOW), Effect::Unchanged),
        (merged("c-2", "c-1", NOW), Effect::Changed),
        (merged("c-2", "c-1", NOW), Effect::Unchanged),
    ] {
        let outcome = submit(&pool, live, at(NOW), &[item]).remove(0);
        assert_eq!(outcome.effect, effect);
        assert_eq!((state(&db), db.number("SELECT count(*) FROM merges")), (before.clone(), 1));
    }
    let renamed = "SELECT concat(before, ' ', after) FROM changes WHERE kind = 'identifier' AND before IS NOT NULL";
    assert_eq!(db.column(renamed), [r#""c-1" "c-2""#]);
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW), merged("c-2", "c-1", NOW)]);
    assert_eq!(db.number("SELECT count(*) FROM merges"), 1);
}

#[test]
fn where_only_the_other_is_known_it_takes_the_new_name() {
    let (db, pool, live) = environment(1);
    let old = Person::new("ann@example.com").set("plan", "pro").store(&pool, live, at(NOW));
    let outcome = submit(&pool, live, at(NOW), &[merged("c-1", "ann@example.com", NOW)]).remove(0);
    assert_eq!(outcome.profile, Some(old));
    let names = "SELECT concat_ws(' ', value, retired_at IS NOT NULL) FROM profile_identifiers ORDER BY 1";
    assert_eq!(db.column(names), ["ann@example.com t", "c-1 f"]);
    assert_eq!(Person::new("ann@example.com").store(&pool, live, at(NOW)), old, "the old name still finds them");
    assert_eq!(Person::new("c-1").store(&pool, live, at(NOW)), old);
    assert_eq!(db.number("SELECT count(*) FROM merges"), 0);
    check(&db);
}

#[test]
fn where_neither_is_known_one_profile_has_both_names() {
    let (db, pool, live) = environment(1);
    let outcome = submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW)]).remove(0);
    assert_eq!(outcome.effect, Effect::Created);
    let names = "SELECT concat_ws(' ', value, retired_at IS NOT NULL) FROM profile_identifiers ORDER BY 1";
    assert_eq!(db.column(names), ["c-1 f", "c-2 t"]);
    assert_eq!(Some(Person::new("c-2").store(&pool, live, at(NOW))), outcome.profile, "a merge may come first");
    check(&db);
}

/// Merges that come before the people whom they join are the same as after.
#[test]
fn a_merge_may_come_before_and_after_what_it_joins() {
    let mut expected: Option<Vec<String>> = None;
    for order in [[0, 1, 2], [2, 0, 1], [0, 2, 1], [1, 2, 0]] {
        let (db, pool, live) = environment(1);
        let parts = [
            Person::new("c-1").set("plan", "free").tag("vip").items(at(NOW)),
            Person::new("c-2").set("city", "Łódź").email("a@example.com").items(at(NOW)),
            vec![merged("c-1", "c-2", NOW)],
        ];
        for place in order {
            submit(&pool, live, at(NOW), &parts[place]);
        }
        check(&db);
        // Who was made later has other lines in another order; nothing else differs.
        let found = state(&db);
        same(&found, expected.get_or_insert_with(|| found.clone()), &format!("{order:?}"));
    }
}

#[test]
fn the_address_of_the_merged_profile_leads_to_the_survivor() {
    let (db, pool, live) = environment(1);
    let made = submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    let (survivor, other) = (made[0].profile.expect("one"), made.last().and_then(|it| it.profile).expect("another"));
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", NOW)]);
    let said_of = said_of_profile(other, Person::new("x").set("plan", "gold").items(at(NOW)).remove(0).statement);
    assert_eq!(submit(&pool, live, at(NOW) + TimeDelta::hours(1), &[said_of])[0].profile, Some(survivor));
    assert_eq!(db.one("SELECT attributes->>'plan' FROM profiles WHERE merged_into IS NULL"), "gold");
    assert_eq!(db.column("SELECT alias_id FROM profile_aliases"), [other.to_string()]);
}

pub fn said_of_profile(profile: ProfileId, statement: Statement) -> Item {
    Item { person: Who::Profile(profile), as_of: at(NOW), statement }
}

#[test]
fn a_profile_can_be_named_itself_as_the_survivor() {
    let (db, pool, live) = environment(1);
    let made = submit(&pool, live, at(NOW), &two("c-1", "c-2"));
    let (survivor, other) = (made[0].profile.expect("one"), made.last().and_then(|it| it.profile).expect("another"));
    let outcome = submit(&pool, live, at(NOW), &[said_of_profile(survivor, merge(&[id("c-2")]))]).remove(0);
    assert_eq!((outcome.profile, outcome.effect), (Some(survivor), Effect::Changed));
    assert_eq!(db.one("SELECT concat_ws(' ', profile_id, merged_id) FROM merges"), format!("{survivor} {other}"));
    check(&db);
    let nobody = ProfileId(new_id(at(NOW)));
    let outcome = submit(&pool, live, at(NOW), &[said_of_profile(nobody, merge(&[id("c-1")]))]).remove(0);
    assert_eq!(outcome.effect, Effect::Missing);
}

/// a into b into c, in one batch and in several, with everything said before, between or after.
#[test]
fn chains_are_the_same_in_every_cut() {
    let mut expected: Option<Vec<String>> = None;
    for cut in [1, 2, 3, 5, 100] {
        let (db, pool, live) = environment(1);
        let mut items = two("b", "a");
        items.extend(Person::new("c").set("city", "Oslo").tag("c").items(at(NOW)));
        items.push(merged("b", "a", "2026-11-20T00:00:00Z"));
        items.extend(Person::new("a").set("late", 1).device("t-late", "Late").items(at(NOW)));
        items.push(merged("c", "b", "2026-11-20T01:00:00Z"));
        items.extend(Person::new("b").set("later", 2).items(at(NOW)));
        for batch in items.chunks(cut) {
            submit(&pool, live, at(NOW), batch);
        }
        check(&db);
        assert_eq!(db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 1, "batches of {cut}");
        let name = |column: &str| {
            format!(
                "(SELECT string_agg(i.value, ',' ORDER BY i.value) FROM profile_identifiers i WHERE i.profile_id = {column} AND i.kind = 'id')"
            )
        };
        let rows = db.column(&format!(
            "SELECT concat_ws(' | ', {}, {}, (SELECT count(*) FROM jsonb_array_elements(identifiers))) FROM merges m ORDER BY 1",
            name("m.profile_id"),
            name("m.merged_id")
        ));
        let aliases = db.column(&format!(
            "SELECT concat_ws(' | ', {}, {}) FROM profile_aliases m ORDER BY 1",
            name("m.profile_id"),
            name("m.alias_id")
        ));
        assert_eq!(rows, ["a,b | a | 2", "a,b,c | a,b | 4"], "batches of {cut}");
        assert_eq!(aliases, ["a,b | a", "a,b,c | a", "a,b,c | a,b"], "batches of {cut}");
        let via = db.column("SELECT concat_ws(' ', occurred_at::date, via IS NULL) FROM events ORDER BY 1");
        let found = [state(&db), via].concat();
        same(&found, expected.get_or_insert_with(|| found.clone()), &format!("batches of {cut}"));
    }
}

#[test]
fn an_email_that_is_an_id_is_still_found_when_the_email_changes() {
    let (db, pool, live) = environment(1);
    let person = |email: &str, day: &str| Person::new("ann@example.com").email(email).said_at(day).items(at(NOW));
    submit(&pool, live, at(NOW), &person("ann@example.com", "2026-11-01T00:00:00Z"));
    submit(&pool, live, at(NOW), &person("new@example.com", "2026-11-02T00:00:00Z"));
    let words = db.one("SELECT search_text FROM profiles");
    let mut words: Vec<&str> = words.lines().collect();
    words.sort_unstable();
    assert_eq!(words, ["ann@example.com", "new@example.com"]);
}

#[test]
fn of_several_kinds_all_that_exist_are_merged() {
    let (db, pool, live) = environment(1);
    let email = Identifier::new(Kind::Email, "ann@example.com").expect("an email");
    submit(&pool, live, at(NOW), &[exists(vec![id("c-1")]), exists(vec![email.clone()]), exists(vec![browser("x")])]);
    submit(&pool, live, at(NOW), &[said(vec![id("c-1")], NOW, merge(&[email, browser("x"), id("x")]))]);
    assert_eq!(db.number("SELECT count(*) FROM profiles WHERE merged_into IS NULL"), 1);
    assert_eq!(db.number("SELECT count(*) FROM merges"), 2);
    assert_eq!(db.number("SELECT count(DISTINCT profile_id) FROM identifier_claims"), 1);
    assert_eq!(db.number("SELECT count(*) FROM identifier_claims"), 4);
    check(&db);
}

#[test]
fn whoever_was_erased_does_not_come_back_as_part_of_somebody() {
    let (db, pool, live) = environment(1);
    submit(&pool, live, at(NOW), &[exists(vec![id("c-1")]), exists(vec![id("c-2")])]);
    submit(&pool, live, at(NOW), &[erased(vec![id("c-2")], "2026-11-10T00:00:00Z", false)]);
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", "2026-11-09T00:00:00Z")]);
    assert_eq!(db.column("SELECT value FROM identifier_claims"), ["c-1"]);
    // Newer than that, the name is free again.
    submit(&pool, live, at(NOW), &[merged("c-1", "c-2", "2026-11-11T00:00:00Z")]);
    assert_eq!(db.column("SELECT value FROM identifier_claims ORDER BY 1"), ["c-1", "c-2"]);
    check(&db);
}
