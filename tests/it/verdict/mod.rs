//! Whether somebody may be messaged, asked through the API.

mod tab;

use actix_web::http::Method;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    App, Person,
    sender::{MadeKey, server},
    statements,
};

const V1: &str = "/api/data/v1";

struct Shop {
    app: App,
    key: MadeKey,
}

impl Shop {
    fn new() -> Self {
        let app = App::new();
        let key = app.key(server());
        Self { app, key }
    }

    fn send(&self, method: Method, rest: &str, body: &Value, status: u16) -> Value {
        self.app.clock.advance(TimeDelta::seconds(1));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("authorization", &*self.key.bearer())];
        self.app.send(method, &format!("{V1}/{rest}"), &headers, body).expect(status).json()
    }

    fn put(&self, who: &str, body: &Value) {
        self.send(Method::PUT, &format!("profiles/{who}"), body, 200);
    }

    fn says(&self, who: &str, line: &Value) {
        self.send(Method::PUT, &format!("profiles/{who}/subscriptions"), line, 200);
    }

    /// The layer that blocks first; null if none does.
    fn first_block(&self, who: &str, query: &str) -> Value {
        let answer = self.send(Method::GET, &format!("profiles/{who}/verdict?{query}"), &Value::Null, 200);
        assert_eq!(answer["may_send"], answer["first_block"].is_null(), "{answer}");
        assert_eq!(answer["layers"].as_array().map(Vec::len), Some(9), "all layers, always");
        answer["first_block"].clone()
    }
}

#[test]
fn what_was_said_of_somebody_stands_in_the_way() {
    let shop = Shop::new();
    let nothing = Value::Null;
    shop.put("id:1", &json!({"channels": {"email": "ann@example.com", "sms": "+14155550123"}}));
    assert_eq!(shop.first_block("id:1", "channel=email"), nothing, "never messaged counts as subscribed");
    assert_eq!(shop.first_block("id:1", "channel=sms"), "channel", "SMS needs a yes");
    assert_eq!(shop.first_block("id:1", "channel=sms&kind=service"), nothing, "but a receipt does not");
    assert_eq!(shop.first_block("id:1", "channel=push"), "address");
    assert_eq!(shop.first_block("id:1", "channel=slack"), "address");

    shop.says("id:1", &json!({"channel": "sms", "state": "subscribed"}));
    assert_eq!(shop.first_block("id:1", "channel=sms"), nothing);
    shop.says("id:1", &json!({"channel": "email", "topic": "news", "state": "unsubscribed"}));
    assert_eq!(shop.first_block("id:1", "channel=email"), nothing);
    assert_eq!(shop.first_block("id:1", "channel=email&topic=news"), "topic");
    assert_eq!(shop.first_block("id:1", "channel=sms&topic=news"), nothing, "of another channel");
    shop.says("id:1", &json!({"topic": "news", "state": "subscribed"}));
    assert_eq!(shop.first_block("id:1", "channel=email&topic=news"), nothing, "the newer statement is of all channels");

    shop.says("id:1", &json!({"channel": "email", "state": "pending"}));
    assert_eq!(shop.first_block("id:1", "channel=email"), "channel");
    shop.says("id:1", &json!({"channel": "all", "state": "unsubscribed", "reason": "user"}));
    assert_eq!(shop.first_block("id:1", "channel=email"), "opted_out", "the first in the order of layers");
    assert_eq!(shop.first_block("id:1", "channel=email&kind=service"), "opted_out");
    shop.says("id:1", &json!({"channel": "sms", "state": "suppressed", "reason": "complaint"}));
    assert_eq!(shop.first_block("id:1", "channel=sms"), "address_blocked");
    shop.says("id:1", &json!({"channel": "email", "state": "suppressed", "reason": "list"}));
    assert_eq!(shop.first_block("id:1", "channel=email"), "suppressed");
    shop.says("id:1", &json!({"channel": "all", "state": "suppressed", "reason": "status"}));
    assert_eq!(shop.first_block("id:1", "channel=email&kind=service"), "disabled");
}

