//! A filter in words, for chips and summaries: “Plan is pro”, “Did Order Completed at least 3 times in the last 90 days”.

use chrono::NaiveDate;

use super::{
    ast::{
        AddressTest, Choice, Compare, Condition, Events, Figure, Filter, Known, Period, PropertyTest, Said, Span,
        Status, Test,
    },
    periods::span,
};

/// Gives the label of an attribute by its name.
pub type Label<'a> = &'a dyn Fn(&str) -> String;

impl Filter {
    /// The filter in words, without a full stop. Empty for everybody.
    pub fn words(&self, label: Label<'_>) -> String {
        let words = self.phrase(label);
        // The names of attributes stay as they are written.
        let is_ours = !matches!(self, Self::Is(Condition::Attribute { .. } | Condition::Words(_)) | Self::All(_));
        if is_ours { capital(&words) } else { words }
    }

    fn phrase(&self, label: Label<'_>) -> String {
        let joined = |filters: &[Self], between: &str| {
            let phrases: Vec<String> = filters.iter().map(|filter| filter.inside(label)).collect();
            phrases.join(between)
        };
        match self {
            Self::All(filters) if filters.is_empty() => "everybody".to_owned(),
            Self::All(filters) => joined(filters, " and "),
            Self::Any(filters) => joined(filters, " or "),
            Self::Not(inside) => match inside.as_ref() {
                Self::Is(condition) => format!("not: {}", condition.words(label)),
                Self::All(none) if none.is_empty() => "nobody".to_owned(),
                group => format!("not: {}", group.inside(label)),
            },
            Self::Is(condition) => condition.words(label),
        }
    }

