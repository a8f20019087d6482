use kith::auth::Role;

use super::told;
use crate::support::{App, Person};

#[test]
fn a_workspace_begins_with_both_environments_and_its_maker_as_admin() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles"));
    ada.click("Organisation").expect(200).check_markup();
    ada.click("Create workspace").expect(200).check_markup();
    let fields = [("Name", " Birch & Books "), ("accent-teal", "yes")];
    ada.submit("Create workspace", &fields).expect(303);
    assert_eq!(ada.page().location(), "/birch-books/live/profiles");
    ada.follow().expect(200).shows("Birch & Books is created.").shows("No profiles yet").shows("Ada Moreau admin");
    assert!(ada.page().has_source("accent-teal"));
    ada.visit("/birch-books/test/profiles").shows("Test environment");
    ada.visit("/birch-books/live/settings").shows("By ID").shows("Teal");
    let rows = ada.visit("/birch-books/live/operators").texts("main div.card tbody tr");
    assert_eq!(rows.len(), 1, "{rows:?}");
    let made = "Ada Moreau workspace made Birch & Books";
    assert_eq!(told(&app), [format!("birch-books {made}"), format!("- {made}")]);
    ada.visit("/birch-books/live/audit").shows("Created the workspace Birch & Books");
    ada.visit("/organisation/audit").shows("Created the workspace Birch & Books").check_markup();
    assert!(!ada.visit(&app.path("audit")).text("main").contains("Birch"), "it is nothing of Acme's");
}

#[test]
fn a_wrong_form_comes_back_as_it_was_typed() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    for (name, slug, wrong, rule) in [
        (" ", "", "name", "Enter a name"),
        ("Birch", "Birch", "slug", "lower-case letters"),
        ("Birch", "acme", "slug", "Another workspace has this short name"),
        ("Birch", "organisation", "slug", "part of an address of kith itself"),
        ("Birch", &"x".repeat(41), "slug", "2 to 40"),
    ] {
        ada.visit("/organisation/workspaces/new");
        let fields = [("Name", name), ("Short name in links", slug), ("accent-plum", "yes")];
        let page = ada.submit("Create workspace", &fields).expect(422).clone();
        page.shows(rule).check_markup();
        assert_eq!(page.attrs("[role=alert] a", "href"), [format!("#{wrong}")]);
        assert_eq!((page.attr("#name", "value"), page.attr("#slug", "value")), (name.to_owned(), slug.to_owned()));
        assert_eq!(page.attrs("input[checked]", "value"), ["plum"]);
    }
    assert_eq!(app.db.number("SELECT count(*) FROM workspaces"), 1);
    // A name that another workspace has is allowed; its address is made free.
    ada.visit("/organisation/workspaces/new");
    ada.submit("Create workspace", &[("Name", "Acme")]).expect(303);
    assert_eq!(ada.page().location(), "/acme-2/live/profiles");
}

#[test]
fn there_is_a_last_one() {
    let app = App::new();
    app.db.run("INSERT INTO workspaces (id, slug, name, created_at) SELECT n, 'w' || n, 'W', '2026-11-01' FROM generate_series(2, 100) n");
    let mut ada = app.browser(Role::Admin);
    ada.visit("/organisation/workspaces/new");
    ada.submit("Create workspace", &[("Name", "One more")]).expect(422).shows("100 workspaces already");
    assert_eq!(app.db.number("SELECT count(*) FROM workspaces"), 100);
}

#[test]
fn the_overview_says_how_large_each_is_and_shows_nobody() {
    let app = App::new();
    app.add(Person::new("c-1").name("Priya", "Nair"));
    app.add(Person::new("c-2").name("Grace", "Kim"));
    app.add_to(app.test, Person::new("c-3"));
    app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit("/organisation").clone();
    page.check_markup();
    let rows = page.texts("main section:first-of-type tbody tr");
    assert!(rows[0].starts_with("Acme /acme none 2 3 ") && !rows[0].contains("never"), "{rows:?}");
    assert_eq!(rows[1..], ["Birch Books /birch-books none 0 1 never Give yourself a role in Birch Books"]);
    page.hides("Priya").hides("Grace");
    for role in [Role::Marketer, Role::Support] {
        let mut other = app.browser(role);
        other.visit(&app.path("profiles")).hides("Organisation");
        other
            .get("/organisation")
            .expect(403)
            .shows("The role organisation admin has it. Ada Moreau can give it to you.");
    }
}

#[test]
fn a_role_elsewhere_is_taken_once_and_written_down_there() {
    let app = App::new();
    let slug = app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let mut ada = app.browser(Role::Admin);
    ada.get(&format!("/{slug}/live/profiles")).expect(404);
    ada.visit("/organisation");
    ada.click("Give yourself a role in Birch Books").expect(200).check_markup();
    let again = ada.fill("body", "Give yourself this role", &[("role-admin", "yes")]);
    ada.submit("Give yourself this role", &[("role-support", "yes")]).expect(303);
    ada.follow().expect(200).shows("You are support of Birch Books").shows("Ada Moreau support");
    ada.post(&again.action, &again.pairs).expect(303);
    ada.follow().shows("Nothing changed. You have a role here");
    ada.get(&again.action).expect(303);
    let lines =
        [format!("{slug} Ada Moreau role taken support"), "- Ada Moreau role taken Birch Books support".to_owned()];
    assert_eq!(told(&app), lines);
    let mut bea = app.browser_of("bea@birch.example");
    bea.visit(&format!("/{slug}/live/audit")).shows("As an organisation admin, joined the workspace as support");
    // Whom its admins disable comes back in the same open way.
    app.db.run("UPDATE memberships SET disabled_at = now() WHERE workspace_id = 2 AND role = 'support'");
    ada.get(&format!("/{slug}/live/profiles")).expect(404);
    ada.post(&again.action, &again.pairs).expect(303);
    ada.visit(&format!("/{slug}/live/profiles")).shows("Ada Moreau admin");
    assert_eq!(told(&app).len(), 4);
}
