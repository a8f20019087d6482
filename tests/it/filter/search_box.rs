//! The search box.

use kith::{auth::Role, identities::Kind};

use crate::{
    profiles::names,
    support::{App, Browser, Person},
};

/// Types into the search box and returns the names found, in alphabetical order: of the list, or of the one person whom it opens.
#[track_caller]
fn find(browser: &mut Browser<'_>, typed: &str) -> Vec<String> {
    browser.visit("/acme/live/profiles");
    let page = browser.submit("Search", &[("q", typed)]).clone();
    if page.status == 303 {
        return vec![browser.follow().expect(200).text("h1")];
    }
    let mut found = names(page.expect(200));
    found.sort();
    found
}

fn shop() -> App {
    let app = App::new();
    app.add(
        Person::new("C-100482")
            .also(Kind::Anonymous, "b7f3-Browser-1")
            .name("Łucja", "Zielińska")
            .email("Lucja.Z@Example.com")
            .phone("+48 22 123 45 67"),
    );
    app.add(Person::new("C-2").name("Priya", "Nair").email("priya@shop.example").phone("+919876543210"));
    app.add(Person::new("C-3").name("直樹", "林").email("hayashi@example.jp"));
    app.add(Person::new("100%_off\\x").name("Percy", "Cent"));
    app.add(Person::known_by(Kind::Anonymous, "only-a-browser").set("plan", "pro"));
    app
}

#[test]
fn people_are_found_by_any_part_of_what_is_known() {
    let app = shop();
    let mut ada = app.browser(Role::Admin);
    for typed in [
        "zieli",
        "zielinska",
        "ZIELIŃSKA",
        "lucja",
        "Łucja zieliń",
        "ziel lucja",
        "\"Łucja Ziel\"",
        "100482",
        "c-1004",
        "lucja.z@",
        "Z@EXAMPLE",
        "  zieli  ",
    ] {
        assert_eq!(find(&mut ada, typed), ["Łucja Zielińska"], "{typed:?}");
    }
    assert_eq!(find(&mut ada, "林"), ["林 直樹"]);
    assert_eq!(find(&mut ada, "example"), ["Priya Nair", "Łucja Zielińska", "林 直樹"]);
    // Every word must occur, together where they are quoted.
    assert_eq!(find(&mut ada, "lucja nair"), Vec::<String>::new());
    assert_eq!(find(&mut ada, "\"Zielińska Łucja\""), Vec::<String>::new());
    // The values of attributes are not searched.
    assert_eq!(find(&mut ada, "pro"), Vec::<String>::new());
}

#[test]
fn phone_numbers_are_found_in_any_format() {
    let app = shop();
    let mut ada = app.browser(Role::Admin);
    for typed in [
        "+919876543210",
        "+91 98765 43210",
        "(+91) 98765-43210",
        "0091 98765 43210",
        "098765 43210",
        "98765 43210",
        "98765-43210",
        "9876543210",
        "876543",
        "+91 (0) 98765 43210",
    ] {
        assert_eq!(find(&mut ada, typed), ["Priya Nair"], "{typed:?}");
    }
    assert_eq!(find(&mut ada, "+48 22 123 45 67"), ["Łucja Zielińska"]);
    assert_eq!(find(&mut ada, "+91 98765 43211"), Vec::<String>::new());
}

#[test]
fn a_browser_is_found_by_its_whole_id_only() {
    let app = shop();
    let mut ada = app.browser(Role::Admin);
    assert_eq!(find(&mut ada, "b7f3-Browser-1"), ["Łucja Zielińska"]);
    assert_eq!(find(&mut ada, " only-a-browser "), ["only-a-browser"]);
    for part in ["b7f3", "b7f3-Browser", "only-a"] {
        assert_eq!(find(&mut ada, part), Vec::<String>::new(), "{part}");
    }
}

