//! Splits the text in the search box into words and terms such as `plan:pro`.

/// Most terms of a filter, and most values of a term.
const MOST: usize = 8;
/// Most characters that are read: text that looks like a term and is none may be read again at each of its words.
const LONGEST: usize = 1_000;

/// The text in the search box, split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedFilter {
    pub(super) typed: String,
    pub(super) words: String,
    pub(super) terms: Vec<Term>,
}

/// A term as typed; its attribute or tag may not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) name: String,
    /// The values, of which any may hold. If all stand in quotation marks they are texts, whatever they look like.
    pub(super) values: Vec<String>,
    pub(super) is_quoted: bool,
}

impl ParsedFilter {
    /// Splits a text. What is no term stays in the words.
    pub fn parse(typed: &str) -> Self {
        let end = typed.char_indices().nth(LONGEST).map_or(typed.len(), |(end, _)| end);
        let typed = &typed[..end];
        let (mut words, mut terms, mut rest) = (String::new(), Vec::new(), typed.trim());
        while let Some(first) = rest.chars().next() {
            if first.is_whitespace() {
                words.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let is_full = terms.len() == MOST;
            let (taken, after) = match term(rest).filter(|_| !is_full) {
                Some((term, after)) => {
                    terms.push(term);
                    ("", after)
                }
                None => word(rest),
            };
            words.push_str(taken);
            rest = after;
        }
        Self { typed: typed.trim().to_owned(), words: words.trim().to_owned(), terms }
    }
}

/// Reads `name:value`, `"a name":"a value"` or `name:one,other`; returns the term and the rest.
fn term(text: &str) -> Option<(Term, &str)> {
    let (name, rest) = part(text, &[':'])?;
    let mut rest = rest.strip_prefix(':')?;
    // The address of a page is no term.
    if rest.starts_with("//") {
        return None;
    }
    let (mut values, mut is_quoted) = (Vec::new(), true);
    loop {
        is_quoted &= rest.starts_with('"');
        let (value, after) = part(rest, &[','])?;
        if values.len() < MOST {
            values.push(value.to_owned());
        }
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => {
                let ends = after.chars().next().is_none_or(char::is_whitespace);
                return ends.then(|| (Term { name: name.to_owned(), values, is_quoted }, after));
            }
        }
    }
}

/// Reads a quoted text, else the text before a space or one of `ends`; returns it and the rest. `None` if the text is empty.
fn part<'a>(text: &'a str, ends: &[char]) -> Option<(&'a str, &'a str)> {
    let (part, rest) = match text.strip_prefix('"') {
        Some(inside) => inside.split_once('"')?,
        None => {
            let end = text.find(|c: char| c.is_whitespace() || c == '"' || ends.contains(&c)).unwrap_or(text.len());
            text.split_at(end)
        }
    };
    (!part.trim().is_empty()).then(|| (part.trim(), rest))
}

/// Reads a word or a quoted phrase as typed; returns it and the rest.
fn word(text: &str) -> (&str, &str) {
    let end = match text.strip_prefix('"') {
        Some(inside) => inside.find('"').map_or(text.len(), |end| end + 2),
        None => text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len()),
    };
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(typed: &str) -> (Vec<(String, Vec<String>)>, String) {
        let parsed = ParsedFilter::parse(typed);
        (parsed.terms.into_iter().map(|term| (term.name, term.values)).collect(), parsed.words)
    }

    #[test]
    fn terms_and_words_are_told_apart() {
        let one = |name: &str, values: &[&str]| (name.to_owned(), values.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(terms("plan:pro"), (vec![one("plan", &["pro"])], String::new()));
        assert_eq!(
            terms("grace  tag:vip \"favourite drink\":\"green tea\" kim"),
            (vec![one("tag", &["vip"]), one("favourite drink", &["green tea"])], "grace   kim".replace("   ", "    "))
        );
        assert_eq!(terms("plan:pro,\"team b\""), (vec![one("plan", &["pro", "team b"])], String::new()));
        for words in
            ["grace kim", "\"plan:pro\"", "https://example.com", "plan:", ":pro", "a:\"b", "\"a b", "plan:pro,"]
        {
            assert_eq!(terms(words), (Vec::new(), words.to_owned()), "{words}");
        }
        assert_eq!(terms("-plan:pro").0[0].0, "-plan");
    }
}
