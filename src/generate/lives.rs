//! What somebody of the crowd does in two years, and what is done for them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::crowd::Crowd;
use crate::demo::{
    Customer, Dice, Known, Values, busy, number,
    shop::{
        self, COUPONS, INTERESTS, LETTERS, PAGE_WEIGHTS, PAGES, PRODUCTS, PUSHES, Plan, SIGN_IN_METHODS, TICKETS, price,
    },
};

/// What people look for.
const QUERIES: [&str; 10] =
    ["linen", "rain jacket", "gift", "boots", "tent two persons", "wool socks", "mug", "belt brown", "size 42", "sale"];

/// A life as it unfolds.
pub struct Life<'a> {
    dice: &'a mut Dice,
    customer: &'a Customer,
    crowd: &'a Crowd,
    /// When the first thing may happen.
    from: DateTime<Utc>,
    /// Events that are still to happen.
    left: u32,
    /// What happened: when, what, and the particulars.
    pub events: Vec<(DateTime<Utc>, &'static str, Map<String, Value>)>,
    /// What became different about them, and when.
    pub values: Vec<(DateTime<Utc>, Values)>,
    /// Tags that were put on.
    pub tags: Vec<(DateTime<Utc>, &'static str)>,
    /// Orders, for their numbers and what they cost.
    orders: Vec<(DateTime<Utc>, u32)>,
}

impl<'a> Life<'a> {
    /// A life with that many events.
    pub fn new(dice: &'a mut Dice, customer: &'a Customer, crowd: &'a Crowd, events: u32) -> Self {
        Self {
            from: crowd.start.max(customer.joined),
            left: events,
            events: Vec::with_capacity(events as usize),
            values: Vec::new(),
            tags: Vec::new(),
            orders: Vec::new(),
            dice,
            customer,
            crowd,
        }
    }

    /// Lives it.
    pub fn unfold(&mut self) {
        let is_account = self.customer.known == Known::Account;
        if is_account && self.customer.joined >= self.crowd.start {
            self.note(self.customer.joined, "Signed Up", json!({ "method": "email" }));
        }
        while self.left > 0 {
            self.episode();
        }
        if is_account {
            self.change();
            self.tag();
        }
    }

    /// Notes an event, unless it lies in the future or is one too many.
    fn note(&mut self, at: DateTime<Utc>, name: &'static str, properties: Value) {
        if self.left == 0 || at >= self.crowd.now {
            return;
        }
        self.left -= 1;
        let Value::Object(properties) = properties else { return };
        self.events.push((at, name, properties));
    }

    /// A moment at which they are likely to be awake; lately more than long ago.
    fn moment(&mut self) -> DateTime<Utc> {
        let span = (self.customer.until - self.from).num_milliseconds().max(1) as f64;
        for _ in 0..8 {
            let at = self.from + TimeDelta::milliseconds((span * self.dice.share().powf(0.7)) as i64);
            if self.dice.chance(busy(at + self.customer.ahead)) {
                return at;
            }
        }
        self.from + TimeDelta::milliseconds((span * self.dice.share()) as i64)
    }

    fn later(&mut self, at: DateTime<Utc>, low: i64, high: i64) -> DateTime<Utc> {
        at + self.dice.seconds(low, high)
    }

    fn episode(&mut self) {
        let at = self.moment();
        let customer = self.customer;
        match (customer.known, self.dice.weighted(&[60, 24, 7, 3, 3, 3])) {
            (Known::Browser, _) => self.visit(at),
            (Known::Email, _) => self.letter(at),
            (Known::Account, 1) if !customer.emails.is_empty() => self.letter(at),
            (Known::Account, 2) if customer.uses_app => self.push(at),
            (Known::Account, 3) if customer.phone.is_some() => self.text(at),
            (Known::Account, 4) => self.ask(at),
            (Known::Account, 5) if customer.plan != Plan::Free => self.renew(at),
            (Known::Account, _) => self.visit(at),
        }
    }

    /// Comes, looks around, and sometimes buys.
    fn visit(&mut self, mut at: DateTime<Utc>) {
        let is_account = self.customer.known == Known::Account;
        if self.customer.uses_app {
            let version = format!("4.{}", self.dice.below(9));
            self.note(at, "App Opened", json!({ "version": version }));
            at = self.later(at, 1, 9);
        }
        if is_account && self.dice.chance(0.25) {
            let method = self.dice.pick(&SIGN_IN_METHODS);
            self.note(at, "Signed In", json!({ "method": method }));
            at = self.later(at, 1, 20);
        }
        let mut cart: Vec<(u8, u8)> = Vec::new();
        for _ in 0..=self.dice.below(4) {
            let (path, title) = PAGES[self.dice.weighted(&PAGE_WEIGHTS)];
            self.note(at, "Page Viewed", json!({ "path": path, "title": title }));
            at = self.later(at, 3, 120);
            if path == "/search" {
                let (query, results) = (self.dice.pick(&QUERIES), self.dice.below(24));
                self.note(at, "Products Searched", json!({ "query": query, "results": results }));
                at = self.later(at, 2, 40);
            }
            if self.dice.chance(0.55) {
                at = self.product(at, &mut cart);
            }
        }
        if is_account && !cart.is_empty() {
            self.buy(at, cart);
        } else if is_account && self.dice.chance(0.1) {
            self.note(at, "Signed Out", json!({}));
        }
    }

    fn product(&mut self, at: DateTime<Utc>, cart: &mut Vec<(u8, u8)>) -> DateTime<Utc> {
        let place = shop::product_of_choice(self.dice);
        let product = &PRODUCTS[usize::from(place)];
        let (currency, rate) = self.customer.locale.currency;
        let cost = number(price(product.cents, rate));
        let of = json!({ "product": product.name, "sku": product.sku, "price": cost, "currency": currency });
        let mut at = at;
        if self.dice.chance(0.08) {
            self.note(at, "Product Saved", json!({ "product": product.name, "sku": product.sku }));
            at = self.later(at, 2, 20);
        }
        if self.dice.chance(0.25) && !cart.iter().any(|(had, _)| *had == place) {
            let count = 1 + self.dice.weighted(&[80, 15, 5]) as u8;
            cart.push((place, count));
            let mut put = of.clone();
            put["quantity"] = json!(count);
            self.note(at, "Product Viewed", of);
            at = self.later(at, 8, 240);
            self.note(at, "Cart Updated", put);
        } else {
            self.note(at, "Product Viewed", of);
        }
        self.later(at, 4, 120)
    }

    /// Goes to the till with it, pays in most cases, and is told when it leaves.
    fn buy(&mut self, mut at: DateTime<Utc>, cart: Vec<(u8, u8)>) {
        let (currency, rate) = self.customer.locale.currency;
        let cents: u32 =
            cart.iter().map(|(place, count)| PRODUCTS[usize::from(*place)].cents * u32::from(*count)).sum();
        self.note(at, "Checkout Started", json!({ "value": number(price(cents, rate)), "currency": currency }));
        if self.dice.chance(0.35) || self.left == 0 {
            return;
        }
        at = self.later(at, 40, 200);
        let coupon = self.dice.chance(0.12).then(|| self.dice.pick(&COUPONS));
        let mut cost = cents;
        if let Some((code, percent)) = coupon {
            self.note(at, "Coupon Redeemed", json!({ "coupon": code, "percent": percent }));
            at = self.later(at, 2, 20);
            cost -= cost * percent / 100;
        }
        let line = |(place, count): &(u8, u8)| {
            let product = &PRODUCTS[usize::from(*place)];
            json!({ "name": product.name, "sku": product.sku, "quantity": count, "price": number(price(product.cents, rate)) })
        };
        let order = format!("{}-{}", self.customer.identifiers[0].value, self.orders.len() + 1);
        let mut properties = json!({
            "order_id": order, "total": number(price(cost, rate)), "currency": currency,
            "products": cart.iter().map(line).collect::<Vec<_>>(),
        });
        if let Some((code, _)) = coupon {
            properties["coupon"] = json!(code);
        }
        if self.left > 0 && at < self.crowd.now {
            self.orders.push((at, cost));
        }
        self.note(at, "Order Completed", properties);
        at = self.later(at, 20_000, 90_000);
        self.note(at, "Parcel Sent", json!({ "order_id": order }));
        at = self.later(at, 80_000, 400_000);
        self.note(at, "Parcel Delivered", json!({ "order_id": order }));
        if self.dice.chance(0.12) {
            let (stars, after) = (5 - self.dice.weighted(&[60, 25, 8, 3, 4]), self.later(at, 90_000, 900_000));
            let product = PRODUCTS[usize::from(cart[0].0)].name;
            self.note(after, "Review Written", json!({ "product": product, "stars": stars }));
        } else if self.dice.chance(0.05) {
            let after = self.later(at, 90_000, 900_000);
            self.note(after, "Order Returned", json!({ "order_id": order, "total": number(price(cost, rate)) }));
        }
    }

    /// Is written to, and perhaps reads it.
    fn letter(&mut self, at: DateTime<Utc>) {
        let latest = self.crowd.campaigns.partition_point(|campaign| campaign.at <= at).checked_sub(1);
        let (campaign, subject) = match latest.filter(|_| !self.dice.chance(0.15)) {
            Some(place) => (self.crowd.campaigns[place].name.as_str(), self.crowd.campaigns[place].subject),
            None => self.dice.pick(&LETTERS),
        };
        let about = json!({ "campaign": campaign, "subject": subject });
        self.note(at, "Email Sent", about.clone());
        let mut at = self.later(at, 1, 40);
        if self.dice.chance(0.015) {
            self.note(at, "Email Bounced", json!({ "campaign": campaign, "reason": "mailbox full" }));
            return;
        }
        self.note(at, "Email Delivered", about.clone());
        if !self.dice.chance(0.4) {
            return;
        }
        let latest = if self.dice.chance(0.5) { 1500 } else { 40_000 };
        at = self.later(at, 30, latest);
        self.note(at, "Email Opened", about);
        at = self.later(at, 3, 70);
        if self.dice.chance(0.25) {
            let link = "https://shop.example.com/collections/new";
            self.note(at, "Email Clicked", json!({ "campaign": campaign, "link": link }));
        } else if self.dice.chance(0.01) {
            self.note(at, "Email Unsubscribed", json!({ "campaign": campaign }));
            if at < self.crowd.now {
                self.values.push((at, vec![("is_subscribed", json!(false))]));
            }
        }
    }

    fn push(&mut self, at: DateTime<Utc>) {
        let (title, text) = self.dice.pick(&PUSHES);
        self.note(at, "Push Sent", json!({ "name": title, "text": text }));
        let at = self.later(at, 1, 9);
        self.note(at, "Push Delivered", json!({ "name": title, "device": "phone" }));
        if self.dice.chance(0.2) {
            let at = self.later(at, 5, 3000);
            self.note(at, "Push Opened", json!({ "name": title }));
        }
    }

    fn text(&mut self, at: DateTime<Utc>) {
        let text = "Your parcel comes today";
        self.note(at, "SMS Sent", json!({ "text": text }));
        let at = self.later(at, 1, 30);
        self.note(at, "SMS Delivered", json!({ "text": text }));
    }

    fn ask(&mut self, at: DateTime<Utc>) {
        let (subject, priority) = self.dice.pick(&TICKETS);
        let ticket = format!("T-{}", 10_000 + self.dice.below(990_000));
        self.note(at, "Support Ticket Opened", json!({ "ticket": ticket, "subject": subject, "priority": priority }));
        let at = self.later(at, 900, 200_000);
        self.note(at, "Support Ticket Solved", json!({ "ticket": ticket }));
    }

    fn renew(&mut self, at: DateTime<Utc>) {
        let (currency, rate) = self.customer.locale.currency;
        let plan = self.customer.plan;
        let mut bill = json!({ "plan": plan.name(), "total": number(price(plan.cents(), rate)), "currency": currency });
        if self.dice.chance(0.04) {
            self.note(at, "Payment Failed", bill);
        } else {
            bill["months"] = json!(1);
            self.note(at, "Subscription Renewed", bill);
        }
    }

    /// What becomes known about them, and what changes.
    fn change(&mut self) {
        let (joined, now) = (self.customer.joined, self.crowd.now);
        let mut known = vec![("loyalty_points", json!(self.dice.below(400) * 5))];
        if !self.customer.emails.is_empty() {
            known.push(("is_subscribed", json!(self.dice.chance(0.7))));
        }
        if self.dice.chance(0.3) {
            let first = self.dice.below(INTERESTS.len() - 3);
            known.push(("favourite_shelves", json!(INTERESTS[first..=first + self.dice.below(3)])));
        }
        self.values.push((joined, known));
        if self.dice.chance(0.12) {
            let plan = self.dice.pick(&[Plan::Free, Plan::Pro, Plan::Team]);
            let at = self.dice.moment(joined, now);
            self.values.push((at, vec![("plan", json!(plan.name()))]));
        }
        if self.dice.chance(0.05) {
            let ((city, zone), at) = (self.dice.pick(self.customer.locale.places), self.dice.moment(joined, now));
            self.values.push((at, vec![("city", json!(city)), ("timezone", json!(zone))]));
        }
        if let Some((last, _)) = self.orders.iter().max() {
            let spent = self.customer.spent + self.orders.iter().map(|(_, cents)| cents).sum::<u32>();
            self.values.push((*last, vec![("lifetime_value", number(f64::from(spent) / 100.0))]));
        }
    }

    fn tag(&mut self) {
        let (joined, now) = (self.customer.joined, self.crowd.now);
        if !self.customer.emails.is_empty() && self.dice.chance(0.4) {
            self.tags.push((joined, "newsletter"));
        }
        if self.customer.company.is_some() && self.dice.chance(0.4) {
            self.tags.push((joined, "wholesale"));
        }
        for (tag, odds) in [("beta", 0.06), ("gift-buyer", 0.08), ("shoes", 0.05), ("local-pickup", 0.03)] {
            if self.dice.chance(odds) {
                self.tags.push((self.dice.moment(joined, now), tag));
            }
        }
        if self.orders.len() > 12 {
            self.tags.push((self.orders[12].0, "vip"));
        }
        if self.customer.until < now && self.dice.chance(0.5) {
            let at = (self.customer.until + TimeDelta::days(10)).min(now - TimeDelta::minutes(1));
            self.tags.push((at, "churn-risk"));
        }
    }
}
