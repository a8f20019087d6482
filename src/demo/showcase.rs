//! Priya Nair, the showcase: a profile with something on every page.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    ADA, ROSA, notes,
    story::{Sitting, Story},
};
use crate::{
    identities::{Address, Channel, Device, Devices, Identifier, Kind, Token},
    ingest::{Identify, Item, Person, Statement},
    ledger::Invalid,
    notes::NoteChange,
    registers::Fact,
    simulate::{
        CUSTOMERS_FILE, Customer, HappeningKind, KnownBy, LOCALES, Life, Order, Plan, Speaker, Written, ahead, price,
    },
};

/// Number in her key.
pub const NUMBER: usize = 100_482;
pub const KEY: &str = "c-100482";
/// Number of her events.
pub const EVENTS: u32 = 280;
/// Money spent in all, in cents of a dollar.
const SPENT: u32 = 481_240;
/// Products of the order that arrived with a bent corner.
const NOTEBOOKS: [(u8, u8); 2] = [(15, 2), (0, 1)];

/// Priya as a customer.
pub fn customer(now: DateTime<Utc>) -> Result<Customer, Invalid> {
    let written = |shown: &str| Written { shown: shown.to_owned(), latin: shown.to_lowercase() };
    let locale = LOCALES.iter().find(|locale| locale.language == "en-IN").unwrap_or(&LOCALES[0]);
    Ok(Customer {
        known_by: KnownBy::Account,
        identifiers: vec![Identifier::new(Kind::Id, KEY)?],
        browser: Identifier::new(Kind::Anonymous, "5f2a91c0-7714-4e0b-9d52-c3b8aa1f6e07")?,
        locale,
        name: ["Priya", "Nair"].map(written),
        emails: vec![Address::new(Channel::Email, "priya.nair@example.com")?],
        phone: Some(Address::new(Channel::Sms, "+91 11 0000 4821")?),
        place: 1,
        ahead: ahead("Asia/Kolkata", now),
        plan: Plan::Free,
        company: None,
        birthday: NaiveDate::from_ymd_opt(1991, 3, 14),
        drink: Some(2),
        interests: vec!["mending", "travel"],
        spent: 0,
        joined: now - TimeDelta::days(1015),
        until: now,
        uses_app: false,
        weight: 0.0,
    })
}

/// A time on an earlier day, whatever the hour is now.
fn past(now: DateTime<Utc>, days: i64, hour: i64, minute: i64) -> DateTime<Utc> {
    let day = now.date_naive() - TimeDelta::days(days);
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(60 * hour + minute) + TimeDelta::milliseconds(17_420)
}

/// Generates her ninety days.
pub fn unfold(life: &mut Life<'_>) {
    let (now, start) = (life.world.now, life.world.start);
    let on = |days, hour, minute| past(now, days, hour, minute);
    let changed = |name, value: Value| HappeningKind::Changed(vec![(name, value)]);
    life.say(start, Speaker::Import(CUSTOMERS_FILE), HappeningKind::Arrived);
    life.say(start, Speaker::Import(CUSTOMERS_FILE), HappeningKind::Tag("newsletter", true));
    life.say(on(61, 9, 3), Speaker::Crm, changed("plan", json!(Plan::Pro.name())));
    for days in [61, 31, 1] {
        life.pay(on(days, 9, 4), Plan::Pro);
    }
    life.say(on(40, 3, 25), Speaker::Crm, HappeningKind::Tag("trousers", true));
    life.say(on(27, 10, 12), Speaker::Operator(ADA), HappeningKind::Tag("vip", true));
    life.say(on(13, 10, 36), Speaker::Operator(ADA), changed("company", json!("Nair Textiles")));
    let asked = [
        ("ticket", json!("T-4821")),
        ("subject", json!("Question about wholesale prices")),
        ("priority", json!("normal")),
    ];
    life.event(on(13, 9, 58), Speaker::Crm, "Support Ticket Opened", asked);
    life.say(on(1, 15, 7), Speaker::Ios, changed("favourite_drink", json!("Lime soda")));
    for (days, lines) in [(74, vec![(0, 1), (1, 3)]), (33, vec![(4, 1)]), (9, NOTEBOOKS.to_vec()), (2, vec![(2, 4)])] {
        life.order(on(days, 14, 21), lines);
    }
    if let Some(last) = life.world.campaigns.len().checked_sub(1) {
        life.campaign(last);
    }
    // She is online: the page views of the last minutes.
    let ago = |seconds| now - TimeDelta::seconds(seconds);
    life.event(ago(300), Speaker::Web, "Signed In", [("method", "passkey".into())]);
    for (seconds, page) in [(288, 0), (251, 2), (121, 9), (3, 8)] {
        life.view_page(ago(seconds), page);
    }
    for (seconds, product, count) in [(214, 0, 2), (84, 6, 1)] {
        life.view_product(ago(seconds), product);
        life.fill_cart(ago(seconds - 48), product, count);
    }
    life.pass(start + TimeDelta::hours(1), on(2, 23, 0));
    life.say(on(1, 3, 25), Speaker::Crm, changed("lifetime_value", price(SPENT, 1.0)));
}

