//! The shop and its world: products, campaigns and topics.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde_json::{Value, json};

use super::random::Random;

/// A product.
pub struct Product {
    /// Name for customers.
    pub name: &'static str,
    pub sku: &'static str,
    /// Price, in cents of a dollar.
    pub cents: u32,
}

const fn product(name: &'static str, sku: &'static str, cents: u32) -> Product {
    Product { name, sku, cents }
}

/// All products, best sellers first.
pub const PRODUCTS: [Product; 24] = [
    product("Linen trousers", "TRO-LIN", 6400),
    product("Wool socks", "SOC-WOO", 1450),
    product("Enamel mug", "MUG-ENA", 1600),
    product("Canvas tote", "BAG-TOT", 2800),
    product("Merino jumper", "JUM-MER", 11_900),
    product("Rain jacket", "JAC-RAI", 14_900),
    product("Leather belt", "BEL-LEA", 3900),
    product("Trail boots", "SHO-TRA", 16_800),
    product("Cotton scarf", "SCA-COT", 2400),
    product("Denim shirt", "SHI-DEN", 7200),
    product("Camp lantern", "LAN-CAM", 5400),
    product("Water bottle", "BOT-STE", 2600),
    product("Day pack", "BAG-DAY", 8900),
    product("Sun hat", "HAT-SUN", 3400),
    product("Fleece blanket", "BLA-FLE", 4800),
    product("Field notebook", "NOT-FIE", 950),
    product("Beeswax candle", "CAN-BEE", 1250),
    product("Canvas shoes", "SHO-CAN", 7900),
    product("Flannel pyjamas", "PYJ-FLA", 6800),
    product("Walking poles", "POL-WAL", 9600),
    product("Waxed apron", "APR-WAX", 5900),
    product("Two-person tent", "TEN-TWO", 32_900),
    product("Sleeping bag", "SLE-BAG", 18_500),
    product("Gift card", "GIF-CAR", 5000),
];

/// Pages that are no products, with their titles.
pub const PAGES: [(&str, &str); 14] = [
    ("/", "Home"),
    ("/collections/new", "New arrivals"),
    ("/collections/trousers", "Trousers"),
    ("/collections/rain", "Made for rain"),
    ("/collections/home", "For the home"),
    ("/collections/gifts", "Gifts"),
    ("/search", "Search"),
    ("/account", "Your account"),
    ("/account/orders", "Your orders"),
    ("/pages/sizes", "Size guide"),
    ("/pages/returns", "Returns"),
    ("/pages/repairs", "Repairs"),
    ("/journal/mending-wool", "Mending wool"),
    ("/journal/a-week-in-one-bag", "A week in one bag"),
];

/// Relative frequency of views of each page.
pub const PAGE_WEIGHTS: [u32; 14] = [30, 16, 12, 9, 8, 7, 10, 6, 6, 5, 4, 2, 3, 3];

/// Plan of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plan {
    Free,
    /// Free delivery and repairs.
    Pro,
    /// For shops and studios.
    Team,
}

impl Plan {
    /// Value of the attribute `plan`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Pro => "Pro",
            Self::Team => "Team",
        }
    }

    /// Price of a month, in cents of a dollar.
    pub fn cents(self) -> u32 {
        match self {
            Self::Free => 0,
            Self::Pro => 900,
            Self::Team => 4900,
        }
    }
}

pub const DRINKS: [&str; 12] = [
    "Coffee",
    "Green tea",
    "Masala chai",
    "Oat latte",
    "Lemonade",
    "Sparkling water",
    "Hot chocolate",
    "Ginger beer",
    "Mint tea",
    "Apple juice",
    "Mate",
    "Lime soda",
];

/// Topics of interest.
pub const INTERESTS: [&str; 8] =
    ["hiking", "camping", "mending", "cooking", "cycling", "gardening", "travel", "interiors"];

pub const SIGN_IN_METHODS: [&str; 4] = ["password", "link", "passkey", "password"];

/// Coupon codes, with their discount in per cent.
pub const COUPONS: [(&str, u32); 5] =
    [("WELCOME10", 10), ("LANTERN15", 15), ("THANKYOU", 20), ("RAINYDAY", 10), ("FRIENDS25", 25)];

/// Subjects of support tickets.
pub const TICKETS: [(&str, &str); 9] = [
    ("Where is my parcel?", "normal"),
    ("Wrong size arrived", "normal"),
    ("Change of delivery address", "high"),
    ("Return label does not print", "normal"),
    ("Invoice with VAT number", "low"),
    ("Zip of the rain jacket", "normal"),
    ("Charged twice", "high"),
    ("Question about wholesale prices", "normal"),
    ("Cannot sign in", "high"),
];

