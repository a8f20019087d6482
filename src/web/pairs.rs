//! Names and values as a browser sends them, kept as typed: forms, queries and ids in addresses.
//!
//! Reading into a struct fails on a blank number or a repeated name and loses what was typed; a list of pairs
//! always works.

use std::{
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::{Path, Payload, Url},
};

use crate::error::AppError;

/// Pairs that are read at most; no form of ours has nearly as many, and each name is looked for among all of them.
const MOST: usize = 5_000;

/// Pairs in the order in which they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads `a=1&b=2`, the first `MOST` pairs.
    pub fn parse(encoded: &[u8]) -> Self {
        // Postgres keeps no NUL, and nobody types one.
        let plain = |text: std::borrow::Cow<str>| text.replace('\0', "");
        Self(form_urlencoded::parse(encoded).take(MOST).map(|(name, value)| (plain(name), plain(value))).collect())
    }

    /// The first value of that name, without surrounding space; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value of that name exactly as sent: for passwords and texts.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of that name: boxes that were ticked.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value as a `T`, if there is one that can be read as such.
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

    /// The same pairs and another one, whether or not the name is there.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same pairs but for these names.
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| !names.contains(&key.as_str())).cloned().collect())
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

/// The body of a POST. It exists only where the guard has checked the form's token.
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
        ready(request.extensions_mut().remove::<Self>().ok_or(AppError::BadRequest("This address takes a form.")))
    }
}

/// The part of an address after `?`.
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

/// An id in the address. One that cannot be read is an address with nothing there.
pub trait PathId: FromStr + Sized {
    /// The name of the address's part, as in `{profile}`.
    const PART: &str;

    /// Reads it from the parts of an address.
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
