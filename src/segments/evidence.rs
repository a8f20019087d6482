//! Why somebody is in a segment, in words: each condition with their own value, by whom and when it was said.

use std::collections::{BTreeSet, HashMap};

use askama::{Template, filters::HtmlSafe};
use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use super::{
    Choices,
    segment::{Segment, SegmentKind},
};
use crate::{
    attributes::{self, Attributes},
    console::Request,
    db::ids::SourceId,
    filter::{Aspect, Condition, Filter, Happened, Trace, Traced},
    identities::Addresses,
    ingest::State,
    ledger::{ChangeKind, Stamp, Teller, source_names},
    profile_page::View,
    registers::{Facts, Register, Registers},
    subscriptions::{ALL, Medium, Subscriptions},
    tags::Tags,
    web::{Timestamp, words::counted},
};

/// A part of a definition, as it is for one person.
#[derive(Clone, Debug, Template)]
#[template(path = "segments/_step.html")]
pub enum Step {
    /// All, any or none of these.
    Group {
        join: &'static str,
        is_met: bool,
        kind: Join,
        parts: Vec<Self>,
    },
    One(Line),
}

impl HtmlSafe for Step {}

/// How the parts of a group are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    All,
    Any,
    Not,
}

/// A condition, as it is for one person.
#[derive(Clone, Debug)]
pub struct Line {
    pub words: String,
    pub is_met: bool,
    /// Their own values, each with who said it and when.
    pub known: Vec<(String, Option<(String, Timestamp)>)>,
}

impl Step {
    /// Whether it is true of the person.
    pub fn is_met(&self) -> bool {
        match self {
            Self::Group { is_met, .. } => *is_met,
            Self::One(line) => line.is_met,
        }
    }

    /// What would have to change so that it becomes true, or untrue.
    pub fn needed(&self, wanted: bool) -> Vec<String> {
        match self {
            step if step.is_met() == wanted => Vec::new(),
            Self::One(line) if wanted => vec![line.words.clone()],
            Self::One(line) => vec![format!("No longer: {}", line.words)],
            Self::Group { kind: Join::Not, parts, .. } => parts.iter().flat_map(|part| part.needed(!wanted)).collect(),
            // Everything that is missing, or one of what could be.
            Self::Group { kind, parts, .. } if (*kind == Join::All) == wanted => {
                parts.iter().flat_map(|part| part.needed(wanted)).collect()
            }
            Self::Group { parts, .. } => {
                let ways: Vec<String> =
                    parts.iter().map(|part| part.needed(wanted).join(" and ")).filter(|way| !way.is_empty()).collect();
                if ways.len() > 1 { vec![format!("One of these: {}", ways.join("; or "))] } else { ways }
            }
        }
    }

    /// Whether somebody was chosen for a segment.
    pub fn chosen(
        conn: &mut PgConnection,
        request: &Request,
        facts: &Facts,
        segment: &Segment,
        at: &View,
    ) -> QueryResult<Self> {
        let said = said::<Choices>(facts, &segment.id.to_string());
        let is_met = said.as_ref().is_some_and(|(value, _)| *value == Some(Value::Bool(true)));
        let is_kept = segment.kind == SegmentKind::Kept;
        let words = match (is_kept, is_met) {
            (false, true) => "chosen",
            (false, false) => "not chosen, or taken out",
            (true, true) => "put in",
            (true, false) => "not put in, or taken out",
        };
        let stamps: Vec<Stamp> = said.iter().map(|(_, stamp)| *stamp).collect();
        let sources = Sources::load(conn, request, &stamps)?;
        let known = said.map(|(_, stamp)| (words.to_owned(), sources.told(stamp, at))).into_iter().collect();
        let words = if is_kept { "Put in by the system that keeps it" } else { "Chosen for the segment" };
        Ok(Self::One(Line { words: words.to_owned(), is_met, known }))
    }
}

