//! The form of a section.

use super::{name, name_field};
use crate::{
    topics::{Catalogue, Section},
    web::{Field, FormData, form::Problems, pairs::Pairs},
};

/// Name of a section, as it was typed.
#[derive(Clone, Debug)]
pub struct SectionForm {
    pub name: Field,
    pub problems: Problems,
}

impl SectionForm {
    /// The form as it was typed, with its problems.
    pub fn typed(sent: &FormData, problems: Problems) -> Self {
        let name = name_field(sent, "A heading on the page where people choose, such as News and offers.", &problems);
        Self { name, problems }
    }

    /// The form of a section.
    pub fn of(section: &Section) -> Self {
        Self::typed(&FormData(Pairs::default().with("name", &section.name)), Problems::default())
    }

    /// Reads the name. No other section may have it.
    ///
    /// # Errors
    /// The form as it was typed, with its problems.
    pub fn parse(sent: &FormData, known: &Catalogue, own: Option<&Section>) -> Result<String, Box<Self>> {
        let mut problems = Problems::default();
        let name = name(sent, &mut problems);
        if known.sections.iter().any(|it| it.name == name && own.is_none_or(|own| own.id != it.id)) {
            problems.add("name", format!("There is a section {name} already."));
        }
        if own.is_none() && known.sections.len() >= Catalogue::MOST_SECTIONS {
            problems.add("name", "There are 50 sections already, which is the limit. Remove one first.");
        }
        if problems.is_empty() { Ok(name) } else { Err(Box::new(Self::typed(sent, problems))) }
    }
}
