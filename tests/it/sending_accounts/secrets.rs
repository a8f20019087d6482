//! Secrets of accounts: encrypted, kept, and never shown again.

use std::fs;

use kith::auth::Role;

use super::{app, mail_server::MailServer, open};
use crate::support::{App, Browser};

const SECRET: &str = "correct-horse-battery";

/// Creates an account of a mail server, and returns its path.
fn create(ada: &mut Browser<'_>, app: &App, port: u16) -> String {
    open(ada, app, "email", "smtp");
    let port = port.to_string();
    let typed = [
        ("Name", "Shop mail"),
        ("Server", "127.0.0.1"),
        ("Port", port.as_str()),
        ("Encryption", "none"),
        ("User name", "shop"),
        ("Password", SECRET),
        ("From: email", "shop@example.com"),
    ];
    let page = ada.submit("Create sending account", &typed).expect(303).clone();
    page.location()
}

fn everything_stored(app: &App) -> String {
    app.db.one("SELECT (SELECT string_agg(a::text, ' ') FROM sending_accounts a) || (SELECT string_agg(l::text, ' ') FROM audit_log l)")
}

#[test]
fn a_secret_is_stored_encrypted_used_and_never_shown() {
    let (app, server) = (app(), MailServer::new());
    let mut ada = app.browser(Role::Admin);
    let path = create(&mut ada, &app, server.port);
    ada.visit(&path).shows("stored, encrypted");
    assert!(!ada.page().has_source(SECRET));
    let stored = everything_stored(&app);
    let in_hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!stored.contains(SECRET) && !stored.contains(&in_hex), "{stored}");
    ada.visit(&format!("{path}/edit")).check_markup();
    assert!(!ada.page().has_source(SECRET));
    ada.submit("Save sending account", &[("Name", "Till mail")]).expect(303);
    ada.visit(&path);
    ada.submit("Send a test", &[("to", "ada@example.com")]).expect(200).shows("took the test").check_markup();
    assert!(!ada.page().has_source(SECRET));
    assert!(server.heard().iter().any(|line| line.starts_with("AUTH PLAIN")), "{:?}", server.heard());
    // A form that comes back has lost what was typed there.
    ada.visit(&format!("{path}/edit"));
    ada.submit("Save sending account", &[("Name", ""), ("Password", SECRET)]).expect(422);
    assert!(!ada.page().has_source(SECRET));
}

#[test]
fn a_stored_secret_is_never_sent_to_another_server() {
    let (app, server) = (app(), MailServer::new());
    let mut ada = app.browser(Role::Admin);
    let path = create(&mut ada, &app, server.port);
    ada.visit(&format!("{path}/edit"));
    ada.submit("Save sending account", &[("Server", "localhost")]).expect(422).shows("never sent to another server");
    ada.submit("Save sending account", &[("Password", "another")]).expect(303);
    ada.follow().expect(200).shows("Sending account saved.");
    ada.visit(&format!("{path}/edit"));
    ada.submit("Save sending account", &[("User name", "")]).expect(303);
    assert_eq!(app.db.number("SELECT count(*) FROM sending_accounts WHERE secret IS NULL"), 1);
}

#[test]
fn another_key_is_one_clear_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, server) = (folder.path().join("key"), MailServer::new());
    let app = App::configured(|config| {
        config.server.private_webhooks = true;
        config.server.secret_file = Some(file.clone());
    });
    let mut ada = app.browser(Role::Admin);
    let path = create(&mut ada, &app, server.port);
    assert_eq!(fs::read_to_string(&file).expect("a key").trim().len(), 44);
    fs::write(&file, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").expect("another key");
    ada.visit(&path).shows("encrypted with another key").check_markup();
    ada.submit("Send a test", &[("to", "ada@example.com")]).expect(200).shows("encrypted with another key");
    ada.visit(&app.path("sending")).shows("Failing");
    ada.visit(&format!("{path}/edit"));
    ada.submit("Save sending account", &[("Password", "typed again")]).expect(303);
    ada.follow().hides("another key").hides("This account fails");
}

#[test]
fn without_a_place_for_the_key_the_form_says_so_and_keeps_what_was_typed() {
    let app = App::configured(|config| config.database.home = None);
    let mut ada = app.browser(Role::Admin);
    open(&mut ada, &app, "slack", "chat").shows("KITH_SECRET_FILE").check_markup();
    let typed = [("Name", "Team"), ("secret", "https://hooks.example/T/B/x")];
    let page = ada.submit("Create sending account", &typed).expect(422).clone();
    page.shows("KITH_SECRET_FILE").check_markup();
    assert_eq!(page.attr("#name", "value"), "Team");
    assert_eq!(app.db.number("SELECT count(*) FROM sending_accounts"), 0);
    super::keep(&mut ada, &app, "slack", "Kept");
}
