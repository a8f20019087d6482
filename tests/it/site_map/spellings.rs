//! Addresses as people type them.

use kith::{auth::Role, identities::Kind};

use crate::support::{App, Person};

#[test]
fn another_spelling_of_an_address_leads_to_the_right_one() {
    let app = App::new();
    let mut mara = app.browser(Role::Marketer);
    for typed in ["/acme", "/acme/", "/acme/live", "/Acme/Live/Profiles/?sort=name"] {
        let page = mara.get(typed).expect(308).clone();
        let address = page.headers.get("location").and_then(|it| it.to_str().ok()).expect("an address").to_owned();
        assert!(address.starts_with("/acme/live/profiles"), "{typed}: {address}");
        assert_eq!(address.contains("sort=name"), typed.contains("sort"));
        mara.get(&address).expect(200);
    }
    mara.get("//evil.example/").expect(404);
    mara.get("/nobody/live/profiles").expect(404);
}

#[test]
fn a_profile_is_found_by_what_its_own_people_call_it() {
    let app = App::new();
    let priya = app.add(Person::new("c-100482").name("Priya", "Nair").email("priya@example.com"));
    let odd =
        app.add(Person::new("7f3e9c2a-5b1d-4c8e-9a60-1d2f3b4c5d6e").also(Kind::Named("crm".to_owned()), "a/9 %41"));
    let mut mara = app.browser(Role::Marketer);
    for (given, id) in [
        ("c-100482", priya),
        ("id:c-100482", priya),
        ("email:PRIYA@example.com", priya),
        ("7f3e9c2a-5b1d-4c8e-9a60-1d2f3b4c5d6e", odd),
        ("crm:a%2F9%20%2541", odd),
    ] {
        for tab in ["", "/activity", "/notes"] {
            mara.get(&app.path(&format!("profiles/{given}{tab}"))).expect(303);
            assert_eq!(mara.page().location(), app.profile(id, tab), "{given}");
        }
    }
    app.add(Person::new("c-2").name("Asha", "Nair").email("priya@example.com"));
    mara.get(&app.path("profiles/email:priya@example.com")).expect(303);
    assert_eq!(mara.page().location(), app.path("profiles?q=priya%40example.com"), "nobody is guessed");
    for nobody in ["c-9", "email:nobody", "%00", "%FF", "undefined", "email:new@example.com"] {
        mara.get(&app.path(&format!("profiles/{nobody}"))).expect(404);
    }
}

#[test]
fn a_profile_of_the_other_environment_is_said_to_be_there() {
    let app = App::new();
    let live = app.add(Person::new("c-1").name("Priya", "Nair"));
    let test = app.add_to(app.test, Person::new("c-1").name("Tess", "Try"));
    let mut mara = app.browser(Role::Marketer);
    for (id, asked, there) in [(live, "test", "live"), (test, "live", "test")] {
        let page = mara.get(&format!("/acme/{asked}/profiles/{id}/activity")).expect(404).clone();
        page.shows(&format!("This profile is in the {there} environment")).hides("Priya").hides("Tess").check_markup();
        let address = format!("/acme/{there}/profiles/{id}/activity");
        assert_eq!(page.link(&format!("Open it in {there}")), Some(address.clone()));
        mara.get(&address).expect(200);
    }
    let slug = app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let mut bea = app.browser_of("bea@birch.example");
    for kind in ["live", "test"] {
        bea.get(&format!("/{slug}/{kind}/profiles/{live}")).expect(404).hides("This profile is in");
    }
}

#[test]
fn an_error_keeps_the_navigation_of_its_workspace() {
    let app = App::new();
    let priya = app.add(Person::new("c-1").name("Priya", "Nair"));
    let mut mara = app.browser(Role::Marketer);
    for (address, status, section) in [
        (app.path("tags/nothing/at/all"), 404, "Tags"),
        (app.path("nothing/at/all"), 404, "Profiles"),
        ("/acme/staging/events".to_owned(), 404, "Events"),
        (app.path("keys"), 403, "Profiles"),
    ] {
        let page = mara.get(&address).expect(status).clone();
        page.check_markup();
        assert_eq!(page.count("header.rail"), 1, "{address}");
        if status != 403 {
            assert_eq!(page.text("nav [aria-current=page]"), section, "{address}");
        }
        assert_eq!(page.link("Attributes"), Some(app.path("attributes")));
        assert_eq!(mara.head(&address).status.as_u16(), status);
    }
    let form = [("csrf".to_owned(), "wrong".to_owned())];
    assert_eq!(mara.post(&app.profile(priya, "/notes"), &form).expect(403).count("header.rail"), 1);
    let mut sanjay = app.browser(Role::Support);
    assert_eq!(sanjay.post(&app.profile(priya, "/notes"), &form).expect(400).count("header.rail"), 1);
    for address in ["/nothing/at/all", "/birch/live/profiles", "/account/nothing"] {
        assert_eq!(mara.get(address).expect(404).count("header.rail"), 0, "{address}");
    }
    // Where nobody is known, nothing is told.
    assert_eq!(app.visitor().get(&app.path("nothing/at/all")).expect(404).count("header.rail"), 0);
}
