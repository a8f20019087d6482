use crate::support::App;

const FIELDS: [(&str, &str); 4] = [
    ("Workspace", "Zażółć Books & Co"),
    ("Your name", "Ada Moreau"),
    ("Email", "Ada@Books.example"),
    ("Password", "otter lantern quiet bicycle"),
];

#[test]
fn the_link_makes_the_first_admin_once() {
    let (app, link) = App::fresh();
    let (mut ada, mut late) = (app.visitor(), app.visitor());
    ada.visit(&link).check_markup();
    late.visit(&link);
    ada.submit("Create admin", &FIELDS).expect(303);
    ada.follow().expect(200).shows("No profiles yet").shows("Ada Moreau admin");
    assert_eq!(ada.page().address, "/zazolc-books-co/live/profiles");
    ada.visit("/zazolc-books-co/test/profiles").shows("Test environment");

    late.submit("Create admin", &[FIELDS[0], FIELDS[1], ("Email", "eve@evil.example"), FIELDS[3]]).expect(303);
    assert_eq!(late.page().location(), "/sign-in", "whoever comes second has to sign in");
    assert!(!late.cookies.contains_key("kith_session"));
    assert_eq!(late.get(&link).expect(303).location(), "/sign-in");
    assert_eq!(app.db.column("SELECT email FROM operators"), ["ada@books.example"]);
    assert_eq!(app.db.column("SELECT role FROM memberships"), ["admin"]);
    assert_eq!(app.db.number("SELECT count(*) FROM workspaces"), 1);

    late.visit("/sign-in");
    late.submit("Sign in", &[("Email", "ada@books.example"), FIELDS[3]]).expect(303);
}

#[test]
fn all_that_is_wrong_comes_back_at_once_without_the_password() {
    let (app, link) = App::fresh();
    let mut ada = app.visitor();
    ada.visit(&link);
    let typed = [("Workspace", "Acme"), ("Your name", ""), ("Email", "ada at acme"), ("Password", "password1234")];
    let page = ada.submit("Create admin", &typed).expect(422).clone();
    page.check_markup();
    assert_eq!(page.attrs("[role=alert] a", "href"), ["#name", "#email", "#password"]);
    assert_eq!(page.attrs("[aria-invalid=true]", "id"), ["name", "email", "password"]);
    page.shows("This password is easy to guess");
    assert_eq!((page.attr("#workspace", "value"), page.attr("#email", "value")), ("Acme".into(), "ada at acme".into()));
    assert!(!page.has_source("password1234"), "{}", page.body);
    assert_eq!(app.db.number("SELECT count(*) FROM operators"), 0);

    // Only the password is left to give.
    ada.submit("Create admin", &[("Your name", "Ada"), ("Email", "ada@acme.example"), FIELDS[3]]).expect(303);
    assert_eq!(app.db.column("SELECT name FROM workspaces"), ["Acme"]);
}

#[test]
fn a_password_made_of_what_everybody_knows_is_refused() {
    let (app, link) = App::fresh();
    let mut ada = app.visitor();
    ada.visit(&link);
    for password in ["short", "Ada@Books.example", "aaaaaaaaaaaaaaaa"] {
        ada.submit("Create admin", &[FIELDS[0], FIELDS[1], FIELDS[2], ("Password", password)]).expect(422);
        assert!(!ada.page().text("#password-error").is_empty());
    }
}

#[test]
fn no_other_link_will_do() {
    let (app, link) = App::fresh();
    let mut eve = app.visitor();
    for guess in ["/setup/x", &link[..link.len() - 1], &format!("{link}x")] {
        eve.get(guess).expect(404);
    }
    let usual = App::new();
    usual.visitor().get(&link).expect(404);
    assert_eq!(app.visitor().visit("/").address, "/sign-in");
}

#[test]
fn the_sign_in_page_of_an_empty_server_says_where_the_link_is() {
    let (app, link) = App::fresh();
    let mut ada = app.visitor();
    let page = ada.visit("/sign-in").clone();
    page.shows("Nobody can sign in yet").shows("kith operator add").shows("kith serve").check_markup();
    assert!(!page.has_source(&link), "it is only where the program was started");
    ada.visit(&link);
    ada.submit("Create admin", &FIELDS).expect(303);
    app.visitor().visit("/sign-in").hides("Nobody can sign in yet");
    App::new().visitor().visit("/sign-in").hides("Nobody can sign in yet");
}
