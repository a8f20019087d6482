//! Reads the form of an account.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{AccountForm, MOST_AT_ONCE, MOST_HOURS, MOST_PER_SECOND, MOST_TESTED, Sort, chat, gateway, smtp};
use crate::{
    identities::{Address, Reading},
    sending_accounts::{AccountName, ChatWay, Draft, Limits, Provider, ProviderKind, Secret},
    subscriptions::Medium,
    web::{
        FormData,
        form::Problems,
        outbound::{Endpoint, Reach},
    },
};

/// What the form is read with.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub reach: Reach,
    pub reading: Reading,
    /// How it is stored, of an account that is changed.
    pub stored: Option<&'a Provider>,
}

/// A form that can be saved.
#[derive(Clone, Debug)]
pub struct Parsed {
    pub draft: Draft,
    /// The secret that was typed; `None`: a stored one stays.
    pub secret: Option<Secret>,
    /// Whether the provider needs one at all.
    pub needs_secret: bool,
}

/// An address of a channel as it is compared.
///
/// # Errors
/// It is none. The text is for people.
pub fn recipient(channel: Medium, given: &str, reading: Reading) -> Result<String, String> {
    let given = given.trim();
    if channel.is_device() {
        let is_well = (1..=200).contains(&given.chars().count()) && !given.contains(char::is_control);
        return if is_well { Ok(given.to_owned()) } else { Err("Enter an address of 1 to 200 characters.".to_owned()) };
    }
    let read = channel.addresses().iter().find_map(|of| Address::read(*of, given, reading).ok());
    read.map(|address| address.normalised).ok_or_else(|| match channel {
        Medium::Email => format!("“{given}” is no email such as ann@example.com."),
        Medium::Sms | Medium::Voice | Medium::Whatsapp => {
            format!("“{given}” is no phone number such as +49 30 123456, with the code of its country.")
        }
        _ => format!("“{given}” is no address of 1 to 200 visible characters without spaces."),
    })
}

fn test_list(channel: Medium, sent: &FormData, reading: Reading, problems: &mut Problems) -> Vec<String> {
    let lines = sent.get("test_list").lines().map(str::trim).filter(|line| !line.is_empty());
    let found: Result<BTreeSet<String>, String> = lines.map(|line| recipient(channel, line, reading)).collect();
    match found {
        Ok(found) if found.len() <= MOST_TESTED => return found.into_iter().collect(),
        Ok(_) => problems.add("test_list", format!("Enter at most {MOST_TESTED} addresses.")),
        Err(rule) => problems.add("test_list", rule),
    }
    Vec::new()
}

fn limits(sent: &FormData, problems: &mut Problems) -> Limits {
    let mut number = |name: &'static str, range: std::ops::RangeInclusive<u32>| {
        sent.parsed::<u32>(name).filter(|number| range.contains(number)).unwrap_or_else(|| {
            problems.add(name, format!("Enter a whole number from {} to {}.", range.start(), range.end()));
            1
        })
    };
    Limits {
        per_second: number("per_second", 0..=MOST_PER_SECOND),
        at_once: number("at_once", 1..=MOST_AT_ONCE),
        give_up: TimeDelta::hours(number("give_up", 1..=MOST_HOURS).into()),
    }
}

/// Whether a provider needs a secret.
fn needs_secret(provider: &Provider) -> bool {
    match provider {
        Provider::Kept => false,
        Provider::Smtp(smtp) => !smtp.user.is_empty(),
        Provider::Gateway(gateway) => gateway::needs_secret(gateway),
        Provider::Chat(_) => true,
    }
}

/// The secret that was typed, with the rule that it breaks.
fn secret(sort: Sort, sent: &FormData, provider: &Provider, known: Known<'_>) -> Result<Option<Secret>, String> {
    let typed = if sort.kind == ProviderKind::Smtp { sent.raw("secret") } else { sent.get("secret") };
    if typed.is_empty() {
        if !needs_secret(provider) {
            return Ok(None);
        }
        if !sort.has_secret {
            return Err("Enter it: without, the provider does not let kith in.".to_owned());
        }
        // Else whoever may edit an account could have its secret sent to a server of their own.
        return match known.stored.is_some_and(|stored| stored.server() != provider.server()) {
            true => Err("Enter it again: a stored one is never sent to another server.".to_owned()),
            false => Ok(None),
        };
    }
    if matches!(provider, Provider::Chat(chat) if chat.way == ChatWay::Hook) {
        return Secret::new(Endpoint::parse(typed, known.reach)?.as_str()).map(Some);
    }
    Secret::new(typed).map(Some)
}

/// Reads the form.
///
/// # Errors
/// The form as it was typed, with its problems.
pub fn parse(sort: Sort, sent: &FormData, known: Known<'_>) -> Result<Parsed, Box<AccountForm>> {
    let mut problems = Problems::default();
    let name = AccountName::new(sent.raw("name")).map_err(|rule| problems.add("name", rule));
    let provider = match sort.kind {
        ProviderKind::Kept => Provider::Kept,
        ProviderKind::Smtp => Provider::Smtp(smtp::parse(sent, &mut problems)),
        ProviderKind::Gateway => Provider::Gateway(gateway::parse(sent, known.reach, &mut problems)),
        ProviderKind::Chat => Provider::Chat(chat::parse(sort.channel, sent)),
    };
    let secret = secret(sort, sent, &provider, known).map_err(|rule| problems.add("secret", rule));
    let limits = limits(sent, &mut problems);
    let test_list = test_list(sort.channel, sent, known.reading, &mut problems);
    match (name, secret) {
        (Ok(name), Ok(secret)) if problems.is_empty() => {
            let needs_secret = needs_secret(&provider);
            Ok(Parsed { draft: Draft { name, provider, limits, test_list }, secret, needs_secret })
        }
        _ => Err(Box::new(AccountForm::typed(sort, sent, problems))),
    }
}
