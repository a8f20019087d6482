//! Maps the columns of a file: by what was chosen, by their heads, and where these say nothing by what is in them.

use std::collections::{BTreeMap, HashSet};

use chrono::FixedOffset;

use super::columns::{Column, head, zone};
use crate::{
    attributes::AttributeName,
    identities::{Address, Channel},
    ledger::Invalid,
};

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// Its head.
    pub head: String,
    pub means: Column,
    /// Zone of its times that have none.
    pub zone: Option<FixedOffset>,
}

/// The columns of a file, in its order.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub columns: Vec<Mapped>,
}

/// Why columns cannot be mapped.
#[derive(Debug, thiserror::Error)]
pub enum Unmapped {
    #[error("a meaning was chosen for the column {column:?}, which the file does not have; it has: {heads}")]
    Missing { column: String, heads: String },
    #[error("the column {0:?} means the same as another one; leave one of them out")]
    Twice(String),
    #[error("no column says who a line is about: one must be an id, an email, a phone number or an anonymous id")]
    Nobody,
}

/// Part of the cells of a column that must be addresses for the column to be one of addresses.
const MOST: f64 = 0.8;

impl Mapping {
    /// Maps heads. `chosen` overrides the meaning of columns, by their head or by their place such as `#3`: a usual name such as `email` or
    /// `id`, an attribute's name, or a blank to leave the column out. `known` are attributes that exist, `rows` the first records.
    ///
    /// # Errors
    /// [`Unmapped`], or a name breaks a rule.
    pub fn new(
        heads: &[String],
        chosen: &BTreeMap<String, String>,
        known: &HashSet<String>,
        rows: &[Vec<String>],
    ) -> anyhow::Result<Self> {
        let place = |number: usize| format!("#{}", number + 1);
        let is_there = |name: &&String| heads.contains(name) || (0..heads.len()).any(|number| place(number) == **name);
        if let Some(unknown) = chosen.keys().find(|name| !is_there(name)) {
            anyhow::bail!(Unmapped::Missing { column: unknown.clone(), heads: heads.join(", ") });
        }
        let mut columns = Vec::with_capacity(heads.len());
        for (number, given) in heads.iter().enumerate() {
            let (name, zone) = zone(head(given));
            let choice = chosen.get(&place(number)).or_else(|| chosen.get(given));
            let means = choice.map_or_else(|| Column::from_name(name), |chosen| Column::chosen(chosen))?;
            columns.push((Mapped { head: name.to_owned(), means, zone }, choice.is_some()));
        }
        find_addresses(&mut columns, rows);
        let columns = one_meaning_each(columns, known)?;
        if !columns.iter().any(|column| column.means.identifies()) {
            anyhow::bail!(Unmapped::Nobody);
        }
        Ok(Self { columns })
    }

    /// Heads of columns, each with what it means, as one would choose it.
    pub fn meanings(&self) -> impl Iterator<Item = (String, String)> {
        self.columns.iter().map(|column| (column.head.clone(), column.means.name()))
    }
}

/// Where no head means an email or a phone number, the column whose cells are such does.
fn find_addresses(columns: &mut [(Mapped, bool)], rows: &[Vec<String>]) {
    for channel in [Channel::Email, Channel::Sms] {
        if columns.iter().any(|(column, _)| column.means == Column::Address(channel)) {
            continue;
        }
        let is_address = |cell: &str| {
            // Without a country code any number of an order could be one of a phone.
            let text = cell.trim().trim_start_matches('\'');
            (channel == Channel::Email || text.starts_with('+')) && Address::new(channel, text).is_ok()
        };
        let fits = |number: usize| {
            let cells: Vec<&str> =
                rows.iter().filter_map(|row| row.get(number)).map(|it| it.trim()).filter(|it| !it.is_empty()).collect();
            let found = cells.iter().filter(|cell| is_address(cell)).count();
            // A sample is far from so long that a number of its cells would not be exact.
            #[expect(clippy::cast_precision_loss)]
            let is_most = found as f64 >= MOST * cells.len() as f64;
            found > 0 && is_most
        };
        let free = |(number, (column, is_chosen)): &(usize, &mut (Mapped, bool))| {
            matches!(column.means, Column::Attribute(_)) && !*is_chosen && fits(*number)
        };
        if let Some((_, (column, _))) = columns.iter_mut().enumerate().find(free) {
            column.means = Column::Address(channel);
        }
    }
}

