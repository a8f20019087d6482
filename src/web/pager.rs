//! Links to the previous and the next page of a list.

use askama::{Template, filters::HtmlSafe};

use super::pairs::Pairs;
use crate::db::keyset::{Page, Seek};

/// Names of the query parameters that hold a cursor.
const AFTER: &str = "after";
const BEFORE: &str = "before";

/// Reads the cursor from a query; without one, the start of the list.
pub fn way<P: std::str::FromStr>(query: &Pairs) -> Seek<P> {
    match (query.parsed(AFTER), query.parsed(BEFORE)) {
        (Some(place), _) => Seek::After(place),
        (None, Some(place)) => Seek::Before(place),
        (None, None) => Seek::Start,
    }
}

/// The same query without a cursor.
pub fn from_start(query: &Pairs) -> Pairs {
    query.without(&[AFTER, BEFORE])
}

/// Links to the previous and the next page, if there are any.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/pager.html")]
pub struct Pager {
    previous: Option<String>,
    next: Option<String>,
    words: [&'static str; 2],
}

impl HtmlSafe for Pager {}

impl Pager {
    /// Links that ask `query` at `path` from either end of `page`; `words` are the labels for back and on.
    pub fn new<T, P: std::fmt::Display>(
        page: &Page<T>,
        path: &str,
        query: &Pairs,
        place: impl Fn(&T) -> P,
        words: [&'static str; 2],
    ) -> Self {
        let link =
            |name, row: Option<&T>| row.map(|row| from_start(query).with(name, &place(row).to_string()).address(path));
        Self {
            previous: if page.has_previous { link(BEFORE, page.rows.first()) } else { None },
            next: if page.has_next { link(AFTER, page.rows.last()) } else { None },
            words,
        }
    }
}
