//! Texts of one document, such as those within JSON, which are rendered together and share what they may take.

use std::collections::BTreeSet;

use super::{
    Known,
    engine::{MOST_WORK, Ready},
    values,
};

/// What all texts of a document may take together, as the engine counts work: a tenth of what a part of a message may.
const WORK: usize = MOST_WORK / 10;

/// Why a text cannot be read or rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFault {
    /// Which of the texts, from 0.
    pub place: usize,
    /// Line in the text, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

/// Texts that were read.
#[derive(Debug)]
pub struct Texts(Vec<Ready>);

impl Texts {
    /// Reads texts.
    ///
    /// # Errors
    /// One of them is no Liquid of ours.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, TextFault> {
        let read = |(place, text)| Ready::new(text, false).map_err(|(line, what)| TextFault { place, line, what });
        texts.into_iter().enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Names that they use, such as "user.first_name".
    pub fn names(&self) -> BTreeSet<String> {
        self.0.iter().flat_map(|ready| ready.names.iter().cloned()).collect()
    }

    /// Renders them, in their order. Also returns the names of which nothing is known, which are empty.
    ///
    /// # Errors
    /// They take too much work, one is too long, or a filter cannot be applied.
    pub fn render(&self, known: &Known) -> Result<(Vec<String>, BTreeSet<String>), TextFault> {
        let (values, mut unknown, mut work) = (values(known), BTreeSet::new(), MOST_WORK - WORK);
        let render = |(place, ready): (usize, &Ready)| {
            let text = ready.render_after(&mut work, &values, known, &mut unknown);
            text.map_err(|(line, what)| TextFault { place, line, what })
        };
        let texts = self.0.iter().enumerate().map(render).collect::<Result<_, _>>()?;
        Ok((texts, unknown))
    }
}
