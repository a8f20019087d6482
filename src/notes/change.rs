//! Statements about notes.

use crate::db::ids::NoteId;

/// Longest text, in characters.
pub const LONGEST: usize = 10_000;

/// A change of a note.
#[derive(Clone, Debug)]
pub enum NoteChange {
    /// A new note. Its id is made with the form, so that sending it twice writes one note.
    Add {
        /// Id of the note.
        id: NoteId,
        body: NoteBody,
    },
    /// A new text.
    Edit {
        /// Id of the note.
        id: NoteId,
        body: NoteBody,
        /// Version that the new text is based on.
        base: i32,
    },
    /// Pins the note to the top of the list, or unpins it.
    Pin {
        /// Id of the note.
        id: NoteId,
        pinned: bool,
    },
    /// Deletes the note; its texts are kept.
    Delete {
        /// Id of the note.
        id: NoteId,
    },
}

impl NoteChange {
    /// Id of the note.
    pub fn id(&self) -> NoteId {
        match self {
            Self::Add { id, .. } | Self::Edit { id, .. } | Self::Pin { id, .. } | Self::Delete { id } => *id,
        }
    }
}

/// A checked text: 1 to 10,000 characters of Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteBody(String);

impl NoteBody {
    /// Checks a text. The error is text for people.
    pub fn new(given: &str) -> Result<Self, String> {
        // Browsers send line ends as CR LF.
        let text = given.replace("\r\n", "\n").replace('\0', "");
        match text.trim().chars().count() {
            0 => Err("Enter a note.".to_owned()),
            n if n > LONGEST => Err(format!("A note can have at most {LONGEST} characters. This one has {n}.")),
            _ => Ok(Self(text.trim().to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
