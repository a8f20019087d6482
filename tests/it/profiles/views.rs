use kith::{auth::Role, identities::Kind, restrictions::Cause};

use super::names;
use crate::support::{App, Browser, Page, Person, build::held};

const LIST: &str = "/acme/live/profiles";

fn people() -> App {
    let app = App::new();
    app.add(Person::new("c-1").name("Priya", "Nair").tag("vip").set("plan", "pro"));
    app.add(Person::new("c-2").name("Bo", "Ek").tag("vip"));
    app.add(Person::new("c-3").name("Cy", "Ab"));
    app
}

/// A shared view, for pages that have one in their address.
pub fn parts(app: &App) -> [(&'static str, String); 1] {
    let mut ada = app.browser(Role::Admin);
    ada.visit(&format!("{LIST}?sort=name"));
    save_as(&mut ada, &[("Name", "By name"), ("Everybody in the workspace", "yes")]);
    [("{view}", app.db.one("SELECT id FROM views"))]
}

/// A view that the list opens with.
pub fn opening(ada: &mut Browser<'_>) {
    ada.visit(&format!("{LIST}?sort=-name"));
    save_as(ada, &[("Name", "First"), ("Open the list with this view", "yes")]);
}

fn save_as<'a>(browser: &'a mut Browser<'_>, fields: &[(&str, &str)]) -> &'a Page {
    browser.click("Save as…").expect(200).check_markup();
    browser.submit("Save view", fields).expect(303);
    browser.follow().expect(200)
}

fn tabs(page: &Page) -> Vec<String> {
    page.texts("nav[aria-label=Views] a")
}

fn current(page: &Page) -> Vec<String> {
    page.texts("nav[aria-label=Views] a[aria-current]")
}

#[test]
fn a_list_is_saved_opened_changed_and_saved_again() {
    let app = people();
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&format!("{LIST}?q=tag%3Avip&sort=name&columns=plan,contact&density=dense"));
    let page = save_as(&mut sanjay, &[("Name", "The best")]).clone();
    page.check_markup();
    page.shows("View The best saved.");
    assert_eq!(
        (names(&page), current(&page)),
        (vec!["Bo Ek".to_owned(), "Priya Nair".to_owned()], vec!["The best".to_owned()])
    );
    assert_eq!((page.link("Save as…"), page.link("Edit view").is_some()), (None, true));
    // Another list is offered to be saved; the view itself stays.
    sanjay.submit("Search", &[("q", "tag:vip priya")]).expect(200);
    sanjay.page().shows("The best, changed");
    assert_eq!(names(sanjay.click("The best").expect(200)).len(), 2);
    sanjay.submit("Search", &[("q", "tag:vip priya")]).expect(200);
    sanjay.submit("Save view The best", &[]).expect(303);
    sanjay.follow().shows("View The best saved.");
    sanjay.visit(LIST);
    let page = sanjay.click("The best").expect(200).clone();
    assert_eq!(names(&page), ["Priya Nair"]);
    assert_eq!((page.count(".people.dense"), page.texts("thead th")[1].as_str()), (1, "Plan"));
    assert_eq!(app.db.number("SELECT version FROM views"), 2);
    assert_eq!(app.db.number("SELECT count(*) FROM audit_log WHERE action LIKE 'view%'"), 0, "it is nobody else's");
    assert!(!tabs(app.browser(Role::Admin).visit(LIST)).contains(&"The best".to_owned()));
    // In test, too.
    assert!(tabs(sanjay.visit("/acme/test/profiles")).contains(&"The best".to_owned()));
}

#[test]
fn ready_views_are_there_for_everybody_and_are_addresses() {
    let app = people();
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(LIST).clone();
    assert_eq!(
        tabs(&page),
        ["Everyone", "Recognised", "Anonymous", "Enabled", "Disabled", "Blocked addresses", "Duplicates", "All views"]
    );
    assert_eq!(current(&page), ["Everyone"]);
    for (name, address) in [
        ("Everyone", "/acme/live/profiles?view=everyone"),
        ("Recognised", "/acme/live/profiles?q=is%3Arecognised&view=recognised"),
        ("Anonymous", "/acme/live/profiles?q=is%3Aanonymous&view=anonymous"),
        ("Enabled", "/acme/live/profiles?q=status%3Aenabled&view=enabled"),
        ("Disabled", "/acme/live/profiles?q=status%3Adisabled&view=disabled"),
        ("Blocked addresses", "/acme/live/profiles?q=email.address%3Ablocked+OR+sms.address%3Ablocked&view=blocked"),
        ("Duplicates", "/acme/live/merges"),
    ] {
        assert_eq!(page.link(name).as_deref(), Some(address));
        let all = mara.visit("/acme/live/views").clone();
        all.check_markup();
        assert_eq!(all.link(name).as_deref(), Some(address));
    }
    assert_eq!(current(mara.get(&page.link("Disabled").expect("a link"))), ["Disabled"]);
    let page = mara.visit(&format!("{LIST}?q=priya")).clone();
    assert!(current(&page).is_empty() && page.link("Save as…").is_some());
}

