//! The form of a view: its name, and who has it.

use super::{View, ViewName};
use crate::{
    auth::Role,
    profiles::ListState,
    web::{
        Field, FormData,
        form::{Choice, Choices, Control, Problems},
        pairs::Pairs,
    },
};

/// Whether a role may change a view that its operator sees.
pub fn may_change(role: Role, view: &View) -> bool {
    if view.is_shared() { role.can_share_views() } else { role.can_save_views() }
}

/// Longest filter and longest choice of columns that a view keeps, in characters.
const LONGEST_FILTER: usize = 1000;
const LONGEST_COLUMNS: usize = 4000;

/// A view as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    pub name: ViewName,
    /// Whether everybody in the workspace is to have it.
    pub is_shared: bool,
    pub state: ListState,
}

/// The form of a view, with its problems.
#[derive(Clone, Debug)]
pub struct ViewForm {
    pub name: Field,
    /// Who has it, for those who may share it.
    pub audience: Option<Choices>,
    /// Version that the form is based on; 0 for a new view.
    pub version: i32,
    /// The list that a new view keeps.
    pub state: ListState,
    /// Whether the list is to open with it.
    pub opens: bool,
    pub problems: Problems,
}

impl ViewForm {
    /// The form as it was typed.
    pub fn typed(sent: &Pairs, role: Role, problems: Problems) -> Self {
        let choice =
            |value, label, hint| Choice { value, label, hint, is_on: (sent.get("for") == "all") == (value == "all") };
        let audience = || {
            let options = vec![
                choice("me", "Only you", ""),
                choice("all", "Everybody in the workspace", "Admins change and delete it."),
            ];
            Choices::one("for", "Who has this view", options)
        };
        Self {
            name: Field::new("name", "Name", Control::Text)
                .required()
                .limit(ViewName::LONGEST)
                .value(sent.raw("name"))
                .hint("For example: Pro, not seen for 30 days")
                .problem(&problems.0),
            audience: role.can_share_views().then(audience),
            version: sent.parsed("version").unwrap_or(0),
            state: ListState::read(sent),
            opens: sent.get("opens") == "yes",
            problems,
        }
    }

    /// The form of a view.
    pub fn of(view: &View, role: Role) -> Self {
        let sent = Pairs::default()
            .with("name", &view.name)
            .with("for", if view.is_shared() { "all" } else { "me" })
            .with("version", &view.version.to_string());
        Self::typed(&sent, role, Problems::default())
    }

    /// Reads the form.
    ///
    /// # Errors
    /// The form as it was typed, with its problems.
    pub fn parse(sent: &FormData, role: Role) -> Result<Typed, Box<Self>> {
        let (mut problems, state) = (Problems::default(), ListState::read(sent));
        let name = ViewName::typed(sent.raw("name")).map_err(|rule| problems.add("name", rule));
        if state.typed.chars().count() > LONGEST_FILTER {
            problems.add("name", "The search is longer than 1,000 characters, which is the limit. Shorten it first.");
        }
        if state.columns.as_ref().is_some_and(|columns| columns.to_string().chars().count() > LONGEST_COLUMNS) {
            problems.add("name", "The names of the columns are too long to be saved. Remove one first.");
        }
        match name {
            Ok(name) if problems.is_empty() => Ok(Typed { name, is_shared: sent.get("for") == "all", state }),
            _ => Err(Box::new(Self::typed(sent, role, problems))),
        }
    }

    /// The form as it was typed, with a problem of its name.
    pub fn wrong(sent: &FormData, role: Role, problem: &str) -> Self {
        let mut problems = Problems::default();
        problems.add("name", problem);
        Self::typed(sent, role, problems)
    }

    /// The same, based on the version that is stored now.
    pub fn based_on(self, version: i32) -> Self {
        Self { version, ..self }
    }
}
