//! From one workspace to another.

use kith::auth::Role;

use crate::support::{App, Browser, app::PASSWORD};

/// An app where Ada is admin of Acme and has this role in another workspace, whose slug is returned.
fn two(role: &str) -> (App, String) {
    let app = App::new();
    let slug = app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    app.db.run(&format!("INSERT INTO memberships SELECT id, 2, '{role}' FROM operators WHERE name = 'Ada Moreau'"));
    (app, slug)
}

fn sign_in(browser: &mut Browser<'_>) {
    browser.visit("/sign-in");
    browser.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(303);
    browser.follow().expect(200);
}

#[test]
fn the_switcher_keeps_environment_and_section_where_the_role_allows() {
    let (app, slug) = two("support");
    let mut ada = app.browser(Role::Admin);
    ada.visit("/acme/test/tags").check_markup();
    assert_eq!(ada.page().link("Birch Books").as_deref(), Some(format!("/{slug}/test/tags").as_str()));
    ada.click("Birch Books").expect(200).shows("Ada Moreau support");
    assert_eq!(ada.page().link("Acme").as_deref(), Some("/acme/test/tags"));
    ada.visit("/acme/live/keys");
    assert_eq!(ada.page().link("Birch Books").as_deref(), Some(format!("/{slug}/live/profiles").as_str()));
    // A page without its section, such as that of a missing permission, has the way back, too.
    ada.get(&format!("/{slug}/live/keys")).expect(403).check_markup();
    assert_eq!(ada.page().link("Acme").as_deref(), Some("/acme/live/keys"));
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("profiles"));
    assert!(!mara.page().has_source("<details class=\"places\""), "one workspace needs no switcher");
}

#[test]
fn many_workspaces_are_on_a_page_of_their_own() {
    let app = App::new();
    for n in 0..14 {
        let name = format!("Shop {n:02}");
        crate::support::app::create_workspace(&mut app.db.connect(), &name, app.clock.now());
    }
    app.db.run("INSERT INTO memberships SELECT o.id, w.id, 'support' FROM operators o, workspaces w WHERE o.name = 'Ada Moreau' AND w.id > 1");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles")).shows("Shop 11").hides("Shop 12").check_markup();
    ada.click("All workspaces").expect(200).shows("Shop 13").check_markup();
    ada.click("Shop 13").expect(200).shows("Ada Moreau support");
}

#[test]
fn signing_in_leads_to_the_last_workspace_or_to_a_choice() {
    let (app, slug) = two("marketer");
    let mut ada = app.visitor();
    sign_in(&mut ada);
    assert_eq!(ada.page().address, "/workspaces");
    ada.page().shows("Acme Admin").shows("Birch Books Marketer").check_markup();
    ada.click("Birch Books").expect(200);
    ada.submit("Sign out", &[]).expect(303);
    sign_in(&mut ada);
    assert_eq!(ada.page().address, format!("/{slug}/live/profiles"));
    ada.get("/acme/live/tags");
    let mut elsewhere = app.visitor();
    sign_in(&mut elsewhere);
    assert_eq!(elsewhere.page().address, "/acme/live/profiles", "it is remembered on the server");
    // The last one is no longer theirs: then the only one.
    app.db.run("UPDATE memberships SET disabled_at = now() WHERE workspace_id = 1 AND role = 'admin'");
    sign_in(&mut elsewhere);
    assert_eq!(elsewhere.page().address, format!("/{slug}/live/profiles"));
}

#[test]
fn who_is_removed_from_one_workspace_stays_in_the_others() {
    let (app, slug) = two("marketer");
    let mut ada = app.browser(Role::Admin);
    let mut bea = app.browser_of("bea@birch.example");
    for (button, confirm) in [("Disable", None), ("Enable", None), ("Remove from the team…", Some("Remove"))] {
        bea.visit(&format!("/{slug}/live/operators"));
        bea.click("Ada Moreau");
        match confirm {
            None => bea.submit(button, &[]).expect(303),
            Some(confirm) => {
                bea.click(button);
                bea.submit(confirm, &[]).expect(303)
            }
        };
        let is_in = button == "Enable";
        ada.get(&format!("/{slug}/live/profiles")).expect(if is_in { 200 } else { 404 });
        ada.get("/acme/live/profiles").expect(200).shows("Ada Moreau admin");
    }
    assert_eq!(app.db.number("SELECT count(*) FROM memberships WHERE workspace_id = 1"), 3);
}
