use kith::auth::Role;
use serde_json::json;

use super::{days, flat, summaries};
use crate::support::{App, Person};

fn shopper() -> (App, String) {
    let app = App::new();
    let order = json!({
        "total": 33.5, "currency": "EUR", "coupon": "<b>SALE</b>",
        "products": [{"name": "Tea", "price": 12.5}, {"name": "Pot", "price": 21}],
    });
    let id = app.add(
        Person::new("c-1")
            .name("Priya", "Nair")
            .event("Page Visit", "2026-11-22T01:00:00Z", json!({"path": "/tea"}))
            .event("Order Completed", "2026-11-22T02:00:00Z", order)
            .event("Page Visit", "2026-11-21T23:59:59Z", json!({}))
            .event("Page Visit", "2026-11-09T12:00:00Z", json!({}))
            .event("Sign Up", "2026-09-01T12:00:00Z", json!({}))
            .event("Order Completed", "2024-02-29T12:00:00Z", json!({"total": 1})),
    );
    let tab = app.profile(id, "/activity?kind=events");
    (app, tab)
}

#[test]
fn events_stand_under_their_day_the_newest_first() {
    let (app, tab) = shopper();
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&tab).clone();
    page.check_markup();
    page.shows("Times are in UTC");
    let expected = [
        ("Today, Sunday 22 November 2026", vec!["Order Completed", "Page Visit"]),
        ("Yesterday, Saturday 21 November 2026", vec!["Page Visit"]),
        ("Monday 9 November 2026", vec!["Page Visit"]),
    ];
    let expected = expected.map(|(day, entries)| (day.to_owned(), entries.into_iter().map(str::to_owned).collect()));
    assert_eq!(days(&page), expected, "thirty days, unless said otherwise");
    assert_eq!(page.texts("summary time")[..2], ["02:00", "01:00"]);
    assert_eq!(page.attrs("summary time", "datetime")[0], "2026-11-22T02:00:00Z");
}

#[test]
fn an_entry_sums_up_and_holds_all_the_particulars() {
    let (app, tab) = shopper();
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&tab).clone();
    let summaries = summaries(&page);
    assert_eq!(summaries[..2], ["33.50 EUR", "/tea"]);
    assert_eq!(page.texts("summary > .chip")[0], "API key test");
    let names = page.texts("li:first-child > details dt");
    for name in ["Coupon", "Currency", "Products", "Total", "Happened", "Received"] {
        assert!(names.iter().any(|had| had == name), "{name} in {names:?}");
    }
    page.shows("<b>SALE</b>").shows("name Tea · price 12.5").shows("name Pot · price 21");
    page.shows("22 November 2026, 02:00:00 UTC").shows("22 November 2026, 03:24:05 UTC");
    assert_eq!(page.count(".timeline details[open]"), 0);
    let open = mara.click("Open all").expect(200).clone();
    assert_eq!(open.count(".timeline details[open]"), open.count(".timeline details"));
    assert_eq!(mara.click("Close all").expect(200).count(".timeline details[open]"), 0);
}

#[test]
fn a_period_shows_that_and_nothing_else() {
    let (app, tab) = shopper();
    let mut mara = app.browser(Role::Marketer);
    let mut shown = |query: &str| flat(mara.visit(&format!("{tab}&{query}"))).len();
    assert_eq!(shown("period=7d"), 3);
    assert_eq!(shown("period=90d"), 5);
    assert_eq!(shown("period=all"), 6);
    assert_eq!(shown("period=nonsense"), 4);
    // Both days are included, whole.
    assert_eq!(shown("from=2026-11-21&to=2026-11-21"), 1);
    assert_eq!(shown("from=2024-02-29&to=2026-09-01"), 2);
    assert_eq!(shown("to=2024-02-29"), 1);
    assert_eq!(shown("from=2026-11-22"), 2);
    // What cannot be a period is none.
    assert_eq!(shown("from=2026-11-22&to=2026-11-01"), 4);
    assert_eq!(shown("from=0000-00-00&to=x"), 4);
}

#[test]
fn days_that_cannot_be_used_are_named_at_their_fields() {
    let (app, tab) = shopper();
    let mut mara = app.browser(Role::Marketer);
    let page = mara.get(&format!("{tab}&from=2026-11-22&to=2026-11-01")).expect(200).clone();
    page.check_markup();
    assert_eq!(
        page.text("#to-error"),
        "The last day is before the first. Choose a later last day or an earlier first day."
    );
    assert_eq!((page.attr("#from", "value"), page.attr("#to", "value")), ("2026-11-22".into(), "2026-11-01".into()));
    assert_eq!(page.count("details[open] #to[aria-invalid=true]"), 1, "it is to be seen");
    let page = mara.get(&format!("{tab}&from=yesterday&to=1800-01-01")).expect(200).clone();
    assert_eq!(
        page.texts(".field .error"),
        ["Enter a day, such as 2026-11-22.", "Choose a day from 1970-01-01 to 2199-12-31.",]
    );
    assert_eq!(page.attr("#from", "value"), "yesterday");
}

#[test]
fn nothing_in_the_period_offers_all_time() {
    let app = App::new();
    let old = app.add(Person::new("c-1").event("Order Completed", "2024-02-29T12:00:00Z", json!({})));
    let none = app.add(Person::new("c-2"));
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&app.profile(old, "/activity?kind=events")).clone();
    page.check_markup();
    page.shows("Nothing in this period").shows("Last seen 29 Feb 2024");
    let all = flat(mara.click("Show all time").expect(200));
    assert_eq!((all.len(), all.last().map(String::as_str)), (3, Some("Order Completed")), "of every kind: {all:?}");
    mara.visit(&app.profile(none, "/activity?kind=events"))
        .shows("The events of this person and the changes to their profile appear here.");
}

#[test]
fn events_of_others_and_of_the_test_environment_stay_there() {
    let (app, tab) = shopper();
    app.add(Person::new("c-2").event("Secret Visit", "2026-11-22T01:00:00Z", json!({})));
    app.add_to(app.test, Person::new("c-1").event("Trial Visit", "2026-11-22T01:00:00Z", json!({})));
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&format!("{tab}&period=all")).clone();
    assert_eq!(flat(&page).len(), 6);
    page.hides("Trial Visit");
}

/// Days of which nothing can be stored are as if they had not been typed.
#[test]
fn days_beyond_all_calendars_are_no_fault() {
    let (app, tab) = shopper();
    let mut mara = app.browser(Role::Marketer);
    for query in
        ["from=-262143-01-01", "to=262142-12-31", "from=262142-12-31&to=-262143-01-01", "from=0001-01-01&to=9999-12-31"]
    {
        let page = mara.get(&format!("{tab}&{query}")).expect(200);
        assert_eq!(flat(page).len(), 4, "{query}");
    }
}

#[test]
fn the_catalogue_says_how_an_event_looks() {
    let (app, tab) = shopper();
    app.db.run(
        "UPDATE event_definitions SET display_name = 'Bought', icon = 'cart', summary = '{coupon,total}', shown = '{total,currency}' \
         WHERE name = 'Order Completed'",
    );
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&format!("{tab}&open=all&event=Order+Completed")).clone();
    page.check_markup();
    assert_eq!(flat(&page), ["Bought"]);
    assert!(page.attr("summary .icon use", "href").ends_with("#cart"));
    assert_eq!(summaries(&page)[0], "<b>SALE</b> · 33.5");
    let names = page.texts("dl.props dt");
    assert_eq!(names, ["Total", "Currency", "Event", "Happened", "Received"], "what is shown, in that order");
    page.shows("Order Completed");
}