#[test]
fn the_answer_says_who_when_and_what_can_be_done() {
    let shop = Shop::new();
    shop.put("id:1", &json!({"channels": {"email": "ann@example.com"}}));
    shop.says(
        "id:1",
        &json!({"channel": "all", "state": "unsubscribed", "reason": "user", "as_of": "2026-11-03T09:00:00Z"}),
    );
    let answer = shop.send(Method::GET, "profiles/email:ann@example.com/verdict?channel=email", &Value::Null, 200);
    assert_eq!(
        answer["sentence"],
        "Email is blocked: they unsubscribed from everything on 3 Nov 2026, by API key Shop backend. \
         They can change this themselves. An admin can do it only at their request, with a note of what they asked for."
    );
    let layer = answer["layers"][4].clone();
    assert_eq!((&layer["layer"], &layer["since"]), (&json!("opted_out"), &json!("2026-11-03T09:00:00Z")), "{layer}");
}

#[test]
fn a_thousand_people_cost_as_many_statements_as_one() {
    statements::count();
    let shop = Shop::new();
    shop.put("id:p0", &json!({"channels": {"sms": "+14155550123"}}));
    for id in 1..40 {
        shop.app.add(Person::new(&format!("p{id}")).email(&format!("p{id}@example.com")));
    }
    let ask = |people: &[String]| {
        let before = statements::asked(&shop.app.db);
        let answer =
            shop.send(Method::POST, "verdicts", &json!({"channel": "email", "profiles": people}), 200)["verdicts"]
                .clone();
        (answer, statements::asked(&shop.app.db) - before)
    };
    let all: Vec<String> = (0..1000).map(|id| format!("id:p{id}")).collect();
    ask(&all[..1]);
    let (one, by_one) = ask(&all[..1]);
    let (answers, by_all) = ask(&all);
    assert_eq!(by_one, by_all, "statements");
    assert_eq!(one[0], answers[0]);
    assert_eq!(answers[0]["first_block"], "address");
    assert!((1..40).all(|place| answers[place]["may_send"] == true && answers[place]["profile"] == all[place]));
    assert_eq!(answers[40], json!({"profile": "id:p40", "code": "not_found"}));
    assert_eq!(answers.as_array().map(Vec::len), Some(1000));
}

#[test]
fn a_question_that_cannot_be_answered_says_which_field_is_wrong() {
    let shop = Shop::new();
    shop.put("id:1", &json!({"channels": {"email": "ann@example.com"}}));
    shop.put("id:2", &json!({"channels": {"email": "ann@example.com"}}));
    let get =
        |query: &str, status| shop.send(Method::GET, &format!("profiles/id:1/verdict?{query}"), &Value::Null, status);
    for (query, field) in
        [("", "channel"), ("channel=all", "channel"), ("channel=fax", "channel"), ("channel=email&kind=ad", "kind")]
    {
        assert_eq!(get(query, 400)["field"], field, "{query}");
    }
    shop.send(Method::GET, "profiles/id:3/verdict?channel=email", &Value::Null, 404);
    let several = shop.send(Method::GET, "profiles/email:ann@example.com/verdict?channel=email", &Value::Null, 409);
    assert_eq!((&several["code"], several["candidates"].as_array().map(Vec::len)), (&json!("ambiguous"), Some(2)));
    let post = |body: Value| shop.send(Method::POST, "verdicts", &body, 400)["field"].clone();
    assert_eq!(post(json!({"profiles": ["id:1"]})), "channel");
    assert_eq!(post(json!({"channel": "email", "profiles": []})), "profiles");
    assert_eq!(post(json!({"channel": "email", "profiles": ["id:1", 7]})), "profiles[1]");
    assert_eq!(post(json!({"channel": "email", "profiles": vec!["id:1"; 1001]})), "profiles");
    assert_eq!(post(json!({"channel": "email", "profiles": ["id:1"], "sort": "kind"})), "sort");
}
