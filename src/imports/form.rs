//! The form of what is chosen about a file.

use encoding_rs::Encoding;

use super::{Choices, DateOrder, Delimiter, Preview, columns::Column, store::StoredImport};
use crate::{
    identities::Country,
    settings::named,
    web::{
        Field, FormData,
        form::{Control, Problems},
        time,
    },
    words::words,
};

/// Encodings to suggest.
pub const ENCODINGS: [&str; 8] =
    ["UTF-8", "windows-1252", "UTF-16LE", "UTF-16BE", "windows-1250", "windows-1251", "Shift_JIS", "GBK"];
/// Longest name of choices that are kept, in characters.
const LONGEST_NAME: usize = 80;

/// A column in the form.
#[derive(Clone, Debug)]
pub struct ColumnField {
    /// Name of its field.
    pub name: String,
    pub head: String,
    pub cells: Vec<String>,
    /// What it means, as it was typed.
    pub means: String,
    /// Whether somebody chose it.
    pub is_chosen: bool,
    pub error: Option<String>,
}

/// The form with what was typed and its problems.
#[derive(Clone, Debug)]
pub struct ChoicesForm {
    pub columns: Vec<ColumnField>,
    /// How the file is read.
    pub fields: Vec<Field>,
    /// Name under which the choices are kept.
    pub name: Field,
    pub problems: Problems,
}

words! {
    /// What is done with the choices.
    pub enum Wish {
        /// Only looks again.
        Look = "look";
        Try = "try";
        Import = "import";
        Keep = "keep";
        /// Takes choices that were kept.
        Use = "use";
    }
}

impl ChoicesForm {
    /// The form with what holds.
    pub fn stored(import: &StoredImport, preview: &Preview) -> Self {
        let chosen = import.choices();
        let values = [
            chosen.delimiter.map(|it| it.to_string()).unwrap_or_default(),
            chosen.encoding.map(|it| it.name().to_owned()).unwrap_or_default(),
            chosen.sheet.clone().unwrap_or_default(),
            chosen.dates.map(|it| it.as_str().to_owned()).unwrap_or_default(),
            chosen.country.map(|it| it.to_string()).unwrap_or_default(),
            chosen.zone.map(|it| it.name().to_owned()).unwrap_or_default(),
        ];
        let means: Vec<String> = preview.columns.iter().map(|column| column.means.clone()).collect();
        Self::new(preview, &means, values, "", Problems::default())
    }

    /// The form as it was sent.
    pub fn typed(preview: &Preview, sent: &FormData, problems: Problems) -> Self {
        let means: Vec<String> =
            (0..preview.columns.len()).map(|place| sent.get(&column_name(place)).to_owned()).collect();
        let values = NAMES.map(|name| sent.get(name).to_owned());
        Self::new(preview, &means, values, sent.get("name"), problems)
    }

    fn new(preview: &Preview, means: &[String], values: [String; 6], name: &str, problems: Problems) -> Self {
        let columns = preview.columns.iter().zip(means).enumerate().map(|(place, (column, means))| ColumnField {
            name: column_name(place),
            head: column.head.clone(),
            cells: column.cells.clone(),
            is_chosen: *means != column.suggested,
            error: problems.0.iter().find(|it| it.field == column_name(place)).map(|it| it.message.clone()),
            means: means.clone(),
        });
        let is_workbook = preview.as_understood.sheet.is_some();
        let is_text = preview.as_understood.encoding.is_some();
        let has_columns = !preview.columns.is_empty();
        let shown = [is_text && has_columns, is_text, is_workbook, has_columns, true, has_columns];
        let fields = fields().into_iter().zip(values).zip(shown).filter(|(_, is_shown)| *is_shown);
        Self {
            columns: columns.collect(),
            fields: fields.map(|((field, value), _)| field.value(&value).problem(&problems.0)).collect(),
            name: Field::new("name", "Name", Control::Text).limit(LONGEST_NAME).value(name).problem(&problems.0),
            problems,
        }
    }

