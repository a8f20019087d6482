//! The History tab.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;
use uuid::Uuid;

use crate::{
    console::Request,
    db::{
        ids::{ProfileId, ProfileKey},
        keyset::{Cursor, Page, Seek},
    },
    error::AppError,
    ingest,
    ledger::{Actor, ChangeKind, ChangeRow, Filter, SourceRow, Teller, read},
    merges::{self, MergedFrom},
    profile_page::{self, Tab, View},
    web::{
        Answer, Query, Timestamp, page,
        pager::{self, Pager},
        pairs::Pairs,
    },
};

/// How much earlier something was true than written before that is worth a word.
const WORTH_SAYING: TimeDelta = TimeDelta::minutes(1);

/// One change, as the tab shows it.
struct Entry {
    row: ChangeRow,
    label: String,
    before: Option<String>,
    after: Option<String>,
    when: Timestamp,
    /// Since when it was true, where that is another time.
    since: Option<Timestamp>,
    /// Where all of it that is about the same is listed.
    same: Option<String>,
    /// Where it is undone or, for notes, looked up.
    way_back: Option<WayBack>,
    /// What it was done together with, and where that is listed.
    together: Option<(&'static str, String)>,
}

/// A link.
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
    /// What the subject is called, if one is asked for.
    subject: String,
    /// What sort of thing the group is, if one is asked for.
    unit: &'static str,
    sources: BTreeMap<Actor, Vec<SourceRow>>,
    parts: Vec<(ProfileId, String)>,
    entries: Vec<Entry>,
    pager: Pager,
}

impl HistoryPage {
    /// The same question without some of it.
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

    /// The history of somebody who became part of the profile, or its own.
    fn of_part(&self, part: Option<&ProfileId>) -> String {
        let part = part.map(ToString::to_string).unwrap_or_default();
        Pairs::default().with("part", &part).address(&self.at.path())
    }

    fn is_part(&self, part: &ProfileId) -> bool {
        self.filter.part == Some(*part)
    }

    /// Where everything of the list is shown.
    fn everything(&self) -> String {
        self.of_part(self.filter.part.as_ref())
    }

    /// Where all changes of the group are undone.
    fn undo_group(&self) -> Option<String> {
        let is_own = self.filter.part.is_none() && !self.entries.is_empty();
        let group = self.filter.group.filter(|_| is_own && self.at.shell.scope.role.can_edit())?;
        Some(format!("{}/groups/{group}/undo", self.at.path()))
    }
}

/// Parts of a profile that are named, and the link to the history that each had.
const PARTS: i64 = 20;

struct Loaded {
    /// Those who became part of the profile.
    parts: Vec<ProfileId>,
    /// Of the address of the list that is shown, what does not narrow it.
    asked: Pairs,
    rows: Page<ChangeRow>,
    sources: Vec<SourceRow>,
    teller: Teller,
    sizes: HashMap<Uuid, i64>,
    merged: Vec<MergedFrom>,
}

fn load(conn: &mut PgConnection, view: &View, (filter, way): (&Filter, Seek<Cursor>)) -> Result<Loaded, AppError> {
    let own = view.key();
    let at = match filter.part {
        Some(part) if merges::store::is_part_of(conn, own, part)? => ProfileKey { profile: part, ..own },
        Some(_) => return Err(AppError::NotFound),
        None => own,
    };
    let rows = read::page(conn, at, filter, way)?;
    let mut times: Vec<DateTime<Utc>> = rows.rows.iter().map(|row| row.recorded_at).collect();
    times.dedup();
    let has_merge = rows.rows.iter().any(|row| row.kind == ChangeKind::Merge);
    let parts = merges::store::parts_of(conn, own, PARTS)?;
    let teller = Teller::load(conn, at.environment, rows.rows.iter(), &parts)?;
    Ok(Loaded {
        parts,
        asked: Pairs::default().with("part", &filter.part.map(|part| part.to_string()).unwrap_or_default()),
        sources: read::sources_of(conn, at)?,
        teller,
        sizes: read::group_sizes(conn, at, &times)?,
        merged: if has_merge { merges::merged_from(conn, at, view.now.at)? } else { Vec::new() },
        rows,
    })
}

impl Loaded {
    fn entry(&self, row: &ChangeRow, at: &View) -> Entry {
        let (tab, now) = (at.path(), at.now);
        let together = self.sizes.get(&row.group).is_some_and(|size| *size > 1);
        // A device's token is nothing for an address, and the rest are one of a kind.
        let is_plain =
            !matches!(row.kind, ChangeKind::Device | ChangeKind::Created | ChangeKind::Erased | ChangeKind::Merge);
        let list = |name: &str, value: &str| self.asked.with(name, value);
        let asked = list("kind", row.kind.as_str()).with("subject", &row.subject);
        Entry {
            label: self.teller.label(row),
            before: self.teller.value(row, row.before.as_ref()),
            after: self.teller.value(row, row.after.as_ref()),
            when: Timestamp::new(row.recorded_at, now),
            since: ((row.recorded_at - row.as_of).abs() > WORTH_SAYING).then(|| Timestamp::new(row.as_of, now)),
            same: is_plain.then(|| asked.address(&tab)),
            way_back: self.way_back(row, at),
            together: together.then(|| (row.source.actor.unit(), list("group", &row.group.to_string()).address(&tab))),
            row: row.clone(),
        }
    }

    fn way_back(&self, row: &ChangeRow, at: &View) -> Option<WayBack> {
        let (role, tab) = (at.shell.scope.role, at.path());
        if row.profile != at.frame.id {
            return None;
        }
        let undo = || format!("{tab}/{}/undo", row.change_id());
        let profile = at.frame.path(&Tab::Info);
        let (address, words) = match row.kind {
            ChangeKind::Created | ChangeKind::Erased => return None,
            ChangeKind::Merge => {
                let merge = self.merged.iter().find(|merge| merge.profile.to_string() == row.subject)?;
                let is_the_one = role.can_merge() && row.after.is_some() && row.recorded_at == merge.at;
                is_the_one.then(|| (format!("{profile}/merges/{}/undo", merge.id), "Undo"))?
            }
            ChangeKind::Note if super::inverse::inverse(ingest::REGISTERS, row).is_err() => {
                let notes = at.frame.path(&Tab::Notes);
                let is_gone = row.after.as_ref().is_some_and(|facts| facts.get("deleted") == Some(&true.into()));
                (!is_gone).then(|| (format!("{notes}/{}/history", row.subject), "Texts"))?
            }
            _ if role.can_edit() => (undo(), "Undo"),
            _ => return None,
        };
        Some(WayBack { address, words })
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, now) = (&request.query, request.now);
    let (filter, way) = (Filter::parse(query, now), pager::way::<Cursor>(query));
    let at = profile_page::open(request, conn, Tab::History)?;
    let loaded = load(conn, &at, (&filter, way))?;
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
