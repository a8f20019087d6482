//! Renders the words of a message: Liquid as shops know it from their shop and mail systems. Pure: what is known is given.
//!
//! The Liquid is that of a library (`liquid-core` and `liquid-lib`). Ours is what messages need besides: [`source`] escapes what HTML prints
//! where it is printed, so that filters and comparisons see the value itself, [`lenient`] makes unknown names empty, and [`engine`] and
//! [`filters`] bound work and output and tell faults with their lines. What a value holds is printed and never read as Liquid.

mod dates;
mod engine;
mod filters;
mod lenient;
mod plain;
mod source;
#[cfg(test)]
mod tests;
mod texts;

use std::{collections::BTreeSet, fmt};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use liquid_core::Object;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::engine::{LONGEST_LIST, Ready};
use super::{Variant, Words};
use crate::words::words;

pub use plain::text_of_html;
pub use texts::{TextFault, Texts};

/// Longest subject of a template, in characters.
pub const LONGEST_SUBJECT: usize = 500;
/// Longest text or HTML of a template, in bytes.
pub const LONGEST_PART: usize = 100_000;
/// Longest part of a rendered message, in bytes.
pub const LONGEST_RENDERED: usize = 200_000;

/// Names that are not of the person, the event or the workspace.
const LINKS: [&str; 3] = ["unsubscribe_url", "preferences_url", "confirm_url"];
/// Names that always mean the same.
const ROOTS: [&str; 6] = ["user", "event", "workspace", LINKS[0], LINKS[1], LINKS[2]];

words! {
    /// A part of a message.
    pub enum Part {
        Subject = "subject", "Subject";
        Text = "text", "Text";
        Html = "html", "HTML";
    }
}

/// Links of the person that a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// Asks once more and unsubscribes from what the message is about.
    pub unsubscribe_url: String,
    /// The person's own page about messages.
    pub preferences_url: String,
    /// Confirms their email; `None`: nothing waits for it.
    pub confirm_url: Option<String>,
}

impl Links {
    /// Links of nobody: who has those of a person can answer for them, so they stand in messages only, and in nothing that is shown.
    pub fn examples(origin: &str) -> Self {
        let base = format!("{origin}/preferences/example");
        let confirm_url = Some(format!("{base}/confirm"));
        Self { unsubscribe_url: format!("{base}/unsubscribe"), preferences_url: base, confirm_url }
    }
}

/// What words are rendered with.
#[derive(Clone, Debug)]
pub struct Known {
    pub user: Map<String, Value>,
    pub event: Map<String, Value>,
    pub workspace: Map<String, Value>,
    /// `None`: the message has none, and they are empty.
    pub links: Option<Links>,
    /// Time zone of the person, in which times are printed.
    pub zone: Tz,
    /// The present, for `"now"`.
    pub now: DateTime<Utc>,
}

/// The words of a message to one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// Tag of the language; empty: none is said.
    pub language: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    /// Names of which nothing is known; they are empty in the words.
    pub unknown: Vec<String>,
}

/// Why words cannot be rendered, as a sentence for whoever writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub part: Part,
    /// Line in the part, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}: {}", self.part.label(), self.line, self.what)
    }
}

impl std::error::Error for Fault {}

/// What is wrong at a line of a part.
type Wrong = (usize, String);

/// Words that were read once, to be rendered for many.
#[derive(Debug)]
pub struct Prepared {
    subject: Ready,
    text: Ready,
    html: Ready,
    /// Whether the text is made from the HTML.
    lacks_text: bool,
}

/// Reads words.
///
/// # Errors
/// The words are no Liquid of ours.
pub fn prepare(words: &Words) -> Result<Prepared, Fault> {
    let read = |part, text| Ready::new(text, part == Part::Html).map_err(|(line, what)| Fault { part, line, what });
    Ok(Prepared {
        subject: read(Part::Subject, &words.subject)?,
        text: read(Part::Text, &words.text)?,
        html: read(Part::Html, &words.html)?,
        lacks_text: words.text.trim().is_empty(),
    })
}

