use kith::{auth::Role, subscriptions::SubscriptionState};
use serde_json::json;

use super::{customer, import, support};
use crate::support::{App, Person};

#[test]
fn changes_are_listed_with_what_was_before() {
    let (app, _, tab) = customer();
    import(&app, "plans.csv", Person::new("c-1").set("plan", "pro").said_at("2026-11-20T10:00:00Z"));
    import(&app, "plans.csv", Person::new("c-1").set("plan", "gold").wants("email", SubscriptionState::Unsubscribed));
    let page = support(&app).visit(&tab).clone();
    page.check_markup();
    assert_eq!(page.text("nav.tabs [aria-current]"), "History");
    let rows = page.texts("table.history tbody tr");
    assert!(rows[0].starts_with("Email Subscription nothing Unsubscribed, from a system"), "{rows:?}");
    assert!(rows[1].starts_with("Plan Attribute free gold"), "{rows:?}");
    assert!(rows[1].contains("Import plans.csv"), "{rows:?}");
    assert!(rows.iter().any(|row| row.starts_with("vip Tag Off On")), "{rows:?}");
    assert!(rows.iter().any(|row| row.starts_with("Email Contact detail nothing priya@example.com")), "{rows:?}");
    assert!(rows.iter().any(|row| row.starts_with("ID Identifier nothing c-1")), "{rows:?}");
    assert!(rows.last().is_some_and(|row| row.starts_with("Profile created 1 h ago")), "{rows:?}");
    assert_eq!(page.texts("table.history thead th[scope=col]").len(), 5);
    assert!(!rows[1].contains("true since"), "said now: {rows:?}");
}

#[test]
fn what_was_true_before_it_was_said_tells_both_times() {
    let app = App::new();
    let profile = app.add(Person::new("c-1").set("plan", "pro").said_at("2026-11-20T10:00:00Z"));
    let page = app.browser(Role::Marketer).visit(&app.profile(profile, "/history")).clone();
    let rows = page.texts("table.history tbody tr");
    assert!(rows[0].contains("Plan") && rows[0].contains("true since 2 d ago"), "{rows:?}");
    assert!(page.link("Undo").is_none() && !page.visible().contains("Undo of Plan"), "a marketer undoes nothing");
}

#[test]
fn the_list_is_narrowed_by_kind_source_actor_subject_and_day() {
    let (app, _, tab) = customer();
    import(&app, "plans.csv", Person::new("c-1").set("plan", "pro").set("city", "Kochi"));
    let mut sanjay = support(&app);
    let labels = |page: &crate::support::Page| page.texts("table.history tbody th a");
    sanjay.visit(&tab);
    assert_eq!(labels(sanjay.submit("Filter", &[("What", "tag")]).expect(200)), ["vip"]);
    sanjay.visit(&tab);
    assert_eq!(labels(sanjay.submit("Filter", &[("By", "import")]).expect(200)), ["City", "Plan"]);
    let page = sanjay.visit(&tab).clone();
    assert_eq!(page.attrs("#source optgroup", "label"), ["Imports", "API keys"]);
    let import = page.attr("#source optgroup[label=Imports] option", "value");
    assert_eq!(labels(sanjay.submit("Filter", &[("Source", &import)]).expect(200)), ["City", "Plan"]);
    sanjay.visit(&tab);
    let page = sanjay.click("Plan").expect(200).clone();
    page.check_markup();
    page.shows("Only Plan");
    assert_eq!(labels(&page), ["Plan", "Plan"]);
    sanjay.submit("Filter", &[("By", "key")]).expect(200);
    assert_eq!(labels(sanjay.page()), ["Plan"], "the subject stays");
    sanjay.click("Clear filters").expect(200);
    for (from, to, found) in [("2026-11-22", "2026-11-22", 12), ("2026-11-23", "", 0), ("", "2026-11-21", 0)] {
        let page = sanjay.visit(&format!("{tab}?from={from}&to={to}")).clone();
        page.check_markup();
        let count = page.count("table.history tbody tr");
        assert!(if found > 0 { count > 0 } else { count == 0 }, "{from} {to}: {count}");
    }
    sanjay.page().shows("No changes found");
    sanjay.visit(&format!("{tab}?kind=nonsense&source=x&group=y&after=z&from=soon")).shows("vip");
}

