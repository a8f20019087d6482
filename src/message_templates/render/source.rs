//! Readies a template for the engine: text becomes tags of ours, so that nothing in it costs the engine's grammar time or is read as Liquid,
//! and what is printed in HTML is escaped there. Also refuses what the engine has no bounds for, by line, and finds the names that are used.

use std::collections::BTreeSet;

use super::{Wrong, engine::LANGUAGE};

/// Blocks within blocks, `elsif` counted, at most: the engine goes into each by a call.
const DEEPEST: usize = 50;
/// Loops within loops, at most.
const DEEPEST_LOOP: usize = 2;
/// Longest tag or output, in bytes: the engine goes into each condition by a call.
const LONGEST_TAG: usize = 2_000;
/// Digits of a number, at most: the engine panics at what is no `i64`.
const MOST_DIGITS: usize = 15;
/// Numbers of a range, at most: the engine makes all of them.
const LONGEST_RANGE: i64 = 100;

const BLOCKS: [&str; 5] = ["if", "unless", "case", "for", "capture"];
const TAGS: [&str; 3] = ["assign", "break", "continue"];
/// Words that are no names.
const KEYWORDS: [&str; 12] =
    ["true", "false", "nil", "null", "empty", "blank", "and", "or", "contains", "in", "reversed", "forloop"];

/// A template as the engine reads it.
#[derive(Debug, Default)]
pub struct Source {
    /// Each tag of it that can fail begins with its line.
    pub liquid: String,
    /// What `{% say 0 %}` and so on say.
    pub texts: Vec<String>,
    /// Names of values that are used, but for those that it makes itself.
    pub names: BTreeSet<String>,
    /// Those of them that are printed, and not only asked for.
    pub printed: BTreeSet<String>,
}

struct Reader {
    source: Source,
    /// Tags that are open, with their lines and what they count towards [`DEEPEST`].
    open: Vec<(String, usize, usize)>,
    /// Names that the template makes itself.
    own: BTreeSet<String>,
    is_html: bool,
    /// Whether the last expression escapes.
    has_escape: bool,
    /// Lines that the engine's template has so far, but for the first.
    lines: usize,
}

/// Reads a template.
///
/// # Errors
/// What is wrong, with its line.
pub fn read(template: &str, is_html: bool) -> Result<Source, Wrong> {
    let mut reader = Reader {
        source: Source::default(),
        open: Vec::new(),
        own: BTreeSet::new(),
        is_html,
        has_escape: false,
        lines: 0,
    };
    let (mut rest, mut line, mut trims) = (template, 1, false);
    while !rest.is_empty() {
        let Some(place) = opening(rest) else {
            reader.text(rest, trims, false);
            break;
        };
        let (before, inner) = (&rest[..place], &rest[place + 2..]);
        reader.text(before, trims, inner.starts_with('-'));
        line += lines(before);
        let is_output = rest[place..].starts_with("{{");
        let (open, close) = if is_output { ("{{", "}}") } else { ("{%", "%}") };
        let Some((content, mut end)) = closed(inner, close) else {
            return Err((line, format!("`{open}` is not closed with `{close}`.")));
        };
        let content = content.strip_prefix('-').unwrap_or(content);
        trims = content.ends_with('-');
        let content = content.strip_suffix('-').unwrap_or(content);
        let at = |what| (line, what);
        match content.trim() {
            word @ ("raw" | "comment") if !is_output => {
                let what = || at(format!("`{{% {word} %}}` is not closed with `{{% end{word} %}}`."));
                let (inside, after) = ended(&inner[end..], word).ok_or_else(what)?;
                reader.text(if word == "raw" { inside } else { "" }, false, false);
                end += after;
                trims = false;
            }
            content if is_output => reader.output(line, content).map_err(at)?,
            content => reader.tag(line, content)?,
        }
        // The engine counts lines as the template does.
        reader.fill(line + lines(&inner[..end]));
        line += lines(&inner[..end]);
        rest = &inner[end..];
    }
    if let Some((tag, line, _)) = reader.open.pop() {
        return Err((line, format!("`{{% {tag} %}}` is not closed.")));
    }
    let Reader { mut source, own, .. } = reader;
    source.names.retain(|name| !own.contains(name.split('.').next().unwrap_or_default()));
    Ok(source)
}

/// Where the next output or tag begins.
fn opening(text: &str) -> Option<usize> {
    text.match_indices('{').map(|(place, _)| place).find(|place| text[place + 1..].starts_with(['{', '%']))
}

