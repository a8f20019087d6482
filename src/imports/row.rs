//! Reads the cells of a line. A cell that cannot be taken costs only itself, unless it says who the line is about.

use chrono::{DateTime, NaiveTime, Utc};
use serde_json::Value;

use super::{
    cells::{self, DateOrder, Zone},
    columns::{Column, head},
    consents::Consent,
    mapping::{Mapped, Mapping},
};
use crate::{
    attributes::{AttributeName, AttributeValue, Rules, show},
    identities::{Address, Addresses, Channel, Country, Identifier, Kind, Reading},
    ingest::{Identify, Item, Person, Statement},
    ledger::{AHEAD, Invalid},
    registers::Fact,
    subscriptions::{Line, Reason, Subscription, SubscriptionState},
    tags::Tag,
};

/// How the lines of a file are read.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Country of phone numbers without a code, and placeholders that are somebody.
    pub reading: Reading,
    /// Which part of a date such as 03/04/2026 is the day.
    pub dates: Option<DateOrder>,
    /// Zone of times whose column does not say one.
    pub zone: Zone,
    /// When lines were true that do not say it.
    pub as_of: DateTime<Utc>,
    pub now: DateTime<Utc>,
}

/// Something about a cell that was not taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Head of its column; empty: the line as a whole.
    pub column: String,
    pub about: About,
}

/// What became of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// It is left out, because it breaks a rule.
    LeftOut(Invalid),
    /// It is kept in the spelling that its kind has.
    Respelled { was: String, is: String },
}

impl std::fmt::Display for About {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::LeftOut(invalid) => write!(f, "left out: {invalid}"),
            Self::Respelled { was, is } => write!(f, "kept as {is:?}; got {was:?}"),
        }
    }
}

/// What a line says, and remarks; or why it is not about anybody.
pub type Read = Result<(Vec<Item>, Vec<Remark>), Vec<(String, Invalid)>>;

/// A line while it is read.
#[derive(Default)]
struct Row {
    identifiers: Vec<Identifier>,
    /// The first address of each channel, and how many came after it.
    addresses: Vec<(Channel, Address, usize)>,
    identify: Identify,
    tags: Vec<Tag>,
    /// What was said of messages, the strictest of each line.
    answers: Vec<(Line, SubscriptionState)>,
    as_of: Option<DateTime<Utc>>,
    remarks: Vec<Remark>,
    /// Why it cannot be said who the line is about.
    wrong: Vec<(String, Invalid)>,
}

impl Mapping {
    /// Reads the cells of a line; a blank one states nothing.
    pub fn read<'a>(&self, cells: impl Iterator<Item = &'a str> + Clone, manner: &Manner, rules: &Rules) -> Read {
        let cells: Vec<(&Mapped, String)> = (self.columns.iter())
            .zip(cells)
            .filter_map(|(column, cell)| Some((column, cells::text(cell)?.into_owned())))
            .collect();
        let mut row = Row::default();
        let own = cells.iter().find_map(country);
        let reading = Reading { country: own.or(manner.reading.country), ..manner.reading };
        let manner = &Manner { reading, ..manner.clone() };
        for (column, text) in &cells {
            if let Err(invalid) = row.take(column, text, manner, rules) {
                let column = column.head.clone();
                row.remarks.push(Remark { column, about: About::LeftOut(invalid) });
            }
        }
        row.said(manner)
    }
}

/// The country that a line says, by its two letters.
fn country((column, text): &(&Mapped, String)) -> Option<Country> {
    let Column::Attribute(name) = &column.means else { return None };
    (name.as_str() == "country").then(|| text.parse().ok()).flatten()
}

impl Row {
    fn take(&mut self, column: &Mapped, text: &str, manner: &Manner, rules: &Rules) -> Result<(), Invalid> {
        let zone = column.zone.map_or(manner.zone, Zone::Offset);
        let time = |field| cells::time(field, text, manner.dates, zone);
        match &column.means {
            Column::Id => self.identify(&column.head, Kind::Id, text, manner),
            Column::Anonymous => self.identify(&column.head, Kind::Anonymous, text, manner),
            Column::Address(channel) => return self.reach(*channel, text, manner),
            Column::Tags => self.tag(&column.head, text),
            Column::CreatedAt => self.identify.created_at = Some(time("created_at")?),
            Column::AsOf => {
                let at = time("as_of")?;
                if at > manner.now + AHEAD {
                    return Err(Invalid::new("as_of", "must not lie in the future", text));
                }
                self.as_of = Some(at);
            }
            Column::Consent(consent) => self.answer(*consent, &column.head, text)?,
            Column::Attribute(name) => return self.set(name, text, manner, rules),
            Column::Skip => {}
        }
        Ok(())
    }

    /// An identifier that breaks a rule leaves nobody whom the line could be about.
    fn identify(&mut self, head: &str, kind: Kind, text: &str, manner: &Manner) {
        if cells::is_shortened(text) {
            let rule = "was shortened by a spreadsheet, which loses its digits; export it as text";
            self.wrong.push((head.to_owned(), Invalid::new(kind.as_str(), rule, text)));
            return;
        }
        match Identifier::read(kind, text, manner.reading) {
            Ok(identifier) => self.identifiers.push(identifier),
            Err(invalid) => self.wrong.push((head.to_owned(), invalid)),
        }
    }

