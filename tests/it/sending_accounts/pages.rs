//! The pages of sending accounts.

use kith::{auth::Role, sending_accounts::store, subscriptions::Medium};

use super::{app, keep, mail_server::MailServer, open};
use crate::{
    outputs::receiver::Receiver,
    support::{App, Browser},
};

#[test]
fn a_form_that_is_wrong_names_each_field_and_keeps_what_was_typed() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("sending")).shows("No sending accounts yet").check_markup();
    ada.click("Create sending account").expect(200).check_markup();
    ada.click("Mail server (SMTP) for Email").expect(200).check_markup();
    let typed = [
        ("Name", ""),
        ("Server", "https://mail.example.com/"),
        ("Port", "99999"),
        ("Encryption", "none"),
        ("User name", "shop"),
        ("From: email", "shop"),
        ("Answers go to", "help@shop.example"),
        ("At once, at most", "99"),
        ("Test list", "ann@example.com\nbob"),
    ];
    let page = ada.submit("Create sending account", &typed).expect(422).clone();
    page.shows("Enter a name")
        .shows("name of the mail server alone")
        .shows("from 1 to 65535")
        .shows("only to a mail server on this machine")
        .shows("does not let kith in")
        .shows("such as shop@example.com")
        .shows("from 1 to 16")
        .shows("“bob” is no email")
        .check_markup();
    assert_eq!(page.attr("#host", "value"), "https://mail.example.com/");
    assert_eq!(page.attr("#reply_to", "value"), "help@shop.example");
    assert_eq!(page.text("#test_list"), "ann@example.com bob");
    let well = [
        ("Name", "Shop mail"),
        ("Server", "mail.example.com"),
        ("Port", "587"),
        ("Encryption", "starttls"),
        ("Password", "hunter2"),
        ("From: email", "shop@example.com"),
        ("At once, at most", "4"),
        ("Test list", " Ann@Example.com \n\nann@example.com"),
    ];
    let sent = ada.fill("body", "Create sending account", &well);
    ada.post(&sent.action, &sent.pairs).expect(303);
    ada.follow().expect(200).shows("mail.example.com, port 587").shows("ann@example.com").check_markup();
    ada.post(&sent.action, &sent.pairs).expect(303);
    ada.follow().shows("already created");
    assert_eq!(app.db.number("SELECT count(*) FROM sending_accounts"), 1);
    assert_eq!(app.db.one("SELECT array_to_string(test_list, ',') FROM sending_accounts"), "ann@example.com");
}

#[test]
fn gateways_are_filled_in_by_presets_and_their_parts_are_checked() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    open(&mut ada, &app, "sms", "gateway").check_markup();
    ada.click("Plain JSON").expect(200).check_markup();
    assert!(ada.page().text("#body").contains("\"{{ text }}\""));
    let wrong = [
        ("Name", "SMS"),
        ("Address", "https://ann:pw@gateway.example/"),
        ("body", "{\"to\": {{ to }}, \"text\": \"{{ text }}\"}"),
        ("Headers", "Host: evil"),
        ("id_at", "sid"),
        ("Test list", "030 123456"),
    ];
    let page = ada.submit("Create sending account", &wrong).expect(422).clone();
    for part in [
        "name and password out of",
        "is no JSON",
        "sets the header Host itself",
        "begins with a slash",
        "no phone number",
    ] {
        page.shows(part);
    }
    ada.click("Twilio and gateways like it").expect(200);
    let well = [("Name", "SMS"), ("Secret", "AC1:token"), ("Test list", "+49 30 123456")];
    ada.submit("Create sending account", &well).expect(303);
    ada.follow().shows("+4930123456").shows("api.twilio.com").check_markup();
}

#[test]
fn accounts_are_changed_turned_off_and_removed_and_the_log_tells() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    let first = keep(&mut ada, &app, "email", "Shop");
    let second = keep(&mut ada, &app, "email", "Till");
    keep(&mut ada, &app, "sms", "Texts");
    let (workspace, mut conn) = (app.workspace.id, app.db.connect());
    let mut default =
        || store::find_for(&mut conn, workspace, Medium::Email, None).expect("it answers").map(|it| it.id.to_string());
    assert_eq!(default().as_ref(), Some(&first), "the first one of a channel");
    ada.visit(&app.path(&format!("sending/{second}")));
    ada.submit("Make default", &[]).expect(303);
    ada.follow().expect(200).hides("Make default");
    assert_eq!(default().as_ref(), Some(&second));
    ada.click("Edit");
    ada.submit("Save sending account", &[("Name", "Till mail"), ("Messages a second, at most", "5")]).expect(303);
    ada.follow().shows("Till mail");
    ada.click("Edit");
    ada.submit("Save sending account", &[]).expect(303);
    ada.follow().shows("Nothing changed.");
    ada.submit("Turn off", &[]).expect(303);
    ada.follow().shows("This account is off").check_markup();
    ada.visit(&app.path("sending")).shows("Off").check_markup();
    ada.visit(&app.path(&format!("sending/{second}")));
    ada.submit("Turn on", &[]).expect(303);
    ada.follow().hides("This account is off");
    ada.click("Remove…").expect(200).check_markup();
    ada.submit("Remove sending account", &[]).expect(303);
    ada.follow().shows("Till mail removed").hides("Till mail,");
    ada.get(&app.path(&format!("sending/{second}"))).expect(404);
    assert_eq!(default().as_ref(), Some(&first), "the other one follows");
    assert_eq!(
        app.db.number("SELECT count(*) FROM sending_accounts WHERE removed_at IS NOT NULL AND secret IS NULL"),
        1
    );
    let lines = "SELECT concat_ws(' ', action, detail->>'name', detail->>'what') FROM audit_log WHERE detail->>'sending_account' = ";
    assert_eq!(
        app.db.column(&format!("{lines}'{second}' ORDER BY id")),
        [
            "sending account made Till Email",
            "sending account changed Till default of its channel",
            "sending account changed Till mail name: “Till” → “Till mail”; limits",
            "sending account turned off Till mail ",
            "sending account turned on Till mail ",
            "sending account removed Till mail ",
        ]
    );
    ada.visit(&app.path("audit")).shows("Created the sending account").check_markup();
}

