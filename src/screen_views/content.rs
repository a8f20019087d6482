//! The content of a screen view: text with Liquid, or JSON whose texts are Liquid. What is rendered of JSON is JSON, whatever is printed.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    message_templates::{Known, TextFault, Texts},
    words::words,
};

words! {
    /// What content is written in.
    pub enum ContentKind {
        Json = "json", "JSON";
        Text = "text", "Text";
    }
}

/// Content as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    kind: ContentKind,
    source: String,
}

/// Content as one person gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub text: String,
    /// Names of which nothing is known; they are empty in it.
    pub unknown: BTreeSet<String>,
}

const TOO_LONG: &str = "It comes to more than 64 KB for this person.";

impl Content {
    /// Longest content, as it is written and as it is rendered, in bytes.
    pub const LONGEST: usize = 64 * 1024;

    /// Checks content.
    ///
    /// # Errors
    /// It is empty, too long, no JSON or no Liquid. The text is for people, and names the line.
    pub fn new(kind: ContentKind, source: &str) -> Result<Self, String> {
        let source = source.replace("\r\n", "\n");
        if source.trim().is_empty() {
            return Err("Enter what is shown.".to_owned());
        }
        if source.len() > Self::LONGEST {
            return Err("Enter at most 64 KB.".to_owned());
        }
        if source.contains('\0') {
            return Err("Leave out the character with the code 0.".to_owned());
        }
        let content = Self { kind, source };
        content.read()?;
        Ok(content)
    }

    /// Content as it is stored.
    pub fn stored(kind: ContentKind, source: String) -> Self {
        Self { kind, source }
    }

    pub fn kind(&self) -> ContentKind {
        self.kind
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    fn read(&self) -> Result<(Vec<Piece<'_>>, Texts), String> {
        let pieces = match self.kind {
            ContentKind::Text => vec![Piece::Text { line: None, text: self.source.clone() }],
            ContentKind::Json => {
                serde_json::from_str::<Value>(&self.source).map_err(|wrong| no_json(&wrong))?;
                pieces(&self.source)
            }
        };
        let texts = Texts::read(texts(&pieces).map(|(_, text)| text)).map_err(|fault| told(&pieces, &fault))?;
        Ok((pieces, texts))
    }

    /// Names that it uses, such as "user.first_name"; none if it cannot be read.
    pub fn names(&self) -> BTreeSet<String> {
        self.read().map(|(_, texts)| texts.names()).unwrap_or_default()
    }

    /// The content for one person.
    ///
    /// # Errors
    /// It cannot be rendered for them, with the line: a filter cannot be applied, or it comes to too much.
    pub fn render(&self, known: &Known) -> Result<Rendered, String> {
        let (pieces, texts) = self.read()?;
        let (said, unknown) = texts.render(known).map_err(|fault| told(&pieces, &fault))?;
        let (mut text, mut said) = (String::new(), said.into_iter());
        for piece in pieces {
            match piece {
                Piece::Plain(plain) => text.push_str(plain),
                Piece::Text { line: None, .. } => text.extend(said.next()),
                Piece::Text { .. } => text.push_str(&Value::from(said.next().unwrap_or_default()).to_string()),
            }
            if text.len() > Self::LONGEST {
                return Err(TOO_LONG.to_owned());
            }
        }
        Ok(Rendered { text, unknown })
    }
}

/// A part of a document.
enum Piece<'a> {
    Plain(&'a str),
    /// Liquid; `line`: where it stands in JSON, from 1, and `None`: it is the document.
    Text {
        line: Option<usize>,
        text: String,
    },
}

fn texts<'a>(pieces: &'a [Piece<'_>]) -> impl Iterator<Item = (Option<usize>, &'a str)> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Plain(_) => None,
        Piece::Text { line, text } => Some((*line, text.as_str())),
    })
}

/// JSON, with the texts apart that have Liquid in them. Names of fields stay as they are.
fn pieces(json: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut done, mut at) = (Vec::new(), 0, 0);
    while let Some(start) = json[at..].find('"').map(|found| at + found) {
        let mut end = start + 1;
        let bytes = json.as_bytes();
        while let Some(byte) = bytes.get(end).filter(|byte| **byte != b'"') {
            end += if *byte == b'\\' { 2 } else { 1 };
        }
        at = (end + 1).min(json.len());
        let is_name = json[at..].trim_start().starts_with(':');
        let text: String = serde_json::from_str(&json[start..at]).unwrap_or_default();
        if !is_name && (text.contains("{{") || text.contains("{%")) {
            pieces.push(Piece::Plain(&json[done..start]));
            pieces.push(Piece::Text { line: Some(json[..start].matches('\n').count() + 1), text });
            done = at;
        }
    }
    pieces.push(Piece::Plain(&json[done..]));
    pieces
}

