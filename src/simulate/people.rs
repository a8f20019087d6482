//! Generated customers, as varied as real ones.

use chrono::{DateTime, NaiveDate, Offset, TimeDelta, Utc};

use super::{
    locales::{LOCALES, Locale, Written},
    random::Random,
    shop::{DRINKS, INTERESTS, Plan, World},
};
use crate::{
    identities::{Address, Channel, Identifier, Kind},
    ledger::Invalid,
};

/// Number of customers below which most email addresses have no number.
const FEW: usize = 10_000;

/// How a customer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// By an account.
    Account,
    /// By an email address.
    Email,
    /// By a browser only.
    Browser,
}

/// A generated customer.
pub struct Customer {
    pub known_by: KnownBy,
    /// Identifiers: the key, or the email, or only the browser.
    pub identifiers: Vec<Identifier>,
    /// Anonymous id of the browser or installation.
    pub browser: Identifier,
    pub locale: &'static Locale,
    /// First and family name.
    pub name: [Written; 2],
    /// Email addresses: the second one is the later one.
    pub emails: Vec<Address>,
    /// Phone number for text messages.
    pub phone: Option<Address>,
    /// Place of the city in the locale.
    pub place: usize,
    /// Offset of the local time from UTC.
    pub ahead: TimeDelta,
    /// Plan at first.
    pub plan: Plan,
    pub company: Option<String>,
    pub birthday: Option<NaiveDate>,
    /// Favourite drink, as a place in the list of drinks.
    pub drink: Option<usize>,
    /// Topics of interest.
    pub interests: Vec<&'static str>,
    /// Money spent before the world began, in cents of a dollar.
    pub spent: u32,
    /// Time of the first visit.
    pub joined: DateTime<Utc>,
    /// Time of the last activity: the present, or the day on which the customer lost interest.
    pub until: DateTime<Utc>,
    /// Whether they use the app rather than a browser.
    pub uses_app: bool,
    /// Activity, compared with other customers.
    pub weight: f64,
}

impl Customer {
    /// Customer number `index` of `count`, with the unique `key`: those who joined first come first.
    pub fn make(random: &mut Random, key: &str, index: usize, count: usize, world: &World) -> Result<Self, Invalid> {
        let (start, now) = (world.start, world.now);
        let locale = &LOCALES[random.weighted(&LOCALES.map(|locale| locale.share))];
        let is_woman = random.chance(0.52);
        let mut word = |words: &'static str| {
            let words: Vec<&str> = words.split_whitespace().collect();
            Written::read(words[random.below(words.len())], is_woman)
        };
        let name = [word(if is_woman { locale.women } else { locale.men }), word(locale.families)];
        let known_by = [KnownBy::Account, KnownBy::Email, KnownBy::Browser][random.weighted(&[82, 3, 15])];
        let place = random.below(locale.places.len());
        let joined = match known_by {
            KnownBy::Account => joined((index as f64 + random.share()) / count as f64, start, now),
            // Customers without an account are not known from before the world began.
            KnownBy::Email | KnownBy::Browser => random.moment(start + TimeDelta::hours(1), now),
        };
        let mut customer = Self {
            identifiers: Vec::new(),
            browser: Identifier::new(Kind::Anonymous, &random.uuid().to_string())?,
            emails: Vec::new(),
            phone: None,
            ahead: ahead(locale.places[place].1, now),
            plan: Plan::Free,
            company: None,
            birthday: None,
            drink: None,
            interests: Vec::new(),
            spent: 0,
            uses_app: random.chance(0.35),
            weight: (random.bell() * 1.25).exp().min(14.0),
            joined: joined.min(now - TimeDelta::minutes(3)),
            until: now,
            known_by,
            locale,
            name,
            place,
        };
        match known_by {
            KnownBy::Account => {
                customer.identifiers.push(Identifier::new(Kind::Id, key)?);
                customer.open_account(random, index, count, now)?;
            }
            KnownBy::Email => {
                let address = format!("{}.{key}@{}", customer.name[0].latin, random.pick(locale.domains));
                customer.identifiers.push(Identifier::new(Kind::Email, &address)?);
                customer.emails.push(Address::new(Channel::Email, &address)?);
                customer.weight *= 0.2;
            }
            KnownBy::Browser => {
                customer.identifiers.push(customer.browser.clone());
                customer.weight *= 0.15;
            }
        }
        customer.settle(random, start, now);
        Ok(customer)
    }

    /// Some customers lose interest, some never begin; one who is active for a part of the time has a part of the activity.
    fn settle(&mut self, random: &mut Random, start: DateTime<Utc>, now: DateTime<Utc>) {
        let from = start.max(self.joined);
        if self.joined < start && random.chance(0.3) {
            self.until = random.moment(from + TimeDelta::hours(1), now - TimeDelta::days(12));
        }
        let there = (self.until - from).num_minutes() as f64 / (now - start).num_minutes() as f64;
        self.weight *= if self.joined < start && random.chance(0.04) { 0.0 } else { there.max(0.02) };
    }

    fn open_account(
        &mut self,
        random: &mut Random,
        index: usize,
        count: usize,
        now: DateTime<Utc>,
    ) -> Result<(), Invalid> {
        if random.chance(0.94) {
            self.emails.push(self.email(random, index, count)?);
        }
        if random.chance(0.04) && !self.emails.is_empty() {
            let address = format!("{}.{index}@example.org", self.name[0].latin);
            self.emails.push(Address::new(Channel::Email, &address)?);
        }
        if random.chance(0.55) {
            self.phone = Some(Address::new(Channel::Sms, &digits(random, self.locale.phones))?);
        }
        self.plan = [Plan::Free, Plan::Pro, Plan::Team][random.weighted(&[64, 27, 9])];
        if self.plan == Plan::Team || random.chance(0.06) {
            self.company = Some(company(random, &self.name[1].latin, self.locale.places[self.place].0));
        }
        if random.chance(0.5) {
            let days = random.between(19 * 365, 74 * 365);
            self.birthday = Some((now - TimeDelta::days(days)).date_naive());
        }
        self.drink = random.chance(0.6).then(|| random.below(DRINKS.len()));
        if random.chance(0.4) {
            let first = random.below(INTERESTS.len() - 2);
            self.interests = INTERESTS[first..=first + random.below(3)].to_vec();
        }
        let years = (now - self.joined).num_days() as f64 / 365.0;
        let spent = (years * (0.3 + self.weight) * 12_000.0 * random.share()) as u32;
        // Nothing, or at least the price of socks.
        self.spent = if spent < 1450 { 0 } else { spent };
        Ok(())
    }

    /// A plausible email address; for some names only their number is left.
    fn email(&self, random: &mut Random, index: usize, count: usize) -> Result<Address, Invalid> {
        let [first, last] = [&self.name[0].latin, &self.name[1].latin];
        let number = if count < FEW && random.chance(0.6) { String::new() } else { index.to_string() };
        let local = match random.weighted(&[50, 25, 25]) {
            0 => format!("{first}.{last}{number}"),
            1 => format!("{last}_{first}{number}"),
            _ => format!("{first}{index}"),
        };
        Address::new(Channel::Email, &format!("{local}@{}", random.pick(self.locale.domains)))
    }

    /// The city and its time zone.
    pub fn home(&self) -> (&'static str, &'static str) {
        self.locale.places[self.place]
    }
}

