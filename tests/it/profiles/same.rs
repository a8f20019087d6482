use actix_web::http::Method;
use kith::auth::Role;
use serde_json::json;

use crate::support::{App, Person, sender::server};

/// What the tables of state and ledger hold, but for ids, times and who said it.
fn told(app: &App) -> Vec<String> {
    let questions = [
        "SELECT concat_ws('|', name, attributes, tags, search_text, (SELECT string_agg(key, ',' ORDER BY key) FROM jsonb_each(attribute_meta)), (SELECT string_agg(key, ',' ORDER BY key) FROM jsonb_each(tag_meta))) FROM profiles ORDER BY 1",
        "SELECT concat_ws('|', channel, address, normalised, health) FROM addresses ORDER BY 1",
        "SELECT concat_ws('|', token, is_removed, model) FROM devices ORDER BY 1",
        "SELECT concat_ws('|', kind, value, retired_at IS NOT NULL) FROM profile_identifiers ORDER BY 1",
        "SELECT concat_ws('|', kind, value) FROM identifier_claims ORDER BY 1",
        "SELECT concat_ws('|', kind, subject, before, after, reason) FROM changes ORDER BY 1",
        "SELECT concat_ws('|', name, properties) FROM events e JOIN event_definitions d ON d.id = e.definition_id ORDER BY 1",
    ];
    questions.iter().flat_map(|question| app.db.column(question)).collect()
}

/// Every edit by hand leaves what the same edit by a program leaves; only the actor differs (everything goes one way).
#[test]
fn an_edit_in_the_console_and_the_same_by_api_leave_the_same() {
    let person = || {
        let known = Person::new("c-1").name("Priya", "Nair").set("plan", "Free").set("seats", 3).set("old", "x");
        known.email("a@example.com").tag("vip").device("t-1", "Pixel")
    };
    let console = App::new();
    let id = console.add(person());
    let mut ada = console.browser(Role::Admin);
    ada.visit(&console.profile(id, "/edit?section=attributes"));
    ada.submit("Save", &[("Plan", "Pro"), ("Seats", "5"), ("Old", "")]).expect(303);
    ada.visit(&console.profile(id, "/edit?section=contact"));
    ada.submit("Save", &[("Email", "b@example.com"), ("Phone", "+91 98765 43210")]).expect(303);
    ada.visit(&console.profile(id, "/attributes/new"));
    ada.submit("Add attribute", &[("Attribute", "company"), ("Value", "Nair Textiles")]).expect(303);
    ada.visit(&console.profile(id, ""));
    ada.submit("×", &[]).expect(303);
    ada.visit(&console.profile(id, ""));
    ada.submit("Add tag", &[("tag", "press")]).expect(303);
    ada.visit(&console.profile(id, "/identities"));
    ada.submit("Remove… Push t-1", &[]).expect(200);
    ada.submit("Remove", &[]).expect(303);
    ada.visit(&console.profile(id, "/id"));
    ada.submit("Change ID", &[("New ID", "k-1")]).expect(303);

    let api = App::new();
    api.add(person());
    let key = api.key(server());
    let bearer = key.bearer();
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let send = |method: Method, path: &str, body: serde_json::Value| {
        api.clock.advance(chrono::TimeDelta::milliseconds(1));
        api.send(method, path, &headers, body.to_string()).expect(200);
    };
    let put = |rest: &str, body| send(Method::PUT, &format!("/api/data/v1/profiles/c-1{rest}"), body);
    put("", json!({"attributes": {"plan": "Pro", "seats": 5, "old": null}}));
    put("", json!({"channels": {"email": "b@example.com", "sms": "+91 98765 43210"}}));
    put("", json!({"attributes": {"company": "Nair Textiles"}}));
    send(Method::PATCH, "/api/data/v1/profiles/c-1/tags", json!({"remove": ["vip"]}));
    send(Method::PATCH, "/api/data/v1/profiles/c-1/tags", json!({"add": ["press"]}));
    send(Method::DELETE, "/api/data/v1/profiles/c-1/devices/t-1", json!({}));
    send(Method::PUT, "/api/v2/users/reidentify", json!({"id": "c-1", "new_id": "k-1"}));
    assert_eq!(told(&console), told(&api));
    let actors = |app: &App| {
        app.db.column("SELECT DISTINCT s.kind FROM changes c JOIN sources s ON s.id = c.source_id ORDER BY 1")
    };
    assert_eq!(
        (actors(&console), actors(&api)),
        (vec!["key".to_owned(), "operator".to_owned()], vec!["key".to_owned()])
    );
}
