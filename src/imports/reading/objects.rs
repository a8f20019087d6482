//! Objects of JSON: one a line, or the elements of one array over as many lines as it has.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use anyhow::bail;

use super::{Each, LONGEST, Object};
use crate::ledger::Invalid;

const LONG: &str = "must have at most 1 MB";
const BROKEN: &str = "must be one JSON object, with its quotes and brackets closed";
const NOT_UTF_8: &str = "must be UTF-8, like the rest of the file";

/// Deepest nesting of an element.
const DEEPEST: usize = 100;

/// The objects of a text that begins with `start`.
pub fn objects(start: Vec<u8>, rest: impl Read + Send + 'static) -> Each<Object> {
    let is_array = start.trim_ascii_start().starts_with(b"[");
    let input = BufReader::with_capacity(1 << 16, Cursor::new(start).chain(rest));
    let mut reader = Reader { input, line: 1, is_done: false };
    Box::new(std::iter::from_fn(move || {
        if reader.is_done {
            return None;
        }
        let next = if is_array { reader.element() } else { reader.line().map_err(anyhow::Error::from) };
        reader.is_done = next.is_err();
        next.transpose()
    }))
}

struct Reader<R> {
    input: R,
    /// Number of the line that is read next.
    line: u64,
    is_done: bool,
}

/// What an element is found to be, byte by byte.
#[derive(Default)]
struct Element {
    text: Vec<u8>,
    /// Brackets that are open.
    open: Vec<u8>,
    in_text: bool,
    is_escaped: bool,
    /// The last byte that is no space.
    last: u8,
    is_long: bool,
}

enum Step {
    Inside,
    /// The element ends with this byte.
    Ends,
    /// It is none; if the byte may begin another one, that is not used.
    Broken {
        is_next: bool,
    },
}

impl Element {
    fn take(&mut self, byte: u8) -> Step {
        if self.in_text {
            match byte {
                // A text has no line ends: its quote was never closed.
                b'\n' => return Step::Broken { is_next: false },
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => self.in_text = true,
                // An object in an object follows the name of its field; this one was never closed.
                b'{' if self.open.last() == Some(&b'{') && self.last != b':' => {
                    return Step::Broken { is_next: true };
                }
                b'{' | b'[' if self.open.len() == DEEPEST => return Step::Broken { is_next: false },
                b'{' | b'[' => self.open.push(byte),
                b'}' | b']' if self.open.pop() != Some(byte - 2) => return Step::Broken { is_next: false },
                _ => {}
            }
        }
        if !byte.is_ascii_whitespace() {
            self.last = byte;
        }
        if self.text.len() < LONGEST {
            self.text.push(byte);
        } else {
            self.is_long = true;
        }
        if self.open.is_empty() && !self.in_text { Step::Ends } else { Step::Inside }
    }
}

impl<R: BufRead> Reader<R> {
    /// The next line that is not blank.
    fn line(&mut self) -> io::Result<Option<Object>> {
        loop {
            let (line, mut text) = (self.line, Vec::new());
            let read = self.read_line(&mut text)?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            if !text.trim_ascii().is_empty() {
                let wrong = (text.len() > LONGEST).then_some(LONG);
                return Ok(Some(object(line, &text, wrong)));
            }
        }
    }

    /// Reads to the end of a line and returns its length in bytes; only the first [`LONGEST`] and one more are kept.
    fn read_line(&mut self, text: &mut Vec<u8>) -> io::Result<usize> {
        let mut read = 0;
        loop {
            let chunk = self.input.fill_buf()?;
            let (used, done) = match memchr::memchr(b'\n', chunk) {
                Some(end) => (end + 1, true),
                None => (chunk.len(), chunk.is_empty()),
            };
            let room = (LONGEST + 1).saturating_sub(text.len());
            text.extend_from_slice(&chunk[..used.min(room)]);
            self.input.consume(used);
            read += used;
            if done {
                return Ok(read);
            }
        }
    }

    /// The next element of the array; what is none ends where the next one may begin.
    fn element(&mut self) -> anyhow::Result<Option<Object>> {
        // Between elements.
        let first = loop {
            let Some(byte) = self.peek()? else { bail!("the file ends before its array does; it may have been cut") };
            match byte {
                b'{' | b'"' => break byte,
                b']' => return Ok(None),
                byte if byte.is_ascii_whitespace() || matches!(byte, b',' | b'[') => self.skip(byte),
                byte => break byte,
            }
        };
        let (line, mut element) = (self.line, Element::default());
        if first != b'{' && first != b'"' {
            // A number or a word.
            while let Some(byte) = self.peek()?.filter(|byte| !matches!(byte, b',' | b']' | b'\n')) {
                element.take(byte);
                self.skip(byte);
            }
            return Ok(Some(object(line, &element.text, Some(BROKEN))));
        }
        loop {
            let Some(byte) = self.peek()? else { return Ok(Some(object(line, &element.text, Some(BROKEN)))) };
            let step = element.take(byte);
            if !matches!(step, Step::Broken { is_next: true }) {
                self.skip(byte);
            }
            match step {
                Step::Inside => {}
                Step::Ends => return Ok(Some(object(line, &element.text, element.is_long.then_some(LONG)))),
                Step::Broken { is_next } => {
                    if !is_next {
                        self.find_next(byte == b'\n')?;
                    }
                    return Ok(Some(object(line, &element.text, Some(BROKEN))));
                }
            }
        }
    }

    /// Passes over lines that do not begin with a bracket.
    fn find_next(&mut self, mut is_line_start: bool) -> io::Result<()> {
        while let Some(byte) = self.peek()? {
            if is_line_start && matches!(byte, b'{' | b']') {
                return Ok(());
            }
            is_line_start = byte == b'\n' || is_line_start && (byte.is_ascii_whitespace() || byte == b',');
            self.skip(byte);
        }
        Ok(())
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn skip(&mut self, byte: u8) {
        self.line += u64::from(byte == b'\n');
        self.input.consume(1);
    }
}

fn object(line: u64, text: &[u8], wrong: Option<&'static str>) -> Object {
    let text = text.trim_ascii();
    let wrong = match (wrong, str::from_utf8(text)) {
        (None, Ok(text)) => return Object { line, text: Ok(text.to_owned()), content: String::new() },
        (None, Err(_)) => NOT_UTF_8,
        (Some(rule), _) => rule,
    };
    let content = super::readable(text);
    Object { line, text: Err(Invalid::new("line", wrong, &content)), content }
}
