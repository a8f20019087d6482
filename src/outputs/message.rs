//! The body of a message. It is made for each attempt and never stored, so that no copy of personal data outlives the person's own rows.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use crate::db::ids::{ProfileId, SegmentId};

/// Type of a test message.
const TEST: &str = "webhook.test";

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Test,
    Moved {
        /// Word of the kind of happening.
        kind: String,
        segment: SegmentId,
        segment_name: String,
        person: Person,
    },
}

/// A person as messages name them: the survivor, if the profile was merged since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: ProfileId,
    /// One identifier of each kind.
    pub identifiers: BTreeMap<String, String>,
}

/// The body of a message of a webhook of that name.
pub fn body(content: &Content, happened_at: DateTime<Utc>, webhook: &str) -> String {
    let at = happened_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let (kind, data) = match content {
        Content::Test => (TEST, json!({ "webhook": { "name": webhook } })),
        Content::Moved { kind, segment, segment_name, person } => (
            kind.as_str(),
            json!({
                "segment": { "id": segment, "name": segment_name },
                "profile": { "id": person.id, "identifiers": person.identifiers },
            }),
        ),
    };
    json!({ "type": kind, "timestamp": at, "data": data }).to_string()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_body_says_who_moved_where_and_when() {
        let at: DateTime<Utc> = "2026-11-22T03:24:05Z".parse().unwrap();
        let person =
            Person { id: ProfileId(Uuid::from_u128(7)), identifiers: [("id".to_owned(), "42".to_owned())].into() };
        let content = Content::Moved {
            kind: "segment.entered".to_owned(),
            segment: SegmentId(Uuid::from_u128(9)),
            segment_name: "VIPs".to_owned(),
            person,
        };
        assert_eq!(
            body(&content, at, "Shop"),
            "{\"data\":{\"profile\":{\"id\":\"00000000-0000-0000-0000-000000000007\",\"identifiers\":{\"id\":\"42\"}},\
             \"segment\":{\"id\":\"00000000-0000-0000-0000-000000000009\",\"name\":\"VIPs\"}},\
             \"timestamp\":\"2026-11-22T03:24:05.000Z\",\"type\":\"segment.entered\"}"
        );
        assert!(body(&Content::Test, at, "Shop").contains("\"type\":\"webhook.test\""));
    }
}