/// Money spent before, so that it is [`SPENT`] together with these orders.
pub fn spent_before(orders: &[Order]) -> u32 {
    SPENT.saturating_sub(orders.iter().map(|order| order.cents).sum())
}

/// Adds the notes about her.
pub fn write(story: &mut Story, who: usize, first: u32) -> Result<(), Invalid> {
    let now = story.world.now;
    let bought = past(now, 9, 14, 21);
    let order =
        story.orders[who].iter().find(|order| order.at == bought).map_or("her order", |order| order.id.as_str());
    let wholesale = "Asked about **wholesale prices** for Nair Textiles:\n\n- 60 × Linen trousers, sizes 36 to 44\n- labels with \
                     their own name\n- delivery to Kochi before the festival\n\nRosa answers by Friday.";
    let call = "Likes to be called in the morning, Kochi time. Email is fine for anything that can wait a day.";
    let call_again = "Likes to be called in the morning, Kochi time. Email is fine for anything that can wait a day.\n\n**Update:** \
                      not on Thursdays, she is at the mill then.";
    let thanks = format!(
        "About {order}: the notebooks came with a bent corner. Sent two new ones.\n\n> No need to send anything back, \
         the children draw in them.\n\nKind as ever."
    );
    let said = [
        (past(now, 27, 10, 15), ADA, notes::add(story.seed, first, call)?),
        (past(now, 13, 10, 31), ADA, notes::add(story.seed, first + 1, wholesale)?),
        (past(now, 12, 13, 2), ROSA, NoteChange::Pin { id: notes::id(story.seed, first + 1), pinned: true }),
        (past(now, 8, 9, 40), ROSA, notes::edit(story.seed, first, call_again)?),
        (past(now, 1, 11, 17), ADA, notes::add(story.seed, first + 2, &thanks)?),
    ];
    for (at, by, change) in said {
        story.say(who, Sitting { at, by }, HappeningKind::Note(change));
    }
    Ok(())
}

/// Her phones, the newer one second.
pub fn phones(now: DateTime<Utc>) -> Result<Vec<Item>, Invalid> {
    let phone = |(days, platform, model, version, token): (i64, &str, &str, &str, &str)| {
        let device = Device {
            platform: Some(platform.to_owned()),
            model: Some(model.to_owned()),
            os_version: Some(version.to_owned()),
            limits_ad_tracking: Some(platform == "ios"),
            att_status: (platform == "ios").then(|| "denied".to_owned()),
            ..Device::default()
        };
        Ok(Item {
            person: Person::Identifiers(vec![Identifier::new(Kind::Id, KEY)?]),
            as_of: now - TimeDelta::days(days),
            statement: Statement::Identify(Identify {
                facts: vec![Fact::new::<Devices>(Token::new(token)?, Some(device))],
                ..Identify::default()
            }),
        })
    };
    let phones = [
        (58, "android", "Pixel 8", "15", "demo-fcm-dQw4k1Zt7Lm2Xc9x"),
        (1, "ios", "iPhone 17", "26.1", "demo-apns-a81f77c2e05b9d4402"),
    ];
    phones.into_iter().map(phone).collect()
}
