use kith::{
    auth::Role,
    identities::Kind,
    subscriptions::SubscriptionState::{Pending, Subscribed, Unsubscribed},
};
use serde_json::json;

use super::names;
use crate::support::{App, Page, Person, statements};

const LIST: &str = "/acme/live/profiles";

fn heads(page: &Page) -> Vec<String> {
    page.texts("table.list thead th").iter().map(|head| head.trim_end_matches([' ', '↓', '↑']).to_owned()).collect()
}

/// Cells of the row of that person, beside the name.
fn cells(page: &Page, name: &str) -> Vec<String> {
    let row = names(page).iter().position(|it| it == name).unwrap_or_else(|| panic!("no {name}"));
    page.texts(&format!("table.list tbody tr:nth-child({}) td", row + 1))
}

fn people() -> App {
    let app = App::new();
    let priya = Person::new("c-1")
        .name("Priya", "Nair")
        .email("priya@example.com")
        .phone("+91 98765 43210")
        .tag("vip")
        .set("plan", "pro")
        .set("iban", "AT61")
        .wants("email", Subscribed)
        .wants("sms", Unsubscribed)
        .since("2026-11-09T00:00:00Z")
        .also(Kind::Email, "priya@example.com");
    let priya = priya.event("Page Visit", "2026-11-20T00:00:00Z", json!({}));
    app.add(priya.event("Order Completed", "2026-11-21T00:00:00Z", json!({})));
    app.add(Person::new("c-2").name("Bo", "Ek").email("bo@example.com").wants("email", Pending));
    app.add(Person::new("c-3").name("Cy", "Ab"));
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true WHERE name = 'iban'");
    app.db.run("UPDATE attribute_definitions SET in_table = true WHERE name = 'plan'");
    app
}

#[test]
fn what_an_address_names_is_shown_in_that_order() {
    let app = people();
    let mut sanjay = app.browser(Role::Support);
    let usual = sanjay.visit(LIST).clone();
    assert_eq!(heads(&usual), ["Name", "Contact", "Tags", "Plan", "Created", "Last seen"]);
    let chosen = "reachable,email.subscription,sms.subscription,plan,last-event,first-seen,identifiers";
    let page = sanjay.visit(&format!("{LIST}?columns={chosen}")).clone();
    page.check_markup();
    assert_eq!(
        heads(&page),
        ["Name", "Reachable", "Email messages", "SMS messages", "Plan", "Last event", "First seen", "Identifiers"]
    );
    let priya = cells(&page, "Priya Nair");
    assert_eq!(priya[..4], ["Email", "Yes", "No", "pro"]);
    assert_eq!(priya[4], "Order Completed yesterday");
    assert_eq!(priya[5], "13 d ago");
    assert_eq!(priya[6], "c-1, priya@example.com");
    let bo = cells(&page, "Bo Ek");
    assert!(bo[0].contains("They were asked to confirm it"), "{bo:?}");
    assert_eq!(bo[1..4], ["Not confirmed", "–", "–"]);
    let cy = cells(&page, "Cy Ab");
    assert_eq!(cy[0], "No: There is no email, phone or device.");
    assert_eq!((&cy[1..5], cy[5].as_str()), (&["–"; 4].map(str::to_owned)[..], "just now"));
    // Only the name is a choice, too.
    assert_eq!(heads(sanjay.visit(&format!("{LIST}?columns=name"))), ["Name"]);
    let page = sanjay.visit(&format!("{LIST}?columns=updated,source,sms.address,tags,contact")).clone();
    assert_eq!(heads(&page), ["Name", "Changed", "Created by", "Phone", "Tags", "Contact"]);
    assert_eq!(cells(&page, "Priya Nair")[1..4], ["API key test", "+919876543210", "vip"]);
}

#[test]
fn a_hidden_value_stays_hidden_and_is_a_column_only_for_those_who_may_show_it() {
    let app = people();
    let address = format!("{LIST}?columns=iban,plan,none-such");
    let page = app.browser(Role::Support).visit(&address).clone();
    assert_eq!(
        (heads(&page), cells(&page, "Priya Nair")[0].as_str()),
        (vec!["Name".into(), "Iban".into(), "Plan".into()], "hidden")
    );
    let mut mara = app.browser(Role::Marketer);
    assert_eq!(heads(mara.visit(&address)), ["Name", "Plan"]);
    let offered = mara.visit(&format!("{LIST}/columns")).texts("option");
    assert!(!offered.contains(&"Iban".to_owned()), "{offered:?}");
    for body in [&page.body, &mara.page().body] {
        assert!(!body.contains("AT61"));
    }
}

