//! What is typed into the search box, as words to find.

use rlibphonenumber::PhoneNumber;

use crate::text::fold;

/// Most words that are looked at; the rest is ignored.
const MOST_WORDS: usize = 8;

/// How a word is looked for: patterns for `LIKE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// In any place.
    Anywhere(String),
    /// Where the text, a word of it or a line of it begins: one of these fits.
    Begins([String; 3]),
}

/// Words of which each must occur in a profile's name, identifiers or addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    words: Vec<String>,
}

impl Search {
    /// Reads the box: words apart, or together in quotation marks; a phone number in any format is one word of its digits.
    pub fn parse(typed: &str) -> Self {
        let typed = typed.trim();
        if let Some(digits) = phone_digits(typed) {
            return Self { words: vec![digits] };
        }
        let mut words = Vec::new();
        for (index, part) in typed.split('"').enumerate() {
            // Between quotation marks lies every second part.
            if index % 2 == 1 {
                words.push(fold(part.trim()));
            } else {
                words.extend(part.split_whitespace().map(fold));
            }
        }
        words.retain(|word| !word.is_empty());
        words.truncate(MOST_WORDS);
        Self { words }
    }

    /// There is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// What must fit for each word. A word of one or two letters is looked for where words begin, because
    /// the index knows nothing shorter than three signs (measured: two seconds for one among a million profiles).
    pub fn patterns(&self) -> impl Iterator<Item = Pattern> {
        let escaped = |word: &String| word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        self.words.iter().map(move |word| match word.chars().filter(|c| c.is_alphanumeric()).count() {
            1..3 if word.chars().count() < 3 => {
                Pattern::Begins(["", "% ", "%\n"].map(|before| format!("{before}{}%", escaped(word))))
            }
            _ => Pattern::Anywhere(format!("%{}%", escaped(word))),
        })
    }
}

/// The digits by which a phone number is stored, if this looks like one: separators go, and so do the zeros in front that
/// people dial inside a country or to leave one.
fn phone_digits(typed: &str) -> Option<String> {
    let looks_like_one = typed.chars().all(|c| c.is_ascii_digit() || " +-()./\u{a0}".contains(c));
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let separated = typed.len() > digits.len();
    if !looks_like_one || digits.len() < 7 || !(separated || typed.starts_with('0')) {
        return None;
    }
    if let Ok(number) = typed.parse::<PhoneNumber>() {
        return Some(format!("{}{}", number.country_code, number.national_number));
    }
    Some(digits.trim_start_matches('0').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(typed: &str) -> Vec<String> {
        let search = Search::parse(typed);
        let patterns = search.patterns().flat_map(|pattern| match pattern {
            Pattern::Anywhere(pattern) => vec![pattern],
            Pattern::Begins(patterns) => patterns.into(),
        });
        patterns.collect()
    }

    #[test]
    fn words_and_phrases() {
        assert_eq!(patterns("Grace  KIM"), ["%grace%", "%kim%"]);
        assert_eq!(patterns("\"Grace Kim\" kr"), ["%grace kim%", "kr%", "% kr%", "%\nkr%"]);
        assert_eq!(patterns("50%_\\"), ["%50\\%\\_\\\\%"]);
        assert!(Search::parse("  ").is_empty());
    }

    #[test]
    fn phones_in_any_format() {
        for typed in ["+91 98765 43210", "(+91) 98765-43210", "+919876543210"] {
            assert_eq!(patterns(typed), ["%919876543210%"], "{typed}");
        }
        assert_eq!(patterns("098765 43210"), ["%9876543210%"]);
        assert_eq!(patterns("100482"), ["%100482%"]);
    }
}
