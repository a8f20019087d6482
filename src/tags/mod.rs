//! Tags: words on a profile (V4, S4). Kept in `profiles.tags`, their stamps in `profiles.tag_meta`.

use diesel::{PgConnection, QueryResult};

use crate::{
    db::ids::{EnvironmentId, ProfileId},
    ingest::Invalid,
    jobs::Portion,
};

/// The next profiles that have the first of these tags, which goes, and gets the second one instead, if there is one.
pub fn retag_portion(
    _conn: &mut PgConnection,
    _environment: EnvironmentId,
    _tags: (&str, Option<&str>),
    _after: Option<ProfileId>,
) -> QueryResult<Portion> {
    Ok(Portion::default())
}

/// Longest tag, in characters (S4.6).
const LONGEST: usize = 20;

/// A checked tag: 1 to 20 letters, digits, hyphens and underscores (V4.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// Checks a tag.
    pub fn new(given: &str) -> Result<Self, Invalid> {
        let tag = given.trim();
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if tag.is_empty() || tag.len() > LONGEST || !tag.chars().all(good) {
            let rule = "must have 1 to 20 letters, digits, hyphens or underscores";
            return Err(Invalid::new("tags", rule, given));
        }
        Ok(Self(tag.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Tag;

    #[test]
    fn only_plain_words_are_tags() {
        assert_eq!(Tag::new(" churn-risk_2 ").unwrap().as_str(), "churn-risk_2");
        for bad in ["", "two words", "café", "a;b", &"x".repeat(21)] {
            assert!(Tag::new(bad).is_err(), "{bad}");
        }
    }
}
