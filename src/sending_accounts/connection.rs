//! A connection to a provider: opened when it is first needed, for many messages.

use chrono::{DateTime, Utc};

use super::{
    Account, HandedOver, Outgoing, Provider,
    chat::ChatLink,
    gateway::GatewayLink,
    secret::{Sealed, Secret},
    smtp::SmtpLink,
    vault::Vault,
};
use crate::{config::Config, web::outbound::Reach};

/// A line of what was said to a provider and heard from it, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Said(String),
    Heard(String),
    /// What happened besides.
    Noted(String),
}

impl Line {
    pub fn text(&self) -> &str {
        match self {
            Self::Said(text) | Self::Heard(text) | Self::Noted(text) => text,
        }
    }

    /// The sign before it.
    pub fn sign(&self) -> &'static str {
        match self {
            Self::Said(_) => ">",
            Self::Heard(_) => "<",
            Self::Noted(_) => "*",
        }
    }
}

/// The conversation of one attempt.
#[derive(Debug, Default)]
pub struct Conversation {
    lines: Vec<Line>,
    secret: Option<Secret>,
}

/// Characters of one thing said or heard that are kept.
const LONGEST: usize = 8000;

impl Conversation {
    pub fn new(secret: Option<Secret>) -> Self {
        Self { lines: Vec::new(), secret }
    }

    fn clean(&self, text: &str) -> String {
        let hidden = self.secret.as_ref().map_or_else(|| text.to_owned(), |secret| secret.hide(text));
        match hidden.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &hidden[..end]),
            None => hidden,
        }
    }

    pub fn start(&mut self) {
        self.lines.clear();
    }

    pub fn said(&mut self, text: &str) {
        self.lines.push(Line::Said(self.clean(text.trim_end())));
    }

    pub fn heard(&mut self, text: &str) {
        self.lines.push(Line::Heard(self.clean(text.trim_end())));
    }

    pub fn noted(&mut self, text: &str) {
        self.lines.push(Line::Noted(self.clean(text)));
    }

    /// Words of the other side that may be stored.
    pub fn shown(&self, words: &str) -> String {
        let plain: String = self.clean(words).chars().filter(|c| !c.is_control()).take(500).collect();
        plain
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

#[derive(Debug)]
enum Link {
    Kept,
    Smtp(Box<SmtpLink>),
    Gateway(Box<GatewayLink>),
    Chat(Box<ChatLink>),
    /// The secret cannot be read.
    Locked(String),
}

/// A connection to the provider of an account, for one message at a time.
#[derive(Debug)]
pub struct Connection {
    link: Link,
    conversation: Conversation,
}

impl Account {
    /// A connection of this account, with its secret. Cheap: nothing is connected before the first message.
    pub fn open(&self, secret: Option<Secret>, reach: Reach) -> Connection {
        let conversation = Conversation::new(secret.clone());
        let link = match &self.provider {
            Provider::Kept => Link::Kept,
            Provider::Smtp(smtp) => {
                Link::Smtp(Box::new(SmtpLink::new(self.id, self.feedback, smtp.clone(), secret, reach)))
            }
            Provider::Gateway(gateway) => Link::Gateway(Box::new(GatewayLink::new(gateway.clone(), secret, reach))),
            Provider::Chat(chat) => Link::Chat(Box::new(ChatLink::new(self.channel, chat.clone(), secret, reach))),
        };
        Connection { link, conversation }
    }

    /// Likewise, with the secret as it is stored. If that cannot be read, the connection says so of every message.
    pub fn connect(&self, sealed: Option<&Sealed>, config: &Config) -> Connection {
        match sealed.map(|sealed| Vault::reveal(config, self.id, sealed)).transpose() {
            Ok(secret) => self.open(secret, Reach::of(config)),
            Err(locked) => Connection { link: Link::Locked(locked.to_string()), conversation: Conversation::default() },
        }
    }
}

impl Connection {
    /// Hands a message over, within about half a minute. Blocks: run it where blocking work may run.
    pub fn hand_over(&mut self, message: &Outgoing, now: DateTime<Utc>) -> HandedOver {
        let conversation = &mut self.conversation;
        conversation.start();
        let came = match &mut self.link {
            Link::Kept => {
                conversation.noted("Nothing leaves: the message is kept here.");
                HandedOver::Taken { provider_id: None, words: "Kept here.".to_owned() }
            }
            Link::Smtp(link) => link.hand_over(message, now, conversation),
            Link::Gateway(link) => link.hand_over(message, now, conversation),
            Link::Chat(link) => link.hand_over(message, now, conversation),
            Link::Locked(why) => {
                conversation.noted(why);
                HandedOver::of_account(None, why.clone())
            }
        };
        came.shown(&self.conversation)
    }

    /// What was said and heard in the last attempt, without secrets.
    pub fn conversation(&self) -> &[Line] {
        self.conversation.lines()
    }
}

impl HandedOver {
    /// Not now, because the account itself fails.
    pub fn of_account(code: Option<String>, words: String) -> Self {
        Self::Later { code, words, wait: None, is_of_account: true }
    }

    /// Not now, because of this message or of the moment.
    pub fn later(code: Option<String>, words: String) -> Self {
        Self::Later { code, words, wait: None, is_of_account: false }
    }

    /// The same with words that may be stored.
    fn shown(mut self, talk: &Conversation) -> Self {
        let (Self::Taken { words, .. }
        | Self::Later { words, .. }
        | Self::Refused { words, .. }
        | Self::NoSuchAddress { words, .. }
        | Self::Unknown { words }) = &mut self;
        *words = talk.shown(words);
        self
    }

    /// What the provider said, or why there is nothing.
    pub fn words(&self) -> &str {
        match self {
            Self::Taken { words, .. }
            | Self::Later { words, .. }
            | Self::Refused { words, .. }
            | Self::NoSuchAddress { words, .. }
            | Self::Unknown { words } => words,
        }
    }

    /// Its health, as the account is to be noted: `None` if this says nothing of the account.
    pub fn health(&self) -> Option<Result<(), &str>> {
        match self {
            Self::Taken { .. } => Some(Ok(())),
            Self::Later { is_of_account: true, words, .. } => Some(Err(words)),
            _ => None,
        }
    }
}
