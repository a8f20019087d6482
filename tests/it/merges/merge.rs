use kith::{auth::Role, identities::Kind, subscriptions::SubscriptionState};

use super::{comparison, merge, press_merge, row, two};
use crate::support::{App, Person};

#[test]
fn the_comparison_says_what_is_kept_and_why() {
    let (app, priya, other) = two();
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&comparison(&app, priya, other)).clone();
    page.check_markup();
    for (label, expected) in [
        ("Name", ["Priya Nair", "P. Nair", "Priya Nair made from the names that are kept"]),
        ("First name", ["Priya", "P.", "Priya this profile’s own value wins"]),
        ("Last name", ["Nair", "Nair", "Nair the same in both"]),
        ("Plan", ["pro", "free", "pro this profile’s own value wins"]),
        ("City", ["none", "Kochi", "Kochi only on the other profile"]),
        ("Email", ["priya@example.com", "none", "priya@example.com only on this profile"]),
        ("Phone", ["none", "+919876543210", "+919876543210 only on the other profile"]),
        ("Tags", ["vip", "gift", "gift, vip both are kept"]),
        ("Events", ["0", "1", "All nothing is lost"]),
        ("Notes", ["0", "0", "All nothing is lost"]),
    ] {
        assert_eq!(row(&page, label), Some(expected.map(str::to_owned)), "{label}");
    }
    let moved = "ID c-2 kept as a former ID that still finds this profile none c-2";
    assert!(page.texts("table.compare tr").iter().any(|text| text == moved), "{:?}", page.visible());
    // The other way round.
    let swapped = ada.click("Keep the other profile").expect(200).clone();
    assert_eq!(row(&swapped, "Plan").map(|row| row[2].clone()).as_deref(), Some("free this profile’s own value wins"));
    assert_eq!(app.db.number("SELECT count(*) FROM merges"), 0, "looking changes nothing");
}

/// The same words as in the history of each.
#[test]
fn facts_are_compared_in_the_words_of_the_history() {
    let app = App::new();
    let (like, unlike) = ("x".repeat(300), format!("{}y", "x".repeat(299)));
    let own = Person::new("c-1").device("token-1", "Pixel 8").consent("gdpr.news", true).set("about", like.as_str());
    let own = app.add(own.wants("email", SubscriptionState::Unsubscribed).set("motto", like.as_str()));
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let other = Person::new("c-2").consent("gdpr.news", true).consent("gdpr.sms", false);
    let other = other.wants("email", SubscriptionState::Subscribed).set("about", unlike.as_str());
    let other = app.add(other.set("motto", like.as_str()));
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&comparison(&app, own, other)).clone();
    page.check_markup();
    let [mine, theirs, kept] = row(&page, "Device token-1").expect("the device");
    assert!(mine == "Push, Pixel 8" && kept.starts_with(&mine), "{mine} {kept}");
    assert_eq!((theirs.as_str(), kept.ends_with("only on this profile")), ("none", true));
    let said = "from a system";
    for (label, expected) in [
        ("Email", [format!("Unsubscribed, {said}"), format!("Subscribed, {said}")]),
        ("gdpr.news", ["Agreed, web".to_owned(), "Agreed, web".to_owned()]),
        ("gdpr.sms", ["none".to_owned(), "Refused, web".to_owned()]),
    ] {
        assert_eq!(row(&page, label).map(|row| [row[0].clone(), row[1].clone()]), Some(expected), "{label}");
    }
    // What is too long to be shown is compared whole, and there for whoever wants it.
    let kept = |label| row(&page, label).expect("the attribute")[2].clone();
    assert!(kept("Motto").ends_with("… the same in both"), "{}", kept("Motto"));
    assert!(kept("About").ends_with("… this profile’s own value wins"), "{}", kept("About"));
    page.shows(&unlike);
    assert!(!ada.visit(&app.profile(own, "/history")).visible().contains(&like));
    ada.visit(&app.profile(own, "")).check_markup();
    assert_eq!(
        ada.page().texts("dl.facts details > summary"),
        [format!("{}…", "x".repeat(240)), format!("{}…", "x".repeat(240))]
    );
    ada.page().shows(&like);
}

