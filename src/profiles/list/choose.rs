//! The page on which the columns of the list are chosen. Nothing is stored: the choice stands in the address.

use askama::Template;
use diesel::PgConnection;

use super::heads::{Head, heads};
use crate::{
    attributes,
    console::{Request, Shell},
    error::AppError,
    profiles::{Column, Columns, ListState, list_state::LISTED},
    web::{Answer, page, pairs::Pairs, see_other},
};

#[derive(Template)]
#[template(path = "profiles/columns.html")]
struct ChoosePage {
    shell: Shell,
    /// The list that the choice is for, with its columns.
    list: Pairs,
    heads: Vec<Head>,
    is_full: bool,
    /// Columns that can be added: those of every workspace, and attributes. Value and label.
    facts: Vec<(String, String)>,
    attributes: Vec<(String, String)>,
}

impl ChoosePage {
    /// Address of the list with these columns.
    fn show(&self) -> String {
        self.list.address(&self.shell.scope.path("profiles"))
    }

    fn path(&self) -> String {
        self.shell.scope.path("profiles/columns")
    }

    /// Address of this page with the usual columns.
    fn usual(&self) -> String {
        self.list.without(&["columns"]).address(&self.path())
    }

    /// The list as hidden fields.
    fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        LISTED.iter().map(|name| (*name, self.list.get(name))).filter(|(_, value)| !value.is_empty())
    }
}

/// The choice after the button that was pressed; `None`: none was.
fn pressed(query: &Pairs, columns: &Columns) -> Option<Columns> {
    let named = |name: &str| Columns::read(query.get(name))?.iter().next().cloned();
    let up = named("up").map(|column| columns.moved(&column, true));
    let down = || named("down").map(|column| columns.moved(&column, false));
    let removed = || named("remove").map(|column| columns.without(&column));
    let added = || named("add").map(|column| columns.and(column));
    up.or_else(down).or_else(removed).or_else(added)
}

/// Columns that a list has and those that it could have. A pressed button leads to the address of what it made.
pub fn choose(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let query = &request.query;
    let state = ListState::read(query);
    let heads = heads(request, conn, state.columns.as_ref())?;
    let columns = Columns::new(heads.iter().map(|head| head.column.clone()));
    let list = LISTED.iter().fold(Pairs::default(), |kept, name| kept.with(name, query.get(name)));
    if let Some(next) = pressed(query, &columns) {
        let path = request.scope().path("profiles/columns");
        return Ok(see_other(&list.with("columns", &next.to_string()).address(&path)));
    }
    let label = |column: &Column, label: String| (!columns.has(column)).then(|| (column.to_string(), label));
    let facts = Column::everywhere().filter_map(|column| label(&column, column.label(None))).collect();
    let can_see = request.scope().role.can_edit();
    let known = attributes::all(conn, request.scope().environment)?;
    let offered = known.iter().filter(|it| it.retired_at.is_none() && (can_see || !it.is_sensitive));
    let attributes = offered.filter_map(|it| label(&Column::Attribute(it.name.clone()), it.label())).collect();
    let (shell, is_full) = (request.shell.clone(), columns.is_full());
    Ok(page(&ChoosePage { shell, list, heads, is_full, facts, attributes }))
}
