//! Lists the properties of an event, from its newest examples.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::attributes;

/// Most properties that are listed.
const MOST: usize = 60;
/// Longest example, in characters.
const LONGEST: usize = 60;

/// A property of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    pub name: String,
    /// Number of examined events that have the property.
    pub count: usize,
    /// The newest different values, up to three.
    pub examples: Vec<String>,
}

/// The properties of these events, which must be the newest first; `chosen` properties are included even if no event has them.
pub fn seen(events: &[Value], chosen: &[&str]) -> Vec<Property> {
    let mut found: BTreeMap<&str, (usize, Vec<String>)> =
        chosen.iter().map(|name| (*name, Default::default())).collect();
    for (name, value) in events.iter().filter_map(Value::as_object).flatten() {
        let (count, examples) = found.entry(name).or_default();
        *count += 1;
        let example = example(value);
        if examples.len() < 3 && !examples.contains(&example) {
            examples.push(example);
        }
    }
    let mut all: Vec<Property> = found
        .into_iter()
        .map(|(name, (count, examples))| Property { name: name.to_owned(), count, examples })
        .collect();
    // The most frequent come first; where there are too many, chosen ones must stay.
    all.sort_by_key(|property| (!chosen.contains(&property.name.as_str()), std::cmp::Reverse(property.count)));
    all.truncate(MOST);
    all.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.name.cmp(&other.name)));
    all
}

fn example(value: &Value) -> String {
    let text = match value {
        Value::Array(items) if items.iter().any(Value::is_object) => format!("a list of {}", items.len()),
        value => attributes::show(value),
    };
    let short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use crate::events::properties::*;
    use serde_json::json;

    #[test]
    fn what_is_frequent_comes_first_with_examples() {
        let events = [
            json!({"total": 12.5, "products": [{"name": "Tea"}, {"name": "Cup"}]}),
            json!({"total": 12.5, "coupon": "x".repeat(70)}),
            json!({"total": 9}),
        ];
        let seen = seen(&events, &["gone"]);
        let lines: Vec<String> =
            seen.iter().map(|it| format!("{} {} {}", it.name, it.count, it.examples.join("|"))).collect();
        let long = format!("coupon 1 {}…", "x".repeat(60));
        assert_eq!(lines, ["total 3 12.5|9", &long, "products 1 a list of 2", "gone 0 "]);
    }

    #[test]
    fn there_are_not_too_many() {
        let event: serde_json::Map<_, _> = (0..200).map(|n| (format!("p{n}"), json!(n))).collect();
        let seen = seen(&[Value::Object(event)], &["chosen"]);
        assert_eq!(seen.len(), MOST);
        assert!(seen.iter().any(|property| property.name == "chosen"));
    }
}
