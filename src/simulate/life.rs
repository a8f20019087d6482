//! Lives of customers: visits, orders, and the messages that they get.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use super::{
    happenings::{Happening, HappeningKind, Named, Speaker, Values},
    people::{Customer, KnownBy},
    random::Random,
    shop::{
        COUPONS, LETTERS, NEWS, ORDER_SENT, PAGE_WEIGHTS, PAGES, PRODUCTS, PUSHES, QUERIES, REMINDER, SIGN_IN_METHODS,
        TICKETS, WELCOME, World, full_price, price, product_of_choice,
    },
};

/// Name of the file of customers from before the world began.
pub const CUSTOMERS_FILE: &str = "customers.csv";

/// Activity by hour of the customer's day, in per cent.
const HOURS: [u32; 24] = [12, 6, 4, 3, 4, 8, 20, 38, 50, 55, 58, 62, 80, 72, 60, 58, 60, 68, 80, 92, 100, 95, 65, 30];
/// Activity by day of the week, from Monday, in per cent.
const WEEKDAYS: [u32; 7] = [80, 78, 80, 86, 82, 95, 100];

/// An order.
pub struct Order {
    /// Time of the order.
    pub at: DateTime<Utc>,
    /// Order number for customers and notes.
    pub id: String,
    /// Total, in cents of a dollar.
    pub cents: u32,
    /// First product of the order, as a place in [`PRODUCTS`].
    pub product: u8,
}

/// A life while it is generated.
pub struct Life<'a> {
    /// Random numbers for this life only.
    pub random: Random,
    pub customer: &'a Customer,
    pub world: &'a World,
    /// Number of events that may still happen.
    pub left: u32,
    /// Happenings so far, in any order.
    pub happenings: Vec<Happening>,
    /// Orders so far; in the order of time at the end of the life.
    pub orders: Vec<Order>,
    /// For each campaign of the world, whether the customer got it; empty until the first.
    letters: Vec<bool>,
}

impl<'a> Life<'a> {
    /// A life with at most that many events.
    pub fn new(random: Random, customer: &'a Customer, world: &'a World, events: u32) -> Self {
        let happenings = Vec::with_capacity(events as usize + 8);
        Self { random, customer, world, left: events, happenings, orders: Vec::new(), letters: Vec::new() }
    }

    /// Generates the life from the first day to the last, or until the events are used up.
    pub fn unfold(&mut self) {
        let is_account = self.customer.known_by == KnownBy::Account;
        self.arrive();
        let from = self.arrived() + TimeDelta::seconds(20);
        if is_account {
            self.change(from);
        }
        self.pass(from, self.customer.until);
        self.orders.sort_by_key(|order| order.at);
        if is_account {
            self.add_up();
            self.tag(from);
        }
    }

    /// Generates the time between two moments.
    pub fn pass(&mut self, from: DateTime<Utc>, until: DateTime<Utc>) {
        while self.left > 0 && from < until {
            let at = self.waking(from, until);
            self.episode(at);
        }
    }

    /// Adds a happening, unless it lies in the future or exceeds the number of events.
    pub fn happen(&mut self, at: DateTime<Utc>, speaker: Speaker, named: Named, what: HappeningKind) {
        let is_event = matches!(what, HappeningKind::Event(..));
        if at < self.world.now && (!is_event || self.left > 0) {
            self.left -= u32::from(is_event);
            self.happenings.push(Happening { at, speaker, named, what });
        }
    }

    /// Adds an event. A sign-in joins the browser to the account.
    pub fn event(&mut self, at: DateTime<Utc>, speaker: Speaker, name: &'static str, values: impl Into<Values>) {
        let named = if ["Signed Up", "Signed In"].contains(&name) { Named::Both } else { Named::Key };
        self.happen(at, speaker, named, HappeningKind::Event(name, values.into()));
    }

    /// Adds a happening that is no event.
    pub fn say(&mut self, at: DateTime<Utc>, speaker: Speaker, what: HappeningKind) {
        self.happen(at, speaker, Named::Key, what);
    }

    /// The site or the app, whichever the customer uses.
    pub fn door(&self) -> Speaker {
        if self.customer.uses_app { Speaker::Ios } else { Speaker::Web }
    }

    /// Whether they were a customer before the world began.
    pub fn is_old(&self) -> bool {
        self.customer.known_by == KnownBy::Account && self.customer.joined < self.world.start
    }