#[test]
fn somebody_is_found_compared_and_merged() {
    let (app, priya, other) = two();
    app.add(Person::new("c-3").name("Noor", "Haddad"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(priya, ""));
    ada.click("Merge…").expect(200).check_markup();
    ada.submit("Search", &[("q", "nobody")]).expect(200).shows("Nobody else matches “nobody”");
    let page = ada.submit("Search", &[("q", "nair")]).expect(200).clone();
    page.check_markup();
    assert_eq!(page.texts("table.list tbody th"), ["P. Nair"], "not the profile itself, nor Noor");
    ada.click("Compare with P. Nair").expect(200);
    let answer = press_merge(&mut ada).expect(303).clone();
    assert_eq!(answer.location(), app.profile(priya, ""));
    let page = ada.follow().shows("Profiles merged.").clone();
    page.check_markup();
    page.shows("Priya Nair").shows("Kochi").shows("+919876543210").shows("Former ID").shows("c-2").shows("Merged from");
    assert_eq!(app.db.one(&format!("SELECT merged_into FROM profiles WHERE id = '{other}'")), priya.to_string());
    let source = "SELECT s.name FROM merges m JOIN sources s ON s.id = m.source_id";
    assert_eq!(app.db.column(source), ["Ada Moreau"]);
    let ledger = "SELECT DISTINCT s.name FROM changes c JOIN sources s ON s.id = c.source_id WHERE c.kind = 'merge'";
    assert_eq!(app.db.column(ledger), ["Ada Moreau"]);
    // What arrives for the other one belongs to Priya from now on.
    assert_eq!(app.add(Person::new("c-2").set("size", "M")), priya);
}

#[test]
fn the_same_form_twice_merges_once() {
    let (app, priya, other) = two();
    let (mut ada, mut again) = (app.browser(Role::Admin), app.browser(Role::Admin));
    ada.visit(&comparison(&app, priya, other));
    again.visit(&comparison(&app, priya, other));
    press_merge(&mut ada).expect(303);
    let before = app.db.digest_of_state();
    press_merge(&mut again).expect(303);
    again.follow().shows("These profiles are already merged.");
    assert_eq!(app.db.digest_of_state(), before);
    // And once more from the other side.
    again.get(&comparison(&app, other, priya)).expect(303);
    assert_eq!(again.page().location(), app.profile(priya, ""));
}

#[test]
fn a_change_of_either_meanwhile_asks_again() {
    for changed in ["c-1", "c-2"] {
        let (app, priya, other) = two();
        let mut ada = app.browser(Role::Admin);
        ada.visit(&comparison(&app, priya, other));
        app.clock.advance(chrono::TimeDelta::seconds(1));
        app.add(Person::new(changed).set("plan", "team"));
        let page = press_merge(&mut ada).expect(409).clone();
        page.check_markup();
        page.shows("One of the profiles changed while you were comparing").shows("team");
        assert_eq!(app.db.number("SELECT count(*) FROM merges"), 0);
        press_merge(&mut ada).expect(303);
        assert_eq!(app.db.number("SELECT count(*) FROM merges"), 1);
    }
}

#[test]
fn somebody_who_was_merged_elsewhere_meanwhile_is_not_dragged_along() {
    let (app, priya, other) = two();
    let third = app.add(Person::new("c-3").name("Noor", "Haddad"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&comparison(&app, priya, other));
    merge(&app, third, other);
    press_merge(&mut ada).expect(303);
    assert_eq!(ada.page().location(), app.profile(priya, &format!("/merge?with={third}")), "look at that one first");
    ada.follow().expect(200).shows("Merge Noor Haddad into Priya Nair");
    assert_eq!(app.db.number("SELECT count(*) FROM merges"), 1);
}

#[test]
fn who_cannot_be_merged() {
    let (app, priya, _) = two();
    let stranger = app.add_to(app.test, Person::new("t-1").name("Tess", "Test"));
    let mut ada = app.browser(Role::Admin);
    ada.get(&comparison(&app, priya, priya)).expect(303);
    ada.follow().expect(200).shows("This is the same profile.");
    for with in [stranger.to_string(), "00000000-0000-7000-8000-000000000000".to_owned(), "none".to_owned()] {
        ada.get(&app.profile(priya, &format!("/merge?with={with}"))).expect(404).hides("Tess");
    }
    // A form that was tampered with.
    ada.visit(&app.profile(priya, "/merge"));
    let form = |with: &str| {
        let token = ada.token();
        [("csrf", token.as_str()), ("with", with), ("version", "1"), ("other_version", "1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    };
    let (elsewhere, incomplete) = (form(&stranger.to_string()), form(""));
    ada.post(&app.profile(priya, "/merge"), &elsewhere).expect(404);
    ada.post(&app.profile(priya, "/merge"), &incomplete).expect(400).shows("The form is incomplete.");
    assert_eq!(app.db.number("SELECT count(*) FROM merges"), 0);
}

#[test]
fn only_admins_are_offered_to_merge() {
    let (app, priya, other) = two();
    for role in [Role::Marketer, Role::Support] {
        let mut browser = app.browser(role);
        browser.visit(&app.profile(priya, "")).hides("Merge…");
        browser.get(&comparison(&app, priya, other)).expect(403).shows("merge profiles");
    }
    merge(&app, priya, other);
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.profile(priya, "")).shows("Merged from").hides("Undo");
    mara.visit(&app.path("merges?show=done")).shows("P. Nair").shows("until 22 Dec").hides("Undo");
}

#[test]
fn people_without_an_id_can_be_merged() {
    let app = App::new();
    let browser = app.add(Person::known_by(Kind::Anonymous, "b-1").set("city", "Graz"));
    let other = app.add(Person::known_by(Kind::Anonymous, "b-2"));
    merge(&app, browser, other);
    assert_eq!(app.db.number("SELECT count(*) FROM profile_identifiers WHERE kind = 'anonymous_id'"), 3);
    assert_eq!(app.add(Person::known_by(Kind::Anonymous, "b-2").set("seen", true)), browser);
}
