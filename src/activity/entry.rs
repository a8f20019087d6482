//! Shows one entry of the timeline.

use std::collections::BTreeMap;

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::{
    bots,
    entry_id::{EntryId, EntryKind},
    events::EventRow,
    messages::{self, Step},
    timeline::Row,
};
use crate::{
    attributes::{self, AttributeName},
    db::ids::ScreenViewId,
    events,
    ledger::{ChangeGroup, ChangeKind, Teller, cut},
    screen_views,
    segments::MoveRow,
    web::{Icon, Now, Timestamp, pairs::Pairs},
};

/// Longest line of details, in characters, and most details and lines; the raw JSON has all.
const LONGEST_LINE: usize = 1000;
const MOST_LINES: usize = 100;

/// A named detail of an entry.
#[derive(Clone, Debug)]
pub struct Detail {
    name: String,
    lines: Vec<String>,
    /// Where it leads; `None`: nowhere.
    way: Option<String>,
    /// Whether the detail is about the entry and not part of it.
    is_aside: bool,
}

impl Detail {
    pub fn new(name: &str, line: String) -> Self {
        Self { name: name.to_owned(), lines: vec![line], way: None, is_aside: false }
    }

    fn aside(self) -> Self {
        Self { is_aside: true, ..self }
    }

    fn leading(self, way: Option<String>) -> Self {
        Self { way, ..self }
    }
}

/// What all entries of a page are shown with.
pub struct Renderer<'a> {
    /// The present, in the time zone of days and hours.
    pub now: Now,
    /// A second time zone for exact times.
    pub other: Option<Tz>,
    /// The teller that puts changes into words.
    pub teller: &'a Teller,
    /// End of the reader's visit before this one; `None` if there was none.
    pub since: Option<DateTime<Utc>>,
    /// The entry that a link leads to.
    pub asked: Option<EntryId>,
    /// Whether every entry is shown open.
    pub is_open: bool,
    /// Address of the tab.
    pub path: String,
    /// Address of the profile.
    pub base: String,
    /// Address of all segments.
    pub segments: String,
    /// Address of all screen views, and the names of those that events say were shown.
    pub screen_views: (String, BTreeMap<ScreenViewId, String>),
}

/// An entry, ready to be shown.
#[derive(Clone, Debug, Template)]
#[template(path = "activity/_entry.html")]
pub struct Entry {
    id: EntryId,
    at: Timestamp,
    exact: String,
    icon: Icon,
    title: String,
    /// `page` or `screen`; empty for other entries.
    chip: String,
    summary: String,
    source: String,
    details: Vec<Detail>,
    /// Number of changes that are not shown, and the address that shows them.
    more: Option<(i64, String)>,
    doubt: Option<&'static str>,
    /// Whether the entry arrived after the reader's last visit.
    pub is_new: bool,
    is_open: bool,
    is_asked: bool,
    link: String,
    raw: String,
}

impl HtmlSafe for Entry {}

