use kith::keys::Format;
use serde_json::json;

use crate::support::{App, sender::server};

#[test]
fn without_the_database_nothing_is_called_stored() {
    let app = App::new();
    let key = app.key(server());
    app.post(&key, "/v1/m", &json!({})).expect(200);
    app.db.set_open(false);
    let ask = || {
        [
            (app.post(&key, "/v1/batch", &json!({"batch": [{"type": "identify", "userId": "c-1"}]})), Format::Segment),
            (app.post(&key, "/api/v2/users/track", &json!({"id": "c-1"})), Format::Vero),
        ]
    };
    for (answer, format) in ask() {
        answer.expect_error(503, "unavailable", format);
        assert!(answer.header("retry-after").parse::<u32>().expect("seconds") >= 1);
    }
    // Nor without knowing the key.
    app.state.db.memory::<kith::keys::KeyCache>().forget();
    for (answer, format) in ask() {
        answer.expect_error(503, "unavailable", format);
    }
    app.db.set_open(true);
    let since = std::time::Instant::now();
    while ask().iter().any(|(answer, _)| answer.status != 200) {
        assert!(since.elapsed().as_secs() < 6, "it comes back");
    }
    assert_eq!(app.live_profiles(), 1);
}
