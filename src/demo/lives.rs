//! How somebody's ninety days go: visits, purchases, letters, and what changes about them.

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Timelike, Utc};

use super::{
    dice::Dice,
    moments::{Letter, Life, Order, Post, Speaker, What},
    people::Known,
    shop::{self, COUPONS, DRINKS, PAGE_WEIGHTS, PUSHES, Plan, TICKETS},
};

/// The file that those came with who were customers already.
pub const CUSTOMERS_FILE: &str = "customers.csv";
/// The file of collected points.
const POINTS_FILE: &str = "loyalty-points.csv";

/// How busy people are at each hour of their day, in per cent.
const HOURS: [u32; 24] = [12, 6, 4, 3, 4, 8, 20, 38, 50, 55, 58, 62, 80, 72, 60, 58, 60, 68, 80, 92, 100, 95, 65, 30];
/// How busy they are on each day of the week, from Monday, in per cent.
const WEEKDAYS: [u32; 7] = [80, 78, 80, 86, 82, 95, 100];

/// How busy people are at that hour of their day and of their week, from 0 to 1.
pub fn busy(there: DateTime<Utc>) -> f64 {
    let busy = HOURS[there.hour() as usize] * WEEKDAYS[there.weekday().num_days_from_monday() as usize];
    f64::from(busy) / 10_000.0
}

/// A moment between two others at which somebody is likely to be awake.
fn waking(dice: &mut Dice, from: DateTime<Utc>, until: DateTime<Utc>, ahead: TimeDelta) -> DateTime<Utc> {
    for _ in 0..12 {
        let at = dice.moment(from, until);
        if dice.chance(busy(at + ahead)) {
            return at;
        }
    }
    dice.moment(from, until)
}

