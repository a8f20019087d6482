//! Statistics above the timeline: events, orders with revenue, and messages, by day, week or month.

use std::collections::BTreeMap;

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};

use super::{
    channels::{Channel, by_channel},
    period::Period,
};
use crate::{
    db::{ids::ProfileKey, sql_query},
    web::{Now, words::grouped},
};

/// Most events that are counted, the newest of a period.
const MOST: i64 = 20_000;
/// Most bars of a chart.
const BARS: usize = 120;

/// Length of time of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
}

impl Unit {
    /// The shortest unit that gives a period few enough bars.
    fn of(period: &Period) -> Self {
        match (period.until - period.from).num_days() {
            ..=101 => Self::Day,
            102..=731 => Self::Week,
            _ => Self::Month,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week from",
            Self::Month => "Month",
        }
    }

    fn start(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Week => day.week(chrono::Weekday::Mon).checked_first_day().unwrap_or(day),
            Self::Month => day.with_day(1).unwrap_or(day),
        }
    }

    fn before(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => start.pred_opt(),
            Self::Week => start.checked_sub_days(Days::new(7)),
            Self::Month => start.checked_sub_months(Months::new(1)),
        }
    }

    fn label(self, start: NaiveDate) -> String {
        let format = if self == Self::Month { "%B %Y" } else { "%-d %B %Y" };
        start.format(format).to_string()
    }
}

/// Numbers of one bar, or of the whole period.
#[derive(Clone, Debug, Default)]
struct Span {
    label: String,
    events: i64,
    messages: i64,
    orders: i64,
    /// Revenue by currency, summed by Postgres: money is never a float.
    revenue: BTreeMap<String, String>,
}

/// The statistics of a period.
#[derive(Clone, Debug, Template)]
#[template(path = "activity/_statistics.html")]
pub struct Statistics {
    unit: Unit,
    spans: Vec<Span>,
    total: Span,
    /// Number of orders whose revenue is no number.
    unpriced: i64,
    channels: Vec<Channel>,
}

impl HtmlSafe for Statistics {}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Nullable<Integer>)]
    span: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
    #[diesel(sql_type = BigInt)]
    events: i64,
    #[diesel(sql_type = BigInt)]
    messages: i64,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    unpriced: i64,
    #[diesel(sql_type = Nullable<Text>)]
    revenue: Option<String>,
    /// Of an event about messages, whose number is `events`; `None`: these are sums.
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
}

