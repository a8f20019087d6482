//! Fields of a gateway, and forms that are filled in for usual ones.

use super::{Group, Sort, field, secret_field};
use crate::{
    sending_accounts::{Format, Gateway, Method, body},
    web::{
        FormData,
        form::{Control, Problems},
        outbound::{self, Endpoint, Reach},
        pairs::Pairs,
    },
    words::words,
};

words! {
    /// What the form of a new gateway is filled in with.
    pub enum Preset {
        Twilio = "twilio", "Twilio and gateways like it";
        Json = "json", "Plain JSON";
    }
}

/// Longest body, in characters.
const LONGEST: usize = 4000;
/// Headers at most.
const MOST_HEADERS: usize = 20;
/// Headers that are kith's own affair.
const OWN: [&str; 7] =
    ["content-type", "content-length", "transfer-encoding", "connection", "host", "idempotency-key", "expect"];

pub fn fields(sort: Sort, sent: &FormData, problems: &Problems) -> Vec<Group> {
    let of = |name, label, control| field(sent, name, label, control, problems);
    let options = |all: &[(&str, &str)]| {
        all.iter().map(|(word, label)| ((*word).to_owned(), (*label).to_owned())).collect::<Vec<_>>()
    };
    let call = vec![
        of("address", "Address", Control::Text)
            .required()
            .limit(outbound::LONGEST)
            .hint("Where messages are sent, such as https://gateway.example/messages."),
        of("method", "Method", Control::Select).options(options(&Method::ALL.map(|it| (it.as_str(), it.label())))).short(),
        of("format", "Body is", Control::Select).options(options(&Format::ALL.map(|it| (it.as_str(), it.label())))).short(),
        of("body", "Body", Control::Area).required().limit(LONGEST).hint(
            "{{ to }}, {{ text }}, {{ id }} and {{ secret }} are filled in and escaped. In JSON write them within quotes.",
        ),
        of("headers", "Headers", Control::Area)
            .limit(LONGEST)
            .hint("One a line, as in “Authorization: Bearer {{ secret }}”. {{ secret_base64 }} is for “Authorization: Basic”."),
        secret_field(sort, "Secret", "The key or password of the gateway. For Twilio: account SID, a colon, auth token.", problems),
        of("id_at", "Its own id in the answer", Control::Text)
            .limit(200)
            .hint("A JSON pointer, such as /sid or /messages/0/id. Empty: the answer has none."),
    ];
    let about = "How a message is handed over. An answer from 200 to 299 means that the gateway has it.";
    vec![Group { heading: "Gateway", about, fields: call }]
}

/// What the form of a new one begins with.
pub fn preset(preset: Preset) -> Pairs {
    let pairs = Pairs::default().with("method", "post").with("format", preset_format(preset).as_str());
    match preset {
        Preset::Twilio => pairs
            .with("address", "https://api.twilio.com/2010-04-01/Accounts/YOUR_ACCOUNT_SID/Messages.json")
            .with("headers", "Authorization: Basic {{ secret_base64 }}")
            .with("body", "To={{ to }}&From=YOUR_NUMBER&Body={{ text }}")
            .with("id_at", "/sid"),
        Preset::Json => pairs
            .with("headers", "Authorization: Bearer {{ secret }}")
            .with("body", "{\"to\": \"{{ to }}\", \"text\": \"{{ text }}\", \"id\": \"{{ id }}\"}")
            .with("id_at", "/id"),
    }
}

fn preset_format(preset: Preset) -> Format {
    match preset {
        Preset::Twilio => Format::Form,
        Preset::Json => Format::Json,
    }
}

pub fn pairs(gateway: &Gateway) -> Pairs {
    let headers: Vec<String> = gateway.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    Pairs::default()
        .with("address", &gateway.address)
        .with("method", gateway.method.as_str())
        .with("format", gateway.format.as_str())
        .with("body", &gateway.body)
        .with("headers", &headers.join("\n"))
        .with("id_at", &gateway.id_at)
}

