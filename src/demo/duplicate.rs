//! A duplicate of Priya: a reader of the newsletter who turns out to be her, for an operator to decide.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::showcase::KEY;
use crate::{
    identities::{Address, Addresses, Channel, Device, Devices, Identifier, Kind, Token},
    ingest::{Identify, Item, Person, Statement},
    ledger::Invalid,
    registers::Fact,
    simulate::values,
    subscriptions::{Line, Medium, Reason, Subscription, SubscriptionState, Topic},
    tags::Tag,
};

const EMAIL: &str = "p.nair@nairtextiles.example";

/// Statements about the reader, and the call that names both.
pub fn items(now: DateTime<Utc>) -> Result<Vec<Item>, Invalid> {
    let (email, id) = (Identifier::new(Kind::Email, EMAIL)?, Identifier::new(Kind::Id, KEY)?);
    let device = Device {
        platform: Some("android".to_owned()),
        model: Some("Pixel 8".to_owned()),
        os_version: Some("15".to_owned()),
        ..Device::default()
    };
    let said = [
        ("first_name", json!("P.")),
        ("last_name", json!("Nair")),
        ("company", json!("Nair Textiles Pvt Ltd")),
        ("heard_of_us", json!("a friend")),
    ];
    let known = Identify {
        facts: vec![
            Fact::new::<Addresses>(Channel::Email, Address::new(Channel::Email, EMAIL)?),
            Fact::new::<Devices>(Token::new("dQw4w9WgXcQ:APA91bH7-demo-token-of-a-phone-9x")?, Some(device)),
        ],
        ..values(said)?
    };
    let wants = |line, state| Statement::Subscription(line, Subscription { state, reason: Reason::Api });
    let weekly = Line { channel: Some(Medium::Email), topic: Some(Topic::new("Weekly letter")?) };
    let on = |days| now - TimeDelta::days(days);
    let said = |identifiers: &[&Identifier], days, statement| Item {
        person: Person::Identifiers(identifiers.iter().map(|it| (*it).clone()).collect()),
        as_of: on(days),
        statement,
    };
    Ok(vec![
        said(&[&email], 19, Statement::Identify(known)),
        said(&[&email], 19, Statement::Tags { add: vec![Tag::new("newsletter")?], remove: Vec::new() }),
        said(&[&email], 19, wants(weekly, SubscriptionState::Subscribed)),
        said(&[&email], 6, wants(Line::channel(Medium::Sms), SubscriptionState::Unsubscribed)),
        said(&[&id], 4, wants(Line::channel(Medium::Email), SubscriptionState::Subscribed)),
        said(&[&id, &email], 1, Statement::Identify(Identify::default())),
    ])
}
