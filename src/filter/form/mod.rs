//! A filter as rows and groups of rows: what the page that builds filters shows, and what its fields say.
//!
//! The fields of a row are called by its place: `r0.kind` is in the first row, `r1-0.value` in the first row of the group that is second.

mod asked;
mod line;
mod values;

use std::collections::BTreeMap;

pub use line::{Kind, Line};
pub use values::{Fields, Op, When};

use self::{asked::Asked, values::FIELDS};
use super::{ast::Filter, parse::parse};
use crate::{
    web::{form::Problems, pairs::Pairs},
    words::words,
};

/// Path of the outermost group.
pub const ROOT: &str = "r";
/// Deepest nesting that is read, a little more than the language allows.
const DEEPEST: usize = 20;
/// Most rows of a group, and most conditions on properties, that are read.
const MOST: usize = 120;

/// A group of rows, of which all or any must be true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub is_any: bool,
    /// Whether it selects everybody else.
    pub is_not: bool,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Line(Line),
    Group(Group),
}

words! {
    /// What must be true of the rows of a group.
    #[derive(Default)]
    pub enum Matches {
        #[default]
        All = "all", "all of these";
        Any = "any", "any of these";
        NotAll = "not-all", "not all of these";
        Nothing = "none", "none of these";
    }
}

impl Matches {
    /// Whether any is enough, and whether it is the opposite.
    fn parts(self) -> (bool, bool) {
        (matches!(self, Self::Any | Self::Nothing), matches!(self, Self::NotAll | Self::Nothing))
    }
}

/// A filter, and the row of each of its conditions.
#[derive(Clone, Debug, Default)]
pub struct Built {
    pub filter: Filter,
    /// Paths of rows, in the order of [`Filter::conditions`].
    pub paths: Vec<String>,
}

/// Whether a field belongs to the form.
pub fn is_field(name: &str) -> bool {
    let rest = name.strip_prefix(ROOT).unwrap_or_default();
    rest.starts_with(|first: char| first == '.' || first.is_ascii_digit())
}

/// Path of a row in a group.
pub fn inside(path: &str, place: usize) -> String {
    if path == ROOT { format!("{path}{place}") } else { format!("{path}-{place}") }
}

impl Group {
    /// The rows of a filter.
    pub fn of(filter: &Filter) -> Self {
        let (is_any, filters) = match filter {
            Filter::All(filters) => (false, filters.as_slice()),
            Filter::Any(filters) => (true, filters.as_slice()),
            one => (false, std::slice::from_ref(one)),
        };
        Self { is_any, is_not: false, rows: filters.iter().map(Row::of).collect() }
    }

    /// What must be true of the rows.
    pub fn matches(&self) -> Matches {
        let parts = (self.is_any, self.is_not);
        Matches::ALL.into_iter().find(|matches| matches.parts() == parts).unwrap_or_default()
    }

    /// The rows of a text; one row with the text as it is, if it is no filter.
    pub fn of_text(typed: &str) -> Self {
        match parse(typed) {
            Ok(parsed) if parsed.filter.is_everybody() => Self::with(Line::default()),
            Ok(parsed) => Self::of(&parsed.filter),
            Err(_) => Self::with(Line::text(typed)),
        }
    }

    fn with(line: Line) -> Self {
        Self { rows: vec![Row::Line(line)], ..Self::default() }
    }

    /// Reads the fields of the form; `None` if it was not sent.
    pub fn read(sent: &Pairs) -> Option<Self> {
        let fields: BTreeMap<&str, &str> = sent.iter().collect();
        fields.contains_key("r.join").then(|| Self::read_at(&fields, ROOT, 0))
    }

    fn read_at(fields: &BTreeMap<&str, &str>, path: &str, depth: usize) -> Self {
        let get = |name: &str| fields.get(format!("{path}.{name}").as_str()).copied();
        let row = |place: usize| {
            let path = inside(path, place);
            if fields.contains_key(format!("{path}.kind").as_str()) {
                return Some(Row::Line(Line::read(fields, &path)));
            }
            let is_group = depth < DEEPEST && fields.contains_key(format!("{path}.join").as_str());
            is_group.then(|| Row::Group(Self::read_at(fields, &path, depth + 1)))
        };
        let matches: Matches = get("join").and_then(|word| word.parse().ok()).unwrap_or_default();
        let (is_any, is_not) = matches.parts();
        Self { is_any, is_not, rows: (0..MOST).map_while(row).collect() }
    }