/// Reads the lines of headers.
fn headers(typed: &str) -> Result<Vec<(String, String)>, String> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut found = Vec::new();
    for line in typed.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let parts = line.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
        let (name, value) = parts
            .filter(|(name, value)| !name.is_empty() && name.chars().all(is_token) && !value.contains(char::is_control))
            .ok_or_else(|| format!("“{line}” is no header. Write a name, a colon and a value."))?;
        if OWN.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(format!("kith sets the header {name} itself. Leave it out."));
        }
        body::header(value, None)
            .map_err(|_| format!("“{line}” may name {{{{ secret }}}} and {{{{ secret_base64 }}}} alone."))?;
        found.push((name.to_owned(), value.to_owned()));
    }
    match found.len() {
        n if n > MOST_HEADERS => Err(format!("Enter at most {MOST_HEADERS} headers.")),
        _ => Ok(found),
    }
}

/// Whether a gateway is sent the secret.
pub fn needs_secret(gateway: &Gateway) -> bool {
    gateway.body.contains("secret") || gateway.headers.iter().any(|(_, value)| value.contains("secret"))
}

pub fn parse(sent: &FormData, reach: Reach, problems: &mut Problems) -> Gateway {
    let typed = sent.get("address");
    let address = match typed.split_once("://").and_then(|(_, rest)| rest.split('/').next()) {
        Some(host) if host.contains('@') => {
            Err("Leave name and password out of the address. They go into the secret and a header.".to_owned())
        }
        _ if typed.is_empty() => {
            Err("Enter the address of the gateway, such as https://gateway.example/messages.".to_owned())
        }
        _ => Endpoint::parse(typed, reach).map(|endpoint| endpoint.as_str().to_owned()),
    };
    let address = address.unwrap_or_else(|rule| {
        problems.add("address", rule);
        String::new()
    });
    let format = sent.parsed("format").unwrap_or(Format::Json);
    let template = sent.get("body").replace("\r\n", "\n");
    if template.chars().count() > LONGEST {
        problems.add("body", format!("Enter at most {LONGEST} characters."));
    } else if let Err(rule) = body::check(format, &template) {
        problems.add("body", rule);
    }
    let headers = headers(sent.get("headers")).unwrap_or_else(|rule| {
        problems.add("headers", rule);
        Vec::new()
    });
    let id_at = sent.get("id_at");
    if !id_at.is_empty() && (!id_at.starts_with('/') || id_at.chars().count() > 200) {
        problems.add("id_at", "Enter a JSON pointer, which begins with a slash, such as /sid.");
    }
    let method = sent.parsed("method").unwrap_or(Method::Post);
    Gateway { address, method, headers, format, body: template, id_at: id_at.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_lines_of_names_and_values() {
        let read = headers("Authorization: Bearer {{ secret }}\r\n\n X-App:kith\n").unwrap();
        assert_eq!(read[0], ("Authorization".to_owned(), "Bearer {{ secret }}".to_owned()));
        assert_eq!(read[1], ("X-App".to_owned(), "kith".to_owned()));
        for (wrong, part) in [
            ("no colon", "no header"),
            ("a b: c", "no header"),
            (": c", "no header"),
            ("Host: evil", "itself"),
            ("content-LENGTH: 3", "itself"),
            ("X: {{ text }}", "alone"),
            ("X: {{ secret", "alone"),
        ] {
            let said = headers(wrong).unwrap_err();
            assert!(said.contains(part), "{wrong}: {said}");
        }
    }

    #[test]
    fn what_forms_are_filled_in_with_can_be_saved() {
        for preset in Preset::ALL {
            let filled = FormData(super::preset(preset).with("address", "https://api.example.com/x"));
            let mut problems = Problems::default();
            let gateway = parse(&filled, Reach::Public, &mut problems);
            assert!(problems.is_empty() && needs_secret(&gateway), "{problems:?}");
            assert_eq!(parse(&FormData(pairs(&gateway)), Reach::Public, &mut problems), gateway);
        }
    }
}
