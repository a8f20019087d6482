//! Headings of the list's columns.

use diesel::PgConnection;
use serde_json::Value;

use crate::{
    attributes::{self, Definition},
    console::Request,
    error::AppError,
    filter::Filter,
    profiles::{Column, Columns, Fact, Sort},
};

/// A column of the page.
pub struct Head {
    pub column: Column,
    /// The attribute, if the column is one.
    pub known: Option<Definition>,
}

impl Head {
    /// Heading for people.
    pub fn label(&self) -> String {
        self.column.label(self.known.as_ref())
    }

    /// The order that a click on the heading asks for; `None`: there is no index for one.
    pub fn sort(&self) -> Option<Sort> {
        match self.column {
            Column::Fact(Fact::Created) => Some(Sort::Created),
            Column::Fact(Fact::Updated) => Some(Sort::Updated),
            Column::Fact(Fact::Seen) => Some(Sort::Seen),
            _ => None,
        }
    }

    /// Class of the cells: how wide they are, and on which screens there is room for them.
    pub fn class(&self) -> &'static str {
        match self.column {
            Column::Fact(Fact::Contact) => "contact",
            Column::Fact(Fact::Tags) => "tagged",
            Column::Fact(Fact::Seen) => "when seen num",
            Column::Fact(Fact::Created | Fact::Updated | Fact::FirstSeen) => "when num opt",
            _ => "opt",
        }
    }

    /// What selects all who have a value of the attribute; `None` if nobody can filter by it.
    pub fn having(&self, value: &Value) -> Option<Filter> {
        self.known.as_ref().filter(|known| !known.is_sensitive).and_then(|known| Filter::having(&known.name, value))
    }

    /// Whether its cells are times.
    pub fn is_time(&self) -> bool {
        self.class().starts_with("when")
    }

    /// Whether a narrow screen has no cell for it, and shows it below the name.
    pub fn is_folded(&self) -> bool {
        self.class().ends_with("opt")
    }

    /// Whether it is the last activity, which may be just now.
    pub fn is_seen(&self) -> bool {
        self.column == Column::Fact(Fact::Seen)
    }

    /// Whether it stands below the name where the table scrolls sideways.
    pub fn is_tags(&self) -> bool {
        self.column == Column::Fact(Fact::Tags)
    }
}

/// The columns of a list, as far as there are such, with the definitions of attributes: one SQL statement if an attribute is chosen that
/// is no usual column. Sensitive ones can be chosen by whoever may show their values.
pub fn heads(request: &Request, conn: &mut PgConnection, chosen: Option<&Columns>) -> Result<Vec<Head>, AppError> {
    let environment = request.scope().environment;
    let usual = attributes::columns(&request.state.db, conn, environment, request.now.at)?;
    let columns = chosen.cloned().unwrap_or_else(|| Columns::usual(&usual));
    let usual_name = |name: &&str| usual.iter().any(|it| it.name == **name);
    let others: Vec<&str> = columns.iter().filter_map(Column::attribute).filter(|name| !usual_name(name)).collect();
    let known =
        if others.is_empty() { Default::default() } else { attributes::definitions(conn, environment, &others)? };
    let may_see = |it: &&Definition| chosen.is_none() || !it.is_sensitive || request.scope().role.can_edit();
    let head = |column: &Column| {
        let Some(name) = column.attribute() else { return Some(Head { column: column.clone(), known: None }) };
        let found = usual.iter().find(|it| it.name == name).or_else(|| known.get(name)).filter(may_see)?;
        Some(Head { column: column.clone(), known: Some(found.clone()) })
    };
    Ok(columns.iter().filter_map(head).collect())
}
