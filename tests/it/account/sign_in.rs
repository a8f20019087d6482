use kith::config::Site;

use crate::{
    auth::sign_in,
    support::{App, app::PASSWORD},
};

#[test]
fn the_right_password_opens_the_list() {
    let app = App::new();
    let mut ada = sign_in(&app, " Ada@ACME.example ");
    ada.follow().expect(200).shows("No profiles yet").shows("Ada Moreau admin");
    assert_eq!(ada.page().address, "/acme/live/profiles");
    assert_eq!(app.db.column("SELECT action FROM audit_log ORDER BY at DESC LIMIT 1"), ["signed in"]);
}

#[test]
fn a_wrong_password_and_an_unknown_account_look_the_same() {
    let app = App::new();
    let said = ["ada@acme.example", "nobody@acme.example"].map(|email| {
        let mut visitor = app.visitor();
        visitor.visit("/sign-in");
        let page = visitor.submit("Sign in", &[("Email", email), ("Password", "wrong pony station")]).expect(422);
        page.check_markup();
        assert_eq!(page.attr("#email", "value"), email, "what was typed is kept");
        assert_eq!(page.attr("#password", "value"), "");
        assert!(!page.has_source("wrong pony"), "{}", page.body);
        assert!(!visitor.cookies.contains_key("kith_session"));
        visitor.page().text("[role=alert]")
    });
    assert_eq!(said[0], said[1]);
    assert!(said[0].contains("No account has this email and password"), "{said:?}");
    assert_eq!(app.db.number("SELECT count(*) FROM sessions"), 0);
}

#[test]
fn signing_in_replaces_the_session_and_its_tokens() {
    let app = App::new();
    let mut ada = sign_in(&app, "ada@acme.example");
    ada.visit("/account");
    let (old, old_token) = (ada.cookies["kith_session"].clone(), ada.token());

    ada.visit("/sign-in");
    ada.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(303);
    assert_ne!(ada.cookies["kith_session"], old);
    ada.visit("/account");
    assert_ne!(ada.token(), old_token);
    let mut thief = app.visitor();
    thief.cookies.insert("kith_session".to_owned(), old);
    assert!(thief.get("/account").location().starts_with("/sign-in"), "the old cookie is dead");
}

#[test]
fn a_cookie_that_a_stranger_chose_is_not_kept() {
    let app = App::new();
    let mut visitor = app.visitor();
    visitor.cookies.insert("kith_session".to_owned(), "planted-by-somebody-else".to_owned());
    visitor.visit("/sign-in");
    visitor.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(303);
    assert_ne!(visitor.cookies["kith_session"], "planted-by-somebody-else");
}

#[test]
fn the_address_that_was_asked_for_comes_after_signing_in() {
    let app = App::new();
    let mut visitor = app.visitor();
    let asked = "/acme/test/profiles?q=Priya+%26+co&sort=-created";
    visitor.get(asked).expect(303);
    visitor.follow().expect(200);
    visitor.submit("Sign in", &[("Email", "mara@acme.example"), ("Password", "wrong pony station")]).expect(422);
    visitor.submit("Sign in", &[("Email", "mara@acme.example"), ("Password", PASSWORD)]).expect(303);
    assert_eq!(visitor.page().location(), asked, "even after a mistyped password");
}

#[test]
fn next_never_leaves_the_site() {
    let app = App::new();
    let mut visitor = app.visitor();
    let bad = [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        " //evil.example",
        "/ok\r\nset-cookie: a=b",
    ];
    for next in bad {
        let encoded: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        visitor.visit(&format!("/sign-in?next={encoded}")).check_markup();
        let page = visitor.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(303);
        assert_eq!(page.location(), "/", "{next:?}");
        assert_eq!(page.header("set-cookie").matches("a=b").count(), 0);
    }
}

#[test]
fn the_cookie_is_for_https_alone_where_people_come_by_it() {
    let with_origin = |origin: &str| {
        let app = App::configured(|config| config.server.site = Site::new(origin).expect("a site"));
        let mut visitor = app.visitor();
        visitor.visit("/sign-in");
        visitor.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(303);
        visitor.page().header("set-cookie").to_owned()
    };
    let secure = with_origin("https://kith.test");
    assert!(secure.contains("Secure") && secure.contains("HttpOnly") && secure.contains("SameSite=Lax"), "{secure}");
    assert!(!with_origin("http://kith.test").contains("Secure"));
}
