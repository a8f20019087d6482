//! Changes in the life of a customer: plans, tastes, totals and tags.

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc};
use serde_json::json;

use super::{
    happenings::{HappeningKind, Speaker},
    life::Life,
    shop::{DRINKS, Plan, price},
};

/// Name of the file of collected points.
const POINTS_FILE: &str = "loyalty-points.csv";
/// Time of its import, after the start of the world.
const POINTS_READ: TimeDelta = TimeDelta::hours(49 * 24 + 5);
/// Number of orders that earns the tag `vip`.
const VIP: usize = 8;

impl Life<'_> {
    /// What becomes known about a customer with an account, and what changes from `from` on.
    pub(super) fn change(&mut self, from: DateTime<Utc>) {
        if !self.customer.emails.is_empty() {
            let subscribed = self.random.chance(0.7);
            let what = HappeningKind::Changed(vec![("is_subscribed", json!(subscribed))]);
            self.say(self.arrived(), self.introduced_by(), what);
        }
        let changed = self.change_plan(from);
        self.renew(from, changed);
        let door = self.door();
        if self.customer.drink.is_some() && self.random.chance(0.3) {
            let drink = self.random.pick(&DRINKS);
            self.sometime(from, door, HappeningKind::Changed(vec![("favourite_drink", json!(drink))]));
        }
        if self.random.chance(0.04) {
            let (city, zone) = self.random.pick(self.customer.locale.places);
            self.sometime(from, door, HappeningKind::Changed(vec![("city", json!(city)), ("timezone", json!(zone))]));
        }
        if self.customer.emails.len() > 1 {
            self.sometime(from, door, HappeningKind::NewEmail);
        }
        if self.random.chance(0.7) {
            let points = HappeningKind::Changed(vec![("loyalty_points", json!(self.random.below(400) * 5))]);
            match self.is_old() {
                true => self.say(self.world.start + POINTS_READ, Speaker::Import(POINTS_FILE), points),
                false => self.say(from, Speaker::Crm, points),
            }
        }
    }

    /// Adds a happening at a random time after `from`, and returns that time.
    fn sometime(&mut self, from: DateTime<Utc>, speaker: Speaker, what: HappeningKind) -> DateTime<Utc> {
        let at = self.random.moment(from, self.world.now);
        self.say(at, speaker, what);
        at
    }

    /// Changes the plan of some customers: most upgrade, some downgrade. Returns the time.
    fn change_plan(&mut self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let plan = match self.customer.plan {
            Plan::Free if self.random.chance(0.08) => Plan::Pro,
            Plan::Pro if self.random.chance(0.1) => Plan::Team,
            Plan::Pro | Plan::Team if self.random.chance(0.06) => Plan::Free,
            _ => return None,
        };
        Some(self.sometime(from, Speaker::Crm, HappeningKind::Changed(vec![("plan", json!(plan.name()))])))
    }

    /// A plan is paid every thirty days, until it changes. Of a life with few events these are the last months, so that other events are
    /// possible.
    fn renew(&mut self, from: DateTime<Utc>, changed: Option<DateTime<Utc>>) {
        let (plan, joined) = (self.customer.plan, self.customer.joined);
        if plan == Plan::Free {
            return;
        }
        let until = changed.unwrap_or(self.world.now);
        let (first, last) = ((from - joined).num_days() / 30 + 1, (until - joined).num_days() / 30);
        for month in first.max(last + 1 - i64::from(self.left / 3))..=last {
            self.pay(joined + TimeDelta::days(30 * month), plan);
        }
    }

    /// A payment for a month of a plan, or its failure.
    pub fn pay(&mut self, at: DateTime<Utc>, plan: Plan) {
        let (currency, rate) = self.customer.locale.currency;
        let total = price(plan.cents(), rate);
        let bill = [("plan", plan.name().into()), ("total", total), ("currency", currency.into())];
        if self.random.chance(0.04) {
            self.event(at, Speaker::Crm, "Payment Failed", bill);
        } else {
            let [plan, total, currency] = bill;
            self.event(at, Speaker::Crm, "Subscription Renewed", [plan, total, currency, ("months", 1.into())]);
        }
    }

    /// The back office updates totals on the night to Monday after a week with an order.
    pub(super) fn add_up(&mut self) {
        let monday = |at: DateTime<Utc>| {
            let day = at.date_naive() + TimeDelta::days(7 - i64::from(at.weekday().num_days_from_monday()));
            day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(205)
        };
        let bought: Vec<_> = self.orders.iter().map(|order| (order.at, order.cents)).collect();
        let mut spent = self.customer.spent;
        for week in bought.chunk_by(|one, next| monday(one.0) == monday(next.0)) {
            spent += week.iter().map(|(_, cents)| cents).sum::<u32>();
            let what = HappeningKind::Changed(vec![("lifetime_value", price(spent, 1.0))]);
            self.say(monday(week[0].0), Speaker::Crm, what);
        }
    }

    /// Tags: from the beginning, some that come and go, and one that is earned.
    pub(super) fn tag(&mut self, from: DateTime<Utc>) {
        let (first, by) = (self.arrived(), self.introduced_by());
        if !self.customer.emails.is_empty() && self.random.chance(0.45) {
            self.say(first, by, HappeningKind::Tag("newsletter", true));
            if self.random.chance(0.08) {
                self.sometime(from, Speaker::Crm, HappeningKind::Tag("newsletter", false));
            }
        }
        if self.customer.company.is_some() && self.random.chance(0.4) {
            self.say(first, by, HappeningKind::Tag("wholesale", true));
        }
        let odds = [("beta", 0.07), ("gift-buyer", 0.1), ("trousers", 0.08), ("shoes", 0.06), ("local-pickup", 0.03)];
        for (tag, odds) in odds {
            if self.random.chance(odds) {
                self.sometime(from, Speaker::Crm, HappeningKind::Tag(tag, true));
            }
        }
        if let Some(order) = self.orders.get(VIP) {
            self.say(order.at, Speaker::Crm, HappeningKind::Tag("vip", true));
        }
        if self.customer.until < self.world.now {
            if self.random.chance(0.5) {
                self.say(
                    self.customer.until + TimeDelta::days(10),
                    Speaker::Crm,
                    HappeningKind::Tag("churn-risk", true),
                );
            }
        } else if self.random.chance(0.03) {
            let at = self.sometime(from, Speaker::Crm, HappeningKind::Tag("churn-risk", true));
            self.sometime(at, Speaker::Crm, HappeningKind::Tag("churn-risk", false));
        }
    }
}