impl Prepared {
    /// Renders the words. What is not known is empty.
    ///
    /// # Errors
    /// They come to more than [`LONGEST_RENDERED`], or a filter cannot be applied.
    pub fn render(&self, known: &Known) -> Result<Rendered, Fault> {
        let (values, mut unknown) = (values(known), BTreeSet::new());
        let mut part = |part, ready: &Ready| {
            ready.render(&values, known, &mut unknown).map_err(|(line, what)| Fault { part, line, what })
        };
        let subject = one_line(&part(Part::Subject, &self.subject)?);
        let text = part(Part::Text, &self.text)?;
        let html = Some(part(Part::Html, &self.html)?).filter(|html| !html.trim().is_empty());
        let text = match &html {
            Some(html) if self.lacks_text => text_of_html(html),
            _ => text,
        };
        Ok(Rendered { language: String::new(), subject, text, html, unknown: unknown.into_iter().collect() })
    }
}

/// What templates can name.
fn values(known: &Known) -> Object {
    let roots = [("user", &known.user), ("event", &known.event), ("workspace", &known.workspace)];
    let mut values: Object = roots.map(|(name, fields)| (name.into(), fields_of(fields))).into_iter().collect();
    let links = known.links.as_ref();
    let of_links = [
        links.map(|it| it.unsubscribe_url.clone()),
        links.map(|it| it.preferences_url.clone()),
        links.and_then(|it| it.confirm_url.clone()),
    ];
    for (name, link) in LINKS.into_iter().zip(of_links) {
        values.insert(name.into(), liquid_core::Value::scalar(link.unwrap_or_default()));
    }
    values
}

fn fields_of(fields: &Map<String, Value>) -> liquid_core::Value {
    let fields = fields.iter().map(|(name, value)| (name.clone().into(), value_of(value)));
    liquid_core::Value::Object(fields.collect())
}

/// By hand: through `serde`, numbers of any precision become objects.
fn value_of(value: &Value) -> liquid_core::Value {
    match value {
        Value::Null => liquid_core::Value::Nil,
        Value::Bool(is) => liquid_core::Value::scalar(*is),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => liquid_core::Value::scalar(whole),
            // What it cannot reckon with is printed as it is.
            (None, Some(float)) if float.abs() < 1e15 => liquid_core::Value::scalar(float),
            _ => liquid_core::Value::scalar(number.to_string()),
        },
        Value::String(text) => liquid_core::Value::scalar(text.clone()),
        Value::Array(elements) => liquid_core::Value::Array(elements.iter().take(LONGEST_LIST).map(value_of).collect()),
        Value::Object(fields) => fields_of(fields),
    }
}

/// [`prepare`], then [`Prepared::render`].
///
/// # Errors
/// As those.
pub fn render(words: &Words, known: &Known) -> Result<Rendered, Fault> {
    prepare(words)?.render(known)
}

/// [`render`], with the language of the variant.
///
/// # Errors
/// As [`render`].
pub fn render_variant(variant: &Variant, known: &Known) -> Result<Rendered, Fault> {
    Ok(Rendered { language: variant.language.clone(), ..render(&variant.words, known)? })
}

/// Folds line breaks and other control characters: a subject is one line of a mail's head.
fn one_line(text: &str) -> String {
    let plain = text.replace(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'), " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names that words use, such as "user.first_name" or "unsubscribe_url", but for those that they make themselves.
///
/// # Errors
/// The words are no Liquid of ours.
pub fn names(words: &Words) -> Result<BTreeSet<String>, Fault> {
    let Prepared { subject, text, html, .. } = prepare(words)?;
    Ok([subject, text, html].into_iter().flat_map(|part| part.names).collect())
}

/// Checks the words of a template. Those of a campaign by email must lead to the person's choices, in each part that is written.
///
/// # Errors
/// What is wrong first.
pub fn check(words: &Words, needs_link: bool) -> Result<(), Fault> {
    let fault = |part, what: &str| Fault { part, line: 1, what: what.to_owned() };
    if words.subject.chars().count() > LONGEST_SUBJECT {
        return Err(fault(Part::Subject, "Enter at most 500 characters."));
    }
    let parts = [(Part::Text, &words.text), (Part::Html, &words.html)];
    for (part, text) in parts {
        if text.len() > LONGEST_PART {
            return Err(fault(part, "Enter at most 100 KB."));
        }
    }
    let prepared = prepare(words)?;
    let leads_out = |part: &Ready| part.printed.contains(LINKS[0]) || part.printed.contains(LINKS[1]);
    for ((part, text), ready) in parts.into_iter().zip([&prepared.text, &prepared.html]) {
        if needs_link && !text.trim().is_empty() && !leads_out(ready) {
            let what =
                "a campaign by email needs a way out. Add a link to {{ unsubscribe_url }} or {{ preferences_url }}.";
            return Err(fault(part, what));
        }
    }
    Ok(())
}