#[test]
fn the_whole_call_is_one_link_away() {
    let (app, _, tab) = customer();
    import(&app, "plans.csv", Person::new("c-1").set("plan", "pro"));
    import(&app, "more.csv", Person::new("c-1").set("city", "Kochi").set("street", "MG Road"));
    let mut sanjay = support(&app);
    let page = sanjay.visit(&tab).clone();
    let links = page.texts("table.history tbody td:last-child");
    assert!(
        links[0].contains("All changes of this import") && links[1].contains("All changes of this import"),
        "{links:?}"
    );
    assert!(!links[2].contains("All changes of this"), "it is alone: {links:?}");
    let group = page.attrs("table.history tbody tr:first-child td:last-child a", "href").remove(1);
    let page = sanjay.visit(&group).clone();
    page.check_markup();
    page.shows("Only one import");
    let mut labels = page.texts("table.history tbody th a");
    labels.sort();
    assert_eq!(labels, ["City", "Street"]);
    sanjay
        .click("Undo all changes of this import…")
        .expect(200)
        .shows("Undo the changes of this import for this person?");
}

#[test]
fn fifty_a_page_and_none_twice() {
    let app = App::new();
    let profile = app.add(Person::new("c-1"));
    for n in 0..60 {
        import(&app, "plans.csv", Person::new("c-1").set("plan", format!("p-{n}")).set("rank", json!(n)));
    }
    let mut sanjay = support(&app);
    let after = |page: &crate::support::Page| page.texts("table.history tbody td[data-label=After]");
    let mut seen = after(sanjay.visit(&app.profile(profile, "/history")));
    assert_eq!(seen.len(), 50);
    let first = seen.clone();
    for _ in 0..2 {
        seen.extend(after(sanjay.click("Older").expect(200)));
    }
    assert_eq!(seen.len(), 121, "all but that the profile was made, which has no value");
    assert!(sanjay.page().link("Older").is_none());
    sanjay.click("Newer").expect(200);
    assert_eq!(after(sanjay.click("Newer").expect(200)), first);
}

#[test]
fn sensitive_values_are_hidden() {
    let (app, _, tab) = customer();
    app.db.run(&format!(
        "INSERT INTO attribute_definitions (environment_id, name, display_name, type, is_sensitive, created_at) \
         VALUES ({}, 'plan', 'Contract', 'text', true, '2026-01-01') \
         ON CONFLICT (environment_id, name) DO UPDATE SET display_name = 'Contract', is_sensitive = true",
        app.live
    ));
    import(&app, "plans.csv", Person::new("c-1").set("plan", "secret-pro"));
    let mut sanjay = support(&app);
    let page = sanjay.visit(&tab).hides("secret-pro").clone();
    assert!(page.texts("table.history tbody tr")[0].starts_with("Contract Attribute Hidden Hidden"));
    super::open(&mut sanjay, &tab, "Contract").shows("Undo this change of Contract?").hides("secret-pro").hides("free");
}

#[test]
fn notes_lead_to_their_texts() {
    let (app, profile, tab) = customer();
    let mut sanjay = support(&app);
    sanjay.visit(&app.profile(profile, "/notes"));
    sanjay.submit("Add note", &[("New note", "Prefers tea")]).expect(303);
    let page = sanjay.visit(&tab).clone();
    assert!(page.texts("table.history tbody tr")[0].starts_with("Note nothing Version 1"));
    let address = page.attr("table.history tbody tr:first-child td:last-child a", "href");
    sanjay.visit(&address).shows("Prefers tea");
    let note = app.db.one("SELECT id FROM notes");
    sanjay.visit(&super::address_of(&app, &tab, &note)).shows("A note keeps all its versions");
}

#[test]
fn what_nobody_did_is_told_so() {
    let app = App::new();
    let profile = app.add(Person::new("c-1"));
    app.db.run("DELETE FROM changes");
    let page = app.browser(Role::Marketer).visit(&app.profile(profile, "/history")).clone();
    page.check_markup();
    page.shows("No changes yet");
}
