use kith::auth::Role;
use serde_json::json;

use super::save;
use crate::support::{App, sender::server};

#[test]
fn a_word_that_is_ticked_is_somebodys_id_at_every_door() {
    let app = App::new();
    let key = app.key(server());
    let say =
        |id: &str| app.post(&key, "/v1/identify", &json!({"userId": id, "traits": {"plan": "pro"}})).status.as_u16();
    assert_eq!((say("Guest"), say("null")), (400, 400));
    save(&app, "placeholders", &[("guest", "yes")]);
    assert_eq!((say("Guest"), say("null")), (200, 400));
    app.post(&key, "/api/v2/users/track", &json!({"id": "GUEST"})).expect(200);
    let native = json!({"items": [{"type": "identify", "profile": {"id": "guest"}, "attributes": {"plan": "x"}}]});
    app.post(&key, "/api/data/v1/batch", &native).expect(200);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles/new"));
    ada.submit("Create profile", &[("ID", "undefined")]).expect(422);
    ada.visit(&app.path("settings/placeholders"));
    assert_eq!(ada.page().attrs("main input[checked]", "value"), ["guest"]);
    // What is unticked is refused again.
    save(&app, "placeholders", &[("guest", "no")]);
    assert_eq!(say("Guest"), 400);
}
