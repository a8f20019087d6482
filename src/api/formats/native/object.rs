//! Parses an object by its documented fields. Any other field is refused: a misspelt name must not be lost in silence.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use crate::{
    api::formats::{
        Call,
        reading::{Fields, show},
    },
    ingest::time,
    ledger::{AHEAD, Invalid},
    rejections::{Refused, codes},
};

/// An object whose fields are taken one by one, until none is left.
pub struct Object {
    path: String,
    fields: Fields,
}

impl Object {
    /// The object of a whole body or item.
    pub fn whole(fields: Fields) -> Self {
        Self { path: String::new(), fields }
    }

    /// The object at a path such as `tags` or `devices[2]`. Refused if the value is no object.
    pub fn at(path: &str, given: Value) -> Result<Self, Refused> {
        match given {
            Value::Object(fields) => Ok(Self { path: path.to_owned(), fields }),
            other => Err(wrong(path, "must be an object", &other)),
        }
    }

    /// Path of a field; a long name is cut, and an empty one is quoted, as it could not be seen.
    pub fn path(&self, name: &str) -> String {
        let name: String = if name.is_empty() { "\"\"".to_owned() } else { name.chars().take(80).collect() };
        if self.path.is_empty() { name } else { format!("{}.{name}", self.path) }
    }

    /// Takes a field; null is a value.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name)
    }

    /// Takes a field; null counts as missing.
    pub fn some(&mut self, name: &str) -> Option<Value> {
        self.take(name).filter(|given| !given.is_null())
    }

    /// Takes a text.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Refused> {
        match self.some(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(&self.path(name), "must be a text", &other)),
        }
    }

    /// Takes a required text.
    pub fn needed(&mut self, name: &str) -> Result<String, Refused> {
        self.text(name)?.ok_or_else(|| missing(&self.path(name)))
    }

    /// Takes a boolean.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, Refused> {
        match self.some(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(other) => Err(wrong(&self.path(name), "must be true or false", &other)),
        }
    }

    /// Takes a list; a missing one is empty.
    pub fn list(&mut self, name: &str) -> Result<Vec<Value>, Refused> {
        match self.some(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(wrong(&self.path(name), "must be a list", &other)),
        }
    }

    /// Takes an object; a missing one is empty.
    pub fn object(&mut self, name: &str) -> Result<Self, Refused> {
        Self::at(&self.path(name), self.some(name).unwrap_or_else(|| Value::Object(Fields::new())))
    }

    /// Takes a time: ISO 8601, or seconds since 1970.
    pub fn time(&mut self, name: &str) -> Result<Option<DateTime<Utc>>, Refused> {
        let path = self.path(name);
        match self.some(name) {
            None => Ok(None),
            Some(Value::String(text)) => time(&path, &text).map(Some).map_err(Refused::from),
            Some(Value::Number(number)) => time(&path, number.as_str()).map(Some).map_err(Refused::from),
            Some(other) => Err(wrong(&path, "must be a time such as 2026-11-22T08:30:00Z", &other)),
        }
    }

    /// Takes a time that is not in the future: no later statement could replace one of the future.
    pub fn past(&mut self, name: &str, call: &Call) -> Result<Option<DateTime<Utc>>, Refused> {
        let at = self.time(name)?;
        match at.filter(|at| *at > call.received_at + AHEAD) {
            Some(late) => Err(wrong(&self.path(name), "must not lie in the future", &Value::from(in_utc(late)))),
            None => Ok(at),
        }
    }

    /// Takes `as_of`, the time at which the item was true; the arrival if missing.
    pub fn as_of(&mut self, call: &Call) -> Result<DateTime<Utc>, Refused> {
        Ok(self.past("as_of", call)?.unwrap_or(call.received_at))
    }

    /// Takes all fields, whose names the sender chose.
    pub fn take_all(&mut self) -> Fields {
        std::mem::take(&mut self.fields)
    }

    /// Refuses the object if any field was not taken.
    pub fn finish(self) -> Result<(), Refused> {
        let Some(name) = self.fields.keys().next() else { return Ok(()) };
        let path = self.path(name);
        Err(Refused::new(codes::UNKNOWN_FIELD, &path, format!("{path} is not a field; check its spelling")))
    }
}

/// Refusal of a value that breaks a rule.
pub fn wrong(path: &str, rule: &'static str, given: &Value) -> Refused {
    Invalid::new(path, rule, &show(given)).into()
}

/// Refusal of a missing value.
pub fn missing(path: &str) -> Refused {
    Refused::new(codes::INVALID_VALUE, path, format!("{path} must be given; got nothing"))
}

/// A time as all answers write it.
pub fn in_utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Turns the refusal of a checked type into one at this path.
pub fn at(path: &str) -> impl FnOnce(Invalid) -> Refused {
    let field = path.to_owned();
    |invalid| Invalid { field, ..invalid }.into()
}
