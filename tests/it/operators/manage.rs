use kith::auth::Role;

use super::{audited, id, page_of};
use crate::{
    auth::sign_in,
    support::{App, app::PASSWORD},
};

const SANJAY: &str = "sanjay@acme.example";

#[test]
fn the_list_says_who_is_there_with_what_role() {
    let app = App::new();
    app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    sign_in(&app, "mara@acme.example");
    let mut ada = app.browser(Role::Admin);
    let page = ada.visit(&app.path("operators")).clone();
    page.check_markup();
    assert_eq!(page.text("h1"), "Team");
    let rows = page.texts("main div.card tbody tr");
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("Ada Moreau you ada@acme.example Admin Active"), "{rows:?}");
    assert!(
        rows[1].starts_with("Mara Keller mara@acme.example Marketer Active") && !rows[1].contains("never"),
        "{rows:?}"
    );
    assert_eq!(rows[2], "Sanjay Rao sanjay@acme.example Support Active never");
    page.hides("bea@birch.example").shows("manage the team");
    for role in [Role::Marketer, Role::Support] {
        let mut other = app.browser(role);
        other.visit(&app.path("profiles")).hides("Team").hides("Workspace");
        other.get(&app.path("operators")).expect(403);
    }
}

#[test]
fn a_role_is_changed_and_holds_at_once() {
    let app = App::new();
    let (mut ada, mut sanjay) = (app.browser(Role::Admin), app.browser(Role::Support));
    sanjay.get(&app.path("keys")).expect(403);
    ada.visit(&app.path("operators"));
    ada.click("Sanjay Rao").expect(200).check_markup();
    ada.submit("Save role", &[("role-admin", "yes")]).expect(303);
    ada.follow().shows("Role changed to admin.").check_markup();
    sanjay.get(&app.path("keys")).expect(200);
    ada.submit("Save role", &[("role-admin", "yes")]).expect(303);
    ada.follow().shows("Nothing changed.");
    assert_eq!(audited(&app), ["ada@acme.example role changed Sanjay Rao support admin"]);
}

#[test]
fn whoever_is_disabled_is_out_at_once_and_is_told_nothing() {
    let app = App::new();
    let mut sanjay = sign_in(&app, SANJAY);
    sanjay.visit(&app.path("profiles"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&page_of(&app, SANJAY)).shows("Last sign-in");
    ada.submit("Disable", &[]).expect(303);
    ada.follow().shows("Disabled. They can no longer open this workspace.").check_markup();
    assert_eq!(sanjay.get(&app.path("profiles")).expect(303).location(), "/sign-in?next=%2Facme%2Flive%2Fprofiles");

    let mut refused = |email: &str, password: &str| {
        sanjay.visit("/sign-in");
        let page = sanjay.submit("Sign in", &[("Email", email), ("Password", password)]).expect(422).clone();
        (page.text("[role=alert]"), page.texts("main p"))
    };
    assert_eq!(refused(SANJAY, PASSWORD), refused(SANJAY, "wrong pony station"));
    for _ in 0..8 {
        refused(SANJAY, PASSWORD);
    }
    // Neither do attempts tell that the password is right.
    sanjay.visit("/sign-in");
    sanjay.submit("Sign in", &[("Email", SANJAY), ("Password", PASSWORD)]).expect(429);
    app.clock.advance(chrono::TimeDelta::minutes(16));

    ada.visit(&app.path("operators")).shows("Disabled");
    ada.click("Sanjay Rao").expect(200).check_markup();
    ada.submit("Enable", &[]).expect(303);
    ada.follow().shows("They can sign in again");
    sign_in(&app, SANJAY).follow().shows("Sanjay Rao support");
    let words = ["operator disabled", "operator enabled"].map(|word| format!("ada@acme.example {word} Sanjay Rao"));
    assert_eq!(audited(&app), words);
}

#[test]
fn disabling_is_for_one_workspace() {
    let app = App::new();
    let slug = app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let (bea, birch) = (id(&app, "bea@birch.example"), app.db.one("SELECT max(id)::text FROM workspaces"));
    app.db.run(&format!("INSERT INTO memberships SELECT '{bea}', id, 'support' FROM workspaces WHERE id <> {birch}"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&page_of(&app, "bea@birch.example"));
    ada.submit("Disable", &[]).expect(303);
    let mut bea = sign_in(&app, "bea@birch.example");
    assert_eq!(bea.follow().address, format!("/{slug}/live/profiles"));
    bea.get(&app.path("profiles")).expect(404);
    bea.visit("/account").hides("Acme");
}

#[test]
fn sessions_are_ended_and_somebody_is_removed() {
    let app = App::new();
    let (mut ada, mut sanjay) = (app.browser(Role::Admin), app.browser(Role::Support));
    let _other = app.browser(Role::Support);
    let own = page_of(&app, SANJAY);
    assert_eq!(ada.visit(&own).texts("tbody tr").len(), 2);
    ada.submit("End all sessions", &[]).expect(303);
    ada.follow().shows("2 sessions ended.").shows("Not signed in now.").check_markup();
    sanjay.get("/account").expect(303);

    let mut sanjay = app.browser(Role::Support);
    ada.click("Remove from the team…").expect(200).shows("Remove Sanjay Rao from the team?").check_markup();
    ada.submit("Remove", &[]).expect(303);
    ada.follow().shows("Removed from the team.").hides(SANJAY);
    assert!(sanjay.get(&app.path("profiles")).expect(303).location().starts_with("/sign-in"));
    ada.get(&own).expect(404);
    let said = ["sessions ended", "operator removed"].map(|word| format!("ada@acme.example {word} Sanjay Rao"));
    assert_eq!(audited(&app), said);
    let mut gone = app.visitor();
    gone.visit("/sign-in");
    gone.submit("Sign in", &[("Email", SANJAY), ("Password", PASSWORD)]).expect(422);
    // They may come back, to the same account.
    let path = super::invite(&app, &mut ada, "Sanjay Rao", SANJAY);
    gone.visit(&path);
    gone.submit("Join", &[("Password", PASSWORD)]).expect(303);
    gone.follow().shows("Sanjay Rao support");
}

#[test]
fn nobody_locks_themselves_out() {
    let app = App::new();
    app.add_operator("Rosa", "rosa@acme.example", Role::Admin);
    let mut ada = app.browser(Role::Admin);
    let own = page_of(&app, "ada@acme.example");
    let page = ada.visit(&own).clone();
    page.shows("Only another admin can change your role").hides("Save role").check_markup();
    ada.click("your account page").expect(200);
    let token = ("csrf".to_owned(), ada.token());
    for (what, more) in [("", "marketer"), ("/disable", ""), ("/remove", "")] {
        ada.post(&format!("{own}{what}"), &[token.clone(), ("role".to_owned(), more.to_owned())]);
        if what.is_empty() || what == "/disable" || what == "/remove" {
            ada.page().expect(303);
            ada.follow().expect(200).shows("Only another admin can do this");
        }
    }
    ada.post(&format!("{own}/end-sessions"), &[token]).expect(303);
    ada.follow().expect(200);
    assert_eq!(app.db.column("SELECT role FROM memberships m JOIN operators o ON o.id = m.operator_id WHERE email = 'ada@acme.example' AND disabled_at IS NULL"), ["admin"]);
}
