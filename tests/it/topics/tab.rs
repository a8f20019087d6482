//! Topics and consents of one person on their Subscriptions tab.

use kith::{
    auth::Role,
    subscriptions::SubscriptionState::{Subscribed, Unsubscribed},
};

use super::define;
use crate::support::{App, Page, Person};

/// The row of a topic: what stands in its cells.
fn row(page: &Page, topic: &str) -> Vec<String> {
    let rows = page.texts(".preferences tr:has(> th[scope=row])");
    let found = rows.iter().find(|row| row.starts_with(topic)).unwrap_or_else(|| panic!("no {topic}: {rows:?}"));
    found.split("  ").map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn the_matrix_has_defaults_answers_and_what_is_required() {
    let app = App::new();
    define(&app);
    app.db.run("UPDATE topics SET retired_at = now() WHERE key = 'surveys'");
    let person = Person::new("c-1").email("ann@example.com").wants("email/news", Unsubscribed);
    let ann =
        app.add(person.wants("all/Spring fair", Subscribed).consent("gdpr.marketing", true).consent("gdpr.old", false));
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.profile(ann, "/subscriptions")).clone();
    page.check_markup();
    assert_eq!(page.texts(".preferences th[scope=rowgroup]"), ["Shop", "Not defined"]);
    let cells = |topic: &str| row(&page, topic).join(" ");
    assert!(cells("Orders and delivery").contains("Required"), "{}", cells("Orders and delivery"));
    assert!(!page.visible().contains("Change… Orders and delivery, Email"));
    assert!(cells("Weekly news").contains("Unsubscribed") && cells("Weekly news").contains("On by default"));
    assert!(cells("Special offers").contains("Off by default"));
    assert!(cells("Spring fair").contains("Subscribed"));
    page.hides("Surveys").hides("Retired");
    let consents = page.texts("[aria-labelledby=consents] tbody tr");
    assert!(consents[0].starts_with("Analytics") && consents[0].contains("no answer yet"), "{consents:?}");
    assert!(consents[1].starts_with("Marketing") && consents[1].contains("Agreed"), "{consents:?}");
    assert!(consents[2].starts_with("gdpr.old") && consents[2].contains("Refused"), "{consents:?}");
    // Where nothing is sent without a yes, it is the yes that can be recorded.
    assert!(page.link("Subscribe… Email").is_some() && page.link("Unsubscribe… SMS").is_some());
    // A single cell is toggled through the page that asks for a reason.
    ada.click("Change… Weekly news, Email").expect(200).shows("to Email: Weekly news?");
    ada.submit("Subscribe", &[("cause", "phone"), ("details", "")]).expect(303);
    ada.follow().shows("Subscribed to Email: Weekly news.");
    assert!(row(ada.page(), "Weekly news").join(" ").contains("Subscribed"));
    assert_eq!(app.browser(Role::Support).visit(&app.profile(ann, "/subscriptions")).count(".preferences a"), 0);
}

#[test]
fn a_retired_topic_is_shown_to_whom_it_meant_something() {
    let app = App::new();
    define(&app);
    app.db.run("UPDATE topics SET retired_at = now() WHERE key = 'surveys'");
    let ann = app.add(Person::new("c-1").email("ann@example.com").wants("sms/surveys", Unsubscribed));
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.profile(ann, "/subscriptions")).clone();
    assert_eq!(page.texts(".preferences th[scope=rowgroup]"), ["Shop", "Retired"]);
    assert!(row(&page, "Surveys").join(" ").contains("Unsubscribed"));
}
