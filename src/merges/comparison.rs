//! Two profiles beside each other, with what a merge would keep of both. What is kept comes from the write path's own rule, so the
//! page cannot promise anything else than what happens.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    identities::{IdentifierRow, Kind},
    ingest::{self, State},
    ledger::{ChangeKind, HIDDEN, Shown, Teller},
};

/// What one side of a comparison is made of.
pub struct Side {
    /// What the write path knows of them.
    pub state: State,
    /// Their identifiers, as many as are shown.
    pub identifiers: Vec<IdentifierRow>,
    /// Whether there are more.
    pub has_more: bool,
    /// How many events they have, counted up to [`MOST_EVENTS`] and one more.
    pub events: i64,
    /// How many notes they have.
    pub notes: i64,
}

/// Events that are counted.
pub const MOST_EVENTS: i64 = 10_000;

/// One field: what each side says, what is kept, and why. Nothing said is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub label: String,
    pub own: String,
    pub theirs: String,
    pub kept: String,
    pub why: &'static str,
    /// The name of the attribute whose values are hidden, for showing one.
    pub hidden: Option<String>,
}

/// Fields of one kind.
pub struct Section {
    pub title: &'static str,
    pub rows: Vec<Row>,
}

/// Why the survivor's value is kept, and why the other's, where both have one.
type Rule = [&'static str; 2];

const OWN_WINS: Rule = ["this profile’s own value wins", "this profile’s own value was removed"];
const STRICTER: Rule = ["the stricter answer wins", "the stricter answer wins"];
const SAME_ANSWER: Rule = ["the same answer in both", "the same answer in both"];
const NEWER: Rule = ["the newer one wins", "the newer one wins"];

impl Row {
    /// None if neither side has anything.
    fn new(label: String, [own, theirs, kept]: [Option<String>; 3], rule: Rule) -> Option<Self> {
        let why = match (&own, &theirs, &kept) {
            (None, None, _) => return None,
            _ if own == theirs => "the same in both",
            (.., None) => "it was removed from this profile",
            (None, ..) => "only the other one has it",
            (_, None, _) => "only this profile has it",
            _ if kept == own => rule[0],
            _ if kept == theirs => rule[1],
            _ => "both are kept",
        };
        let text = Option::unwrap_or_default;
        Some(Self { label, own: text(own), theirs: text(theirs), kept: text(kept), why, hidden: None })
    }

    /// Values of a sensitive attribute: who has one, and nothing else. Whether both are the same is not told either: who may merge may also
    /// make profiles, and would find a value out by trying.
    fn hidden(label: String, name: &str, is_there: [bool; 3]) -> Option<Self> {
        let [own, theirs, kept] = is_there.map(|is_there| is_there.then(|| HIDDEN.to_owned()));
        let why = match is_there {
            [false, false, _] => return None,
            [.., false] => "it was removed from this profile",
            [false, ..] => "only the other one has it",
            [_, false, _] => "only this profile has it",
            [true, true, true] => OWN_WINS[0],
        };
        let text = Option::unwrap_or_default;
        Some(Self { label, own: text(own), theirs: text(theirs), kept: text(kept), why, hidden: Some(name.to_owned()) })
    }

    /// A fact in the words of the teller.
    fn fact(teller: &Teller, kind: ChangeKind, subject: &str, values: [Option<Value>; 3]) -> Option<Self> {
        let label = teller.name(kind, subject);
        if teller.is_hidden(kind, subject) {
            return Self::hidden(label, subject, values.map(|value| value.is_some()));
        }
        let told = values.map(|value| teller.fact(kind, subject, &value?));
        let rule = match (kind, &told) {
            (ChangeKind::Device, _) => NEWER,
            // Where and why it was given may differ.
            (ChangeKind::Subscription | ChangeKind::Consent, [Some(own), Some(theirs), _]) => {
                if own.text() == theirs.text() { SAME_ANSWER } else { STRICTER }
            }
            (ChangeKind::Subscription | ChangeKind::Consent, _) => STRICTER,
            _ => OWN_WINS,
        };
        Self::new(label, told.map(|told| told.map(Shown::into_line)), rule)
    }
}

/// Compares field by field; sections with nothing in them are left out.
pub fn compare(survivor: &Side, other: &Side, teller: &Teller) -> Vec<Section> {
    let merged = ingest::preview(&survivor.state, &other.state);
    let all = [&survivor.state, &other.state, &merged];
    let sections = [
        Section { title: "Who they are", rows: person(all) },
        Section { title: "Identifiers", rows: identifiers(survivor, other) },
        Section { title: "Addresses", rows: addresses(all, teller) },
        Section { title: "Attributes", rows: attributes(all, teller) },
        Section { title: "Devices", rows: devices(all, teller) },
        Section { title: "Subscriptions and consents", rows: answers(all, teller) },
        Section { title: "What happened", rows: history(survivor, other) },
    ];
    sections.into_iter().filter(|section| !section.rows.is_empty()).collect()
}

/// The versions that are compared, for noticing that one changed since.
pub fn versions(survivor: &Side, other: &Side) -> (i64, i64) {
    (survivor.state.version, other.state.version)
}

fn person(all: [&State; 3]) -> Vec<Row> {
    let text = |text: String| Some(text).filter(|text| !text.is_empty());
    let names = all.map(|state| text(state.name.clone()));
    let known = all.map(|state| Some(state.created_at.format("%-d %B %Y").to_string()));
    let tags = all.map(|state| text(state.tags.join(", ")));
    let earlier = ["the earlier one is kept"; 2];
    let rows = [
        Row::new("Name".to_owned(), names, ["made from the names that are kept"; 2]),
        Row::new("Known since".to_owned(), known, earlier),
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
            false if has_id && row.kind == Kind::Id => "as a former ID, which still finds this profile",
            false => "moves to this profile",
        };
        Row { label: row.kind.label().to_owned(), own: mine, theirs, kept: row.value.clone(), why, hidden: None }
    };
    let own = survivor.identifiers.iter().map(|it| row(it, true));
    own.chain(other.identifiers.iter().map(|it| row(it, false))).collect()
}

