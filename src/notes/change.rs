//! What is said about a note.

use crate::db::ids::NoteId;

/// Longest text, in characters.
pub const LONGEST: usize = 10_000;

/// What can be done to a note.
#[derive(Clone, Debug)]
pub enum NoteChange {
    /// Written for the first time. The id is made with the form, so that sending it twice writes one note.
    Add {
        /// Its id.
        id: NoteId,
        /// Its text.
        body: NoteBody,
    },
    /// Its text replaced.
    Edit {
        /// Which.
        id: NoteId,
        /// The new text.
        body: NoteBody,
        /// The version that the new text was made from.
        base: i32,
    },
    /// Moved to the top of the list, or back.
    Pin {
        /// Which.
        id: NoteId,
        /// Whether it stays on top.
        pinned: bool,
    },
    /// Taken away; its texts are kept.
    Delete {
        /// Which.
        id: NoteId,
    },
}

impl NoteChange {
    /// The note that it is about.
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
    /// Checks a text.
    pub fn new(given: &str) -> Result<Self, String> {
        // Browsers send line ends as CR LF.
        let text = given.replace("\r\n", "\n").replace('\0', "");
        match text.trim().chars().count() {
            0 => Err("Write something first.".to_owned()),
            n if n > LONGEST => Err(format!("A note has at most {LONGEST} characters; this one has {n}.")),
            _ => Ok(Self(text.trim().to_owned())),
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
