//! `suppressed` as a state of a line: what senders say goes on being understood, and what was stored moves.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use super::Shop;

#[test]
fn suppressed_as_a_state_is_a_restriction() {
    let shop = Shop::new();
    let says = |line: serde_json::Value| {
        shop.send(actix_web::http::Method::PUT, "profiles/id:1/subscriptions", &line, 200);
    };
    says(json!({"channel": "sms", "state": "suppressed", "reason": "bounce"}));
    says(json!({"channel": "push", "state": "suppressed", "reason": "bounce"}));
    says(json!({"channel": "email", "state": "suppressed", "reason": "list"}));
    says(json!({"channel": "all", "state": "suppressed", "reason": "status"}));
    says(json!({"channel": "email", "topic": "news", "state": "Suppressed", "reason": "complaint"}));
    let kept =
        "SELECT concat_ws(' ', kind, nullif(channel, ''), nullif(address, ''), cause) FROM restrictions ORDER BY 1";
    assert_eq!(
        shop.app.db.column(kept),
        ["blocked +14155550123 hard_bounce", "disabled api", "suppressed email list", "suppressed push hard_bounce"]
    );
    let lines = "SELECT concat_ws(' ', channel, topic, state, reason) FROM subscriptions";
    assert_eq!(shop.app.db.column(lines), ["email news unsubscribed complaint"]);
}

/// What an older version stored moves, with its stamps, and back.
#[test]
fn stored_suppressions_move_with_their_stamps() {
    let shop = Shop::new();
    let db = &shop.app.db;
    let run = |sql: &str| db.connect().batch_execute(sql).expect("it runs");
    let (up, down) = (
        include_str!("../../../migrations/0035_add_restrictions/up.sql"),
        include_str!("../../../migrations/0035_add_restrictions/down.sql"),
    );
    run(include_str!("../../../migrations/0037_say_who_may_loosen/down.sql"));
    run(down);
    run(
        "INSERT INTO subscriptions SELECT environment_id, id, channel, topic, 'suppressed', reason, '[7, 8, 0, 1]' FROM profiles, \
         (VALUES ('all', '', 'status'), ('email', '', 'complaint'), ('push', '', 'bounce'), ('slack', '', 'list'), \
             ('sms', 'news', 'api')) AS s (channel, topic, reason)",
    );
    run(
        "INSERT INTO address_subscriptions SELECT environment_id, 'email', address, channel, '', 'suppressed', reason, '[9, 9, 0, 1]' \
         FROM profiles, (VALUES ('a@example.com', 'all', 'user'), ('b@example.com', 'email', 'bounce')) AS s (address, channel, reason)",
    );
    run(up);
    let kept = || {
        db.column(
            "SELECT concat_ws(' ', kind, nullif(channel, ''), nullif(address, ''), cause, stamp->0, stamp->1) FROM restrictions ORDER BY 1",
        )
    };
    let expected = [
        "blocked ann@example.com complaint 7 8",
        "disabled api 7 8",
        "suppressed push hard_bounce 7 8",
        "suppressed slack list 7 8",
    ];
    assert_eq!(kept(), expected);
    let of_addresses = "SELECT concat_ws(' ', address, kind, nullif(channel, ''), cause, stamp->0) FROM address_restrictions ORDER BY 1";
    assert_eq!(
        db.column(of_addresses),
        ["a@example.com suppressed all manual 9", "b@example.com blocked hard_bounce 9"]
    );
    let lines = "SELECT concat_ws(' ', channel, topic, state) FROM subscriptions";
    assert_eq!(db.column(lines), ["sms news unsubscribed"]);
    assert_eq!(db.number("SELECT count(*) FROM address_subscriptions"), 0);
    assert_eq!(shop.first_block("id:1", "email"), "disabled");

    run(down);
    run(up);
    assert_eq!(kept(), expected, "there and back");
    assert_eq!(
        shop.send(actix_web::http::Method::GET, "profiles/id:1/restrictions", &Value::Null, 200)["restrictions"]
            .as_array()
            .map(Vec::len),
        Some(4)
    );
}
