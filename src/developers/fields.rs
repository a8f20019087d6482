//! A JSON schema as lines for people.

use serde_json::Value;

/// A field, with its path.
#[derive(Debug)]
pub struct Field {
    /// Path such as `devices[].token`.
    pub path: String,
    /// Type for people: text, list, ….
    pub kind: String,
    /// Whether the field is required.
    pub is_needed: bool,
    /// Description.
    pub about: String,
}

/// Fields of a schema, with those of referenced schemas below their own; of a choice, the fields of each variant by name.
pub fn of(schemas: &Value, name: &str) -> Vec<(String, Vec<Field>)> {
    let schema = &schemas[name];
    let parts = schema["properties"]["items"]["items"]["$ref"].as_str().map(|to| resolve(schemas, to));
    let kinds = parts.and_then(|item| item["oneOf"].as_array());
    let Some(kinds) = kinds else { return vec![(String::new(), lines(schemas, schema, ""))] };
    let kind = |kind: &Value| {
        let name = kind["properties"]["type"]["const"].as_str().unwrap_or_default();
        (name.to_owned(), lines(schemas, kind, ""))
    };
    kinds.iter().map(kind).collect()
}

fn resolve<'a>(schemas: &'a Value, to: &str) -> &'a Value {
    &schemas[to.rsplit('/').next().unwrap_or_default()]
}

fn lines(schemas: &Value, schema: &Value, before: &str) -> Vec<Field> {
    let needed: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(fields) = schema["properties"].as_object() else { return Vec::new() };
    let mut names: Vec<_> = fields.iter().collect();
    names.sort_by_key(|(name, _)| (needed.iter().position(|it| it == name).unwrap_or(usize::MAX), *name));
    let mut found = Vec::new();
    for (name, field) in names {
        let path = format!("{before}{name}");
        let is_needed = needed.contains(&name.as_str());
        let about = field["description"].as_str().unwrap_or_default().to_owned();
        let (whole, inner, suffix) = shape(schemas, field);
        found.push(Field { kind: kind(whole), path: path.clone(), is_needed, about });
        if let Some(inner) = inner {
            found.extend(lines(schemas, inner, &format!("{path}{suffix}")));
        }
    }
    found
}

/// Schema, nested schema and type of a field.
fn shape<'a>(schemas: &'a Value, field: &'a Value) -> (&'a Value, Option<&'a Value>, &'static str) {
    let to = |field: &'a Value| -> &'a Value {
        let reference = field["$ref"].as_str().or_else(|| field["anyOf"][0]["$ref"].as_str());
        reference.map_or(field, |to| resolve(schemas, to))
    };
    let whole = to(field);
    if whole["items"].is_object() {
        return (whole, Some(to(&whole["items"])), "[].");
    }
    match &whole["additionalProperties"] {
        each @ Value::Object(_) => (whole, Some(to(each)), ".*."),
        _ => (whole, Some(whole), "."),
    }
}

fn kind(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    }
    if let Some(word) = schema["const"].as_str() {
        return word.to_owned();
    }
    let word = |kind: &Value| match (kind.as_str().unwrap_or_default(), schema["format"].as_str()) {
        ("string", Some("date-time")) => "time",
        ("string", _) => "text",
        ("boolean", _) => "true or false",
        ("array", _) => "list",
        ("integer" | "number", _) => "number",
        _ => "object",
    };
    match &schema["type"] {
        // Null is as if the field were missing, or deletes, as its description says.
        Value::Array(kinds) => kinds.iter().filter(|kind| **kind != "null").map(word).collect::<Vec<_>>().join(" or "),
        one => word(one).to_owned(),
    }
}