    /// Time of the first statement about the customer.
    pub fn arrived(&self) -> DateTime<Utc> {
        self.world.start.max(self.customer.joined)
    }

    /// Source of the first statement about the customer.
    pub fn introduced_by(&self) -> Speaker {
        match self.customer.known_by {
            KnownBy::Account if self.is_old() => Speaker::Import(CUSTOMERS_FILE),
            KnownBy::Email => Speaker::Crm,
            KnownBy::Account | KnownBy::Browser => self.door(),
        }
    }

    fn arrive(&mut self) {
        let (at, speaker) = (self.arrived(), self.introduced_by());
        let is_new = self.customer.known_by == KnownBy::Account && !self.is_old();
        self.happen(at, speaker, if is_new { Named::Both } else { Named::Key }, HappeningKind::Arrived);
        if is_new {
            self.event(at, speaker, "Signed Up", [("method", "email".into())]);
            let waiting = self.random.seconds(5, 90);
            self.letter(at + waiting, LETTERS[WELCOME]);
        }
    }

    /// A random time at which the customer is probably awake; later times are more likely.
    fn waking(&mut self, from: DateTime<Utc>, until: DateTime<Utc>) -> DateTime<Utc> {
        let span = (until - from).num_milliseconds() as f64;
        for _ in 0..8 {
            let at = from + TimeDelta::milliseconds((span * self.random.share().powf(0.7)) as i64);
            let there = at + self.customer.ahead;
            let busy = HOURS[there.hour() as usize] * WEEKDAYS[there.weekday().num_days_from_monday() as usize];
            if self.random.chance(f64::from(busy) / 10_000.0) {
                return at;
            }
        }
        self.random.moment(from, until - TimeDelta::milliseconds(1))
    }

    fn later(&mut self, at: DateTime<Utc>, low: i64, high: i64) -> DateTime<Utc> {
        at + self.random.seconds(low, high)
    }

    fn episode(&mut self, at: DateTime<Utc>) {
        let customer = self.customer;
        match (customer.known_by, self.random.weighted(&[62, 24, 7, 3, 4])) {
            (KnownBy::Browser, _) => self.visit(at),
            // A customer known by an email address alone only gets messages.
            (KnownBy::Email, _) => self.news(at),
            (KnownBy::Account, 1) if !customer.emails.is_empty() => self.news(at),
            (KnownBy::Account, 2) if customer.uses_app => self.push(at),
            (KnownBy::Account, 3) if customer.phone.is_some() => self.text(at),
            (KnownBy::Account, 4) => self.ask(at),
            (KnownBy::Account, _) => self.visit(at),
        }
    }

    /// A visit: the customer looks around, and sometimes buys.
    fn visit(&mut self, mut at: DateTime<Utc>) {
        let (door, is_account) = (self.door(), self.customer.known_by == KnownBy::Account);
        if self.customer.uses_app {
            let version = format!("4.{}", self.random.below(9));
            self.event(at, door, "App Opened", [("version", version.into())]);
            at = self.later(at, 1, 9);
        }
        if is_account && self.random.chance(0.25) {
            let method = self.random.pick(&SIGN_IN_METHODS);
            self.event(at, door, "Signed In", [("method", method.into())]);
            at = self.later(at, 1, 20);
        }
        let mut cart: Vec<(u8, u8)> = Vec::new();
        for _ in 0..=self.random.below(4) {
            let page = self.random.weighted(&PAGE_WEIGHTS);
            self.view_page(at, page);
            at = self.later(at, 3, 120);
            if PAGES[page].0 == "/search" {
                let (query, results) = (self.random.pick(&QUERIES), self.random.below(24));
                self.event(at, door, "Products Searched", [("query", query.into()), ("results", results.into())]);
                at = self.later(at, 2, 40);
            }
            if self.random.chance(0.55) {
                at = self.consider(at, &mut cart);
            }
        }
        if is_account && !cart.is_empty() {
            self.check_out(at, cart);
        } else if is_account && self.random.chance(0.1) {
            self.event(at, door, "Signed Out", []);
        }
    }

