use chrono::TimeDelta;
use kith::keys::{Format, PerMinute};
use serde_json::json;

use crate::support::{App, app::Answer, sender::server};

#[test]
fn a_key_makes_so_many_calls_a_minute() {
    let app = App::new();
    let three = PerMinute::new(3).expect("a number");
    let (key, other) = (app.key_with(app.live, server(), &Format::ALL, three), app.key(server()));
    let rate = |answer: &Answer| {
        ["limit", "remaining", "reset"].map(|name| answer.header(&format!("ratelimit-{name}")).to_owned())
    };
    for (left, reset) in [("2", "20"), ("1", "40"), ("0", "60")] {
        let answer = app.post(&key, "/v1/m", &json!({}));
        assert_eq!(rate(answer.expect(200)), ["3", left, reset]);
    }
    let refused = app.post(&key, "/v1/identify", &json!({"userId": "c-1"}));
    refused.expect_error(429, "rate_limited", Format::Segment);
    assert_eq!(refused.header("retry-after"), "20");
    assert_eq!(rate(&refused), ["3", "0", "60"]);
    let refused = app.post(&key, "/api/v2/users/track", &json!({"id": "c-1"}));
    refused.expect_error(429, "rate_limited", Format::Vero);
    assert_eq!(app.live_profiles(), 0);
    app.post(&other, "/v1/m", &json!({})).expect(200);
    app.clock.advance(TimeDelta::seconds(20));
    app.post(&key, "/v1/m", &json!({})).expect(200);
    app.post(&key, "/v1/m", &json!({})).expect(429);
    app.clock.advance(TimeDelta::minutes(10));
    let done = (0..10).filter(|_| app.post(&key, "/v1/m", &json!({})).status == 200).count();
    assert_eq!(done, 3, "what was not used does not add up");
}