impl Renderer<'_> {
    /// A time with its zone, and in the second zone if there is one.
    fn exact(&self, at: DateTime<Utc>) -> String {
        let here = Timestamp::new(at, self.now).exact();
        match self.other {
            Some(zone) => format!("{here} · {}", Timestamp::new(at, self.now.in_zone(zone)).exact()),
            None => here,
        }
    }

    /// Shows an entry; `steps` are all events about its message if there are several, `after` is the time from its delivery to its opening.
    pub fn entry(&self, row: Row, steps: &[Step], after: Option<TimeDelta>) -> Entry {
        let id = row.entry_id();
        let blank = Entry {
            id,
            at: Timestamp::new(id.at, self.now),
            exact: self.exact(id.at),
            icon: icon(id.kind, false),
            title: String::new(),
            chip: String::new(),
            summary: String::new(),
            source: String::new(),
            details: Vec::new(),
            more: None,
            doubt: None,
            is_new: self.since.is_some_and(|since| {
                row.received_at() > since || steps.iter().any(|step| step.event.received_at > since)
            }),
            is_open: self.is_open || self.asked == Some(id),
            is_asked: self.asked == Some(id),
            link: self.link(&self.path, id),
            raw: self.link(&format!("{}/raw", self.path), id),
        };
        match row {
            Row::Event(row) => self.message(self.event(blank, *row, after), steps),
            Row::Change(group) => self.change(blank, *group),
            Row::Move(row) => self.moved(blank, &row),
        }
    }

    fn link(&self, path: &str, id: EntryId) -> String {
        Pairs::default().with("entry", &id.to_string()).address(path)
    }

    fn event(&self, blank: Entry, row: EventRow, after: Option<TimeDelta>) -> Entry {
        let is_opening = bots::is_opening(&row.name, &row.properties);
        let doubt = if is_opening { bots::suspicion(&row.properties, row.context.as_deref(), after) } else { None };
        let mut details = particulars(&row.properties, &row.look.shown);
        details.extend(particulars(row.context.as_deref().unwrap_or(&Value::Null), &[]).into_iter().map(Detail::aside));
        details.extend(doubt.map(|why| Detail::new("May be a bot", why.to_owned()).aside()));
        if !row.look.display_name.is_empty() {
            details.push(Detail::new("Event", row.name.clone()).aside());
        }
        details.push(Detail::new("Happened", self.exact(row.occurred_at)).aside());
        details.push(Detail::new("Received", self.exact(row.received_at)).aside());
        let shown = self.shown(&row);
        let summary = match &shown {
            Some(shown) if row.look.summary.is_empty() => shown.lines.join(" "),
            _ => summary(&row),
        };
        let details = shown.into_iter().chain(details).collect();
        let icon = events::sign(&row.look.icon).unwrap_or(icon(EntryKind::Event, row.look.is_message));
        Entry {
            icon,
            summary,
            title: title(&row).to_owned(),
            chip: if row.kind == "event" { String::new() } else { row.kind },
            source: row.source,
            details,
            doubt,
            ..blank
        }
    }

    /// The screen view that an event says was shown.
    fn shown(&self, row: &EventRow) -> Option<Detail> {
        let (path, names) = &self.screen_views;
        let id = shown(row)?;
        Some(Detail::new("Screen view", names.get(&id)?.clone()).leading(Some(format!("{path}/{id}"))))
    }

    /// The entry of a message: its furthest status, and the steps to it.
    fn message(&self, entry: Entry, steps: &[Step]) -> Entry {
        let Some((furthest, words)) = messages::told(steps) else { return entry };
        let line = |step: &Step| {
            let doubt = step.doubt.map(|why| format!("may be a bot: {why}")).unwrap_or_default();
            let said = [self.exact(step.event.occurred_at), summary(&step.event), doubt];
            said.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
        };
        let step = |step: &Step| Detail::new(title(&step.event), line(step)).aside();
        let mut details: Vec<Detail> = steps.iter().map(step).collect();
        details.extend(entry.details);
        let said = [entry.summary, words].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
        Entry { title: title(&furthest.event).to_owned(), summary: said, details, ..entry }
    }

    fn change(&self, blank: Entry, group: ChangeGroup) -> Entry {
        let told = self.teller.sentence(&group);
        let detail = |(name, line): (String, String)| Detail::new(&name, line);
        let mut details: Vec<Detail> = told.details.into_iter().map(detail).collect();
        let (rest, row) = (group.rest(), group.first);
        if let Some(reason) = row.reason.filter(|reason| !reason.is_empty()) {
            details.push(Detail::new("Reason", cut(&reason, LONGEST_LINE)).aside());
        }
        if (row.recorded_at - row.as_of).abs() > TimeDelta::seconds(1) {
            details.push(Detail::new("True since", self.exact(row.as_of)).aside());
        }
        details.push(Detail::new("Recorded", self.exact(row.recorded_at)).aside());
        let more = (rest > 0).then(|| {
            let asked = Pairs::default().with("group", &row.group.to_string());
            (rest, asked.address(&format!("{}/history", self.base)))
        });
        Entry { title: told.title, summary: told.summary, source: row.source.name, details, more, ..blank }
    }

    /// The entry of somebody who entered or left a segment; it follows within seconds from what was said.
    fn moved(&self, blank: Entry, row: &MoveRow) -> Entry {
        let segment =
            Detail::new("Segment", row.name.clone()).leading(Some(format!("{}/{}", self.segments, row.segment)));
        let causes = row.causes(&self.base).into_iter();
        let causes = causes.map(|(words, way)| Detail::new("Because of", words).leading(way));
        Entry {
            title: format!("{} {}", row.verb(), row.name),
            summary: row.why(),
            details: std::iter::once(segment).chain(causes).collect(),
            ..blank
        }
    }
}

