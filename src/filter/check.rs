//! Checks a filter against the catalogues of attributes, tags, events and topics.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    ast::{
        AddressTest, Choice, Compare, Condition, Events, Figure, Filter, Known, Period, PropertyTest, Said, Status,
        Test,
    },
    known::KnownNames,
    nearest::nearest,
    parse::{FilterError, ParsedFilter},
    predicate::{AddressRows, EventRows, Having, Leaf, Moments, Node, Predicate, Reachable, ValueTest},
    search::Search,
    values::{bounds, equal, like},
};
use crate::{
    attributes::{
        AttributeType, Definition,
        terms::{Reading, as_day, as_number, term},
    },
    db::ids::EnvironmentId,
    identities::{Address, Channel},
    subscriptions::{ALL, Medium},
};

/// Why a condition cannot be applied; its place is added by the caller.
pub(super) struct Problem {
    pub message: String,
    instead: Option<String>,
}

impl From<String> for Problem {
    fn from(message: String) -> Self {
        Self { message, instead: None }
    }
}

type Checked<T> = Result<T, Problem>;

impl Predicate {
    /// A text as words, whatever it looks like.
    pub fn words(environment: EnvironmentId, typed: &str) -> Self {
        Self { environment, root: Node::Leaf(Box::new(Leaf::Search(Search::parse(typed).patterns().collect()))) }
    }
}

impl ParsedFilter {
    /// Whether it has nothing but words.
    pub fn is_words(&self) -> bool {
        let conditions = self.filter.conditions();
        !conditions.is_empty() && conditions.iter().all(|it| matches!(it, Condition::Words(_)))
    }

    /// Checks the filter: one SQL statement for each catalogue that it needs, two for attributes that are not called exactly so.
    pub fn check(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        now: DateTime<Utc>,
    ) -> QueryResult<Result<Predicate, FilterError>> {
        let known = KnownNames::read(conn, environment, &self.filter)?;
        let mut check = Check::new(&known, now);
        Ok(match check.node(&self.filter) {
            Ok(root) => Ok(Predicate { environment, root }),
            Err(Problem { message, instead }) => {
                let at = self.places.get(check.place.saturating_sub(1)).cloned().unwrap_or(0..0);
                Err(FilterError { at, message, instead })
            }
        })
    }
}

pub(super) struct Check<'a> {
    known: &'a KnownNames,
    now: DateTime<Utc>,
    /// Number of conditions looked at.
    place: usize,
}

impl<'a> Check<'a> {
    pub fn new(known: &'a KnownNames, now: DateTime<Utc>) -> Self {
        Self { known, now, place: 0 }
    }

    pub fn node(&mut self, filter: &Filter) -> Checked<Node> {
        Ok(match filter {
            Filter::All(filters) => Node::All(filters.iter().map(|it| self.node(it)).collect::<Checked<_>>()?),
            Filter::Any(filters) => Node::Any(filters.iter().map(|it| self.node(it)).collect::<Checked<_>>()?),
            Filter::Not(inside) => Node::Not(Box::new(self.node(inside)?)),
            Filter::Is(condition) => {
                self.place += 1;
                self.condition(condition)?
            }
        })
    }

