//! Reads the files that people have: what a file is, how its text is to be read, and its records, one at a time in bounded memory.
//!
//! A file is gone through twice: once for its encoding, which a single name near its end may tell, and once for its records. What was
//! understood is said before anything is stored, and whoever imports may know better.

mod cells;
mod delimiter;
mod encoding;
mod objects;
mod packing;
mod records;
mod workbook;

use std::{
    fmt,
    io::{Cursor, Read},
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};

use anyhow::{Context, bail, ensure};
use encoding_rs::{Encoding, WINDOWS_1252};

use super::choices::Choices;
use crate::ledger::Invalid;
use packing::{Kind, Source};

pub use delimiter::Delimiter;
#[cfg(test)]
pub use objects::objects;

/// Longest record, in bytes; a longer one is rejected without being held in memory.
const LONGEST: usize = 1 << 20;

/// Bytes of the beginning of a text in which its delimiter is looked for.
const SAMPLE: u64 = 1 << 18;

/// How a file is read.
#[derive(Clone, Debug)]
pub enum Understood {
    /// As text with delimiters.
    Records(&'static Encoding, Delimiter),
    /// As text in JSON.
    Objects(&'static Encoding),
    /// As a sheet of a workbook that has so many others.
    Sheet(String, usize),
}

/// A record of a file.
#[derive(Clone)]
pub struct Record {
    /// Number of its first line, from 1.
    pub line: u64,
    /// Its cells, or what is wrong with it as a whole.
    pub cells: Result<csv::StringRecord, Invalid>,
    /// Its text as it came.
    pub content: String,
}

/// A piece of JSON.
pub struct Object {
    /// Number of its first line, from 1.
    pub line: u64,
    /// Its text, or what is wrong with it as a whole.
    pub text: Result<String, Invalid>,
    /// Its text as it came, if something is wrong.
    pub content: String,
}

type Each<T> = Box<dyn Iterator<Item = anyhow::Result<T>> + Send>;

/// What a file holds, one at a time.
pub enum Content {
    /// Profiles; the first record is the header.
    Records(Each<Record>),
    /// Events.
    Objects(Each<Object>),
}

/// A file that is open.
pub struct Opened {
    /// How it is read.
    pub understood: Understood,
    /// Its name, without the ending of a packed file.
    pub name: String,
    /// What it holds.
    pub content: Content,
}

/// Opens a file. `progress` counts its bytes as its records are read.
///
/// # Errors
/// The file cannot be opened, is none that can be read, or not as it was asked.
pub fn open(path: &Path, asked: &Choices, progress: Arc<AtomicU64>) -> anyhow::Result<Opened> {
    let source = Source::new(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if let Kind::Xlsx | Kind::Ods = source.kind {
        let is_of_text = asked.delimiter.is_some() || asked.encoding.is_some();
        ensure!(!is_of_text, "{name} is a workbook: it has neither a delimiter nor an encoding");
        let (understood, records) = workbook::open(&source, asked.sheet.as_deref(), progress)?;
        return Ok(Opened { understood, name: source.name, content: Content::Records(records) });
    }
    ensure!(asked.sheet.is_none(), "{name} is no workbook: it has no sheets");
    let encoding = match asked.encoding {
        Some(encoding) => encoding,
        None => encoding::encoding(source.open(Arc::default())?).with_context(|| format!("{name} cannot be read"))?,
    };
    let mut text = encoding::Decoded::new(source.open(progress)?, encoding);
    let mut sample = Vec::new();
    text.by_ref().take(SAMPLE).read_to_end(&mut sample).with_context(|| format!("{name} cannot be read"))?;
    let start = if sample.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
    if source.kind == Kind::Objects {
        ensure!(asked.delimiter.is_none(), "{name} has JSON, which has no delimiter");
        let content = Content::Objects(objects::objects(sample.split_off(start), text));
        return Ok(Opened { understood: Understood::Objects(encoding), name: source.name, content });
    }
    let said = Delimiter::said(&sample[start..]);
    let (start, line) = said.map_or((start, 1), |(_, length)| (start + length, 2));
    let delimiter = asked.delimiter.or(said.map(|(delimiter, _)| delimiter));
    let delimiter = delimiter.unwrap_or_else(|| Delimiter::of(whole_lines(&sample[start..]), encoding));
    let text = Cursor::new(sample.split_off(start)).chain(text);
    let mut records = records::Records::new(text, delimiter.byte(), line, encoding).peekable();
    if let Some(Ok(Record { line, cells: Err(wrong), .. })) = records.peek() {
        bail!("{name} cannot be read: its header, in line {line}, {}", wrong.rule);
    }
    let content = Content::Records(Box::new(records.map(|record| Ok(record?))));
    Ok(Opened { understood: Understood::Records(encoding, delimiter), name: source.name, content })
}

/// The beginning of a text up to its last line end, if it was cut.
fn whole_lines(sample: &[u8]) -> &[u8] {
    let is_cut = sample.len() as u64 + 64 > SAMPLE;
    let end = sample.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).filter(|_| is_cut);
    &sample[..end.unwrap_or(sample.len())]
}

/// Text as it came. Bytes that are no UTF-8 are shown as Western European ones, which they most often are.
fn readable(text: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(text) {
        return text.to_owned();
    }
    let shown = |part: std::str::Utf8Chunk| {
        format!("{}{}", part.valid(), WINDOWS_1252.decode_without_bom_handling(part.invalid()).0)
    };
    text.utf8_chunks().map(shown).collect::<String>().replace('\u{81}', "\u{fffd}")
}

impl fmt::Display for Understood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(encoding, delimiter) => {
                write!(f, "read as {}, cells separated by {delimiter}", encoding.name())
            }
            Self::Objects(encoding) => write!(f, "read as {}", encoding.name()),
            Self::Sheet(sheet, 0) => write!(f, "read from its sheet {sheet}"),
            Self::Sheet(sheet, 1) => write!(f, "read from its sheet {sheet}; it has another one"),
            Self::Sheet(sheet, others) => write!(f, "read from its sheet {sheet}; it has {others} others"),
        }
    }
}
