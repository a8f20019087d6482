//! Compares two profiles, with what a merge would keep of both. What is kept comes from the write path's own rule, so the page cannot
//! promise anything else than what a merge does.

use serde_json::Value;

use crate::{
    attributes::Attributes,
    identities::{Addresses, IdentifierRow, Kind},
    ingest::{self, REGISTERS, State},
    ledger::{ChangeKind, HIDDEN, Shown, Teller},
    registers::{Keeps, OWN_WINS, Register, STRICTER},
    tags::Tags,
    web::words::grouped,
};

/// One profile of a comparison.
pub struct Side {
    /// State of the profile, as the write path loads it.
    pub state: State,
    /// Identifiers on the page.
    pub identifiers: Vec<IdentifierRow>,
    /// Whether the profile has more identifiers.
    pub has_more: bool,
    /// Number of events, counted up to [`MOST_EVENTS`] and one more.
    pub events: i64,
    pub notes: i64,
}

/// Up to how many events of a profile are counted exactly.
pub const MOST_EVENTS: i64 = 10_000;

/// One field of a comparison: the value of each side, the kept value, and why it is kept. Empty text: no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub label: String,
    pub own: String,
    pub theirs: String,
    pub kept: String,
    pub why: &'static str,
    /// Name of the sensitive attribute whose values the row hides, for showing one.
    pub hidden: Option<String>,
}

/// Fields of one sort.
pub struct Section {
    pub title: &'static str,
    pub rows: Vec<Row>,
}

const SAME_ANSWER: Keeps = ["the same answer in both"; 2];

impl Row {
    /// A row of these values; `None` if neither side has one.
    fn new(label: String, [own, theirs, kept]: [Option<String>; 3], rule: Keeps) -> Option<Self> {
        let why = match (&own, &theirs, &kept) {
            (None, None, _) => return None,
            _ if own == theirs => "the same in both",
            (.., None) => "removed from this profile",
            (None, ..) => "only on the other profile",
            (_, None, _) => "only on this profile",
            _ if kept == own => rule[0],
            _ if kept == theirs => rule[1],
            _ => "both are kept",
        };
        let text = Option::unwrap_or_default;
        Some(Self { label, own: text(own), theirs: text(theirs), kept: text(kept), why, hidden: None })
    }

    /// A row of a sensitive attribute: says only which side has a value, and not whether both are equal. Operators who may merge may also
    /// make profiles, and would find out a value by trying.
    fn hidden(label: String, name: &str, is_there: [bool; 3]) -> Option<Self> {
        let [own, theirs, kept] = is_there.map(|is_there| is_there.then(|| HIDDEN.to_owned()));
        let why = match is_there {
            [false, false, _] => return None,
            [.., false] => "removed from this profile",
            [false, ..] => "only on the other profile",
            [_, false, _] => "only on this profile",
            [true, true, true] => OWN_WINS[0],
        };
        let text = Option::unwrap_or_default;
        Some(Self { label, own: text(own), theirs: text(theirs), kept: text(kept), why, hidden: Some(name.to_owned()) })
    }

    /// A row of a fact, in the teller's words.
    fn fact(teller: &Teller, kind: ChangeKind, subject: &str, values: [Option<Value>; 3], rule: Keeps) -> Option<Self> {
        let label = teller.name(kind, subject);
        if teller.is_hidden(kind, subject) {
            return Self::hidden(label, subject, values.map(|value| value.is_some()));
        }
        let told = values.map(|value| teller.fact(kind, subject, &value?));
        let rule = match &told {
            // Location and document of equal answers may differ.
            [Some(own), Some(theirs), _] if rule == STRICTER && own.text() == theirs.text() => SAME_ANSWER,
            _ => rule,
        };
        Self::new(label, told.map(|told| told.map(Shown::into_line)), rule)
    }
}

