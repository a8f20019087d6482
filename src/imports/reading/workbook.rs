//! Records of a sheet of a workbook.
//!
//! A thread of its own holds the workbook, because the reader of its cells borrows it, and hands over a row at a time.

use std::{
    fs::File,
    io::{self, BufReader, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use anyhow::{Context, bail, ensure};
use calamine::{Data, DataType, Ods, Reader, SheetType, SheetVisible, Xlsx};
use chrono::{NaiveTime, Timelike};
use csv::StringRecord;
use zip::ZipArchive;

use super::{
    Each, LONGEST, Record, Understood,
    packing::{Kind, Source},
};
use crate::ledger::Invalid;

/// Bytes of the parts of a workbook that are held in memory, unpacked.
const MOST_HELD: u64 = 256 << 20;

/// Bytes of a sheet that is read row by row, unpacked: the longest ones of Excel, with some fifty columns.
const MOST_STREAMED: u64 = 4 << 30;

/// Rows that wait to be taken.
const WAITING: usize = 1000;

type Book = BufReader<File>;

/// A row: its number, and its cells from the first column of the sheet.
type Row = (u64, Vec<String>);

enum Workbook {
    Xlsx(Box<Xlsx<Book>>),
    Ods(Ods<Book>),
}

/// Opens the sheet of that name, or the first one that has a row below its header.
pub fn open(
    source: &Source,
    asked: Option<&str>,
    progress: Arc<AtomicU64>,
) -> anyhow::Result<(Understood, Each<Record>)> {
    let name = &source.name;
    let size = source.file()?.metadata()?.len();
    check(source.file()?, source.kind).with_context(|| format!("{name} cannot be read"))?;
    let file = BufReader::new(source.file()?);
    let mut book = match source.kind {
        Kind::Ods => Ods::new(file).map(Workbook::Ods).map_err(anyhow::Error::from),
        _ => Xlsx::new(file).map(|book| Workbook::Xlsx(Box::new(book))).map_err(anyhow::Error::from),
    }
    .with_context(|| format!("{name} cannot be read; save it again without a password"))?;
    let sheets: Vec<String> = book.sheets();
    let sheet = match asked {
        Some(asked) if sheets.iter().any(|sheet| sheet == asked) => asked.to_owned(),
        Some(asked) => bail!("{name} has no sheet {asked:?}; it has {}", sheets.join(", ")),
        None => {
            let visible = book.visible();
            let mut with_data = None;
            for sheet in visible {
                let mut rows = 0;
                book.rows(&sheet, |_| {
                    rows += 1;
                    rows < 2
                })
                .with_context(|| format!("sheet {sheet} of {name} cannot be read"))?;
                if rows == 2 {
                    with_data = Some(sheet);
                    break;
                }
            }
            with_data.with_context(|| format!("{name} has no sheet with a header and a row below it"))?
        }
    };
    let (sender, receiver) = mpsc::sync_channel(WAITING);
    let understood = Understood::Sheet(sheet.clone(), sheets.len() - 1);
    thread::spawn(move || {
        let mut header: Option<usize> = None;
        let done = book.rows(&sheet, |row| sender.send(Ok(record(row, &mut header))).is_ok());
        if let Err(error) = done {
            // Nobody waits for it any more, if that fails.
            let _ = sender.send(Err(error.context(format!("sheet {sheet} cannot be read to its end"))));
        }
        progress.store(size, Ordering::Relaxed);
    });
    Ok((understood, Box::new(receiver.into_iter())))
}

impl Workbook {
    fn sheets(&self) -> Vec<String> {
        match self {
            Self::Xlsx(book) => book.sheet_names(),
            Self::Ods(book) => book.sheet_names(),
        }
    }

    /// Sheets of cells that are not hidden.
    fn visible(&self) -> Vec<String> {
        let all = match self {
            Self::Xlsx(book) => book.sheets_metadata(),
            Self::Ods(book) => book.sheets_metadata(),
        };
        let shown =
            all.iter().filter(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet);
        shown.map(|sheet| sheet.name.clone()).collect()
    }

    /// Hands over the rows of a sheet that are not blank, as long as they are taken.
    fn rows(&mut self, sheet: &str, mut take: impl FnMut(Row) -> bool) -> anyhow::Result<()> {
        match self {
            Self::Xlsx(book) => {
                let mut cells = book.worksheet_cells_reader(sheet)?;
                let mut row: Row = (1, Vec::new());
                while let Some(cell) = cells.next_cell()? {
                    let (line, column) = cell.get_position();
                    let line = u64::from(line) + 1;
                    if line != row.0 {
                        let whole = std::mem::replace(&mut row, (line, Vec::new()));
                        if !is_blank(&whole.1) && !take(whole) {
                            return Ok(());
                        }
                    }
                    let column = column as usize;
                    if row.1.len() <= column {
                        row.1.resize(column + 1, String::new());
                    }
                    row.1[column] = text(&cell.get_value().clone().into());
                }
                if !is_blank(&row.1) {
                    take(row);
                }
            }
            Self::Ods(book) => {
                let range = book.worksheet_range(sheet)?;
                let (first, left) = range.start().unwrap_or_default();
                for (line, cells) in (u64::from(first) + 1..).zip(range.rows()) {
                    let left = std::iter::repeat_n(String::new(), left as usize);
                    let cells: Vec<String> = left.chain(cells.iter().map(text)).collect();
                    if !is_blank(&cells) && !take((line, cells)) {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}

fn is_blank(cells: &[String]) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

/// A row as a record, with as many cells as the header, if nothing stands right of them.
fn record((line, mut cells): Row, header: &mut Option<usize>) -> Record {
    let filled = cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |at| at + 1);
    let columns = *header.get_or_insert(filled);
    cells.resize(columns.max(filled), String::new());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let content = writer.write_record(&cells).ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    let content = String::from_utf8_lossy(&content).trim_end().to_owned();
    let cells = match cells.len() {
        count if count > columns => {
            Err(Invalid::new("line", "must have as many cells as the header", &count.to_string()))
        }
        _ if content.len() > LONGEST => Err(Invalid::new("line", "must have at most 1 MB", &content)),
        _ => Ok(StringRecord::from(cells)),
    };
    Record { line, cells, content }
}

/// A cell as people would write it into a file: dates as ISO 8601 has them, whole numbers without decimals.
fn text(cell: &Data) -> String {
    match cell {
        Data::DateTime(at) if at.is_duration() => duration(at.as_f64()),
        // A time of day, which has no date.
        Data::DateTime(at) if at.as_f64() < 1.0 => duration(at.as_f64()),
        Data::DateTime(at) => match at.as_datetime() {
            Some(at) if at.time() == NaiveTime::MIN => at.date().to_string(),
            Some(at) if at.nanosecond() == 0 => at.format("%Y-%m-%dT%H:%M:%S").to_string(),
            Some(at) => at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
            None => at.as_f64().to_string(),
        },
        Data::DateTimeIso(at) => at.strip_suffix("T00:00:00").unwrap_or(at).to_owned(),
        other => other.as_string().unwrap_or_else(|| other.to_string()),
    }
}

/// Hours, minutes and seconds of a number of days.
fn duration(days: f64) -> String {
    let seconds = (days * 86_400.0).round() as i64;
    let (sign, seconds) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Refuses a workbook that would not fit into memory: its parts are unpacked once, whatever sizes its directory claims.
fn check(file: File, kind: Kind) -> anyhow::Result<()> {
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    let mut held = 0;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index)?;
        let name = part.name()?.into_owned();
        if !name.ends_with(".xml") && !name.ends_with(".rels") {
            continue;
        }
        let mut measured =
            Measured { is_streamed: kind == Kind::Xlsx && name.starts_with("xl/worksheets/"), ..Measured::default() };
        io::copy(&mut part, &mut measured)?;
        if !measured.is_streamed {
            held += measured.bytes;
        }
        ensure!(held <= MOST_HELD, "it holds more than {} MB of text; save it as .csv", MOST_HELD >> 20);
    }
    Ok(())
}

/// Counts the bytes of a part, and those since the last element began.
#[derive(Default)]
struct Measured {
    bytes: u64,
    since: usize,
    is_streamed: bool,
}

impl Write for Measured {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.bytes += part.len() as u64;
        let mut from = 0;
        for at in memchr::memchr_iter(b'<', part).chain([part.len()]) {
            self.since += at - from;
            if self.since > LONGEST {
                return Err(io::Error::other("a cell has more than 1 MB"));
            }
            if at < part.len() {
                self.since = 0;
            }
            from = at;
        }
        if self.bytes > if self.is_streamed { MOST_STREAMED } else { MOST_HELD } {
            return Err(io::Error::other("it unpacks to more than fits into memory; save it as .csv"));
        }
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
