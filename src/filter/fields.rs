//! Reads what follows the name of a field: `created<30d`, `did:"Order Completed">=3 in:90d`. Any other name is an attribute's.

use std::ops::Range;

use super::{
    ast::{AddressTest, Choice, Compare, Condition, Events, Figure, Known, PropertyTest, Said, Status, Test},
    nearest::nearest,
    parse::{FilterError, Reader},
    periods::{period, within},
};
use crate::{
    identities::Channel,
    subscriptions::{ALL, Medium},
};

/// Most values of a condition, and most conditions on properties.
const MOST: usize = 100;

/// Names with a meaning of their own; an attribute called so is written in quotation marks.
const FIELDS: [&str; 14] = [
    "tag",
    "segment",
    "created",
    "seen",
    "status",
    "is",
    "can",
    "did",
    "was",
    "source",
    "note",
    "device",
    "identifier",
    "topic",
];

/// Whether a name means a field, not an attribute.
pub fn is_field(name: &str) -> bool {
    let name = name.to_lowercase();
    let (first, second) = name.split_once('.').unwrap_or((&name, ""));
    FIELDS.contains(&name.as_str())
        || name == ALL
        || Medium::ALL.iter().any(|medium| medium.as_str() == name)
        || Figure::from_stored(&name).is_some()
        || first == "identifier"
        || second == "address" && Channel::from_stored(first).is_some()
}

/// Reads what follows a name.
pub(super) fn read(
    reader: &mut Reader<'_>,
    name: &str,
    is_quoted: bool,
    place: Range<usize>,
) -> Result<Condition, FilterError> {
    if is_quoted || !is_field(name) {
        return Ok(Condition::Attribute { name: name.to_owned(), test: test(reader)? });
    }
    let field = name.to_lowercase();
    if let Some((channel, _)) = field.split_once(".address") {
        let channel = channel.parse().unwrap_or(Channel::Email);
        return Ok(Condition::Address { channel, test: address(reader)? });
    }
    if let Some((_, kind)) = field.split_once("identifier.") {
        return Ok(Condition::Identifier { kind: Some(kind.to_owned()), value: choice(reader, &field)? });
    }
    if let Ok(channel) = Medium::parse(&field) {
        return answer(reader, Some(channel), None);
    }
    if let Some(figure) = Figure::from_stored(&field) {
        return self::figure(reader, figure);
    }
    Ok(match field.as_str() {
        "tag" => Condition::Tag(choice(reader, &field)?),
        "segment" => Condition::Segment(values(reader, &field)?),
        "created" => Condition::Created(period(reader)?),
        "seen" if reader.takes(":*") => Condition::Seen(None),
        "seen" => Condition::Seen(Some(period(reader)?)),
        "status" => Condition::Status(one_of(reader, &Status::ALL, Status::as_str)?),
        "is" => Condition::Is(one_of(reader, &Known::ALL, Known::as_str)?),
        "can" => Condition::Can(one_of(reader, Medium::ALL, Medium::as_str)?),
        "did" => did(reader)?,
        "was" => was(reader)?,
        "source" => Condition::Source(values(reader, &field)?),
        "note" if reader.takes(":*") => Condition::Note(None),
        "note" if reader.takes("~") => Condition::Note(Some(value(reader)?)),
        "device" => Condition::Device(choice(reader, &field)?),
        "identifier" => Condition::Identifier { kind: None, value: choice(reader, &field)? },
        "topic" => topic(reader)?,
        ALL => answer(reader, None, None)?,
        _ => return Err(FilterError::new(place, "A note takes note~text, or note:* for any note.")),
    })
}

/// Reads a text: in quotation marks, or up to a blank or a sign.
pub(super) fn value(reader: &mut Reader<'_>) -> Result<String, FilterError> {
    Ok(written(reader)?.0)
}

/// Reads a text, and whether it was in quotation marks.
fn written(reader: &mut Reader<'_>) -> Result<(String, bool), FilterError> {
    let start = reader.at();
    if let Some(text) = reader.quoted()? {
        return Ok((text, true));
    }
    match reader.bare("\",(){}") {
        "" => {
            Err(FilterError::new(start..start, "Expected a value here. A value with spaces stands in quotation marks."))
        }
        text => Ok((text.to_owned(), false)),
    }
}

/// Reads `:` and one or more values.
fn values(reader: &mut Reader<'_>, field: &str) -> Result<Vec<String>, FilterError> {
    colon(reader, field)?;
    let mut read = vec![value(reader)?];
    rest_of(reader, &mut read)?;
    Ok(read)
}

