//! One entry as it is stored.

use crate::profile_page;
use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use diesel::{PgConnection, QueryResult};
use serde_json::{Value, json};

use super::{
    events::{self, Wanted},
    ledger,
    period::Period,
    place::{Place, What},
};
use crate::{
    attributes,
    console::Shell,
    db::{
        ids::{EnvironmentId, ProfileId},
        keyset::Way,
    },
    error::AppError,
    json::Json,
    profile_page::{Header, Tab, View},
    state::AppState,
    web::{Moment, PathId, Query, page, pairs::Pairs},
};

/// Rows of the ledger shown at most.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "activity/raw.html")]
struct RawPage {
    at: View,
    place: Place,
    json: String,
    is_cut: bool,
}

impl RawPage {
    fn moment(&self) -> Moment {
        self.at.moment(&self.place.at)
    }

    /// Back to the entry, on its page.
    fn back(&self) -> String {
        format!("{}#e-{}", Pairs::default().with("entry", &self.place.to_string()).address(&self.at.path()), self.place)
    }
}

pub async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    query: Query,
) -> Result<HttpResponse, AppError> {
    let (id, now, scope) = (ProfileId::from_path(&request)?, shell.now(&state.clock), shell.scope.clone());
    let place: Place = query.parsed("entry").ok_or(AppError::NotFound)?;
    let loaded = state.db.read(move |conn| {
        let Some(frame) = Header::load(conn, &scope, id, Tab::Activity, now)? else { return Ok(None) };
        Ok(Some((frame, load(conn, (scope.environment, id), place)?)))
    });
    let Some((frame, found)) = loaded.await? else {
        let entry = Pairs::default().with("entry", &place.to_string());
        return profile_page::redirect_if_merged_asking(&state, &shell, id, (Tab::Activity, &entry)).await;
    };
    let (value, is_cut) = found.ok_or(AppError::NotFound)?;
    let json = serde_json::to_string_pretty(&value).unwrap_or_default();
    Ok(page(&RawPage { at: View { shell, frame, now }, place, json, is_cut }))
}

/// The entry, and whether there was more of it than is shown.
fn load(conn: &mut PgConnection, at: (EnvironmentId, ProfileId), place: Place) -> QueryResult<Option<(Value, bool)>> {
    if place.what == What::Event { event(conn, at, place) } else { change(conn, at, place) }
}

fn event(conn: &mut PgConnection, at: (EnvironmentId, ProfileId), place: Place) -> QueryResult<Option<(Value, bool)>> {
    let way = Way::After(place.just_above());
    let found = events::read(conn, at, &Period::only(place.at), &Wanted::default(), (way, 1))?;
    let Some(row) = found.into_iter().find(|row| row.place() == place) else { return Ok(None) };
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

fn change(conn: &mut PgConnection, at: (EnvironmentId, ProfileId), place: Place) -> QueryResult<Option<(Value, bool)>> {
    let mut rows = ledger::raw(conn, at, place, MOST as i64 + 1)?;
    let is_cut = rows.len() > MOST;
    rows.truncate(MOST);
    let Some(first) = rows.first() else { return Ok(None) };
    let (source, reason) = (first.source.clone(), first.reason.clone());
    let names: Vec<&str> = rows.iter().map(|row| row.subject.as_str()).collect();
    let known =
        if place.what == What::Attribute { attributes::definitions(conn, at.0, &names)? } else { Default::default() };
    let changes: Vec<Value> = rows
        .into_iter()
        .map(|row| {
            let definition = known.get(&row.subject);
            let shown = |value: Option<Json>| value.map(|Json(value)| attributes::shown_json(definition, value));
            json!({
                "id": row.id,
                "as_of": row.as_of,
                "subject": row.subject,
                "before": shown(row.before),
                "after": shown(row.after),
            })
        })
        .collect();
    let value = json!({
        "group": place.id,
        "kind": place.what.stored(),
        "recorded_at": place.at,
        "source": source,
        "reason": reason,
        "changes": changes,
    });
    Ok(Some((value, is_cut)))
}