/// Time of joining, by the place from 0 to 1 among all: a fifth since the world began, the others in the three years before.
fn joined(place: f64, start: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    const OLD: f64 = 0.8;
    let milliseconds =
        |share: f64, of: TimeDelta| TimeDelta::milliseconds((share * of.num_milliseconds() as f64) as i64);
    match place < OLD {
        true => start - TimeDelta::hours(1) - milliseconds((1.0 - place / OLD).powf(1.4), TimeDelta::days(1020)),
        false => start + milliseconds((place - OLD) / (1.0 - OLD), now - start),
    }
}

/// Offset of a zone from UTC at `now`.
pub fn ahead(zone: &str, now: DateTime<Utc>) -> TimeDelta {
    let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::UTC);
    TimeDelta::seconds(now.with_timezone(&zone).offset().fix().local_minus_utc().into())
}

/// A phone number after one of these patterns.
fn digits(random: &mut Random, patterns: &[&str]) -> String {
    let pattern = random.pick(patterns);
    pattern.chars().map(|c| if c == '#' { char::from(b'0' + random.below(10) as u8) } else { c }).collect()
}

fn company(random: &mut Random, family: &str, city: &str) -> String {
    let mut letters = family.chars();
    let family: String = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
    match random.below(6) {
        0 => format!("{family} Textiles"),
        1 => format!("{family} & Daughters"),
        2 => format!("Studio {family}"),
        3 => format!("{city} Makers Guild"),
        4 => format!("{family} Interiors"),
        _ => format!("The {city} Larder"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_in_the_tables_can_be_said() {
        for (index, locale) in LOCALES.iter().enumerate() {
            for (_, zone) in locale.places {
                assert!(zone.parse::<chrono_tz::Tz>().is_ok(), "{zone}");
            }
            for domain in locale.domains {
                Address::new(Channel::Email, &format!("ann@{domain}")).unwrap();
            }
            for phone in locale.phones {
                let given = digits(&mut Random::new(1, index as u64), &[phone]);
                let plain: String = given.chars().filter(|c| *c != ' ').collect();
                assert_eq!(Address::new(Channel::Sms, &given).map(|phone| phone.normalised), Ok(plain));
            }
            for word in [locale.women, locale.men, locale.families].into_iter().flat_map(str::split_whitespace) {
                let written = Written::read(word, true);
                assert!(written.latin.len() > 1 && written.latin.is_ascii(), "{word}");
                assert!(!written.shown.contains(['/', '|']), "{word}");
            }
        }
    }

    #[test]
    fn nobody_is_somebody_else() {
        let now: DateTime<Utc> = "2026-11-22T03:24:05Z".parse().unwrap();
        let world = World::new(now - TimeDelta::days(90), now);
        let make = |index: usize| {
            let mut random = Random::new(7, index as u64);
            Customer::make(&mut random, &format!("c-{index}"), index, 2000, &world).unwrap()
        };
        let all: Vec<Customer> = (0..2000).map(make).collect();
        let browsers = all.iter().filter(|customer| customer.known_by == KnownBy::Browser).count();
        assert!((250..350).contains(&browsers), "{browsers}");
        assert!(all.iter().all(|customer| customer.joined < now && customer.joined < customer.until));
        let mut keys: Vec<&Identifier> = all.iter().flat_map(|customer| &customer.identifiers).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 2000);
    }
}
