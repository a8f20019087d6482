//! What is decided is what verdicts follow, on pages and in the API, in both environments.

use actix_web::http::Method;
use kith::{
    auth::Role,
    db::Decided,
    subscriptions::Medium,
    topics::{Catalogue, ChannelRules, store},
};
use serde_json::{Value, json};

use super::define;
use crate::support::{
    App, Person,
    sender::{MadeKey, server},
};

struct Shop {
    app: App,
    key: MadeKey,
}

impl Shop {
    fn new() -> Self {
        let app = App::new();
        app.add(Person::new("c-1").email("ann@example.com").phone("+41446681800"));
        define(&app);
        Self { key: app.key(server()), app }
    }

    fn send(&self, method: Method, rest: &str, body: &Value) -> Value {
        let path = format!("/api/data/v1/profiles/id:c-1/{rest}");
        let headers = [("authorization", &*self.key.bearer())];
        self.app.send(method, &path, &headers, body.to_string()).expect(200).json()
    }

    /// The first layer that blocks, and why.
    fn block(&self, query: &str) -> (Value, String) {
        let found = self.send(Method::GET, &format!("verdict?{query}"), &json!({}));
        let layers = found["layers"].as_array().cloned().unwrap_or_default();
        let why = layers.iter().find_map(|layer| layer["why"].as_str()).unwrap_or_default();
        (found["first_block"].clone(), why.to_owned())
    }

    fn says(&self, rest: &str, body: &Value) {
        self.app.clock.advance(chrono::TimeDelta::seconds(1));
        self.send(Method::PUT, rest, body);
    }
}

#[test]
fn the_defaults_of_channels_are_the_workspaces() {
    let shop = Shop::new();
    let asked = |channel: &str| shop.block(&format!("channel={channel}")).0;
    assert_eq!((asked("email"), asked("sms"), asked("voice")), (json!("channel"), json!(null), json!("channel")));
    shop.says("subscriptions", &json!({"channel": "email", "state": "subscribed"}));
    assert_eq!(shop.block("channel=email").1, "there is no record that they agreed to “Marketing”.");
    shop.says("consents/gdpr.marketing", &json!({"given": true}));
    assert_eq!(asked("email"), json!(null));
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.path("profiles/c-1"));
    assert!(ada.follow().text("main").contains("Email, SMS"), "{}", ada.page().text("main"));
}

#[test]
fn topics_are_required_on_or_off_and_called_by_their_names() {
    let shop = Shop::new();
    shop.says("subscriptions", &json!({"channel": "email", "state": "subscribed"}));
    shop.says("consents/gdpr.marketing", &json!({"given": true}));
    let block = |topic: &str| shop.block(&format!("channel=email&topic={topic}"));
    assert_eq!(block("news").0, json!(null));
    assert_eq!(block("orders"), (json!("topic"), "“Orders and delivery” is for service messages only.".to_owned()));
    assert_eq!(shop.block("channel=email&topic=orders&kind=service").0, json!(null));
    assert_eq!(block("offers").1, "“Special offers” is only for people who subscribe to it, and they have not.");
    shop.says("subscriptions", &json!({"channel": "email", "topic": "offers", "state": "subscribed"}));
    assert_eq!(block("offers").0, json!(null));
    shop.says("consents/ccpa.data_sale", &json!({"given": true}));
    assert_eq!(block("offers").0, json!("consent"));
    assert_eq!(block("surveys").1, "there is no record that they agreed to “Analytics”.");
    // A topic that nobody defined is accepted.
    shop.says("subscriptions", &json!({"channel": "email", "topic": "Spring fair", "state": "unsubscribed"}));
    assert_eq!(block("Spring+fair").0, json!("topic"));
    assert_eq!(shop.block("channel=sms&topic=Spring+fair").0, json!(null));
}

#[test]
fn whatsapp_needs_a_yes_whatever_is_stored() {
    let shop = Shop::new();
    let bold = ChannelRules { asks_first: false, ..ChannelRules::usual(Medium::Whatsapp) };
    let workspace = shop.app.workspace.id;
    let written = shop.app.state.db.tx_now(|conn| store::put_channel(conn, workspace, Medium::Whatsapp, &bold));
    assert_eq!(written.ok(), Some(1));
    Catalogue::forget(&shop.app.state.db);
    assert_eq!(shop.block("channel=whatsapp").0, json!("channel"));
}

#[test]
fn both_environments_share_what_is_decided_and_other_workspaces_do_not() {
    let app = App::new();
    define(&app);
    app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let found = app.state.db.read_now(|conn| {
        let of = |environment, conn: &mut _| Catalogue::read(conn, environment).map(|it| it.topics.len());
        let neighbours = app.db.number("SELECT max(id) FROM environments");
        let other = kith::db::ids::EnvironmentId(i16::try_from(neighbours).unwrap_or(0));
        Ok([of(app.live, conn)?, of(app.test, conn)?, of(other, conn)?])
    });
    assert_eq!(found.ok(), Some([4, 4, 0]));
}
