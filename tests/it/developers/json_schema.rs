//! Whether an answer is what a JSON schema says, as far as our document uses the language.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use serde_json::{Map, Value};
use uuid::Uuid;

pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        None => value,
        Some(to) => document.pointer(&to[1..]).unwrap_or_else(|| panic!("nothing at {to}")),
    }
}

/// Checks values against schemas of the document, and remembers which fields of which it met.
pub struct Checker<'a> {
    pub document: &'a Value,
    pub met: BTreeMap<String, BTreeSet<String>>,
}

impl Checker<'_> {
    /// Fails unless the value is as the schema, which is at that place of the document, says.
    #[track_caller]
    pub fn expect(&mut self, value: &Value, schema: &Value, name: &str) {
        self.check(value, schema, name).unwrap_or_else(|why| panic!("{name}: {why}"));
    }

    fn check(&mut self, value: &Value, schema: &Value, at: &str) -> Result<(), String> {
        if schema["$ref"].is_string() {
            let document = self.document;
            return self.check(value, resolve(document, schema), schema["$ref"].as_str().unwrap_or_default());
        }
        for (word, rule) in schema.as_object().ok_or("a schema is an object")? {
            let is_good = match word.as_str() {
                "description" | "examples" | "default" | "discriminator" => true,
                // `bin/test-clients` sends what breaks these.
                "pattern" | "propertyNames" => true,
                // Of an object that lists its fields they are looked for there.
                "required" => schema["properties"].is_object() || has_all(value, rule),
                "type" => match rule {
                    Value::Array(kinds) => kinds.iter().any(|kind| is(value, kind)),
                    kind => is(value, kind),
                },
                "enum" => rule.as_array().is_some_and(|all| all.contains(value)),
                "const" => rule == value,
                "format" => value.is_null() || has_format(value, rule),
                "minLength" => length(value).is_none_or(|length| Some(length) >= rule.as_u64()),
                "maxLength" => length(value).is_none_or(|length| Some(length) <= rule.as_u64()),
                "minProperties" | "minItems" => count(value) >= rule.as_u64(),
                "maxProperties" | "maxItems" => count(value) <= rule.as_u64(),
                "oneOf" | "anyOf" => {
                    self.choose(value, rule, &format!("{at}/{word}"))?;
                    true
                }
                "items" => {
                    let mut items = value.as_array().into_iter().flatten();
                    items.try_for_each(|item| self.check(item, rule, &format!("{at}/items")))?;
                    true
                }
                "properties" => {
                    self.fields(value, schema, at)?;
                    true
                }
                "additionalProperties" => {
                    let fields = value.as_object().into_iter().flat_map(Map::values);
                    if rule.is_object() {
                        fields.into_iter().try_for_each(|it| self.check(it, rule, &format!("{at}/{word}")))?;
                    }
                    rule.is_object() || rule == true || schema["properties"].is_object()
                }
                other => panic!("{other} is not checked"),
            };
            if !is_good {
                return Err(format!("{at}: {value} breaks {word}: {rule}"));
            }
        }
        Ok(())
    }

    /// One of the choices fits; of those that do not nothing is remembered.
    fn choose(&mut self, value: &Value, choices: &Value, at: &str) -> Result<(), String> {
        let mut faults = Vec::new();
        for (nth, choice) in choices.as_array().expect("choices").iter().enumerate() {
            let known = self.met.clone();
            match self.check(value, choice, &format!("{at}/{nth}")) {
                Ok(()) => return Ok(()),
                Err(fault) => faults.push(fault),
            }
            self.met = known;
        }
        Err(faults.join("\n"))
    }

    fn fields(&mut self, value: &Value, schema: &Value, at: &str) -> Result<(), String> {
        let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) else { return Ok(()) };
        assert_eq!(schema["additionalProperties"], false, "{at}: a typing error would be no error");
        for needed in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(needed) {
                return Err(format!("{at}: {needed} is missing in {value}"));
            }
        }
        for (name, field) in fields {
            let rule = known.get(name).ok_or_else(|| format!("{at}: {name} is not documented: {value}"))?;
            self.check(field, rule, &format!("{at}/properties/{name}"))?;
            self.met.entry(at.to_owned()).or_default().insert(name.clone());
        }
        Ok(())
    }
}

fn length(value: &Value) -> Option<u64> {
    value.as_str().map(|text| text.chars().count() as u64)
}

fn count(value: &Value) -> Option<u64> {
    let fields = value.as_object().map(Map::len);
    fields.or(value.as_array().map(Vec::len)).map(|count| count as u64)
}

fn has_all(value: &Value, names: &Value) -> bool {
    names.as_array().is_some_and(|names| names.iter().filter_map(Value::as_str).all(|name| value.get(name).is_some()))
}

fn has_format(value: &Value, format: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    match format.as_str() {
        Some("uuid") => Uuid::try_parse(text).is_ok(),
        Some("date-time") => DateTime::parse_from_rfc3339(text).is_ok(),
        other => panic!("{other:?} is not checked"),
    }
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().expect("a type") {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("{other} is not checked"),
    }
}
