use super::{Desk, counts};

#[test]
fn events_in_the_words_of_several_senders() {
    let desk = Desk::new();
    let lines = r#"{"type":"track","messageId":"a","userId":"1","event":"Order Completed","timestamp":"2026-11-02T01:00:00+01:00","properties":{"total":6.07}}
{"customer_id":2,"name":"Visit","timestamp":1793577600}

{"anonymous_id":"b-1","event":"Visit","timestamp":"2026-11-02"}
{"anonymous_id":"b-1","event":"Visit","timestamp":"2026-11-02"}
"#;
    assert_eq!(counts(&desk.import("events.ndjson", lines).expect("imported")), [4, 3, 1, 0, 3]);
    let stored = desk.db.column(
        "SELECT concat_ws(' ', c.kind, c.value, d.name, to_char(e.occurred_at AT TIME ZONE 'UTC', 'DD HH24:MI'), e.properties) \
         FROM events e JOIN event_definitions d ON d.id = e.definition_id \
         JOIN identifier_claims c ON c.profile_id = e.profile_id ORDER BY 1",
    );
    assert_eq!(
        stored,
        [
            "anonymous_id b-1 Visit 02 00:00 {}",
            r#"id 1 Order Completed 02 00:00 {"total": 6.07}"#,
            "id 2 Visit 02 00:00 {}",
        ]
    );
}

#[test]
fn bad_lines_cost_only_themselves() {
    let desk = Desk::new();
    let good = |id: &str| format!(r#"{{"userId":"1","event":"Visit","messageId":"{id}","timestamp":"2026-11-02"}}"#);
    let lines = [
        good("a"),
        "{broken".to_owned(),
        r#"{"event":"Visit","timestamp":"2026-11-02"}"#.to_owned(),
        r#"{"userId":"1","event":"Visit","timestamp":"2027-01-01"}"#.to_owned(),
        format!(
            r#"{{"userId":"1","event":"Visit","timestamp":"2026-11-02","properties":{{"x":"{}"}}}}"#,
            "x".repeat(2 << 20)
        ),
        r#"{"type":"identify","userId":"1"}"#.to_owned(),
        good("b"),
    ];
    let summary = desk.import("events.jsonl", lines.join("\n")).expect("imported");
    assert_eq!(counts(&summary), [7, 2, 0, 5, 1]);
    let told: Vec<String> = desk.rejects().iter().map(|[line, column, ..]| format!("{line} {column}")).collect();
    assert_eq!(told, ["2 line", "3 userId", "4 timestamp", "5 line", "6 type"]);
    assert!(desk.rejects()[3][3].len() <= (1 << 20) + 1, "a huge line is not kept whole");
}

#[test]
fn an_event_whose_text_holds_nul_is_stored_without_it() {
    let desk = Desk::new();
    let line = r#"{"userId":"1","event":"Visit","timestamp":"2026-11-02","properties":{"a\u0000b":"c\u0000d"}}"#;
    assert_eq!(counts(&desk.import("events.ndjson", line).expect("imported")), [1, 1, 0, 0, 1]);
    assert_eq!(desk.db.one("SELECT properties FROM events"), r#"{"ab": "cd"}"#);
}

#[test]
fn notes_keep_their_time_and_come_once() {
    let desk = Desk::new();
    let lines = r#"{"type":"note","userId":"1","note":"Prefers the **phone**","timestamp":"2024-03-01T09:30:00Z"}
{"type":"note","userId":"1","body":"Moved to Graz","timestamp":"2025-03-01","messageId":"n-2"}
{"type":"note","userId":"1","note":" ","timestamp":"2025-03-01"}
{"type":"note","userId":"1","note":"Without a time"}
"#;
    assert_eq!(counts(&desk.import("notes.ndjson", lines).expect("imported")), [4, 2, 0, 2, 1]);
    let told: Vec<String> = desk.rejects().iter().map(|[line, column, ..]| format!("{line} {column}")).collect();
    assert_eq!(told, ["3 note", "4 timestamp"]);
    let stored = "SELECT concat_ws(' ', to_char(n.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), n.body, s.name, v.edited_at = n.created_at) \
         FROM notes n JOIN sources s ON s.id = n.author_id JOIN note_versions v ON v.note_id = n.id ORDER BY 1";
    let expected = [
        "2024-03-01 09:30 Prefers the **phone** Import notes.ndjson t",
        "2025-03-01 00:00 Moved to Graz Import notes.ndjson t",
    ];
    assert_eq!(desk.db.column(stored), expected);
    assert_eq!(desk.db.number("SELECT count(*) FROM changes WHERE kind = 'note'"), 2);
    assert_eq!(counts(&desk.import("notes.ndjson", lines).expect("imported")), [4, 0, 2, 2, 0]);
    assert_eq!(desk.db.number("SELECT count(*) FROM notes"), 2);
}