#[test]
fn columns_are_added_moved_and_removed_without_script() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&format!("{LIST}?q=tag%3Avip&sort=name"));
    let page = mara.click("Columns").expect(200).clone();
    page.check_markup();
    assert_eq!(page.texts("tbody th"), ["Name", "Contact", "Tags", "Plan", "Created", "Last seen"]);
    let rows = |page: &Page| page.texts("tbody th")[1..].to_vec();
    mara.submit("Up: Plan", &[]).expect(303);
    assert_eq!(rows(mara.follow()), ["Contact", "Plan", "Tags", "Created", "Last seen"]);
    mara.submit("Down: Contact", &[]).expect(303);
    mara.follow();
    mara.submit("Remove: Created", &[]).expect(303);
    mara.follow();
    mara.submit("Add", &[("Add a column", "reachable")]).expect(303);
    let page = mara.follow().clone();
    assert_eq!(rows(&page), ["Plan", "Contact", "Tags", "Last seen", "Reachable"]);
    assert!(!page.texts("option").contains(&"Reachable".to_owned()));
    let page = mara.click("Show list").expect(200).clone();
    assert_eq!(heads(&page), ["Name", "Plan", "Contact", "Tags", "Last seen", "Reachable"]);
    assert_eq!((names(&page), page.attr("input[name=q]", "value")), (vec!["Priya Nair".to_owned()], "tag:vip".into()));
    // It survives sorting, searching and coming back.
    let page = mara.click("Last seen").expect(200).clone();
    assert_eq!(heads(&page).len(), 6);
    mara.submit("Search", &[("q", "priya")]).expect(200);
    assert_eq!(heads(mara.page()).len(), 6);
    let page = mara.click("Priya Nair").expect(200).clone();
    assert!(page.attrs("a", "href").iter().any(|it| it.contains("/profiles?") && it.contains("columns=name%2Cplan")));
    mara.visit(&format!("{LIST}/columns?columns=name,plan"));
    assert_eq!(rows(mara.click("Usual columns").expect(200)), ["Contact", "Tags", "Plan", "Created", "Last seen"]);
}

#[test]
fn there_are_twelve_at_most_and_nonsense_is_a_page_too() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    let many = "contact,tags,created,seen,updated,first-seen,source,reachable,identifiers,last-event,email.address,sms.address";
    let page = mara.visit(&format!("{LIST}/columns?columns={many}")).clone();
    page.check_markup();
    page.shows("A list has at most 12 columns beside the name.");
    assert_eq!(page.count("select"), 0);
    mara.get(&format!("{LIST}/columns?columns={many}&add=plan")).expect(303);
    assert_eq!(mara.follow().count("tbody th"), 13);
    let page = mara.visit(&format!("{LIST}?columns={many},plan,tags")).clone();
    page.check_markup();
    assert_eq!(heads(&page).len(), 12, "tags stand below the name where the table scrolls");
    for nonsense in ["%22", "a%22b", ",,,", "x.subscription", "%C3%A9%20%22%22", "%F0%9F%98%80"] {
        mara.visit(&format!("{LIST}?columns={nonsense}")).check_markup();
        mara.visit(&format!("{LIST}/columns?columns={nonsense}&up={nonsense}")).check_markup();
    }
}

#[test]
fn what_has_an_index_sorts_and_the_others_say_so() {
    let app = people();
    app.add(Person::new("c-2").set("plan", "team").said_at("2026-11-22T03:00:00Z"));
    app.db.run("UPDATE profiles SET updated_at = '2026-11-01' WHERE name LIKE 'Priya%'");
    app.db.run("UPDATE profiles SET updated_at = '2026-11-02' WHERE name LIKE 'Cy%'");
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&format!("{LIST}?columns=updated,plan"));
    let page = mara.click("Changed").expect(200).clone();
    assert_eq!(names(&page), ["Bo Ek", "Cy Ab", "Priya Nair"]);
    assert_eq!(page.attrs("th[aria-sort]", "aria-sort"), ["descending"]);
    let titles = page.attrs("thead th", "title");
    assert_eq!(titles, ["Plan: the list sorts by name, created, changed and last seen"]);
    // An order whose column is not shown is told all the same.
    let page = mara.visit(&format!("{LIST}?columns=plan&sort=-updated")).clone();
    assert_eq!(page.text("nav.sorts.always a[aria-current]"), "Changed ↓");
    assert_eq!(mara.visit(LIST).count("nav.sorts.always"), 0);
}

#[test]
fn dense_and_roomy_stand_in_the_address() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&format!("{LIST}?sort=name"));
    let page = mara.click("Dense rows").expect(200).clone();
    assert_eq!(
        (page.count(".people.dense"), page.address.as_str()),
        (1, "/acme/live/profiles?sort=name&density=dense")
    );
    mara.submit("Search", &[("q", "priya")]).expect(200);
    assert_eq!(mara.page().count(".people.dense"), 1);
    assert_eq!(mara.click("Roomy rows").expect(200).count(".people.dense"), 0);
}

#[test]
fn columns_cost_two_statements_at_most() {
    statements::count();
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    let mut asked = |query: &str| {
        let address = format!("{LIST}{query}");
        mara.get(&address);
        let before = statements::asked(&app.db);
        mara.get(&address).expect(200);
        statements::asked(&app.db) - before
    };
    let usual = asked("");
    assert_eq!(asked("?columns=reachable,email.subscription,updated,plan"), usual);
    assert_eq!(asked("?columns=last-event,source,identifiers,email.address,first-seen"), usual + 1);
    assert_eq!(asked("?columns=first_name,last-event,source"), usual + 2);
}