    /// The filter that the rows say.
    ///
    /// # Errors
    /// What is missing or wrong, at its fields.
    pub fn build(&self) -> Result<Built, Problems> {
        let (mut paths, mut problems) = (Vec::new(), Problems::default());
        let filter = self.filter(ROOT, &mut paths, &mut problems);
        if problems.is_empty() { Ok(Built { filter: filter.unwrap_or_default(), paths }) } else { Err(problems) }
    }

    fn filter(&self, path: &str, paths: &mut Vec<String>, problems: &mut Problems) -> Option<Filter> {
        let mut said = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            let path = inside(path, place);
            said.extend(match row {
                Row::Group(group) => group.filter(&path, paths, problems),
                Row::Line(line) => {
                    let filter = line.filter(&mut Asked { path: path.clone(), fields: &line.fields, problems });
                    let conditions = filter.as_ref().map_or(0, |filter| filter.conditions().len());
                    paths.extend(std::iter::repeat_n(path, conditions));
                    filter
                }
            });
        }
        // Rows in which nothing was chosen yet are left out; a group without rows means everybody.
        if said.is_empty() && !self.rows.is_empty() {
            return None;
        }
        let filter = if self.is_any { Filter::any(said) } else { Filter::all(said) };
        Some(if self.is_not { filter.negated() } else { filter })
    }

    /// Does what a button says: `add r0`, `group r`, `remove r0-1`, `with r2`, `without r2 0`. Returns the path of what is new.
    pub fn edit(&mut self, button: &str) -> Option<String> {
        let mut words = button.split(' ');
        let (what, path, which) = (words.next()?, words.next()?, words.next());
        let mut places: Vec<usize> =
            path.strip_prefix(ROOT)?.split('-').filter_map(|place| place.parse().ok()).collect();
        let new = |group: &mut Self, row| {
            group.rows.push(row);
            inside(path, group.rows.len() - 1)
        };
        if what == "add" || what == "group" {
            let group = self.group_at(&places)?;
            let line = Row::Line(Line::default());
            return Some(if what == "add" {
                new(group, line)
            } else {
                // Beside all the rows of one group, one asks for the other kind.
                let is_any = !group.is_any;
                inside(&new(group, Row::Group(Self { is_any, is_not: false, rows: vec![line] })), 0)
            });
        }
        let last = places.pop()?;
        let rows = &mut self.group_at(&places)?.rows;
        match (what, rows.get_mut(last)?) {
            ("remove", _) => {
                rows.remove(last);
            }
            ("with", Row::Line(line)) => {
                line.with.push(Fields::default());
                return Some(format!("{path}.with{}", line.with.len() - 1));
            }
            ("without", Row::Line(line)) => {
                let which = which?.parse().ok().filter(|which| *which < line.with.len())?;
                line.with.remove(which);
            }
            _ => {}
        }
        None
    }

    fn group_at(&mut self, places: &[usize]) -> Option<&mut Self> {
        places.iter().try_fold(self, |group, place| match group.rows.get_mut(*place)? {
            Row::Group(inside) => Some(inside),
            Row::Line(_) => None,
        })
    }
}

impl Row {
    fn of(filter: &Filter) -> Self {
        match filter {
            Filter::Is(condition) => Self::Line(Line::of(condition, false)),
            Filter::Not(inside) => match inside.as_ref() {
                Filter::Is(condition) => Self::Line(Line::of(condition, true)),
                group => Self::Group(Group { is_not: true, ..Group::of(group) }),
            },
            group => Self::Group(Group::of(group)),
        }
    }
}

impl Line {
    fn read(fields: &BTreeMap<&str, &str>, path: &str) -> Self {
        let get = |name: &str| fields.get(format!("{path}.{name}").as_str()).copied();
        let of = |prefix: String| {
            let typed = |field: &&'static str| Some((*field, *fields.get(format!("{prefix}.{field}").as_str())?));
            FIELDS.iter().filter_map(typed).fold(Fields::default(), |all, (field, text)| all.with(field, text))
        };
        let has = |place: &usize| fields.contains_key(format!("{path}.with{place}.property").as_str());
        Self {
            kind: get("kind").and_then(Kind::from_stored),
            is_not: get("not") == Some("yes"),
            fields: of(path.to_owned()),
            with: (0..MOST).take_while(has).map(|place| of(format!("{path}.with{place}"))).collect(),
        }
    }
}
