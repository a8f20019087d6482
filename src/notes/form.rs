//! The form of a note.

use super::change::{LONGEST, NoteBody};
use crate::{
    db::ids::NoteId,
    web::{
        Field, FormData,
        form::{Control, Problems},
    },
};

/// Form of a note: typed text and problems.
#[derive(Clone, Debug)]
pub struct NoteForm {
    /// Id of the note, also of a new one.
    pub id: NoteId,
    /// Version that the text is based on; 0 for a new note.
    pub base: i32,
    pub body: Field,
    /// Problems, listed on top of the form.
    pub problems: Problems,
}

impl NoteForm {
    /// The form for the note `id` with a text in it.
    pub fn new(id: NoteId, base: i32, text: &str) -> Self {
        let label = if base == 0 { "New note" } else { "Note" };
        let body = Field::new("body", label, Control::Area)
            .required()
            .value(text)
            .limit(LONGEST)
            .hint("You can use Markdown: **bold**, lists and links.");
        Self { id, base, body, problems: Problems::default() }
    }

    /// The form as it was typed.
    pub fn typed(id: NoteId, sent: &FormData) -> Self {
        Self::new(id, sent.parsed("base").unwrap_or(0), sent.raw("body"))
    }

    /// Parses text and base version; on a problem the form comes back as typed.
    pub fn parse(id: NoteId, sent: &FormData) -> Result<(NoteBody, i32), Box<Self>> {
        let base = sent.parsed("base").unwrap_or(0);
        NoteBody::new(sent.raw("body"))
            .map(|body| (body, base))
            .map_err(|message| Box::new(Self::typed(id, sent).saying(&message)))
    }

    /// The form with a problem at its text.
    pub fn saying(mut self, message: &str) -> Self {
        self.problems.add("body", message);
        self.body = self.body.problem(&self.problems.0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::NoteBody;

    #[test]
    fn a_note_has_a_text_of_bounded_length() {
        assert_eq!(NoteBody::new(" a\r\nb ").unwrap().as_str(), "a\nb");
        assert!(NoteBody::new(" \n ").is_err());
        assert!(NoteBody::new(&"x".repeat(10_001)).unwrap_err().contains("10001"));
    }
}
