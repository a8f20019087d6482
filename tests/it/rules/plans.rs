//! No page that everybody opens reads a large table from its beginning to its end.

use std::{thread::sleep, time::Duration};

use kith::auth::Role;

use crate::support::{App, Person};

/// Rows of each large table.
const ROWS: usize = 40_000;

/// So many people besides those who are there, each with an identifier, an event and a row of the ledger.
fn fill(app: &App) {
    let (live, definition) = (app.live.0, app.db.one("SELECT min(id) FROM event_definitions"));
    for rows in [
        format!(
            "INSERT INTO profiles (environment_id, id, name, attributes, search_text, created_at, updated_at, source_id, tags) \
             SELECT {live}, gen_random_uuid(), 'Person ' || n, jsonb_build_object('plan', 'team', 'n', n), 'person ' || n, \
                 timestamptz '2026-01-01' + n * interval '1 minute', timestamptz '2026-01-01' + n * interval '1 minute', 1, '{{new}}' \
             FROM generate_series(1, {ROWS}) n"
        ),
        "INSERT INTO profile_activity (environment_id, profile_id, first_seen_at, last_seen_at) \
         SELECT environment_id, id, created_at, created_at FROM profiles ON CONFLICT DO NOTHING"
            .to_owned(),
        "INSERT INTO profile_identifiers (environment_id, profile_id, kind, value, first_seen_at, last_seen_at, source_id) \
         SELECT environment_id, id, 'id', 'key ' || id, created_at, created_at, 1 FROM profiles ON CONFLICT DO NOTHING"
            .to_owned(),
        format!(
            "INSERT INTO events (environment_id, profile_id, occurred_at, id, definition_id, received_at, source_id, properties) \
             SELECT environment_id, id, '2026-11-20 11:00Z', gen_random_uuid(), {definition}, '2026-11-20 11:00Z', 1, '{{}}' FROM profiles"
        ),
        "INSERT INTO changes (environment_id, profile_id, recorded_at, id, as_of, kind, subject, source_id, group_id) \
         SELECT environment_id, id, '2026-11-22 01:00Z', gen_random_uuid(), '2026-11-22 01:00Z', 'attribute', 'plan', 1, gen_random_uuid() \
         FROM profiles"
            .to_owned(),
        "ANALYZE".to_owned(),
    ] {
        app.db.run(&rows);
    }
}

#[test]
fn usual_pages_read_no_large_table_as_a_whole() {
    let app = App::new();
    let who = Person::new("c-1").name("Priya", "Nair").email("priya@example.com").set("plan", "pro").tag("vip");
    let id = app.add(who.event("Visit", "2026-11-20T10:00:00Z", serde_json::json!({"total": 5})));
    fill(&app);
    // What a session did is seen by others a moment after it.
    let scans = || {
        sleep(Duration::from_millis(1_500));
        app.db.column(
            "SELECT relname || ' ' || seq_scan FROM pg_stat_user_tables WHERE relname IN ('profiles', 'profile_activity', \
                 'profile_identifiers', 'events_2026_11', 'changes_2026_11') ORDER BY 1",
        )
    };
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles?q="));
    let before = scans();
    assert_eq!(before.len(), 5, "{before:?}");
    let lists =
        ["", "&sort=name", "&sort=-name", "&sort=created", "&sort=updated"].map(|order| format!("profiles?q={order}"));
    let found =
        ["priya", "c-1&open=no", "priya%40example.com", "plan%3Apro", "tag%3Avip", "plan%3Ateam", "person", "nobody"];
    let found = found.map(|typed| format!("profiles?q={typed}"));
    let tabs = ["", "/activity", "/notes", "/history", "/subscriptions"].map(|tab| app.profile(id, tab));
    for page in lists.iter().chain(&found).map(|page| app.path(page)).chain(tabs) {
        let status = ada.get(&page).status.as_u16();
        assert!(status == 200 || status == 303, "{page}: {status}");
        assert_eq!(scans(), before, "sequential scans after {page}");
    }
    // It would be noticed: no index knows what a text contains.
    ada.get(&app.path("profiles?q=plan~nowhere")).expect(200);
    assert_ne!(scans(), before);
}