/// Counts a profile's newest events of a period, at most 20,000, in one SQL statement. The bounds of days are computed here, so that they
/// are those of every other page.
pub fn statistics(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    period: &Period,
    now: Now,
) -> QueryResult<Statistics> {
    let unit = Unit::of(period);
    let starts = starts(unit, period, now);
    let borders: Vec<DateTime<Utc>> = starts.iter().map(|day| now.start_of(*day)).collect();
    // Sums by span and currency, then by currency over all spans; then events about messages by name.
    let rows: Vec<Counted> = sql_query(
        "WITH told AS ( \
             SELECT e.occurred_at, d.name, d.is_message, d.revenue IS NOT NULL AS is_order, \
                 CASE WHEN d.revenue IS NOT NULL THEN e.properties -> d.revenue END AS worth, \
                 CASE WHEN d.revenue IS NOT NULL THEN upper(left(e.properties ->> 'currency', 12)) END AS currency \
             FROM events e JOIN event_definitions d ON d.id = e.definition_id \
             WHERE e.environment_id = $1 AND e.profile_id = $2 AND e.occurred_at >= $3 AND e.occurred_at < $4 \
             ORDER BY e.occurred_at DESC, e.id DESC LIMIT $5), \
         priced AS ( \
             SELECT width_bucket(occurred_at, $6) AS span, coalesce(currency, '') AS currency, is_message, is_order, \
                 CASE WHEN jsonb_typeof(worth) IN ('number', 'string') AND (worth #>> '{}') ~ '^-?[0-9]{1,15}([.][0-9]{1,12})?$' \
                     THEN (worth #>> '{}')::numeric END AS amount \
             FROM told), \
         counted AS ( \
             SELECT span, currency, count(*) AS events, count(*) FILTER (WHERE is_message) AS messages, \
                 count(*) FILTER (WHERE is_order) AS orders, count(*) FILTER (WHERE is_order AND amount IS NULL) AS unpriced, \
                 sum(amount) AS revenue \
             FROM priced GROUP BY span, currency) \
         SELECT span, currency, events, messages, orders, unpriced, trim_scale(revenue)::text AS revenue, NULL AS name FROM counted \
         UNION ALL \
         SELECT NULL, currency, sum(events)::bigint, sum(messages)::bigint, sum(orders)::bigint, sum(unpriced)::bigint, \
             trim_scale(sum(revenue))::text, NULL \
         FROM counted GROUP BY currency \
         UNION ALL \
         SELECT NULL, NULL, count(*), 0, 0, 0, NULL, name FROM told WHERE is_message OR name LIKE 'dynamicContent.%' GROUP BY name",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<SqlUuid, _>(profile.0)
    .bind::<Timestamptz, _>(period.from)
    .bind::<Timestamptz, _>(period.until)
    .bind::<BigInt, _>(MOST)
    .bind::<Array<Timestamptz>, _>(&borders)
    .load(conn)?;
    let earlier = Span { label: "Earlier".to_owned(), ..Span::default() };
    let labelled = starts.iter().map(|start| Span { label: unit.label(*start), ..Span::default() });
    let mut spans: Vec<Span> = std::iter::once(earlier).chain(labelled).collect();
    let (named, sums): (Vec<Counted>, Vec<Counted>) = rows.into_iter().partition(|row| row.name.is_some());
    let channels = by_channel(named.into_iter().filter_map(|row| Some((row.name?, row.events))));
    let (mut total, mut unpriced) = (Span::default(), 0);
    for row in sums {
        let Some(place) = row.span else {
            unpriced += row.unpriced;
            total.add(row);
            continue;
        };
        if let Some(span) = usize::try_from(place).ok().and_then(|place| spans.get_mut(place)) {
            span.add(row);
        }
    }
    // Without a start the chart begins with the first event.
    if period.from == DateTime::UNIX_EPOCH {
        let empty = spans[1..].iter().take_while(|span| span.events == 0).count();
        spans.drain(1..=empty.min(spans.len().saturating_sub(2)));
    }
    Ok(Statistics { unit, spans, total, unpriced, channels })
}

/// First days of the spans of a period, in order; of a long period the last [`BARS`].
fn starts(unit: Unit, period: &Period, now: Now) -> Vec<NaiveDate> {
    let last = (period.until - TimeDelta::microseconds(1)).min(now.at);
    let (first, last) = (unit.start(now.day_of(period.from)), unit.start(now.day_of(last)));
    let back = std::iter::successors(Some(last), |start| unit.before(*start));
    let mut starts: Vec<NaiveDate> = back.take_while(|start| *start >= first).take(BARS).collect();
    if starts.is_empty() {
        starts.push(last);
    }
    starts.reverse();
    starts
}

impl Span {
    fn add(&mut self, row: Counted) {
        self.events += row.events;
        self.messages += row.messages;
        self.orders += row.orders;
        if let Some(sum) = row.revenue {
            self.revenue.insert(row.currency.unwrap_or_default(), sum);
        }
    }

    /// Revenue in words: "1,234.50 EUR, 12.00 CHF".
    fn revenue(&self) -> String {
        let one = |(currency, sum): (&String, &String)| format!("{} {currency}", money(sum)).trim_end().to_owned();
        self.revenue.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

struct Chart {
    name: &'static str,
    total: String,
    /// Details of the total; empty if there are none.
    note: String,
    label: String,
    /// The ends of the axes: the greatest number of a bar, the first and the last bar.
    top: String,
    ends: [String; 2],
    width: usize,
    path: String,
}

impl Statistics {
    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.total.events == 0
    }

    fn charts(&self) -> [Chart; 3] {
        [
            self.chart(["event", "events"], String::new(), |span| span.events),
            self.chart(["order", "orders"], self.total.revenue(), |span| span.orders),
            self.chart(["message", "messages"], String::new(), |span| span.messages),
        ]
    }

    fn chart(&self, [one, many]: [&'static str; 2], note: String, number: fn(&Span) -> i64) -> Chart {
        const HEIGHT: i64 = 30;
        let bars = &self.spans[1..];
        let most = bars.iter().max_by_key(|span| number(span)).filter(|span| number(span) > 0);
        let top = most.map_or(1, number);
        let bar = |(place, span): (usize, &Span)| {
            // Rounded up, so that every number above zero has a visible bar.
            let height = (number(span) * HEIGHT + top - 1) / top;
            (height > 0).then(|| format!("M{} {HEIGHT}v-{height}h3v{height}z", place * 4))
        };
        let total = grouped(number(&self.total));
        let peak = most.map(|span| format!(", {} at most, {} {}", grouped(number(span)), self.on(), span.label));
        let (first, last) = (bars.first().map_or("", |it| &it.label), bars.last().map_or("", |it| &it.label));
        // The year is in the table, and in the label for those who hear it.
        let short = |label: &str| match self.unit {
            Unit::Month => label.to_owned(),
            _ => label.rsplit_once(' ').map_or(label, |(day, _)| day).to_owned(),
        };
        let (top_of, ends) = (grouped(most.map_or(0, number)), [short(first), short(last)]);
        Chart {
            name: if number(&self.total) == 1 { one } else { many },
            label: format!(
                "{} by {} from {first} to {last}: {total} in all{}",
                many[..1].to_uppercase() + &many[1..],
                self.unit.name(),
                peak.unwrap_or_default()
            ),
            total,
            note,
            top: top_of,
            ends,
            width: bars.len() * 4,
            path: bars.iter().enumerate().filter_map(bar).collect(),
        }
    }

    fn on(&self) -> &'static str {
        match self.unit {
            Unit::Day => "on",
            Unit::Week => "in the week from",
            Unit::Month => "in",
        }
    }

    /// The spans with events, newest first.
    fn rows(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().rev().filter(|span| span.events > 0)
    }

    fn is_cut(&self) -> bool {
        self.total.events >= MOST
    }
}

/// A sum with at least two decimals: "-1,234.50" for "-1234.5".
fn money(sum: &str) -> String {
    let (sign, sum) = sum.strip_prefix('-').map_or(("", sum), |rest| ("-", rest));
    let (whole, fraction) = sum.split_once('.').unwrap_or((sum, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    format!("{sign}{whole}.{fraction:0<2}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pairs::Pairs;
    use chrono_tz::Tz;

    #[test]
    fn sums_keep_every_digit() {
        assert_eq!(money("33.5"), "33.50");
        assert_eq!(money("-1234567"), "-1,234,567.00");
        assert_eq!(money("0.125"), "0.125");
    }

    #[test]
    fn long_periods_have_longer_spans() {
        let now = Now::new("2026-11-22T03:24:05Z".parse().unwrap(), Tz::UTC);
        let spans = |query: &str| {
            let period = Period::parse(&Pairs::parse(query.as_bytes()), now);
            let unit = Unit::of(&period);
            let starts = starts(unit, &period, now);
            (unit, starts.len(), starts[0].to_string(), starts[starts.len() - 1].to_string())
        };
        let told = |unit, count, first: &str, last: &str| (unit, count, first.to_owned(), last.to_owned());
        assert_eq!(spans(""), told(Unit::Day, 31, "2026-10-23", "2026-11-22"));
        assert_eq!(spans("from=2026-11-20&to=2026-11-20"), told(Unit::Day, 1, "2026-11-20", "2026-11-20"));
        assert_eq!(spans("period=365d"), told(Unit::Week, 53, "2025-11-17", "2026-11-16"));
        assert_eq!(spans("period=all"), told(Unit::Month, 120, "2016-12-01", "2026-11-01"));
        assert_eq!(
            spans("from=2026-11-22&to=2026-11-01").1,
            31,
            "days that make no period are told beside the usual one"
        );
    }
}
