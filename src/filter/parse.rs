//! Parses the text of a filter. `fields.rs` reads what follows the name of a field; here are signs, words, groups and errors.

use std::ops::Range;

use super::{
    ast::{Condition, Filter},
    fields,
    search::looks_like_phone,
};

/// Longest text, in bytes.
const LONGEST: usize = 8_000;
/// Most conditions of a filter.
const MOST_CONDITIONS: usize = 50;
/// Deepest nesting of groups.
const DEEPEST: usize = 16;

/// Why a text is no filter, or a filter cannot be applied, and where in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// What is wrong, in bytes of the text.
    pub at: Range<usize>,
    /// What is wrong and what was expected: one or two sentences.
    pub message: String,
    /// What to write instead of that place.
    pub instead: Option<String>,
}

impl FilterError {
    /// What is wrong at a place.
    pub fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), instead: None }
    }

    /// The same with a suggestion.
    pub fn or(self, instead: Option<impl Into<String>>) -> Self {
        Self { instead: instead.map(Into::into), ..self }
    }

    /// The place as people count characters.
    pub fn column(&self, typed: &str) -> usize {
        typed.get(..self.at.start).unwrap_or(typed).chars().count() + 1
    }

    /// The whole text with the suggestion in it.
    pub fn corrected(&self, typed: &str) -> Option<String> {
        let (before, after) = (typed.get(..self.at.start)?, typed.get(self.at.end..)?);
        Some(format!("{before}{}{after}", self.instead.as_ref()?))
    }
}

/// A filter as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedFilter {
    pub filter: Filter,
    /// Where the name of each condition stands, in the order of [`Filter::conditions`].
    pub places: Vec<Range<usize>>,
}

/// Parses a text; without one the filter selects everybody.
///
/// # Errors
/// The first place that is no filter.
pub fn parse(typed: &str) -> Result<ParsedFilter, FilterError> {
    if typed.len() > LONGEST {
        return Err(FilterError::new(0..0, "The filter is too long. It can have 8,000 characters."));
    }
    let mut reader = Reader { text: typed, at: 0, places: Vec::new() };
    // A phone number may have parentheses.
    if looks_like_phone(typed) {
        let start = typed.len() - typed.trim_start().len();
        reader.places.push(start..typed.trim_end().len());
        return Ok(ParsedFilter {
            filter: Filter::Is(Condition::Words(typed.trim().to_owned())),
            places: reader.places,
        });
    }
    let filter = reader.any(0)?;
    if reader.peek() == Some(')') {
        let at = reader.at;
        return Err(FilterError::new(at..at + 1, "This parenthesis was never opened.").or(Some("")));
    }
    Ok(ParsedFilter { filter, places: reader.places })
}