    fn condition(&self, condition: &Condition) -> Checked<Node> {
        let leaf = match condition {
            Condition::Words(text) => Leaf::Search(Search::phrase(text).patterns().collect()),
            Condition::Attribute { name, test } => self.attribute(name, test)?,
            Condition::Tag(Choice::Present) => Leaf::Tags(None),
            Condition::Tag(Choice::OneOf(tags)) => Leaf::Tags(Some(self.known.spellings(tags))),
            Condition::Segment(names) => Leaf::Segments(self.known.segments(names)?),
            Condition::Created(period) => Leaf::Created(self.moments(*period)),
            // Somebody who was never seen was last seen in 1970.
            Condition::Seen(period) => {
                let asked = period.map_or_else(Moments::default, |period| self.moments(period));
                Leaf::Seen(Moments { from: asked.from.or(DateTime::from_timestamp(1, 0)), ..asked })
            }
            Condition::Status(Status::Disabled) => Leaf::Disabled,
            Condition::Status(Status::Enabled) => return Ok(not(Leaf::Disabled)),
            Condition::Is(Known::Recognised) => Leaf::Recognised,
            Condition::Is(Known::Anonymous) => return Ok(not(Leaf::Recognised)),
            Condition::Answer { channel, topic, said } => self.answer(*channel, topic.as_deref(), said),
            Condition::Address { channel, test } => Leaf::Address { channel: *channel, test: address(*channel, test) },
            Condition::Can(channel) => Leaf::Can(self.reachable(*channel)),
            Condition::Did { events, compare, count } => return self.did(events, *compare, *count),
            Condition::Figure { figure, property, events, test } => {
                return self.figure(*figure, property, events, test);
            }
            Condition::Was { statuses, with, within } => {
                let definitions = self.known.messages(statuses)?;
                self.events(definitions, with, *within, Having::Any)?
            }
            Condition::Source(names) => Leaf::Source(self.known.sources(names)?),
            Condition::Note(text) => Leaf::Note(text.as_deref().map(like)),
            Condition::Device(choice) => Leaf::Device(lower(choice)),
            Condition::Identifier { kind, value } => Leaf::Identifier {
                kind: kind.clone(),
                values: match value {
                    Choice::Present => None,
                    Choice::OneOf(values) => Some(values.clone()),
                },
            },
        };
        Ok(Node::Leaf(Box::new(leaf)))
    }

    fn attribute(&self, name: &str, test: &Test) -> Checked<Leaf> {
        let Some(known) = self.known.attribute(name) else {
            let names = self.known.attributes();
            let nearest = nearest(name, names).map(super::print::key);
            return Err(Problem { instead: nearest, ..format!("No attribute is called “{name}”.").into() });
        };
        // Filtering by a sensitive attribute would let people find out its values.
        if known.is_sensitive {
            return Err(format!("You cannot filter by {}: it is sensitive.", known.label()).into());
        }
        let name = known.name.clone();
        let refused = |can: &str| Err(format!("{} is {}: {can}.", known.label(), called(known.kind)).into());
        let of_entries = |test| {
            if known.kind == AttributeType::List {
                Leaf::Entry(name.clone(), test)
            } else {
                Leaf::Single(name.clone(), test)
            }
        };
        match (test, known.kind) {
            (Test::Is(Choice::Present), _) => Ok(Leaf::HasAttribute(name)),
            (_, AttributeType::Object) => refused("filter by whether it has a value, as in name:*"),
            (Test::Is(Choice::OneOf(values)), _) => {
                let terms = values.iter().map(|value| readings(known, value)).collect::<Checked<Vec<_>>>()?;
                Ok(Leaf::Terms(name, terms.concat()))
            }
            (_, AttributeType::Boolean) => refused("filter by name:yes or name:no"),
            (Test::Contains(text), _) => Ok(Leaf::Entry(name, ValueTest::Like(like(text)))),
            (Test::Begins(text), _) => Ok(Leaf::Entry(name, ValueTest::Like(like(text)[1..].to_owned()))),
            (_, AttributeType::Text) => refused("it has no order. Filter by name:value, name~part or name^beginning"),
            (test, kind) => {
                let asked = bounds(test, self.now).map_err(|why| format!("{}: {why}", known.label()))?;
                let is_day = matches!(asked, ValueTest::Day(_));
                match kind {
                    AttributeType::Number if is_day => refused("compare it with a number, such as 12 or -0.5"),
                    AttributeType::Date if !is_day => refused("compare it with a day such as 2026-01-31, or with 30d"),
                    _ => Ok(of_entries(asked)),
                }
            }
        }
    }

    /// The times of a period. Days are those of UTC, so that a filter means the same to everybody.
    fn moments(&self, period: Period) -> Moments {
        let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        match period {
            Period::Within(span) => Moments { from: Some(self.now - span.delta()), until: None },
            Period::Before(span) => Moments { from: None, until: Some(self.now - span.delta()) },
            Period::Days(from, to) => {
                let after = to.and_then(|day| day.checked_add_days(Days::new(1)));
                Moments { from: from.map(start), until: after.map(start) }
            }
        }
    }

    fn answer(&self, channel: Option<Medium>, topic: Option<&str>, said: &[Said]) -> Leaf {
        let states = said.iter().filter(|said| **said != Said::Nothing).map(|said| said.as_str());
        Leaf::Answer {
            channel: channel.map_or(ALL, Medium::as_str),
            topics: topic.map_or_else(|| vec![String::new()], |topic| self.known.topics(topic)),
            states: states.collect(),
            or_nothing: said.contains(&Said::Nothing),
        }
    }