    /// The first address of a channel is the person's; others are kept as attributes.
    fn reach(&mut self, channel: Channel, text: &str, manner: &Manner) -> Result<(), Invalid> {
        for part in cells::several(text) {
            let address = read_address(channel, part, manner.reading)?;
            match self.addresses.iter_mut().find(|(of, ..)| *of == channel) {
                None => self.addresses.push((channel, address, 1)),
                Some((_, first, _)) if first.normalised == address.normalised => {}
                Some((.., count)) => {
                    *count += 1;
                    let name = if channel == Channel::Sms { "phone" } else { channel.as_str() };
                    let name = AttributeName::new(&format!("{name}_{count}"))?;
                    let value = AttributeValue::new(&name, Value::String(address.shown))?;
                    self.identify.attributes.push((name, Some(value)));
                }
            }
        }
        Ok(())
    }

    fn tag(&mut self, column: &str, text: &str) {
        let (tags, respelled, wrong) = cells::tags(text);
        let about = respelled.into_iter().map(|(was, is)| About::Respelled { was, is });
        let about = about.chain(wrong.into_iter().map(About::LeftOut));
        self.remarks.extend(about.map(|about| Remark { column: column.to_owned(), about }));
        self.tags.extend(tags);
    }

    fn answer(&mut self, consent: Consent, head: &str, text: &str) -> Result<(), Invalid> {
        let Some(state) = consent.read(head, text)? else { return Ok(()) };
        let line = Line { channel: consent.channel, topic: None };
        match self.answers.iter_mut().find(|(known, _)| *known == line) {
            Some((_, known)) => *known = state.max(*known),
            None => self.answers.push((line, state)),
        }
        Ok(())
    }

    fn set(&mut self, name: &AttributeName, text: &str, manner: &Manner, rules: &Rules) -> Result<(), Invalid> {
        let text = if name.as_str() == "birthday" {
            let at = cells::time("birthday", text, manner.dates, Zone::UTC)?;
            if at.time() == NaiveTime::MIN { at.format("%Y-%m-%d").to_string() } else { text.to_owned() }
        } else {
            text.to_owned()
        };
        let value = AttributeValue::new(name, Value::String(text))?;
        if let Some(why) = rules.why_fixed(name.as_str()) {
            return Err(Invalid::new(name.as_str(), why, &show(value.json())));
        }
        self.identify.attributes.push((name.clone(), Some(value)));
        Ok(())
    }

    fn said(mut self, manner: &Manner) -> Read {
        let person = match self.person() {
            Some(person) if self.wrong.is_empty() => person,
            Some(_) => return Err(self.wrong),
            None => {
                if self.wrong.is_empty() {
                    let left_out = self.remarks.into_iter().filter_map(|remark| match remark.about {
                        About::LeftOut(invalid) => Some((remark.column, invalid)),
                        About::Respelled { .. } => None,
                    });
                    let nobody = Invalid::new("line", "must have an id, an email or a phone number", "");
                    self.wrong = left_out.chain([(String::new(), nobody)]).collect();
                }
                return Err(self.wrong);
            }
        };
        let addresses = self.addresses.into_iter();
        self.identify
            .facts
            .extend(addresses.map(|(channel, address, _)| Fact::new::<Addresses>(channel, Some(address))));
        let as_of = self.as_of.unwrap_or(manner.as_of);
        let item = |statement| Item { person: person.clone(), as_of, statement };
        let mut items = vec![item(Statement::Identify(self.identify))];
        for (line, state) in self.answers {
            let said = Subscription { state, reason: Reason::Import };
            items.push(item(Statement::Subscription(line, said)));
        }
        if !self.tags.is_empty() {
            items.push(item(Statement::Tags { add: self.tags, remove: Vec::new() }));
        }
        Ok((items, self.remarks))
    }

    /// Whom the line is about: an id; else whoever is the only one with the email, or the phone number, which becomes the id.
    fn person(&self) -> Option<Person> {
        let mut identifiers = self.identifiers.clone();
        let has_id = identifiers.iter().any(|identifier| identifier.kind == Kind::Id);
        let reached = [Channel::Email, Channel::Sms];
        let mut reached = reached.iter().filter_map(|of| self.addresses.iter().find(|(channel, ..)| channel == of));
        if !has_id
            && let Some((channel, address, _)) = reached.next()
            && let Ok(id) = Identifier::new(Kind::Id, &address.shown)
        {
            let is_alone = identifiers.is_empty();
            identifiers.push(id);
            if is_alone {
                return Some(Person::Addressed(identifiers, *channel, address.clone()));
            }
        }
        (!identifiers.is_empty()).then_some(Person::Identifiers(identifiers))
    }
}

/// An address as files write it: a phone number may have lost its plus sign, or gained decimals.
fn read_address(channel: Channel, text: &str, reading: Reading) -> Result<Address, Invalid> {
    if channel == Channel::Email {
        return Address::read(channel, text, reading);
    }
    if cells::is_shortened(text) {
        let rule = "was shortened by a spreadsheet, which loses its digits; export it as text";
        return Err(Invalid::new("phone", rule, text));
    }
    let text = head(text.strip_suffix(".0").unwrap_or(text));
    let is_bare = text.len() > 10 && text.chars().all(|c| c.is_ascii_digit()) && !text.starts_with('0');
    match Address::read(channel, text, reading) {
        Ok(address) => Ok(address),
        Err(_) if is_bare => Address::read(channel, &format!("+{text}"), reading),
        Err(invalid) => Err(invalid),
    }
}
