//! Parses profiles from CSV.

use std::{collections::HashMap, io::Read, sync::Arc};

use chrono::{DateTime, Utc};

use super::mapping::{Mapping, Row};
use crate::{
    attributes::{Rules, show},
    identities::{Channel, Reading},
    ingest::{Item, Person, Statement},
    ledger::{AHEAD, Invalid},
};

/// A parsed line: its items, or its problems with its text.
pub struct CsvLine {
    /// Number of the line, from 1, including the header.
    pub number: u64,
    /// One identify item, and one each for a subscription and for tags; or all problems, by column.
    pub items: Result<Vec<Item>, Vec<(String, Invalid)>>,
    /// Text of the line, if it is rejected.
    pub content: String,
}

/// Parses the lines of a CSV file, one at a time.
///
/// # Errors
/// The header cannot be read or mapped, or the file cannot be read further.
pub fn lines<R: Read>(
    file: R,
    renamed: &HashMap<String, String>,
    as_of: DateTime<Utc>,
    now: DateTime<Utc>,
    rules: Arc<Rules>,
    reading: Reading,
) -> anyhow::Result<impl Iterator<Item = anyhow::Result<CsvLine>> + use<R>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let header: Vec<String> =
        reader.headers()?.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    let mapping = Mapping::new(&header, renamed)?;
    let columns = header.len();
    Ok(reader.into_byte_records().map(move |record| {
        let record = record?;
        let number = record.position().map_or(0, csv::Position::line);
        let read = match csv::StringRecord::from_byte_record(record) {
            Ok(cells) if cells.len() != columns => {
                let rule = "must have as many cells as the header";
                Err((
                    vec![(String::new(), Invalid::new("line", rule, &cells.len().to_string()))],
                    content(cells.iter()),
                ))
            }
            Ok(cells) => {
                let read = mapping
                    .read(&cells, reading)
                    .and_then(|row| items(row, as_of, now))
                    .and_then(|items| check(items, &rules));
                read.map_err(|wrong| (wrong, content(cells.iter())))
            }
            Err(error) => {
                let cells = error.into_byte_record();
                let shown: Vec<_> = cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
                let wrong = Invalid::new("line", "must be UTF-8", "other bytes");
                Err((vec![(String::new(), wrong)], content(shown.iter().map(String::as_str))))
            }
        };
        Ok(match read {
            Ok(items) => CsvLine { number, items: Ok(items), content: String::new() },
            Err((wrong, content)) => CsvLine { number, items: Err(wrong), content },
        })
    }))
}

fn items(row: Row, as_of: DateTime<Utc>, now: DateTime<Utc>) -> Result<Vec<Item>, Vec<(String, Invalid)>> {
    let as_of = row.as_of.unwrap_or(as_of);
    if as_of > now + AHEAD {
        let wrong = Invalid::new("as_of", "must not lie in the future", &as_of.to_rfc3339());
        return Err(vec![("as_of".to_owned(), wrong)]);
    }
    let person = match row.email_alone {
        Some(email) => Person::Addressed(row.identifiers, Channel::Email, email),
        None => Person::Identifiers(row.identifiers),
    };
    let mut items = vec![Item { person: person.clone(), as_of, statement: Statement::Identify(row.identify) }];
    if let Some((line, said)) = row.subscription {
        items.push(Item { person: person.clone(), as_of, statement: Statement::Subscription(line, said) });
    }
    if !row.tags.is_empty() {
        items.push(Item { person, as_of, statement: Statement::Tags { add: row.tags, remove: Vec::new() } });
    }
    Ok(items)
}

/// Refuses changes of attributes that kith alone sets.
fn check(items: Vec<Item>, rules: &Rules) -> Result<Vec<Item>, Vec<(String, Invalid)>> {
    let fixed = items.iter().flat_map(|item| rules.fixed(&item.statement));
    let wrong: Vec<_> = fixed
        .map(|(name, value, why)| {
            (name.to_owned(), Invalid::new(name, why, &value.as_deref().map(show).unwrap_or_default()))
        })
        .collect();
    if wrong.is_empty() { Ok(items) } else { Err(wrong) }
}

/// The cells as a CSV line, so that a mended rejects file can be imported.
fn content<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(cells).ok().and_then(|()| writer.into_inner().ok());
    written.map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned()).unwrap_or_default()
}
