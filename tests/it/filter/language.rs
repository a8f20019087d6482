//! The language: what is written is what was meant, and errors say where and what.

use kith::filter::{Filter, parse};
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

use super::random;

#[track_caller]
fn canonical(typed: &str) -> String {
    parse(typed).unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}")).filter.to_string()
}

#[test]
fn the_examples_of_the_guide_are_written_as_they_are_read() {
    for same in [
        "priya",
        "\"grace kim\"",
        "plan:pro",
        "plan:pro,team",
        "plan:*",
        "-plan:pro",
        "-plan:*",
        "age>=18",
        "total_spent>99.5",
        "birthday<2000-01-01",
        "score:10..20",
        "company~nair",
        "company^nair",
        "tag:vip",
        "-tag:churn-risk",
        "created<30d",
        "seen>90d",
        "-seen:*",
        "created:2026-01-01..2026-02-01",
        "created:2026-01-01",
        "created>=2026-01-01",
        "status:enabled",
        "email:subscribed",
        "sms:unsubscribed,none",
        "email.address:blocked",
        "topic:\"Product news\".email:subscribed",
        "can:email",
        "did:\"Order Completed\"",
        "did:\"Order Completed\">=3 in:90d",
        "did:\"Order Completed\"{total>50 currency:USD} in:30d",
        "did:\"Order Completed\"=0",
        "sum:\"Order Completed\".total>1000 in:365d",
        "first:\"Order Completed\".currency:USD",
        "was:delivered,opened in:7d",
        "was:clicked{campaign:\"Winter launch\"}",
        "source:import",
        "note~wholesale",
        "device:ios",
        "identifier.email:*",
        "is:anonymous",
        "a b OR c",
        "(a OR b) c",
        "NOT (a OR b)",
        "-(a)",
        "\"tag\":x",
        "\"favourite drink\":\"green tea\"",
        "",
    ] {
        let expected = if same == "-(a)" { "-a" } else { same };
        assert_eq!(canonical(same), expected);
    }
}

#[test]
fn other_writings_mean_the_same() {
    for (typed, expected) in [
        ("  a   AND b ", "a b"),
        ("NOT plan:pro", "-plan:pro"),
        ("NOT NOT a", "a"),
        ("((a) (b)) OR (c)", "a b OR c"),
        ("Tag:vip", "tag:vip"),
        ("age:10..", "age>=10"),
        ("age:..10", "age<=10"),
        ("created>2026-01-01", "created>=2026-01-02"),
        ("created<=30d", "created<30d"),
        ("did:Visit>=1", "did:\"Visit\""),
        ("email:on", "email:subscribed"),
        ("https://example.com/a?b=c", "\"https://example.com/a?b=c\""),
        ("(+91) 98765-43210", "\"(+91) 98765-43210\""),
        ("a\\b", "\"a\\\\b\""),
        ("- a", "\"-\" a"),
        (":x", "\":x\""),
    ] {
        assert_eq!(canonical(typed), expected, "{typed}");
    }
}

#[test]
fn an_error_says_where_and_what() {
    for (typed, column, message, corrected) in [
        ("plan:", 6, "Expected a value here", None),
        ("a (b", 3, "This parenthesis is never closed.", Some("a (b)")),
        ("a b)", 4, "This parenthesis was never opened.", Some("a b")),
        ("\"grace", 1, "This quotation mark is never closed.", Some("\"grace\"")),
        ("a OR", 3, "OR must stand between two conditions.", Some("a ")),
        ("NOT", 1, "NOT must stand before", Some("")),
        ("é status:enabld", 10, "“enabld” is not one of enabled, disabled.", Some("é status:enabled")),
        ("created<soon", 9, "Expected a length of time", None),
        ("created:2026-02-01..2026-01-01", 9, "The first day is after the last one.", None),
        ("did:X>=many", 8, "Expected a whole number", None),
        ("did:X{total>5", 6, "This brace is never closed.", None),
        ("sum:\"Order Completed\">5", 5, "Expected the name of a property", None),
        ("can:pigeon", 5, "“pigeon” is not one of email", None),
        ("segment<x", 8, "segment is followed by a colon", Some("segment:x")),
        ("\"\":x", 3, "Expected the name of a field", None),
    ] {
        let wrong = parse(typed).expect_err(typed);
        assert!(wrong.message.starts_with(message), "{typed}: {}", wrong.message);
        assert_eq!(wrong.column(typed), column, "{typed}");
        assert_eq!(wrong.corrected(typed).as_deref(), corrected, "{typed}");
    }
    let deep = "(".repeat(1_000);
    assert!(parse(&deep).expect_err("deep").message.contains("too many groups"));
    assert!(parse(&"a ".repeat(60)).expect_err("many").message.contains("too many conditions"));
    assert!(parse(&"x".repeat(9_000)).expect_err("long").message.contains("too long"));
}

#[test]
fn a_filter_is_read_back_from_its_text_and_its_stored_form() {
    for seed in 0..3_000 {
        let filter = random::filter(&mut StdRng::seed_from_u64(seed), 3);
        let text = filter.to_string();
        let read = parse(&text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
        assert_eq!(read.filter, filter, "{text}");
        assert_eq!(read.places.len(), filter.conditions().len(), "{text}");
        assert_eq!(Filter::from_json(&filter.to_json()), Some(filter), "{text}");
    }
    assert_eq!(Filter::from_json(&serde_json::json!({"version": 2, "filter": {}})), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    /// Whatever somebody types is a filter or an error within the text, and what was read is read again.
    #[test]
    fn any_text_is_a_filter_or_an_error(
        typed in prop_oneof![
            "\\PC{0,60}",
            "((plan|tag|did|sum|created|seen|topic|email|\"a b\"|-|NOT |OR |\\(|\\)|\\{|\\})[:~^<>=.]{0,2}(\"x y\"|5|30d|\\.\\.|,|\\*|a)? ?){0,8}",
        ],
    ) {
        match parse(&typed) {
            Ok(parsed) => {
                let text = parsed.filter.to_string();
                let again = parse(&text);
                prop_assert_eq!(again.as_ref().map(|it| &it.filter), Ok(&parsed.filter), "{}", text);
            }
            Err(wrong) => {
                prop_assert!(typed.get(wrong.at.clone()).is_some(), "{:?}", wrong);
                prop_assert!(!wrong.message.is_empty());
            }
        }
    }
}