    fn reachable(&self, channel: Medium) -> Reachable {
        let rules = self.known.rules();
        let purposes = rules.purposes(channel, None).filter(|purpose| !purpose.is_opt_out());
        Reachable {
            channel,
            addresses: channel.addresses().iter().map(|address| address.as_str().to_owned()).collect(),
            device: channel.is_device().then_some(channel.as_str()),
            now: self.now,
            asks_first: rules.asks_first(channel),
            confirms_since: rules
                .confirms_since
                .filter(|_| channel == Medium::Email)
                .map(|since| since.timestamp_micros()),
            purposes: purposes.cloned().collect(),
        }
    }

    fn events(
        &self,
        definitions: Vec<i32>,
        with: &[PropertyTest],
        within: Option<Period>,
        having: Having,
    ) -> Checked<Leaf> {
        let with = with.iter().map(|it| Ok((it.property.clone(), property(&it.property, &it.test, self.now)?)));
        let within = within.map_or_else(Moments::default, |period| self.moments(period));
        Ok(Leaf::Events(EventRows { definitions, with: with.collect::<Checked<_>>()?, within, having }))
    }

    fn did(&self, events: &Events, compare: Compare, count: u64) -> Checked<Node> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let rows = |having| self.events(self.known.events(&events.name)?, &events.with, events.within, having);
        // Who has no such events has no rows to count: zero is the opposite of more.
        Ok(match (compare, count) {
            (Compare::AtLeast, 0) => Node::All(Vec::new()),
            (Compare::AtLeast, 1) | (Compare::More, 0) => Node::Leaf(Box::new(rows(Having::Any)?)),
            (Compare::Less, 0) => Node::Not(Box::new(Node::All(Vec::new()))),
            (Compare::Equal | Compare::AtMost, 0) => not(rows(Having::Any)?),
            (Compare::Less, count) => not(rows(Having::Count(Compare::AtLeast, count))?),
            (Compare::AtMost, count) => not(rows(Having::Count(Compare::More, count))?),
            (compare, count) => Node::Leaf(Box::new(rows(Having::Count(compare, count))?)),
        })
    }

    fn figure(&self, figure: Figure, of: &str, events: &Events, test: &Test) -> Checked<Node> {
        let wrong = |what: &str| Err(format!("{} takes {what}.", figure.label()).into());
        let having = match figure {
            Figure::First | Figure::Last => {
                let test = property(of, test, self.now)?;
                Having::End { is_last: figure == Figure::Last, property: of.to_owned(), test }
            }
            Figure::Distinct => {
                let Some(counts) = counts(test) else { return wrong("a whole number, as in distinct:Order.city>=3") };
                let includes_none = counts.iter().all(|(compare, count)| match compare {
                    Compare::AtLeast => *count <= 0,
                    Compare::AtMost => *count >= 0,
                    Compare::More => *count < 0,
                    Compare::Less => *count > 0,
                    Compare::Equal => *count == 0,
                });
                let leaf = |counts| {
                    self.events(
                        self.known.events(&events.name)?,
                        &events.with,
                        events.within,
                        Having::Distinct(of.to_owned(), counts),
                    )
                };
                if !includes_none {
                    return Ok(Node::Leaf(Box::new(leaf(counts)?)));
                }
                // Zero is within: nobody may break one of the rules.
                let opposite = |(compare, count): (Compare, i64)| match compare {
                    Compare::AtLeast => vec![(Compare::Less, count)],
                    Compare::AtMost => vec![(Compare::More, count)],
                    Compare::More => vec![(Compare::AtMost, count)],
                    Compare::Less => vec![(Compare::AtLeast, count)],
                    Compare::Equal => vec![(Compare::More, count)],
                };
                let broken = counts.into_iter().map(|it| Ok(Node::Leaf(Box::new(leaf(opposite(it))?))));
                return Ok(Node::Not(Box::new(Node::Any(broken.collect::<Checked<_>>()?))));
            }
            _ => {
                let asked = match test {
                    Test::Is(Choice::OneOf(values)) => match values.as_slice() {
                        [only] => bounds(&Test::Between(only.clone(), only.clone()), self.now),
                        _ => return wrong("one number"),
                    },
                    other => bounds(other, self.now),
                };
                match asked {
                    Ok(ValueTest::Number(bounds)) => Having::Number(figure, of.to_owned(), bounds),
                    _ => return wrong("a number, as in sum:Order.total>100"),
                }
            }
        };
        let rows = self.events(self.known.events(&events.name)?, &events.with, events.within, having)?;
        Ok(Node::Leaf(Box::new(rows)))
    }
}

