//! The cells of one record, by RFC 4180: a cell is plain, or it is in quotes, in which a quote is written twice.

use csv::ByteRecord;
use memchr::{memchr, memchr2, memchr3};

/// What stands at the beginning of a text.
pub enum Parsed {
    /// A record: where its text ends, where the next one begins, and how many lines it has.
    Whole { text: usize, next: usize, lines: u64 },
    /// The text ends before the record does; `quoted` if that is in quotes.
    Unfinished { quoted: bool },
    /// A quote closes in the middle of a cell, so that it was none that opens one.
    Broken,
}

/// What holds for all records of a file.
#[derive(Clone, Copy)]
pub struct Rules {
    /// What separates cells.
    pub delimiter: u8,
    /// Whether nothing comes after the text.
    pub is_last: bool,
    /// Records over several lines are followed no further than to this number of cells.
    pub most: usize,
}

/// Reads the record that `text` begins with into `cells`.
pub fn parse(text: &[u8], rules: Rules, cells: &mut ByteRecord) -> Parsed {
    cells.clear();
    let (mut at, mut lines, mut unquoted) = (0, 1, Vec::new());
    loop {
        if text.get(at) == Some(&b'"') {
            let Some(end) = closing(text, at + 1) else { return Parsed::Unfinished { quoted: true } };
            if end + 1 == text.len() && !rules.is_last {
                return Parsed::Unfinished { quoted: true };
            }
            if text.get(end + 1).is_some_and(|next| !is_end(*next, rules.delimiter)) {
                return Parsed::Broken;
            }
            let inner = &text[at + 1..end];
            lines += line_ends(inner);
            if memchr(b'"', inner).is_some() {
                unescape(inner, &mut unquoted);
                cells.push_field(&unquoted);
            } else {
                cells.push_field(inner);
            }
            at = end + 1;
        } else {
            let Some(length) = memchr3(rules.delimiter, b'\n', b'\r', &text[at..]) else {
                cells.push_field(&text[at..]);
                let end = text.len();
                return if rules.is_last {
                    Parsed::Whole { text: end, next: end, lines }
                } else {
                    Parsed::Unfinished { quoted: false }
                };
            };
            cells.push_field(&text[at..at + length]);
            at += length;
        }
        match text.get(at) {
            Some(byte) if *byte == rules.delimiter => at += 1,
            // Its line feed may not be read yet.
            Some(b'\r') if at + 1 == text.len() && !rules.is_last => return Parsed::Unfinished { quoted: false },
            _ => return Parsed::Whole { text: at, next: after_line_end(text, at), lines },
        }
        if lines > 1 && cells.len() > rules.most {
            return Parsed::Broken;
        }
    }
}

/// Reads one line in which a quote closes in the middle of a cell: such a cell is taken as it is written. Whether no quote stayed open.
pub fn parse_loosely(line: &[u8], delimiter: u8, cells: &mut ByteRecord) -> bool {
    cells.clear();
    let (mut at, mut unquoted) = (0, Vec::new());
    loop {
        let is_quoted = line.get(at) == Some(&b'"');
        let closed = if is_quoted { closing(line, at + 1) } else { None };
        if is_quoted && closed.is_none() {
            return false;
        }
        match closed {
            Some(end) if line.get(end + 1).is_none_or(|next| *next == delimiter) => {
                unescape(&line[at + 1..end], &mut unquoted);
                cells.push_field(&unquoted);
                at = end + 1;
            }
            _ => {
                let end = memchr(delimiter, &line[at..]).map_or(line.len(), |length| at + length);
                cells.push_field(&line[at..end]);
                at = end;
            }
        }
        if at == line.len() {
            return true;
        }
        at += 1;
    }
}

/// Where the line ends that `text` begins with, and where the next one begins; none if it does not end here.
pub fn line(text: &[u8], is_last: bool) -> Option<(usize, usize)> {
    match memchr2(b'\n', b'\r', text) {
        None => is_last.then_some((text.len(), text.len())),
        Some(at) if text[at] == b'\r' && at + 1 == text.len() && !is_last => None,
        Some(at) => Some((at, after_line_end(text, at))),
    }
}

fn is_end(byte: u8, delimiter: u8) -> bool {
    byte == delimiter || matches!(byte, b'\n' | b'\r')
}

fn after_line_end(text: &[u8], at: usize) -> usize {
    match text[at..] {
        [] => at,
        [b'\r', b'\n', ..] => at + 2,
        _ => at + 1,
    }
}

/// Where the quote stands that closes a cell whose inner text begins at `from`.
fn closing(text: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = from + memchr(b'"', &text[from..])?;
        if text.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        from = at + 2;
    }
}

/// Text between quotes, with each pair of quotes made one.
fn unescape(inner: &[u8], plain: &mut Vec<u8>) {
    plain.clear();
    let mut rest = inner;
    while let Some(at) = memchr(b'"', rest) {
        plain.extend_from_slice(&rest[..=at]);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
}

fn line_ends(mut text: &[u8]) -> u64 {
    let mut count = 0;
    while let Some(at) = memchr2(b'\n', b'\r', text) {
        text = &text[after_line_end(text, at)..];
        count += 1;
    }
    count
}
