//! The form of a message to one person.

use serde_json::Map;

use super::{Content, Draft, beginning, timing::Timing};
use crate::{
    db::ids::{MessageId, SendingAccountId},
    message_templates::{self, Part, Template, Words},
    sending_accounts::Account,
    subscriptions::{Medium, Topic},
    verdict::MessageKind,
    web::{
        Field, FormData, Now,
        form::{Choice, Choices, Control, Problems},
    },
};

/// Longest subject and text, in characters.
const LONGEST_SUBJECT: usize = 500;
const LONGEST_TEXT: usize = 50_000;
/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// What a message can be made of: what the form is about, chosen before.
pub struct Chosen<'a> {
    pub channel: Medium,
    /// `None`: words of its own.
    pub template: Option<&'a Template>,
    /// Accounts of the channel that are on, the default first.
    pub accounts: &'a [Account],
    /// Topics to choose from: key and name.
    pub topics: &'a [(String, String)],
    /// Whether the operator may send without agreement.
    pub may_skip: bool,
}

/// The form of a message: typed text and problems.
#[derive(Clone, Debug)]
pub struct MessageForm {
    pub id: MessageId,
    /// `None`: there is one account.
    pub account: Option<Field>,
    pub kind: Choices,
    pub topic: Field,
    pub subject: Field,
    pub text: Field,
    pub timing: Timing,
    pub unasked: Field,
    pub problems: Problems,
}

impl MessageForm {
    /// The form as it was typed; nothing typed: with default values.
    pub fn typed(id: MessageId, sent: &FormData, about: &Chosen<'_>, problems: Problems, now: Now) -> Self {
        let kind = sent.parsed_kind();
        let option = |kind: MessageKind, hint| Choice { value: kind.as_str(), label: kind.label(), hint, is_on: false };
        let kinds = [
            option(MessageKind::Service, "They asked for it by what they did: an answer, a receipt, a code."),
            option(MessageKind::Campaign, "You decided to tell them: news, an offer, a reminder."),
        ];
        let kinds = kinds.into_iter().map(|it| Choice { is_on: it.value == kind.as_str(), ..it }).collect();
        let account = |it: &Account| (it.id.to_string(), it.name.as_str().to_owned());
        let none = [(String::new(), "No topic".to_owned())];
        Self {
            id,
            account: (about.accounts.len() > 1).then(|| {
                Field::new("account", "Sent by", Control::Select)
                    .options(about.accounts.iter().map(account))
                    .value(sent.raw("account"))
                    .problem(&problems.0)
            }),
            kind: Choices::one("kind", "Kind", kinds).problem(&problems.0),
            topic: Field::new("topic", "Topic", Control::Select)
                .options(none.into_iter().chain(about.topics.iter().cloned()))
                .value(sent.raw("topic"))
                .problem(&problems.0),
            subject: Field::new("subject", "Subject", Control::Text)
                .required()
                .limit(LONGEST_SUBJECT)
                .value(sent.raw("subject"))
                .problem(&problems.0),
            text: Field::new("text", "Text", Control::Area)
                .required()
                .limit(LONGEST_TEXT)
                .value(sent.raw("text"))
                .hint("Values of the person stand in double braces, such as {{ user.name }}.")
                .problem(&problems.0),
            timing: Timing::typed(sent, &problems, now),
            unasked: Field::new("unasked", "Send without agreement, because", Control::Text)
                .limit(LONGEST_REASON)
                .value(sent.raw("unasked"))
                .hint("Only where the law lets you, such as a recall. It skips the agreement to the channel and consents, nothing else. The reason is kept with the message.")
                .problem(&problems.0),
            problems,
        }
    }

    /// Parses the form.
    ///
    /// # Errors
    /// The form as it was typed, with its problems.
    pub fn parse(id: MessageId, sent: &FormData, about: &Chosen<'_>, now: Now) -> Result<Draft, Box<Self>> {
        let mut problems = Problems::default();
        let account = account(sent, about).map_err(|message| problems.add("account", message)).ok();
        let due_at = Timing::parse(sent, now).map_err(|message| problems.add("due_at", message)).ok();
        let unasked = unasked(sent, about).map_err(|message| problems.add("unasked", message)).unwrap_or(None);
        let (kind, topic, content, name) = match about.template {
            Some(it) => {
                let content = Content::Template { id: it.id, version: it.version };
                (it.kind, it.topic.clone(), content, it.name.as_str().to_owned())
            }
            None => {
                let words = words(sent, about.channel, &mut problems);
                let name = beginning(if words.subject.is_empty() { &words.text } else { &words.subject });
                (sent.parsed_kind(), Topic::new(sent.get("topic")).ok(), Content::Own(words), name)
            }
        };
        match (account, due_at) {
            (Some(account), Some(due_at)) if problems.is_empty() => Ok(Draft {
                channel: about.channel,
                account,
                kind,
                topic,
                content,
                name,
                event: Map::new(),
                due_at,
                unasked,
                is_confirmation: false,
            }),
            _ => Err(Box::new(Self::typed(id, sent, about, problems, now))),
        }
    }
}

/// What a form says of the kind; a service message if nothing: who writes to one person answers them.
trait ParsedKind {
    fn parsed_kind(&self) -> MessageKind;
}

impl ParsedKind for FormData {
    fn parsed_kind(&self) -> MessageKind {
        MessageKind::from_stored(self.get("kind")).unwrap_or(MessageKind::Service)
    }
}

fn account(sent: &FormData, about: &Chosen<'_>) -> Result<SendingAccountId, &'static str> {
    let named = sent.parsed::<SendingAccountId>("account");
    let found = match named {
        Some(id) => about.accounts.iter().find(|account| account.id == id),
        None => about.accounts.first(),
    };
    found.map(|account| account.id).ok_or("This sending account is off or was removed. Choose another one.")
}

fn unasked(sent: &FormData, about: &Chosen<'_>) -> Result<Option<String>, &'static str> {
    let reason = sent.raw("unasked").trim();
    if reason.is_empty() || !about.may_skip {
        return Ok(None);
    }
    if reason.chars().count() > LONGEST_REASON || reason.contains(char::is_control) {
        return Err("Write the reason on one line of at most 500 characters.");
    }
    Ok(Some(reason.to_owned()))
}

fn words(sent: &FormData, channel: Medium, problems: &mut Problems) -> Words {
    let subject = if channel.has_subject() { sent.raw("subject").trim() } else { "" };
    let text = sent.raw("text").trim_end();
    if channel.has_subject() && subject.is_empty() {
        problems.add("subject", "Enter a subject.");
    }
    if subject.chars().count() > LONGEST_SUBJECT {
        problems.add("subject", format!("A subject can have at most {LONGEST_SUBJECT} characters."));
    }
    if text.trim().is_empty() {
        problems.add("text", "Enter a text.");
    }
    if text.chars().count() > LONGEST_TEXT {
        problems.add("text", format!("A text can have at most {LONGEST_TEXT} characters."));
    }
    let words = Words { subject: subject.to_owned(), text: text.to_owned(), html: String::new() };
    let needs_link = channel == Medium::Email && sent.parsed_kind() == MessageKind::Campaign;
    if problems.is_empty()
        && let Err(fault) = message_templates::check(&words, needs_link)
    {
        problems.add(if fault.part == Part::Subject { "subject" } else { "text" }, fault.to_string());
    }
    words
}
