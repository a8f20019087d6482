//! What a template says for real people: the preview, the verdict, hidden values, and the links in messages.

use kith::{
    auth::Role,
    message_templates::known,
    preferences::Signer,
    subscriptions::{
        Line, Medium,
        SubscriptionState::{Pending, Unsubscribed},
    },
    verdict::MessageKind,
};
use serde_json::json;

use super::{HTML, define};
use crate::support::{App, Person};

#[test]
fn the_preview_is_of_one_person_beside_their_verdict() {
    let app = App::new();
    let priya =
        app.add(Person::new("c-1").name("Priya", "Nair").email("priya@example.com").wants("email", Unsubscribed));
    let bo = app.add(Person::new("c-2").set("first_name", "<b>Bo</b>"));
    let id = define(
        &app,
        "Welcome",
        MessageKind::Campaign,
        &format!("{HTML}<p style=\"color: red\">{{{{ user.colour }}}}</p>"),
    );
    let mut sanjay = app.browser(Role::Support);
    let address = app.path(&format!("templates/{id}"));
    sanjay
        .visit(&format!("{address}?profile={bo}"))
        .shows("Hi <b>Bo</b>")
        .shows("Email is blocked: there is no email.")
        .check_markup();
    sanjay
        .submit("Show", &[("Person", "priya@example.com")])
        .expect(200)
        .shows("Hi Priya")
        .shows("they unsubscribed from");
    sanjay
        .page()
        .shows("Nobody has these attributes: user.colour")
        .shows("Not known for this person, so empty: user.colour");
    sanjay.submit("Show", &[("Person", "nobody-at-all")]).shows("Nobody found for “nobody-at-all”.");
    let page = sanjay.visit(&format!("{address}?profile={priya}")).clone();
    assert!(page.header("content-security-policy").contains("frame-src 'self'"));
    let frame = page.attr("iframe", "src");
    assert_eq!(page.attr("iframe", "sandbox"), "");
    let frame = sanjay.get(&frame).expect(200).clone();
    assert!(frame.has_source("Dear Priya") && frame.has_source("/preferences/example/unsubscribe"), "{}", frame.body);
    let policy = frame.header("content-security-policy").to_owned();
    assert!(policy.starts_with("sandbox; default-src 'none'") && !policy.contains("script"), "{policy}");
    assert_eq!(frame.header("x-frame-options"), "SAMEORIGIN");
    sanjay.get(&format!("{address}/preview?profile={id}")).expect(404);
    let no_html = define(&app, "None", MessageKind::Service, "");
    sanjay.get(&app.path(&format!("templates/{no_html}/preview"))).expect(404);
}

#[test]
fn sensitive_values_are_hidden_whatever_the_role_and_in_conditions() {
    let app = App::new();
    app.add(Person::new("c-1").set("iban", "DE89").set("language", "de").email("a@example.com"));
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true WHERE name = 'iban'");
    let words = "{{ user.iban }} {% if user.iban == 'DE89' %}guessed{% endif %}";
    let id = define(&app, "Bank", MessageKind::Service, words);
    for role in Role::ALL {
        let mut browser = app.browser(role);
        let page = browser.visit(&app.path(&format!("templates/{id}"))).clone();
        page.shows("Hidden").hides("DE89").hides("guessed");
        let frame = browser.get(&app.path(&format!("templates/{id}/preview"))).expect(200).clone();
        assert!(frame.has_source("Hidden") && !frame.has_source("DE89") && !frame.has_source("guessed"));
        // Everybody may write templates.
        browser.get(&app.path(&format!("templates/{id}/edit"))).expect(200);
    }
}

#[test]
fn what_is_known_of_many_is_read_at_once_with_links_of_their_own() {
    let app = App::new();
    let ann = app.add(
        Person::new("c-1")
            .name("Ann", "Lee")
            .email("ann@example.com")
            .phone("+390669821234")
            .set("locale", "pt-BR")
            .set("timezone", "europe/rome")
            .set("home", json!({"city": "Rome"}))
            .wants("email", Pending),
    );
    let bo = app.add(Person::new("c-2"));
    let mut conn = app.db.connect();
    let found = known(&mut conn, app.live, &[ann, bo]).expect("read");
    let person = &found[&ann];
    assert_eq!(
        (person.name.as_str(), person.id.as_deref(), person.email.as_deref()),
        ("Ann Lee", Some("c-1"), Some("ann@example.com"))
    );
    assert_eq!(
        (person.phone.as_deref(), person.language.as_deref(), person.zone.name()),
        (Some("+390669821234"), Some("pt-BR"), "Europe/Rome")
    );
    let user = person.user();
    assert_eq!(
        (&user["home"]["city"], &user["first_name"], &user["name"]),
        (&json!("Rome"), &json!("Ann"), &json!("Ann Lee"))
    );
    assert_eq!(found[&bo].user()["email"], json!(null));
    assert!(known(&mut conn, app.test, &[ann]).expect("read").is_empty(), "of the other environment");
    let signer =
        Signer::read(&mut conn, app.state.config.server.site.origin(), app.live, app.clock.now()).expect("a key");
    let links = person.links(&signer, &Line::channel(Medium::Email));
    assert_eq!(found[&bo].links(&signer, &Line::channel(Medium::Email)).confirm_url, None);
    let path = |address: &str| {
        address.split_once("/preferences/").map(|(_, rest)| format!("/preferences/{rest}")).expect("a path")
    };
    let mut visitor = app.visitor();
    visitor.get(&path(&links.preferences_url)).expect(200);
    visitor.get(&path(&links.unsubscribe_url)).expect(200);
    visitor.get(&path(&links.confirm_url.expect("it waits"))).expect(200);
}
