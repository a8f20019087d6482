//! From moments to what a sender would say of them, cut into the batches in which it arrives.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Story,
    moments::{Letter, Moment, Post, Speaker, What},
    notes::Act,
    people::{Customer, Known},
    shop::{COUPONS, DRINKS, LETTERS, PAGES, PRODUCTS, PUSHES, SIGN_IN_METHODS, TICKETS, price},
};
use crate::{
    attributes::{AttributeName, AttributeValue},
    db::ids::NoteId,
    events::{Event, EventName, MessageId},
    identities::Channel,
    ingest::{Identify, Item, Person, Statement},
    ledger::Invalid,
    notes::{NoteBody, NoteChange},
    tags::Tag,
};

/// Most items of a batch.
const LARGEST: usize = 1500;

/// What one source says at one time: a batch to be.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Who says it.
    pub speaker: Speaker,
    /// When it arrives: after everything in it.
    pub received_at: DateTime<Utc>,
    /// What is said, in the order of time.
    pub items: Vec<Item>,
}

impl Story {
    /// The story as batches, in the order in which they arrive. A refusal would be a mistake in the tables of the demo.
    pub fn slices(self) -> impl Iterator<Item = Result<Slice, Invalid>> {
        let (mut first, mut end, mut waiting) = (0, self.start, Vec::new().into_iter());
        std::iter::from_fn(move || {
            loop {
                if let Some((speaker, received_at, places)) = waiting.next() {
                    return Some(self.slice(speaker, received_at, places));
                }
                if first == self.moments.len() {
                    return None;
                }
                end = next_end(end, self.now);
                let is_last = end >= self.now;
                let ended = |moment: &Moment| is_last || moment.at < end;
                let last = first + self.moments[first..].partition_point(ended);
                waiting = self.cut(first..last, end).into_iter();
                first = last;
            }
        })
    }

    /// Sorts the moments of a window by speaker. What operators do arrives at once, as files do; what is sent arrives at the
    /// window's end.
    fn cut(&self, window: std::ops::Range<usize>, end: DateTime<Utc>) -> Vec<(Speaker, DateTime<Utc>, Vec<usize>)> {
        let mut by_hand: BTreeMap<(DateTime<Utc>, Speaker), Vec<usize>> = BTreeMap::new();
        let mut sent: BTreeMap<Speaker, Vec<usize>> = BTreeMap::new();
        for place in window {
            let Moment { at, speaker, .. } = self.moments[place];
            match speaker {
                Speaker::Operator(_) | Speaker::Import(_) => by_hand.entry((at, speaker)).or_default().push(place),
                _ => sent.entry(speaker).or_default().push(place),
            }
        }
        let mut parts = Vec::new();
        let mut push = |at: DateTime<Utc>, speaker: Speaker, places: &[usize], busy: &mut i64| {
            for part in places.chunks(LARGEST) {
                parts.push((speaker, at + TimeDelta::milliseconds(*busy), part.to_vec()));
                *busy += 7;
            }
        };
        for ((at, speaker), places) in &by_hand {
            push(*at, *speaker, places, &mut 0);
        }
        let mut busy = 0;
        for (speaker, places) in &sent {
            push(end, *speaker, places, &mut busy);
        }
        parts
    }

    fn slice(&self, speaker: Speaker, received_at: DateTime<Utc>, places: Vec<usize>) -> Result<Slice, Invalid> {
        let items = places.into_iter().map(|place| self.item(place)).collect::<Result<_, _>>()?;
        Ok(Slice { speaker, received_at, items })
    }

    fn item(&self, place: usize) -> Result<Item, Invalid> {
        let Moment { at, who, what, .. } = self.moments[place];
        let customer = &self.customers[who as usize];
        let identifiers = match what {
            What::Browsed(_) => vec![customer.browser.clone()],
            What::SignedUp | What::SignedIn(_) => with_browser(customer),
            What::Arrived if customer.joined >= self.start => with_browser(customer),
            _ => customer.identifiers.clone(),
        };
        let statement = match what {
            What::Arrived => Statement::Identify(introduction(customer)?),
            What::Tag(tag, true) => Statement::Tags { add: vec![Tag::new(tag)?], remove: Vec::new() },
            What::Tag(tag, false) => Statement::Tags { add: Vec::new(), remove: vec![Tag::new(tag)?] },
            What::Note(place) => Statement::Note(self.note(place)?),
            What::Mail(which) => {
                let address = customer.emails.get(usize::from(which)).cloned();
                Statement::Identify(Identify { addresses: vec![(Channel::Email, address)], ..Identify::default() })
            }
            _ => match self.event(customer, what) {
                Some((name, properties)) => {
                    let message = MessageId(format!("demo-{}-{place}", self.seed));
                    let properties = if let Value::Object(properties) = properties { properties } else { Map::new() };
                    Statement::Event(Event::new(EventName::new(name)?, at, Some(message), properties)?)
                }
                None => Statement::Identify(said(change(customer, what))?),
            },
        };
        Ok(Item { person: Person::Identifiers(identifiers), as_of: at, statement })
    }

