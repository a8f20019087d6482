//! Sending accounts: their pages, their secrets, and what comes of handing messages over to real servers.

mod gateway;
pub mod mail_server;
mod pages;
mod secrets;
mod sink;
mod smtp;

use chrono::TimeDelta;
use kith::{
    auth::Role,
    db::ids::{MessageId, SendingAccountId},
    sending_accounts::{Account, AccountName, FeedbackFormat, Limits, Outgoing, Provider, Security, Sender, Smtp},
    subscriptions::Medium,
};
use uuid::Uuid;

use crate::support::{App, Browser};

/// A console whose server may send to this machine.
fn app() -> App {
    App::configured(|config| config.server.private_webhooks = true)
}

/// Opens the form of a new account.
fn open<'b>(ada: &'b mut Browser<'_>, app: &App, channel: &str, provider: &str) -> &'b crate::support::Page {
    ada.visit(&app.path(&format!("sending/new?channel={channel}&provider={provider}")))
}

/// Creates an account that keeps its messages, and returns its id.
fn keep(ada: &mut Browser<'_>, app: &App, channel: &str, name: &str) -> String {
    open(ada, app, channel, "kept");
    let page = ada.submit("Create sending account", &[("Name", name)]).expect(303).clone();
    ada.follow().expect(200).check_markup();
    page.location().rsplit('/').next().expect("an id").to_owned()
}

/// An account as the worker has it.
fn account(channel: Medium, provider: Provider) -> Account {
    Account {
        id: SendingAccountId(Uuid::from_u128(0xacc)),
        channel,
        name: AccountName::new("Shop").expect("a name"),
        provider,
        limits: Limits { per_second: 0, at_once: 1, give_up: TimeDelta::hours(24) },
        test_list: Vec::new(),
        is_default: true,
        is_on: true,
        feedback: FeedbackFormat::Kith,
        failing: None,
    }
}

/// A mail server on this machine.
fn smtp(port: u16, user: &str) -> Provider {
    Provider::Smtp(Smtp {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::None,
        user: user.to_owned(),
        from: Sender { name: "Tea Shop".to_owned(), email: "shop@example.com".to_owned() },
        reply_to: String::new(),
    })
}

fn message(to: &str, text: &str) -> Outgoing {
    Outgoing {
        id: MessageId(Uuid::from_u128(0x77)),
        to: to.to_owned(),
        subject: "Your order".to_owned(),
        text: text.to_owned(),
        html: None,
        unsubscribe: None,
    }
}

/// An account, as a part of addresses of the console.
pub fn parts(app: &App) -> [(&'static str, String); 1] {
    let mut ada = app.browser(Role::Admin);
    [("{sending_account}", keep(&mut ada, app, "email", "Shop mail"))]
}
