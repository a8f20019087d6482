//! The body that asks for a message to one person.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{
    object::{at, missing, wrong},
    whole,
};
use crate::{
    db::ids::{MessageTemplateId, SendingAccountId},
    message_templates::{self, Words},
    rejections::{Refused, codes},
    subscriptions::{Medium, Topic},
    verdict::MessageKind,
};

/// Templates or channels of one call at most.
const MOST: usize = 10;
/// Bytes of one part of a message's own words at most.
const LONGEST: usize = 100_000;

/// How a call names a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateNamed {
    Id(MessageTemplateId),
    Name(String),
}

/// What is to be sent: the first of these that may.
#[derive(Clone, Debug)]
pub enum Wanted {
    Templates(Vec<TemplateNamed>),
    Own { channels: Vec<Medium>, words: Words, kind: MessageKind, topic: Option<Topic> },
}

/// What a body says of a message.
#[derive(Clone, Debug)]
pub struct MessageSaid {
    pub wanted: Wanted,
    pub event: Map<String, Value>,
    pub send_at: Option<DateTime<Utc>>,
    pub account: Option<SendingAccountId>,
}

impl MessageSaid {
    /// `{"template"}` or `{"templates": […]}`, or `{"channel"}` or `{"channels": […]}` with `"subject"?, "text", "html"?, "kind"?, "topic"?`;
    /// and `"event"?, "send_at"?, "account"?`.
    pub fn read(body: &str) -> Result<Self, Refused> {
        let mut given = whole(body)?;
        let event = match given.some("event") {
            None => Map::new(),
            Some(Value::Object(event)) => event,
            Some(other) => return Err(wrong("event", "must be an object", &other)),
        };
        let send_at = given.time("send_at")?;
        let account = match given.text("account")? {
            None => None,
            Some(id) => {
                Some(id.parse().map_err(|_| wrong("account", "must be the id of a sending account", &id.into()))?)
            }
        };
        let templates = several(given.some("template"), given.some("templates"), "templates")?;
        let wanted = match templates.is_empty() {
            false => Wanted::Templates(templates.into_iter().map(named).collect()),
            true => {
                let channels = several(given.some("channel"), given.some("channels"), "channels")?;
                if channels.is_empty() {
                    return Err(missing("channel"));
                }
                let channel = |word: &String| Medium::parse(word).map_err(at("channel"));
                let kind = match given.text("kind")? {
                    None => MessageKind::Campaign,
                    Some(word) => MessageKind::from_stored(&word)
                        .ok_or_else(|| wrong("kind", "must be campaign or service", &word.into()))?,
                };
                let topic = given.text("topic")?.map(|word| Topic::new(&word).map_err(at("topic"))).transpose()?;
                let part = |text: Option<String>, name| bounded(text.unwrap_or_default(), name);
                let words = Words {
                    subject: part(given.text("subject")?, "subject")?,
                    text: part(given.text("text")?, "text")?,
                    html: part(given.text("html")?, "html")?,
                };
                if words.text.trim().is_empty() && words.html.trim().is_empty() {
                    return Err(missing("text"));
                }
                let channels = channels.iter().map(channel).collect::<Result<Vec<Medium>, _>>()?;
                let needs_link = kind == MessageKind::Campaign && channels.contains(&Medium::Email);
                message_templates::check(&words, needs_link)
                    .map_err(|fault| Refused::new(codes::INVALID_VALUE, fault.part.as_str(), fault.to_string()))?;
                Wanted::Own { channels, words, kind, topic }
            }
        };
        given.finish()?;
        Ok(Self { wanted, event, send_at, account })
    }
}

fn bounded(text: String, name: &str) -> Result<String, Refused> {
    match text.len() {
        0..=LONGEST => Ok(text),
        _ => Err(Refused::new(codes::INVALID_VALUE, name, format!("{name} must have at most {LONGEST} bytes"))),
    }
}

fn named(word: String) -> TemplateNamed {
    word.parse().map_or_else(|_| TemplateNamed::Name(word), TemplateNamed::Id)
}

/// One text, or a list of them.
fn several(one: Option<Value>, many: Option<Value>, name: &str) -> Result<Vec<String>, Refused> {
    let given = match (one, many) {
        (None, None) => return Ok(Vec::new()),
        (Some(one), None) => vec![one],
        (None, Some(Value::Array(many))) if (1..=MOST).contains(&many.len()) => many,
        (_, Some(other)) => {
            return Err(wrong(name, "must be a list of 1 to 10 texts, instead of a single one", &other));
        }
    };
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        other => Err(wrong(name, "must be texts", &other)),
    };
    given.into_iter().map(text).collect()
}