#[test]
fn a_whole_id_or_token_finds_whose_it_is() {
    let app = shop();
    let token = "fcm:APA91b_a-long-token-of-a-phone\\x";
    let twin =
        app.add(Person::new("C-7").name("Noor", "Haddad").device(token, "Pixel 8").device("0123456789abcdef", "Old"));
    let other = app.add(Person::new("C-8").name("Noor", "Old"));
    let own = app.add(Person::new("7f3e9c2a-5b1d-4c8e-9a60-1d2f3b4c5d6e").name("Ida", "Own"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(twin, &format!("/merge?with={other}")));
    ada.submit("Merge into Noor Haddad", &[]).expect(303);
    let id = twin.0.to_string();
    for typed in [
        &id,
        &id.to_uppercase(),
        &twin.0.simple().to_string(),
        &other.0.to_string(),
        token,
        "0123456789abcdef",
        "C-8",
        "c-7",
    ] {
        assert_eq!(find(&mut ada, typed), ["Noor Haddad"], "{typed:?}");
    }
    assert_eq!(find(&mut ada, "7F3E9C2A-5b1d-4c8e-9a60-1d2f3b4c5d6e"), ["Ida Own"]);
    assert_eq!(find(&mut ada, &own.0.to_string()), ["Ida Own"]);
    for nobody in [&id[1..], "0123456789abcde", "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b01"] {
        assert_eq!(find(&mut ada, nobody), Vec::<String>::new(), "{nobody:?}");
    }
    app.add(Person::new("C-7").no_device("0123456789abcdef"));
    assert_eq!(find(&mut ada, "0123456789abcdef"), Vec::<String>::new(), "a removed device is nobody's");
}

#[test]
fn signs_with_a_meaning_to_the_database_are_only_signs() {
    let app = shop();
    let mut ada = app.browser(Role::Admin);
    for typed in ["%", "_", "\\", "100%_", "%_off\\x"] {
        assert_eq!(find(&mut ada, typed), ["Percy Cent"], "{typed:?}");
    }
    for typed in ["Pri%", "Pr_ya", "'; DROP TABLE profiles; --", "\"", "\"\""] {
        ada.visit("/acme/live/profiles");
        ada.submit("Search", &[("q", typed)]).expect(200).check_markup();
    }
    assert_eq!(find(&mut ada, "Pri%"), Vec::<String>::new());
    assert_eq!(app.db.number("SELECT count(*) FROM profiles"), 5);
}

#[test]
fn a_very_long_question_is_answered() {
    let app = shop();
    let mut ada = app.browser(Role::Admin);
    for long in ["x".repeat(8_000), "priya ".repeat(1_300), "%25".repeat(2_600), "9".repeat(8_000)] {
        let page = ada.get(&format!("/acme/live/profiles?q={}", long.replace(' ', "+"))).expect(200);
        page.check_markup();
    }
    assert_eq!(find(&mut ada, &"priya ".repeat(40)), ["Priya Nair"]);
}

#[test]
fn nobody_found_says_what_to_try_and_keeps_the_question() {
    let app = shop();
    let mut ada = app.browser(Role::Admin);
    let page = ada.get("/acme/live/profiles?q=%3Cb%3Enobody%3C/b%3E&sort=name").expect(200).clone();
    page.check_markup();
    page.shows("Nobody matches “<b>nobody</b>”").shows("Try fewer words");
    assert_eq!(page.attr("input[name=q]", "value"), "<b>nobody</b>");
    assert_eq!(page.attr("input[name=sort]", "value"), "name");
    assert_eq!(names(ada.click("Show all profiles")).len(), 5);
}

#[test]
fn a_new_address_is_found_and_the_old_one_no_more() {
    let app = shop();
    let mut ada = app.browser(Role::Admin);
    app.clock.advance(chrono::TimeDelta::minutes(1));
    app.add(Person::new("C-2").name("Priya", "Nair-Menon").email("pnm@shop.example"));
    assert_eq!(find(&mut ada, "pnm@shop"), ["Priya Nair-Menon"]);
    assert_eq!(find(&mut ada, "menon"), ["Priya Nair-Menon"]);
    assert_eq!(find(&mut ada, "priya@shop"), Vec::<String>::new());
}