    /// The name and the particulars of an event.
    fn event(&self, customer: &Customer, what: What) -> Option<(&'static str, Value)> {
        let (currency, rate) = customer.locale.currency;
        let money = |cents: u32| number(price(cents, rate));
        let of = |product: u8| {
            let product = &PRODUCTS[usize::from(product)];
            json!({ "product": product.name, "sku": product.sku, "price": money(product.cents), "currency": currency })
        };
        let page = |page: u8| {
            let (path, title) = PAGES[usize::from(page)];
            json!({ "path": path, "title": title })
        };
        Some(match what {
            What::Page(place) | What::Browsed(place) => ("Page Viewed", page(place)),
            What::Product(product) => ("Product Viewed", of(product)),
            What::Cart(product, count) => {
                let mut properties = of(product);
                properties["quantity"] = json!(count);
                ("Cart Updated", properties)
            }
            What::Order(place) => ("Order Completed", self.order(customer, place)),
            What::SignedUp => ("Signed Up", json!({ "method": "email" })),
            What::SignedIn(method) => ("Signed In", json!({ "method": SIGN_IN_METHODS[usize::from(method)] })),
            What::Letter(letter, post) => self.letter(letter, post),
            What::Push(push) => {
                let (title, text) = PUSHES[usize::from(push)];
                ("Push Delivered", json!({ "name": title, "text": text, "device": "phone" }))
            }
            What::Coupon(coupon) => {
                let (code, percent) = COUPONS[usize::from(coupon)];
                ("Coupon Redeemed", json!({ "coupon": code, "percent": percent }))
            }
            What::Renewed(plan) => {
                let properties =
                    json!({ "plan": plan.name(), "total": money(plan.cents()), "currency": currency, "months": 1 });
                ("Subscription Renewed", properties)
            }
            What::Ticket(ticket, number) => {
                let (subject, priority) = TICKETS[usize::from(ticket)];
                (
                    "Support Ticket Opened",
                    json!({ "ticket": format!("T-{number}"), "subject": subject, "priority": priority }),
                )
            }
            _ => return None,
        })
    }

    fn order(&self, customer: &Customer, place: u32) -> Value {
        let order = &self.orders[place as usize];
        let (currency, rate) = customer.locale.currency;
        let line = |(product, count): &(u8, u8)| {
            let product = &PRODUCTS[usize::from(*product)];
            json!({ "name": product.name, "sku": product.sku, "quantity": count, "price": number(price(product.cents, rate)) })
        };
        let mut properties = json!({
            "order_id": order.id(),
            "total": number(price(order.cents(), rate)),
            "currency": currency,
            "products": order.lines.iter().map(line).collect::<Vec<_>>(),
        });
        if let Some(coupon) = order.coupon {
            properties["coupon"] = json!(COUPONS[usize::from(coupon)].0);
        }
        properties
    }

    fn letter(&self, letter: Letter, post: Post) -> (&'static str, Value) {
        let (campaign, subject) = match letter {
            Letter::Campaign(place) => {
                let campaign = &self.campaigns[usize::from(place)];
                (campaign.name.as_str(), campaign.subject)
            }
            Letter::Own(place) => LETTERS[usize::from(place)],
        };
        let mut properties = json!({ "campaign": campaign, "subject": subject });
        let name = match post {
            Post::Sent => "Email Sent",
            Post::Delivered => "Email Delivered",
            Post::Bounced => {
                properties["reason"] = json!("mailbox full");
                "Email Bounced"
            }
            Post::Opened => "Email Opened",
            Post::Clicked => {
                properties["link"] = json!("https://shop.example.com/collections/new");
                "Email Clicked"
            }
        };
        (name, properties)
    }