fn icon(kind: EntryKind, is_message: bool) -> Icon {
    match kind {
        EntryKind::Event if is_message => Icon::Message,
        EntryKind::Event => Icon::Dot,
        EntryKind::Move => Icon::Segment,
        EntryKind::Change(kind) => match kind {
            ChangeKind::Note => Icon::Note,
            ChangeKind::Attribute => Icon::Attribute,
            ChangeKind::Tag | ChangeKind::Segment => Icon::Tag,
            ChangeKind::Subscription | ChangeKind::Consent | ChangeKind::Confirmation | ChangeKind::Restriction => {
                Icon::Subscription
            }
            ChangeKind::Merge => Icon::Merge,
            ChangeKind::Device => Icon::Mobile,
            ChangeKind::Erased => Icon::Remove,
            ChangeKind::Created | ChangeKind::Identifier | ChangeKind::Address | ChangeKind::Other(_) => Icon::Identity,
        },
    }
}

/// The screen view that an event says was shown, by its own id.
pub fn shown(row: &EventRow) -> Option<ScreenViewId> {
    row.properties.get("id").filter(|_| row.name == screen_views::SHOWING)?.as_str()?.parse().ok()
}

/// What people call an event.
fn title(row: &EventRow) -> &str {
    if row.look.display_name.is_empty() { &row.name } else { &row.look.display_name }
}

/// The properties that the definition names, in one line; else the most telling one, prices and pages first.
fn summary(row: &EventRow) -> String {
    const TELLING: [&str; 9] = ["total", "revenue", "path", "url", "campaign", "subject", "name", "product", "coupon"];
    let told = |name: &str| row.properties.get(name).filter(|value| !value.is_object() && !value.is_array());
    if !row.look.summary.is_empty() {
        let said = row.look.summary.iter().filter_map(|name| row.properties.get(name)).map(one_line);
        return cut(&said.collect::<Vec<_>>().join(" · "), 120);
    }
    let Some((name, value)) = TELLING.iter().find_map(|name| Some((*name, told(name)?))) else {
        return String::new();
    };
    let currency = told("currency").and_then(Value::as_str).unwrap_or_default();
    match value.as_f64() {
        Some(amount) if matches!(name, "total" | "revenue") => format!("{amount:.2} {currency}").trim_end().to_owned(),
        _ => cut(&attributes::show(value), 80),
    }
}

/// The properties in `wanted`, or all if it is empty; a list of objects has one line for each.
fn particulars(values: &Value, wanted: &[String]) -> Vec<Detail> {
    let Value::Object(properties) = values else { return Vec::new() };
    let detail = |name: &str, value: &Value| {
        let lines = match value {
            Value::Array(items) if items.iter().any(Value::is_object) => {
                items.iter().take(MOST_LINES).map(one_line).collect()
            }
            other => vec![one_line(other)],
        };
        Detail { name: AttributeName::humanise(name), lines, way: None, is_aside: false }
    };
    if wanted.is_empty() {
        return properties.iter().take(MOST_LINES).map(|(name, value)| detail(name, value)).collect();
    }
    wanted.iter().filter_map(|name| Some(detail(name, properties.get(name)?))).collect()
}

fn one_line(value: &Value) -> String {
    let Value::Object(fields) = value else { return cut(&attributes::show(value), LONGEST_LINE) };
    let field = |(name, value): (&String, &Value)| format!("{} {}", name.replace('_', " "), attributes::show(value));
    cut(&fields.iter().map(field).collect::<Vec<_>>().join(" · "), LONGEST_LINE)
}