/// Titles of push messages.
pub const PUSHES: [(&str, &str); 4] = [
    ("Back in stock", "What you were looking for is here again"),
    ("Out for delivery", "Your parcel comes today"),
    ("Saved for you", "There is still something in your cart"),
    ("Members first", "The sale starts an hour early for you"),
];

/// Search queries.
pub const QUERIES: [&str; 10] =
    ["linen", "rain jacket", "gift", "boots", "tent two persons", "wool socks", "mug", "belt brown", "size 42", "sale"];

/// Messages outside campaigns: name and subject.
pub const LETTERS: [(&str, &str); 7] = [
    ("Order on its way", "Your parcel has left the warehouse"),
    ("Cart reminder", "You left something on the counter"),
    ("Welcome", "Good to have you here"),
    ("Size guide", "How our trousers fall"),
    ("Repair days", "Bring what is torn"),
    ("Shelf news", "Three things that came in today"),
    ("A question", "How do you like what you have?"),
];
/// Index of the message about a sent order in [`LETTERS`].
pub const ORDER_SENT: usize = 0;
/// Index of the reminder of a cart.
pub const REMINDER: usize = 1;
/// Index of the welcome message.
pub const WELCOME: usize = 2;
/// First index of general messages.
pub const NEWS: usize = 3;

const SPECIALS: [(&str, &str); 13] = [
    ("New arrivals", "Fresh off the loom"),
    ("Trousers week", "Ten ways to wear linen"),
    ("Made for rain", "Jackets that like bad weather"),
    ("Repair or return", "We mend what we sell"),
    ("Gifts under 40", "Small things, well made"),
    ("Members first", "An hour before everybody else"),
    ("Back in stock", "The boots are here again"),
    ("Last sizes", "Nearly gone, and not coming back"),
    ("Behind the looms", "A visit to the mill"),
    ("Packing list", "A week in one bag"),
    ("Field notes", "Where our customers went"),
    ("Warm hands", "Mugs, socks and blankets"),
    ("Quiet colours", "The palette of the season"),
];

/// A campaign.
pub struct Campaign {
    /// Name for marketers.
    pub name: String,
    /// Subject for readers.
    pub subject: &'static str,
    /// Time of sending.
    pub at: DateTime<Utc>,
}

/// What all lives share.
pub struct World {
    /// Start of the world.
    pub start: DateTime<Utc>,
    /// The present, and end of the world.
    pub now: DateTime<Utc>,
    /// Campaigns, in the order of time.
    pub campaigns: Vec<Campaign>,
}

impl World {
    /// A world between two times, with two campaigns a week: a numbered one on Tuesdays and a special one on Fridays.
    pub fn new(start: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let days = start.date_naive().iter_days().take_while(|day| *day <= now.date_naive());
        let sent = days.filter_map(|day| {
            let week = day.iso_week().week();
            let (name, subject, minute) = match day.weekday() {
                chrono::Weekday::Tue => (format!("Letter no. {}", 200 + week), "What we have been up to", 570),
                chrono::Weekday::Fri => {
                    let (name, subject) = SPECIALS[week as usize % SPECIALS.len()];
                    (name.to_owned(), subject, 485)
                }
                _ => return None,
            };
            let at = day.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::minutes(minute);
            Some(Campaign { name, subject, at })
        });
        let is_over = |campaign: &Campaign| campaign.at > start && campaign.at + TimeDelta::hours(1) < now;
        Self { start, now, campaigns: sent.filter(is_over).collect() }
    }
}

/// A random product: popular ones more often.
pub fn product_of_choice(random: &mut Random) -> u8 {
    let (one, other) = (random.below(PRODUCTS.len()), random.below(PRODUCTS.len()));
    u8::try_from(one.min(other)).unwrap_or(0)
}

/// Total price of these products, so many of each, in cents of a dollar.
pub fn full_price(lines: &[(u8, u8)]) -> u32 {
    lines.iter().map(|(place, count)| PRODUCTS[usize::from(*place)].cents * u32::from(*count)).sum()
}

/// An amount in dollar cents, in a currency at this rate: with cents, or whole where a unit is small or has no fraction.
pub fn price(cents: u32, rate: f64) -> Value {
    let amount = f64::from(cents) / 100.0 * rate;
    let amount = match () {
        () if rate > 1000.0 => (amount / 1000.0).round() * 1000.0,
        () if rate > 20.0 => (amount / 10.0).round() * 10.0,
        () => (amount * 100.0).round() / 100.0,
    };
    if amount.fract() == 0.0 { json!(amount as i64) } else { json!(amount) }
}