    /// Reads the form.
    ///
    /// # Errors
    /// All problems.
    pub fn parse(preview: &Preview, sent: &FormData) -> Result<Choices, Problems> {
        let mut problems = Problems::default();
        let mut chosen = Choices::default();
        let mut read = |name: &'static str, problem: &str, set: &mut dyn FnMut(&str) -> bool| {
            let typed = sent.get(name).trim();
            if !typed.is_empty() && !set(typed) {
                problems.add(name, problem);
            }
        };
        read("delimiter", "Choose a delimiter from the list.", &mut |typed| {
            chosen.delimiter = typed.parse::<Delimiter>().ok();
            chosen.delimiter.is_some()
        });
        read("encoding", "No encoding has this name. Choose one from the list, such as windows-1252.", &mut |typed| {
            chosen.encoding = Encoding::for_label(typed.as_bytes());
            chosen.encoding.is_some()
        });
        read("sheet", "", &mut |typed| {
            chosen.sheet = Some(typed.to_owned());
            true
        });
        read("dates", "Choose an answer from the list.", &mut |typed| {
            chosen.dates = DateOrder::from_stored(typed);
            chosen.dates.is_some()
        });
        read("country", "Choose a country from the list.", &mut |typed| {
            chosen.country = typed.parse::<Country>().ok();
            chosen.country.is_some()
        });
        read("zone", "This time zone is not known. Choose one from the list, such as Europe/Zurich.", &mut |typed| {
            chosen.zone = time::zone(typed);
            chosen.zone.is_some()
        });
        for (place, column) in preview.columns.iter().enumerate() {
            let means = sent.get(&column_name(place)).trim();
            if means == column.suggested {
                continue;
            }
            if let Err(invalid) = Column::chosen(means) {
                problems.add(column_name(place), format!("{}: this name {}.", column.head, invalid.rule));
            }
            let is_alone = preview.columns.iter().filter(|other| other.head == column.head).count() == 1;
            let name = if is_alone { column.head.clone() } else { format!("#{}", place + 1) };
            chosen.columns.insert(name, means.to_owned());
        }
        if problems.is_empty() { Ok(chosen) } else { Err(problems) }
    }
}

/// Names of the fields, in the order of [`fields`].
const NAMES: [&str; 6] = ["delimiter", "encoding", "sheet", "dates", "country", "zone"];

/// Name of the field of a column.
fn column_name(place: usize) -> String {
    format!("column-{place}")
}

fn fields() -> [Field; 6] {
    let option = |value: &str, label: &str| (value.to_owned(), label.to_owned());
    let mut countries: Vec<(String, String)> =
        Country::all().into_iter().map(|country| (country.to_string(), named(country))).collect();
    countries.sort_by(|one, other| one.1.cmp(&other.1));
    let delimiters = ["comma", "semicolon", "tab", "pipe"].map(|name| option(name, name));
    [
        Field::new(NAMES[0], "Delimiter", Control::Select)
            .options(std::iter::once(option("", "as understood")).chain(delimiters)),
        Field::new(NAMES[1], "Encoding", Control::Text).list("encodings").hint("Empty: as understood."),
        Field::new(NAMES[2], "Sheet", Control::Text).hint("Empty: the first one with data."),
        Field::new(NAMES[3], "Dates such as 03/04/2026", Control::Select).options([
            option("", "leave them out"),
            option("dmy", "the day comes first: 3 April"),
            option("mdy", "the month comes first: 4 March"),
        ]),
        Field::new(NAMES[4], "Country of phone numbers", Control::Select)
            .options(std::iter::once(option("", "that of the workspace")).chain(countries)),
        Field::new(NAMES[5], "Time zone", Control::Text)
            .list("zones")
            .hint("Of times that do not say theirs. Empty: UTC."),
    ]
}

/// The name under which choices are kept.
///
/// # Errors
/// Why it cannot be one.
pub fn kept_name(sent: &FormData) -> Result<String, &'static str> {
    let name = sent.get("name").trim();
    match name.chars().count() {
        0 => Err("Enter a name."),
        1..=LONGEST_NAME => Ok(name.to_owned()),
        _ => Err("Enter a name of at most 80 characters."),
    }
}
