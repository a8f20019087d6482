//! Parses profiles from records.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use super::{
    mapping::Mapping,
    reading::Record,
    row::{Manner, Remark},
};
use crate::{attributes::Rules, ingest::Item, ledger::Invalid};

/// Records that are looked at before the columns are mapped.
pub const SAMPLE: usize = 100;

/// A parsed line: its items, or its problems with its text.
pub struct CsvLine {
    /// Number of its first line, from 1, including the header.
    pub number: u64,
    /// One identify item, and one each for answers and for tags; or why it is not about anybody, by column.
    pub items: Result<Vec<Item>, Vec<(String, Invalid)>>,
    /// Cells that were not taken as they are.
    pub remarks: Vec<Remark>,
    /// Text of the line, if something of it was not taken.
    pub content: String,
}

impl CsvLine {
    /// A line that is not about anybody.
    pub fn rejected(number: u64, column: &str, wrong: Invalid, content: String) -> Self {
        Self { number, items: Err(vec![(column.to_owned(), wrong)]), remarks: Vec::new(), content }
    }
}

/// What the columns of a file mean, and its records, of which the first is the header, parsed one at a time. `chosen` and `known` are those of
/// [`Mapping::new`].
///
/// # Errors
/// The header cannot be mapped, or the file cannot be read further.
pub fn lines<R: Iterator<Item = anyhow::Result<Record>>>(
    mut records: R,
    chosen: &BTreeMap<String, String>,
    known: &HashSet<String>,
    manner: Manner,
    rules: Arc<Rules>,
) -> anyhow::Result<(Mapping, impl Iterator<Item = anyhow::Result<CsvLine>> + use<R>)> {
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
    let columns = mapping.clone();
    Ok((columns, lines.map(move |record| Ok(line(record?, &mapping, &manner, &rules)))))
}

fn line(record: Record, mapping: &Mapping, manner: &Manner, rules: &Rules) -> CsvLine {
    let Record { line: number, cells, content } = record;
    let cells = match cells {
        Ok(cells) => cells,
        Err(wrong) => return CsvLine::rejected(number, "", wrong, content),
    };
    match mapping.read(cells.iter(), manner, rules) {
        Ok((items, remarks)) => CsvLine { number, items: Ok(items), remarks, content },
        Err(wrong) => CsvLine { number, items: Err(wrong), remarks: Vec::new(), content },
    }
}
