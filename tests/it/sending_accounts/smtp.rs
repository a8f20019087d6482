//! What comes of handing emails over, by where the server says no.

use chrono::{DateTime, Utc};
use kith::{
    sending_accounts::{Connection, HandedOver, Secret},
    subscriptions::Medium,
    web::outbound::Reach,
};

use super::{account, mail_server::MailServer, message, smtp};

fn now() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().expect("a time")
}

fn connection(server: &MailServer) -> Connection {
    account(Medium::Email, smtp(server.port, "")).open(None, Reach::Anywhere)
}

fn send(connection: &mut Connection) -> HandedOver {
    connection.hand_over(&message("ann@example.com", "Hello"), now())
}

#[test]
fn one_connection_carries_many_messages_and_goes_on_after_a_refusal() {
    let server = MailServer::new();
    let mut connection = connection(&server);
    let came = send(&mut connection);
    assert!(matches!(&came, HandedOver::Taken { provider_id: Some(id), .. } if id == "Q1"), "{came:?}");
    server.answers("RCPT", Some("550 5.1.1 <ann@example.com>: no such user"));
    let came = send(&mut connection);
    assert!(matches!(&came, HandedOver::NoSuchAddress { code: Some(code), .. } if code == "550 5.1.1"), "{came:?}");
    server.answers("RCPT", Some("451 4.7.1 Greylisted, come again"));
    let came = send(&mut connection);
    assert!(
        matches!(&came, HandedOver::Later { is_of_account: false, words, .. } if words.contains("Greylisted")),
        "{came:?}"
    );
    server.answers("RCPT", Some("554 5.7.1 Relay access denied"));
    assert!(matches!(send(&mut connection), HandedOver::Refused { .. }));
    server.answers(".", Some("554 5.6.0 Spam"));
    assert!(matches!(send(&mut connection), HandedOver::Refused { .. }));
    server.answers(".", Some("452 4.3.1 Full"));
    assert!(matches!(send(&mut connection), HandedOver::Later { is_of_account: false, .. }));
    assert!(matches!(send(&mut connection), HandedOver::Taken { .. }));
    assert_eq!(server.connections(), 1);
    assert_eq!(server.heard().iter().filter(|line| *line == "RSET").count(), 5);
}

#[test]
fn what_breaks_before_the_final_dot_was_not_sent_and_afterwards_nobody_knows() {
    let server = MailServer::new();
    for stage in ["MAIL", "RCPT", "DATA"] {
        server.answers(stage, None);
        let came = send(&mut connection(&server));
        assert!(matches!(came, HandedOver::Later { is_of_account: false, .. }), "{stage}: {came:?}");
    }
    server.answers(".", None);
    let mut last = connection(&server);
    let came = send(&mut last);
    assert!(matches!(came, HandedOver::Unknown { .. }), "{came:?}");
    assert!(matches!(send(&mut last), HandedOver::Taken { .. }), "it connects again");
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_made_again() {
    let server = MailServer::new();
    let mut connection = connection(&server);
    assert!(matches!(send(&mut connection), HandedOver::Taken { .. }));
    server.answers("MAIL", None);
    assert!(matches!(send(&mut connection), HandedOver::Taken { .. }));
    server.answers("MAIL", Some("421 4.4.2 Timeout"));
    assert!(matches!(send(&mut connection), HandedOver::Taken { .. }));
    assert_eq!(server.connections(), 3);
    let letters = server.heard().iter().filter(|line| line.starts_with("Subject:")).count();
    assert_eq!(letters, 3, "each is sent once");
}

#[test]
fn a_wrong_password_is_the_account_s_failure_and_never_shown() {
    let server = MailServer::new();
    server.answers("AUTH", Some("535 5.7.8 hunter2 is wrong"));
    let secret = Secret::new("hunter2").ok();
    let mut connection = account(Medium::Email, smtp(server.port, "shop")).open(secret, Reach::Anywhere);
    let came = send(&mut connection);
    let HandedOver::Later { is_of_account: true, code, words, .. } = &came else { panic!("{came:?}") };
    assert_eq!(code.as_deref(), Some("535 5.7.8"));
    assert!(words.contains("does not let kith in") && !words.contains("hunter2"), "{words}");
    let talk = format!("{:?}", connection.conversation());
    assert!(talk.contains("535") && !talk.contains("hunter2") && !talk.contains("AHNob3AAaHVudGVyMg"), "{talk}");
    assert!(server.heard().contains(&"AUTH PLAIN AHNob3AAaHVudGVyMg==".to_owned()), "{:?}", server.heard());
    assert!(matches!(send(&mut connection), HandedOver::Taken { .. }), "the next one is let in");
}

#[test]
fn a_server_that_is_not_there_is_the_account_s_failure() {
    for (host, part) in [("127.0.0.1", "Nothing answers"), ("nobody.invalid", "no server of the name")] {
        let kith::sending_accounts::Provider::Smtp(server) = smtp(1, "") else { panic!("a mail server") };
        let security = kith::sending_accounts::Security::StartTls;
        let provider = kith::sending_accounts::Provider::Smtp(kith::sending_accounts::Smtp {
            host: host.to_owned(),
            security,
            ..server
        });
        let came = send(&mut account(Medium::Email, provider).open(None, Reach::Anywhere));
        assert!(
            matches!(&came, HandedOver::Later { is_of_account: true, words, .. } if words.contains(part)),
            "{came:?}"
        );
    }
    let server = MailServer::new();
    server.answers("", Some("554 5.3.2 go away"));
    assert!(matches!(send(&mut connection(&server)), HandedOver::Later { is_of_account: true, .. }));
}
