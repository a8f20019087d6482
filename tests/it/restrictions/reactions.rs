//! What follows from events about messages that systems report.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::Shop;

impl Shop {
    /// Sends an event of that day of November, and returns what stands in the way by email.
    fn told(&self, name: &str, day: u32, properties: Value) -> Value {
        let event = json!({"items": [self.event(name, day, properties)]});
        let answer = self.send(Method::POST, "batch", &event, 200);
        assert_eq!(answer["rejected"], json!([]), "{answer}");
        self.first_block("id:1", "email")
    }

    fn event(&self, name: &str, day: u32, properties: Value) -> Value {
        json!({"type": "event", "profile": {"id": "1"}, "name": name, "occurred_at": format!("2026-11-{day:02}T08:00:00Z"),
            "id": format!("{name} {day}"), "properties": properties})
    }
}

fn restrictions(shop: &Shop) -> Vec<String> {
    shop.app.db.column("SELECT concat_ws(' ', kind, address, cause, words) FROM restrictions ORDER BY 1")
}

#[test]
fn a_hard_bounce_and_a_complaint_block_the_address_with_source_and_time() {
    let shop = Shop::new();
    let bounced = json!({"bounce_type": "hard", "reason": "550 no such user"});
    assert_eq!(shop.told("Email Bounced", 3, bounced.clone()), "address_blocked");
    assert_eq!(restrictions(&shop), ["blocked ann@example.com hard_bounce 550 no such user"]);
    let sentence = shop.verdict("id:1", "email")["sentence"].to_string();
    assert!(sentence.contains("bounced on 3 Nov 2026, by API key Shop backend: 550 no such user"), "{sentence}");
    assert_eq!(shop.app.db.number("SELECT count(*) FROM changes WHERE kind = 'restriction'"), 1);
    // The same event again says nothing new, also after somebody lifted the block.
    shop.lift("blocked/email:ann@example.com");
    assert_eq!(shop.told("Email Bounced", 3, bounced), Value::Null);
    assert_eq!(shop.told("SMS Complained", 4, json!({})), Value::Null);
    assert_eq!(shop.first_block("id:1", "sms"), "address_blocked");
}

#[test]
fn a_block_is_of_the_address_that_the_event_names() {
    let shop = Shop::new();
    let old = json!({"bounce_type": "hard", "recipient": "old@example.com"});
    assert_eq!(shop.told("Email Bounced", 3, old), Value::Null, "she has another one by now");
    assert_eq!(restrictions(&shop), ["blocked old@example.com hard_bounce"]);
    shop.send(Method::PUT, "profiles/id:1", &json!({"channels": {"email": "old@example.com"}}), 200);
    assert_eq!(shop.first_block("id:1", "email"), "address_blocked");
}

#[test]
fn who_unsubscribes_in_a_message_is_unsubscribed_from_the_channel() {
    let shop = Shop::new();
    assert_eq!(shop.told("Email Unsubscribed", 3, json!({})), "channel");
    let yes = json!({"channel": "email", "state": "subscribed"});
    shop.send(Method::PUT, "profiles/id:1/subscriptions", &yes, 200);
    assert_eq!(shop.told("Email Unsubscribed", 2, json!({})), Value::Null, "an earlier one changes nothing");
    assert_eq!(shop.told("Magazine Unsubscribed", 20, json!({})), Value::Null, "no channel of messages");
}

#[test]
fn five_soft_bounces_in_a_row_block() {
    let shop = Shop::new();
    let full = || json!({"reason": "mailbox full"});
    for day in [1, 2, 3, 4] {
        assert_eq!(shop.told("Email Bounced", day, full()), Value::Null, "{day}");
    }
    assert_eq!(shop.told("Email Bounced", 4, full()), Value::Null, "the same once more");
    assert_eq!(shop.told("Email Delivered", 5, json!({})), Value::Null);
    for day in [6, 7, 8, 9] {
        assert_eq!(shop.told("Email Bounced", day, full()), Value::Null, "{day}");
    }
    assert_eq!(shop.told("Email Bounced", 10, full()), "address_blocked");
    assert_eq!(restrictions(&shop), ["blocked ann@example.com soft_bounces mailbox full"]);
}

#[test]
fn soft_bounces_of_one_batch_count_in_any_order() {
    for days in [[1, 2, 3, 4, 5], [5, 3, 1, 2, 4]] {
        let shop = Shop::new();
        let events: Vec<Value> = days.iter().map(|day| shop.event("Email Bounced", *day, json!({}))).collect();
        shop.send(Method::POST, "batch", &json!({"items": events}), 200);
        assert_eq!(restrictions(&shop), ["blocked ann@example.com soft_bounces"], "{days:?}");
        let since = shop.verdict("id:1", "email")["sentence"].to_string();
        assert!(since.contains("on 5 Nov 2026"), "{since}");
    }
}