fn rest_of(reader: &mut Reader<'_>, read: &mut Vec<String>) -> Result<(), FilterError> {
    while reader.takes(",") {
        let start = reader.at();
        read.push(value(reader)?);
        if read.len() > MOST {
            return Err(reader.wrong(start, "There are too many values. At most 100 are possible."));
        }
    }
    Ok(())
}

pub(super) fn colon(reader: &mut Reader<'_>, field: &str) -> Result<(), FilterError> {
    if reader.takes(":") {
        return Ok(());
    }
    let message = format!("{field} is followed by a colon, as in {field}:value.");
    Err(FilterError::new(reader.next(), message).or(Some(":")))
}

fn choice(reader: &mut Reader<'_>, field: &str) -> Result<Choice, FilterError> {
    colon(reader, field)?;
    if reader.rest().starts_with('*') && is_end(reader.rest().get(1..)) {
        reader.takes("*");
        return Ok(Choice::Present);
    }
    let mut read = vec![value(reader)?];
    rest_of(reader, &mut read)?;
    Ok(Choice::OneOf(read))
}

fn is_end(rest: Option<&str>) -> bool {
    rest.is_some_and(|rest| rest.chars().next().is_none_or(|next| next.is_whitespace() || "(){}".contains(next)))
}

/// Reads what is asked of an attribute or property.
fn test(reader: &mut Reader<'_>) -> Result<Test, FilterError> {
    if reader.takes("~") {
        return Ok(Test::Contains(value(reader)?));
    }
    if reader.takes("^") {
        return Ok(Test::Begins(value(reader)?));
    }
    if let Some(compare) = compare(reader) {
        let than = value(reader)?;
        return Ok(if compare == Compare::Equal {
            Test::Is(Choice::OneOf(vec![than]))
        } else {
            Test::Compare(compare, than)
        });
    }
    colon(reader, "An attribute")?;
    if reader.rest().starts_with('*') && is_end(reader.rest().get(1..)) {
        reader.takes("*");
        return Ok(Test::Is(Choice::Present));
    }
    let (first, is_quoted) = written(reader)?;
    if is_quoted && reader.takes("..") {
        return Ok(Test::Between(first, value(reader)?));
    }
    if let Some((from, to)) = first.split_once("..").filter(|_| !is_quoted) {
        let to = if to.is_empty() && reader.peek() == Some('"') { value(reader)? } else { to.to_owned() };
        return Ok(match (from, to.as_str()) {
            ("", _) => Test::Compare(Compare::AtMost, to),
            (from, "") => Test::Compare(Compare::AtLeast, from.to_owned()),
            (from, _) => Test::Between(from.to_owned(), to),
        });
    }
    let mut read = vec![first];
    rest_of(reader, &mut read)?;
    Ok(Test::Is(Choice::OneOf(read)))
}

pub(super) fn compare(reader: &mut Reader<'_>) -> Option<Compare> {
    Compare::ALL.into_iter().find(|compare| reader.takes(compare.as_str()))
}

/// Reads one word of a vocabulary after `:`.
fn one_of<T: Copy>(reader: &mut Reader<'_>, all: &[T], word: fn(T) -> &'static str) -> Result<T, FilterError> {
    colon(reader, "The field")?;
    let start = reader.at();
    let given = value(reader)?;
    known(reader, start, &given, all, word)
}

