use kith::{auth::Role, identities::Kind};

use super::press_merge;
use crate::support::{App, Person};

/// A console on which `n` pairs of people look like one.
fn suggested(n: usize) -> App {
    let app = App::new();
    for n in 0..n {
        let email = format!("p{n}@example.com");
        app.add(Person::new(&format!("c-{n}")).name("Priya", &format!("Nair {n:02}")));
        app.clock.advance(chrono::TimeDelta::seconds(1));
        app.add(Person::known_by(Kind::Email, &email).name("P.", &format!("Nair {n:02}")));
        app.clock.advance(chrono::TimeDelta::seconds(1));
        app.add(Person::new(&format!("c-{n}")).also(Kind::Email, &email));
    }
    app
}

#[test]
fn a_suggestion_says_who_and_why() {
    let app = suggested(1);
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("profiles"));
    let page = mara.click("Merges").expect(200).clone();
    page.check_markup();
    page.shows("Priya Nair 00").shows("P. Nair 00").shows("In common: Email p0@example.com").shows("API key test");
    page.hides("Compare").hides("Not the same person");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("merges"));
    ada.click("Compare").expect(200).shows("Merge P. Nair 00 into Priya Nair 00");
    press_merge(&mut ada).expect(303);
    ada.visit(&app.path("merges")).hides("Priya").shows("No possible duplicates");
    ada.visit(&app.path("merges?show=dismissed")).hides("Priya").shows("No dismissed suggestions");
    ada.visit(&app.path("merges?show=done")).shows("Priya Nair 00").shows("P. Nair 00");
}

#[test]
fn what_was_dismissed_stays_so_until_it_is_brought_back() {
    let app = suggested(1);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("merges"));
    ada.submit("Not the same person", &[]).expect(303);
    ada.follow().shows("Suggestion dismissed.").shows("No possible duplicates");
    // It is said again, and still dismissed.
    app.clock.advance(chrono::TimeDelta::hours(1));
    let email = Person::new("c-0").also(Kind::Email, "p0@example.com");
    app.add(email);
    ada.visit(&app.path("merges")).hides("Priya");
    ada.click("Dismissed").expect(200).shows("Priya Nair 00").check_markup();
    ada.submit("Restore", &[]).expect(303);
    ada.follow().shows("Suggestion restored.").shows("Priya Nair 00");
    let audit = "SELECT action FROM audit_log WHERE action LIKE 'merge%' ORDER BY at, id";
    assert_eq!(app.db.column(audit), ["merge suggestion dismissed", "merge suggestion brought back"]);
}

#[test]
fn for_people_who_are_merged_their_survivor_is_suggested_and_nobody_who_is_gone() {
    let app = suggested(3);
    let mut mara = app.browser(Role::Marketer);
    assert_eq!(mara.visit(&app.path("merges")).count("article"), 3);
    let id = |key: &str| app.db.one(&format!("SELECT profile_id FROM identifier_claims WHERE value = '{key}'"));
    let third = app.add(Person::new("c-9"));
    for key in ["c-0", "p1@example.com"] {
        super::merge(&app, third, kith::db::ids::ProfileId(id(key).parse().expect("an id")));
    }
    let page = mara.visit(&app.path("merges"));
    assert_eq!(page.count("article"), 3, "of two pairs the survivor is part now");
    page.shows("Priya Nair 02").shows("c-9");
    app.db.run("DELETE FROM profiles WHERE id = (SELECT profile_id FROM identifier_claims WHERE value = 'c-9')");
    assert_eq!(mara.visit(&app.path("merges")).count("article"), 1);
}

#[test]
fn many_suggestions_have_pages() {
    let app = suggested(45);
    let mut mara = app.browser(Role::Marketer);
    let names = |page: &crate::support::Page| page.texts("article .person:first-child strong");
    let mut seen = names(mara.visit(&app.path("merges")));
    assert_eq!((seen.len(), seen[0].as_str()), (20, "Priya Nair 44"));
    let first = seen.clone();
    while mara.page().link("Older").is_some() {
        seen.extend(names(mara.click("Older").expect(200)));
    }
    assert_eq!(seen, (0..45).rev().map(|n| format!("Priya Nair {n:02}")).collect::<Vec<_>>());
    mara.click("Newer").expect(200);
    assert_eq!(names(mara.click("Newer").expect(200)), first);
    assert_eq!(mara.page().link("Newer"), None);
}

#[test]
fn a_suggestion_that_is_not_there_cannot_be_dismissed() {
    let app = suggested(1);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("merges"));
    let mut form = ada.fill("article", "Not the same person", &[]);
    form.pairs.retain(|(name, _)| name != "other");
    ada.post(&form.action, &form.pairs).expect(400).shows("The form is incomplete.");
    form.pairs.push(("other".to_owned(), "00000000-0000-7000-8000-000000000000".to_owned()));
    ada.post(&form.action, &form.pairs).expect(404);
}
