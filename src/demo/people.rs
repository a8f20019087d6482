//! Who shops here: made-up people, as varied as customers are.

use chrono::{DateTime, NaiveDate, Offset, TimeDelta, Utc};

use super::{
    dice::Dice,
    locales::{LOCALES, Locale, Written},
    shop::{DRINKS, INTERESTS, Plan},
};
use crate::{
    identities::{Address, Channel, Identifier, Kind},
    ledger::Invalid,
};

/// The number in the key of the show case, Priya Nair.
pub const PRIYA: usize = 100_482;

/// How much is known of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// They have an account.
    Account,
    /// They left an email address.
    Email,
    /// They only looked around.
    Browser,
}

/// Somebody.
pub struct Customer {
    /// How much is known.
    pub known: Known,
    /// What they are called by: their key, or their email, or nothing but their browser.
    pub identifiers: Vec<Identifier>,
    /// The browser or installation that they come with.
    pub browser: Identifier,
    /// Where they are from.
    pub locale: &'static Locale,
    /// First and family name.
    pub name: [Written; 2],
    /// Addresses of email, the later one where it changes.
    pub emails: Vec<Address>,
    /// Where text messages go.
    pub phone: Option<Address>,
    /// Which of their locale's cities.
    pub place: usize,
    /// How far their clocks are ahead of UTC.
    pub ahead: TimeDelta,
    /// What they pay for at first.
    pub plan: Plan,
    /// Where they work, if that is known.
    pub company: Option<String>,
    /// When they were born, if that is known.
    pub birthday: Option<NaiveDate>,
    /// What they like to drink, if that is known.
    pub drink: Option<usize>,
    /// What they read about.
    pub interests: Vec<&'static str>,
    /// What they had spent before the story begins, in cents of a dollar.
    pub spent: u32,
    /// When they first came.
    pub joined: DateTime<Utc>,
    /// Until when they come: today, or the day on which they lost interest.
    pub until: DateTime<Utc>,
    /// Whether they use the app rather than a browser.
    pub uses_app: bool,
    /// How much they do, compared with the others.
    pub weight: f64,
}

impl Customer {
    /// Number `index` of `count`: those who joined first come first.
    pub fn make(
        dice: &mut Dice,
        (index, count): (usize, usize),
        (start, now): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Self, Invalid> {
        let locale = &LOCALES[dice.weighted(&LOCALES.map(|locale| locale.share))];
        let is_woman = dice.chance(0.52);
        let mut word = |words: &'static str| {
            let words: Vec<&str> = words.split_whitespace().collect();
            Written::read(words[dice.below(words.len())], is_woman)
        };
        let name = [word(if is_woman { locale.women } else { locale.men }), word(locale.families)];
        let known = [Known::Account, Known::Email, Known::Browser][dice.weighted(&[82, 3, 15])];
        let place = dice.below(locale.places.len());
        let joined = match known {
            Known::Account => joined((index as f64 + dice.share()) / count as f64, start, now),
            // Nobody else is remembered from before the story.
            Known::Email | Known::Browser => dice.moment(start + TimeDelta::hours(1), now),
        };
        let mut customer = Self {
            identifiers: Vec::new(),
            browser: Identifier::new(Kind::Anonymous, &dice.uuid().to_string())?,
            emails: Vec::new(),
            phone: None,
            ahead: ahead(locale.places[place].1, now),
            plan: Plan::Free,
            company: None,
            birthday: None,
            drink: None,
            interests: Vec::new(),
            spent: 0,
            uses_app: dice.chance(0.35),
            weight: (dice.bell() * 1.25).exp().min(14.0),
            joined: joined.min(now - TimeDelta::minutes(3)),
            until: now,
            known,
            locale,
            name,
            place,
        };
        match known {
            Known::Account => customer.open_account(dice, index, now)?,
            Known::Email => {
                let address = format!("{}{}@{}", customer.name[0].latin, 10 + index, dice.pick(locale.domains));
                customer.identifiers.push(Identifier::new(Kind::Email, &address)?);
                customer.emails.push(Address::new(Channel::Email, &address)?);
                customer.weight *= 0.2;
            }
            Known::Browser => {
                customer.identifiers.push(customer.browser.clone());
                customer.weight *= 0.15;
            }
        }
        customer.settle(dice, start, now);
        Ok(customer)
    }

    /// Some lose interest, some never begin; who is there for a part of the time does a part of the things.
    fn settle(&mut self, dice: &mut Dice, start: DateTime<Utc>, now: DateTime<Utc>) {
        let from = start.max(self.joined);
        if self.joined < start && dice.chance(0.3) {
            self.until = dice.moment(from + TimeDelta::hours(1), now - TimeDelta::days(12));
        }
        let there = (self.until - from).num_minutes() as f64 / (now - start).num_minutes() as f64;
        self.weight *= if self.joined < start && dice.chance(0.04) { 0.0 } else { there.max(0.02) };
    }