/// What stands before the sign that closes a tag, and the place after it; quoted text may hold the sign.
fn closed<'a>(rest: &'a str, sign: &str) -> Option<(&'a str, usize)> {
    let mut quote = None;
    for (place, c) in rest.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if rest[place..].starts_with(sign) => return Some((&rest[..place], place + sign.len())),
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {}
        }
    }
    // A quotation mark that is not closed is no reason to swallow the rest of the template.
    rest.find(sign).map(|place| (&rest[..place], place + sign.len()))
}

/// What stands before the tag that ends this one, and the place after it.
fn ended<'a>(rest: &'a str, word: &str) -> Option<(&'a str, usize)> {
    rest.match_indices("{%").find_map(|(place, _)| {
        let inner = rest[place + 2..]
            .trim_start_matches(|c: char| c == '-' || c.is_whitespace())
            .strip_prefix("end")?
            .strip_prefix(word)?;
        let after = inner.trim_start().trim_start_matches('-').strip_prefix("%}")?;
        Some((&rest[..place], rest.len() - after.len()))
    })
}

fn lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

impl Reader {
    /// Makes the engine's next line this one.
    fn fill(&mut self, line: usize) {
        let missing = (line - 1).saturating_sub(self.lines);
        if missing > 0 {
            self.push(&format!("{{% say{}%}}", "\n".repeat(missing)));
        }
    }

    fn push(&mut self, tag: &str) {
        self.lines += lines(tag);
        self.source.liquid.push_str(tag);
    }

    fn text(&mut self, text: &str, trims_start: bool, trims_end: bool) {
        let cut = if trims_start { text.trim_start() } else { text };
        let cut = if trims_end { cut.trim_end() } else { cut };
        let (index, lines) = (self.source.texts.len(), "\n".repeat(lines(text)));
        self.source.texts.push(cut.to_owned());
        self.push(&format!("{{% say {index}{lines} %}}"));
    }

    fn output(&mut self, line: usize, content: &str) -> Result<(), String> {
        let asked = std::mem::take(&mut self.source.names);
        let mut content = self.expression(content)?.trim().to_owned();
        self.source.printed.extend(self.source.names.iter().cloned());
        self.source.names.extend(asked);
        if content.is_empty() {
            return Err("a name is missing between `{{` and `}}`.".to_owned());
        }
        if self.is_html {
            // Where it is printed, and not before: filters and comparisons see the value itself. What the template escapes stays as it is.
            let escape = if self.has_escape { " | escape_once" } else { " | escape" };
            match content.strip_suffix("newline_to_br").and_then(|it| it.trim_end().strip_suffix('|')) {
                Some(before) => content = format!("{before}{escape} | newline_to_br"),
                None => content.push_str(escape),
            }
        }
        self.push(&format!("{{% print {line} {content} %}}"));
        Ok(())
    }

    fn tag(&mut self, line: usize, content: &str) -> Result<(), Wrong> {
        let at = |what| (line, what);
        let end = content.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(content.len());
        let (word, rest) = (&content[..end], content[end..].trim());
        if word == "for" || word == "assign" || word == "capture" {
            let name = rest.find(|c: char| c.is_whitespace() || c == '=').map_or(rest, |end| &rest[..end]);
            if super::ROOTS.contains(&name) {
                return Err(at(format!("“{name}” cannot be assigned. Choose another name.")));
            }
            self.own.insert(name.to_owned());
        }
        if word == "for" && rest.contains("limit") && rest.contains("offset") {
            // The library fills up what is missing with empty rounds.
            let instead = "{% assign some = list | slice: 3, 5 %}";
            return Err(at(format!("a loop has a limit or an offset. For both, cut the list before: `{instead}`.")));
        }
        let expression = self.expression(rest).map_err(at)?;
        let mut number = format!("{line} ");
        if BLOCKS.contains(&word) {
            self.open.push((word.to_owned(), line, 1));
            let loops = self.open.iter().filter(|(tag, ..)| tag == "for").count();
            if loops > DEEPEST_LOOP {
                return Err(at(format!("at most {DEEPEST_LOOP} loops can stand within each other.")));
            }
        } else if !TAGS.contains(&word) {
            number.clear();
            self.belongs(line, word).map_err(at)?;
        }
        if self.open.iter().map(|(.., counts)| counts).sum::<usize>() > DEEPEST {
            return Err(at(format!("there are more than {DEEPEST} blocks within each other, or branches.")));
        }
        self.push(&format!("{{% {word} {number}{expression} %}}"));
        Ok(())
    }

