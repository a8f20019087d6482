//! Decides which values may be seen, and how much of them: nothing else does.
//!
//! A value of a sensitive attribute is hidden on every page, whatever the role. *Show* on a profile shows one value to those who may edit
//! profiles, and records who looked; programs read it with a server key that may read. Everything else says only that there is a value, and
//! not whether it equals another one: that would answer guesses without a trace. A property of an event is no attribute, whatever its name.
//! Items as they were sent have nothing but names, so everything under the name of a sensitive attribute is hidden in them.

use std::{borrow::Cow, collections::BTreeSet};

use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use crate::{
    attributes::{self, Definition},
    db::ids::EnvironmentId,
};

/// Text in place of a hidden value.
pub const HIDDEN: &str = "Hidden";

/// Longest value of a fact on a page, in characters; longer ones are cut.
pub const LONGEST: usize = 240;
/// Longest value in a cell of a list of profiles or attributes, in characters.
const LONGEST_CELL: usize = 60;

/// The first `most` characters of a text.
pub fn cut(text: &str, most: usize) -> String {
    shortened(text, most).unwrap_or_else(|| text.to_owned())
}

/// The beginning of a text that is longer than [`LONGEST`]; `None`: the text is not longer.
pub fn beginning(text: &str) -> Option<String> {
    shortened(text, LONGEST)
}

fn shortened(text: &str, most: usize) -> Option<String> {
    let (end, _) = text.char_indices().nth(most)?;
    Some(format!("{}…", text[..end].trim_end()))
}

/// A value as a page may show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    text: String,
    /// Details of the value; empty if there are none.
    pub more: String,
    is_hidden: bool,
}

impl Shown {
    /// A value that everybody who may see the profile may see.
    pub fn open(text: impl Into<String>) -> Self {
        Self { text: text.into(), more: String::new(), is_hidden: false }
    }

    /// The value with details.
    pub fn and(self, more: &str) -> Self {
        Self { more: more.to_owned(), ..self }
    }

    /// A sensitive value: says only that there is one.
    fn hidden() -> Self {
        Self { is_hidden: true, ..Self::open(HIDDEN) }
    }

    /// Whether the value is hidden.
    pub fn is_hidden(&self) -> bool {
        self.is_hidden
    }

    /// The value without its details.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value without its details, cut to a cell; `None`: it fits uncut.
    pub fn cut(&self) -> Option<String> {
        shortened(&self.text, LONGEST_CELL)
    }

    /// The value with its details.
    pub fn into_line(self) -> String {
        if self.more.is_empty() { self.text } else { format!("{}, {}", self.text, self.more) }
    }

    /// [`Shown::into_line`], cut to [`LONGEST`].
    pub fn into_short(self) -> String {
        let line = self.into_line();
        beginning(&line).unwrap_or(line)
    }
}

/// Whether values of an attribute with this definition are hidden.
pub fn is_hidden(definition: Option<&Definition>) -> bool {
    definition.is_some_and(|it| it.is_sensitive)
}

/// A value of an attribute with this definition, as pages show it.
pub fn shown(definition: Option<&Definition>, value: &Value) -> Shown {
    if is_hidden(definition) { Shown::hidden() } else { Shown::open(attributes::show(value)) }
}

/// Most sensitive attributes that are read; from there on everything is hidden.
const MOST: i64 = 10_000;

/// The sensitive attributes of an environment, for hiding their values in items as they were sent.
#[derive(Clone, Debug, Default)]
pub struct Sensitive {
    /// Names in lower case.
    names: BTreeSet<String>,
    /// Whether there are too many names to read, so that everything is hidden.
    is_everything: bool,
}

impl Sensitive {
    /// Reads the sensitive attributes of an environment.
    pub fn load(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Self> {
        let names = attributes::sensitive_names(conn, environment, MOST)?;
        Ok(Self { is_everything: names.len() as i64 == MOST, ..Self::new(names.iter().map(String::as_str)) })
    }

    fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { names: names.into_iter().map(fold).collect(), is_everything: false }
    }

    /// Hides every value under the name of a sensitive attribute, at any depth.
    pub fn hide_in(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, inner) in fields {
                    if self.is_everything || self.names.contains(&fold(name)) {
                        *inner = Value::from(HIDDEN);
                    } else {
                        self.hide_in(inner);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            // A text with JSON in it, as forms send it.
            Value::String(text) if text.trim_start().starts_with(['{', '[']) && self.is_named_in(text) => {
                HIDDEN.clone_into(text);
            }
            _ => {}
        }
    }

    /// A text without structure: hidden as a whole if it contains the name of a sensitive attribute.
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        if self.is_named_in(text) { HIDDEN } else { text }
    }

    /// Why an item was refused, without the value that the message quotes if that is sensitive.
    pub fn message<'a>(&self, field: &str, message: &'a str) -> Cow<'a, str> {
        match message.split_once(QUOTES) {
            Some((rule, _)) if self.is_named_in(field) || self.is_named_in(message) => {
                Cow::Owned(format!("{rule}; its value is hidden"))
            }
            _ => Cow::Borrowed(message),
        }
    }

    /// Whether a text contains a sensitive name. Escapes may hide a name, so a text with escapes counts as containing one.
    fn is_named_in(&self, text: &str) -> bool {
        if self.names.is_empty() {
            return self.is_everything;
        }
        let folded = fold(text);
        self.is_everything || folded.contains("\\u") || self.names.iter().any(|name| folded.contains(name.as_str()))
    }
}

/// Text before the quoted value in a message of [`super::Invalid`].
const QUOTES: &str = "; got ";

/// A name without outer spaces, in lower case: senders differ in both.
fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_under_sensitive_names_are_hidden_at_any_depth() {
        let sensitive = Sensitive::new(["iban", "Born in"]);
        let mut sent = json!({
            "IBAN": ["AT61"], "traits": [{" born in ": {"city": "Graz"}, "plan": "pro"}],
            "data": "{\"iban\": \"AT61\"}", "note": "my iban is mine to tell", "list": "[1]",
        });
        sensitive.hide_in(&mut sent);
        assert_eq!(
            sent,
            json!({
                "IBAN": HIDDEN, "traits": [{" born in ": HIDDEN, "plan": "pro"}], "data": HIDDEN,
                "note": "my iban is mine to tell", "list": "[1]",
            })
        );
        let mut untouched = json!({"iban": 1});
        Sensitive::default().hide_in(&mut untouched);
        assert_eq!(untouched, json!({"iban": 1}));
    }

    #[test]
    fn texts_that_may_name_one_are_hidden_whole() {
        let sensitive = Sensitive::new(["iban"]);
        for broken in [r#"{"iban": "AT61"#, r#"{"Iban""#, r#"{"ib\u0061n": "AT61""#] {
            assert_eq!(sensitive.text(broken), HIDDEN);
        }
        assert_eq!(sensitive.text(r#"{"plan": "#), r#"{"plan": "#);
        assert_eq!(Sensitive::default().text(r#"{"ib\u0061n"#), r#"{"ib\u0061n"#);
    }

    #[test]
    fn messages_lose_their_quote() {
        let sensitive = Sensitive::new(["iban"]);
        let message = "attributes.iban must have at most 64 KiB; got \"AT61\"";
        assert_eq!(
            sensitive.message("attributes.iban", message),
            "attributes.iban must have at most 64 KiB; its value is hidden"
        );
        let other = "email must be an email address; got \"nobody\"";
        assert_eq!(sensitive.message("email", other), other);
    }
}