    fn open_account(&mut self, dice: &mut Dice, index: usize, now: DateTime<Utc>) -> Result<(), Invalid> {
        // Steps of three with a jitter of two leave the show case's number, which is 2 more than such a step, free.
        let number = PRIYA - 182 + 3 * index + dice.below(2);
        self.identifiers.push(Identifier::new(Kind::Id, &format!("c-{number:06}"))?);
        if dice.chance(0.94) {
            self.emails.push(self.email(dice, number)?);
        }
        if dice.chance(0.04) && !self.emails.is_empty() {
            self.emails
                .push(Address::new(Channel::Email, &format!("{}.{}@example.org", self.name[0].latin, number % 1000))?);
        }
        if dice.chance(0.55) {
            self.phone = Some(Address::new(Channel::Sms, &digits(dice, self.locale.phones))?);
        }
        self.plan = [Plan::Free, Plan::Pro, Plan::Team][dice.weighted(&[64, 27, 9])];
        if self.plan == Plan::Team || dice.chance(0.06) {
            self.company = Some(company(dice, &self.name[1].latin, self.locale.places[self.place].0));
        }
        if dice.chance(0.5) {
            let days = dice.between(19 * 365, 74 * 365);
            self.birthday = Some((now - TimeDelta::days(days)).date_naive());
        }
        self.drink = dice.chance(0.6).then(|| dice.below(DRINKS.len()));
        if dice.chance(0.4) {
            let first = dice.below(INTERESTS.len() - 2);
            self.interests = INTERESTS[first..=first + dice.below(3)].to_vec();
        }
        let years = (now - self.joined).num_days() as f64 / 365.0;
        let spent = (years * (0.3 + self.weight) * 12_000.0 * dice.share()) as u32;
        // Nothing, or the price of socks at least.
        self.spent = if spent < 1450 { 0 } else { spent };
        Ok(())
    }

    /// An address such as people choose; for some names only their number is left.
    fn email(&self, dice: &mut Dice, number: usize) -> Result<Address, Invalid> {
        let [first, last] = [&self.name[0].latin, &self.name[1].latin];
        let initial = &first[..1.min(first.len())];
        let local = match dice.weighted(&[40, 20, 16, 12, 12]) {
            0 => format!("{first}.{last}"),
            1 => format!("{initial}.{last}{}", number % 100),
            2 => format!("{first}{}", number % 1000),
            3 => format!("{last}_{first}"),
            _ => format!("{first}.{last}{}", number % 10),
        };
        Address::new(Channel::Email, &format!("{local}@{}", dice.pick(self.locale.domains)))
    }

    /// The one that everybody is shown.
    pub fn priya(now: DateTime<Utc>) -> Result<Self, Invalid> {
        let written = |shown: &str| Written { shown: shown.to_owned(), latin: shown.to_lowercase() };
        let locale = LOCALES.iter().find(|locale| locale.language == "en-IN").unwrap_or(&LOCALES[0]);
        Ok(Self {
            known: Known::Account,
            identifiers: vec![Identifier::new(Kind::Id, &format!("c-{PRIYA:06}"))?],
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

    /// What to call them in a note.
    pub fn first_name(&self) -> &str {
        &self.name[0].shown
    }

    /// Their city and its time zone.
    pub fn home(&self) -> (&'static str, &'static str) {
        self.locale.places[self.place]
    }
}

/// When somebody came, by their place from 0 to 1 among all: a fifth during the story, the others in three years before it.
fn joined(place: f64, start: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    const OLD: f64 = 0.8;
    let milliseconds =
        |share: f64, of: TimeDelta| TimeDelta::milliseconds((share * of.num_milliseconds() as f64) as i64);
    match place < OLD {
        true => start - TimeDelta::hours(1) - milliseconds((1.0 - place / OLD).powf(1.4), TimeDelta::days(1020)),
        false => start + milliseconds((place - OLD) / (1.0 - OLD), now - start),
    }
}

/// How far the clocks of a zone are ahead of UTC at `now`.
fn ahead(zone: &str, now: DateTime<Utc>) -> TimeDelta {
    let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::UTC);
    TimeDelta::seconds(now.with_timezone(&zone).offset().fix().local_minus_utc().into())
}

/// A phone number after one of these patterns.
pub fn digits(dice: &mut Dice, patterns: &[&str]) -> String {
    let pattern = dice.pick(patterns);
    let digit = |c: char| match c {
        '#' => char::from(b'0' + dice.below(10) as u8),
        '%' => char::from(b'1' + dice.below(9) as u8),
        c => c,
    };
    pattern.chars().map(digit).collect()
}

fn company(dice: &mut Dice, family: &str, city: &str) -> String {
    let mut letters = family.chars();
    let family: String = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
    match dice.below(6) {
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
    fn everybody_can_be_said() {
        let now: DateTime<Utc> = "2026-11-22T03:24:05Z".parse().unwrap();
        let start = now - TimeDelta::days(90);
        for (index, locale) in LOCALES.iter().enumerate() {
            for (_, zone) in locale.places {
                assert!(zone.parse::<chrono_tz::Tz>().is_ok(), "{zone}");
            }
            for domain in locale.domains {
                Address::new(Channel::Email, &format!("ann@{domain}")).unwrap();
            }
            let mut dice = Dice::new(1, index as u64);
            for phone in locale.phones {
                let given = digits(&mut dice, &[phone]);
                let plain: String = given.chars().filter(|c| *c != ' ').collect();
                assert_eq!(Address::new(Channel::Sms, &given).map(|phone| phone.normalised), Ok(plain));
            }
            for words in [locale.women, locale.men, locale.families] {
                for word in words.split_whitespace() {
                    let written = Written::read(word, true);
                    assert!(written.latin.len() > 1 && written.latin.is_ascii(), "{word}");
                    assert!(!written.shown.contains(['/', '|']), "{word}");
                }
            }
        }
        let all: Vec<Customer> = (0..2000)
            .map(|index| Customer::make(&mut Dice::new(7, index), (index as usize, 2000), (start, now)).unwrap())
            .collect();
        let browsers = all.iter().filter(|customer| customer.known == Known::Browser).count();
        assert!((250..350).contains(&browsers), "{browsers}");
        assert!(all.iter().all(|customer| customer.joined < now && customer.joined < customer.until));
        let mut keys: Vec<&Identifier> = all.iter().flat_map(|customer| &customer.identifiers).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 2000);
        Customer::priya(now).unwrap();
    }
}
