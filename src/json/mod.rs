//! JSON that is stored: cleaned before it is checked, so that everything can read what is stored.
//!
//! Diesel's own reading of `jsonb` is switched off and replaced by [`Json`], because it fails on texts that Postgres stores and
//! `serde_json` does not read, and one such value would break the page, the list and the batch that contain it.

mod read;
mod same;

pub use read::{parse, text, tolerant};
pub use same::{canonical, digits, equal, same};

use std::{collections::BTreeMap, io::Write, ops::Deref};

use diesel::{
    QueryResult,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::Jsonb,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, value::RawValue};

/// Deepest nesting that is stored. `serde_json` reads 128 levels; stored values are wrapped by ledger rows, snapshots of merges and
/// answers.
pub const DEEPEST: usize = 64;
/// Prefix of `serde_json`'s own keys: an object with such a key is not read as an object.
const RESERVED: &str = "$serde_json::private::";
/// Deepest nesting that is read where a value cannot be read as a whole.
const DEEPEST_READ: usize = 100;

/// Longest number, and largest power of ten: beyond them Postgres cannot store a number, or prints it with thousands of digits.
const LONGEST_NUMBER: usize = 1000;
const LARGEST_POWER: u32 = 400;

/// Whether Postgres can store a number, and prints it in reasonable length.
pub fn can_be_kept(number: &str) -> bool {
    let power = number.split_once(['e', 'E']).map_or(Ok(0), |(_, power)| power.parse::<i32>());
    number.len() <= LONGEST_NUMBER && power.is_ok_and(|power| power.unsigned_abs() <= LARGEST_POWER)
}

/// Cleans a value so that it can be stored and read back: removes U+0000 from texts and keys, turns numbers that Postgres cannot store into
/// texts.
///
/// # Errors
/// The broken rule: the value is nested deeper than [`DEEPEST`], or has a key of `serde_json`'s own.
pub fn clean(value: &mut Value) -> Result<(), &'static str> {
    clean_below(value, DEEPEST)
}

fn clean_below(value: &mut Value, levels: usize) -> Result<(), &'static str> {
    let Some(below) = levels.checked_sub(1) else { return Err("must be nested at most 64 levels deep") };
    match value {
        Value::String(text) => text.retain(|c| c != '\0'),
        Value::Array(items) => items.iter_mut().try_for_each(|item| clean_below(item, below))?,
        Value::Object(fields) => {
            if fields.keys().any(|key| key.contains('\0')) {
                let kept = std::mem::take(fields);
                fields.extend(kept.into_iter().map(|(key, value)| (key.replace('\0', ""), value)));
            }
            // Checked after the cleaning: a U+0000 may have hidden the prefix.
            if fields.keys().any(|key| is_reserved(key)) {
                return Err("must not have a key that begins with $serde_json::private::");
            }
            fields.values_mut().try_for_each(|field| clean_below(field, below))?;
        }
        Value::Number(number) if !can_be_kept(number.as_str()) => *value = Value::String(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

/// Whether a key is one of `serde_json`'s own.
pub fn is_reserved(key: &str) -> bool {
    key.starts_with(RESERVED)
}

/// A `jsonb` value read from the database.
#[derive(AsExpression, Clone, Debug, Default, FromSqlRow, PartialEq, serde::Deserialize, serde::Serialize)]
#[diesel(sql_type = Jsonb)]
pub struct Json(pub Value);

impl Json {
    /// Parses the value as a `T`; fails if it is something else.
    pub fn read<T: DeserializeOwned>(self) -> QueryResult<T> {
        serde_json::from_value(self.0).map_err(|error| diesel::result::Error::DeserializationError(error.into()))
    }
}

impl Deref for Json {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        json.0
    }
}

impl FromSql<Jsonb, Pg> for Json {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [1, text @ ..] => Ok(Self(read(&String::from_utf8_lossy(text)))),
            _ => Err("this version of jsonb is unknown".into()),
        }
    }
}

/// A `jsonb` value to write or to compare with.
#[derive(AsExpression, Clone, Copy, Debug)]
#[diesel(sql_type = Jsonb)]
pub struct JsonRef<'a>(pub &'a Value);

impl ToSql<Jsonb, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write(&self.0, out)
    }
}

impl ToSql<Jsonb, Pg> for JsonRef<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write(self.0, out)
    }
}