    fn inside(&self, label: Label<'_>) -> String {
        match self {
            Self::All(filters) | Self::Any(filters) if filters.len() > 1 => format!("({})", self.phrase(label)),
            other => other.phrase(label),
        }
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Condition {
    fn words(&self, label: Label<'_>) -> String {
        match self {
            Self::Words(text) => format!("“{text}”"),
            Self::Attribute { name, test } => format!("{} {}", label(name), test.words()),
            Self::Tag(Choice::Present) => "any tag".to_owned(),
            Self::Tag(Choice::OneOf(tags)) => format!("tag {}", any_of(tags)),
            Self::Segment(names) => format!("in the segment {}", any_of(names)),
            Self::Created(period) => format!("created {}", ago(*period)),
            Self::Seen(None) => "ever seen".to_owned(),
            Self::Seen(Some(period)) => format!("last seen {}", ago(*period)),
            Self::Status(Status::Enabled) => "messages are not off".to_owned(),
            Self::Status(Status::Disabled) => "all messages off".to_owned(),
            Self::Is(Known::Recognised) => "recognised".to_owned(),
            Self::Is(Known::Anonymous) => "anonymous".to_owned(),
            Self::Answer { channel, topic, said } => {
                let line = match (topic, channel) {
                    (Some(topic), Some(channel)) => format!("{topic} by {}", channel.label()),
                    (Some(topic), None) => topic.clone(),
                    (None, Some(channel)) => channel.label().to_owned(),
                    (None, None) => "all messages".to_owned(),
                };
                let said: Vec<String> = said.iter().copied().map(Said::label).map(str::to_owned).collect();
                format!("{line}: {}", any_of(&said))
            }
            Self::Address { channel, test } => {
                let address = channel.label();
                match test {
                    AddressTest::Blocked => format!("{address} is blocked"),
                    AddressTest::Is(Choice::Present) => format!("has an address: {address}"),
                    AddressTest::Is(Choice::OneOf(all)) => format!("{address} is {}", any_of(all)),
                    AddressTest::Contains(text) => format!("{address} contains {text}"),
                }
            }
            Self::Can(channel) => format!("can be messaged by {}", in_sentence(channel.label())),
            Self::Did { events, compare: Compare::Equal | Compare::AtMost, count: 0 } => {
                format!("never did {}", events.words())
            }
            Self::Did { events, compare, count } => {
                format!("did {}{}{}", events.named(), times(*compare, *count), events.when())
            }
            Self::Figure { figure, property, events, test } => {
                format!("{} {} {}{}", of(*figure, property), events.named(), test.words(), events.when())
            }
            Self::Was { statuses, with, within } => {
                let when = within.map(|period| format!(" {}", during(period))).unwrap_or_default();
                format!("message was {}{}{when}", any_of(statuses), properties(with))
            }
            Self::Source(sources) => format!("created by {}", any_of(sources)),
            Self::Note(None) => "has a note".to_owned(),
            Self::Note(Some(text)) => format!("a note contains {text}"),
            Self::Device(Choice::Present) => "has a device".to_owned(),
            Self::Device(Choice::OneOf(all)) => format!("has a device: {}", any_of(all)),
            Self::Identifier { kind, value } => {
                let kind = kind.as_ref().map(|kind| format!(" {kind}")).unwrap_or_default();
                match value {
                    Choice::Present => format!("has an identifier{kind}"),
                    Choice::OneOf(all) => format!("identifier{kind} is {}", any_of(all)),
                }
            }
        }
    }
}

/// A label that is a word and no name begins small inside a sentence.
fn in_sentence(label: &str) -> String {
    let is_name = label.chars().skip(1).any(char::is_uppercase) || ["Slack", "Discord", "Teams"].contains(&label);
    if is_name { label.to_owned() } else { label.to_lowercase() }
}

fn any_of(values: &[String]) -> String {
    let shown: Vec<&str> = values.iter().map(|value| if value.is_empty() { "(empty)" } else { value }).collect();
    shown.join(" or ")
}

fn times(compare: Compare, count: u64) -> String {
    let times = if count == 1 { "time" } else { "times" };
    match (compare, count) {
        (Compare::AtLeast, 1) => String::new(),
        (compare, count) => format!(" {} {count} {times}", compare.label()),
    }
}

fn of(figure: Figure, property: &str) -> String {
    match figure {
        Figure::Distinct => format!("number of different {property} of"),
        other => format!("{} {property} of", other.label().to_lowercase()),
    }
}

fn properties(with: &[PropertyTest]) -> String {
    let tests: Vec<String> = with.iter().map(|it| format!("{} {}", it.property, it.test.words())).collect();
    if tests.is_empty() { String::new() } else { format!(" where {}", tests.join(" and ")) }
}

impl Events {
    fn named(&self) -> String {
        format!("{}{}", self.name, properties(&self.with))
    }

    fn when(&self) -> String {
        self.within.map(|period| format!(" {}", during(period))).unwrap_or_default()
    }

    fn words(&self) -> String {
        format!("{}{}", self.named(), self.when())
    }
}

impl Test {
    fn words(&self) -> String {
        match self {
            Self::Is(Choice::Present) => "has a value".to_owned(),
            Self::Is(Choice::OneOf(all)) => format!("is {}", any_of(all)),
            Self::Contains(text) => format!("contains {text}"),
            Self::Begins(text) => format!("begins with {text}"),
            Self::Compare(compare, than) => match (span(than), than.parse::<NaiveDate>().is_ok(), compare) {
                (Some(span), _, Compare::Less | Compare::AtMost) => format!("is less than {} ago", length(span)),
                (Some(span), ..) => format!("is more than {} ago", length(span)),
                (None, true, Compare::Less) => format!("is before {than}"),
                (None, true, Compare::More) => format!("is after {than}"),
                (None, true, Compare::AtLeast) => format!("is {than} or later"),
                (None, true, Compare::AtMost) => format!("is {than} or earlier"),
                (_, _, compare) => format!("is {} {than}", compare.label()),
            },
            Self::Between(from, to) => format!("is from {from} to {to}"),
        }
    }
}

fn length(span: Span) -> String {
    let (number, unit) = match span {
        Span::Hours(hours) => (hours, "hour"),
        Span::Days(days) => (days, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

fn days(from: Option<NaiveDate>, to: Option<NaiveDate>) -> String {
    match (from, to) {
        (Some(from), Some(to)) if from == to => format!("on {from}"),
        (Some(from), Some(to)) => format!("from {from} to {to}"),
        (Some(from), None) => format!("since {from}"),
        (None, Some(to)) => format!("until {to}"),
        (None, None) => "at any time".to_owned(),
    }
}

/// When one thing happened.
fn ago(period: Period) -> String {
    match period {
        Period::Within(span) => format!("less than {} ago", length(span)),
        Period::Before(span) => format!("more than {} ago", length(span)),
        Period::Days(from, to) => days(from, to),
    }
}

/// The time in which things happened.
fn during(period: Period) -> String {
    match period {
        Period::Within(span) => format!("in the last {}", length(span)),
        other => ago(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn a_filter_is_said_in_words() {
        let label = |name: &str| name.replace("last_name", "Last name").replace("plan", "Plan");
        for (typed, expected) in [
            ("priya", "“priya”"),
            ("plan:pro", "Plan is pro"),
            ("plan:pro,team", "Plan is pro or team"),
            ("-plan:*", "Not: Plan has a value"),
            ("last_name^N", "Last name begins with N"),
            ("age>=18", "age is at least 18"),
            ("birthday<2000-01-01", "birthday is before 2000-01-01"),
            ("score:10..20", "score is from 10 to 20"),
            ("-tag:vip", "Not: tag vip"),
            ("seen>90d", "Last seen more than 90 days ago"),
            ("created:2026-01-01..2026-01-31", "Created from 2026-01-01 to 2026-01-31"),
            ("can:email", "Can be messaged by email"),
            ("can:sms", "Can be messaged by SMS"),
            ("email:subscribed,pending", "Email: subscribed or not confirmed yet"),
            ("email.address:blocked", "Email is blocked"),
            ("topic:\"Product news\".email:on", "Product news by Email: subscribed"),
            ("did:\"Order Completed\"", "Did Order Completed"),
            ("did:\"Order Completed\">=3 in:90d", "Did Order Completed at least 3 times in the last 90 days"),
            ("did:Visit=0 in:1d", "Never did Visit in the last 1 day"),
            (
                "did:Order{total>50 currency:USD}=1",
                "Did Order where total is more than 50 and currency is USD exactly 1 time",
            ),
            ("sum:Order.total>1000 in:365d", "Sum total of Order is more than 1000 in the last 365 days"),
            ("was:clicked{campaign:\"Winter launch\"}", "Message was clicked where campaign is Winter launch"),
            ("(a OR tag:b c)", "“a” or (tag b and “c”)"),
            ("NOT (tag:a OR tag:b)", "Not: (tag a or tag b)"),
            ("plan:pro tag:b", "Plan is pro and tag b"),
            ("NOT ()", "Nobody"),
        ] {
            let filter = parse(typed).unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}")).filter;
            assert_eq!(filter.words(&label), expected, "{typed}");
        }
    }
}
