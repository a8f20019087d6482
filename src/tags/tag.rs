//! A tag and its colour.

use crate::{ledger::Invalid, words::words};

/// A checked tag: 1 to 20 letters, digits, hyphens and underscores (V4.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// Longest tag, in characters (S4.6).
    pub const LONGEST: usize = 20;

    pub fn new(given: &str) -> Result<Self, Invalid> {
        let tag = given.trim();
        if tag.is_empty() || tag.len() > Self::LONGEST || !tag.chars().all(Self::may_have) {
            let rule = "must have 1 to 20 letters from a to z, digits, hyphens or underscores";
            return Err(Invalid::new("tags", rule, given));
        }
        Ok(Self(tag.to_owned()))
    }

    fn may_have(c: char) -> bool {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
    }

    /// Checks a tag typed into a form. The error is text for people.
    pub fn typed(given: &str) -> Result<Self, String> {
        match given.trim() {
            "" => Err("Type or choose a tag.".to_owned()),
            tag => Self::new(tag).map_err(|_| {
                let wrong = match tag.chars().find(|c| !Self::may_have(*c)) {
                    None => format!("has {} characters", tag.len()),
                    Some(c) if c.is_whitespace() => "contains a space".to_owned(),
                    Some(c) => format!("contains “{c}”"),
                };
                let longest = Self::LONGEST;
                format!("Tags can have 1 to {longest} letters (a–z), digits, hyphens and underscores. “{tag}” {wrong}.")
            }),
        }
    }

    /// A stored tag, which an older version may have checked by other rules.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Tag {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

words! {
    /// Colour of a tag's label. It only helps to recognise the tag; the meaning is in the text.
    #[derive(Default)]
    pub enum Colour {
        /// Default.
        #[default]
        Grey = "grey", "Grey";
        Blue = "blue", "Blue";
        Green = "green", "Green";
        Amber = "amber", "Amber";
        Red = "red", "Red";
        Violet = "violet", "Violet";
    }
}

impl Colour {
    /// The colour of a stored word; grey for an unknown one.
    pub fn stored(word: &str) -> Self {
        word.parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_are_tags() {
        assert_eq!(Tag::new(" churn-risk_2 ").unwrap().as_str(), "churn-risk_2");
        for bad in ["", "two words", "café", "a;b", &"x".repeat(21)] {
            assert!(Tag::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_typed_wrong_is_told_with_the_rule() {
        assert_eq!(Tag::typed(" ").unwrap_err(), "Type or choose a tag.");
        for (typed, wrong) in [("two words", "“two words” contains a space."), ("café", "“café” contains “é”.")]
        {
            assert!(Tag::typed(typed).unwrap_err().ends_with(wrong), "{typed}");
        }
        let long = "x".repeat(21);
        assert!(Tag::typed(&long).unwrap_err().ends_with(&format!("“{long}” has 21 characters.")));
    }

    #[test]
    fn colours_are_read_back() {
        for colour in Colour::ALL {
            assert_eq!(Colour::stored(colour.as_str()), colour);
        }
        assert_eq!(Colour::stored("puce"), Colour::Grey);
    }
}