    /// Checks a tag that goes on with the one that is open, or ends it.
    fn belongs(&mut self, line: usize, word: &str) -> Result<(), String> {
        let ends = word.strip_prefix("end").filter(|it| BLOCKS.contains(it));
        let of: &[&str] = match word {
            "else" => &["if", "unless", "case", "for"],
            "elsif" => &["if"],
            "when" => &["case"],
            _ => ends.as_slice(),
        };
        if of.is_empty() {
            let known = "assign, break, capture, case, comment, continue, for, if, raw and unless";
            return Err(format!("there is no tag “{word}”. Known are {known}."));
        }
        match self.open.last_mut() {
            Some((open, ..)) if ends == Some(open.as_str()) => {
                self.open.pop();
            }
            Some((open, _, counts)) if ends.is_none() && of.contains(&open.as_str()) => *counts += 1,
            Some((open, opened, _)) if *opened < line => {
                return Err(format!("`{{% {word} %}}` does not belong to `{{% {open} %}}` of line {opened}."));
            }
            Some((open, ..)) => return Err(format!("`{{% {word} %}}` does not belong to `{{% {open} %}}` before it.")),
            None => return Err(format!("`{{% {word} %}}` stands alone: nothing was opened before it.")),
        }
        Ok(())
    }

    /// Checks an expression and notes its names.
    fn expression(&mut self, text: &str) -> Result<String, String> {
        if text.len() > LONGEST_TAG {
            return Err(format!("a tag has at most {LONGEST_TAG} characters."));
        }
        let (mut out, mut rest, mut before, mut depth) = (String::new(), text, ' ', 0);
        self.has_escape = false;
        while let Some(c) = rest.chars().next() {
            let length = match c {
                '"' | '\'' => 2 + rest[1..].find(c).ok_or_else(|| format!("the quotation mark {c} is not closed."))?,
                '(' => range(rest)?,
                '0'..='9' => match rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()) {
                    length if length > MOST_DIGITS => return Err("a number of the template is too long.".to_owned()),
                    length => length,
                },
                'A'..='Z' | 'a'..='z' | '_' => {
                    let (name, length) = path(rest);
                    if before == '|' && LANGUAGE.filters.get(&name).is_none() {
                        let mut known: Vec<&str> = LANGUAGE.filters.plugin_names().collect();
                        known.sort_unstable();
                        return Err(format!("there is no filter “{name}”. Known are {}.", known.join(", ")));
                    }
                    self.has_escape |= before == '|' && matches!(name.as_str(), "escape" | "escape_once");
                    let is_key = rest[length..].trim_start().starts_with(':') || KEYWORDS.contains(&name.as_str());
                    if !is_key && before != '|' && before != '.' && !name.starts_with("forloop.") {
                        self.source.names.insert(name);
                    }
                    length
                }
                _ => c.len_utf8(),
            };
            depth = if c == '[' { depth + 1 } else { depth - i32::from(c == ']') };
            if depth > 3 {
                return Err("there are too many [ within each other.".to_owned());
            }
            if !c.is_whitespace() {
                before = c;
            }
            // The engine's grammar knows no tabs.
            out.push_str(if c != '\n' && c.is_whitespace() { " " } else { &rest[..length] });
            rest = &rest[length..];
        }
        Ok(out)
    }
}

/// The length of a range at the start of a text.
fn range(text: &str) -> Result<usize, String> {
    let number = |text: &str| text.trim().parse::<i64>().ok().filter(|it| it.abs() < 1_000_000);
    let inside = text[1..].split_once(')').map(|(inside, _)| inside);
    let ends = inside.and_then(|it| it.split_once("..")).and_then(|(from, to)| Some((number(from)?, number(to)?)));
    match (inside, ends) {
        (Some(inside), Some((from, to))) if to - from < LONGEST_RANGE => Ok(inside.len() + 2),
        _ => Err(format!("( ) can hold only a range of at most {LONGEST_RANGE} numbers, such as (1..5).")),
    }
}

/// The name at the start of a text, such as `user.first_name` or `user["first name"]`, and its length there.
fn path(text: &str) -> (String, usize) {
    let (mut name, mut rest) = (String::new(), text);
    loop {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len());
        name.push_str(&rest[..end]);
        rest = &rest[end..];
        while let Some((quoted, after)) = quoted_step(rest) {
            name.push('.');
            name.push_str(quoted);
            rest = after;
        }
        match rest.strip_prefix('.').filter(|it| it.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')) {
            Some(after) => {
                name.push('.');
                rest = after;
            }
            None => return (name, text.len() - rest.len()),
        }
    }
}

/// The quoted name in brackets at the start of a text, and what stands after it.
fn quoted_step(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('[')?.trim_start();
    let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, after) = inner[1..].split_once(quote)?;
    after.trim_start().strip_prefix(']').map(|after| (name, after))
}
