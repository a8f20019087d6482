use chrono::TimeDelta;
use kith::auth::Role;

use super::{audited, id, invite, link};
use crate::support::{App, app::PASSWORD};

const CHOSEN: &str = "violin gravel sunday teapot";

#[test]
fn the_link_lets_one_person_in_once() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles"));
    ada.click("Team").expect(200).check_markup();
    ada.click("Invite somebody").expect(200).check_markup();
    let path = invite(&app, &mut ada, " Noor Haddad ", "Noor@Acme.example");
    let page = ada.page().clone();
    page.shows("Noor Haddad is invited").shows("shown only once").check_markup();
    assert_eq!(page.header("cache-control"), "no-store");
    let token = path.strip_prefix("/join/").expect("a token");
    assert!(token.len() >= 43 && !format!("{:?}", page.headers).contains(token), "{token}");
    let list = ada.visit(&app.path("operators")).clone();
    list.shows("Noor Haddad").shows("noor@acme.example").shows("Invited").check_markup();
    assert!(!list.has_source(token), "{}", list.body);
    let kept = "SELECT concat_ws(' ', token_hash::text, email, name, role) FROM invitations";
    assert!(app.db.one(kept).ends_with(" noor@acme.example Noor Haddad support"));
    assert!(!app.db.one(kept).contains(token));

    let (mut noor, mut late) = (app.visitor(), app.visitor());
    for visitor in [&mut noor, &mut late] {
        visitor.visit(&path).shows("Join Acme").shows("as support").shows("noor@acme.example").check_markup();
        assert_eq!(visitor.page().attr("#name", "value"), "Noor Haddad");
    }
    let weak = noor.submit("Join", &[("Your name", "Noor"), ("Password", "password1234")]).expect(422);
    weak.shows("easy to guess").check_markup();
    assert_eq!(weak.attr("#name", "value"), "Noor", "what was typed is kept");
    noor.submit("Join", &[("Password", CHOSEN)]).expect(303);
    noor.follow().expect(200).shows("Noor support");
    assert_eq!(noor.page().address, "/acme/live/profiles");

    late.submit("Join", &[("Password", "another gravel sunday teapot")]).expect(404).shows("no longer works");
    assert!(!late.cookies.contains_key("kith_session"));
    late.get(&path).expect(404).shows("no longer works").check_markup();
    assert_eq!(app.db.number("SELECT count(*) FROM invitations"), 0);
    assert_eq!(audited(&app), ["ada@acme.example operator invited Noor Haddad"]);
    let mut again = app.visitor();
    again.visit("/sign-in");
    again.submit("Sign in", &[("Email", "noor@acme.example"), ("Password", CHOSEN)]).expect(303);
    ada.visit(&app.path("operators")).hides("Invited,");
}

#[test]
fn a_link_is_good_for_seven_days_and_can_be_renewed_or_withdrawn() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    let first = invite(&app, &mut ada, "Noor Haddad", "noor@acme.example");
    app.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    app.visitor().get(&first).expect(200);
    app.clock.advance(TimeDelta::seconds(1));
    app.visitor().get(&first).expect(404);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("operators")).shows("Link expired").check_markup();
    ada.submit("New link for Noor Haddad", &[]).expect(200);
    let second = link(&ada);
    assert_ne!(first, second);
    app.visitor().get(&first).expect(404);
    let mut noor = app.visitor();
    noor.visit(&second);
    ada.visit(&app.path("operators"));
    ada.submit("New link for Noor Haddad", &[]).expect(200);
    let third = link(&ada);
    noor.submit("Join", &[("Password", CHOSEN)]).expect(404);
    noor.visit(&third);
    ada.visit(&app.path("operators"));
    let withdraw = ada.fill("body", "Withdraw the invitation for Noor Haddad", &[]);
    ada.post(&withdraw.action, &withdraw.pairs).expect(303);
    ada.follow().shows("The invitation for Noor Haddad was withdrawn").hides("noor@acme.example");
    ada.post(&withdraw.action, &withdraw.pairs).expect(303);
    ada.follow().shows("already used or withdrawn");
    noor.submit("Join", &[("Password", CHOSEN)]).expect(404);
    assert_eq!(app.db.number("SELECT count(*) FROM operators WHERE email LIKE 'noor%'"), 0);
    let actions = ["operator invited", "invitation renewed", "invitation renewed", "invitation withdrawn"];
    assert_eq!(audited(&app), actions.map(|action| format!("ada@acme.example {action} Noor Haddad")));
}

