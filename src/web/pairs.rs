//! Names and values as a browser sends them, kept as typed: forms, queries and ids in addresses.
//!
//! Reading into a struct fails on a blank number or a repeated name and loses what was typed; a list of pairs always works.

use std::{
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::{Path, Payload, Url},
};

use crate::error::AppError;

/// Pairs read at most; no form has nearly as many, and each name is looked for among all of them.
const MOST: usize = 5_000;

/// Pairs in the order in which they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads `a=1&b=2`, the first `MOST` pairs.
    pub fn parse(encoded: &[u8]) -> Self {
        // Postgres stores no NUL, and nobody types one.
        let plain = |text: std::borrow::Cow<str>| text.replace('\0', "");
        Self(form_urlencoded::parse(encoded).take(MOST).map(|(name, value)| (plain(name), plain(value))).collect())
    }

    /// First value of that name, trimmed; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// First value of that name exactly as sent: for passwords and long texts.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of that name: ticked boxes.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All names, in the order in which they were sent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// All names and values, in the order in which they were sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// First value of that name as a `T`, if it can be parsed.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).parse().ok()
    }

    /// The same pairs with `name` set to `value`, or without it when `value` is empty.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut pairs: Vec<_> = self.0.iter().filter(|(key, _)| key != name).cloned().collect();
        if !value.is_empty() {
            pairs.push((name.to_owned(), value.to_owned()));
        }
        Self(pairs)
    }

    /// The same pairs and another one, even if the name is there already.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same pairs without these names.
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| !names.contains(&key.as_str())).cloned().collect())
    }

    /// The pairs whose names are wanted.
    pub fn only(&self, is_wanted: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(key, _)| is_wanted(key)).cloned().collect())
    }

    /// `path?a=1&b=2`, or `path` alone.
    pub fn address(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        format!("{path}?{encoded}")
    }
}

/// Body of a POST. It exists only where the guard has checked the form token, or where a link stands for it.
#[derive(Clone, Debug, Default)]
pub struct FormData(pub Pairs);

impl std::ops::Deref for FormData {
    type Target = Pairs;

    fn deref(&self) -> &Pairs {
        &self.0
    }
}

impl FromRequest for FormData {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions_mut().remove::<Self>().ok_or(AppError::BadRequest("This page only receives forms.")))
    }
}

/// The query of an address.
#[derive(Clone, Debug, Default)]
pub struct Query(pub Pairs);

impl std::ops::Deref for Query {
    type Target = Pairs;

    fn deref(&self) -> &Pairs {
        &self.0
    }
}

impl FromRequest for Query {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(Pairs::parse(request.query_string().as_bytes()))))
    }
}

/// An id in the path. One that cannot be parsed means `NotFound`.
pub trait PathId: FromStr + Sized {
    /// Name of the placeholder, as in `{profile}`.
    const PART: &str;

    /// Parses the id from the parts of a path.
    ///
    /// # Errors
    /// `NotFound` if it is missing or cannot be parsed.
    fn from_path(parts: &Path<Url>) -> Result<Self, AppError> {
        parts.get(Self::PART).and_then(|text| text.parse().ok()).ok_or(AppError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::Pairs;

    #[test]
    fn no_more_are_read_than_any_form_has() {
        let many = Pairs::parse("a=b&".repeat(100_000).as_bytes());
        assert_eq!(many.all("a").count(), super::MOST);
    }

    #[test]
    fn blanks_and_repeats_are_kept() {
        let pairs = Pairs::parse(b"n=&tag=a&tag=b&q=%20x%20");
        assert_eq!(pairs.parsed::<u32>("n"), None);
        assert_eq!((pairs.get("tag"), pairs.get("q"), pairs.raw("q")), ("a", "x", " x "));
        assert_eq!(pairs.with("q", "").without(&["n"]).address("/p"), "/p?tag=a&tag=b");
    }
}
