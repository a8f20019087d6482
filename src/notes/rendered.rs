//! Notes with their text as HTML, rendered off the web threads, and cached.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use super::{History, NoteRow, markdown::Html};
use crate::db::Db;

/// Bytes of HTML in one generation of the cache; two are kept.
const MOST_BYTES: usize = 4 << 20;

/// A note, or one of its versions, with the text as HTML.
pub struct Rendered<T> {
    row: T,
    /// The text as HTML.
    pub html: Html,
}

impl<T> Deref for Rendered<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.row
    }
}

/// A row that has a text in Markdown.
pub trait Written {
    /// The text in Markdown.
    fn text(&self) -> &str;
}

impl Written for NoteRow {
    fn text(&self) -> &str {
        &self.body
    }
}

impl Written for History {
    fn text(&self) -> &str {
        &self.body
    }
}

/// Renders texts that are not cached. This takes time, so it is called on blocking threads.
pub fn render<T: Written>(db: &Db, rows: Vec<T>) -> Vec<Rendered<T>> {
    let memory = db.memory::<Memory>();
    rows.into_iter().map(|row| Rendered { html: memory.html(row.text()), row }).collect()
}

/// Cache of HTML by the hash of its text, so that no text gets the HTML of another. When the younger generation is full, the older one is
/// dropped.
#[derive(Default)]
struct Memory(Mutex<[Generation; 2]>);

#[derive(Default)]
struct Generation {
    html: HashMap<[u8; 32], Html>,
    bytes: usize,
}

impl Memory {
    fn html(&self, text: &str) -> Html {
        let key: [u8; 32] = Sha256::digest(text).into();
        let known = {
            let [young, old] = &*self.0.lock().unwrap_or_else(PoisonError::into_inner);
            young.html.get(&key).or_else(|| old.html.get(&key)).cloned()
        };
        known.unwrap_or_else(|| {
            let html = Html::from_markdown(text);
            self.keep(key, html.clone());
            html
        })
    }

    fn keep(&self, key: [u8; 32], html: Html) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if generations[0].bytes + html.len() > MOST_BYTES {
            generations.swap(0, 1);
            generations[0] = Generation::default();
        }
        generations[0].bytes += html.len();
        generations[0].html.insert(key, html);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rendered_is_remembered_within_bounds() {
        let memory = Memory::default();
        assert_eq!(memory.html("*a*").to_string(), "<p><em>a</em></p>\n");
        assert_eq!(memory.html("*a*").to_string(), "<p><em>a</em></p>\n");
        let count = || memory.0.lock().expect("ours").iter().map(|it| it.html.len()).sum::<usize>();
        assert_eq!(count(), 1);
        for number in 0..40_u8 {
            memory.keep([number; 32], Html::from_markdown(&"x".repeat(MOST_BYTES / 8)));
        }
        let bytes: usize = memory.0.lock().expect("ours").iter().map(|it| it.bytes).sum();
        assert!(bytes <= 2 * MOST_BYTES && count() <= 16, "{bytes} bytes in {}", count());
    }
}