fn write(value: &Value, out: &mut Output<'_, '_, Pg>) -> serialize::Result {
    out.write_all(&[1])?;
    serde_json::to_writer(out, value)?;
    Ok(IsNull::No)
}

/// Reads any stored value. Where an older version stored something that `serde_json` cannot read, it becomes a text or a key that says so
/// and holds the original: it is shown, stays when the value around it is written again, and can be removed like any other.
fn read(text: &str) -> Value {
    let whole = if text.contains(RESERVED) { None } else { serde_json::from_str(text).ok() };
    whole.unwrap_or_else(|| read_in_parts(text, DEEPEST_READ))
}

fn read_in_parts(text: &str, levels: usize) -> Value {
    let unreadable = || Value::String(format!("unreadable value: {text}"));
    let Some(below) = levels.checked_sub(1) else { return unreadable() };
    let part = |raw: &RawValue| read_in_parts(raw.get(), below);
    match text.trim_start().as_bytes().first() {
        Some(b'{') => match serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(text) {
            Ok(fields) => {
                Value::Object(fields.into_iter().map(|(key, raw)| (readable(key), part(&raw))).collect::<Map<_, _>>())
            }
            Err(_) => unreadable(),
        },
        Some(b'[') => match serde_json::from_str::<Vec<Box<RawValue>>>(text) {
            Ok(items) => items.iter().map(|raw| part(raw)).collect(),
            Err(_) => unreadable(),
        },
        _ => serde_json::from_str(text).unwrap_or_else(|_| unreadable()),
    }
}

fn readable(key: String) -> String {
    if is_reserved(&key) { format!("unreadable key {key}") } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    fn cleaned(text: &str) -> Result<Value, &'static str> {
        let mut value = serde_json::from_str(text).unwrap();
        clean(&mut value).map(|()| value)
    }

    #[test]
    fn what_is_cleaned_is_judged_afterwards() {
        assert_eq!(cleaned(r#"{"k\u0000ey":["a\u0000b"]}"#), Ok(json!({"key": ["ab"]})));
        for hidden in [
            r#"{"\u0000$serde_json::private::Number":"x"}"#,
            r#"{"$serde_json\u0000::private::RawValue":"x"}"#,
            // Postgres sorts keys by their length, so the last key may be read back first.
            r#"{"a":{"a key that is longer than the other one":1,"$serde_json::private::Number":"x"}}"#,
        ] {
            assert!(cleaned(hidden).unwrap_err().contains("key"), "{hidden}");
        }
        assert!(cleaned(&nested(64)).is_ok());
        assert!(cleaned(&nested(65)).unwrap_err().contains("64 levels"));
    }

    #[test]
    fn numbers_that_postgres_cannot_keep_become_texts() {
        for number in ["1e401", "1e-401", &"1".repeat(1001)] {
            assert!(cleaned(&format!("[{number}]")).unwrap()[0].is_string(), "{number}");
        }
        assert!(cleaned("1.7976931348623157e308").unwrap().is_number());
    }

    #[test]
    fn whatever_is_stored_is_read_and_can_be_written_again() {
        let (deep, deepest) = (nested(126), nested(4000));
        for stored in [
            r#"{"pz":{"$serde_json::private::Number":"zzz"},"plan":"pro"}"#,
            r#"{"$serde_json::private::Number":"zzz"}"#,
            r#"{"plan":"pro","$serde_json::private::RawValue":"{"}"#,
            r#"[1,{"a":{"$serde_json::private::RawValue":[1]}}]"#,
            &format!(r#"{{"plan":"pro","deep":{deep}}}"#),
            &format!(r#"{{"plan":"pro","deep":{deepest}}}"#),
        ] {
            let value = read(stored);
            let again = value.to_string();
            assert_eq!(serde_json::from_str::<Value>(&again).ok().as_ref(), Some(&value), "{stored}");
            assert_eq!(read(&again), value, "the same when it is read again");
            if stored.contains("plan") {
                assert_eq!(value["plan"], "pro", "one value does not cost the others");
            }
        }
        assert_eq!(
            read(r#"{"pz":{"$serde_json::private::Number":"zzz"}}"#),
            json!({"pz": {"unreadable key $serde_json::private::Number": "zzz"}})
        );
    }

    #[test]
    fn ordinary_values_are_read_as_they_are() {
        let stored = r#"{"a":[1.50,9007199254740993,"x",null,true,{"b":{}}]}"#;
        assert_eq!(read(stored).to_string(), stored);
    }
}
