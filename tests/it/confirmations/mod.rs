//! Double opt-in: who has to confirm their email, that kith asks them once, and what comes of it.

mod asking;
mod link;
mod order;
mod rule;

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use kith::{
    confirmations,
    db::{Decided, ids::ProfileId},
    subscriptions::{Medium, SubscriptionState::Subscribed},
    topics::{Catalogue, ChannelRules, Confirmation, store},
};
use serde_json::{Value, json};

use crate::{
    messages::{kept, send},
    support::{App, Person, app::NOW, at, sender::server},
};

/// Asks for the confirmation of new subscriptions, or does not.
fn rule(app: &App, since: Option<DateTime<Utc>>, most_a_day: u8) {
    let rules = ChannelRules {
        confirmation: Confirmation { since, template: None, most_a_day },
        ..ChannelRules::usual(Medium::Email)
    };
    let workspace = app.workspace.id;
    app.state.db.tx_now(|conn| store::put_channel(conn, workspace, Medium::Email, &rules)).expect("stored");
    Catalogue::forget(&app.state.db);
}

/// Asks all who are due.
fn ask(app: &App) {
    confirmations::ask_now(&app.state.db, &app.clock).expect("asked");
}

struct Shop {
    app: App,
    ann: ProfileId,
}

impl Shop {
    /// A shop that asks for confirmations, and Ann, of whom nothing was said.
    fn new() -> Self {
        let app = crate::messages::app();
        kept(&app);
        rule(&app, Some(at(NOW)), 3);
        let ann = app.add(Person::new("c-1").name("Ann", "Ott").email("ann@example.com"));
        Self { app, ann }
    }

    /// Says something of Ann with a key for servers, a second later.
    fn put(&self, rest: &str, body: &Value) -> Value {
        self.app.clock.advance(TimeDelta::seconds(1));
        let key = self.app.key(server());
        let path = format!("/api/data/v1/profiles/id:c-1{rest}");
        self.app.send(Method::PUT, &path, &[("authorization", &key.bearer())], body.to_string()).expect(200).json()
    }

    fn says(&self, state: &str) {
        self.put("/subscriptions", &json!({"channel": "email", "state": state}));
    }

    /// Why she cannot be sent a campaign; empty if she can.
    fn why(&self) -> String {
        self.app.clock.advance(TimeDelta::seconds(1));
        let key = self.app.key(server());
        let path = "/api/data/v1/profiles/id:c-1/verdict?channel=email";
        let answer = self.app.send(Method::GET, path, &[("authorization", &key.bearer())], "").expect(200).json();
        if answer["may_send"] == true { String::new() } else { answer["sentence"].as_str().expect("words").to_owned() }
    }

    /// Paths of the links that an admin is shown.
    fn links(&self) -> Vec<String> {
        crate::preferences::links(&self.app, self.ann)
    }

    fn confirm_link(&self) -> String {
        self.links().remove(1)
    }

    /// Has her confirm.
    fn confirms(&self) {
        self.app.clock.advance(TimeDelta::seconds(1));
        let mut own = self.app.visitor();
        own.visit(&self.confirm_link());
        own.submit("Confirm", &[]).expect(303);
    }

    /// Asks, sends, and counts the messages so far.
    fn messages(&self) -> i64 {
        ask(&self.app);
        send(&self.app);
        self.app.db.number("SELECT count(*) FROM messages")
    }

    fn requests(&self) -> Vec<String> {
        self.app.db.column("SELECT concat_ws(' ', address, status, why) FROM confirmation_requests ORDER BY id")
    }
}

/// A person who waits, so that each table has a row.
pub fn parts(app: &App) {
    rule(app, Some(at(NOW)), 3);
    app.add(Person::new("asked").email("asked@example.com").wants("email", Subscribed));
}
