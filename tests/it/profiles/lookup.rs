//! The search box, where what is typed is one exact thing.

use kith::{
    auth::Role,
    identities::{Identifier, Kind},
    ingest::{Item, Person as Who, Statement},
};
use serde_json::json;

use super::names;
use crate::support::{App, Browser, Page, Person, app::NOW, at, build::submit};

const LIST: &str = "/acme/live/profiles";

fn typed<'b>(browser: &'b mut Browser<'_>, text: &str) -> &'b Page {
    browser.visit(LIST);
    browser.submit("Search", &[("q", text)])
}

/// Types something, and returns whom it opens and what is said of that.
#[track_caller]
fn opens(browser: &mut Browser<'_>, text: &str) -> (String, String) {
    typed(browser, text).expect(303);
    let page = browser.follow().expect(200).clone();
    page.check_markup();
    (page.text("h1"), page.text("[role=status]"))
}

fn erased(id: &str) -> Item {
    let id = Identifier::new(Kind::Id, id).unwrap_or_else(|wrong| panic!("{wrong}"));
    Item { person: Who::Identifiers(vec![id]), as_of: at(NOW), statement: Statement::Delete { block: false } }
}

fn order(id: &str, name: &str, number: &str) -> Person {
    Person::new(id).name(name, "").event("Order Completed", "2026-11-20T10:00:00Z", json!({"order_id": number}))
}

fn mark(app: &App) {
    app.db.run("UPDATE event_definitions SET lookup_keys = '{order_id}' WHERE name = 'Order Completed'");
    app.clock.advance(chrono::TimeDelta::minutes(1));
}

#[test]
fn one_exact_thing_opens_the_profile_and_says_what_it_was() {
    let app = App::new();
    let token = "fcm:APA91b_a-long-token-of-a-phone";
    let person = Person::new("shop:C-1")
        .also(Kind::Anonymous, "b7f3-Browser-1")
        .name("Łucja", "Zielińska")
        .email("Lucja.Z@Example.com")
        .phone("+39 06 6982 1234")
        .device(token, "Pixel");
    let id = app.add(person.since("2026-11-09T00:00:00Z"));
    let mut mara = app.browser(Role::Marketer);
    let phone = "Found by phone +39 06 6982 1234.";
    for (text, said) in [
        ("shop:C-1", "Found by ID shop:C-1."),
        (" b7f3-Browser-1 ", "Found by anonymous ID b7f3-Browser-1."),
        ("LUCJA.z@example.COM", "Found by email lucja.z@example.com."),
        ("+390669821234", phone),
        ("+39 06 6982 1234", phone),
        ("0039 06 69821234", phone),
        ("390669821234", phone),
        ("(+39) 06-6982.1234", phone),
        (token, "Found by device token."),
        (&id.to_string(), "Found by internal ID."),
        (&id.to_string().to_uppercase(), "Found by internal ID."),
    ] {
        assert_eq!(opens(&mut mara, text), ("Łucja Zielińska".to_owned(), said.to_owned()), "{text}");
    }
    // What is between quotation marks, a part, or more than one thing, is searched for as words.
    for text in ["\"shop:C-1\"", "lucja.z@example", "zielinska", "lucja zielinska"] {
        assert_eq!(names(typed(&mut mara, text).expect(200)), ["Łucja Zielińska"], "{text}");
    }
    let tables = app.db.state_tables();
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    let before = app.db.digest(&tables);
    typed(&mut mara, "shop:C-1").expect(303);
    assert_eq!(app.db.digest(&tables), before, "looking changes nothing");
    assert_eq!(mara.head(&format!("{LIST}?q=shop%3AC-1")).status, 303);
}

#[test]
fn a_number_dialled_in_the_country_of_the_workspace_is_found() {
    let app = App::new();
    app.add(Person::new("c-1").name("Reto", "Frei").phone("+41 44 668 18 00"));
    let mut ada = app.browser(Role::Admin);
    assert_eq!(names(typed(&mut ada, "044 668 18 00").expect(200)), ["Reto Frei"], "by its digits");
    app.db.run(
        "UPDATE workspaces SET settings = jsonb_set(settings, '{countries}', '[[\"2026-01-01T00:00:00Z\", \"CH\"]]')",
    );
    app.clock.advance(chrono::TimeDelta::minutes(1));
    assert_eq!(opens(&mut ada, "044 668 18 00").1, "Found by phone +41 44 668 18 00.");
}