/// Compares two profiles field by field; sections without rows are left out.
pub fn compare(survivor: &Side, other: &Side, teller: &Teller) -> Vec<Section> {
    let merged = ingest::preview(REGISTERS, &survivor.state, &other.state);
    let all = [&survivor.state, &other.state, &merged];
    let mut sections = vec![
        Section { title: "Identity", rows: person(all) },
        Section { title: "Identifiers", rows: identifiers(survivor, other) },
    ];
    let mut facts = facts(all, teller);
    // Addresses come first: they are few, and looked for before everything else.
    facts.sort_by_key(|section| section.title != Addresses::SECTION);
    sections.extend(facts);
    sections.push(Section { title: "Activity", rows: history(survivor, other) });
    sections.retain(|section| !section.rows.is_empty());
    sections
}

/// The compared versions, by which a change since is noticed.
pub fn versions(survivor: &Side, other: &Side) -> (i64, i64) {
    (survivor.state.version, other.state.version)
}

fn person(all: [&State; 3]) -> Vec<Row> {
    let text = |text: String| Some(text).filter(|text| !text.is_empty());
    let names = all.map(|state| text(state.name.clone()));
    let known = all.map(|state| Some(state.created_at.format("%-d %B %Y").to_string()));
    let tags = all.map(|state| text(Tags::on(&state.facts).collect::<Vec<_>>().join(", ")));
    let earlier = ["the earlier date is kept"; 2];
    let rows = [
        Row::new("Name".to_owned(), names, ["made from the names that are kept"; 2]),
        Row::new("Created".to_owned(), known, earlier),
        Row::new("Tags".to_owned(), tags, ["all tags are kept"; 2]),
    ];
    rows.into_iter().flatten().collect()
}

fn identifiers(survivor: &Side, other: &Side) -> Vec<Row> {
    let is_current = |row: &IdentifierRow| row.kind == Kind::Id && row.retired_at.is_none();
    let has_id = survivor.identifiers.iter().any(is_current);
    let row = |row: &IdentifierRow, is_own: bool| {
        let mine = if is_own { row.value.clone() } else { String::new() };
        let theirs = if is_own { String::new() } else { row.value.clone() };
        let why = match is_own {
            true => "stays",
            false if has_id && row.kind == Kind::Id => "kept as a former ID that still finds this profile",
            false => "moves to this profile",
        };
        Row { label: row.kind.label(), own: mine, theirs, kept: row.value.clone(), why, hidden: None }
    };
    let own = survivor.identifiers.iter().map(|it| row(it, true));
    own.chain(other.identifiers.iter().map(|it| row(it, false))).collect()
}

/// One section for each heading of registers; tags are a row of [`person`].
fn facts(all: [&State; 3], teller: &Teller) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for register in REGISTERS.iter().filter(|register| register.kind() != Tags::KIND) {
        let subjects = register.subjects(&all.map(|state| &state.facts));
        let shown = |subject: &str| all.map(|state| register.shown(&state.facts, subject));
        let row = |subject: &String| Row::fact(teller, register.kind(), subject, shown(subject), register.rule());
        let mut rows: Vec<Row> = subjects.iter().filter_map(row).collect();
        if register.kind() == Attributes::KIND {
            // Attributes are many: those that differ come first.
            rows.sort_by_key(|row| row.hidden.is_none() && row.own == row.theirs);
        }
        match sections.last_mut().filter(|section| section.title == register.section()) {
            Some(section) => section.rows.extend(rows),
            None => sections.push(Section { title: register.section(), rows }),
        }
    }
    sections
}

fn history(survivor: &Side, other: &Side) -> Vec<Row> {
    let count = |count: i64| match count {
        count if count > MOST_EVENTS => format!("more than {}", grouped(MOST_EVENTS)),
        count => grouped(count),
    };
    let row = |label: &str, own: i64, theirs: i64| Row {
        label: label.to_owned(),
        own: count(own),
        theirs: count(theirs),
        kept: "All".to_owned(),
        why: "nothing is lost",
        hidden: None,
    };
    vec![row("Events", survivor.events, other.events), row("Notes", survivor.notes, other.notes)]
}
