//! The filter above the list: a chip for each part, links that add a condition, and where a text is no filter.

use std::collections::BTreeMap;

use askama::{Template, filters::HtmlSafe};
use diesel::{PgConnection, QueryResult};

use crate::{
    attributes::{self, AttributeName, Definition},
    db::ids::EnvironmentId,
    filter::{self, Filter, FilterError, ast::Condition},
    views::Ready,
    web::{Icon, pager, pairs::Pairs},
};

/// The filter of a list, if what was typed is one.
#[derive(Template)]
#[template(path = "profiles/_filter.html")]
pub struct ListFilter {
    /// Path of the list.
    path: String,
    /// Its query, from the first page on.
    query: Pairs,
    /// `None`: the text is no filter.
    filter: Option<Filter>,
    chips: Vec<Chip>,
}

impl HtmlSafe for ListFilter {}

/// A part of the filter.
struct Chip {
    words: String,
    /// Address of the list without it.
    address: String,
}

impl ListFilter {
    /// Reads the filter of a list's query; its attributes are called as in `known`, or else as one SQL statement says.
    pub fn read<'a>(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        path: String,
        query: &Pairs,
        known: impl Iterator<Item = &'a Definition>,
    ) -> QueryResult<Self> {
        let (query, filter) = (
            pager::from_start(query).without(&["open"]),
            filter::parse(query.get("q")).ok().map(|parsed| parsed.filter),
        );
        let labels = labels(conn, environment, filter.as_ref(), known)?;
        let label = |name: &str| labels.get(name).cloned().unwrap_or_else(|| AttributeName::humanise(name));
        let parts = filter.as_ref().map(Filter::parts).unwrap_or_default();
        let chip = |(place, part): (usize, &Filter)| {
            let rest = filter.as_ref().map(|filter| filter.without(place).to_string()).unwrap_or_default();
            Chip { words: part.words(&label), address: asking(&query, &rest, &path) }
        };
        let chips = parts.iter().enumerate().map(chip).collect();
        Ok(Self { path, query, filter, chips })
    }

    /// Address of the list with a condition added; the filter starts anew where the text is none.
    pub fn and(&self, condition: Filter) -> String {
        let filter = self.filter.clone().unwrap_or_default().and(condition);
        asking(&self.query, &filter.to_string(), &self.path)
    }

    /// Address of the list of those who have a tag as well.
    pub fn with_tag(&self, tag: &str) -> String {
        self.and(Filter::tagged(tag))
    }

    /// Address of the page that builds the filter.
    pub fn builder(&self) -> String {
        self.query.address(&format!("{}/filter", self.path))
    }
}

/// Address of the list with a filter. Without any parameter, the list would open with the reader's own view.
pub fn asking(query: &Pairs, filter: &str, path: &str) -> String {
    let asked = query.with("q", filter);
    let is_bare = asked.names().next().is_none();
    if is_bare { Ready::Everyone.query().address(path) } else { asked.address(path) }
}

fn labels<'a>(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    filter: Option<&Filter>,
    known: impl Iterator<Item = &'a Definition>,
) -> QueryResult<BTreeMap<String, String>> {
    let mut labels: BTreeMap<String, String> = known.map(|known| (known.name.clone(), known.label())).collect();
    let conditions = filter.map(Filter::conditions).unwrap_or_default();
    let named = conditions.iter().filter_map(|it| match it {
        Condition::Attribute { name, .. } if !labels.contains_key(name) => Some(name.as_str()),
        _ => None,
    });
    let unknown: Vec<&str> = named.collect();
    if !unknown.is_empty() {
        let more = attributes::definitions(conn, environment, &unknown)?;
        labels.extend(more.into_iter().map(|(name, known)| (name, known.label())));
    }
    Ok(labels)
}

/// A text that is no filter, with the faulty place apart.
pub struct Marked<'a> {
    pub before: &'a str,
    pub marked: &'a str,
    pub after: &'a str,
}

/// Where a text is wrong; at its end the place is shown by a sign.
pub fn marked<'a>(error: &FilterError, typed: &'a str) -> Marked<'a> {
    let start = error.at.start.min(typed.len());
    let next = typed.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let end = if error.at.is_empty() { start + next } else { error.at.end };
    match (typed.get(..start), typed.get(start..end), typed.get(end..)) {
        (Some(before), Some(marked), Some(after)) => {
            Marked { before, marked: if marked.is_empty() { "…" } else { marked }, after }
        }
        _ => Marked { before: typed, marked: "…", after: "" },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faulty_place_is_apart() {
        let apart = |typed: &'static str| {
            let error = filter::parse(typed).expect_err(typed);
            let Marked { before, marked, after } = marked(&error, typed);
            [before, marked, after]
        };
        assert_eq!(apart("é status:enabld"), ["é status:", "enabld", ""]);
        assert_eq!(apart("plan:"), ["plan:", "…", ""]);
        assert_eq!(apart("a b)"), ["a b", ")", ""]);
    }
}
