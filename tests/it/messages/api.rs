//! Messages that systems ask for.

use actix_web::http::Method;
use kith::{
    keys::{Capabilities, Capability, Format, Grant},
    subscriptions::{Medium, SubscriptionState::Unsubscribed},
};
use serde_json::{Value, json};

use super::{account, app, kept, log, send};
use crate::support::{App, Person};

fn key(app: &App) -> String {
    let can = Capabilities::new([Capability::Send, Capability::Read]).expect("some");
    app.key(Grant::Server(can)).bearer()
}

fn call(app: &App, bearer: &str, method: Method, address: &str, body: &Value, status: u16) -> Value {
    let headers = [("authorization", bearer), ("content-type", "application/json"), ("idempotency-key", "k-1")];
    let headers = if address.contains("repeat") { &headers[..] } else { &headers[..2] };
    let address = address.replace("?repeat", "");
    app.send(method, &address, headers, body.to_string()).expect(status).json()
}

#[test]
fn the_same_call_again_is_the_same_message() {
    let app = app();
    kept(&app);
    app.add(Person::new("c-1").name("Ann", "Lee").email("ann@example.com"));
    let bearer = key(&app);
    let body = json!({"channel": "email", "subject": "Hi", "text": "Order {{ event.order }}", "kind": "service", "event": {"order": 7}});
    let post = |status| call(&app, &bearer, Method::POST, "/api/data/v1/profiles/c-1/messages?repeat", &body, status);
    let first = post(202);
    assert_eq!(first, post(202));
    assert_eq!((&first["status"], &first["verdict"]["may_send"]), (&json!("queued"), &json!(true)));
    send(&app);
    assert_eq!(log(&app), ["sent 1"]);
    let address = format!("/api/data/v1/messages/{}", first["id"].as_str().expect("an id"));
    let shown = call(&app, &bearer, Method::GET, &address, &Value::Null, 200);
    assert_eq!(shown["sent"]["text"], "Order 7");
    let id: Option<uuid::Uuid> = first["id"].as_str().and_then(|id| id.parse().ok());
    assert_eq!(id.map(|id| id.get_version_num()), Some(7), "the log is in the order of ids, so they follow time");
    let listed = call(&app, &bearer, Method::GET, "/api/data/v1/profiles/c-1/messages", &Value::Null, 200);
    assert_eq!((&listed["messages"][0]["id"], &listed["next_cursor"]), (&first["id"], &Value::Null));
    let late = call(&app, &bearer, Method::POST, &format!("{address}/cancel"), &Value::Null, 409);
    assert_eq!(late["code"], "not_waiting");
}

#[test]
fn the_first_that_may_is_sent_and_what_may_not_is_dropped_with_the_reason() {
    let app = app();
    kept(&app);
    account(&app, Medium::Sms, kith::sending_accounts::Provider::Kept);
    let ann = Person::new("c-1").email("ann@example.com").phone("+41446681800");
    app.add(ann.wants("email", Unsubscribed).wants("sms", kith::subscriptions::SubscriptionState::Subscribed));
    let bearer = key(&app);
    let body =
        |channels: Value| json!({"channels": channels, "text": "Hello {{ preferences_url }}", "subject": "Hello"});
    let post = |channels, status| {
        call(&app, &bearer, Method::POST, "/api/data/v1/profiles/c-1/messages", &body(channels), status)
    };
    let sent = post(json!(["email", "sms"]), 202);
    assert_eq!((&sent["channel"], &sent["status"]), (&json!("sms"), &json!("queued")));
    let dropped = post(json!(["email"]), 202);
    assert_eq!((&dropped["status"], &dropped["verdict"]["first_block"]), (&json!("dropped"), &json!("channel")));
    assert!(dropped["steps"][0]["words"].as_str().is_some_and(|words| words.contains("unsubscribed")), "{dropped}");
    send(&app);
    assert_eq!(app.db.column("SELECT status FROM messages ORDER BY status"), ["dropped", "sent"]);
}

#[test]
fn bad_calls_name_the_field_and_the_rule() {
    let app = app();
    kept(&app);
    app.add(Person::new("c-1").email("ann@example.com"));
    let bearer = key(&app);
    for (body, status, field) in [
        (json!({"text": "x"}), 400, "channel"),
        (json!({"channel": "pigeon", "text": "x"}), 400, "channel"),
        (json!({"channel": "email"}), 400, "text"),
        (json!({"channel": "email", "text": 7}), 400, "text"),
        (json!({"channel": "sms", "text": "x", "send_at": "soon"}), 400, "send_at"),
        (json!({"channel": "slack", "text": "x", "color": "red"}), 400, "color"),
        (json!({"channel": "sms", "text": "x"}), 400, "channel"),
        (json!({"channel": "email", "text": "x"}), 400, "text"),
        (json!({"template": "Nothing"}), 404, "template"),
        (json!({"channels": [], "text": "x"}), 400, "channels"),
        (json!({"channel": "sms", "text": "x", "account": "7"}), 400, "account"),
    ] {
        let told = call(&app, &bearer, Method::POST, "/api/data/v1/profiles/c-1/messages", &body, status);
        assert_eq!(told["field"], field, "{body} {told}");
    }
    let reader = app.key(Grant::Server(Capabilities::new([Capability::Read]).expect("some"))).bearer();
    let body = json!({"channel": "email", "text": "x"}).to_string();
    app.send(Method::POST, "/api/data/v1/profiles/c-1/messages", &[("authorization", &reader)], body).expect_error(
        403,
        "not_allowed",
        Format::Native,
    );
    assert_eq!(app.db.number("SELECT count(*) FROM messages"), 0);
}
