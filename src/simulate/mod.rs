//! Lives of generated customers, for [`crate::demo`] and [`crate::generate`]: who they are, what they do at a shop, and the messages that
//! they get.
//!
//! A [`Life`] is a function of repeatable random numbers ([`Random`]), of a [`Customer`] and of the [`World`]. It consists of
//! [`Happening`]s, which are small; they become statements when they are sent. Nothing in here is global or real.

mod changes;
mod happenings;
mod life;
mod locales;
pub mod marks;
mod people;
mod random;
mod shop;

pub use happenings::{Happening, HappeningKind, Named, Speaker, values};
pub use life::{CUSTOMERS_FILE, Life, Order};
pub use locales::{LOCALES, Locale, Written};
pub use people::{Customer, KnownBy, ahead};
pub use random::Random;
pub use shop::{PAGES, PRODUCTS, Plan, World, price};

/// Distributes events by weights, without losing any to rounding.
pub fn shares(weights: &[f64], events: u32) -> Vec<u32> {
    let all = weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let (mut sum, mut given) = (0.0, 0);
    let share = |weight: &f64| {
        sum += weight;
        let due = (f64::from(events) * sum / all).round() as u32;
        let share = due - given;
        given = due;
        share
    };
    let mut shares: Vec<u32> = weights.iter().map(share).collect();
    if let Some(last) = shares.last_mut() {
        *last += events - given;
    }
    shares
}