/// Of several columns with one meaning the one whose head is the very name has it, else the first; the others are attributes by their own
/// heads. Two attributes of one name are told apart by a number.
fn one_meaning_each(columns: Vec<(Mapped, bool)>, known: &HashSet<String>) -> anyhow::Result<Vec<Mapped>> {
    let folded: BTreeMap<String, &String> = known.iter().map(|name| (name.to_lowercase(), name)).collect();
    let exact: HashSet<String> = columns.iter().map(|(column, _)| column.head.clone()).collect();
    let mut taken: Vec<Column> = Vec::new();
    let mut mapped = Vec::with_capacity(columns.len());
    for (mut column, is_chosen) in columns {
        if let Column::Attribute(name) = &column.means
            && !is_chosen
        {
            column.means = Column::Attribute(fold(name, &column.head, &exact, known, &folded)?);
        }
        if !column.means.is_shared() && taken.contains(&column.means) {
            if is_chosen {
                anyhow::bail!(Unmapped::Twice(column.head));
            }
            column.means = Column::Attribute(numbered(&column.head, &taken)?);
        }
        taken.push(column.means.clone());
        mapped.push(column);
    }
    Ok(mapped)
}

/// The attribute that a head means: one that exists in another case, unless another head is that very name.
fn fold(
    name: &AttributeName,
    head: &str,
    exact: &HashSet<String>,
    known: &HashSet<String>,
    folded: &BTreeMap<String, &String>,
) -> Result<AttributeName, Invalid> {
    let is_anothers = |name: &str| name != head && exact.contains(name);
    if known.contains(head) {
        return AttributeName::new(head);
    }
    if let Some(existing) = folded.get(&head.to_lowercase()).filter(|existing| !is_anothers(existing)) {
        return AttributeName::new(existing);
    }
    if is_anothers(name.as_str()) { AttributeName::new(head) } else { Ok(name.clone()) }
}

fn numbered(head: &str, taken: &[Column]) -> Result<AttributeName, Invalid> {
    let is_free = |name: &AttributeName| !taken.contains(&Column::Attribute(name.clone()));
    let own = AttributeName::new(head)?;
    if is_free(&own) {
        return Ok(own);
    }
    let mut number = 2;
    loop {
        let name = AttributeName::new(&format!("{head} ({number})"))?;
        if is_free(&name) {
            return Ok(name);
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(heads: &[&str], chosen: &[(&str, &str)], rows: &[&[&str]]) -> anyhow::Result<Vec<Column>> {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let chosen = chosen.iter().map(|(head, means)| (head.to_string(), means.to_string())).collect();
        let known = HashSet::from(["Plan".to_owned()]);
        let rows: Vec<Vec<String>> = rows.iter().map(|row| owned(row)).collect();
        let mapping = Mapping::new(&owned(heads), &chosen, &known, &rows)?;
        Ok(mapping.columns.into_iter().map(|column| column.means).collect())
    }

    fn attribute(name: &str) -> Column {
        Column::Attribute(AttributeName::new(name).unwrap())
    }

    #[test]
    fn columns_are_chosen_by_head_or_place() {
        let found = map(&["nr", "plan", "x"], &[("nr", "id"), ("plan", ""), ("#3", "slack")], &[]).unwrap();
        assert_eq!(found, [Column::Id, Column::Skip, Column::Address(Channel::Slack)]);
        assert!(map(&["nr"], &[("nr", "id"), ("plan", "")], &[]).unwrap_err().to_string().contains("plan"));
        assert!(map(&["plan"], &[], &[]).is_err());
        assert!(map(&["id", "nr"], &[("nr", "id")], &[]).is_err());
    }

    #[test]
    fn one_meaning_goes_to_one_column_and_nothing_is_lost() {
        let found = map(&["id", "user_id", "City", "city", "city", "PLAN"], &[], &[]).unwrap();
        let expected = ["user_id", "City", "city", "city (2)", "Plan"].map(attribute);
        assert_eq!(found[0], Column::Id);
        assert_eq!(found[1..], expected);
    }

    #[test]
    fn cells_tell_what_heads_do_not() {
        let rows: [&[&str]; 3] =
            [&["Ann", "ann@example.com", "+4915112349001"], &["Bo", "", ""], &["Cy", "cy@example.com", "x"]];
        let found = map(&["who", "where", "call"], &[], &rows).unwrap();
        assert_eq!(found, [attribute("who"), Column::Address(Channel::Email), attribute("call")]);
    }
}