fn known<T: Copy>(
    reader: &Reader<'_>,
    start: usize,
    given: &str,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, FilterError> {
    let words: Vec<&str> = all.iter().map(|one| word(*one)).collect();
    let found = all.iter().find(|one| word(**one) == given.to_lowercase());
    found.copied().ok_or_else(|| {
        reader
            .wrong(start, format!("“{given}” is not one of {}.", words.join(", ")))
            .or(nearest(given, words.iter().copied()))
    })
}

/// Reads `{total>50 currency:USD}`, if it comes next.
fn with(reader: &mut Reader<'_>) -> Result<Vec<PropertyTest>, FilterError> {
    let (mut tests, open) = (Vec::new(), reader.at());
    if !reader.takes("{") {
        return Ok(tests);
    }
    loop {
        reader.skip();
        if reader.takes("}") {
            return Ok(tests);
        }
        let start = reader.at();
        let Some(next) = reader.peek() else {
            return Err(reader.wrong(open, "This brace is never closed."));
        };
        let property = match reader.quoted()? {
            Some(name) => name,
            None => reader.bare("\"(){}:~^<>=").to_owned(),
        };
        if property.is_empty() {
            let message = "Expected the name of a property, as in {total>50 currency:USD}.";
            return Err(FilterError::new(start..start + next.len_utf8(), message));
        }
        tests.push(PropertyTest { property, test: test(reader)? });
        if tests.len() > MOST {
            return Err(reader.wrong(start, "There are too many conditions on properties. At most 100 are possible."));
        }
    }
}

fn did(reader: &mut Reader<'_>) -> Result<Condition, FilterError> {
    colon(reader, "did")?;
    let name = match reader.quoted()? {
        Some(name) => name,
        None => named(reader, "\"(){}<>=")?,
    };
    let with = with(reader)?;
    let (compare, count) = match compare(reader) {
        None => (Compare::AtLeast, 1),
        Some(compare) => {
            let start = reader.at();
            let given = value(reader)?;
            let count = given.parse().ok().filter(|count| *count <= 1_000_000_000_u64);
            (
                compare,
                count
                    .ok_or_else(|| reader.wrong(start, "Expected a whole number, as in did:\"Order Completed\">=3."))?,
            )
        }
    };
    Ok(Condition::Did { events: Events { name, with, within: within(reader)? }, compare, count })
}

fn named(reader: &mut Reader<'_>, ends: &str) -> Result<String, FilterError> {
    let start = reader.at();
    match reader.bare(ends) {
        "" => Err(FilterError::new(start..start, "Expected the name of an event, as in did:\"Order Completed\".")),
        name => Ok(name.to_owned()),
    }
}

fn figure(reader: &mut Reader<'_>, figure: Figure) -> Result<Condition, FilterError> {
    colon(reader, figure.as_str())?;
    let start = reader.at();
    let name = match reader.quoted()? {
        Some(name) => name,
        None => named(reader, "\"(){}<>=:~^.")?,
    };
    let expected = format!("Expected the name of a property, as in {}:\"Order Completed\".total>100.", figure.as_str());
    if !reader.takes(".") {
        return Err(reader.wrong(start, expected));
    }
    let property = match reader.quoted()? {
        Some(property) => property,
        None => reader.bare("\"(){}:~^<>=").to_owned(),
    };
    if property.is_empty() {
        return Err(reader.wrong(start, expected));
    }
    let with = with(reader)?;
    let test = test(reader)?;
    Ok(Condition::Figure { figure, property, events: Events { name, with, within: within(reader)? }, test })
}

fn was(reader: &mut Reader<'_>) -> Result<Condition, FilterError> {
    let statuses = values(reader, "was")?;
    let with = with(reader)?;
    Ok(Condition::Was { statuses, with, within: within(reader)? })
}

fn answer(reader: &mut Reader<'_>, channel: Option<Medium>, topic: Option<String>) -> Result<Condition, FilterError> {
    let start = reader.at() + 1;
    let given = values(reader, channel.map_or(ALL, Medium::as_str))?;
    let said = given.iter().map(|word| match word.to_lowercase().as_str() {
        "on" | "yes" => Ok(Said::Subscribed),
        "off" | "no" => Ok(Said::Unsubscribed),
        _ => known(reader, start, word, &Said::ALL, Said::as_str),
    });
    Ok(Condition::Answer { channel, topic, said: said.collect::<Result<_, _>>()? })
}

fn topic(reader: &mut Reader<'_>) -> Result<Condition, FilterError> {
    colon(reader, "topic")?;
    let name = match reader.quoted()? {
        Some(name) => name,
        None => named(reader, "\"(){}:.")?,
    };
    let mut channel = None;
    if reader.takes(".") {
        let start = reader.at();
        let given = reader.bare("\"(){}:").to_owned();
        channel = (given != ALL).then(|| known(reader, start, &given, Medium::ALL, Medium::as_str)).transpose()?;
    }
    answer(reader, channel, Some(name))
}

fn address(reader: &mut Reader<'_>) -> Result<AddressTest, FilterError> {
    if reader.takes("~") {
        return Ok(AddressTest::Contains(value(reader)?));
    }
    let is_blocked = reader.rest().starts_with(":blocked") && is_end(reader.rest().get(8..));
    if is_blocked {
        reader.takes(":blocked");
        return Ok(AddressTest::Blocked);
    }
    choice(reader, "address").map(AddressTest::Is)
}