#[test]
fn all_that_is_wrong_comes_back_at_once() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("operators/invite"));
    let page = ada.submit("Invite", &[("Name", " "), ("Email", "noor at acme")]).expect(422).clone();
    page.check_markup();
    assert_eq!(page.attrs("[role=alert] a", "href"), ["#name", "#email"]);
    assert_eq!(page.attr("#email", "value"), "noor at acme");
    for (email, rule) in [("Sanjay@acme.example", "on the team already"), ("noor@acme.example", "already invited")] {
        invite_again(&app, rule);
        let fields = [("Name", "Somebody"), ("Email", email), ("role-admin", "yes")];
        let page = ada.submit("Invite", &fields).expect(422).clone();
        page.shows(rule).check_markup();
        assert_eq!((page.attr("#name", "value"), page.attr("#email", "value")), ("Somebody".into(), email.into()));
        assert_eq!(page.attrs("input[checked]", "value"), ["admin"]);
    }
    assert_eq!(app.db.number("SELECT count(*) FROM invitations"), 1);
}

/// Somebody else invites Noor meanwhile.
fn invite_again(app: &App, rule: &str) {
    if rule == "already invited" {
        invite(app, &mut app.browser(Role::Admin), "Noor Haddad", "noor@acme.example");
    }
}

#[test]
fn whoever_has_an_account_joins_with_its_password() {
    let app = App::new();
    let slug = app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let path = invite(&app, &mut app.browser(Role::Admin), "Bea B.", "bea@birch.example");
    let mut bea = app.visitor();
    let page = bea.visit(&path).clone();
    page.shows("already has an account").check_markup();
    assert!(page.texts("label").iter().all(|label| label != "Your name"), "{:?}", page.texts("label"));
    bea.submit("Join", &[("Password", "wrong pony station")]).expect(422).shows("not the password").check_markup();
    assert!(!bea.cookies.contains_key("kith_session"));
    bea.submit("Join", &[("Password", PASSWORD)]).expect(303);
    bea.follow().expect(200).shows("Neighbour support");
    assert_eq!(bea.page().address, "/acme/live/profiles");
    bea.visit(&format!("/{slug}/live/profiles")).shows("Neighbour admin");
    bea.visit("/account").shows("Acme").shows("Birch Books");
    assert_eq!(app.db.number("SELECT count(*) FROM operators WHERE email = 'bea@birch.example'"), 1);
}

#[test]
fn passwords_are_not_guessed_through_an_invitation() {
    let app = App::new();
    app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let path = invite(&app, &mut app.browser(Role::Admin), "Bea", "bea@birch.example");
    let mut eve = app.visitor();
    for _ in 0..10 {
        eve.visit(&path);
        eve.submit("Join", &[("Password", "wrong pony station")]).expect(422);
    }
    eve.visit(&path);
    eve.submit("Join", &[("Password", PASSWORD)]).expect(429);
}

#[test]
fn invitations_of_others_are_out_of_reach() {
    let app = App::new();
    let slug = app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    invite(&app, &mut app.browser(Role::Admin), "Noor Haddad", "noor@acme.example");
    let invitation = app.db.one("SELECT id FROM invitations");
    let mut bea = app.browser_of("bea@birch.example");
    bea.visit(&format!("/{slug}/live/operators")).hides("noor@acme.example").hides("Ada Moreau");
    let token = vec![("csrf".to_owned(), bea.token())];
    for what in ["renew", "withdraw"] {
        bea.post(&format!("/{slug}/live/operators/invitations/{invitation}/{what}"), &token).expect(303);
    }
    let ada = id(&app, "ada@acme.example");
    bea.get(&format!("/{slug}/live/operators/{ada}")).expect(404);
    for what in ["/disable", "/end-sessions", "/remove"] {
        bea.post(&format!("/{slug}/live/operators/{ada}{what}"), &token).expect(404);
    }
    assert_eq!(app.db.number("SELECT count(*) FROM invitations"), 1);
    assert_eq!(app.db.number("SELECT count(*) FROM audit_log WHERE action LIKE 'invitation%'"), 0);
}