#[test]
fn ready_views_show_whom_they_say() {
    let app = App::new();
    let manual = || held(Cause::Manual, None);
    app.add(Person::new("c-1").name("Ada", "On").email("ada@example.com"));
    app.add(Person::new("c-2").name("Bo", "Off").restricted("disabled", manual()));
    app.add(
        Person::new("c-3")
            .name("Cy", "Mail")
            .email("cy@example.com")
            .restricted("blocked/email:cy@example.com", manual()),
    );
    app.add(
        Person::new("c-4").name("Di", "Phone").phone("+14155550123").restricted("blocked/sms:+14155550123", manual()),
    );
    app.add(Person::known_by(Kind::Anonymous, "browser-1"));
    let mut mara = app.browser(Role::Marketer);
    for (view, expected) in [
        ("Recognised", vec!["Ada On", "Bo Off", "Cy Mail", "Di Phone"]),
        ("Anonymous", vec!["browser-1"]),
        ("Enabled", vec!["Ada On", "Cy Mail", "Di Phone", "browser-1"]),
        ("Disabled", vec!["Bo Off"]),
        ("Blocked addresses", vec!["Cy Mail", "Di Phone"]),
    ] {
        mara.visit(LIST);
        let mut shown = names(mara.click(view).expect(200));
        shown.sort();
        assert_eq!(shown, expected, "{view}");
    }
}

#[test]
fn the_list_opens_with_the_view_that_was_chosen() {
    let app = people();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&format!("{LIST}?q=tag%3Avip&sort=name"));
    save_as(&mut ada, &[("Name", "Best"), ("Everybody in the workspace", "yes")]);
    let mut mara = app.browser(Role::Marketer);
    mara.visit(LIST);
    mara.click("All views").expect(200);
    mara.submit("Open the list with this: Best", &[]).expect(303);
    mara.follow().shows("The list now opens with Best.").shows("Opens first");
    assert!(mara.get(LIST).expect(303).location().contains("q=tag%3Avip"));
    assert_eq!(names(mara.follow()), ["Bo Ek", "Priya Nair"]);
    assert_eq!(names(mara.click("Everyone").expect(200)).len(), 3);
    mara.submit("Search", &[("q", "nobody")]).expect(200);
    assert_eq!(names(mara.click("Show all profiles").expect(200)).len(), 3);
    ada.get(LIST).expect(200);
    // Who was led there still gets the message.
    mara.visit("/acme/live/views");
    mara.submit("Open the list with everyone", &[]).expect(303);
    mara.follow();
    mara.get(LIST).expect(200);
    mara.post(
        "/acme/live/views/default",
        &[("csrf".to_owned(), mara.token()), ("view".to_owned(), "00000000-0000-7000-8000-000000000000".to_owned())],
    )
    .expect(303);
    mara.follow().shows("The view no longer exists.");
}

#[test]
fn shared_views_are_the_admins_and_are_audited() {
    let app = people();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&format!("{LIST}?q=tag%3Avip"));
    save_as(&mut ada, &[("Name", "Best"), ("Everybody in the workspace", "yes")]);
    let id = app.db.one("SELECT id FROM views");
    let mut sanjay = app.browser(Role::Support);
    let page = sanjay.visit(&format!("/acme/live/views/{id}")).clone();
    page.check_markup();
    page.shows("Admins can change it.");
    assert_eq!(page.count("input[name=name]"), 0);
    let token = sanjay.token();
    for (rest, pairs) in [
        ("", vec![("name", "Mine"), ("version", "1")]),
        ("/save", vec![("q", "x"), ("version", "1")]),
        ("/delete", vec![]),
    ] {
        let pairs = pairs.into_iter().chain([("csrf", token.as_str())]);
        let pairs: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        sanjay.post(&format!("/acme/live/views/{id}{rest}"), &pairs).expect(403).shows("manage shared views");
    }
    let new: Vec<(String, String)> = [("csrf", token.as_str()), ("name", "For all"), ("for", "all")]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
    sanjay.post("/acme/live/views/new", &new).expect(403);
    sanjay.get(&format!("/acme/live/views/{id}/delete")).expect(303);
    assert_eq!(app.db.one("SELECT name || version FROM views"), "Best1");

    ada.visit(&format!("/acme/live/views/{id}"));
    ada.submit("Save view", &[("Name", "Very best")]).expect(303);
    ada.follow().expect(200);
    ada.visit(&format!("/acme/live/views/{id}"));
    ada.submit("Save view", &[("Only you", "yes")]).expect(303);
    sanjay.get(&format!("/acme/live/views/{id}")).expect(404);
    ada.visit(&format!("/acme/live/views/{id}"));
    ada.submit("Save view", &[("Everybody in the workspace", "yes")]).expect(303);
    ada.visit(&format!("/acme/live/views/{id}"));
    ada.click("Delete…").expect(200).shows("It disappears for everybody in the workspace.").check_markup();
    ada.submit("Delete view", &[]).expect(303);
    ada.follow().shows("View Very best deleted.").hides("Opens first");
    let audit = ada.visit("/acme/live/audit?about=settings").clone();
    for line in [
        "Shared the view Best",
        "Changed the shared view Very best",
        "Stopped sharing the view Very best",
        "Shared the view Very best",
        "Deleted the shared view Very best",
    ] {
        audit.shows(line);
    }
}

