//! Records of a text with delimiters, one at a time, in linear time and bounded memory, whatever quotes stand in it.

use std::io::Read;

use csv::{ByteRecord, StringRecord};
use encoding_rs::{Encoding, UTF_8};

use super::{
    LONGEST, Record,
    cells::{self, Parsed, Rules},
};
use crate::ledger::Invalid;

/// Bytes that are read at a time.
const WINDOW: usize = 1 << 17;

/// Whole records in a quoted cell from which its quotes count as strays: no text has so many lines with just the header's cells by chance.
const SWALLOWED: usize = 3;

/// Columns from which a line with as many cells is no chance.
const TELLING: usize = 4;

const UNCLOSED: &str = "has a quote that never closes";
const MISPLACED: &str = "has a quote inside of a cell; write it twice";
const SWALLOWING: &str = "has a quote that closes only after other records";
const LONG: &str = "must have at most 1 MB";
const NOT_UTF_8: &str = "must be UTF-8, like the rest of the file";
const NOT_TEXT: &str = "must be text in the encoding of the file";
const RAGGED: &str = "must have as many cells as the header";

/// Reads records. The first one is the header, and says how many cells the others have.
pub struct Records<R> {
    input: R,
    window: Vec<u8>,
    /// The part of the window that is read and not yet used.
    start: usize,
    end: usize,
    is_last: bool,
    /// Number of the line at `start`.
    line: u64,
    delimiter: u8,
    columns: Option<usize>,
    encoding: &'static Encoding,
    cells: ByteRecord,
}

/// What stands at the beginning of the window.
enum Found {
    /// A record with the cells that it should have.
    Fits {
        text: usize,
        next: usize,
        lines: u64,
    },
    /// A record of one line with another number of cells.
    Ragged {
        text: usize,
        next: usize,
    },
    /// Nothing but blanks.
    Blank {
        next: usize,
        lines: u64,
    },
    /// No record; the rule that it breaks.
    Broken(&'static str),
    End,
}

impl<R: Read> Records<R> {
    /// Reads records of a text that was in this encoding, from the line of that number.
    pub fn new(input: R, delimiter: u8, line: u64, encoding: &'static Encoding) -> Self {
        Self {
            input,
            window: vec![0; WINDOW],
            start: 0,
            end: 0,
            is_last: false,
            line,
            delimiter,
            columns: None,
            encoding,
            cells: ByteRecord::new(),
        }
    }