fn told(pieces: &[Piece<'_>], fault: &TextFault) -> String {
    let line = texts(pieces).nth(fault.place).and_then(|(line, _)| line).unwrap_or(fault.line);
    format!("Line {line}: {}", fault.what)
}

fn no_json(wrong: &serde_json::Error) -> String {
    let said = wrong.to_string();
    let what = said.split(" at line ").next().unwrap_or_default();
    format!("Line {}: this is no JSON: {what}. Texts and names of fields stand in double quotes.", wrong.line().max(1))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::{Map, json};

    use super::*;

    fn known(user: Value) -> Known {
        let Value::Object(user) = user else { panic!("{user}") };
        let now: DateTime<Utc> = DateTime::UNIX_EPOCH;
        Known { user, event: Map::new(), workspace: Map::new(), links: None, zone: chrono_tz::Tz::UTC, now }
    }

    fn rendered(kind: ContentKind, source: &str, user: Value) -> Result<String, String> {
        Content::new(kind, source)?.render(&known(user)).map(|rendered| rendered.text)
    }

    #[test]
    fn texts_within_json_are_liquid_and_stay_json_whatever_is_printed() {
        let source = "{\n \"title\": \"Hi {{ user.name | default: \\\"you\\\" }}\",\n \"{{ user.name }}\": [1.50, true, null, \"{% if user.vip %}A{% else %}B{% endif %}\"],\n \"plain\": \"a \\\" b\"\n}";
        let nasty = "\"}, \"x\": \"\\\n\u{1}{{ 1 }}</script>";
        let text = rendered(ContentKind::Json, source, json!({"name": nasty, "vip": true})).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["title"], format!("Hi {nasty}"));
        assert_eq!(read["{{ user.name }}"][3], "A", "names of fields stay: {text}");
        assert!(text.contains("1.50"), "so do numbers: {text}");
        let nobody: Value = serde_json::from_str(&rendered(ContentKind::Json, source, json!({})).unwrap()).unwrap();
        assert_eq!((&nobody["title"], &nobody["{{ user.name }}"][3]), (&json!("Hi you"), &json!("B")));
        assert_eq!(
            rendered(ContentKind::Json, "\"{{ user.name }}\"", json!({"name": "é\u{1F389}"})).unwrap(),
            "\"é\u{1F389}\""
        );
    }

    #[test]
    fn faults_name_their_line() {
        for (kind, source, line) in [
            (ContentKind::Text, "Hello\n{% if user.vip %}", "Line 2: "),
            (ContentKind::Json, "{\n\"a\": 1,\n\"b\": \"{% if %}\"}", "Line 3: "),
            (ContentKind::Json, "{\"a\": \"x\",\n\"b\": \"{{ user. \"}", "Line 2: "),
            (ContentKind::Json, "{\n\"a\": 1,\n}", "Line 3: this is no JSON: "),
            (ContentKind::Json, "{\"a\": {{ user.name }}}", "Line 1: this is no JSON: "),
            (ContentKind::Json, "", "Enter what"),
            (ContentKind::Text, &"x".repeat(Content::LONGEST + 1), "Enter at most"),
        ] {
            let said = Content::new(kind, source).unwrap_err();
            assert!(said.starts_with(line), "{source}: {said}");
        }
    }

    #[test]
    fn what_cannot_be_rendered_says_so_and_has_bounds() {
        let fault = rendered(ContentKind::Json, "{\n\"a\": \"{{ 1 | divided_by: 0 }}\"}", json!({})).unwrap_err();
        assert!(fault.starts_with("Line 2: the filter `divided_by` cannot be applied"), "{fault}");
        let long = json!({"a": "x".repeat(40_000)});
        let fault = rendered(ContentKind::Text, "{{ user.a }}{{ user.a }}", long).unwrap_err();
        assert_eq!(fault, TOO_LONG);
        // A loop that is allowed once is not allowed in each of many texts.
        let heavy = "{% for a in (1..100) %}{% for b in (1..40) %}{% endfor %}{% endfor %}";
        let one = format!("[\"{heavy}\"]");
        assert!(rendered(ContentKind::Json, &one, json!({})).is_ok());
        let many = format!("[{}]", vec![format!("\"{heavy}\""); 60].join(","));
        let fault = rendered(ContentKind::Json, &many, json!({})).unwrap_err();
        assert!(fault.contains("too much work"), "{fault}");
        let unknown =
            Content::new(ContentKind::Text, "{{ user.a }}").unwrap().render(&known(json!({}))).unwrap().unknown;
        assert_eq!(unknown.into_iter().collect::<Vec<_>>(), ["user.a"]);
    }
}
