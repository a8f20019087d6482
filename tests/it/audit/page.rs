use chrono::TimeDelta;
use kith::{
    auth::{self, Action, Actor, Place, Role},
    db::ids::ProfileId,
};
use serde_json::{Value, json};

use crate::support::{App, Browser, Person};

/// Writes a line of Ada's in the live environment, a second after the one before.
pub fn write(app: &App, action: Action, detail: Value) {
    app.clock.advance(TimeDelta::seconds(1));
    let ada = app.db.one("SELECT id::text FROM operators WHERE email = 'ada@acme.example'").parse().expect("an id");
    let by = Actor {
        place: Place::Environment(app.live),
        operator: Some(ada),
        address: Some("203.0.113.9".parse().expect("an address")),
    };
    auth::audit(&mut app.db.connect(), &by, action, detail, app.clock.now()).expect("written");
}

/// What the lines say, in order.
pub fn said(browser: &Browser<'_>) -> Vec<String> {
    browser.page().texts("main tbody tr")
}

#[test]
fn an_admin_reads_what_was_done_by_whom_and_from_where() {
    let app = App::new();
    let profile: ProfileId = app.add(Person::new("c-1").name("Priya", "Nair"));
    let gone = ProfileId(uuid::Uuid::nil());
    for (action, detail) in [
        (Action::SignedIn, json!({})),
        (Action::KeyMade, json!({"key": uuid::Uuid::nil(), "name": "Shop <backend>"})),
        (Action::AttributeRetired, json!({"attribute": "shoe size"})),
        (Action::TagMade, json!({"tag": "vip"})),
        (Action::EventRetentionChanged, json!({"event": 7, "name": "Visit", "days": 1})),
        (Action::EventRetentionChanged, json!({"event": 7, "name": "Visit", "days": null})),
        (Action::Revealed, json!({"profile": profile, "attribute": "passport"})),
        (Action::SuggestionDismissed, json!({"profiles": [profile, gone]})),
        (Action::PermissionRefused, json!({"permission": "manage API keys", "left_out_before": 2})),
    ] {
        write(&app, action, detail);
    }
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles"));
    ada.click("Audit log").expect(200).check_markup();
    let lines = said(&ada);
    let first = "Ada Moreau Was refused a page that needs the permission to manage API keys (2 refusals before this were not recorded) 203.0.113.9";
    assert!(lines[0].ends_with(first), "{lines:#?}");
    for (place, text) in [
        (1, "Dismissed the suggestion to merge Priya Nair with somebody who was deleted"),
        (2, "Looked at the hidden value passport of Priya Nair"),
        (3, "Changed how long an event is kept: Visit forever"),
        (4, "Changed how long an event is kept: Visit for 1 day"),
        (5, "Created the tag vip"),
        (6, "Retired the attribute shoe size"),
        (7, "Created the API key Shop <backend>"),
        (8, "Signed in"),
    ] {
        assert!(lines[place].contains(text), "{lines:#?}");
    }
    let page = ada.page();
    assert_eq!(page.link("Priya Nair").as_deref(), Some(app.profile(profile, "").as_str()));
    assert_eq!(page.link("passport"), Some(app.path("attributes/show?name=passport")));
    assert_eq!(page.link("shoe size"), Some(app.path("attributes/show?name=shoe+size")));
    assert_eq!(page.link("vip"), Some(app.path("tags/vip/edit")));
    assert_eq!(page.link("Visit"), Some(app.path("events/7")));
}

#[test]
fn lines_of_another_workspace_are_not_seen() {
    let app = App::new();
    app.add_neighbour("Birch", "bo@birch.example", Role::Admin);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("audit")).expect(200);
    let all = said(&ada).join("\n");
    assert!(all.contains("Ada Moreau") && !all.contains("Neighbour"), "{all}");
    assert_eq!(app.db.number("SELECT count(DISTINCT workspace_id) FROM audit_log WHERE workspace_id IS NOT NULL"), 2);
}

#[test]
fn filters_narrow_the_lines_and_keep_to_their_pages() {
    let app = App::new();
    for n in 0..60 {
        write(&app, Action::TagMade, json!({"tag": format!("t-{n}")}));
    }
    write(&app, Action::KeyMade, json!({"key": "x", "name": "Shop"}));
    let mut mara = app.browser(Role::Marketer);
    mara.get(&app.path("keys")).expect(403);
    app.until(|| app.db.number("SELECT count(*) FROM audit_log WHERE is_refusal") == 1);
    app.clock.advance(TimeDelta::days(2));
    write(&app, Action::SignedIn, json!({}));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("audit"));
    assert_eq!(said(&ada).len(), 50);
    ada.click("Older").expect(200);
    assert!(said(&ada).len() >= 13 && said(&ada).len() < 50);
    ada.click("Newer").expect(200);
    assert_eq!(said(&ada).len(), 50);

    ada.submit("Filter", &[("About", "definitions")]).expect(200);
    assert_eq!(said(&ada).len(), 50);
    assert!(said(&ada)[0].contains("Created the tag t-59"), "{:?}", said(&ada)[0]);
    ada.click("Older");
    assert_eq!(said(&ada).len(), 10);
    assert!(said(&ada)[9].contains("t-0"));
    ada.click("Clear filters");
    ada.submit("Filter", &[("Show", "yes")]);
    assert_eq!(said(&ada).len(), 1);
    assert!(
        said(&ada)[0].contains("Mara") && said(&ada)[0].ends_with("manage API keys refused 127.0.0.1"),
        "{:?}",
        said(&ada)
    );

    let mara = app.db.one("SELECT id::text FROM operators WHERE email = 'mara@acme.example'");
    ada.visit(&app.path(&format!("audit?by={mara}")));
    assert!(said(&ada).iter().all(|line| line.contains("Mara")) && said(&ada).len() >= 2, "{:?}", said(&ada));
    // The day of the tags ends before that of the last sign-in.
    let [then, now] = [2, 0].map(|days| (app.clock.now() - TimeDelta::days(days)).date_naive());
    ada.visit(&app.path(&format!("audit?to={then}&about=sign-ins")));
    assert!(said(&ada).is_empty(), "{:?}", said(&ada));
    ada.visit(&app.path(&format!("audit?from={now}")));
    assert!(said(&ada).len() == 1 && said(&ada)[0].contains("Signed in"), "{:?}", said(&ada));
    ada.visit(&app.path("audit?about=downloads")).expect(200).shows("No entries found").check_markup();
}

#[test]
fn impossible_days_come_back_with_what_was_typed() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    let page = ada.get(&app.path("audit?from=2026-11-20&to=2026-11-10&about=keys")).clone();
    page.expect(422).shows("The last day is before the first").check_markup();
    assert!(page.has_source("value=\"2026-11-20\"") && page.has_source("value=\"2026-11-10\""));
    ada.click("Clear filters").expect(200);
}