/// The value and the stamp of a key, as the ledger has them.
fn said<R: Register>(facts: &Facts, subject: &str) -> Option<(Option<Value>, Stamp)> {
    let (value, stamp) = facts.of::<R>()?.get(&R::key(subject)?)?;
    Some((R::shown(value), *stamp))
}

struct Sources(HashMap<SourceId, String>);

impl Sources {
    fn load(conn: &mut PgConnection, request: &Request, stamps: &[Stamp]) -> QueryResult<Self> {
        let ids = stamps.iter().map(|stamp| stamp.source).collect();
        Ok(Self(source_names(&request.state.db, conn, &ids, request.now.at)?))
    }

    fn told(&self, stamp: Stamp, at: &View) -> Option<(String, Timestamp)> {
        let name = self.0.get(&stamp.source).cloned().unwrap_or_else(|| "a source that is gone".to_owned());
        Some((name, at.moment(&stamp.time())))
    }
}

/// Registers of which reasons tell.
pub const TOLD: Registers = Registers(&[&Attributes, &Tags, &Addresses, &Subscriptions, &Choices]);

/// What is needed to put a trace into words.
pub struct WhyNot<'a> {
    pub request: &'a Request,
    pub at: &'a View,
    pub state: &'a State,
}

impl WhyNot<'_> {
    /// Traces in words: two SQL statements for all of them, one more where sources are not remembered.
    pub fn explain(&self, conn: &mut PgConnection, traces: &[Trace]) -> QueryResult<Vec<Step>> {
        let environment = self.request.scope().environment;
        let mut names = BTreeSet::new();
        traces.iter().for_each(|trace| attributes_of(trace, &mut names));
        let asked: Vec<&str> = names.iter().map(String::as_str).collect();
        let teller = Teller::new(attributes::definitions(conn, environment, &asked)?);
        let mut known = Vec::new();
        traces.iter().for_each(|trace| self.collect(trace, &teller, &mut known));
        let stamps: Vec<Stamp> = known.iter().flatten().filter_map(|(_, stamp)| *stamp).collect();
        let sources = Sources::load(conn, self.request, &stamps)?;
        let mut known = known.into_iter();
        Ok(traces.iter().map(|trace| self.step(trace, &teller, &sources, &mut known)).collect())
    }

    fn collect(&self, trace: &Trace, teller: &Teller, known: &mut Vec<Vec<(String, Option<Stamp>)>>) {
        match trace {
            Trace::All(parts) | Trace::Any(parts) => parts.iter().for_each(|part| self.collect(part, teller, known)),
            Trace::Not(inside) => self.collect(inside, teller, known),
            Trace::Is(traced) => known.push(self.known(traced, teller)),
        }
    }

    fn step(
        &self,
        trace: &Trace,
        teller: &Teller,
        sources: &Sources,
        known: &mut impl Iterator<Item = Vec<(String, Option<Stamp>)>>,
    ) -> Step {
        let is_met = trace.is_met();
        let mut all = |parts: &[Trace]| parts.iter().map(|part| self.step(part, teller, sources, known)).collect();
        match trace {
            Trace::All(parts) => Step::Group { join: "All of these", is_met, kind: Join::All, parts: all(parts) },
            Trace::Any(parts) => Step::Group { join: "Any of these", is_met, kind: Join::Any, parts: all(parts) },
            Trace::Not(inside) => {
                let parts = all(std::slice::from_ref(inside));
                Step::Group { join: "Not this", is_met, kind: Join::Not, parts }
            }
            Trace::Is(traced) => {
                let label = |name: &str| teller.name(ChangeKind::Attribute, name);
                let told = |(value, stamp): (String, Option<Stamp>)| {
                    (value, stamp.and_then(|stamp| sources.told(stamp, self.at)))
                };
                Step::One(Line {
                    words: Filter::Is(traced.condition.clone()).words(&label),
                    is_met,
                    known: known.next().unwrap_or_default().into_iter().map(told).collect(),
                })
            }
        }
    }

    /// Their own values of what a condition reads.
    fn known(&self, traced: &Traced, teller: &Teller) -> Vec<(String, Option<Stamp>)> {
        if let Some(happened) = &traced.events {
            return vec![(told(happened), None)];
        }
        let (facts, frame) = (&self.state.facts, &self.at.frame);
        match &traced.condition {
            Condition::Answer { channel, topic, .. } => {
                let channel = channel.map_or(ALL, Medium::as_str);
                let subject = topic.as_ref().map_or_else(|| channel.to_owned(), |topic| format!("{channel}/{topic}"));
                return vec![self.fact::<Subscriptions>(teller, ChangeKind::Subscription, &subject, "said nothing")];
            }
            Condition::Created(_) => return vec![(at_time(&self.at.moment(&frame.created_at)), None)],
            Condition::Source(_) => return vec![(frame.source.clone(), None)],
            Condition::Can(_) => return Vec::new(),
            _ => {}
        }
        let mut known = Vec::new();
        for part in &traced.reads {
            match part {
                Aspect::Attribute(name) => {
                    known.push(self.fact::<Attributes>(teller, ChangeKind::Attribute, name, "no value"));
                }
                Aspect::Tag(tag) => {
                    let said = said::<Tags>(facts, tag);
                    let is_on = said.as_ref().is_some_and(|(value, _)| *value == Some(Value::Bool(true)));
                    let words =
                        if is_on { format!("has the tag {tag}") } else { format!("does not have the tag {tag}") };
                    known.push((words, said.map(|(_, stamp)| stamp)));
                }
                Aspect::AnyTag => {
                    let on: Vec<&str> = Tags::on(facts).collect();
                    known.push((if on.is_empty() { "no tags".to_owned() } else { on.join(", ") }, None));
                }
                Aspect::Addresses => known.extend(facts.rows::<Addresses>().filter_map(|(channel, address, stamp)| {
                    Some((format!("{}: {}", channel.label(), address.as_ref()?.shown), Some(stamp)))
                })),
                Aspect::Seen => {
                    let seen = frame.last_seen.as_ref().map_or_else(|| "never seen".to_owned(), at_time);
                    known.push((seen, None));
                }
                Aspect::Search | Aspect::Identifiers => known.push((frame.identifier.clone(), None)),
                _ => {}
            }
        }
        known
    }

    fn fact<R: Register>(
        &self,
        teller: &Teller,
        kind: ChangeKind,
        subject: &str,
        none: &str,
    ) -> (String, Option<Stamp>) {
        let said = said::<R>(&self.state.facts, subject);
        let shown = said.as_ref().and_then(|(value, _)| teller.fact(kind, subject, value.as_ref()?));
        (shown.map_or_else(|| none.to_owned(), |shown| shown.into_short()), said.map(|(_, stamp)| stamp))
    }
}

fn at_time(time: &Timestamp) -> String {
    time.to_string()
}

fn attributes_of(trace: &Trace, names: &mut BTreeSet<String>) {
    match trace {
        Trace::All(parts) | Trace::Any(parts) => parts.iter().for_each(|part| attributes_of(part, names)),
        Trace::Not(inside) => attributes_of(inside, names),
        Trace::Is(traced) => names.extend(
            traced.reads.iter().filter_map(
                |part| {
                    if let Aspect::Attribute(name) = part { Some(name.clone()) } else { None }
                },
            ),
        ),
    }
}

/// How often it happened, and what is asked of it.
fn told(Happened { count, last, figure }: &Happened) -> String {
    let times = match count {
        0 => "never in that time".to_owned(),
        _ => counted(*count, "time", "times"),
    };
    let last = last.map(|last| format!(", last on {}", last.format("%-d %B %Y"))).unwrap_or_default();
    let figure = figure.as_ref().map(|figure| format!(": {}", attributes::show(figure))).unwrap_or_default();
    format!("{times}{last}{figure}")
}
