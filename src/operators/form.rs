//! The form of an invitation.

use crate::{
    account::check_email,
    auth::{OperatorName, Role},
    web::{
        Field, FormData,
        form::{Choice, Choices, Control, Problems},
    },
};

/// Form of an invitation: typed text and problems.
#[derive(Clone, Debug)]
pub struct InviteForm {
    pub name: Field,
    pub email: Field,
    pub role: Choices,
    pub problems: Problems,
}

/// Who is invited, checked.
pub struct Invited {
    pub name: OperatorName,
    pub email: String,
    pub role: Role,
}

impl InviteForm {
    /// The empty form. The role with the fewest permissions is chosen.
    pub fn blank() -> Self {
        Self::new("", "", Some(Role::Marketer), Problems::default())
    }

    /// The form as it was typed.
    pub fn typed(sent: &FormData) -> Self {
        Self::new(sent.raw("name"), sent.raw("email"), sent.parsed("role"), Problems::default())
    }

    fn new(name: &str, email: &str, role: Option<Role>, problems: Problems) -> Self {
        let found = &problems.0;
        Self {
            name: Field::new("name", "Name", Control::Text)
                .required()
                .value(name)
                .limit(OperatorName::LONGEST)
                .problem(found),
            email: Field::new("email", "Email", Control::Email)
                .required()
                .value(email)
                .limit(254)
                .hint("They sign in with this email.")
                .problem(found),
            role: roles(role).problem(found),
            problems,
        }
    }

    /// Parses the form; on a problem it comes back as typed.
    pub fn parse(sent: &FormData) -> Result<Invited, Box<Self>> {
        let mut problems = Problems::default();
        let name = OperatorName::new(sent.raw("name")).map_err(|rule| problems.add("name", rule)).ok();
        if let Err(rule) = check_email(sent.get("email")) {
            problems.add("email", rule);
        }
        let role: Option<Role> = sent.parsed("role");
        if role.is_none() {
            problems.add("role", "Choose a role.");
        }
        match (name, role) {
            (Some(name), Some(role)) if problems.is_empty() => {
                Ok(Invited { name, email: sent.get("email").to_lowercase(), role })
            }
            _ => Err(Box::new(Self::new(sent.raw("name"), sent.raw("email"), role, problems))),
        }
    }

    /// The form as it was typed, with a problem of the email.
    pub fn refused(sent: &FormData, message: &str) -> Self {
        let mut problems = Problems::default();
        problems.add("email", message);
        Self::new(sent.raw("name"), sent.raw("email"), sent.parsed("role"), problems)
    }
}

/// The roles to choose from.
pub fn roles(chosen: Option<Role>) -> Choices {
    let choice = |role: Role| Choice {
        value: role.name(),
        label: role.label(),
        hint: role.about(),
        is_on: chosen == Some(role),
    };
    Choices::one("role", "Role", Role::ALL.map(choice).to_vec())
}
