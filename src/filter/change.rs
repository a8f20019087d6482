//! Filters that differ by one condition: what a click on a value, a tag or a chip makes of them.

use serde_json::Value;

use super::ast::{Choice, Condition, Filter};
use crate::text::fold;

/// Longest text of a value that a link can ask for, in bytes.
const LONGEST: usize = 200;

impl Filter {
    /// Everybody with a tag.
    pub fn tagged(tag: &str) -> Self {
        Self::Is(Condition::Tag(Choice::OneOf(vec![tag.to_owned()])))
    }

    /// Everybody in a segment.
    pub fn in_segment(name: &str) -> Self {
        Self::Is(Condition::Segment(vec![name.to_owned()]))
    }

    /// Everybody with a value of an attribute; `None` for what is no single value.
    pub fn having(name: &str, value: &Value) -> Option<Self> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        let is_exponent = value.is_number() && text.contains(['e', 'E']);
        let is_plain = !text.is_empty() && text.trim() == text && text.len() <= LONGEST && !is_exponent;
        is_plain.then(|| Self::attribute(name, &text))
    }

    /// Whom both select; a part that is there already is not said twice.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self.parts().contains(&other) { self } else { Self::all(vec![self, other]) }
    }

    /// Names of the segments that it uses.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        let names = self.conditions().into_iter().filter_map(|it| match it {
            Condition::Segment(names) => Some(names),
            _ => None,
        });
        names.flatten().map(String::as_str)
    }

    /// Whether it uses the segment of that name.
    pub fn uses_segment(&self, name: &str) -> bool {
        self.segments().any(|used| fold(used) == fold(name))
    }

    /// The filter with another name for a segment.
    #[must_use]
    pub fn renaming_segment(self, from: &str, to: &str) -> Self {
        let all = |filters: Vec<Self>| filters.into_iter().map(|filter| filter.renaming_segment(from, to)).collect();
        match self {
            Self::All(filters) => Self::All(all(filters)),
            Self::Any(filters) => Self::Any(all(filters)),
            Self::Not(inside) => Self::Not(Box::new(inside.renaming_segment(from, to))),
            Self::Is(Condition::Segment(names)) => {
                let renamed = |name: String| if fold(&name) == fold(from) { to.to_owned() } else { name };
                Self::Is(Condition::Segment(names.into_iter().map(renamed).collect()))
            }
            other => other,
        }
    }

    /// The filter without one of its [`Filter::parts`].
    #[must_use]
    pub fn without(&self, part: usize) -> Self {
        let others = self.parts().iter().enumerate().filter(|(place, _)| *place != part);
        Self::all(others.map(|(_, filter)| filter.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::parse, *};

    fn read(typed: &str) -> Filter {
        parse(typed).unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}")).filter
    }

    #[test]
    fn a_condition_is_added_once_and_taken_away() {
        let vip = || Filter::tagged("very important");
        assert_eq!(read("").and(vip()).to_string(), "tag:\"very important\"");
        assert_eq!(read("a OR b").and(vip()).to_string(), "(a OR b) tag:\"very important\"");
        assert_eq!(read("a tag:\"very important\"").and(vip()).to_string(), "a tag:\"very important\"");
        assert_eq!(read("a b c").without(1).to_string(), "a c");
        assert_eq!(read("a OR b").without(0).to_string(), "");
        assert_eq!(read("").without(0).to_string(), "");
    }

    #[test]
    fn single_values_can_be_asked_for() {
        let asked = |value: Value| Filter::having("tag", &value).map(|it| it.to_string());
        assert_eq!(asked(json!("a,b")), Some("\"tag\":\"a,b\"".to_owned()));
        assert_eq!(asked(json!(2.5)), Some("\"tag\":2.5".to_owned()));
        assert_eq!(asked(json!(true)), Some("\"tag\":true".to_owned()));
        for nothing in [json!([1]), json!(null), json!({}), json!(1e300), json!(" x"), json!("")] {
            assert_eq!(asked(nothing.clone()), None, "{nothing}");
        }
    }
}
