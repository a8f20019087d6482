//! What was understood of a file before anything is stored: its columns, and its first rows as they would be.

use std::{path::Path, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Choices, Import,
    columns::Column,
    csv_profiles::{CsvLine, SAMPLE},
    mapping::{Mapping, Unmapped},
    reading::{self, Content, Record, Understood},
    run::Lines,
};
use crate::{
    attributes,
    identities::Kind,
    ingest::{Item, Statement},
    ledger::{self, Teller},
    notes::NoteChange,
};

/// Name of the preview in the folder of its import.
pub const PREVIEW: &str = "preview.json";
/// Rows that are shown.
const ROWS: usize = 20;
/// First cells of a column that are shown.
const CELLS: usize = 3;
/// Longest cell, in characters.
const LONGEST: usize = 80;

/// What was understood of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Preview {
    /// How it is read, in words.
    pub understood: String,
    /// What was understood before anybody chose.
    pub as_found: Choices,
    /// Choices that read it so again, without looking for how.
    pub as_understood: Choices,
    /// Its columns; none: it has events.
    pub columns: Vec<PreviewColumn>,
    /// Names of what its rows say.
    pub fields: Vec<String>,
    pub rows: Vec<PreviewRow>,
    /// Why nothing can be imported as it is.
    pub obstacle: Option<String>,
}

/// A column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreviewColumn {
    pub head: String,
    /// Its first cells.
    pub cells: Vec<String>,
    /// What it means, as one would choose it.
    pub means: String,
    /// What it means if nobody chooses.
    pub suggested: String,
}

/// A row as it would be stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreviewRow {
    pub line: u64,
    /// What it says, in the order of [`Preview::fields`].
    pub cells: Vec<String>,
    /// What is not taken of it, with reasons.
    pub problems: Vec<String>,
    /// Whether nothing is.
    pub is_rejected: bool,
}

impl Import<'_> {
    /// Looks at a file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn preview(&self, path: &Path) -> anyhow::Result<Preview> {
        let chosen = &self.options.choices;
        let opened = reading::open(path, chosen, Arc::default())?;
        let as_understood = opened.understood.fix(chosen);
        let mut preview = Preview {
            understood: opened.understood.to_string(),
            as_found: as_understood.clone(),
            as_understood,
            columns: Vec::new(),
            fields: Vec::new(),
            rows: Vec::new(),
            obstacle: None,
        };
        let first = match opened.content {
            Content::Records(records) => records.take(SAMPLE + 1).collect::<anyhow::Result<Vec<Record>>>()?,
            objects @ Content::Objects(_) => {
                preview.add_rows(self.lines(objects, chosen)?)?;
                return Ok(preview);
            }
        };
        preview.add_columns(&first);
        let lines = |choices: &Choices| {
            let again = first.clone().into_iter().map(Ok);
            self.lines(Content::Records(Box::new(again)), choices)
        };
        match lines(&Choices { columns: Default::default(), ..chosen.clone() }) {
            Ok(lines) => preview.set(&lines, |column| &mut column.suggested),
            Err(_) => preview.guess(),
        }
        match lines(chosen) {
            Ok(lines) => {
                preview.set(&lines, |column| &mut column.means);
                preview.add_rows(lines)?;
            }
            Err(error) => {
                preview.obstacle = Some(obstacle(error)?);
                for column in &mut preview.columns {
                    column.means = chosen.columns.get(&column.head).unwrap_or(&column.suggested).clone();
                }
            }
        }
        Ok(preview)
    }
}

impl Preview {
    fn add_columns(&mut self, first: &[Record]) {
        let mut rows = first.iter().map(|record| record.cells.as_ref().ok());
        let Some(heads) = rows.next().flatten() else { return };
        let rows: Vec<_> = rows.take(CELLS).flatten().collect();
        // A head as it is, for it names its column.
        self.columns = (heads.iter().enumerate())
            .map(|(place, head)| PreviewColumn {
                head: head.to_owned(),
                cells: rows.iter().filter_map(|row| Some(short(row.get(place)?))).collect(),
                means: String::new(),
                suggested: String::new(),
            })
            .collect();
    }

    fn set(&mut self, lines: &Lines, place: impl Fn(&mut PreviewColumn) -> &mut String) {
        let means = lines.mapping.iter().flat_map(Mapping::meanings);
        for (column, (_, means)) in self.columns.iter_mut().zip(means) {
            *place(column) = means;
        }
    }

