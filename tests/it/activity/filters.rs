use kith::auth::Role;
use serde_json::json;

use super::flat;
use crate::support::{App, Browser, Page, Person};

fn busy() -> (App, String) {
    let app = App::new();
    let id = app.add(
        Person::new("c-1")
            .set("plan", "pro")
            .tag("vip")
            .event("Email Sent", "2026-11-22T01:00:00Z", json!({}))
            .event("Order Completed", "2026-11-22T02:00:00Z", json!({"total": 1}))
            .event("Page Visit", "2026-11-21T02:00:00Z", json!({})),
    );
    app.db.run("UPDATE event_definitions SET is_message = true WHERE name = 'Email Sent'");
    let tab = app.profile(id, "/activity");
    (app, tab)
}

/// Clicks a sort; the navigation has links of the same names.
fn pick<'a>(browser: &'a mut Browser<'_>, label: &str) -> &'a Page {
    let (css, page) = ("nav[aria-label^=Kinds] a", browser.page());
    let place = page.texts(css).iter().position(|text| text == label).expect("a sort of that name");
    let address = page.attrs(css, "href")[place].clone();
    browser.get(&address).expect(200)
}

#[test]
fn sorts_of_entries_are_put_on_and_taken_off() {
    let (app, tab) = busy();
    let mut mara = app.browser(Role::Marketer);
    let all = flat(mara.visit(&tab));
    assert_eq!(all.len(), 7, "three events, four changes: {all:?}");
    assert_eq!(mara.page().text("nav[aria-label^=Kinds] [aria-current]"), "Everything");
    assert_eq!(flat(pick(&mut mara, "Messages")), ["Email Sent"]);
    assert_eq!(flat(pick(&mut mara, "Tags")), ["Tag added", "Email Sent"]);
    mara.page().check_markup();
    assert_eq!(flat(pick(&mut mara, "Messages")), ["Tag added"]);
    assert_eq!(flat(pick(&mut mara, "Events")), ["Tag added", "Order Completed", "Page Visit"]);
    assert_eq!(flat(mara.click("Last 7 days").expect(200)).len(), 3, "the sorts stay: {}", mara.page().address);
    assert_eq!(flat(pick(&mut mara, "Everything")).len(), 7);
    mara.get(&format!("{tab}?kind=notes"))
        .expect(200)
        .shows("Nothing in this period")
        .shows("No entry matches these filters.");
    assert_eq!(flat(mara.click("Clear filters").expect(200)).len(), 7);
}

#[test]
fn events_are_chosen_and_hidden_by_name_within_the_period() {
    let (app, tab) = busy();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&format!("{tab}?period=all"));
    let form = mara.fill("body", "Filter", &[]);
    assert_eq!(form.pairs[0], ("period".to_owned(), "all".to_owned()), "the period stays");
    let mut shown = |query: &str| flat(mara.get(&format!("{tab}?{query}")).expect(200));
    assert_eq!(
        shown("event=Page+Visit&event=Email+Sent"),
        ["Email Sent", "Page Visit"],
        "no changes: names were named"
    );
    assert_eq!(shown("event=Page+Visit&kind=tags&kind=events"), ["Tag added", "Page Visit"]);
    assert_eq!(shown("not=Page+Visit&not=Email+Sent&kind=events&kind=messages"), ["Order Completed"]);
    assert_eq!(shown("event=&not=").len(), 7, "what is blank chooses nothing");
    assert!(shown("event=Unheard+Of").is_empty());
    mara.page().shows("Nothing in this period");
    let page = mara.get(&format!("{tab}?event=Page+Visit&not=Unheard+Of")).expect(200).clone();
    page.check_markup();
    assert_eq!(page.attrs("input[name=event][checked]", "value"), ["Page Visit"]);
    assert_eq!(page.attrs("input[name=not][checked]", "value"), ["Unheard Of"], "what was chosen is offered");
    assert_eq!(flat(mara.click("Clear filters").expect(200)).len(), 7);
}