    /// A look at a product, which is sometimes saved or put into the cart.
    fn consider(&mut self, mut at: DateTime<Utc>, cart: &mut Vec<(u8, u8)>) -> DateTime<Utc> {
        let place = product_of_choice(&mut self.random);
        if self.random.chance(0.08) {
            let product = &PRODUCTS[usize::from(place)];
            self.event(
                at,
                self.door(),
                "Product Saved",
                [("product", product.name.into()), ("sku", product.sku.into())],
            );
            at = self.later(at, 2, 20);
        }
        self.view_product(at, place);
        if self.random.chance(0.25) && !cart.iter().any(|(had, _)| *had == place) {
            let count = 1 + self.random.weighted(&[80, 15, 5]) as u8;
            cart.push((place, count));
            at = self.later(at, 8, 240);
            self.fill_cart(at, place, count);
        }
        self.later(at, 4, 120)
    }

    /// A view of one of [`PAGES`].
    pub fn view_page(&mut self, at: DateTime<Utc>, page: usize) {
        let (path, title) = PAGES[page];
        self.event(at, self.door(), "Page Viewed", [("path", path.into()), ("title", title.into())]);
    }

    /// A view of the page of one of [`PRODUCTS`].
    pub fn view_product(&mut self, at: DateTime<Utc>, product: u8) {
        self.event(at, self.door(), "Product Viewed", self.product(product));
    }

    /// Puts `count` of one of [`PRODUCTS`] into the cart.
    pub fn fill_cart(&mut self, at: DateTime<Utc>, product: u8, count: u8) {
        let [name, sku, price, currency] = self.product(product);
        self.event(at, self.door(), "Cart Updated", [name, sku, price, currency, ("quantity", count.into())]);
    }

