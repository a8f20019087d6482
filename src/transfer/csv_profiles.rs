//! Parses profiles from CSV.

use std::{
    collections::{HashMap, HashSet},
    io::Read,
    sync::Arc,
};

use super::{
    mapping::Mapping,
    row::{Manner, Remark},
};
use crate::{attributes::Rules, ingest::Item, ledger::Invalid};

/// Records that are looked at before the columns are mapped.
const SAMPLE: usize = 100;

/// A parsed line: its items, or its problems with its text.
pub struct CsvLine {
    /// Number of the line, from 1, including the header.
    pub number: u64,
    /// One identify item, and one each for answers and for tags; or why it is not about anybody, by column.
    pub items: Result<Vec<Item>, Vec<(String, Invalid)>>,
    /// Cells that were not taken as they are.
    pub remarks: Vec<Remark>,
    /// Text of the line, if something of it was not taken.
    pub content: String,
}

/// A record: its line, and its cells, or what is wrong with it and its text.
struct Record {
    line: u64,
    cells: Result<csv::StringRecord, Invalid>,
    content: String,
}

/// Parses the lines of a CSV file, one at a time. `chosen` and `known` are those of [`Mapping::new`].
///
/// # Errors
/// The header cannot be read or mapped, or the file cannot be read further.
pub fn lines<R: Read>(
    file: R,
    chosen: &HashMap<String, String>,
    known: &HashSet<String>,
    manner: Manner,
    rules: Arc<Rules>,
) -> anyhow::Result<impl Iterator<Item = anyhow::Result<CsvLine>> + use<R>> {
    let mut records = records(file);
    let heads: Vec<String> = match records.next().transpose()?.map(|record| record.cells) {
        Some(Ok(cells)) => cells.iter().map(str::to_owned).collect(),
        Some(Err(wrong)) => anyhow::bail!("{wrong}"),
        None => Vec::new(),
    };
    let first: Vec<Record> = records.by_ref().take(SAMPLE).collect::<anyhow::Result<_>>()?;
    let sample: Vec<Vec<String>> = (first.iter())
        .filter_map(|record| record.cells.as_ref().ok())
        .map(|cells| cells.iter().map(str::to_owned).collect())
        .collect();
    let mapping = Mapping::new(&heads, chosen, known, &sample)?;
    let lines = first.into_iter().map(Ok).chain(records);
    Ok(lines.filter_map(move |record| {
        record.map(|record| line(record, heads.len(), &mapping, &manner, &rules)).transpose()
    }))
}

/// Reads a record; `None`: all its cells are blank.
fn line(record: Record, width: usize, mapping: &Mapping, manner: &Manner, rules: &Rules) -> Option<CsvLine> {
    let Record { line: number, cells, content: text } = record;
    let whole = |invalid| vec![(String::new(), invalid)];
    let cells = match cells {
        Ok(cells) if cells.iter().all(|cell| cell.trim().is_empty()) => return None,
        Ok(cells) => cells,
        Err(invalid) => {
            return Some(CsvLine { number, items: Err(whole(invalid)), remarks: Vec::new(), content: text });
        }
    };
    if cells.len() != width {
        let rule = Invalid::new("line", "must have as many cells as the header", &cells.len().to_string());
        return Some(CsvLine { number, items: Err(whole(rule)), remarks: Vec::new(), content: content(&cells) });
    }
    Some(match mapping.read(cells.iter(), manner, rules) {
        Ok((items, remarks)) => {
            let content = if remarks.is_empty() { String::new() } else { content(&cells) };
            CsvLine { number, items: Ok(items), remarks, content }
        }
        Err(wrong) => CsvLine { number, items: Err(wrong), remarks: Vec::new(), content: content(&cells) },
    })
}

/// The records of a CSV file, the header first.
fn records<R: Read>(file: R) -> impl Iterator<Item = anyhow::Result<Record>> {
    let reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(file);
    reader.into_byte_records().map(|record| {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok(match csv::StringRecord::from_byte_record(record) {
            Ok(cells) => Record { line, cells: Ok(cells), content: String::new() },
            Err(error) => {
                let cells = error.into_byte_record();
                let shown = cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned());
                let wrong = Invalid::new("line", "must be UTF-8", "other bytes");
                Record { line, cells: Err(wrong), content: content(&shown.collect()) }
            }
        })
    })
}

/// The cells as a CSV line, so that a mended rejects file can be imported.
fn content(cells: &csv::StringRecord) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(cells).ok().and_then(|()| writer.into_inner().ok());
    written.map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned()).unwrap_or_default()
}
