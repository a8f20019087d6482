//! The forms of the catalogue of tags.

use super::{Colour, Tag, store::Definition};
use crate::web::{
    Field, FormData,
    form::{Choice, Choices, Control, Problems},
};

/// Longest description, in characters.
const LONGEST: usize = 300;

/// Form of a new or existing tag: typed text and problems.
#[derive(Clone, Debug)]
pub struct TagForm {
    /// Name; an existing tag is renamed by a form of its own.
    pub name: Field,
    /// Colour of the label.
    pub colour: Choices,
    /// Description.
    pub description: Field,
    /// A tag that differs from the typed one only in case, and the typed one.
    pub twin: Option<(String, String)>,
    /// Problems, listed on top of the form.
    pub problems: Problems,
}

impl TagForm {
    /// A form with these values.
    pub fn new(name: &str, colour: Colour, description: &str, problems: Problems) -> Self {
        let found = &problems.0;
        let choice = |it: Colour| Choice { value: it.as_str(), label: it.label(), hint: "", is_on: it == colour };
        Self {
            name: tag_field("name", "Tag").required().value(name).problem(found),
            colour: Choices::one("colour", "Colour", Colour::ALL.map(choice).to_vec()).swatches().problem(found),
            description: Field::new("description", "Description", Control::Text)
                .value(description)
                .limit(LONGEST)
                .hint("What the tag means, for your colleagues.")
                .problem(found),
            twin: None,
            problems,
        }
    }

    /// An empty form.
    pub fn blank() -> Self {
        Self::new("", Colour::default(), "", Problems::default())
    }

    /// The form as it was typed.
    pub fn typed(sent: &FormData) -> Self {
        let colour = sent.parsed("colour").unwrap_or_default();
        Self::new(sent.raw("name"), colour, sent.raw("description"), Problems::default())
    }

    /// The form of an existing tag.
    pub fn of(known: &Definition) -> Self {
        Self::new(&known.name, known.colour, &known.description, Problems::default())
    }

    /// Parses a new tag; on a problem the form comes back as typed.
    pub fn parse(sent: &FormData) -> Result<Definition, Box<Self>> {
        Self::read(sent, confirmed(sent).unwrap_or_else(|| sent.raw("name")))
    }

    /// Parses an existing tag; on a problem the form comes back as typed.
    pub fn parse_for(tag: &Tag, sent: &FormData) -> Result<Definition, Box<Self>> {
        Self::read(sent, tag.as_str())
    }

    fn read(sent: &FormData, name: &str) -> Result<Definition, Box<Self>> {
        let (colour, description) = (sent.parsed("colour").unwrap_or_default(), sent.get("description"));
        let mut problems = Problems::default();
        let tag = Tag::typed(name).map_err(|message| problems.add("name", message)).ok();
        match description.chars().count() {
            n if n > LONGEST => {
                problems.add(
                    "description",
                    format!("A description can have at most {LONGEST} characters. This one has {n}."),
                );
            }
            _ if description.chars().any(char::is_control) => {
                problems.add("description", "Write the description on one line.");
            }
            _ => {}
        }
        match tag {
            Some(tag) if problems.is_empty() => {
                Ok(Definition { name: tag.as_str().to_owned(), colour, description: description.to_owned() })
            }
            _ => Err(Box::new(Self::new(name, colour, sent.raw("description"), problems))),
        }
    }

    /// The form as typed, which asks whether the tag `twin` is meant.
    pub fn is_like(sent: &FormData, typed: &str, twin: String) -> Self {
        let mut problems = Problems::default();
        problems.add("name", format!("The tag {twin} already exists. Use it, or create {typed} as a separate tag."));
        let colour = sent.parsed("colour").unwrap_or_default();
        let form = Self::new(typed, colour, sent.raw("description"), problems);
        Self { twin: Some((twin, typed.to_owned())), ..form }
    }

    /// The form as typed, because the name is taken.
    pub fn is_taken(sent: &FormData) -> Self {
        let mut problems = Problems::default();
        problems.add("name", "This tag already exists.");
        Self::new(sent.raw("name"), sent.parsed("colour").unwrap_or_default(), sent.raw("description"), problems)
    }
}

/// The tag that somebody wants although one exists that differs only in case.
pub fn confirmed(sent: &FormData) -> Option<&str> {
    Some(sent.get("separate")).filter(|tag| !tag.is_empty())
}

pub fn tag_field(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, Control::Text).limit(40).hint("1 to 20 letters (a–z), digits, hyphens and underscores.")
}

/// The form that replaces a tag on all profiles that have it.
#[derive(Clone, Debug)]
pub struct OtherForm {
    /// Name of the other tag.
    pub field: Field,
    /// Problems, listed on top of the form.
    pub problems: Problems,
}

impl OtherForm {
    /// The form with the typed text and its problem.
    pub fn new(field: Field, typed: &str, problem: Option<String>) -> Self {
        let mut problems = Problems::default();
        if let Some(message) = problem {
            problems.add("to", message);
        }
        Self { field: field.value(typed).problem(&problems.0), problems }
    }
}