#[test]
fn the_way_back_leads_to_the_list_and_on_from_there() {
    let app = App::new();
    app.add(Person::new("grace").name("Ida", "Own"));
    app.add(Person::new("c-2").name("Grace", "Kim"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&format!("{LIST}?sort=name"));
    ada.submit("Search", &[("q", "grace")]).expect(303);
    ada.follow().shows("Found by ID grace.");
    let address = ada.page().address.clone();
    let list = ada.page().attrs("a[href*='open=no']", "href");
    let back = list.first().expect("a way back");
    assert!(back.starts_with(&format!("{LIST}?")) && back.contains("q=grace") && back.contains("sort=name"), "{back}");
    let page = ada.visit(back).clone();
    page.shows("1 person has the ID grace.").check_markup();
    assert_eq!(names(&page), ["Ida Own"]);
    let page = ada.click("Search for the words instead").expect(200).clone();
    assert_eq!(names(&page).len(), 2, "{:?}", names(&page));
    ada.visit(&address);
    let (path, query) = address.split_once('?').expect("a list");
    ada.get(&format!("{path}/next?{query}")).expect(303);
    ada.follow().shows("This is the last person of the list.");
}

#[test]
fn several_people_are_a_choice_that_says_what_they_share() {
    let app = App::new();
    app.add(Person::new("c-1").name("Ann", "Ash").email("family@example.com"));
    app.add(Person::new("c-2").name("Bob", "Ash").email("Family@example.com"));
    app.add(Person::new("c-3").name("Cy", "Ash").set("partner", "family@example.com"));
    app.add(Person::new("c-4").name("Di", "Ash").email("the.family@example.com"));
    let mut ada = app.browser(Role::Admin);
    let page = typed(&mut ada, "family@example.com").expect(200).clone();
    page.shows("2 people have the email family@example.com.").check_markup();
    let mut found = names(&page);
    found.sort();
    assert_eq!(found, ["Ann Ash", "Bob Ash"]);
    // One of them is not opened by the way back either.
    assert_eq!(names(ada.visit(&format!("{LIST}?q=family%40example.com&open=no"))).len(), 2);
    let words = ada.click("Search for the words instead").expect(200);
    assert_eq!(names(words).len(), 3, "the address of another contains it");
}

#[test]
fn an_order_number_finds_whose_the_order_was() {
    let app = App::new();
    app.add(order("c-0", "Early", "A-0"));
    mark(&app);
    app.add(order("c-1", "Ann", "#A-1001"));
    app.add(order("c-2", "Bob", "A-1001-b"));
    app.add(order("1003", "Cy", "A-1004"));
    app.add(order("c-5", "Di", "1003"));
    let mut ada = app.browser(Role::Admin);
    let found = ("Ann".to_owned(), "Found by order_id a-1001 in Order Completed.".to_owned());
    assert_eq!(opens(&mut ada, "a-1001"), found);
    assert_eq!(opens(&mut ada, "#A-1001"), found);
    let page = typed(&mut ada, "1003").expect(200).clone();
    page.shows("2 people have the ID 1003 or order_id 1003 in Order Completed.").check_markup();
    for nobody in ["A-0", "A-10", "1001-b"] {
        assert_eq!(names(typed(&mut ada, nobody).expect(200)), Vec::<String>::new(), "{nobody}");
    }
    app.db.run("UPDATE event_definitions SET lookup_keys = '{}'");
    assert_eq!(names(typed(&mut ada, "a-1001").expect(200)), Vec::<String>::new(), "what is not marked is not found");
}

#[test]
fn what_led_to_a_merged_profile_leads_to_its_survivor() {
    let app = App::new();
    app.add(order("c-0", "Early", "A-0"));
    mark(&app);
    let survivor = app.add(Person::new("c-1").name("Noor", "Haddad").email("noor@example.com"));
    let other = app.add(order("c-2", "Noor", "A-7").email("old@example.com"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.profile(survivor, &format!("/merge?with={other}")));
    ada.submit("Merge into Noor Haddad", &[]).expect(303);
    ada.follow();
    let merged = "Found by internal ID of a profile that was merged into this one.";
    for (text, said) in [
        (other.to_string().as_str(), merged),
        ("c-2", "Found by ID c-2."),
        ("old@example.com", "Found by email old@example.com."),
        ("A-7", "Found by order_id a-7 in Order Completed."),
    ] {
        assert_eq!(opens(&mut ada, text), ("Noor Haddad".to_owned(), said.to_owned()), "{text}");
    }
    // When it is undone, each has their own again.
    ada.visit(&app.profile(survivor, "/history"));
    let undo = app.db.one("SELECT '/merges/' || id || '/undo' FROM merges");
    ada.visit(&app.profile(survivor, &undo));
    ada.submit("Undo merge", &[]).expect(303);
    ada.follow();
    assert_eq!(opens(&mut ada, "A-7").0, "Noor");
    assert_eq!(opens(&mut ada, "old@example.com").0, "Noor");
    assert_eq!(opens(&mut ada, &other.to_string()), ("Noor".to_owned(), "Found by internal ID.".to_owned()));
}

#[test]
fn the_erased_are_not_found_and_live_and_test_are_apart() {
    let app = App::new();
    app.add(order("c-0", "Early", "A-0"));
    mark(&app);
    let token = "a-long-token-of-a-phone";
    let person = order("c-1", "Ann", "A-1").also(Kind::Anonymous, "b-1").email("ann@example.com").phone("+14155550123");
    let id = app.add(person.device(token, "Pixel"));
    let mut ada = app.browser(Role::Admin);
    let all = ["c-1", "b-1", "ann@example.com", "+1 415 555 0123", token, "A-1", &id.to_string()];
    for text in all {
        assert_eq!(opens(&mut ada, text).0, "Ann", "{text}");
        ada.visit("/acme/test/profiles");
        let page = ada.submit("Search", &[("q", text)]).expect(200).clone();
        assert_eq!(names(&page), Vec::<String>::new(), "{text}");
    }
    submit(&app.state.db, app.live, app.clock.now(), &[erased("c-1")]);
    for text in all {
        assert_eq!(names(typed(&mut ada, text).expect(200)), Vec::<String>::new(), "{text}");
    }
    assert_eq!(app.db.number("SELECT count(*) FROM event_keys"), 0);
}

#[test]
fn a_misspelt_name_is_answered_with_names_that_are_like_it() {
    let app = App::new();
    let names_of = ["Grace Kim", "Grace Park", "Gracie Low", "John Ash", "Łucja Zielińska", "Andrei Popescu"];
    for (n, name) in names_of.into_iter().enumerate() {
        let (first, last) = name.split_once(' ').expect("two");
        app.add(Person::new(&format!("c-{n}")).name(first, last));
    }
    app.add_to(app.test, Person::new("t-1").name("Graczia", "Test"));
    let mut mara = app.browser(Role::Marketer);
    let mut meant = |text: &str| {
        let page = typed(&mut mara, text).expect(200).clone();
        page.check_markup();
        let links = page.texts("section.empty p:first-of-type a");
        (!page.visible().contains("Did you mean")).then(Vec::new).unwrap_or(links)
    };
    assert_eq!(meant("gracce"), ["Grace", "Gracie"]);
    assert_eq!(meant("jhon"), ["John"]);
    assert_eq!(meant("zielinksa lucja"), ["Zielińska Łucja"]);
    assert_eq!(meant("gracce kim"), ["Grace Kim"]);
    for text in ["xyzzyx", "gracce tag:vip", "gr", "9999999", "gracce@example.com"] {
        assert_eq!(meant(text), Vec::<String>::new(), "{text}");
    }
    typed(&mut mara, "gracce");
    let mut found = names(mara.click("Grace").expect(200));
    found.sort();
    assert_eq!(found, ["Grace Kim", "Grace Park"]);
}

#[test]
fn words_are_found_in_all_scripts() {
    let app = App::new();
    for (n, name) in
        ["Maureen O’Shea", "Νίκος Βλάχος", "أحمد الكعبي", "王小明", "山田花子", "Андрей Чайка", "Anne‑Marie Roux"]
            .into_iter()
            .enumerate()
    {
        app.add(Person::new(&format!("c-{n}")).set("name", name));
    }
    app.add(Person::new("k-1").set("first_name", "민준").set("last_name", "김"));
    app.add(Person::new("k-2").set("first_name", "小明").set("last_name", "王"));
    let mut mara = app.browser(Role::Marketer);
    let mut found = |text: &str| {
        let mut found = names(typed(&mut mara, text).expect(200));
        found.sort();
        found
    };
    for (text, name) in [
        ("o'shea", "Maureen O’Shea"),
        ("O´SHEA", "Maureen O’Shea"),
        ("ΝΙΚΟΣ", "Νίκος Βλάχος"),
        ("βλαχοσ", "Νίκος Βλάχος"),
        ("احمد", "أحمد الكعبي"),
        ("花子", "山田花子"),
        ("田花", "山田花子"),
        ("花", "山田花子"),
        ("山田花子", "山田花子"),
        ("андрей", "Андрей Чайка"),
        ("anne-marie", "Anne‑Marie Roux"),
        ("민준", "김 민준"),
        ("김민준", "김 민준"),
        ("준", "김 민준"),
    ] {
        assert_eq!(found(text), [name], "{text}");
    }
    assert_eq!(found("王小明"), ["王 小明", "王小明"]);
    assert_eq!(found("王 小明"), ["王 小明", "王小明"]);
    assert_eq!(found("小明"), ["王 小明", "王小明"]);
    assert_eq!(found("андреи"), Vec::<String>::new(), "й is a letter of its own");
    assert_eq!(found("子花"), Vec::<String>::new());
}
