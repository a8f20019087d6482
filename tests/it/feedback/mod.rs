//! What providers tell of messages: their formats and signatures, steps and statuses, and what follows for the next message.

mod formats;
mod mail;
mod own;
mod pages;
mod ses;

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::{
    auth::Role,
    db::ids::{MessageId, ProfileId, SendingAccountId},
    messages::Status,
};
use serde_json::{Value, json};

use crate::{
    messages::{ask_for, draft, kept, send, worker},
    support::{App, Person, app::Answer},
};

/// A console, and a message that was sent to Ann by an account.
struct Shop {
    app: App,
    account: SendingAccountId,
    ann: ProfileId,
    id: MessageId,
}

impl Shop {
    fn new() -> Self {
        let app = crate::messages::app();
        let account = kept(&app);
        let ann = app.add(Person::new("c-1").email("ann@example.com"));
        let (id, _) = ask_for(&app, &draft(account, app.clock.now()), ann);
        send(&app);
        app.clock.advance(TimeDelta::minutes(1));
        Self { app, account, ann, id }
    }

    /// Path of the page of the account.
    fn page(&self) -> String {
        self.app.path(&format!("sending/{}/feedback", self.account))
    }

    /// The path that the provider calls.
    fn hook(&self) -> String {
        let mut ada = self.app.browser(Role::Admin);
        let shown = ada.visit(&self.page()).text(".id.copy");
        shown.strip_prefix("http://kith.test").expect("an address of this server").to_owned()
    }

    fn expects(&self, format: &str, key: &str) {
        let mut ada = self.app.browser(Role::Admin);
        ada.visit(&self.page());
        ada.submit("Save", &[("Format", format), ("Key", key)]).expect(303);
    }

    /// Calls the hook, and has what it says told as events.
    fn call(&self, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let answer = self.app.send(Method::POST, &self.hook(), headers, body);
        self.app.run(worker(&self.app).tell()).expect("told");
        answer
    }

    /// Says this in kith's own JSON.
    fn say(&self, item: Value) -> Value {
        self.call(&[("content-type", "application/json")], item.to_string()).expect(200).json()
    }

    /// Says this of the message, some seconds ago.
    fn told(&self, status: &str, seconds: i64) -> Value {
        let at = self.app.clock.now() - TimeDelta::seconds(seconds);
        json!({ "message_id": self.id, "status": status, "at": at.to_rfc3339() })
    }

    fn status(&self) -> String {
        self.app.db.one(&format!("SELECT status FROM messages WHERE id = '{}'", self.id))
    }

    /// What providers told of the message, by time.
    fn steps(&self) -> Vec<String> {
        self.app.db.column(&format!(
            "SELECT concat_ws(' ', status, bounce, code, link, CASE WHEN is_machine THEN 'machine' END) FROM message_steps \
             WHERE message_id = '{}' AND status NOT IN ('queued', 'sending', 'sent') ORDER BY at, id",
            self.id
        ))
    }

    /// Names of the events of a person that are about messages.
    fn events(&self) -> Vec<String> {
        self.app.db.column(
            "SELECT d.name FROM events e JOIN event_definitions d ON d.environment_id = e.environment_id AND d.id = e.definition_id \
             WHERE d.name LIKE 'Email %' AND d.name <> 'Email Sent' ORDER BY e.occurred_at, e.id",
        )
    }

    /// Whether another message to Ann would be sent.
    fn may_send(&self) -> bool {
        ask_for(&self.app, &draft(self.account, self.app.clock.now()), self.ann).1 == Status::Queued
    }
}

/// An account whose provider told of an unknown message, and the address that it calls, as parts of addresses.
pub fn parts(app: &App) -> [(&'static str, String); 2] {
    let account = kept(app);
    let mut ada = app.browser(Role::Admin);
    let shown = ada.visit(&app.path(&format!("sending/{account}/feedback"))).text(".id.copy");
    let path = shown.strip_prefix("http://kith.test").expect("an address of this server").to_owned();
    let item = json!({ "provider_id": "x", "status": "delivered" });
    let answer = app.send(Method::POST, &path, &[("content-type", "application/json")], item.to_string());
    assert_eq!(answer.expect(200).json()["unknown"], 1);
    let secret = path.rsplit('/').next().expect("a secret").to_owned();
    [("{account}", account.to_string()), ("{secret}", secret)]
}
