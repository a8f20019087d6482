//! The History tab.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;
use uuid::Uuid;

use crate::{
    console::Request,
    db::{
        gather,
        ids::{ProfileId, ProfileKey},
        keyset::{Cursor, Page, Seek},
    },
    error::AppError,
    ingest,
    ledger::{
        Actor, ChangeKind, ChangeRow, Filter, SourceRow, Teller,
        read::{self, OwnSources},
    },
    merges::{self, MergedFrom, store::FirstParts},
    profile_page::{self, Tab, View},
    segments::{self, MoveRow},
    web::{
        Answer, Query, Timestamp, page,
        pager::{self, Pager},
        pairs::Pairs,
    },
};

/// From which difference between the times of truth and of writing both are shown.
const WORTH_SAYING: TimeDelta = TimeDelta::minutes(1);

/// Time within which moves in and out of segments follow from a change, at most; it is seconds, but where kith was stopped.
const FOLLOWED_WITHIN: TimeDelta = TimeDelta::days(1);
/// Moves that are looked through for those that follow from the changes on a page.
const MOST_MOVES: usize = 500;

/// One change on the tab.
struct Entry {
    row: ChangeRow,
    label: String,
    before: Option<String>,
    after: Option<String>,
    /// What was said and not taken.
    refused: Option<String>,
    when: Timestamp,
    /// Time since when the change is true; `None`: about the time of writing.
    since: Option<Timestamp>,
    /// Address of the list of all changes of the same subject.
    same: Option<String>,
    /// Link to undo the change or, for notes, to their texts.
    way_back: Option<WayBack>,
    /// Segments that were entered and left because of it: "Entered High value".
    moves: Vec<String>,
    /// Name of the change's group, and the address of its changes.
    together: Option<(&'static str, String)>,
}

struct WayBack {
    address: String,
    words: &'static str,
}

#[derive(Template)]
#[template(path = "history/index.html")]
struct HistoryPage {
    at: View,
    query: Query,
    filter: Filter,
    /// Label of the subject that the filter asks for.
    subject: String,
    /// Name of the group that the filter asks for.
    unit: &'static str,
    sources: BTreeMap<Actor, Vec<SourceRow>>,
    parts: Vec<(ProfileId, String)>,
    entries: Vec<Entry>,
    pager: Pager,
}

impl HistoryPage {
    /// Address of the list without one part of the filter.
    fn without(&self, name: &str) -> String {
        pager::from_start(&self.query).without(&[name]).address(&self.at.path())
    }

    fn is_kind(&self, kind: &ChangeKind) -> bool {
        self.filter.kind == Some(*kind)
    }

    fn is_actor(&self, actor: &Actor) -> bool {
        self.filter.actor == Some(*actor)
    }

    fn is_chosen(&self, source: &SourceRow) -> bool {
        self.filter.source == Some(source.id)
    }

    /// Address of the history of a merged profile, or of the profile's own.
    fn of_part(&self, part: Option<&ProfileId>) -> String {
        let part = part.map(ToString::to_string).unwrap_or_default();
        Pairs::default().with("part", &part).address(&self.at.path())
    }

    fn is_part(&self, part: &ProfileId) -> bool {
        self.filter.part == Some(*part)
    }

    /// Address of the timeline with all that they entered and left.
    fn moves(&self) -> String {
        let asked = Pairs::default().with("kind", "segments").with("period", "all");
        asked.address(&self.at.frame.path(&Tab::Activity))
    }

    /// Address of the list without a filter.
    fn everything(&self) -> String {
        self.of_part(self.filter.part.as_ref())
    }

