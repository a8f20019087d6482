//! The form of an account: common fields, and those of its kind of provider.

mod chat;
mod gateway;
mod read;
mod smtp;

pub use gateway::Preset;
pub use read::{Known, Parsed, parse, recipient};

use chrono::TimeDelta;

use super::{Account, AccountName, Limits, Provider, ProviderKind};
use crate::{
    db::ids::SendingAccountId,
    subscriptions::Medium,
    web::{
        Field, FormData,
        form::{Control, Problems},
        pairs::Pairs,
    },
};

/// Addresses of a test list at most.
const MOST_TESTED: usize = 50;
/// Messages a second at most, where there is a limit.
const MOST_PER_SECOND: u32 = 1000;
/// Connections at once at most.
const MOST_AT_ONCE: u32 = 16;
/// Hours until a message is given up, at most.
const MOST_HOURS: u32 = 240;

/// Which account the form is of.
#[derive(Clone, Copy, Debug)]
pub struct Sort {
    pub id: SendingAccountId,
    pub channel: Medium,
    pub kind: ProviderKind,
    /// Whether a secret is stored already.
    pub has_secret: bool,
}

/// Fields under one heading.
#[derive(Clone, Debug)]
pub struct Group {
    pub heading: &'static str,
    pub about: &'static str,
    pub fields: Vec<Field>,
}

/// The form of an account: typed text and problems.
#[derive(Clone, Debug)]
pub struct AccountForm {
    pub sort: Sort,
    pub groups: Vec<Group>,
    pub problems: Problems,
}

/// A text field with what was typed.
fn field(sent: &FormData, name: &'static str, label: &'static str, control: Control, problems: &Problems) -> Field {
    Field::new(name, label, control).value(sent.raw(name)).problem(&problems.0)
}

/// The field of the secret; it never shows one.
fn secret_field(sort: Sort, label: &'static str, hint: &str, problems: &Problems) -> Field {
    let stored = if sort.has_secret { " One is stored, encrypted. Leave this empty to keep it." } else { "" };
    Field::new("secret", label, Control::Password)
        .autocomplete("new-password")
        .hint(format!("{hint}{stored}").trim().to_owned())
        .problem(&problems.0)
}

impl AccountForm {
    /// The form as it was typed, with its problems.
    pub fn typed(sort: Sort, sent: &FormData, problems: Problems) -> Self {
        let name = field(sent, "name", "Name", Control::Text, &problems)
            .required()
            .limit(AccountName::LONGEST)
            .hint("As your team calls it, such as “Shop mail”.");
        let own = match sort.kind {
            ProviderKind::Smtp => smtp::fields(sort, sent, &problems),
            ProviderKind::Gateway => gateway::fields(sort, sent, &problems),
            ProviderKind::Chat => chat::fields(sort, sent, &problems),
            ProviderKind::Kept => Vec::new(),
        };
        let mut groups = vec![Group { heading: "Account", about: "", fields: vec![name] }];
        groups.extend(own);
        groups.push(limits(sent, &problems));
        let list = field(sent, "test_list", "Test list", Control::Area, &problems)
            .hint("One address a line, at most 50. Empty: the test environment sends nothing by this account.");
        let about = "The test environment sends to these addresses alone. Messages to anybody else are kept back.";
        groups.push(Group { heading: "Test environment", about, fields: vec![list] });
        Self { sort, groups, problems }
    }

    /// The form of a new account.
    pub fn blank(sort: Sort, preset: Preset) -> Self {
        let pairs = match sort.kind {
            ProviderKind::Smtp => Pairs::default().with("port", "587").with("security", "starttls"),
            ProviderKind::Gateway => gateway::preset(preset),
            ProviderKind::Chat | ProviderKind::Kept => Pairs::default(),
        };
        let limits = Limits { per_second: 0, at_once: 4, give_up: TimeDelta::hours(24) };
        Self::typed(sort, &FormData(with_limits(pairs, &limits)), Problems::default())
    }

    /// The form of a stored account.
    pub fn of(account: &Account, has_secret: bool) -> Self {
        let sort = Sort { id: account.id, channel: account.channel, kind: account.provider.kind(), has_secret };
        let pairs = match &account.provider {
            Provider::Kept => Pairs::default(),
            Provider::Smtp(smtp) => smtp::pairs(smtp),
            Provider::Gateway(gateway) => gateway::pairs(gateway),
            Provider::Chat(chat) => Pairs::default().with("way", chat.way.as_str()),
        };
        let pairs = pairs.with("name", account.name.as_str()).with("test_list", &account.test_list.join("\n"));
        Self::typed(sort, &FormData(with_limits(pairs, &account.limits)), Problems::default())
    }
}

fn with_limits(pairs: Pairs, limits: &Limits) -> Pairs {
    pairs
        .with("per_second", &limits.per_second.to_string())
        .with("at_once", &limits.at_once.to_string())
        .with("give_up", &limits.give_up.num_hours().to_string())
}

fn limits(sent: &FormData, problems: &Problems) -> Group {
    let number =
        |name, label, hint: &'static str| field(sent, name, label, Control::Number, problems).hint(hint).short();
    let fields = vec![
        number("per_second", "Messages a second, at most", "0: no limit. At most 1000."),
        number("at_once", "At once, at most", "Connections at the same time, 1 to 16."),
        number(
            "give_up",
            "Give up after hours",
            "A message that the provider does not take until then has failed. 1 to 240.",
        ),
    ];
    Group { heading: "Limits", about: "What the provider allows. Messages wait for their turn.", fields }
}
