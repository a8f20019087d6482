//! Makes patterns of the words in the search box.

use rlibphonenumber::{PhoneNumber, PhoneNumberFormat};

use crate::text::{fold, is_east_asian};

/// Most words of a search; further ones are ignored.
const MOST_WORDS: usize = 8;

/// Patterns for `LIKE` that find a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The word anywhere.
    Anywhere(String),
    /// The word at the beginning of the text, of a word or of a line; one pattern must match.
    Begins([String; 3]),
    /// A Chinese, Japanese or Korean word anywhere, blanks between its characters left out: its characters or pairs of them, all of which
    /// `east_asian_grams` of the text must have, and the pattern.
    EastAsian { grams: Vec<String>, pattern: String },
}

/// Words that must all occur in a profile's name, identifiers or addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    words: Vec<String>,
}

impl Search {
    /// Reads single words and quoted phrases; a text that looks like a phone number is one word of its digits.
    pub fn parse(typed: &str) -> Self {
        let typed = typed.trim();
        if let Some(digits) = phone_digits(&fold(typed)) {
            return Self { words: vec![digits] };
        }
        let mut words = Vec::new();
        for (index, part) in typed.split('"').enumerate() {
            // Every second part is between quotation marks.
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

    /// One word or phrase.
    pub fn phrase(text: &str) -> Self {
        let word = fold(text.trim());
        Self { words: vec![phone_digits(&word).unwrap_or(word)] }
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words, folded.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Patterns for each word. Words of one or two letters are found only where words begin, because the index has nothing shorter than
    /// three characters (measured: two seconds for one such word among a million profiles); those in Chinese, Japanese and Korean have an
    /// index of their own.
    pub fn patterns(&self) -> impl Iterator<Item = Pattern> {
        self.words.iter().map(|word| match word.chars().filter(|c| c.is_alphanumeric()).count() {
            _ if word.contains(is_east_asian) && word.chars().all(|c| is_east_asian(c) || c == ' ') => east_asian(word),
            1..3 if word.chars().count() < 3 && word.contains(is_east_asian) => Pattern::EastAsian {
                grams: word.chars().filter(|c| is_east_asian(*c)).map(String::from).collect(),
                pattern: format!("%{}%", escaped(word)),
            },
            1..3 if word.chars().count() < 3 => {
                Pattern::Begins(["", "% ", "%\n"].map(|before| format!("{before}{}%", escaped(word))))
            }
            _ => Pattern::Anywhere(format!("%{}%", escaped(word))),
        })
    }
}

fn escaped(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn east_asian(word: &str) -> Pattern {
    let letters: Vec<char> = word.chars().filter(|c| *c != ' ').collect();
    let grams = match letters.as_slice() {
        [only] => vec![only.to_string()],
        all => all.windows(2).map(|pair| pair.iter().collect()).collect(),
    };
    // The text may have blanks between them: family and given name are stored with one.
    let pattern = letters.iter().fold("%".to_owned(), |pattern, letter| format!("{pattern}{letter}%"));
    Pattern::EastAsian { grams, pattern }
}

/// Whether a text is the number of a phone, in any writing.
pub(super) fn looks_like_phone(typed: &str) -> bool {
    phone_digits(&fold(typed.trim())).is_some()
}

/// The digits as which a phone number is stored, if the text looks like one: without separators, and without the zeros that people dial
/// inside a country or to leave it.
fn phone_digits(typed: &str) -> Option<String> {
    let looks_like_one = typed.chars().all(|c| c.is_ascii_digit() || " +-()./\u{a0}".contains(c));
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let separated = typed.len() > digits.len();
    if !looks_like_one || digits.len() < 7 || !(separated || typed.starts_with('0')) {
        return None;
    }
    if let Ok(number) = typed.parse::<PhoneNumber>() {
        return Some(number.format_as(PhoneNumberFormat::E164).trim_start_matches('+').to_owned());
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
            Pattern::EastAsian { grams, pattern } => [grams, vec![pattern]].concat(),
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
    fn words_without_blanks() {
        assert_eq!(patterns("花子"), ["花子", "%花%子%"]);
        assert_eq!(patterns("王"), ["王", "%王%"]);
        assert_eq!(patterns("王小明"), ["王小", "小明", "%王%小%明%"]);
        assert_eq!(patterns("\"山田 花子\""), ["山田", "田花", "花子", "%山%田%花%子%"]);
        assert_eq!(patterns("王a"), ["王", "%王a%"]);
        assert_eq!(patterns("王小明abc"), ["%王小明abc%"]);
    }

    #[test]
    fn phones_in_any_format() {
        for typed in ["+91 98765 43210", "(+91) 98765-43210", "+919876543210"] {
            assert_eq!(patterns(typed), ["%919876543210%"], "{typed}");
        }
        assert_eq!(patterns("098765 43210"), ["%9876543210%"]);
        assert_eq!(patterns("+39 06 6982 1234"), ["%390669821234%"], "a zero that belongs to the number");
        assert_eq!(patterns("٠٩٨٧٦٥ ٤٣٢١٠"), ["%9876543210%"]);
        assert_eq!(patterns("100482"), ["%100482%"]);
    }
}
