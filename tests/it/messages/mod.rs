//! Messages to people: asking for them, sending them, and what becomes of them.

mod api;
mod crash;
mod life;
mod many;
mod sending;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kith::{
    auth::{Actor, Place},
    db::ids::{EnvironmentId, MessageId, ProfileId, SendingAccountId, new_id},
    message_templates::Words,
    messages::{self, Asked, Content, Draft, Status, Worker},
    sending_accounts::{
        self, AccountName, Limits, Provider, Security, Sender, Smtp,
        store::{Added, Author},
    },
    subscriptions::Medium,
    verdict::MessageKind,
};

use crate::support::{App, Person, build::batch};

/// Stores an account of the workspace that the app has.
pub fn account(app: &App, channel: Medium, provider: Provider) -> SendingAccountId {
    let now = app.clock.now();
    let (id, workspace) = (SendingAccountId(new_id(now)), app.workspace.id);
    let draft = sending_accounts::Draft {
        name: AccountName::new("Shop").expect("a name"),
        provider,
        limits: Limits { per_second: 0, at_once: 2, give_up: TimeDelta::hours(24) },
        test_list: vec!["tester@example.com".to_owned()],
    };
    let by = Author { actor: Actor::command_line(Place::Workspace(workspace)), at: now };
    let added =
        app.state.db.tx_now(|conn| sending_accounts::store::add(conn, (workspace, id), channel, &draft, None, &by));
    assert_eq!(added.expect("stored"), Added::New);
    id
}

/// The account that the examples of the API name.
pub fn account_of_examples(app: &App, document: &serde_json::Value) {
    let place = "/paths/~1profiles~1{id}~1messages/post/requestBody/content/application~1json/example/account";
    let id = document.pointer(place).and_then(serde_json::Value::as_str).expect("an account");
    let account = kept(app);
    app.db.run(&format!("UPDATE sending_accounts SET id = '{id}' WHERE id = '{account}'"));
}

/// A console whose server may send to this machine.
pub fn app() -> App {
    App::configured(|config| config.server.private_webhooks = true)
}

/// An account that keeps what it would send.
pub fn kept(app: &App) -> SendingAccountId {
    account(app, Medium::Email, Provider::Kept)
}

/// A mail server on this machine.
pub fn smtp(port: u16) -> Provider {
    Provider::Smtp(Smtp {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::None,
        user: String::new(),
        from: Sender { name: "Shop".to_owned(), email: "shop@example.com".to_owned() },
        reply_to: String::new(),
    })
}

/// A service message with words of its own.
pub fn draft(account: SendingAccountId, due_at: DateTime<Utc>) -> Draft {
    let words = Words {
        subject: "Your parcel".to_owned(),
        text: "Hello {{ user.first_name }}, it is on its way.".to_owned(),
        html: String::new(),
    };
    Draft {
        channel: Medium::Email,
        account,
        kind: MessageKind::Service,
        topic: None,
        content: Content::Own(words),
        name: "Your parcel".to_owned(),
        event: Default::default(),
        due_at,
        unasked: None,
        is_confirmation: false,
    }
}

/// Asks for a message to somebody in the live environment.
pub fn ask_for(app: &App, draft: &Draft, profile: ProfileId) -> (MessageId, Status) {
    ask_in(app, app.live, draft, profile)
}

/// Asks for a message to somebody.
pub fn ask_in(app: &App, environment: EnvironmentId, draft: &Draft, profile: ProfileId) -> (MessageId, Status) {
    let (now, db) = (app.clock.now(), &app.state.db);
    let by = batch(db, environment, now);
    let asked = Asked { environment, by: by.source, group: by.group, at: now };
    let id = MessageId(new_id(now));
    let message = db.tx_now(|conn| {
        messages::ask(db, conn, asked, draft, &[(id, profile)])?;
        messages::find(conn, environment, id)
    });
    // Else ids of one moment have no order.
    app.clock.advance(TimeDelta::milliseconds(1));
    (id, message.expect("asked").expect("a message").status)
}

pub fn worker(app: &App) -> Arc<Worker> {
    Worker::new(app.state.clone().into_inner())
}

/// Sends all that is due now, and tells it.
pub fn send(app: &App) {
    app.run(async {
        for lane in worker(app).start_due().await.expect("lanes") {
            lane.await.expect("it ends");
        }
        worker(app).tell().await.expect("told");
    });
}

/// Status and attempts of all messages.
pub fn log(app: &App) -> Vec<String> {
    app.db.column("SELECT concat_ws(' ', status, attempts) FROM messages ORDER BY id")
}

/// Status and words of all steps, by message and time.
pub fn steps(app: &App) -> Vec<String> {
    app.db.column("SELECT concat_ws(': ', status, code, words) FROM message_steps ORDER BY message_id, at, attempt, id")
}

/// A message that waits, as a part of addresses of the console.
pub fn parts(app: &App) -> [(&'static str, String); 1] {
    let (account, person) = (kept(app), app.add(Person::new("written-to").email("written-to@example.com")));
    let (id, _) = ask_for(app, &draft(account, app.clock.now() + TimeDelta::hours(1)), person);
    [("{message}", id.to_string())]
}