fn addresses(all: [&State; 3], teller: &Teller) -> Vec<Row> {
    let channels: BTreeSet<_> =
        all.iter().flat_map(|state| state.addresses.rows().map(|(channel, ..)| *channel)).collect();
    let row = |channel| {
        let shown = |state: &State| Some(json!(state.addresses.get(&channel)?.0.as_ref()?.shown));
        Row::fact(teller, ChangeKind::Address, channel.as_str(), all.map(shown))
    };
    channels.into_iter().filter_map(row).collect()
}

fn attributes(all: [&State; 3], teller: &Teller) -> Vec<Row> {
    let names: BTreeSet<&String> = all.iter().flat_map(|state| state.attributes.keys()).collect();
    let row =
        |name: &String| Row::fact(teller, ChangeKind::Attribute, name, all.map(|it| it.attributes.get(name).cloned()));
    let (same, different): (Vec<Row>, Vec<Row>) =
        names.into_iter().filter_map(row).partition(|row| row.hidden.is_none() && row.own == row.theirs);
    different.into_iter().chain(same).collect()
}

fn devices(all: [&State; 3], teller: &Teller) -> Vec<Row> {
    let tokens: BTreeSet<_> = all.iter().flat_map(|state| state.devices.rows().map(|(token, ..)| token)).collect();
    let row = |token| {
        let device = |state: &State| Some(json!(state.devices.get(token)?.0.device.as_ref()?));
        Row::fact(teller, ChangeKind::Device, token.as_str(), all.map(device))
    };
    tokens.into_iter().filter_map(row).collect()
}

fn answers(all: [&State; 3], teller: &Teller) -> Vec<Row> {
    let lines: BTreeSet<_> = all.iter().flat_map(|state| state.subscriptions.rows().map(|(line, ..)| line)).collect();
    let subscriptions = lines.into_iter().filter_map(|line| {
        let said = |state: &State| state.subscriptions.get(line).map(|(said, _)| said.to_json());
        Row::fact(teller, ChangeKind::Subscription, &line.to_string(), all.map(said))
    });
    let purposes: BTreeSet<_> =
        all.iter().flat_map(|state| state.consents.rows().map(|(purpose, ..)| purpose)).collect();
    let consents = purposes.into_iter().filter_map(|purpose| {
        let said = |state: &State| state.consents.get(purpose).map(|(said, _)| json!(said));
        Row::fact(teller, ChangeKind::Consent, purpose.as_str(), all.map(said))
    });
    subscriptions.chain(consents).collect()
}

fn history(survivor: &Side, other: &Side) -> Vec<Row> {
    let count = |count: i64| match count {
        count if count > MOST_EVENTS => format!("more than {MOST_EVENTS}"),
        count => count.to_string(),
    };
    let row = |label: &str, own: i64, theirs: i64| Row {
        label: label.to_owned(),
        own: count(own),
        theirs: count(theirs),
        kept: "All of both".to_owned(),
        why: "nothing is lost",
        hidden: None,
    };
    vec![row("Events", survivor.events, other.events), row("Notes", survivor.notes, other.notes)]
}
