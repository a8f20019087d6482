//! Property tests: an adapter answers any input, and no item affects another one.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use super::{native, segment, shape, vero};

/// Values as fields have them, valid and invalid.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "(id:42|true|2026-11-22T08:30:00Z|0001-01-01|a@example\\.com|\\+14155550123|Unsubscribe|email|\\PC{0,12})"
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let name = "(id|email|phone|token|type|tags|add|remove|unsubscribed|topics|given|state|channel|device|consent|\
            categoryPreferences|Vero|[a-z]{0,3})";
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name, inner), 0..5).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Items more or less like those of all formats.
fn item() -> impl Strategy<Value = Value> {
    let kind = "(identify|track|page|screen|group|alias|event|tag|subscribe|unsubscribe|merge|delete|x)";
    let name = "(userId|anonymousId|previousId|groupId|event|name|category|traits|properties|context|integrations|timestamp|\
        sentAt|messageId|id|email|data|changes|channels|add|remove|new_id|identity|event_name|extras|profile|attributes|tags|\
        devices|consents|subscriptions|created_at|as_of|occurred_at|kind|from|block|channel|topic|state|reason)";
    (kind, vec((name, value()), 0..9)).prop_map(|(kind, fields)| {
        let mut item: serde_json::Map<String, Value> = fields.into_iter().collect();
        item.insert("type".to_owned(), Value::from(kind));
        Value::Object(item)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_item_is_answered_for_itself(items in vec(item(), 1..5)) {
        for call in [shape::server(), shape::browser()] {
            let batch = |field: &str, items: &[Value]| json!({field: items}).to_string();
            let together = segment::read_batch(&batch("batch", &items), &call).unwrap();
            let native = native::read_batch(&batch("items", &items), &call).unwrap();
            prop_assert_eq!((together.len(), native.len()), (items.len(), items.len()));
            for (index, item) in items.iter().enumerate() {
                let alone = segment::read_batch(&batch("batch", std::slice::from_ref(item)), &call).unwrap();
                prop_assert_eq!(shape::said(&together[index]), shape::said(&alone[0]));
                let _ = native::read_event(&item.to_string(), &call);
                for endpoint in vero::Endpoint::ALL {
                    prop_assert_eq!(vero::read(endpoint, &item.to_string(), &call).unwrap().entries.len(), 1);
                }
            }
        }
    }

    #[test]
    fn no_text_is_too_much(text in "([\\[\\]{}:,\"\\\\&=%0-9]|batch|items|NaN|\\PC){0,60}") {
        let call = shape::server();
        let _ = segment::read_batch(&text, &call);
        let _ = segment::read_single("t", &text, &call);
        let _ = native::read_batch(&text, &call);
        let _ = native::read_event(&text, &call);
        let _ = vero::read(vero::Endpoint::Track, &text, &call);
        let _ = native::read_reference("id", &text, call.reading).and_then(|person| native::read_profile(person, &text, &call));
    }
}
