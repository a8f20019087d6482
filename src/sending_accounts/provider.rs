//! How an account hands messages over, without its secret.

use serde::{Deserialize, Serialize};

use crate::{subscriptions::Medium, words::words};

words! {
    /// Kind of provider.
    pub enum ProviderKind {
        Smtp = "smtp", "Mail server (SMTP)";
        Gateway = "gateway", "HTTP gateway";
        Chat = "chat", "Chat";
        Kept = "kept", "Kept here";
    }
}

impl ProviderKind {
    /// The kinds that a channel can use. Channels that reach devices have none of their own so far.
    pub fn of(channel: Medium) -> &'static [Self] {
        match channel {
            Medium::Email => &[Self::Smtp, Self::Kept],
            Medium::Sms | Medium::Whatsapp | Medium::Voice => &[Self::Gateway, Self::Kept],
            Medium::Slack | Medium::Discord | Medium::Teams => &[Self::Chat, Self::Kept],
            Medium::Push | Medium::Webpush | Medium::Inapp => &[Self::Kept],
        }
    }

    /// Whether a message may be handed over twice. A gateway gets its id as `Idempotency-Key`, but not all of them look at it.
    pub fn is_idempotent(self) -> bool {
        self == Self::Kept
    }

    /// What it is for, for people who choose.
    pub fn about(self) -> &'static str {
        match self {
            Self::Smtp => "Your own mail server, or that of a mail service.",
            Self::Gateway => "A service that takes messages over the web, such as Twilio.",
            Self::Chat => "A chat's own address for messages.",
            Self::Kept => "Nothing leaves. For trying everything without a provider.",
        }
    }
}

words! {
    /// How the connection to a mail server is encrypted.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Security {
        StartTls = "starttls", "STARTTLS, usually port 587";
        Tls = "tls", "TLS from the start, usually port 465";
        None = "none", "None, only for a server on this machine";
    }
}

/// A sender or an address for answers: an email, with a name or without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    pub name: String,
    pub email: String,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Empty: nobody signs in. The password is the secret.
    pub user: String,
    pub from: Sender,
    /// Empty: answers go to `from`.
    pub reply_to: String,
}

words! {
    /// Method of a call to a gateway.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Method {
        Post = "post", "POST";
        Put = "put", "PUT";
    }
}

words! {
    /// Format of the body of a call, by which values in it are escaped.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Format {
        Form = "form", "Form: a=1&b=2";
        Json = "json", "JSON";
    }
}

impl Format {
    /// The content type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Form => "application/x-www-form-urlencoded",
            Self::Json => "application/json",
        }
    }
}

/// A gateway that is called over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    pub address: String,
    pub method: Method,
    /// Names and values; a value may name the secret.
    pub headers: Vec<(String, String)>,
    pub format: Format,
    /// In Liquid.
    pub body: String,
    /// JSON pointer to the provider's own id in the answer; empty: it has none.
    pub id_at: String,
}

words! {
    /// How a chat takes messages.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum ChatWay {
        Hook = "hook", "Incoming webhook";
        /// `chat.postMessage` of Slack.
        Bot = "bot", "Bot with a token";
    }
}

/// A chat. The secret is the address of the incoming webhook, or the bot's token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    pub way: ChatWay,
}

/// How an account hands messages over, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Nothing leaves: the messages are kept to be looked at.
    Kept,
    Smtp(Smtp),
    Gateway(Gateway),
    Chat(Chat),
}

impl Provider {
    pub fn kind(&self) -> ProviderKind {
        match self {
            Self::Kept => ProviderKind::Kept,
            Self::Smtp(_) => ProviderKind::Smtp,
            Self::Gateway(_) => ProviderKind::Gateway,
            Self::Chat(_) => ProviderKind::Chat,
        }
    }

    /// In a few words, such as "Mail server mail.example.com".
    pub fn label(&self) -> String {
        match self {
            Self::Kept => "Kept here, nothing leaves".to_owned(),
            Self::Smtp(smtp) => format!("Mail server {}", smtp.host),
            Self::Gateway(gateway) => format!("HTTP gateway {}", host(&gateway.address)),
            Self::Chat(Chat { way: ChatWay::Hook }) => "Incoming webhook".to_owned(),
            Self::Chat(Chat { way: ChatWay::Bot }) => "Bot".to_owned(),
        }
    }

    /// The server that gets the secret; it must not change while the secret stays.
    pub fn server(&self) -> String {
        match self {
            Self::Kept => String::new(),
            Self::Smtp(smtp) => format!("{} {}", smtp.host.to_ascii_lowercase(), smtp.port),
            Self::Gateway(gateway) => host(&gateway.address).to_ascii_lowercase(),
            Self::Chat(chat) => chat.way.as_str().to_owned(),
        }
    }
}

/// Host and port of an address.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        let smtp = Smtp {
            host: "mail.example.com".to_owned(),
            port: 587,
            security: Security::StartTls,
            user: "kith".to_owned(),
            from: Sender { name: "Shop".to_owned(), email: "shop@example.com".to_owned() },
            reply_to: String::new(),
        };
        for provider in [Provider::Kept, Provider::Smtp(smtp), Provider::Chat(Chat { way: ChatWay::Bot })] {
            let stored = serde_json::to_value(&provider).unwrap();
            assert_eq!(serde_json::from_value::<Provider>(stored).unwrap(), provider);
        }
    }

    #[test]
    fn the_host_of_an_address_is_what_the_secret_goes_to() {
        assert_eq!(host("https://api.example.com:8443/x?y"), "api.example.com:8443");
        assert_eq!(host("https://api.example.com"), "api.example.com");
    }

    #[test]
    fn only_what_takes_a_key_may_be_asked_twice() {
        assert!(ProviderKind::Kept.is_idempotent() && !ProviderKind::Chat.is_idempotent());
    }
}