    /// Address for undoing all changes of the group; `None` if they cannot be undone here.
    fn undo_group(&self) -> Option<String> {
        let is_own = self.filter.part.is_none() && !self.entries.is_empty();
        let group = self.filter.group.filter(|_| is_own && self.at.shell.scope.role.can_edit())?;
        Some(format!("{}/groups/{group}/undo", self.at.path()))
    }
}

struct Loaded {
    /// Profiles that were merged into this one.
    parts: Vec<ProfileId>,
    /// The part of the list's address that is no filter.
    asked: Pairs,
    rows: Page<ChangeRow>,
    sources: Vec<SourceRow>,
    teller: Teller,
    moves: Vec<MoveRow>,
    sizes: HashMap<Uuid, i64>,
    merged: Vec<MergedFrom>,
}

/// What is read with the header: merged profiles, and the sources of the profile's own changes.
type Own = (FirstParts, OwnSources);

fn load(
    conn: &mut PgConnection,
    view: &View,
    (FirstParts(parts), sources): Own,
    filter: &Filter,
    way: Seek<Cursor>,
) -> Result<Loaded, AppError> {
    let own = view.key();
    let (at, OwnSources(sources)) = match filter.part {
        Some(part) if merges::store::is_part_of(conn, own, part)? => {
            let at = ProfileKey { profile: part, ..own };
            let (sources,) = gather(conn, at)?.ok_or(AppError::NotFound)?;
            (at, sources)
        }
        Some(_) => return Err(AppError::NotFound),
        None => (own, sources),
    };
    let rows = read::page(conn, at, filter, way)?;
    let mut times: Vec<DateTime<Utc>> = rows.rows.iter().map(|row| row.recorded_at).collect();
    times.dedup();
    let moves = match (times.first(), times.last()) {
        (Some(newest), Some(oldest)) => {
            let span = *oldest..*newest + FOLLOWED_WITHIN;
            segments::moves_of_profile(conn, at, span, (Seek::Start, MOST_MOVES))?
        }
        _ => Vec::new(),
    };
    let has_merge = rows.rows.iter().any(|row| row.kind == ChangeKind::Merge);
    Ok(Loaded {
        asked: Pairs::default().with("part", &filter.part.map(|part| part.to_string()).unwrap_or_default()),
        sources,
        teller: Teller::load(conn, at.environment, rows.rows.iter(), &parts)?,
        moves,
        sizes: read::group_sizes(conn, at, &times)?,
        merged: if has_merge { merges::merged_from(conn, at, view.now.at)? } else { Vec::new() },
        parts,
        rows,
    })
}

impl Loaded {
    fn entry(&self, row: &ChangeRow, at: &View) -> Entry {
        let (tab, now) = (at.path(), at.now);
        let together = self.sizes.get(&row.group).is_some_and(|size| *size > 1);
        // A device's token must not stand in an address; the other kinds have one subject only.
        let is_plain =
            !matches!(row.kind, ChangeKind::Device | ChangeKind::Created | ChangeKind::Erased | ChangeKind::Merge);
        let list = |name: &str, value: &str| self.asked.with(name, value);
        let asked = list("kind", row.kind.as_str()).with("subject", &row.subject);
        Entry {
            label: self.teller.label(row),
            before: self.teller.value(row, row.before.as_ref()),
            after: self.teller.value(row, row.after.as_ref()),
            refused: self.teller.refused(row),
            when: Timestamp::new(row.recorded_at, now),
            since: ((row.recorded_at - row.as_of).abs() > WORTH_SAYING).then(|| Timestamp::new(row.as_of, now)),
            same: is_plain.then(|| asked.address(&tab)),
            way_back: self.way_back(row, at),
            moves: self
                .moves
                .iter()
                .filter(|moved| moved.follows(row.group, row.kind, &row.subject))
                .map(|moved| format!("{} {}", moved.verb(), moved.name))
                .collect(),
            together: together.then(|| (row.source.actor.unit(), list("group", &row.group.to_string()).address(&tab))),
            row: row.clone(),
        }
    }

    fn way_back(&self, row: &ChangeRow, at: &View) -> Option<WayBack> {
        let (role, tab) = (at.shell.scope.role, at.path());
        if row.profile != at.frame.id || row.refused.is_some() {
            return None;
        }
        let undo = || format!("{tab}/{}/undo", row.change_id());
        let profile = at.frame.path(&Tab::Info);
        let (address, words) = match row.kind {
            ChangeKind::Created | ChangeKind::Erased => return None,
            ChangeKind::Merge => {
                let merge = self.merged.iter().find(|merge| merge.profile.to_string() == row.subject)?;
                let is_the_one = role.can_merge() && row.after.is_some() && row.recorded_at >= merge.at;
                is_the_one.then(|| (format!("{profile}/merges/{}/undo", merge.id), "Undo"))?
            }
            ChangeKind::Note if super::inverse::inverse(ingest::REGISTERS, row).is_err() => {
                let notes = at.frame.path(&Tab::Notes);
                let is_gone = row.after.as_ref().is_some_and(|facts| facts.get("deleted") == Some(&true.into()));
                (!is_gone).then(|| (format!("{notes}/{}/history", row.subject), "Versions"))?
            }
            kind if role.can_edit() && (role.can_change_subscriptions() || !kind.is_an_answer()) => (undo(), "Undo"),
            _ => return None,
        };
        Some(WayBack { address, words })
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, now) = (&request.query, request.now);
    let (filter, way) = (Filter::parse(query, now), pager::way::<Cursor>(query));
    let (at, own) = profile_page::open_with::<Own>(request, conn, Tab::History)?;
    let loaded = load(conn, &at, own, &filter, way)?;
    let entries: Vec<Entry> = loaded.rows.rows.iter().map(|row| loaded.entry(row, &at)).collect();
    let pager = Pager::new(&loaded.rows, &at.path(), query, ChangeRow::place, ["Newer", "Older"]);
    let mut sources: BTreeMap<Actor, Vec<SourceRow>> = BTreeMap::new();
    for source in loaded.sources {
        sources.entry(source.actor).or_default().push(source);
    }
    let first = entries.first();
    let subject = first.map_or_else(|| filter.subject.clone().unwrap_or_default(), |entry| entry.label.clone());
    let unit = first.map_or("call", |entry| entry.row.source.actor.unit());
    let parts = loaded.parts.iter().map(|part| (*part, loaded.teller.person(*part))).collect();
    let query = query.clone();
    Ok(page(&HistoryPage { at, query, filter, subject, unit, sources, parts, entries, pager }))
}
