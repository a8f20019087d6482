//! A template, and the words of a message.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    db::ids::MessageTemplateId,
    subscriptions::{Medium, Topic},
    verdict::MessageKind,
};

/// Name of a template: 1 to 120 characters, no line breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateName(String);

impl TemplateName {
    /// Longest name, in characters.
    pub const LONGEST: usize = 120;

    /// Checks and trims a name.
    ///
    /// # Errors
    /// It is empty, too long or has control characters. The text is for people.
    pub fn new(given: &str) -> Result<Self, String> {
        let name = given.trim();
        if name.is_empty() || name.chars().count() > Self::LONGEST || name.contains(char::is_control) {
            return Err(format!("Enter a name of 1 to {} characters, such as “Welcome”.", Self::LONGEST));
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The words of a message in Liquid, not rendered yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Empty on channels without subjects.
    pub subject: String,
    /// Empty: made from `html`.
    pub text: String,
    /// Empty: none. Only of email.
    pub html: String,
}

/// The words of a template in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Tag of the language, such as "de" or "pt-BR"; empty: none is said.
    pub language: String,
    #[serde(flatten)]
    pub words: Words,
}

/// A template with its newest words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub id: MessageTemplateId,
    pub name: TemplateName,
    pub channel: Medium,
    pub kind: MessageKind,
    pub topic: Option<Topic>,
    pub version: i32,
    /// At least one. The first is for everybody whose language has none.
    pub variants: Vec<Variant>,
    pub archived_at: Option<DateTime<Utc>>,
}

impl Template {
    /// Whether its words have the link that confirms an email, in each language and part.
    pub fn confirms(&self) -> bool {
        let has = |part: &str| part.contains("confirm_url");
        let is_whole = |Words { text, html, .. }: &Words| {
            [text, html].iter().any(|part| has(part)) && [text, html].iter().all(|part| part.is_empty() || has(part))
        };
        self.variants.iter().all(|variant| is_whole(&variant.words))
    }

    /// The variant for somebody who prefers this language.
    pub fn variant(&self, language: Option<&str>) -> &Variant {
        chosen(&self.variants, language)
    }
}

/// The variant of these, at least one, for somebody who prefers a language: that of the very tag, else of the same language, else the first.
pub fn chosen<'a>(variants: &'a [Variant], language: Option<&str>) -> &'a Variant {
    let asked = language.unwrap_or_default().to_ascii_lowercase().replace('_', "-");
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let exact = variants.iter().find(|it| it.language.eq_ignore_ascii_case(&asked));
    let near = || variants.iter().find(|it| !asked.is_empty() && primary(&it.language) == primary(&asked));
    exact.or_else(near).unwrap_or(&variants[0])
}
