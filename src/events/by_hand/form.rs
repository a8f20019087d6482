//! The form for adding an event by hand.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::typed::Sort;
use crate::{
    auth::Operator,
    events::{Event, EventName, MessageId},
    web::{
        Field, FormData, Now,
        form::{Control, Problems},
    },
};

/// Rows for properties in an empty form.
const ROWS: usize = 5;
/// Most rows that are read.
const MOST_ROWS: usize = 50;
/// Longest reason, in characters.
const LONGEST_REASON: usize = 300;
/// Longest name of a property, in characters.
const LONGEST_NAME: usize = 256;

/// Format of a time in the form.
const TYPED: &str = "%Y-%m-%dT%H:%M:%S";

/// A property as it was typed.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub name: String,
    pub value: String,
    pub sort: Sort,
    /// What is wrong with the property; `None` if nothing is.
    pub error: Option<String>,
}

impl Row {
    fn is_empty(&self) -> bool {
        self.name.trim().is_empty() && self.value.trim().is_empty()
    }
}

/// The form with what was typed and its problems.
#[derive(Clone, Debug)]
pub struct AddForm {
    /// Id made with the form; the event's message id is made from it.
    pub id: Uuid,
    pub event: Field,
    pub occurred_at: Field,
    pub rows: Vec<Row>,
    pub json: Field,
    pub reason: Field,
    pub problems: Problems,
}

/// Texts of the fields.
#[derive(Clone, Debug, Default)]
struct Typed {
    event: String,
    occurred_at: String,
    rows: Vec<Row>,
    json: String,
    reason: String,
}

impl Typed {
    fn of(sent: &FormData) -> Self {
        let row = |n: usize| Row {
            name: sent.raw(&format!("name-{n}")).to_owned(),
            value: sent.raw(&format!("value-{n}")).to_owned(),
            sort: sent.parsed(&format!("sort-{n}")).unwrap_or_default(),
            error: None,
        };
        let mut rows: Vec<Row> = (0..MOST_ROWS).map(row).collect();
        let last = rows.iter().rposition(|row| !row.is_empty());
        rows.truncate(last.map_or(0, |last| last + 1));
        Self {
            event: sent.raw("event").to_owned(),
            occurred_at: sent.raw("occurred_at").to_owned(),
            rows,
            json: sent.raw("json").to_owned(),
            reason: sent.raw("reason").to_owned(),
        }
    }
}

/// An event to store, with its reason.
#[derive(Clone, Debug)]
pub struct Added {
    pub event: Event,
    /// Why the event is added by hand.
    pub reason: String,
}

impl AddForm {
    /// An empty form with the present time.
    pub fn blank(id: Uuid, now: Now) -> Self {
        let occurred_at = now.at.with_timezone(&now.zone).format(TYPED).to_string();
        Self::new(id, Typed { occurred_at, ..Typed::default() }, Problems::default(), now)
    }

    /// The form as it was typed; without its id it gets the new one.
    pub fn typed(new: Uuid, sent: &FormData, now: Now) -> Self {
        Self::new(sent.parsed("id").unwrap_or(new), Typed::of(sent), Problems::default(), now)
    }

    fn new(id: Uuid, mut typed: Typed, problems: Problems, now: Now) -> Self {
        let found = &problems.0;
        typed.rows.truncate(MOST_ROWS);
        let rows = typed.rows.len().max(ROWS);
        typed.rows.resize(rows, Row::default());
        Self {
            id,
            event: Field::new("event", "Event", Control::Text)
                .required()
                .value(&typed.event)
                .limit(256)
                .list("known-events")
                .hint("Choose an event or type a new name.")
                .problem(found),
            occurred_at: Field::new("occurred_at", "When it happened", Control::Time)
                .required()
                .value(&typed.occurred_at)
                .hint(format!("Time zone: {}.", now.zone.name().replace('_', " ")))
                .problem(found),
            rows: typed.rows,
            json: Field::new("json", "More properties as JSON", Control::Area)
                .value(&typed.json)
                .hint("For lists and nested values. Enter an object, such as {\"products\": [{\"name\": \"Tea\"}]}.")
                .problem(found),
            reason: Field::new("reason", "Reason", Control::Text)
                .required()
                .value(&typed.reason)
                .limit(LONGEST_REASON)
                .hint("Why you add this event by hand. The reason is shown with the event.")
                .problem(found),
            problems,
        }
    }

    /// Reads the form. Fails with the form as it was typed, with its problems.
    pub fn parse(id: Uuid, sent: &FormData, now: Now, by: &Operator) -> Result<Added, Box<Self>> {
        let mut typed = Typed::of(sent);
        let mut problems = Problems::default();
        let name = name(&typed.event).map_err(|message| problems.add("event", message)).ok();
        let at = moment(&typed.occurred_at, now).map_err(|message| problems.add("occurred_at", message)).ok();
        let mut properties = properties(&mut typed.rows, &mut problems);
        add_json(&mut properties, &typed.json).unwrap_or_else(|message| problems.add("json", message));
        let reason = reason(&typed.reason).map_err(|message| problems.add("reason", message)).ok();
        let (Some(name), Some(at), Some(reason), true) = (name, at, reason, problems.is_empty()) else {
            return Err(Box::new(Self::new(id, typed, problems, now)));
        };
        match Event::new(name, at, Some(MessageId(format!("by-hand:{id}"))), properties) {
            Ok(mut event) => {
                event.is_of_staff = true;
                event.context.insert("added_by".to_owned(), by.name.clone().into());
                event.context.insert("reason".to_owned(), reason.clone().into());
                Ok(Added { event, reason })
            }
            Err(invalid) => {
                problems.add("json", format!("All properties together {}.", invalid.rule));
                Err(Box::new(Self::new(id, typed, problems, now)))
            }
        }
    }
}

