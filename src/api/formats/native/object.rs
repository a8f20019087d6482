//! Reading an object by its documented fields. What is not one of them is refused: a typing error must not be lost in silence.

use chrono::{DateTime, Utc};
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

/// An object of which fields are taken until none is left.
pub struct Object {
    path: String,
    fields: Fields,
}

impl Object {
    /// The whole body of a call or an item of it.
    pub fn whole(fields: Fields) -> Self {
        Self { path: String::new(), fields }
    }

    /// An object at a place, such as `tags` or `devices[2]`.
    pub fn at(path: &str, given: Value) -> Result<Self, Refused> {
        match given {
            Value::Object(fields) => Ok(Self { path: path.to_owned(), fields }),
            other => Err(wrong(path, "must be an object", &other)),
        }
    }

    /// Where a field is; a long name of the sender's own is cut.
    pub fn path(&self, name: &str) -> String {
        let name: String = name.chars().take(80).collect();
        if self.path.is_empty() { name } else { format!("{}.{name}", self.path) }
    }

    /// A field as it is; null is a value.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name)
    }

    /// A field that null leaves out.
    pub fn some(&mut self, name: &str) -> Option<Value> {
        self.take(name).filter(|given| !given.is_null())
    }

    /// A text.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Refused> {
        match self.some(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(&self.path(name), "must be a text", &other)),
        }
    }

    /// A text that must be there.
    pub fn needed(&mut self, name: &str) -> Result<String, Refused> {
        self.text(name)?.ok_or_else(|| missing(&self.path(name)))
    }

    /// True or false.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, Refused> {
        match self.some(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(other) => Err(wrong(&self.path(name), "must be true or false", &other)),
        }
    }

    /// A list.
    pub fn list(&mut self, name: &str) -> Result<Vec<Value>, Refused> {
        match self.some(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(wrong(&self.path(name), "must be a list", &other)),
        }
    }

    /// An object; a missing one is empty.
    pub fn object(&mut self, name: &str) -> Result<Self, Refused> {
        Self::at(&self.path(name), self.some(name).unwrap_or_else(|| Value::Object(Fields::new())))
    }

    /// A time: ISO 8601, or seconds since 1970.
    pub fn time(&mut self, name: &str) -> Result<Option<DateTime<Utc>>, Refused> {
        let path = self.path(name);
        match self.some(name) {
            None => Ok(None),
            Some(Value::String(text)) => time(&path, &text).map(Some).map_err(Refused::from),
            Some(Value::Number(number)) => time(&path, number.as_str()).map(Some).map_err(Refused::from),
            Some(other) => Err(wrong(&path, "must be a time such as 2026-11-22T08:30:00Z", &other)),
        }
    }

    /// A time that is not later than now, or nothing newer could ever replace what was true then.
    pub fn past(&mut self, name: &str, call: &Call) -> Result<Option<DateTime<Utc>>, Refused> {
        let at = self.time(name)?;
        match at.filter(|at| *at > call.received_at + AHEAD) {
            Some(late) => Err(wrong(&self.path(name), "must not lie in the future", &Value::from(late.to_rfc3339()))),
            None => Ok(at),
        }
    }

    /// When all of it was true.
    pub fn as_of(&mut self, call: &Call) -> Result<DateTime<Utc>, Refused> {
        Ok(self.past("as_of", call)?.unwrap_or(call.received_at))
    }

    /// All fields, by names of the sender's own.
    pub fn take_all(&mut self) -> Fields {
        std::mem::take(&mut self.fields)
    }

    /// Refuses what was not taken.
    pub fn finish(self) -> Result<(), Refused> {
        let Some(name) = self.fields.keys().next() else { return Ok(()) };
        let path = self.path(name);
        Err(Refused::new(codes::UNKNOWN_FIELD, &path, format!("{path} is not a field; check its spelling")))
    }
}

/// A value that breaks a rule.
pub fn wrong(path: &str, rule: &'static str, given: &Value) -> Refused {
    Invalid::new(path, rule, &show(given)).into()
}

/// A value that must be there.
pub fn missing(path: &str) -> Refused {
    Refused::new(codes::INVALID_VALUE, path, format!("{path} must be given; got nothing"))
}

/// The refusal of a checked type, at its place.
pub fn at(path: &str) -> impl FnOnce(Invalid) -> Refused {
    let field = path.to_owned();
    |invalid| Invalid { field, ..invalid }.into()
}
