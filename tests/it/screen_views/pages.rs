//! Writing screen views: what colleagues meet, and the log of who did.

use chrono::TimeDelta;
use kith::auth::Role;

use super::text;
use crate::{
    segments,
    support::{App, Person},
};

fn lines(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws(' | ', action, detail->>'name', nullif(detail->>'what', '')) FROM audit_log \
         WHERE action LIKE 'screen view%' ORDER BY id",
    )
}

fn id_of(app: &App, name: &str) -> String {
    app.db.one(&format!("SELECT id FROM screen_views WHERE name = '{name}'"))
}

#[test]
fn a_marketer_writes_one_and_each_mistake_is_told_where_it_is() {
    let app = App::new();
    app.add(Person::new("ann").name("Ann", "Nair").set("plan", "pro"));
    app.add(Person::new("bea").set("plan", "free"));
    let mut mia = app.browser(Role::Marketer);
    mia.visit(&app.path("profiles"));
    mia.click("Screen views").expect(200).shows("No screen views yet").check_markup();
    mia.click("Create screen view").expect(200).check_markup();
    let content = "{\n\"title\": \"Hi {% if user.vip %}\"\n}";
    let wrong = [
        ("Name", " "),
        ("Content", content),
        ("Audience", "plam:pro"),
        ("From", "2026-12-02T08:00"),
        ("Until", "2026-12-01T08:00"),
        ("Priority", "1001"),
    ];
    let page = mia.submit("Save screen view", &wrong).expect(422).clone();
    page.shows("Enter a name of 1 to 100 characters")
        .shows("Line 2: `{% if %}` is not closed.")
        .shows("Enter a time after the one from which it is shown.")
        .shows("Enter a whole number from 0 to 1000.")
        .check_markup();
    let typed = content.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(page.text("textarea#content"), typed, "nothing that was typed is lost");
    assert_eq!(page.attr("input#until", "value"), "2026-12-01T08:00");
    let no_json =
        [("Name", "Trial ends"), ("Content", "{\"a\": 1,\n}"), ("Priority", "7"), ("Until", "2026-12-03T08:00")];
    mia.submit("Save screen view", &no_json).expect(422).shows("Line 2: this is no JSON:");
    let page =
        mia.submit("Save screen view", &[("Content", "{\"title\": \"Hi {{ user.first_name }}, {{ user.nick }}\"}")]);
    page.expect(422).shows("At character 1: No attribute is called “plam”. Did you mean plan?").check_markup();
    assert_eq!(app.db.number("SELECT count(*) FROM screen_views"), 0);
    mia.submit("Save screen view", &[("Audience", "plan:pro")]).expect(303);
    let page = mia.follow().expect(200).clone();
    page.shows("Screen view Trial ends saved.")
        .shows("Later")
        .shows("Plan is pro")
        .shows("1 person")
        .shows("user.first_name")
        .shows("Nobody has these attributes: user.nick")
        .check_markup();
    mia.click("1 person").expect(200).shows("Ann Nair").hides("bea");
    let list = app.path("screen-views");
    mia.visit(&list).shows("Trial ends").shows("Plan is pro").shows("Later").check_markup();
    app.clock.advance(TimeDelta::hours(10 * 24 + 6));
    // A session does not last that long.
    let mut mia = app.browser(Role::Marketer);
    mia.visit(&list).shows("Showing now");
    app.clock.advance(TimeDelta::days(1));
    let mut mia = app.browser(Role::Marketer);
    mia.visit(&list).shows("Over").hides("Showing now");
    // The other environment has its own.
    mia.visit(&list.replace("/live/", "/test/")).shows("No screen views yet");
    mia.get(&app.path(&format!("screen-views/{}", id_of(&app, "Trial ends"))).replace("/live/", "/test/")).expect(404);
}

