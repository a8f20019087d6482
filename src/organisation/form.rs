//! Forms of the organisation: raw input to typed commands.

use crate::{
    web::{
        Field, FormData,
        form::{Choice, Choices, Control, Problems},
    },
    workspaces::{
        Accent, NewWorkspace, Slug, WorkspaceName,
        groups::{Group, MatchedBy},
    },
};

/// Form of a new workspace: typed text and problems.
pub struct WorkspaceForm {
    pub name: Field,
    pub slug: Field,
    pub accent: Choices,
    pub problems: Problems,
}

impl WorkspaceForm {
    /// The form as it was sent, or an empty one, with its problems.
    pub fn new(sent: &FormData, problems: Problems) -> Self {
        let found = &problems.0;
        let chosen: Accent = sent.parsed("accent").unwrap_or_default();
        let choice = |accent: Accent| Choice {
            value: accent.as_str(),
            label: accent.label(),
            hint: "",
            is_on: accent == chosen,
        };
        Self {
            name: name_field(sent.raw("name"), &problems).hint("A company or a brand, as your colleagues call it."),
            slug: Field::new("slug", "Short name in links", Control::Text)
                .value(sent.raw("slug"))
                .limit(Slug::LONGEST)
                .hint("Lower-case letters, digits and hyphens, such as acme-shop. Leave empty to make it from the name. It cannot be changed later.")
                .problem(found),
            accent: Choices::one("accent", "Colour", Accent::ALL.map(choice).to_vec()).problem(found),
            problems,
        }
    }

    /// Parses the form.
    ///
    /// # Errors
    /// A field is wrong: the form comes back as it was typed.
    pub fn parse(sent: &FormData) -> Result<NewWorkspace, Box<Self>> {
        let mut problems = Problems::default();
        let name = parse_name(sent, &mut problems);
        let slug = match sent.get("slug") {
            "" => None,
            typed => typed.parse().map_err(|rule: &str| problems.add("slug", rule)).ok(),
        };
        let accent = sent.parsed("accent");
        if accent.is_none() {
            problems.add("accent", "Choose one of the colours.");
        }
        match (name, accent) {
            (Some(name), Some(accent)) if problems.is_empty() => Ok(NewWorkspace { name, slug, accent }),
            _ => Err(Box::new(Self::new(sent, problems))),
        }
    }

    /// The form as it was typed, with a problem of one field.
    pub fn refused(sent: &FormData, field: &'static str, message: &str) -> Self {
        Self::new(sent, problem(field, message))
    }
}

/// Form of a group: typed text and problems.
#[derive(Clone)]
pub struct GroupForm {
    pub name: Field,
    pub matched_by: Choices,
    pub problems: Problems,
}

impl GroupForm {
    /// The form as it was sent, or an empty one, with its problems.
    pub fn typed(sent: &FormData, problems: Problems) -> Self {
        Self::new(sent.raw("name"), sent.parsed("matched_by"), problems)
    }

    /// The form with what holds.
    pub fn stored(group: &Group) -> Self {
        Self::new(&group.name, Some(group.matched_by), Problems::default())
    }

    fn new(name: &str, matched_by: Option<MatchedBy>, problems: Problems) -> Self {
        let choice =
            |by: MatchedBy, hint| Choice { value: by.as_str(), label: by.label(), hint, is_on: matched_by == Some(by) };
        let all = vec![
            choice(MatchedBy::Email, "The email address that messages go to."),
            choice(MatchedBy::Id, "The ID that your systems give: it must be the same in all workspaces of the group."),
        ];
        Self {
            name: name_field(name, &problems),
            matched_by: Choices::one("matched_by", "Two profiles are the same person if they have the same", all)
                .problem(&problems.0),
            problems,
        }
    }

    /// Parses the form.
    ///
    /// # Errors
    /// A field is wrong: the form comes back as it was typed.
    pub fn parse(sent: &FormData) -> Result<(WorkspaceName, MatchedBy), Box<Self>> {
        let mut problems = Problems::default();
        let name = parse_name(sent, &mut problems);
        let matched_by = sent.parsed("matched_by");
        if matched_by.is_none() {
            problems.add("matched_by", "Choose how people are matched.");
        }
        name.zip(matched_by).ok_or_else(|| Box::new(Self::typed(sent, problems)))
    }

    /// The form as it was typed, with a problem of one field.
    pub fn refused(sent: &FormData, field: &'static str, message: &str) -> Self {
        Self::typed(sent, problem(field, message))
    }
}

/// Form by which somebody becomes an organisation admin.
pub struct AdminForm {
    pub email: Field,
    pub problems: Problems,
}

impl AdminForm {
    /// The form as it was typed, with what was wrong.
    pub fn new(email: &str, problems: Problems) -> Self {
        let field = Field::new("email", "Email", Control::Email).required().value(email).limit(254);
        let hint = "The email that they sign in with. They need an account: invite them to a workspace first.";
        Self { email: field.hint(hint).problem(&problems.0), problems }
    }

    /// The form as it was typed, with a problem.
    pub fn refused(email: &str, message: &str) -> Self {
        Self::new(email, problem("email", message))
    }
}

fn name_field(typed: &str, problems: &Problems) -> Field {
    Field::new("name", "Name", Control::Text).required().value(typed).limit(WorkspaceName::LONGEST).problem(&problems.0)
}

fn parse_name(sent: &FormData, problems: &mut Problems) -> Option<WorkspaceName> {
    sent.raw("name").parse().map_err(|rule: &str| problems.add("name", rule)).ok()
}

fn problem(field: &'static str, message: &str) -> Problems {
    let mut problems = Problems::default();
    problems.add(field, message);
    problems
}