/// A text and a place in it.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    places: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    /// The place, in bytes.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The rest of the text.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The place of the next sign; it is empty at the end of the text.
    pub fn next(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Passes a sign, if it is the next.
    pub fn takes(&mut self, sign: &str) -> bool {
        let is_next = self.rest().starts_with(sign);
        self.at += if is_next { sign.len() } else { 0 };
        is_next
    }

    /// Passes white space.
    pub fn skip(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Reads up to white space or one of `ends`.
    pub fn bare(&mut self, ends: &str) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || ends.contains(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Reads a text in quotation marks, in which `\"` and `\\` stand for the signs; `None` if none begins here.
    pub fn quoted(&mut self) -> Result<Option<String>, FilterError> {
        let start = self.at;
        if !self.takes("\"") {
            return Ok(None);
        }
        let mut read = String::new();
        let mut signs = self.rest().char_indices();
        while let Some((place, sign)) = signs.next() {
            match sign {
                '"' => {
                    self.at += place + 1;
                    return Ok(Some(read));
                }
                '\\' => match signs.as_str().chars().next() {
                    Some(next @ ('"' | '\\')) => {
                        read.push(next);
                        signs.next();
                    }
                    _ => read.push(sign),
                },
                other => read.push(other),
            }
        }
        let whole = &self.text[start..];
        Err(FilterError::new(start..self.text.len(), "This quotation mark is never closed.")
            .or(Some(format!("{}\"", whole.trim_end()))))
    }

    /// An error about the text from `start` to here.
    pub fn wrong(&self, start: usize, message: impl Into<String>) -> FilterError {
        FilterError::new(start..self.at, message)
    }

    fn any(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let mut filters = vec![self.all(depth)?];
        loop {
            let at = self.at;
            if !self.word("OR") {
                return Ok(Filter::any(filters));
            }
            let next = self.all(depth)?;
            let is_alone =
                |filter: &Filter, from: usize, to: usize| filter.is_everybody() && !self.text[from..to].contains('(');
            if is_alone(&next, at + 2, self.at) || filters.last().is_some_and(|last| is_alone(last, 0, at)) {
                return Err(FilterError::new(at..at + 2, "OR must stand between two conditions.").or(Some("")));
            }
            filters.push(next);
        }
    }

    fn all(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let mut filters = Vec::new();
        loop {
            self.skip();
            if self.word("AND") {
                continue;
            }
            match self.peek() {
                None | Some(')') => break,
                _ if self.is_word("OR") => break,
                _ => filters.push(self.one(depth)?),
            }
        }
        Ok(Filter::all(filters))
    }

    fn one(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let start = self.at;
        if depth > DEEPEST {
            return Err(FilterError::new(
                start..start,
                "There are too many groups inside each other. At most 16 are possible.",
            ));
        }
        if self.word("NOT") {
            self.skip();
            if matches!(self.peek(), None | Some(')')) {
                return Err(
                    FilterError::new(start..start + 3, "NOT must stand before a condition or a group.").or(Some(""))
                );
            }
            return Ok(self.one(depth + 1)?.negated());
        }
        let after_sign = self.rest().strip_prefix('-').and_then(|rest| rest.chars().next());
        if after_sign.is_some_and(|next| !next.is_whitespace() && next != '-') {
            self.takes("-");
            return Ok(self.one(depth + 1)?.negated());
        }
        if self.takes("(") {
            let inside = self.any(depth + 1)?;
            if !self.takes(")") {
                let whole = self.text[start..].trim_end();
                return Err(FilterError::new(start..self.text.len(), "This parenthesis is never closed.")
                    .or(Some(format!("{whole})"))));
            }
            return Ok(inside);
        }
        self.condition().map(Filter::Is)
    }

    fn condition(&mut self) -> Result<Condition, FilterError> {
        let start = self.at;
        let quoted = self.quoted()?;
        let is_quoted = quoted.is_some();
        let name = match quoted {
            Some(name) => name,
            None => match self.bare("\"(){}:~^<>") {
                // A sign that means nothing here is a word.
                "" => self.bare(" \"()").to_owned(),
                name => name.to_owned(),
            },
        };
        let end = self.at;
        if self.places.len() == MOST_CONDITIONS {
            return Err(self.wrong(start, "There are too many conditions. At most 50 are possible."));
        }
        self.places.push(start..end);
        let is_field = self.peek().is_some_and(|next| ":~^<>".contains(next)) && !self.rest().starts_with("://");
        if !is_field {
            let more = if is_quoted { "" } else { self.bare("\"()") };
            let words = format!("{name}{more}");
            if words.trim().is_empty() {
                return Err(self.wrong(start, "Expected a word or a condition such as plan:pro."));
            }
            if let Some(place) = self.places.last_mut() {
                place.end = self.at;
            }
            return Ok(Condition::Words(words.trim().to_owned()));
        }
        if name.trim().is_empty() {
            let message = "Expected the name of a field or attribute before this sign.";
            return Err(FilterError::new(self.next(), message));
        }
        fields::read(self, name.trim(), is_quoted, start..end)
    }

    fn is_word(&self, word: &str) -> bool {
        let after = self.rest().strip_prefix(word);
        after.is_some_and(|after| after.chars().next().is_none_or(|next| next.is_whitespace() || "()".contains(next)))
    }

    fn word(&mut self, word: &str) -> bool {
        self.is_word(word) && self.takes(word)
    }
}