#[test]
fn changes_are_in_the_audit_log_and_an_old_form_changes_nothing() {
    let app = App::new();
    text(&app, "Hello", "Hello", "", "1");
    text(&app, "Other", "Hello", "", "1");
    let mut mia = app.browser(Role::Marketer);
    mia.visit(&app.path("screen-views"));
    mia.click("Hello").expect(200).shows("Everybody").shows("the same for everybody");
    mia.click("Edit").expect(200).check_markup();
    mia.submit("Save screen view", &[("Name", "other")]).expect(422).shows("There is a screen view of this name.");
    let old = mia.fill("body", "Save screen view", &[("Name", "Mine")]);
    let new = [("Name", "Good day"), ("Content", "Good day"), ("Audience", "is:recognised"), ("Priority", "2")];
    mia.submit("Save screen view", &new).expect(303);
    mia.follow().expect(200).shows("Screen view Good day saved.");
    mia.post(&old.action, &old.pairs).expect(422).shows("Somebody else changed this screen view meanwhile.");
    mia.visit(&app.path("screen-views"));
    mia.click("Good day");
    mia.click("Archive").expect(200).check_markup();
    mia.submit("Archive screen view", &[]).expect(303);
    mia.follow().expect(200).shows("Screen view Good day archived.").shows("Archived");
    text(&app, "GOOD DAY", "Hello", "", "1");
    mia.click("Good day").expect(200).shows("nobody gets it any more").check_markup();
    mia.submit("Bring it back", &[]).expect(303);
    mia.follow().shows("Another screen view is called Good day now. Rename that one first.");
    app.db.run("DELETE FROM screen_views WHERE name = 'GOOD DAY'");
    mia.submit("Bring it back", &[]).expect(303);
    mia.follow().shows("Screen view Good day is back.").hides("nobody gets it any more");
    assert_eq!(
        lines(&app),
        [
            "screen view changed | Good day | name: “Hello” → “Good day”, content, audience, priority",
            "screen view archived | Good day",
            "screen view brought back | Good day",
        ]
    );
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("audit?about=definitions")).shows("Changed the screen view Good day");
    assert_eq!(ada.page().link("Good day"), Some(app.path(&format!("screen-views/{}", id_of(&app, "Good day")))));
}

#[test]
fn segments_keep_their_screen_views_and_one_that_is_gone_is_told() {
    let app = App::new();
    app.add(Person::new("ann").set("plan", "pro"));
    segments::define(&app, "Paying", "plan:pro");
    segments::settle(&app);
    text(&app, "Hello", "Hello", "segment:paying OR -plan:*", "1");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("segments"));
    ada.click("Paying").expect(200).shows("Screen view Hello");
    ada.click("Edit").expect(200);
    ada.submit("Check and save", &[("Name", "People who pay")]).expect(303);
    assert_eq!(app.db.one("SELECT audience FROM screen_views"), "segment:\"People who pay\" OR -plan:*");
    let segment = app.db.one("SELECT id FROM segments");
    ada.visit(&app.path(&format!("segments/{segment}/archive"))).shows("would be shown to nobody: Hello.");
    ada.submit("Archive segment", &[]).expect(303);
    ada.visit(&app.path("screen-views")).shows("Broken");
    let page = ada.click("Hello").expect(200).clone();
    page.shows("Nobody gets this screen view: its audience cannot be asked.")
        .shows("No segment is called “People who pay”.")
        .check_markup();
}

#[test]
fn there_are_at_most_two_hundred() {
    let app = App::new();
    text(&app, "First", "Hello", "", "1");
    app.db.run(
        "INSERT INTO screen_views SELECT environment_id, gen_random_uuid(), 'View ' || n, kind, content, audience, shown_from, shown_until, \
             priority, version, made_by, created_at, changed_by, updated_at, archived_at FROM screen_views, generate_series(1, 199) n",
    );
    let mut mia = app.browser(Role::Marketer);
    mia.visit(&app.path("screen-views/new"));
    let one = [("Name", "One too many"), ("Content", "{}"), ("Priority", "1")];
    mia.submit("Save screen view", &one).expect(422).shows("There are 200 screen views, which is the limit.");
    app.db.run("UPDATE screen_views SET archived_at = updated_at WHERE name = 'View 7'");
    mia.submit("Save screen view", &one).expect(303);
    mia.visit(&app.path("screen-views"));
    mia.click("View 7");
    mia.submit("Bring it back", &[]).expect(303);
    mia.follow().shows("There are 200 screen views, which is the limit.");
}