    fn note(&self, place: u32) -> Result<NoteChange, Invalid> {
        let said = &self.notes[place as usize];
        let id = NoteId(Uuid::new_v5(
            &Uuid::NAMESPACE_OID,
            format!("kith demo {} note {}", self.seed, said.note).as_bytes(),
        ));
        let body = |text: &str| {
            NoteBody::new(text).map_err(|_| Invalid::new("note", "must have 1 to 10,000 characters", text))
        };
        Ok(match &said.act {
            Act::Add(text) => NoteChange::Add { id, body: body(text)? },
            Act::Edit(text) => NoteChange::Edit { id, body: body(text)?, base: 1 },
            Act::Pin => NoteChange::Pin { id, pinned: true },
        })
    }
}

/// The window after the one that ended at `end`: the nearer to `now`, the shorter, for that is what people look at first.
fn next_end(end: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let hours = (now - end).num_hours();
    let length = match hours {
        0..=1 => TimeDelta::minutes(10),
        2..=24 => TimeDelta::hours(1),
        25..=168 => TimeDelta::hours(4),
        169..=720 => TimeDelta::hours(12),
        _ => TimeDelta::hours(24),
    };
    // The last one ends today.
    if now - end < length * 2 { now } else { end + length }
}

fn with_browser(customer: &Customer) -> Vec<crate::identities::Identifier> {
    let mut identifiers = customer.identifiers.clone();
    if customer.known == Known::Account {
        identifiers.push(customer.browser.clone());
    }
    identifiers
}

/// An amount, without the point where it is whole.
pub fn number(amount: f64) -> Value {
    if amount.fract() == 0.0 { json!(amount as i64) } else { json!(amount) }
}

/// Attributes to be.
pub type Values = Vec<(&'static str, Value)>;

/// Everything that is known of somebody when they come.
pub fn introduction(customer: &Customer) -> Result<Identify, Invalid> {
    let (city, zone) = customer.home();
    let mut values: Values =
        vec![("language", json!(customer.locale.language)), ("country", json!(customer.locale.country))];
    if customer.known != Known::Email {
        values.push(("timezone", json!(zone)));
    }
    if customer.known == Known::Account {
        let [first, last] = customer.name.each_ref().map(|name| name.shown.as_str());
        values.extend([("first_name", json!(first)), ("last_name", json!(last)), ("city", json!(city))]);
        if customer.locale.language == "vi-VN" {
            values.push(("name", json!(format!("{last} {first}"))));
        }
        values.extend([
            ("plan", json!(customer.plan.name())),
            ("lifetime_value", number(f64::from(customer.spent) / 100.0)),
        ]);
        values.extend(customer.company.as_ref().map(|company| ("company", json!(company))));
        values.extend(customer.birthday.map(|day| ("birthday", json!(day.to_string()))));
        values.extend(customer.drink.map(|drink| ("favourite_drink", json!(DRINKS[drink]))));
        if !customer.interests.is_empty() {
            values.push(("interests", json!(customer.interests)));
        }
    }
    let mut identify = said(values)?;
    identify.addresses.extend(customer.emails.first().map(|email| (Channel::Email, Some(email.clone()))));
    identify.addresses.extend(customer.phone.as_ref().map(|phone| (Channel::Sms, Some(phone.clone()))));
    identify.created_at = Some(customer.joined);
    Ok(identify)
}

/// What becomes different about somebody.
fn change(customer: &Customer, what: What) -> Values {
    match what {
        What::Plan(plan) => vec![("plan", json!(plan.name()))],
        What::Drink(drink) => vec![("favourite_drink", json!(DRINKS[usize::from(drink)]))],
        What::Moved(place) => {
            let (city, zone) = customer.locale.places[usize::from(place)];
            vec![("city", json!(city)), ("timezone", json!(zone))]
        }
        What::Spent(cents) => vec![("lifetime_value", number(f64::from(cents) / 100.0))],
        What::Points(points) => vec![("loyalty_points", json!(points))],
        What::Company(company) => vec![("company", json!(company))],
        _ => Vec::new(),
    }
}

/// Attributes of these values.
pub fn said(values: Values) -> Result<Identify, Invalid> {
    let checked = values.into_iter().map(|(name, value)| {
        let name = AttributeName::new(name)?;
        let value = AttributeValue::new(&name, value)?;
        Ok((name, Some(value)))
    });
    Ok(Identify { attributes: checked.collect::<Result<_, Invalid>>()?, ..Identify::default() })
}