fn not(leaf: Leaf) -> Node {
    Node::Not(Box::new(Node::Leaf(Box::new(leaf))))
}

/// Whole numbers that are compared with a count.
fn counts(test: &Test) -> Option<Vec<(Compare, i64)>> {
    Some(match test {
        Test::Compare(compare, count) => vec![(*compare, count.parse().ok()?)],
        Test::Between(from, to) => vec![(Compare::AtLeast, from.parse().ok()?), (Compare::AtMost, to.parse().ok()?)],
        Test::Is(Choice::OneOf(values)) => match values.as_slice() {
            [only] => vec![(Compare::Equal, only.parse().ok()?)],
            _ => return None,
        },
        _ => return None,
    })
}

/// What is asked of a property, whose type nobody says.
fn property(name: &str, test: &Test, now: DateTime<Utc>) -> Checked<ValueTest> {
    Ok(match test {
        Test::Is(Choice::Present) => ValueTest::Present,
        Test::Is(Choice::OneOf(values)) => ValueTest::Equal(values.iter().map(|value| equal(value)).collect()),
        Test::Contains(text) => ValueTest::Like(like(text)),
        Test::Begins(text) => ValueTest::Like(like(text)[1..].to_owned()),
        other => bounds(other, now).map_err(|why| format!("{name}: {why}"))?,
    })
}

/// Terms of the values that a text means in an attribute.
fn readings(known: &Definition, value: &str) -> Checked<Vec<i64>> {
    let of = |reading: Reading<'_>| term(&known.name, reading);
    let texts = |words: &[&str]| words.iter().map(|word| of(Reading::Text(word))).collect::<Vec<i64>>();
    Ok(match known.kind {
        AttributeType::Boolean => match value.to_lowercase().as_str() {
            "yes" | "true" | "1" => texts(&["true", "yes", "1"]),
            "no" | "false" | "0" => texts(&["false", "no", "0"]),
            _ if known.is_typed => return Err(format!("{} is yes or no.", known.label()).into()),
            _ => texts(&[value]),
        },
        AttributeType::Number => match as_number(value) {
            Some(number) => vec![of(Reading::Number(number))],
            None if known.is_typed => return Err(format!("{} is a number, such as 12 or -0.5.", known.label()).into()),
            None => texts(&[value]),
        },
        AttributeType::Date if value.len() == 10 && as_day(value).is_some() => vec![of(Reading::Day(value))],
        AttributeType::List => {
            let number = as_number(value).map(|number| of(Reading::Number(number)));
            number.into_iter().chain([of(Reading::Text(value))]).collect()
        }
        _ => texts(&[value]),
    })
}

fn called(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Text => "text",
        AttributeType::Number => "a number",
        AttributeType::Boolean => "yes or no",
        AttributeType::Date => "a date",
        AttributeType::List => "a list",
        AttributeType::Object => "structured",
    }
}

fn address(channel: Channel, test: &AddressTest) -> AddressRows {
    // As addresses are compared; what is none finds nobody.
    let normal =
        |given: &String| Address::new(channel, given).map_or_else(|_| given.to_lowercase(), |it| it.normalised);
    match test {
        AddressTest::Blocked => AddressRows::Blocked,
        AddressTest::Is(Choice::Present) => AddressRows::Present,
        AddressTest::Is(Choice::OneOf(all)) => AddressRows::OneOf(all.iter().map(normal).collect()),
        AddressTest::Contains(text) => AddressRows::Like(like(text)),
    }
}

fn lower(choice: &Choice) -> Option<Vec<String>> {
    match choice {
        Choice::Present => None,
        Choice::OneOf(all) => Some(all.iter().map(|one| one.to_lowercase()).collect()),
    }
}
