use chrono::TimeDelta;
use kith::auth::Role;

use super::sign_in;
use crate::support::App;

#[test]
fn a_session_ends_when_nobody_clicks_for_twelve_hours() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    for _ in 0..3 {
        app.clock.advance(TimeDelta::hours(11));
        ada.visit("/account");
    }
    app.clock.advance(TimeDelta::hours(12));
    let page = ada.get("/acme/live/profiles").expect(303);
    assert_eq!(page.location(), "/sign-in?next=%2Facme%2Flive%2Fprofiles");
}

#[test]
fn a_session_ends_after_two_weeks_however_busy() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    for _ in 0..(14 * 3 - 1) {
        app.clock.advance(TimeDelta::hours(8));
        ada.get("/account").expect(200);
    }
    app.clock.advance(TimeDelta::hours(8));
    ada.get("/account").expect(303);
}

#[test]
fn a_session_over_is_cleared_out_by_the_next_sign_in() {
    let app = App::new();
    sign_in(&app, "mara@acme.example");
    app.clock.advance(TimeDelta::hours(13));
    sign_in(&app, "ada@acme.example");
    assert_eq!(app.db.number("SELECT count(*) FROM sessions"), 1);
}

#[test]
fn signing_out_ends_this_session_only() {
    let app = App::new();
    let (mut here, mut there) = (app.browser(Role::Admin), app.browser(Role::Admin));
    here.visit("/acme/live/profiles");
    let cookie = here.cookies["kith_session"].clone();
    here.submit("Sign out", &[]).expect(303);
    assert_eq!(here.page().location(), "/sign-in");
    assert!(!here.cookies.contains_key("kith_session"), "the cookie is taken back");
    here.cookies.insert("kith_session".to_owned(), cookie);
    here.get("/account").expect(303);
    there.get("/account").expect(200);
}

#[test]
fn signing_out_everywhere_ends_all_of_ones_own() {
    let app = App::new();
    let (mut here, mut there) = (app.browser(Role::Admin), app.browser(Role::Admin));
    let mut mara = app.browser(Role::Marketer);
    here.visit("/account").shows("This browser").shows("Another browser");
    here.submit("Sign out everywhere", &[]).expect(303);
    for browser in [&mut here, &mut there] {
        browser.get("/account").expect(303);
    }
    mara.get("/account").expect(200);
}

#[test]
fn no_token_is_stored_as_it_is() {
    let app = App::new();
    let ada = sign_in(&app, "ada@acme.example");
    let token = &ada.cookies["kith_session"];
    assert!(token.len() >= 40, "{token}");
    let stored = app
        .db
        .column("SELECT concat_ws(' ', encode(token_hash, 'hex'), encode(token_hash, 'escape'), csrf) FROM sessions");
    assert!(!stored[0].contains(token.as_str()) && !stored[0].contains(&ada.cookies["kith_visitor"]), "{stored:?}");
    assert_eq!(app.db.one("SELECT octet_length(token_hash) FROM sessions"), "32");
    let hashes = app.db.column("SELECT password_hash FROM operators");
    assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$")), "{hashes:?}");
}

#[test]
fn a_changed_role_and_a_lost_membership_count_at_once() {
    let app = App::new();
    let mut sanjay = app.browser(Role::Support);
    let profile = app.add(crate::support::Person::new("c-1"));
    sanjay.visit(&app.profile(profile, "/notes"));
    app.db.run("UPDATE memberships SET role = 'marketer' WHERE role = 'support'");
    sanjay.submit("Add note", &[("New note", "still here?")]).expect(403);
    app.db.run("DELETE FROM memberships");
    sanjay.get(&app.profile(profile, "/notes")).expect(404);
    sanjay.visit("/").shows("You are in no workspace").check_markup();
}

#[test]
fn a_removed_operator_is_out() {
    let app = App::new();
    let mut mara = app.browser(Role::Marketer);
    mara.get("/account").expect(200);
    app.db.run("DELETE FROM operators WHERE email = 'mara@acme.example'");
    mara.get("/account").expect(303);
}
