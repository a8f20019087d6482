//! Shows one entry as it is stored.

use askama::Template;
use diesel::{PgConnection, QueryResult};
use serde_json::{Value, json};

use super::{
    entry_id::{EntryId, EntryKind},
    events::{self, Wanted},
    period::Period,
};
use crate::{
    console::Request,
    db::{ids::ProfileKey, keyset::Seek},
    error::AppError,
    ledger::{self, GroupPlace, Teller},
    profile_page::{self, Tab, View},
    segments,
    web::{Answer, Timestamp, page, pairs::Pairs},
};

/// Most rows of the ledger that are shown.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "activity/raw.html")]
struct RawPage {
    at: View,
    entry: EntryId,
    json: String,
    is_cut: bool,
}

impl RawPage {
    fn moment(&self) -> Timestamp {
        self.at.moment(&self.entry.at)
    }

    /// Address of the entry on the timeline.
    fn back(&self) -> String {
        format!("{}#e-{}", Pairs::default().with("entry", &self.entry.to_string()).address(&self.at.path()), self.entry)
    }
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let entry: EntryId = request.query.parsed("entry").ok_or(AppError::NotFound)?;
    let at = profile_page::open(request, conn, Tab::Activity)?;
    let found = load(conn, at.key(), entry)?;
    let (value, is_cut) = found.ok_or(AppError::NotFound)?;
    let json = serde_json::to_string_pretty(&value).unwrap_or_default();
    Ok(page(&RawPage { at, entry, json, is_cut }))
}

/// The entry, and whether there was more of it than is shown.
fn load(conn: &mut PgConnection, at: ProfileKey, entry: EntryId) -> QueryResult<Option<(Value, bool)>> {
    match entry.kind {
        EntryKind::Event => event(conn, at, entry),
        EntryKind::Change(_) => change(conn, at, entry.in_ledger()),
        EntryKind::Move => moved(conn, at, entry),
    }
}

fn event(conn: &mut PgConnection, at: ProfileKey, entry: EntryId) -> QueryResult<Option<(Value, bool)>> {
    let way = Seek::After(entry.just_above());
    let found = events::read(conn, at, &Period::only(entry.at), &Wanted::default(), way, 1)?;
    let Some(row) = found.into_iter().find(|row| row.entry_id() == entry) else { return Ok(None) };
    let value = json!({
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "occurred_at": row.occurred_at,
        "received_at": row.received_at,
        "source": row.source,
        "properties": row.properties,
        "context": row.context,
    });
    Ok(Some((value, false)))
}

fn moved(conn: &mut PgConnection, at: ProfileKey, entry: EntryId) -> QueryResult<Option<(Value, bool)>> {
    let (span, way) = (Period::only(entry.at), Seek::After(entry.just_above().among_moves()));
    let found = segments::moves_of_profile(conn, at, span.from..span.until, (way, 1))?;
    let Some(row) = found.into_iter().find(|row| row.id == entry.id) else { return Ok(None) };
    let value = json!({
        "id": row.id,
        "segment": { "id": row.segment, "name": row.name },
        "moved_at": row.at,
        "has_entered": row.has_entered,
        "cause": row.cause().as_str(),
        "because": row.why(),
    });
    Ok(Some((value, false)))
}

fn change(conn: &mut PgConnection, at: ProfileKey, place: GroupPlace) -> QueryResult<Option<(Value, bool)>> {
    let mut rows = ledger::group_rows(conn, at, place, MOST as i64 + 1)?;
    let is_cut = rows.len() > MOST;
    rows.truncate(MOST);
    let teller = Teller::load(conn, at.environment, rows.iter(), &[])?;
    let changes = rows.iter().map(|row| {
        json!({
            "id": row.id,
            "as_of": row.as_of,
            "subject": row.subject,
            "before": teller.json(row, row.before.as_ref()),
            "after": teller.json(row, row.after.as_ref()),
            "refused": teller.json(row, row.refused.as_ref()),
        })
    });
    let changes: Vec<Value> = changes.collect();
    let Some(first) = rows.into_iter().next() else { return Ok(None) };
    let value = json!({
        "group": first.group,
        "kind": first.kind.as_str(),
        "recorded_at": first.recorded_at,
        "source": first.source.name,
        "reason": first.reason,
        "changes": changes,
    });
    Ok(Some((value, is_cut)))
}
