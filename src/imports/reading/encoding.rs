//! In which encoding a file is, by its bytes, and its text as UTF-8.
//!
//! A byte that is none of the encoding becomes one that is no UTF-8, rather than a question mark: who reads the text finds it and sets the
//! record aside, so that no damaged text is stored.

use std::io::{self, Read};

use anyhow::bail;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 16;

/// Bytes of lines that are no UTF-8 by which an encoding is told from its likes: more say nothing new.
const TELLING: usize = 1 << 20;

/// Stands in the text where bytes were none of the encoding. It is no UTF-8, and no letter in Western European text.
const NO_TEXT: u8 = 0x81;

/// Reads a file to its end and says in which encoding it is.
///
/// # Errors
/// The file cannot be read, or is no text.
pub fn encoding(mut file: impl Read) -> anyhow::Result<&'static Encoding> {
    let mut seen = Seen::default();
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let (mut chunk, mut kept, mut told) = (vec![0; CHUNK], 0, 0);
    loop {
        let read = match file.read(&mut chunk[kept..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let filled = kept + read;
        if seen.bytes == 0
            && let Some((encoding, _)) = Encoding::for_bom(&chunk[..filled]).filter(|_| filled > 2 || read == 0)
        {
            return Ok(encoding);
        }
        if read > 0 && filled < CHUNK {
            kept = filled;
            continue;
        }
        // Whole lines, so that no character is cut.
        let is_cut = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let part = &chunk[..filled];
        let whole = if read == 0 {
            None
        } else {
            part.iter().rposition(is_cut).or_else(|| part.iter().rposition(u8::is_ascii))
        };
        let whole = whole.map_or(filled, |at| at + 1);
        let is_utf_8 = seen.add(&chunk[..whole]);
        if told < TELLING && !is_utf_8 {
            for line in chunk[..whole].split_inclusive(is_cut).filter(|line| str::from_utf8(line).is_err()) {
                detector.feed(line, false);
                told += line.len();
            }
        }
        chunk.copy_within(whole..filled, 0);
        kept = filled - whole;
        if read == 0 {
            break;
        }
    }
    detector.feed(&[], true);
    seen.verdict(|| detector.guess(None, Utf8Detection::Deny))
}

/// What was seen of the bytes of a file.
#[derive(Default)]
struct Seen {
    bytes: u64,
    /// Zeros at even and at odd places.
    zeros: [u64; 2],
    /// Other bytes that stand in no text.
    controls: u64,
    /// Characters of several bytes in UTF-8.
    wide: u64,
    /// Sequences that are no UTF-8.
    broken: u64,
}

impl Seen {
    /// Looks at a part of the file; whether it is UTF-8.
    fn add(&mut self, part: &[u8]) -> bool {
        let odd = (self.bytes % 2) as usize;
        let zeros = |from: usize| part.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count() as u64;
        if memchr::memchr(0, part).is_some() {
            self.zeros[odd] += zeros(0);
            self.zeros[1 - odd] += zeros(1);
        }
        let is_control = |byte: &&u8| matches!(byte, 1..=8 | 14..=26 | 28..=31);
        self.controls += part.iter().filter(is_control).count() as u64;
        self.bytes += part.len() as u64;
        let wide = |text: &str| text.bytes().filter(|byte| *byte >= 0xc0).count() as u64;
        if let Ok(text) = str::from_utf8(part) {
            self.wide += wide(text);
            return true;
        }
        for piece in part.utf8_chunks() {
            self.wide += wide(piece.valid());
            self.broken += u64::from(!piece.invalid().is_empty());
        }
        false
    }

    fn verdict(&self, guess: impl FnOnce() -> &'static Encoding) -> anyhow::Result<&'static Encoding> {
        let [even, odd] = self.zeros;
        // Line ends, delimiters and digits have a zero in UTF-16, on one side only; other letters have few on the other side.
        let is_wide = (even + odd) * 20 > self.bytes;
        Ok(match () {
            () if is_wide && odd > even * 2 => UTF_16LE,
            () if is_wide && even > odd * 2 => UTF_16BE,
            () if (self.controls + even + odd) * 50 > self.bytes => bail!("it is no text"),
            // Characters of several bytes in UTF-8 are hardly ever there by chance.
            () if self.broken <= self.wide => UTF_8,
            () => guess(),
        })
    }
}

/// A file's text as UTF-8, without its byte order mark.
pub struct Decoded<R> {
    file: R,
    /// None for UTF-8, which is handed on as it is.
    decoder: Option<Decoder>,
    bytes: Vec<u8>,
    /// Bytes that are not decoded yet.
    rest: std::ops::Range<usize>,
    text: Vec<u8>,
    given: usize,
    is_last: bool,
}

impl<R: Read> Decoded<R> {
    /// Decodes a file.
    pub fn new(file: R, encoding: &'static Encoding) -> Self {
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_with_bom_removal());
        Self { file, decoder, bytes: vec![0; CHUNK], rest: 0..0, text: Vec::new(), given: 0, is_last: false }
    }

    /// Decodes the next bytes into `self.text`.
    fn decode(&mut self, decoder: &mut Decoder) -> io::Result<()> {
        if self.rest.is_empty() {
            let read = self.file.read(&mut self.bytes)?;
            self.is_last = read == 0;
            self.rest = 0..read;
        }
        let bytes = &self.bytes[self.rest.clone()];
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(4 * CHUNK);
        self.text.resize(room.max(16), 0);
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut self.text, self.is_last);
        self.text.truncate(written);
        self.rest.start += read;
        if let DecoderResult::Malformed(..) = result {
            self.text.push(NO_TEXT);
            // What comes after it is still to be decoded, also at the end.
            self.is_last = false;
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(mut decoder) = self.decoder.take() else { return self.file.read(buffer) };
        let mut done = Ok(());
        while self.given == self.text.len() && !self.is_last && done.is_ok() {
            self.given = 0;
            self.text.clear();
            done = self.decode(&mut decoder);
        }
        self.decoder = Some(decoder);
        done?;
        let count = buffer.len().min(self.text.len() - self.given);
        buffer[..count].copy_from_slice(&self.text[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}
