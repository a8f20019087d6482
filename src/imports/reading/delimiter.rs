//! What separates the cells of a record.

use std::{fmt, str::FromStr};

use encoding_rs::Encoding;

use super::records::Records;

/// Records of the beginning of a file that are looked at.
const SAMPLE: usize = 500;

/// What separates cells; in this order the less likely ones to stand in a text come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    Tab,
    Pipe,
    Semicolon,
    Comma,
}

use Delimiter::{Comma, Pipe, Semicolon, Tab};

const ALL: [Delimiter; 4] = [Tab, Pipe, Semicolon, Comma];

impl Delimiter {
    /// The byte between cells.
    pub fn byte(self) -> u8 {
        match self {
            Tab => b'\t',
            Pipe => b'|',
            Semicolon => b';',
            Comma => b',',
        }
    }

    fn name(self) -> &'static str {
        match self {
            Tab => "tab",
            Pipe => "pipe",
            Semicolon => "semicolon",
            Comma => "comma",
        }
    }

    /// The delimiter by which most records at the beginning of a file have as many cells as the header; of several such, the one with the
    /// most cells.
    pub fn of(sample: &[u8], encoding: &'static Encoding) -> Self {
        let weigh = |delimiter: &Self| {
            let mut records = Records::new(sample, delimiter.byte(), 1, encoding).flatten();
            let columns = records.next()?.cells.ok()?.len();
            let (mut fitting, mut all) = (1, 1);
            for record in records.take(SAMPLE) {
                all += 1;
                fitting += usize::from(record.cells.is_ok());
            }
            // Twentieths: a few broken records decide nothing.
            (columns > 1).then_some((fitting * 20 / all, columns))
        };
        let weighed = ALL.into_iter().filter_map(|delimiter| Some((weigh(&delimiter)?, delimiter)));
        let mut best = None;
        for (weight, delimiter) in weighed {
            if best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, delimiter));
            }
        }
        best.map_or(Comma, |(_, delimiter)| delimiter)
    }

    /// The delimiter that the first line says, as spreadsheets write and read it, and how long that line is.
    pub fn said(text: &[u8]) -> Option<(Self, usize)> {
        let (end, next) = super::cells::line(text, true)?;
        let line = str::from_utf8(&text[..end]).ok()?;
        let line = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
        let (start, said) = line.split_at_checked("sep=".len())?;
        let delimiter = ALL.into_iter().find(|delimiter| said.as_bytes() == [delimiter.byte()])?;
        start.eq_ignore_ascii_case("sep=").then_some((delimiter, next))
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Delimiter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_it = |delimiter: &Self| text == delimiter.name() || text.as_bytes() == [delimiter.byte()];
        let text = if text == "\\t" { "tab" } else { text };
        ALL.into_iter()
            .find(|delimiter| if text == "tab" { *delimiter == Tab } else { is_it(delimiter) })
            .ok_or_else(|| "it must be comma, semicolon, tab or pipe".to_owned())
    }
}
