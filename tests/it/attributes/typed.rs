use kith::auth::Role;
use serde_json::json;

use super::define;
use crate::support::{App, Person, sender::server};

#[test]
fn values_that_arrive_are_read_as_the_type_that_somebody_chose() {
    let app = App::new();
    app.add(Person::new("c-0").set("age", "old").set("plan", "x"));
    define(&app, "age", "type = 'number', is_typed = true");
    let key = app.key(server());
    let identify = |id: &str, age: serde_json::Value| {
        let body = json!({"userId": id, "traits": {"age": age, "plan": "7"}});
        app.post(&key, "/v1/identify", &body).expect(200);
        app.db.one(&format!(
            "SELECT p.attributes FROM profiles p JOIN identifier_claims c ON c.profile_id = p.id WHERE c.value = '{id}'"
        ))
    };
    assert_eq!(identify("c-1", json!("41")), r#"{"age": 41, "plan": "7"}"#);
    assert_eq!(identify("c-2", json!(" 2.50")), r#"{"age": 2.50, "plan": "7"}"#);
    assert_eq!(identify("c-3", json!("about 40")), r#"{"age": "about 40", "plan": "7"}"#, "nothing is lost");
    assert_eq!(identify("c-4", json!(true)), r#"{"age": true, "plan": "7"}"#);
    assert_eq!(app.db.one("SELECT after FROM changes WHERE subject = 'age' AND after = '41'"), "41");
}

#[test]
fn a_choice_made_here_holds_at_once() {
    let app = App::new();
    app.add(Person::new("c-0").set("age", "41"));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("attributes/type?name=age&kind=number"));
    ada.submit("Change type", &[]).expect(303);
    ada.follow().expect(200).shows("Type changed to number. Values converted: 1.").shows("Number, chosen");
    app.add(Person::new("c-1").set("age", "52"));
    assert_eq!(
        app.db.column("SELECT attributes->'age' FROM profiles ORDER BY 1"),
        ["41", "52"],
        "what was there, and what arrives next"
    );
}
