use serde_json::json;

use super::save;
use crate::support::{App, Person};

#[test]
fn new_kinds_of_events_are_kept_for_so_long_and_known_ones_as_before() {
    let app = App::new();
    app.add(Person::new("c-1").event("Visit", "2026-11-20T10:00:00Z", json!({})));
    save(&app, "events", &[("Days", "90")]);
    app.add(Person::new("c-1").event("Order Completed", "2026-11-20T10:00:00Z", json!({})));
    app.add(Person::new("c-1").event("Visit", "2026-11-20T11:00:00Z", json!({})));
    let kept = "SELECT concat_ws(' ', name, keep_days) FROM event_definitions ORDER BY name";
    assert_eq!(app.db.column(kept), ["Order Completed 90", "Visit"]);
    save(&app, "events", &[("Days", "")]);
    app.add(Person::new("c-1").event("Tasting", "2026-11-20T10:00:00Z", json!({})));
    assert_eq!(app.db.column(kept), ["Order Completed 90", "Tasting", "Visit"]);
}
