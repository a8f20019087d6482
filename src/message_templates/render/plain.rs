//! Text of an HTML mail, for those whose program shows none.

use std::cell::RefCell;

use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind,
    },
};

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 26] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "form",
    "header",
    "hr",
    "main",
    "nav",
    "section",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
    "ol",
    "pre",
    "li",
];
/// Elements with an empty line around them.
const PARAGRAPHS: [&str; 8] = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "body"];

/// What an HTML mail says, without how it looks: paragraphs, lists, and links with their addresses in brackets.
pub fn text_of_html(html: &str) -> String {
    let tokenizer = Tokenizer::new(Walk::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let said = tokenizer.sink.0.into_inner();
    tidy(&said.out)
}

/// No more than one empty line, and nothing at the ends of lines.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

#[derive(Default)]
struct Walk(RefCell<Said>);

#[derive(Default)]
struct Said {
    out: String,
    /// Elements within each other whose text is not for people.
    hidden: Vec<String>,
    /// Address of the link that is open, and where its text begins.
    link: Option<(String, usize)>,
    /// Lists that are open: the number of the last element of one that is numbered.
    lists: Vec<Option<usize>>,
    /// A blank that was read, and is written if something follows in the line.
    has_blank: bool,
}

impl Said {
    fn line(&mut self) {
        self.has_blank = false;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn paragraph(&mut self) {
        self.line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() && c != '\u{a0}' {
                self.has_blank = true;
                continue;
            }
            if std::mem::take(&mut self.has_blank) && !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
                self.out.push(' ');
            }
            self.out.push(if c == '\u{a0}' { ' ' } else { c });
        }
    }

    fn begin(&mut self, tag: &Tag) {
        let name = &*tag.name;
        match name {
            "br" => {
                self.has_blank = false;
                self.out.push('\n');
            }
            "hr" => {
                self.line();
                self.out.push_str("---\n");
            }
            "img" => {
                if let Some(told) = attribute(tag, "alt") {
                    self.text(&told);
                }
            }
            "a" => {
                self.end_link();
                self.link = attribute(tag, "href").map(|address| (address, self.out.len()));
            }
            "ul" => self.lists.push(None),
            "ol" => self.lists.push(Some(0)),
            "td" | "th" => self.has_blank = true,
            _ => {}
        }
        if PARAGRAPHS.contains(&name) || (matches!(name, "ul" | "ol") && self.lists.len() == 1) {
            self.paragraph();
        } else if BLOCKS.contains(&name) {
            self.line();
        }
        if name == "li" {
            self.out.push_str(&"  ".repeat(self.lists.len().saturating_sub(1).min(8)));
            match self.lists.last_mut() {
                Some(Some(number)) => {
                    *number += 1;
                    let number = *number;
                    self.out.push_str(&format!("{number}. "));
                }
                _ => self.out.push_str("- "),
            }
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "a" => self.end_link(),
            "ul" | "ol" => {
                self.lists.pop();
            }
            _ => {}
        }
        if PARAGRAPHS.contains(&name) || (matches!(name, "ul" | "ol") && self.lists.is_empty()) {
            self.paragraph();
        } else if BLOCKS.contains(&name) {
            self.line();
        }
    }

    /// Writes the address of the link behind its text, unless the text is the address.
    fn end_link(&mut self) {
        let Some((address, from)) = self.link.take() else { return };
        let told = self.out.get(from..).unwrap_or_default().trim().to_owned();
        let address = address.trim();
        let bare = address.strip_prefix("mailto:").or_else(|| address.strip_prefix("tel:")).unwrap_or(address);
        if bare.is_empty() || bare.starts_with('#') || told == bare {
            return;
        }
        let said = if told.is_empty() { bare.to_owned() } else { format!(" ({bare})") };
        self.has_blank &= told.is_empty();
        if told.is_empty() { self.text(&said) } else { self.out.push_str(&said) }
    }
}

fn attribute(tag: &Tag, name: &str) -> Option<String> {
    tag.attrs.iter().find(|it| &*it.name.local == name).map(|it| it.value.to_string())
}

impl TokenSink for Walk {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut said = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => {
                let name = tag.name.to_string();
                let raw = match name.as_str() {
                    "style" | "noscript" | "iframe" => Some(RawKind::Rawtext),
                    "script" => Some(RawKind::ScriptData),
                    "title" | "textarea" => Some(RawKind::Rcdata),
                    _ => None,
                };
                match tag.kind {
                    TagKind::StartTag if raw.is_some() => {
                        said.hidden.push(name);
                        return raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData);
                    }
                    TagKind::EndTag if said.hidden.last() == Some(&name) => {
                        said.hidden.pop();
                    }
                    TagKind::StartTag if said.hidden.is_empty() => said.begin(&tag),
                    TagKind::EndTag if said.hidden.is_empty() => said.end(&name),
                    TagKind::StartTag | TagKind::EndTag => {}
                }
            }
            Token::CharacterTokens(text) if said.hidden.is_empty() => said.text(&text),
            Token::EOFToken => said.end_link(),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}