    /// Reads more of the file; makes room for it, where there is none.
    fn read_on(&mut self) -> std::io::Result<()> {
        self.window.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end == self.window.len() {
            self.window.resize(self.end * 2, 0);
        }
        while self.end < self.window.len() {
            match self.input.read(&mut self.window[self.end..]) {
                Ok(0) => {
                    self.is_last = true;
                    return Ok(());
                }
                Ok(read) => self.end += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn text(&self) -> &[u8] {
        &self.window[self.start..self.end]
    }

    /// Parses what stands at the beginning of the window into `self.cells`.
    fn parse(&mut self) -> std::io::Result<Found> {
        loop {
            if self.start == self.end && self.is_last {
                return Ok(Found::End);
            }
            let most = self.columns.unwrap_or(usize::MAX);
            let rules = Rules { delimiter: self.delimiter, is_last: self.is_last, most };
            let text = &self.window[self.start..self.end];
            let found = match cells::parse(text, rules, &mut self.cells) {
                Parsed::Unfinished { quoted } if self.is_last || text.len() > LONGEST => {
                    Found::Broken(if quoted { UNCLOSED } else { LONG })
                }
                Parsed::Unfinished { .. } => {
                    self.read_on()?;
                    continue;
                }
                Parsed::Whole { text, .. } if text > LONGEST => Found::Broken(LONG),
                Parsed::Whole { next, lines, .. } if is_blank(&self.cells) => Found::Blank { next, lines },
                Parsed::Whole { text, next, lines } if self.columns.is_none_or(|count| count == self.cells.len()) => {
                    if lines > 1 && self.swallows(text) {
                        Found::Broken(SWALLOWING)
                    } else {
                        Found::Fits { text, next, lines }
                    }
                }
                Parsed::Whole { text, next, lines: 1 } => Found::Ragged { text, next },
                Parsed::Whole { .. } | Parsed::Broken => return self.parse_loosely(),
            };
            return Ok(found);
        }
    }

    /// Parses the line at the beginning of the window, which has a quote inside of a cell.
    fn parse_loosely(&mut self) -> std::io::Result<Found> {
        let Some((text, next)) = cells::line(self.text(), self.is_last) else {
            return Ok(Found::Broken(MISPLACED));
        };
        let line = &self.window[self.start..self.start + text];
        let is_closed = cells::parse_loosely(line, self.delimiter, &mut self.cells);
        let fits = self.columns.is_none_or(|count| count == self.cells.len());
        Ok(match (is_closed, fits) {
            (true, true) => Found::Fits { text, next, lines: 1 },
            (true, false) => Found::Broken(MISPLACED),
            (false, _) => Found::Broken(UNCLOSED),
        })
    }

    /// Whether the lines inside of a record of several lines are records themselves.
    fn swallows(&self, text: usize) -> bool {
        let Some(columns) = self.columns.filter(|columns| *columns >= TELLING) else { return false };
        let rules = Rules { delimiter: self.delimiter, is_last: true, most: columns };
        let (mut rest, mut cells, mut count) = (&self.text()[..text], ByteRecord::new(), 0);
        while let Some((end, next)) = cells::line(rest, true).filter(|(end, next)| end < next) {
            let whole = matches!(cells::parse(&rest[..end], rules, &mut cells), Parsed::Whole { .. });
            // The first line is the beginning of the record itself.
            if count > 0 && !(whole && cells.len() == columns) {
                return false;
            }
            count += 1;
            rest = &rest[next..];
        }
        count > SWALLOWED
    }

    fn advance(&mut self, next: usize, lines: u64) {
        self.start += next;
        self.line += lines;
    }

    /// Takes the line at the beginning of the window, as much of it as a record may have.
    fn take_line(&mut self, content: &mut Vec<u8>) -> std::io::Result<()> {
        loop {
            let found = cells::line(self.text(), self.is_last);
            let text = found.map_or(self.end - self.start, |(text, _)| text);
            let room = LONGEST.saturating_sub(content.len()).min(text);
            // What does not end in this window may end with half of a line end.
            let used = found.map_or(text.saturating_sub(1), |(_, next)| next);
            content.extend_from_slice(&self.text()[..room.min(used)]);
            self.start += used;
            if found.is_some() {
                self.line += 1;
                return Ok(());
            }
            self.read_on()?;
        }
    }

    /// Passes over a broken record and whatever follows that is no record.
    fn pass_over(&mut self, rule: &'static str) -> std::io::Result<Record> {
        let (line, mut content) = (self.line, Vec::new());
        self.take_line(&mut content)?;
        while content.len() < LONGEST
            && matches!(self.parse()?, Found::Ragged { .. } | Found::Broken(_) | Found::Blank { .. })
        {
            content.push(b'\n');
            self.take_line(&mut content)?;
        }
        let content = super::readable(&content).trim_end().to_owned();
        let wrong = Invalid::new("line", rule, &content);
        Ok(Record { line, cells: Err(wrong), content })
    }

    fn record(&self, text: usize, wrong: Option<Invalid>) -> Record {
        let rule = if self.encoding == UTF_8 { NOT_UTF_8 } else { NOT_TEXT };
        let cells = match wrong {
            Some(wrong) => Err(wrong),
            None => StringRecord::from_byte_record(self.cells.clone())
                .map_err(|_| Invalid::new("line", rule, "other bytes")),
        };
        Record { line: self.line, cells, content: super::readable(&self.text()[..text]) }
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = std::io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let found = match self.parse() {
                Ok(found) => found,
                Err(error) => return Some(Err(error)),
            };
            match found {
                Found::End => return None,
                Found::Blank { next, lines } => self.advance(next, lines),
                Found::Fits { text, next, lines } => {
                    self.columns.get_or_insert(self.cells.len());
                    let record = self.record(text, None);
                    self.advance(next, lines);
                    return Some(Ok(record));
                }
                Found::Ragged { text, next } => {
                    let wrong = Invalid::new("line", RAGGED, &self.cells.len().to_string());
                    let record = self.record(text, Some(wrong));
                    self.advance(next, 1);
                    return Some(Ok(record));
                }
                Found::Broken(rule) => return Some(self.pass_over(rule)),
            }
        }
    }
}

fn is_blank(cells: &ByteRecord) -> bool {
    cells.iter().all(|cell| cell.trim_ascii().is_empty())
}
