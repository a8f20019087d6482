//! Why a filter may take long among many people: for each condition that no index serves, what would help.

use super::ast::{AddressTest, Choice, Compare, Condition, Filter, Test};

/// A condition that no index serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowCondition {
    /// Its text.
    pub text: String,
    /// What has to be read for it, and what helps.
    pub why: &'static str,
    /// The attribute whose index would help.
    pub attribute: Option<String>,
    /// The filter without the part that it is in.
    pub without: String,
}

/// The conditions of a filter that no index serves.
pub fn slow_conditions(filter: &Filter) -> Vec<SlowCondition> {
    let parts = filter.parts();
    let slow = |(place, part): (usize, &Filter)| {
        let without = filter.without(place).to_string();
        let of_part = is_negative(part).then_some("It is true of nearly everybody, and read for each of them.");
        part.conditions()
            .into_iter()
            .filter_map(|condition| {
                let (why, attribute) = of_part.map(|why| (why, None)).or_else(|| reason(condition))?;
                Some(SlowCondition {
                    text: condition.to_string(),
                    why,
                    attribute: attribute.map(str::to_owned),
                    without: without.clone(),
                })
            })
            .collect::<Vec<_>>()
    };
    parts.iter().enumerate().flat_map(slow).collect()
}

fn is_negative(part: &Filter) -> bool {
    matches!(part, Filter::Not(_))
}

fn reason(condition: &Condition) -> Option<(&'static str, Option<&str>)> {
    Some(match condition {
        Condition::Attribute { name, test: Test::Compare(..) | Test::Between(..) } => {
            ("The values of everybody are compared. An index of the attribute makes ranges fast.", Some(name))
        }
        Condition::Attribute { test: Test::Is(Choice::Present), .. } => {
            ("Whoever has any value is looked for one by one. Ask for a value instead, or add another condition.", None)
        }
        Condition::Attribute { test: Test::Contains(_) | Test::Begins(_), .. }
        | Condition::Address { test: AddressTest::Contains(_), .. }
        | Condition::Note(_) => {
            ("The text of everybody is read. Ask for a whole value instead, or add another condition.", None)
        }
        Condition::Did { compare: Compare::AtMost | Compare::Less, .. } => {
            ("Who did something seldom or never is found by the events of everybody. A shorter time helps.", None)
        }
        Condition::Did { .. } | Condition::Figure { .. } | Condition::Was { .. } => {
            ("The events of everybody in that time are read. A shorter time after “in:” helps.", None)
        }
        Condition::Words(_) => {
            ("Short or very common words are in the names of many people. Type more of the name.", None)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::parse;

    #[test]
    fn each_condition_without_an_index_says_what_helps() {
        let slow = |typed: &str| slow_conditions(&parse(typed).unwrap().filter);
        let found = slow("plan:pro age>=18 -tag:vip did:\"Visit\"");
        let texts: Vec<&str> = found.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["age>=18", "tag:vip", "did:\"Visit\""]);
        assert_eq!(found[0].attribute.as_deref(), Some("age"));
        assert_eq!(found[0].without, "plan:pro -tag:vip did:\"Visit\"");
        assert!(slow("plan:pro tag:vip").is_empty());
    }
}