impl Life<'_> {
    /// Lives it, from the first visit until today.
    pub fn unfold(&mut self) {
        let (joined, is_old) = (self.customer.joined, self.customer.joined < self.start);
        match self.customer.known {
            Known::Account if is_old => self.note(self.start, Speaker::Import(CUSTOMERS_FILE), What::Arrived),
            Known::Account => self.sign_up(),
            Known::Email => self.note(joined, Speaker::Crm, What::Arrived),
            Known::Browser => self.note(joined, self.door(), What::Arrived),
        }
        let (from, until) = (self.start.max(joined) + TimeDelta::seconds(20), self.customer.until);
        if self.customer.known == Known::Account {
            let changed = self.change_plan(from);
            self.renew(from, changed);
            self.change(from, is_old);
            self.tag(from);
        }
        self.pass(from, until);
        self.add_up();
    }

    /// Spends the time between two moments, until everything has happened that may.
    pub fn pass(&mut self, from: DateTime<Utc>, until: DateTime<Utc>) {
        while self.left > 0 && from < until {
            self.episode(from, until);
        }
    }

    /// A few visits without a name, then one that ends with an account.
    fn sign_up(&mut self) {
        let (door, joined) = (self.door(), self.customer.joined);
        for _ in 0..self.dice.below(9).min(self.left / 3) {
            let at = joined - self.dice.seconds(60, 400_000);
            let page = self.page();
            self.note(at.max(self.start + TimeDelta::minutes(10)).min(joined), door, What::Browsed(page));
        }
        self.left = self.left.max(1);
        self.note(joined, door, What::Arrived);
        self.note(joined, door, What::SignedUp);
        let waiting = self.dice.seconds(5, 90);
        self.letter(joined + waiting, Letter::Own(2));
    }

    fn page(&mut self) -> u8 {
        u8::try_from(self.dice.weighted(&PAGE_WEIGHTS)).unwrap_or(0)
    }

    fn episode(&mut self, from: DateTime<Utc>, until: DateTime<Utc>) {
        let at = waking(&mut self.dice, from, until, self.customer.ahead);
        let is_account = self.customer.known == Known::Account;
        match self.dice.weighted(if is_account { &[68, 24, 6, 2] } else { &[70, 30] }) {
            1 if !self.customer.emails.is_empty() => self.campaign(from, until, at),
            2 if self.customer.uses_app => {
                let push = self.dice.below(PUSHES.len()) as u8;
                self.note(at, Speaker::Crm, What::Push(push));
                if self.dice.chance(0.3) {
                    let waiting = self.dice.seconds(10, 600);
                    self.visit(at + waiting, false);
                }
            }
            3 => {
                let (subject, number) = (self.dice.below(TICKETS.len()) as u8, 4000 + self.dice.below(6000) as u32);
                self.note(at, Speaker::Crm, What::Ticket(subject, number));
            }
            // Somebody who left an email address is heard of by mail alone.
            _ if self.customer.known == Known::Email => self.campaign(from, until, at),
            _ => self.visit(at, is_account),
        }
    }

    /// Comes, looks around, and sometimes buys.
    fn visit(&mut self, mut at: DateTime<Utc>, may_sign_in: bool) {
        let door = self.door();
        if may_sign_in && self.dice.chance(0.3) {
            let method = self.dice.below(shop::SIGN_IN_METHODS.len()) as u8;
            self.note(at, door, What::SignedIn(method));
            at += self.dice.seconds(1, 20);
        }
        let mut cart: Vec<(u8, u8)> = Vec::new();
        for _ in 0..=self.dice.below(5) {
            let page = self.page();
            self.note(at, door, What::Page(page));
            at += self.dice.seconds(3, 120);
            if self.dice.chance(0.6) {
                let product = shop::product_of_choice(&mut self.dice);
                self.note(at, door, What::Product(product));
                at += self.dice.seconds(8, 240);
                if self.dice.chance(0.3) && !cart.iter().any(|(had, _)| *had == product) {
                    let count = 1 + self.dice.weighted(&[80, 15, 5]) as u8;
                    cart.push((product, count));
                    self.note(at, door, What::Cart(product, count));
                    at += self.dice.seconds(4, 60);
                }
            }
        }
        if cart.is_empty() || self.customer.known != Known::Account || self.left == 0 {
            return;
        }
        if self.dice.chance(0.55) {
            at += self.dice.seconds(40, 200);
            self.order(at, cart);
        } else if self.dice.chance(0.3) {
            at += self.dice.seconds(7200, 20_000);
            self.letter(at, Letter::Own(1));
        }
    }

    /// Buys what is in the cart, and is told when it leaves.
    pub fn order(&mut self, at: DateTime<Utc>, lines: Vec<(u8, u8)>) {
        let coupon = self.dice.chance(0.12).then(|| self.dice.below(COUPONS.len()) as u8);
        if at >= self.now || self.left < 2 {
            return;
        }
        if let Some(coupon) = coupon {
            self.note(at - TimeDelta::seconds(15), self.door(), What::Coupon(coupon));
        }
        let place = u32::try_from(self.orders.len()).unwrap_or(u32::MAX);
        self.orders.push(Order { number: 0, lines, coupon });
        self.note(at, self.door(), What::Order(place));
        let packing = self.dice.seconds(20_000, 90_000);
        self.letter(at + packing, Letter::Own(0));
    }

    /// Gets the campaign that went out last before a moment.
    fn campaign(&mut self, from: DateTime<Utc>, until: DateTime<Utc>, at: DateTime<Utc>) {
        let place = self.campaigns.partition_point(|campaign| campaign.at <= at).checked_sub(1);
        let letter = |place: usize| What::Letter(Letter::Campaign(place as u16), Post::Sent);
        let sent = place.filter(|place| !self.moments.iter().any(|moment| moment.what == letter(*place)));
        match sent.map(|place| (place, self.campaigns[place].at)) {
            Some((place, at)) if at >= from && at < until => {
                let waiting = self.dice.seconds(0, 900);
                self.letter(at + waiting, Letter::Campaign(place as u16));
            }
            // Nothing new in the post.
            _ if self.customer.known == Known::Email => self.left -= 1,
            _ => self.visit(at, false),
        }
    }

    /// Is written to, and perhaps reads it.
    pub fn letter(&mut self, at: DateTime<Utc>, letter: Letter) {
        if self.customer.emails.is_empty() {
            return;
        }
        self.note(at, Speaker::Crm, What::Letter(letter, Post::Sent));
        let at = at + self.dice.seconds(1, 40);
        if self.dice.chance(0.015) {
            self.note(at, Speaker::Crm, What::Letter(letter, Post::Bounced));
            return;
        }
        self.note(at, Speaker::Crm, What::Letter(letter, Post::Delivered));
        if !self.dice.chance(0.42) {
            return;
        }
        // Half of the readers read soon.
        let latest = if self.dice.chance(0.5) { 1500 } else { 40_000 };
        let at = at + self.dice.seconds(30, latest);
        self.note(at, Speaker::Crm, What::Letter(letter, Post::Opened));
        if self.dice.chance(0.3) {
            let at = at + self.dice.seconds(3, 70);
            self.note(at, Speaker::Crm, What::Letter(letter, Post::Clicked));
            if self.left > 4 && self.customer.known == Known::Account {
                self.visit(at + TimeDelta::seconds(2), false);
            }
        }
    }

    /// Some pay for more with time, and some for nothing.
    fn change_plan(&mut self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let plan = match self.customer.plan {
            Plan::Free if self.dice.chance(0.08) => Plan::Pro,
            Plan::Pro if self.dice.chance(0.1) => Plan::Team,
            Plan::Pro | Plan::Team if self.dice.chance(0.06) => Plan::Free,
            _ => return None,
        };
        let at = self.dice.moment(from, self.now);
        self.note(at, Speaker::Crm, What::Plan(plan));
        Some(at)
    }

    /// A plan is paid for every thirty days, until it is changed.
    fn renew(&mut self, from: DateTime<Utc>, changed: Option<DateTime<Utc>>) {
        if self.customer.plan == Plan::Free {
            return;
        }
        let months = (from - self.customer.joined).num_days() / 30;
        for month in 1..=4 {
            let at = self.customer.joined + TimeDelta::days(30 * (months + month));
            if changed.is_none_or(|changed| at < changed) {
                self.note(at, Speaker::Crm, What::Renewed(self.customer.plan));
            }
        }
    }

    /// What else becomes different about somebody.
    fn change(&mut self, from: DateTime<Utc>, is_old: bool) {
        let mut changes: Vec<What> = Vec::new();
        if self.customer.drink.is_some() && self.dice.chance(0.3) {
            changes.push(What::Drink(self.dice.below(DRINKS.len()) as u8));
        }
        if self.dice.chance(0.04) {
            changes.push(What::Moved(self.dice.below(self.customer.locale.places.len()) as u8));
        }
        if self.customer.emails.len() > 1 {
            changes.push(What::Mail(1));
        }
        for what in changes {
            let at = self.dice.moment(from, self.now);
            self.note(at, self.door(), what);
        }
        if is_old && self.dice.chance(0.6) {
            let points = self.dice.below(240) as u32 * 5;
            self.note(self.start + TimeDelta::hours(49 * 24 + 5), Speaker::Import(POINTS_FILE), What::Points(points));
        }
    }

    fn tag(&mut self, from: DateTime<Utc>) {
        let is_old = self.customer.joined < self.start;
        let first = if is_old { (self.start, Speaker::Import(CUSTOMERS_FILE)) } else { (from, self.door()) };
        if !self.customer.emails.is_empty() && self.dice.chance(0.45) {
            self.note(first.0, first.1, What::Tag("newsletter", true));
            if self.dice.chance(0.08) {
                self.tag_later(from, "newsletter", false);
            }
        }
        if self.customer.company.is_some() && self.dice.chance(0.4) {
            self.note(first.0, first.1, What::Tag("wholesale", true));
        }
        for (tag, odds) in
            [("beta", 0.07), ("gift-buyer", 0.1), ("trousers", 0.08), ("shoes", 0.06), ("local-pickup", 0.03)]
        {
            if self.dice.chance(odds) {
                self.tag_later(from, tag, true);
            }
        }
        if self.customer.weight > 4.5 {
            self.tag_later(from, "vip", true);
        }
        if self.customer.until < self.now {
            if self.dice.chance(0.5) {
                self.note(self.customer.until + TimeDelta::days(10), Speaker::Crm, What::Tag("churn-risk", true));
            }
        } else if self.dice.chance(0.03) {
            let at = self.tag_later(from, "churn-risk", true);
            self.tag_later(at, "churn-risk", false);
        }
    }

    fn tag_later(&mut self, from: DateTime<Utc>, tag: &'static str, on: bool) -> DateTime<Utc> {
        let at = self.dice.moment(from, self.now);
        self.note(at, Speaker::Crm, What::Tag(tag, on));
        at
    }

    /// The back office counts up on the night to Monday after a week in which somebody bought something.
    fn add_up(&mut self) {
        let cents = |place: u32| self.orders[place as usize].cents();
        let bought = self.moments.iter().filter_map(|moment| match moment.what {
            What::Order(place) => Some((moment.at, cents(place))),
            _ => None,
        });
        let mut bought: Vec<(DateTime<Utc>, u32)> = bought.collect();
        bought.sort_unstable();
        let monday = |at: DateTime<Utc>| {
            let day = at.date_naive() + TimeDelta::days(7 - i64::from(at.weekday().num_days_from_monday()));
            day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(205)
        };
        let mut spent = self.customer.spent;
        for (place, (at, cents)) in bought.iter().enumerate() {
            spent += cents;
            if bought.get(place + 1).is_none_or(|(next, _)| monday(*next) > monday(*at)) {
                self.note(monday(*at), Speaker::Crm, What::Spent(spent));
            }
        }
    }
}
