use kith::{auth::Role, identities::Kind};

use crate::support::{App, Person};

#[test]
fn a_profile_is_made_by_hand_and_says_who_made_it() {
    let app = App::new();
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit("/acme/live/profiles");
    let page = sanjay.click("Create profile").expect(200).clone();
    page.check_markup();
    page.shows("The profile is created in the Live environment of Acme. It cannot be moved");
    let typed = [
        ("ID", "c-1"),
        ("Email", "Priya@example.com"),
        ("Phone", "+91 98765 43210"),
        ("First name", "Priya"),
        ("Last name", "Nair"),
        ("Tags", "vip trousers"),
        ("Attribute 1", "seats"),
        ("Value 1", "3"),
        ("Attribute 2", "plan"),
        ("Value 2", "Pro"),
    ];
    sanjay.submit("Create profile", &typed).expect(303);
    sanjay.follow().shows("Profile created.").shows("Priya Nair").shows("Sanjay Rao").shows("vip");
    assert_eq!(
        app.db.one("SELECT attributes FROM profiles"),
        r#"{"plan": "Pro", "seats": 3, "last_name": "Nair", "first_name": "Priya"}"#
    );
    assert_eq!(app.db.column("SELECT address FROM addresses ORDER BY 1"), ["+919876543210", "Priya@example.com"]);
    let told = "SELECT DISTINCT s.name FROM changes c JOIN sources s ON s.id = c.source_id";
    assert_eq!(app.db.column(told), ["Sanjay Rao"]);
    assert_eq!(app.db.number("SELECT count(DISTINCT group_id) FROM changes"), 1);
}

#[test]
fn an_id_or_an_address_is_needed() {
    let app = App::new();
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit("/acme/live/profiles/new");
    let page = sanjay.submit("Create profile", &[("First name", "Priya")]).expect(422).clone();
    page.check_markup();
    page.shows("Enter an ID, an email or a phone number");
    assert!(page.has_source("value=\"Priya\""));
    let typed = [("Email", "x"), ("Phone", "y"), ("Tags", "two-words café"), ("Value 1", "z"), ("Attribute 2", "plan")];
    let page = sanjay.submit("Create profile", &typed).expect(422);
    page.shows("The email must be").shows("The phone must be").shows("Tags can have 1 to 20 letters");
    page.shows("Enter a name for this attribute").shows("Enter a value for plan");
    let typed =
        [("ID", "c-1"), ("Attribute 1", "email"), ("Value 1", "nobody"), ("Attribute 2", "phone"), ("Value 2", "none")];
    let page = sanjay.submit("Create profile", &typed).expect(422);
    page.shows("email must be").shows("phone must be");
    assert!(page.has_source("value=\"nobody\""));
    assert_eq!(app.db.number("SELECT count(*) FROM profiles"), 0);
    // An email alone is the id, too.
    sanjay.visit("/acme/live/profiles/new");
    sanjay.submit("Create profile", &[("Email", "ann@example.com")]).expect(303);
    assert_eq!(app.db.column("SELECT kind || ' ' || value FROM identifier_claims"), ["id ann@example.com"]);
    sanjay.visit("/acme/live/profiles/new");
    sanjay.submit("Create profile", &[("Phone", "+1 202 555 0004")]).expect(303);
    assert_eq!(app.db.one("SELECT value FROM identifier_claims WHERE kind = 'phone'"), "+12025550004");
}

#[test]
fn likely_twins_are_shown_before_anything_is_saved() {
    let app = App::new();
    app.add(Person::new("c-1").name("Priya", "Nair").email("priya@example.com"));
    app.add(Person::new("c-2").name("Priya", "Nair"));
    app.add(Person::new("c-3").name("P", "N").phone("+919876543210"));
    app.add(Person::known_by(Kind::Email, "priya@example.com").name("Another", "One"));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit("/acme/live/profiles/new");
    let typed = [
        ("ID", "c-9"),
        ("Email", "PRIYA@example.com"),
        ("Phone", "+91 98765 43210"),
        ("First name", "Priya"),
        ("Last name", "Nair"),
    ];
    let before = app.db.digest(&["profiles", "changes"]);
    let page = sanjay.submit("Create profile", &typed).expect(409).clone();
    page.check_markup();
    page.shows("This person may already have a profile")
        .shows("the same email")
        .shows("the same name")
        .shows("the same phone");
    assert_eq!(page.count("#main li a"), 4);
    assert_eq!(app.db.digest(&["profiles", "changes"]), before);
    sanjay.submit("Create anyway", &[]).expect(303);
    assert_eq!(app.db.number("SELECT count(*) FROM profiles"), 5);
    // An id that is taken is an error, which names it and the environment.
    sanjay.visit("/acme/live/profiles/new");
    let page = sanjay.submit("Create profile", &[("ID", "c-9")]).expect(422);
    page.shows("A profile with the ID c-9 already exists in the live environment.")
        .shows("This person already has a profile");
    assert_eq!(app.db.number("SELECT count(*) FROM profiles"), 5);
}

#[test]
fn whoever_is_found_by_the_only_address_is_not_written_over() {
    let app = App::new();
    app.add(Person::known_by(Kind::Phone, "+919876543210").name("Grace", "Kim"));
    let before = app.db.digest(&["profiles", "changes"]);
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit("/acme/live/profiles/new");
    let typed = [("Phone", "+91 98765 43210"), ("First name", "Priya")];
    let page = sanjay.submit("Create profile", &typed).expect(422);
    page.shows("A profile with the phone number +919876543210 already exists in the live environment.")
        .hides("Create anyway");
    assert_eq!(app.db.digest(&["profiles", "changes"]), before);
}
