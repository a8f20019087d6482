//! Parses events and notes from objects of JSON, with the field names that senders use.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{csv_profiles::CsvLine, reading::Object};
use crate::{
    db::ids::NoteId,
    events::{Event, EventName, MessageId},
    identities::{Identifier, Kind, Reading},
    ingest::{Item, Person, Statement, time},
    json,
    ledger::Invalid,
    notes::{NoteBody, NoteChange},
};

/// Parses objects, one at a time. `now` is the latest time that one may have.
pub fn lines(
    objects: impl Iterator<Item = anyhow::Result<Object>>,
    now: DateTime<Utc>,
    reading: Reading,
) -> impl Iterator<Item = anyhow::Result<CsvLine>> {
    objects.map(move |object| {
        let Object { line: number, text, content } = object?;
        let text = match text {
            Ok(text) => text,
            Err(wrong) => return Ok(CsvLine::rejected(number, "line", wrong, content)),
        };
        Ok(match parse(text.as_bytes(), now, reading) {
            Ok(item) => CsvLine { number, items: Ok(vec![item]), remarks: Vec::new(), content },
            Err(wrong) => CsvLine::rejected(number, &wrong.field.clone(), wrong, text),
        })
    })
}

fn parse(line: &[u8], now: DateTime<Utc>, reading: Reading) -> Result<Item, Invalid> {
    let parsed: Value = serde_json::from_slice(line)
        .map_err(|error| Invalid::new("line", "must be one JSON object", &format!("{error}")))?;
    let Value::Object(mut object) = parsed else {
        return Err(Invalid::new("line", "must be one JSON object", "another kind of value"));
    };
    let is_note = match text(&object, &["type"]).as_deref() {
        None | Some("track") => false,
        Some("note") => true,
        Some(other) => {
            return Err(Invalid::new("type", "must be track or note: this import takes events and notes", other));
        }
    };
    let person = Person::Identifiers(identifiers(&object, reading)?);
    let as_of = occurred_at(&object, now)?;
    // Without an id of its own, the hash of the line is the id: the same line is the same event, or the same note.
    let id = text(&object, &["messageId", "message_id", "id"])
        .unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, line).to_string());
    let statement =
        if is_note { Statement::Note(note(&object, &id)?) } else { Statement::Event(event(&mut object, id, as_of)?) };
    Ok(Item { person, as_of, statement })
}

fn event(object: &mut Map<String, Value>, id: String, occurred_at: DateTime<Utc>) -> Result<Event, Invalid> {
    let name = EventName::new(&text(object, &["event", "name"]).unwrap_or_default())?;
    let properties = match object.remove("properties") {
        Some(Value::Object(properties)) => properties,
        None | Some(Value::Null) => Map::new(),
        Some(other) => return Err(Invalid::new("properties", "must be an object", &other.to_string())),
    };
    Event::new(name, occurred_at, Some(MessageId(id)), properties)
}

fn note(object: &Map<String, Value>, id: &str) -> Result<NoteChange, Invalid> {
    let given = text(object, &["note", "body", "text"]).unwrap_or_default();
    let body = NoteBody::new(&given).map_err(|_| Invalid::new("note", "must have 1 to 10,000 characters", &given))?;
    Ok(NoteChange::Add { id: NoteId(Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes())), body })
}

/// The first of these fields that is a text or a number.
fn text(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match object.get(*name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(json::digits(number.as_str())),
        _ => None,
    })
}

fn identifiers(object: &Map<String, Value>, reading: Reading) -> Result<Vec<Identifier>, Invalid> {
    const NAMES: [(Kind, &[&str]); 2] =
        [(Kind::Id, &["userId", "user_id", "customer_id"]), (Kind::Anonymous, &["anonymousId", "anonymous_id"])];
    let found =
        NAMES.into_iter().filter_map(|(kind, names)| Some(Identifier::read(kind, &text(object, names)?, reading)));
    let found: Vec<Identifier> = found.collect::<Result<_, _>>()?;
    if found.is_empty() { Err(Invalid::new("userId", "must be given, or anonymousId", "neither")) } else { Ok(found) }
}

/// Time of an event or a note, which is required: without one, importing twice would store it twice.
fn occurred_at(object: &Map<String, Value>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Invalid> {
    let given = text(object, &["timestamp", "occurred_at", "time"]).unwrap_or_default();
    let at = time("timestamp", &given)?;
    if at.year() < 2000 || at > now + TimeDelta::minutes(10) {
        return Err(Invalid::new("timestamp", "must lie between the year 2000 and now", &given));
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::reading::objects;

    fn read(text: &str) -> Vec<CsvLine> {
        let now = "2026-11-22T03:24:05Z".parse().unwrap();
        lines(objects(text.as_bytes().to_vec(), std::io::empty()), now, Reading::default())
            .collect::<Result<_, _>>()
            .unwrap()
    }

    #[test]
    fn a_bad_line_costs_only_itself() {
        let good = r#"{"type":"track","userId":"1","event":"A","timestamp":"2017-01-01T12:00:00Z","properties":{"total":6.07}}"#;
        let found = read(&format!("{good}\n\n{{broken\n[1]\n{good}"));
        let wrong: Vec<_> = found.iter().filter(|line| line.items.is_err()).map(|line| line.number).collect();
        assert_eq!((found.len(), wrong), (4, vec![3, 4]));
    }

    #[test]
    fn each_refusal_names_its_field() {
        let field = |line: &str| read(line)[0].items.as_ref().unwrap_err()[0].0.clone();
        assert_eq!(field(r#"{"event":"A","timestamp":"2017-01-01"}"#), "userId");
        assert_eq!(field(r#"{"userId":"1","timestamp":"2017-01-01"}"#), "event");
        assert_eq!(field(r#"{"userId":"1","event":"A"}"#), "timestamp");
        assert_eq!(field(r#"{"userId":"1","event":"A","timestamp":"2027-01-01"}"#), "timestamp");
        assert_eq!(field(r#"{"userId":"1","event":"A","timestamp":"2017-01-01","properties":[]}"#), "properties");
        assert_eq!(field(r#"{"type":"identify","userId":"1"}"#), "type");
        assert_eq!(field(&format!("{{\"userId\":\"{}\"}}", "x".repeat(1 << 21))), "line");
    }
}
