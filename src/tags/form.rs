use super::{Colour, Tag, store::Definition};
use crate::web::{
    Field, FormData,
    form::{Choice, Choices, Control, Problems},
};

/// Longest description, in characters.
const LONGEST: usize = 300;

/// A tag of the catalogue being made or changed: what was typed and what is wrong with it.
#[derive(Clone, Debug)]
pub struct TagForm {
    /// Its name; a tag that is there is renamed elsewhere.
    pub name: Field,
    /// The colour of its label.
    pub colour: Choices,
    /// What it means.
    pub description: Field,
    /// On top of the form.
    pub problems: Problems,
}

impl TagForm {
    /// The form with these values in it.
    pub fn new(name: &str, colour: Colour, description: &str, problems: Problems) -> Self {
        let found = &problems.0;
        let choice = |it: Colour| Choice { value: it.as_str(), label: it.label(), hint: "", is_on: it == colour };
        Self {
            name: tag_field("name", "Tag").value(name).problem(found),
            colour: Choices::one("colour", "Colour of its label", Colour::ALL.map(choice).to_vec()).problem(found),
            description: Field::new("description", "Description", Control::Text)
                .value(description)
                .limit(LONGEST)
                .hint("What it means, for colleagues who come across it.")
                .problem(found),
            problems,
        }
    }

    /// Nothing in it.
    pub fn blank() -> Self {
        Self::new("", Colour::default(), "", Problems::default())
    }

    /// What a tag has now.
    pub fn of(known: &Definition) -> Self {
        Self::new(&known.name, known.colour, &known.description, Problems::default())
    }

    /// Reads what was sent for a new tag.
    pub fn parse(sent: &FormData) -> Result<Definition, Box<Self>> {
        Self::read(sent, sent.raw("name"))
    }

    /// Reads what was sent for a tag that is there.
    pub fn parse_for(tag: &Tag, sent: &FormData) -> Result<Definition, Box<Self>> {
        Self::read(sent, tag.as_str())
    }

    fn read(sent: &FormData, name: &str) -> Result<Definition, Box<Self>> {
        let (colour, description) = (sent.parsed("colour").unwrap_or_default(), sent.get("description"));
        let mut problems = Problems::default();
        let tag = Tag::typed(name).map_err(|message| problems.add("name", message)).ok();
        match description.chars().count() {
            n if n > LONGEST => {
                problems
                    .add("description", format!("A description has at most {LONGEST} characters; this one has {n}."));
            }
            _ if description.chars().any(char::is_control) => {
                problems.add("description", "A description is one line of text.");
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

    /// The same with one more problem, found by the database.
    pub fn is_taken(sent: &FormData) -> Self {
        let mut problems = Problems::default();
        problems.add("name", "There is a tag of that name already.");
        Self::new(sent.raw("name"), sent.parsed("colour").unwrap_or_default(), sent.raw("description"), problems)
    }
}

/// A field for a tag.
pub fn tag_field(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, Control::Text)
        .limit(40)
        .hint("1 to 20 letters from a to z, digits, hyphens or underscores.")
}

/// The one field of a page that changes everybody who has a tag.
#[derive(Clone, Debug)]
pub struct OtherForm {
    /// The other tag.
    pub field: Field,
    /// On top of the form.
    pub problems: Problems,
}

impl OtherForm {
    /// With what was typed and what is wrong with that.
    pub fn new(field: Field, typed: &str, problem: Option<String>) -> Self {
        let mut problems = Problems::default();
        if let Some(message) = problem {
            problems.add("to", message);
        }
        Self { field: field.value(typed).problem(&problems.0), problems }
    }
}