#[test]
fn a_test_shows_the_whole_conversation_and_what_came_of_it() {
    let (app, server) = (app(), MailServer::new());
    let mut ada = app.browser(Role::Admin);
    open(&mut ada, &app, "email", "smtp");
    let port = server.port.to_string();
    let typed = [
        ("Name", "Shop mail"),
        ("Server", "localhost"),
        ("Port", port.as_str()),
        ("Encryption", "none"),
        ("From: email", "shop@example.com"),
    ];
    let path = ada.submit("Create sending account", &typed).expect(303).location();
    ada.visit(&path);
    ada.submit("Send a test", &[("to", "nobody")]).expect(422).shows("“nobody” is no email").check_markup();
    assert_eq!(ada.page().attr("#to", "value"), "nobody");
    ada.submit("Send a test", &[("to", "ada@example.com")])
        .expect(200)
        .shows("The provider took the test")
        .check_markup();
    ada.page()
        .shows("RCPT TO:<ada@example.com>")
        .shows("250 2.0.0 Ok: queued as Q1")
        .shows("Subject: Test of a sending account");
    server.answers("", Some("554 closed"));
    // The connection of a test is its own.
    ada.visit(&path);
    ada.submit("Send a test", &[("to", "ada@example.com")]).expect(200).shows("The account does not work");
    ada.visit(&app.path("sending")).shows("Failing").shows("refuses to talk").check_markup();
    ada.visit(&path).shows("This account fails");
    ada.submit("Send a test", &[("to", "ada@example.com")]).expect(200);
    ada.visit(&path).hides("This account fails");
    let tested = "SELECT count(*) FROM audit_log WHERE action = 'sending account tested'";
    assert_eq!(app.db.number(tested), 3);
    assert!(!app.db.one("SELECT string_agg(detail::text, ' ') FROM audit_log").contains("ada@example.com"));
}

#[test]
fn a_gateway_is_tested_through_the_form() {
    let (app, receiver) = (app(), Receiver::new());
    let mut ada = app.browser(Role::Admin);
    open(&mut ada, &app, "sms", "gateway");
    let typed = [("Name", "SMS"), ("Address", receiver.url.as_str()), ("Secret", "AC1:token")];
    let path = ada.submit("Create sending account", &typed).expect(303).location();
    receiver.answers("201 Created", r#"{"sid": "SM1"}"#);
    ada.visit(&path);
    ada.submit("Send a test", &[("to", "+49 30 123456")])
        .expect(200)
        .shows("took the test")
        .shows("HTTP 201")
        .check_markup();
    assert!(!ada.page().has_source("AC1:token"));
    assert!(receiver.take_one().body.starts_with("To=%2B4930123456&From="));
    let kept = keep(&mut ada, &app, "push", "App");
    ada.visit(&app.path(&format!("sending/{kept}")));
    ada.submit("Send a test", &[("to", "token")]).expect(200).shows("kept here").check_markup();
}

#[test]
fn there_are_fifty_at_most() {
    let app = app();
    let mut ada = app.browser(Role::Admin);
    for n in 0..50 {
        keep(&mut ada, &app, "email", &format!("Mail {n}"));
    }
    assert_eq!(ada.visit(&app.path("sending")).shows("which is the limit").link("Create sending account"), None);
    open(&mut ada, &app, "sms", "kept");
    ada.submit("Create sending account", &[("Name", "One more")]).expect(303);
    ada.follow().shows("There are 50 sending accounts already");
    assert_eq!(app.db.number("SELECT count(*) FROM sending_accounts"), 50);
}

#[test]
fn nobody_but_admins_sees_them_and_other_workspaces_have_their_own() {
    let app = app();
    let id = keep(&mut app.browser(Role::Admin), &app, "email", "Shop mail");
    let mut sam: Browser<'_> = app.browser(Role::Support);
    sam.get(&app.path("sending")).expect(403).hides("Shop mail");
    sam.get(&app.path(&format!("sending/{id}"))).expect(403).hides("Shop mail");
    assert_eq!(sam.visit(&app.path("profiles")).link("Sending"), None);
}
