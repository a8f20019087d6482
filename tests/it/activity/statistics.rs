use kith::auth::Role;
use serde_json::json;

use crate::support::{App, Person};

#[test]
fn numbers_stand_above_the_timeline_and_in_a_table() {
    let app = App::new();
    let order = |total: serde_json::Value, currency: &str| json!({"total": total, "currency": currency});
    let person = Person::new("c-1")
        .event("Order Completed", "2026-11-21T02:00:00Z", order(json!(33.5), "eur"))
        .event("Order Completed", "2026-11-21T03:00:00Z", order(json!("0.10"), "EUR"))
        .event("Order Completed", "2026-11-20T03:00:00Z", order(json!(1234), "CHF"))
        .event("Order Completed", "2026-11-20T04:00:00Z", order(json!("a lot"), "CHF"))
        .event("Order Completed", "2026-11-20T05:00:00Z", json!({"total": 7}))
        .event("Email Sent", "2026-11-20T05:00:00Z", json!({}))
        .event("Order Completed", "2026-01-20T05:00:00Z", order(json!(1), "EUR"));
    let id = app.add(person);
    app.db.run("UPDATE event_definitions SET revenue = 'total' WHERE name = 'Order Completed'");
    app.db.run("UPDATE event_definitions SET is_message = true WHERE name = 'Email Sent'");
    let tab = app.profile(id, "/activity");
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&tab).clone();
    page.check_markup();
    let labels = page.attrs("svg[role=img]", "aria-label");
    assert_eq!(
        labels,
        [
            "Events by day from 23 October 2026 to 22 November 2026: 6 in all, 4 at most, on 20 November 2026",
            "Orders by day from 23 October 2026 to 22 November 2026: 5 in all, 3 at most, on 20 November 2026",
            "Messages by day from 23 October 2026 to 22 November 2026: 1 in all, 1 at most, on 20 November 2026",
        ]
    );
    assert_eq!(page.texts(".chart .y"), ["4", "0", "3", "0", "1", "0"], "each chart has an axis");
    assert_eq!(page.texts(".chart .x")[0], "23 October22 November");
    page.shows("7.00, 1,234.00 CHF, 33.60 EUR").shows("1 order has no amount.");
    let rows = page.texts("table tbody tr").into_iter().filter(|row| row.contains("2026")).collect::<Vec<_>>();
    assert_eq!(rows, ["21 November 2026 2 2 33.60 EUR 0", "20 November 2026 4 3 7.00, 1,234.00 CHF 1"]);
    mara.visit(&format!("{tab}?period=all")).shows("34.60 EUR").shows("January 2026");
    assert_eq!(mara.page().attrs("svg[role=img] path", "d")[2], "M40 30v-30h3v30z", "the eleventh month of eleven");
    mara.visit(&format!("{tab}?period=365d"));
    assert!(mara.page().attrs("svg[role=img]", "aria-label")[0].starts_with("Events by week from 17 November 2025"));
    assert_eq!(mara.visit(&format!("{tab}?from=2026-11-22&to=2026-11-22")).count("svg[role=img]"), 0);
}

#[test]
fn messages_are_counted_by_channel_within_the_period() {
    let app = App::new();
    let told = |person: Person, name: &str, day: u32| {
        person.event(name, &format!("2026-11-{day:02}T0{}:00:00Z", name.len() % 9), json!({}))
    };
    let sent =
        [("Email Sent", 20), ("Email Sent", 21), ("Email Delivered", 20), ("Email Opened", 20), ("Email Bounced", 21)];
    let other = [("SMS Sent", 19), ("dynamicContent.show", 19), ("Email Sent", 1), ("Order Completed", 20)];
    let person = sent.into_iter().chain(other).fold(Person::new("c-1"), |person, (name, day)| told(person, name, day));
    let id = app.add(person);
    let page = app.browser(Role::Marketer).visit(&app.profile(id, "/activity?from=2026-11-15&to=2026-11-22")).clone();
    page.shows("Messages by channel").check_markup();
    let rows: Vec<String> = page.texts("[aria-label='Messages by channel'] tbody tr");
    assert_eq!(rows, ["Email 2 1 1 0 1 0", "SMS 1 0 0 0 0 0", "Screen views 0 0 1 0 0 0"]);
}

#[test]
fn days_are_those_of_the_reader() {
    let app = App::new();
    let id = app.add(Person::new("c-1").event("Visit", "2026-11-20T23:30:00Z", json!({})));
    app.db.run("UPDATE operators SET zone = 'Europe/Zurich' WHERE email = 'mara@acme.example'");
    let page = app.browser(Role::Marketer).visit(&app.profile(id, "/activity")).clone();
    assert!(
        page.texts("table tbody tr").contains(&"21 November 2026 1 0 0".to_owned()),
        "{:?}",
        page.texts("table tbody tr")
    );
}
