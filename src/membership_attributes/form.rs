//! The form by which a segment is shared as an attribute.

use super::membership_attribute::{LONGEST_LABEL, Place, Rhythm, display_name};
use crate::{
    db::ids::EnvironmentId,
    web::{
        Field, FormData,
        form::{Choice, Choices, Control, Problems},
    },
};

/// The form of a shared segment: typed text and problems.
#[derive(Clone, Debug)]
pub struct ShareForm {
    /// Workspace that gets the attribute; the value is the slug.
    pub with: Field,
    pub label: Field,
    pub rhythm: Choices,
    pub problems: Problems,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Environment that gets the attribute.
    pub environment: EnvironmentId,
    /// Its workspace.
    pub place: Place,
    /// Display name of the attribute.
    pub label: String,
    pub rhythm: Rhythm,
}

/// Radio buttons of all rhythms.
pub fn rhythms(chosen: Rhythm) -> Choices {
    let hint = |rhythm| match rhythm {
        Rhythm::Hand => "Only when an admin synchronises it.",
        Rhythm::SixHours | Rhythm::Day => "Only people whose membership changed are updated.",
    };
    let choice = |rhythm: Rhythm| Choice {
        value: rhythm.as_str(),
        label: rhythm.label(),
        hint: hint(rhythm),
        is_on: rhythm == chosen,
    };
    Choices::one("rhythm", "How often it is synchronised", Rhythm::ALL.map(choice).to_vec())
}

impl ShareForm {
    fn new(places: &[(EnvironmentId, Place)], [with, label]: [&str; 2], rhythm: Rhythm, problems: Problems) -> Self {
        let options = places.iter().map(|(_, place)| (place.slug.clone(), place.name.clone()));
        Self {
            with: Field::new("with", "Workspace", Control::Select)
                .options(options)
                .value(with)
                .hint("Whose profiles get the attribute.")
                .problem(&problems.0),
            label: Field::new("label", "Name of the attribute", Control::Text)
                .required()
                .limit(LONGEST_LABEL)
                .value(label)
                .hint("As people see it. It can be changed later on the attribute’s page.")
                .problem(&problems.0),
            rhythm: rhythms(rhythm).problem(&problems.0),
            problems,
        }
    }

    /// The form with the name that is usual for such attributes.
    pub fn blank(places: &[(EnvironmentId, Place)], workspace: &str, segment: &str) -> Self {
        Self::new(places, ["", &display_name(workspace, segment)], Rhythm::default(), Problems::default())
    }

    /// The form as it was typed.
    pub fn typed(places: &[(EnvironmentId, Place)], sent: &FormData, problems: Problems) -> Self {
        let rhythm = sent.parsed("rhythm").unwrap_or_default();
        Self::new(places, [sent.raw("with"), sent.raw("label")], rhythm, problems)
    }

    /// Parses the form.
    ///
    /// # Errors
    /// What is wrong, at its fields.
    pub fn parse(places: &[(EnvironmentId, Place)], sent: &FormData) -> Result<Wish, Problems> {
        let mut problems = Problems::default();
        let place = places.iter().find(|(_, place)| place.slug == sent.get("with"));
        if place.is_none() {
            problems.add("with", "Choose one of these workspaces.");
        }
        let label = sent.get("label").to_owned();
        if label.is_empty() || label.chars().count() > LONGEST_LABEL {
            problems.add("label", format!("Enter a name of 1 to {LONGEST_LABEL} characters."));
        }
        let rhythm = sent.parsed("rhythm");
        if rhythm.is_none() {
            problems.add("rhythm", "Choose one.");
        }
        match (place, rhythm) {
            (Some((environment, place)), Some(rhythm)) if problems.is_empty() => {
                Ok(Wish { environment: *environment, place: place.clone(), label, rhythm })
            }
            _ => Err(problems),
        }
    }
}
