//! Which people and columns a file has, and its format.

use super::columns::{FileColumns, Fixed};
use crate::{
    attributes::Definition,
    auth::{Permission, Role},
    profiles::Columns,
    web::{file::Format, form::Problems, pairs::Pairs},
};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ExportForm {
    /// The filter, as typed.
    pub typed: String,
    pub format: Format,
    pub columns: FileColumns,
    /// Attributes that can be chosen, each with whether it is.
    pub offered: Vec<(Definition, bool)>,
    pub problems: Problems,
}

/// Whether the role may take values of sensitive attributes: those who may look at one.
fn sees_sensitive(role: Role) -> bool {
    role.can(Permission::EditProfiles)
}

impl ExportForm {
    /// The columns of the list, if it was given some; else everything. Sensitive values are taken only where somebody asks for them.
    pub fn usual(query: &Pairs, known: Vec<Definition>, role: Role) -> Self {
        let shown = Columns::read(query.get("columns"));
        let is_shown =
            |name: &str| shown.as_ref().is_none_or(|shown| shown.iter().any(|it| it.attribute() == Some(name)));
        let tick = |it: Definition| (!it.is_sensitive && is_shown(&it.name), it);
        let offered: Vec<_> = offered(known, role).map(tick).map(|(is_on, it)| (it, is_on)).collect();
        let fixed = Fixed::ALL.into_iter().filter(|column| shown.as_ref().is_none_or(|shown| column.is_in(shown)));
        let columns = FileColumns { fixed: fixed.collect(), attributes: chosen(&offered) };
        let typed = query.get("q").to_owned();
        Self { typed, format: Format::Csv, columns, offered, problems: Problems::default() }
    }

    /// The form as it was sent. A name that is not offered is left out.
    pub fn sent(sent: &Pairs, known: Vec<Definition>, role: Role) -> Self {
        let ticked: Vec<&str> = sent.all("attribute").collect();
        let offered: Vec<_> = offered(known, role)
            .map(|it| (ticked.contains(&it.name.as_str()), it))
            .map(|(is_on, it)| (it, is_on))
            .collect();
        let mut fixed: Vec<Fixed> = sent.all("column").filter_map(Fixed::from_stored).collect();
        fixed.sort_unstable();
        fixed.dedup();
        let columns = FileColumns { fixed, attributes: chosen(&offered) };
        let mut problems = Problems::default();
        if columns.fixed.is_empty() && columns.attributes.is_empty() {
            problems.add("columns", "Choose at least one column.");
        }
        let typed = sent.get("q").to_owned();
        Self { typed, format: sent.parsed("format").unwrap_or(Format::Csv), columns, offered, problems }
    }

    /// Sensitive attributes of which the file has values.
    pub fn sensitive(&self) -> Vec<&str> {
        let on = self.offered.iter().filter(|(it, is_on)| *is_on && it.is_sensitive);
        on.map(|(it, _)| it.name.as_str()).collect()
    }
}

fn offered(known: Vec<Definition>, role: Role) -> impl Iterator<Item = Definition> {
    known.into_iter().filter(move |it| it.retired_at.is_none() && (!it.is_sensitive || sees_sensitive(role)))
}

fn chosen(offered: &[(Definition, bool)]) -> Vec<String> {
    offered.iter().filter(|(_, is_on)| *is_on).map(|(it, _)| it.name.clone()).collect()
}
