use chrono::TimeDelta;
use kith::auth::Role;

use super::ago;
use crate::support::App;

#[test]
fn organisation_admins_see_what_is_wrong_first() {
    let app = App::new();
    app.db.run(&format!(
        "INSERT INTO settling (environment_id, profile_id, since) VALUES ({}, gen_random_uuid(), {})",
        app.live,
        ago(&app, TimeDelta::hours(5))
    ));
    let mut ada = app.browser(Role::Admin);
    ada.visit("/organisation");
    let page = ada.click("Status of the server").expect(200).clone();
    page.check_markup();
    page.shows("Late events of erased people").shows("1 waiting, the oldest for 5 hours").shows("What to do:");
    page.shows("Nothing waits.").shows("kith doctor");
    let body = &page.body;
    let place = |text: &str| body.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place("Late events of erased people") < place("Late events of merged people"), "what is wrong comes first");
}

#[test]
fn nobody_else_sees_it() {
    let app = App::new();
    app.add_operator("Max", "max@acme.example", Role::Admin);
    for email in ["max@acme.example", "mara@acme.example"] {
        app.browser_of(email).get("/organisation/status").expect(403).hides("Postgres");
    }
    app.browser(Role::Support).get("/organisation/status").expect(403).hides("Postgres");
    app.visitor().get("/organisation/status").expect(303);
}
