//! Sending accounts: the ways by which messages leave, each for one channel of a workspace (F1.1). Table: `sending_accounts`.
//!
//! Addresses: `…/sending[/{sending_account}[/edit|turn|test|default|remove]]`. Both environments share the accounts; the test environment sends
//! to the addresses of the account's test list alone. Secrets are encrypted with the server's key and never shown again. [`Account::connect`]
//! makes a [`Connection`], which knows of every attempt at which stage it failed: a message that may have left is never said not to have.

mod account;
mod actions;
mod body;
mod chat;
mod connection;
mod draft;
mod exchange;
pub mod feedback;
mod form;
mod gateway;
mod mail;
mod outgoing;
mod pages;
mod provider;
mod reply;
mod routes;
mod secret;
mod show;
mod smtp;
pub mod store;
mod vault;

pub use account::{Account, AccountName, Limits};
pub use connection::{Connection, Line};
pub use draft::{Draft, NewSecret};
pub use feedback::FeedbackFormat;
pub use outgoing::{HandedOver, Outgoing, Unsubscribe};
pub use provider::{Chat, ChatWay, Format, Gateway, Method, Provider, ProviderKind, Security, Sender, Smtp};
pub use routes::routes;
pub use secret::{Sealed, Secret};
pub use store::{Health, health};
pub use vault::{Locked, Vault};

use crate::{db::ids::SendingAccountId, web::PathId};

impl PathId for SendingAccountId {
    const PART: &str = "sending_account";
}
