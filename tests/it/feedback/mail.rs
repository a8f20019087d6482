//! Mails that came back and complaints, over the address and by `kith bounce`.

use kith::messages::Status;

use super::Shop;
use crate::support::program::Program;

const MAIL: [(&str, &str); 1] = [("content-type", "message/rfc822")];

/// A notification of delivery (RFC 3464), as Postfix writes it.
fn returned(message_id: &str, action: &str, status: &str, original: &str) -> String {
    let lines = [
        "From: MAILER-DAEMON@mx.example (Mail Delivery System)",
        "To: shop@example.com",
        "Subject: Undelivered Mail Returned to Sender",
        "Date: Sun, 22 Nov 2026 03:24:30 +0000",
        &format!("Message-ID: <20261122.{status}.{action}@mx.example>"),
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"",
        "",
        "--b",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "This is the mail system at host mx.example.",
        "",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example",
        "Arrival-Date: Sun, 22 Nov 2026 03:24:10 +0000",
        "",
        "Final-Recipient: rfc822; ann@example.com",
        &format!("Action: {action}"),
        &format!("Status: {status}"),
        "Diagnostic-Code: smtp; 550 5.1.1 <ann@example.com>: no such",
        "    user",
        "",
        "--b",
        &format!("Content-Type: {original}"),
        "",
        "From: Shop <shop@example.com>",
        "Subject: Your parcel",
        &format!("Message-ID: <{message_id}@example.com>"),
        "",
        "Hello Ann",
        "--b--",
        "",
    ];
    lines.join("\r\n")
}

/// A complaint (RFC 5965).
fn complaint(message_id: &str, kind: &str) -> String {
    let lines = [
        "From: abuse@provider.example",
        "Date: Sun, 22 Nov 2026 03:24:30 +0000",
        "Subject: FW: Your parcel",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "This is an email abuse report.",
        "--b",
        "Content-Type: message/feedback-report",
        "",
        &format!("Feedback-Type: {kind}"),
        "User-Agent: SomeGenerator/1.0",
        "Version: 1",
        "",
        "--b",
        "Content-Type: message/rfc822",
        "",
        "From: Shop <shop@example.com>",
        &format!("Message-ID: <{message_id}@example.com>"),
        "",
        "Hello Ann",
        "--b--",
        "",
    ];
    lines.join("\r\n")
}

#[test]
fn a_mail_that_came_back_blocks_the_address() {
    for (original, lf) in [("message/rfc822", false), ("text/rfc822-headers", false), ("message/rfc822", true)] {
        let shop = Shop::new();
        let mut mail = returned(&shop.id.to_string(), "failed", "5.1.1", original);
        if lf {
            mail = mail.replace("\r\n", "\n");
        }
        assert_eq!(shop.call(&MAIL, mail.clone()).expect(200).json()["stored"], 1, "{original}");
        assert_eq!(shop.call(&MAIL, mail).expect(200).json()["known"], 1);
        assert_eq!(
            (shop.status(), shop.steps()),
            ("undelivered".to_owned(), vec!["undelivered hard 5.1.1".to_owned()])
        );
        let words = shop.app.db.one("SELECT words || ' ' || at FROM message_steps WHERE status = 'undelivered'");
        assert!(words.starts_with("550 5.1.1 <ann@example.com>: no such user 2026-11-22 03:24:30"), "{words}");
        assert!(!shop.may_send());
    }
}

#[test]
fn delays_are_no_news_and_full_mailboxes_are_soft() {
    let shop = Shop::new();
    let id = shop.id.to_string();
    let said = |action, status| shop.call(&MAIL, returned(&id, action, status, "message/rfc822")).expect(200).json();
    assert_eq!(said("delayed", "4.4.1")["stored"], 0);
    assert_eq!(said("failed", "5.2.2")["stored"], 1);
    assert_eq!(said("delivered", "2.0.0")["stored"], 1);
    assert_eq!(shop.steps().len(), 2);
    assert!(shop.steps().contains(&"undelivered soft 5.2.2".to_owned()), "{:?}", shop.steps());
    assert!(shop.may_send());
}

#[test]
fn complaints_block_the_address() {
    let shop = Shop::new();
    let id = shop.id.to_string();
    assert_eq!(shop.call(&MAIL, complaint(&id, "not-spam")).expect(200).json()["stored"], 0);
    assert!(shop.may_send());
    assert_eq!(shop.call(&MAIL, complaint(&id, "abuse")).expect(200).json()["stored"], 1);
    assert_eq!((shop.status(), shop.may_send()), ("complained".to_owned(), false));
}

#[test]
fn other_mails_are_refused_with_the_reason() {
    let shop = Shop::new();
    let id = shop.id.to_string();
    let letter = "From: ann@example.com\r\nSubject: Hello\r\n\r\nHow are you?\r\n";
    for (mail, said) in [
        (letter.to_owned(), "does not carry the Message-ID"),
        (String::new(), "no mail"),
        (returned(&id, "failed", "5.1.1", "text/plain"), "does not carry the Message-ID"),
        (
            returned(&id, "failed", "5.1.1", "message/rfc822").replace("message/delivery-status", "text/plain"),
            "neither a notification",
        ),
    ] {
        let error = shop.call(&MAIL, mail).expect(422).json()["error"].to_string();
        assert!(error.contains(said), "{error}");
    }
    assert_eq!(shop.steps(), Vec::<String>::new());
    let unknown = returned("0193e5a0-0000-7000-8000-000000000007", "failed", "5.1.1", "message/rfc822");
    // Where a provider signs what it tells, a mail is none of it.
    shop.expects("ses", "");
    shop.call(&MAIL, returned(&shop.id.to_string(), "failed", "5.1.1", "message/rfc822")).expect(422);
    shop.expects("kith", "");
    assert_eq!(shop.call(&MAIL, unknown).expect(200).json()["unknown"], 1);
}

#[test]
fn a_mail_server_hands_mails_to_the_command() {
    let shop = Shop::new();
    let bounce = |mail: &str| Program::new(&["bounce"]).env("DATABASE_URL", shop.app.db.url()).run_with(mail);
    let mail = returned(&shop.id.to_string(), "failed", "5.1.1", "message/rfc822");
    let done = bounce(&mail);
    assert_eq!(
        (done.code, done.out.trim()),
        (Some(0), "1 new, 0 known before, 0 of messages that kith did not send."),
        "{done:?}"
    );
    assert!(bounce(&mail).out.starts_with("0 new, 1 known"));
    shop.app.run(crate::messages::worker(&shop.app).tell()).expect("told");
    let (_, next) =
        crate::messages::ask_for(&shop.app, &crate::messages::draft(shop.account, shop.app.clock.now()), shop.ann);
    assert_eq!((shop.status(), next), ("undelivered".to_owned(), Status::Dropped));
    let other = bounce("Subject: Hello\r\n\r\nHello\r\n");
    assert_eq!(other.code, Some(0));
    assert!(other.err.contains("left out"), "{}", other.err);
    let unknown = bounce(&returned("0193e5a0-0000-7000-8000-000000000007", "failed", "5.1.1", "message/rfc822"));
    assert!(unknown.out.contains("1 of messages that kith did not send"), "{}", unknown.out);
    let away = Program::new(&["bounce"]).env("DATABASE_URL", "postgresql://kith@127.0.0.1:1/kith").run_with(&mail);
    assert_eq!(away.code, Some(75), "the mail server tries again later: {away:?}");
}