#[test]
fn a_view_that_somebody_else_changed_is_asked_about_again() {
    let app = people();
    app.add_operator("Bea Roth", "bea@acme.example", Role::Admin);
    let mut ada = app.browser(Role::Admin);
    let mut bea = app.browser_of("bea@acme.example");
    ada.visit(&format!("{LIST}?q=tag%3Avip"));
    save_as(&mut ada, &[("Name", "Best"), ("Everybody in the workspace", "yes")]);
    let id = app.db.one("SELECT id FROM views");
    for browser in [&mut ada, &mut bea] {
        browser.visit(LIST);
        browser.click("Best").expect(200);
    }
    ada.submit("Search", &[("q", "priya")]).expect(200);
    bea.submit("Search", &[("q", "bo")]).expect(200);
    ada.submit("Save view Best", &[]).expect(303);
    let page = bea.submit("Save view Best", &[]).expect(409).clone();
    page.check_markup();
    page.shows("It now shows: priya").shows("You want to save: bo");
    assert_eq!(app.db.one("SELECT typed FROM views"), "priya");
    bea.submit("Save mine all the same", &[]).expect(303);
    assert_eq!(app.db.one("SELECT typed || version FROM views"), "bo3");

    ada.visit(&format!("/acme/live/views/{id}"));
    bea.visit(&format!("/acme/live/views/{id}"));
    ada.submit("Save view", &[("Name", "Better")]).expect(303);
    let page = bea.submit("Save view", &[("Name", "Good")]).expect(409).clone();
    page.check_markup();
    page.shows("Somebody changed this view meanwhile: it is called Better");
    assert_eq!(page.attr("input[name=name]", "value"), "Good");
    bea.submit("Save view", &[]).expect(303);
    assert_eq!(app.db.one("SELECT name FROM views"), "Good");
    // Deleted meanwhile.
    ada.visit(&format!("/acme/live/views/{id}/delete"));
    bea.visit(&format!("/acme/live/views/{id}"));
    ada.submit("Delete view", &[]).expect(303);
    bea.submit("Save view", &[("Name", "Gone")]).expect(303);
    bea.follow().shows("The view no longer exists.");
}

#[test]
fn a_name_that_cannot_be_is_said_at_the_field() {
    let app = people();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&format!("{LIST}?q=tag%3Avip"));
    save_as(&mut ada, &[("Name", "Best")]);
    let page = ada.visit("/acme/live/views/new?q=bo").clone();
    for (name, problem) in [
        ("", "Enter a name of 1 to 60 characters on one line."),
        ("\u{200B}", "Enter a name of 1 to 60 characters on one line."),
        ("best", "You have a view best already. Choose another name."),
    ] {
        let page = ada.submit("Save view", &[("Name", name)]).expect(422).clone();
        page.check_markup();
        assert_eq!(page.text("#name-error"), problem);
        assert_eq!(page.attr("input[name=q]", "value"), "bo", "nothing is lost");
    }
    // A shared one may be called the same.
    ada.submit("Save view", &[("Name", "Best"), ("Everybody in the workspace", "yes")]).expect(303);
    page.hides("already");
    let long = "x".repeat(1001);
    ada.visit(&format!("/acme/live/views/new?q={long}"));
    let page = ada.submit("Save view", &[("Name", "Long")]).expect(422).clone();
    page.shows("The search is longer than 1,000 characters");
}

#[test]
fn there_are_a_hundred_at_most() {
    let app = people();
    app.db.run(
        "INSERT INTO views SELECT m.workspace_id, gen_random_uuid(), o.id, 'v' || n, '', '-seen', NULL, 'roomy', 1 \
         FROM generate_series(1, 100) n, memberships m JOIN operators o ON o.id = m.operator_id AND o.email LIKE 'ada@%'",
    );
    let mut ada = app.browser(Role::Admin);
    ada.visit("/acme/live/views/new?q=bo");
    let page = ada.submit("Save view", &[("Name", "One more")]).expect(422).clone();
    page.shows("There are 100 such views already, which is the limit. Delete one first.");
    ada.submit("Save view", &[("Name", "One more"), ("Everybody in the workspace", "yes")]).expect(303);
    let page = ada.visit(LIST).clone();
    assert_eq!(tabs(&page).len(), 8 + 8, "eight of them; all are on their own page");
    assert_eq!(ada.visit("/acme/live/views").count(".views-list tbody tr"), 101);
}

#[test]
fn views_go_with_whoever_leaves() {
    let app = people();
    let mut sanjay = app.browser(Role::Support);
    opening(&mut sanjay);
    app.db.run("DELETE FROM memberships WHERE role = 'support'");
    assert_eq!(app.db.number("SELECT count(*) FROM views"), 0);
    assert_eq!(app.db.number("SELECT count(*) FROM default_views"), 0);
}