    fn product(&self, product: u8) -> [(&'static str, Value); 4] {
        let (product, (currency, rate)) = (&PRODUCTS[usize::from(product)], self.customer.locale.currency);
        let price = ("price", price(product.cents, rate));
        [("product", product.name.into()), ("sku", product.sku.into()), price, ("currency", currency.into())]
    }

    /// A checkout, with payment in most cases, else with a reminder.
    fn check_out(&mut self, at: DateTime<Utc>, cart: Vec<(u8, u8)>) {
        let (currency, rate) = self.customer.locale.currency;
        let value = price(full_price(&cart), rate);
        self.event(at, self.door(), "Checkout Started", [("value", value), ("currency", currency.into())]);
        if self.random.chance(0.65) {
            let at = self.later(at, 40, 200);
            self.order(at, cart);
        } else if self.random.chance(0.3) {
            let at = self.later(at, 7200, 20_000);
            self.letter(at, LETTERS[REMINDER]);
        }
    }

    /// An order of products, so many of each, and the message when they leave.
    pub fn order(&mut self, at: DateTime<Utc>, lines: Vec<(u8, u8)>) {
        if at >= self.world.now || self.left < 2 {
            return;
        }
        let (currency, rate) = self.customer.locale.currency;
        let mut cents = full_price(&lines);
        let coupon = self.random.chance(0.12).then(|| self.random.pick(&COUPONS));
        if let Some((code, percent)) = coupon {
            let used = at - TimeDelta::seconds(15);
            self.event(used, self.door(), "Coupon Redeemed", [("coupon", code.into()), ("percent", percent.into())]);
            cents -= cents * percent / 100;
        }
        let products = lines.iter().map(|(place, count)| {
            let product = &PRODUCTS[usize::from(*place)];
            json!({ "name": product.name, "sku": product.sku, "quantity": count, "price": price(product.cents, rate) })
        });
        let id = format!("A-{}-{:05}", at.format("%y%m%d"), self.random.below(100_000));
        let (order_id, total) = (("order_id", Value::from(id.as_str())), ("total", price(cents, rate)));
        let mut paid = vec![order_id.clone(), total.clone(), ("currency", currency.into())];
        paid.push(("products", products.collect()));
        paid.extend(coupon.map(|(code, _)| ("coupon", Value::from(code))));
        self.event(at, self.door(), "Order Completed", paid);
        let product = lines[0].0;
        self.orders.push(Order { at, id, cents, product });
        let sent = self.later(at, 20_000, 90_000);
        self.event(sent, Speaker::Crm, "Parcel Sent", [order_id.clone()]);
        self.letter(sent, LETTERS[ORDER_SENT]);
        let there = self.later(sent, 80_000, 400_000);
        self.event(there, Speaker::Crm, "Parcel Delivered", [order_id.clone()]);
        let after = self.later(there, 90_000, 900_000);
        if self.random.chance(0.12) {
            let (name, stars) = (PRODUCTS[usize::from(product)].name, 5 - self.random.weighted(&[60, 25, 8, 3, 4]));
            self.event(after, self.door(), "Review Written", [("product", name.into()), ("stars", stars.into())]);
        } else if self.random.chance(0.05) {
            self.event(after, Speaker::Crm, "Order Returned", [order_id, total]);
        }
    }

    /// The campaign that was sent last, or another message if the customer has got that already.
    fn news(&mut self, at: DateTime<Utc>) {
        let (campaigns, arrived) = (&self.world.campaigns, self.arrived());
        let latest = campaigns.partition_point(|campaign| campaign.at <= at).checked_sub(1);
        let is_new = |place: &usize| campaigns[*place].at >= arrived && self.letters.get(*place) != Some(&true);
        match latest.filter(is_new) {
            Some(place) => self.campaign(place),
            None => {
                let letter = self.random.pick(&LETTERS[NEWS..]);
                self.letter(at, letter);
            }
        }
    }

    /// A campaign, received soon after it was sent.
    pub fn campaign(&mut self, place: usize) {
        let world = self.world;
        self.letters.resize(world.campaigns.len(), false);
        self.letters[place] = true;
        let campaign = &world.campaigns[place];
        let at = self.later(campaign.at, 0, 900);
        self.letter(at, (campaign.name.as_str(), campaign.subject));
    }

    /// A message, which is perhaps opened and clicked.
    fn letter(&mut self, at: DateTime<Utc>, (name, subject): (&str, &'static str)) {
        if self.customer.emails.is_empty() {
            return;
        }
        let [campaign, subject] = [("campaign", Value::from(name)), ("subject", Value::from(subject))];
        self.event(at, Speaker::Crm, "Email Sent", [campaign.clone(), subject.clone()]);
        let at = self.later(at, 1, 40);
        if self.random.chance(0.015) {
            self.event(at, Speaker::Crm, "Email Bounced", [campaign, subject, ("reason", "mailbox full".into())]);
            return;
        }
        self.event(at, Speaker::Crm, "Email Delivered", [campaign.clone(), subject.clone()]);
        if !self.random.chance(0.42) {
            return;
        }
        // Half of those who open it do so soon.
        let latest = if self.random.chance(0.5) { 1500 } else { 40_000 };
        let at = self.later(at, 30, latest);
        self.event(at, Speaker::Crm, "Email Opened", [campaign.clone(), subject.clone()]);
        let at = self.later(at, 3, 70);
        if self.random.chance(0.28) {
            let link = ("link", "https://shop.example.com/collections/new".into());
            self.event(at, Speaker::Crm, "Email Clicked", [campaign, subject, link]);
            if self.left > 4 && self.customer.known_by == KnownBy::Account {
                self.visit(at + TimeDelta::seconds(2));
            }
        } else if self.random.chance(0.01) {
            self.event(at, Speaker::Crm, "Email Unsubscribed", [campaign]);
            self.say(at, Speaker::Crm, HappeningKind::Changed(vec![("is_subscribed", false.into())]));
        }
    }

    fn push(&mut self, at: DateTime<Utc>) {
        let (title, text) = self.random.pick(&PUSHES);
        let name = ("name", Value::from(title));
        self.event(at, Speaker::Crm, "Push Sent", [name.clone(), ("text", text.into())]);
        let at = self.later(at, 1, 9);
        self.event(
            at,
            Speaker::Crm,
            "Push Delivered",
            [name.clone(), ("text", text.into()), ("device", "phone".into())],
        );
        if self.random.chance(0.25) {
            let at = self.later(at, 5, 3000);
            self.event(at, Speaker::Ios, "Push Opened", [name]);
            self.visit(at + TimeDelta::seconds(2));
        }
    }

    fn text(&mut self, at: DateTime<Utc>) {
        let text = ("text", Value::from("Your parcel comes today"));
        self.event(at, Speaker::Crm, "SMS Sent", [text.clone()]);
        let at = self.later(at, 1, 30);
        self.event(at, Speaker::Crm, "SMS Delivered", [text]);
    }

    fn ask(&mut self, at: DateTime<Utc>) {
        let (subject, priority) = self.random.pick(&TICKETS);
        let ticket = ("ticket", Value::from(format!("T-{}", 10_000 + self.random.below(990_000))));
        let asked = [ticket.clone(), ("subject", subject.into()), ("priority", priority.into())];
        self.event(at, Speaker::Crm, "Support Ticket Opened", asked);
        let at = self.later(at, 900, 200_000);
        self.event(at, Speaker::Crm, "Support Ticket Solved", [ticket]);
    }
}