    fn add_rows(&mut self, lines: Lines) -> anyhow::Result<()> {
        let mut said = Vec::new();
        for line in lines.each.take(ROWS) {
            let line = line?;
            said.push((line.number, says(&line), problems(&line), line.items.is_err()));
        }
        for (field, _) in said.iter().flat_map(|(_, row, ..)| row) {
            if !self.fields.contains(field) {
                self.fields.push(field.clone());
            }
        }
        let cell = |row: &[(String, String)], field: &String| {
            let cells: Vec<&str> =
                row.iter().filter(|(name, _)| name == field).map(|(_, value)| value.as_str()).collect();
            cells.join(", ")
        };
        let rows = said.into_iter().map(|(line, row, problems, is_rejected)| PreviewRow {
            line,
            cells: self.fields.iter().map(|field| cell(&row, field)).collect(),
            problems,
            is_rejected,
        });
        self.rows = rows.collect();
        Ok(())
    }

    /// The meanings of the heads alone.
    fn guess(&mut self) {
        for column in &mut self.columns {
            column.suggested = Column::from_name(&column.head).map(|it| it.name()).unwrap_or_default();
        }
    }

    /// Heads of columns, each with what it means, for the receipt.
    pub fn meanings(&self) -> Vec<(String, String)> {
        self.columns.iter().map(|column| (column.head.clone(), column.means.clone())).collect()
    }
}

impl Understood {
    /// The choices with what was understood.
    fn fix(&self, chosen: &Choices) -> Choices {
        let chosen = chosen.clone();
        match self {
            Self::Records(encoding, delimiter) => {
                Choices { encoding: Some(encoding), delimiter: Some(*delimiter), ..chosen }
            }
            Self::Objects(encoding) => Choices { encoding: Some(encoding), ..chosen },
            Self::Sheet(sheet, _) => Choices { sheet: Some(sheet.clone()), ..chosen },
        }
    }
}

/// Why columns cannot be mapped, in words.
///
/// # Errors
/// It is another error.
fn obstacle(error: anyhow::Error) -> anyhow::Result<String> {
    let is_of_columns = error.is::<Unmapped>() || error.is::<crate::ledger::Invalid>();
    if is_of_columns { Ok(error.to_string()) } else { Err(error) }
}

fn short(text: &str) -> String {
    ledger::cut(text, LONGEST)
}

fn problems(line: &CsvLine) -> Vec<String> {
    match &line.items {
        Ok(_) => line.remarks.iter().map(|remark| format!("{}: {}", remark.column, remark.about)).collect(),
        Err(wrong) => wrong.iter().map(|(_, invalid)| invalid.to_string()).collect(),
    }
}

/// What a line says, each with the name of its field.
fn says(line: &CsvLine) -> Vec<(String, String)> {
    let Ok(items) = &line.items else { return Vec::new() };
    let mut said = Vec::new();
    for identifier in items.first().map(|item| item.person.identifiers()).unwrap_or_default() {
        if matches!(identifier.kind, Kind::Id | Kind::Anonymous) {
            said.push((identifier.kind.label(), short(&identifier.value)));
        }
    }
    items.iter().for_each(|item| say(item, &mut said));
    said
}

fn say(item: &Item, said: &mut Vec<(String, String)>) {
    let teller = Teller::default();
    let fact = |it: &crate::registers::Fact| {
        let value = it.shown()?;
        let shown = teller.fact(it.kind(), &it.subject(), &value)?;
        Some((teller.name(it.kind(), &it.subject()), short(&shown.into_short())))
    };
    said.extend(item.statement.facts().filter_map(fact));
    match &item.statement {
        Statement::Identify(identify) => {
            said.extend(
                identify.created_at.map(|at| ("Created".to_owned(), at.format("%Y-%m-%d %H:%M UTC").to_string())),
            );
            for (name, value) in &identify.attributes {
                let value = value.as_ref().map(|value| attributes::show(value.json())).unwrap_or_default();
                said.push((name.as_str().to_owned(), short(&value)));
            }
        }
        Statement::Tags { add, .. } => {
            said.extend(add.iter().map(|tag| ("Tags".to_owned(), tag.as_str().to_owned())));
        }
        Statement::Subscription(line, subscription) => {
            let messages = if line.channel.is_none() { "All".to_owned() } else { line.label() };
            said.push((format!("{messages} messages"), subscription.state.label().to_owned()));
        }
        Statement::Note(NoteChange::Add { body, .. }) => {
            said.push(("Note".to_owned(), short(body.as_str())));
            said.push(("When".to_owned(), item.as_of.format("%Y-%m-%d %H:%M:%S UTC").to_string()));
        }
        Statement::Event(event) => {
            said.push(("Event".to_owned(), short(event.name.as_str())));
            said.push(("When".to_owned(), event.occurred_at.format("%Y-%m-%d %H:%M:%S UTC").to_string()));
            for (name, value) in &event.properties {
                said.push((name.clone(), short(&attributes::show(value))));
            }
        }
        _ => {}
    }
}