fn name(typed: &str) -> Result<EventName, String> {
    EventName::new(typed).map_err(|invalid| match typed.trim() {
        "" => "Choose an event or type a new name.".to_owned(),
        _ => format!("The name {}.", invalid.rule),
    })
}

fn moment(typed: &str, now: Now) -> Result<DateTime<Utc>, String> {
    let at = now.read(typed)?;
    if at.with_timezone(&now.zone).year() < 1900 {
        return Err("Enter a date and time between 1900-01-01 and now.".to_owned());
    }
    if at > now.at + TimeDelta::days(1) {
        return Err("Enter a date and time between 1900-01-01 and now. This one is more than a day ahead.".to_owned());
    }
    Ok(at)
}

fn reason(typed: &str) -> Result<String, String> {
    let reason = typed.trim();
    match reason.chars().count() {
        0 => Err("Enter a reason.".to_owned()),
        n if n > LONGEST_REASON => {
            Err(format!("A reason can have at most {LONGEST_REASON} characters. This one has {n}."))
        }
        _ if reason.contains(char::is_control) => Err("Write the reason on one line.".to_owned()),
        _ => Ok(reason.to_owned()),
    }
}

fn properties(rows: &mut [Row], problems: &mut Problems) -> Map<String, Value> {
    let mut properties = Map::new();
    for (place, row) in rows.iter_mut().enumerate().filter(|(_, row)| !row.is_empty()) {
        let read = property(row, &properties).map(|(name, value)| properties.insert(name, value));
        if let Err(message) = read {
            problems.add(format!("name-{place}"), message.clone());
            row.error = Some(message);
        }
    }
    properties
}

fn property(row: &Row, known: &Map<String, Value>) -> Result<(String, Value), String> {
    let name = row.name.trim();
    match name.chars().count() {
        0 => return Err(format!("Enter a name for the property with the value “{}”.", row.value.trim())),
        n if n > LONGEST_NAME => return Err(format!("A property name can have at most {LONGEST_NAME} characters.")),
        _ if name.contains(char::is_control) => return Err("Write the property name on one line.".to_owned()),
        _ if known.contains_key(name) => return Err(format!("The property {name} is listed twice.")),
        _ => {}
    }
    if row.value.trim().is_empty() && row.sort != Sort::Text {
        return Err(format!("Enter a value for {name}, or choose Text to leave it empty."));
    }
    Ok((name.to_owned(), row.sort.read(&row.value)?))
}

fn add_json(properties: &mut Map<String, Value>, typed: &str) -> Result<(), String> {
    if typed.trim().is_empty() {
        return Ok(());
    }
    let more = match serde_json::from_str(typed) {
        Ok(Value::Object(more)) => more,
        Ok(_) => return Err("The JSON must be an object in curly brackets.".to_owned()),
        Err(error) => {
            return Err(format!("This is not valid JSON. Check line {}, column {}.", error.line(), error.column()));
        }
    };
    for (name, value) in more {
        if properties.contains_key(&name) {
            return Err(format!("The property {name} is already listed above."));
        }
        properties.insert(name, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::events::by_hand::form::*;

    fn now(zone: chrono_tz::Tz) -> Now {
        Now::new("2026-11-22T03:24:05Z".parse().unwrap(), zone)
    }

    #[test]
    fn moments_are_read_by_the_clocks_of_the_operator() {
        let read = |text: &str, zone| moment(text, now(zone)).map(|at| at.to_rfc3339());
        assert_eq!(read("2026-11-22T03:24", chrono_tz::UTC).unwrap(), "2026-11-22T03:24:00+00:00");
        assert_eq!(read("2026-11-22T08:54:05", chrono_tz::Asia::Kolkata).unwrap(), "2026-11-22T03:24:05+00:00");
        assert!(read("2026-03-29T02:30", chrono_tz::Europe::Berlin).unwrap_err().contains("put forward"));
        assert!(read("2026-11-23T03:25", chrono_tz::UTC).unwrap_err().contains("a day ahead"));
        assert!(read("", chrono_tz::UTC).is_err() && read("1899-12-31T00:00", chrono_tz::UTC).is_err());
    }

    #[test]
    fn json_is_added_to_what_is_typed() {
        let mut properties = Map::from_iter([("a".to_owned(), Value::from(1))]);
        assert!(add_json(&mut properties, "[1]").unwrap_err().contains("object"));
        assert!(add_json(&mut properties, "{").unwrap_err().contains("line 1"));
        assert!(add_json(&mut properties, r#"{"a": 2}"#).unwrap_err().contains("a is already listed above"));
        add_json(&mut properties, r#"{"b": [2]}"#).unwrap();
        assert_eq!(Value::Object(properties).to_string(), r#"{"a":1,"b":[2]}"#);
    }
}
