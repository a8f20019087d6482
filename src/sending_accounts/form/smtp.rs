//! Fields of a mail server.

use super::{Group, Sort, field, secret_field};
use crate::{
    identities,
    sending_accounts::{Security, Sender, Smtp},
    web::{
        FormData,
        form::{Control, Problems},
        pairs::Pairs,
    },
};

/// Longest name of a host or a user, in characters.
const LONGEST: usize = 253;

pub fn fields(sort: Sort, sent: &FormData, problems: &Problems) -> Vec<Group> {
    let of = |name, label, control| field(sent, name, label, control, problems);
    let server = vec![
        of("host", "Server", Control::Text).required().limit(LONGEST).hint("Its name, such as mail.example.com."),
        of("port", "Port", Control::Number).required().short(),
        of("security", "Encryption", Control::Select)
            .options(Security::ALL.map(|it| (it.as_str().to_owned(), it.label().to_owned())))
            .short(),
        of("user", "User name", Control::Text).limit(LONGEST).hint("Empty: the server asks for none."),
        secret_field(sort, "Password", "", problems),
    ];
    let letters = vec![
        of("from_name", "From: name", Control::Text).limit(80).hint("What people read as sender, such as “Tea Shop”."),
        of("from_email", "From: email", Control::Text)
            .required()
            .limit(254)
            .hint("An address that this server may send from."),
        of("reply_to", "Answers go to", Control::Text).limit(254).hint("An email. Empty: to the one above."),
    ];
    let about = "What the provider of your mail tells you under “SMTP”.";
    vec![
        Group { heading: "Mail server", about, fields: server },
        Group { heading: "Sender", about: "", fields: letters },
    ]
}

pub fn pairs(smtp: &Smtp) -> Pairs {
    Pairs::default()
        .with("host", &smtp.host)
        .with("port", &smtp.port.to_string())
        .with("security", smtp.security.as_str())
        .with("user", &smtp.user)
        .with("from_name", &smtp.from.name)
        .with("from_email", &smtp.from.email)
        .with("reply_to", &smtp.reply_to)
}

/// A line of text; with a problem, if it is too long or has invisible characters.
fn line(sent: &FormData, name: &'static str, most: usize, problems: &mut Problems) -> String {
    let typed = sent.get(name);
    if typed.chars().count() > most || typed.contains(char::is_control) {
        problems.add(name, format!("Enter at most {most} characters on one line."));
    }
    typed.to_owned()
}

fn email(sent: &FormData, name: &'static str, problems: &mut Problems) -> String {
    let typed = sent.get(name);
    if identities::email(typed).is_err() {
        problems.add(name, "Enter an email such as shop@example.com.");
    } else if !typed.split('@').next().unwrap_or_default().is_ascii() {
        problems.add(name, "Enter an email with plain letters before the @: many mail servers know no others.");
    }
    typed.to_owned()
}

pub fn parse(sent: &FormData, problems: &mut Problems) -> Smtp {
    let host = idna::domain_to_ascii(sent.get("host")).unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    if host.is_empty() || host.len() > LONGEST || !host.chars().all(is_name) {
        problems.add("host", "Enter the name of the mail server alone, such as mail.example.com.");
    }
    let port = sent.parsed::<u16>("port").filter(|port| *port > 0).unwrap_or_else(|| {
        problems.add("port", "Enter a port from 1 to 65535: 587 with STARTTLS, 465 with TLS.");
        587
    });
    let security = sent.parsed("security").unwrap_or_else(|| {
        problems.add("security", "Choose how the connection is encrypted.");
        Security::StartTls
    });
    let is_local = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    if security == Security::None && !is_local {
        problems.add("security", "Without encryption kith sends only to a mail server on this machine (localhost).");
    }
    let reply_to = if sent.get("reply_to").is_empty() { String::new() } else { email(sent, "reply_to", problems) };
    Smtp {
        host,
        port,
        security,
        user: line(sent, "user", LONGEST, problems),
        from: Sender { name: line(sent, "from_name", 80, problems), email: email(sent, "from_email", problems) },
        reply_to,
    }
}
