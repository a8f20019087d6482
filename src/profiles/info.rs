//! The Info tab: who somebody is, and where each value comes from.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::Value;

use super::{
    derived::Derived,
    facts::{Fact, Facts},
};
use crate::{
    activity::{self, Period, Statistics},
    attributes,
    console::Shell,
    db::{
        ids::{ProfileId, SourceId},
        schema::profiles,
    },
    error::AppError,
    identities::{self, DeviceCard, IdentifierRow},
    json::Json,
    ledger::{self, Stamp, Teller},
    merges::{self, MergedFrom},
    profile_page::{Header, Tab, View, redirect_if_merged},
    state::AppState,
    subscriptions,
    tags::TagCard,
    web::{Now, PathId, page},
};

/// Identifiers shown here; the page of identities has all.
const MOST_IDENTIFIERS: i64 = 8;
/// Devices shown here, likewise.
const MOST_DEVICES: i64 = 5;
/// Subscriptions and consents shown, of each.
const MOST_ANSWERS: i64 = 50;

#[derive(Template)]
#[template(path = "profiles/info.html")]
struct InfoPage {
    at: View,
    contact: Vec<Fact>,
    personal: Vec<Fact>,
    derived: Vec<Derived>,
    attributes: Vec<Fact>,
    tags: TagCard,
    identifiers: Vec<IdentifierRow>,
    devices: DeviceCard,
    answers: Vec<Fact>,
    merged_from: Vec<MergedFrom>,
    statistics: Statistics,
}

impl InfoPage {
    fn history(&self) -> String {
        self.at.frame.path(&Tab::History)
    }

    fn can_edit(&self) -> bool {
        self.at.shell.scope.role.can_edit()
    }
}

fn load(conn: &mut PgConnection, shell: Shell, id: ProfileId, now: Now) -> QueryResult<Result<InfoPage, Shell>> {
    let Some(frame) = Header::load(conn, &shell.scope, id, Tab::Info, now)? else { return Ok(Err(shell)) };
    let at = (shell.scope.environment, id);
    let (values, meta, tags): (Json, Json, Vec<String>) = profiles::table
        .find((at.0.0, id.0))
        .select((profiles::attributes, profiles::attribute_meta, profiles::tags))
        .first(conn)?;
    let values = if let Value::Object(values) = values.0 { values } else { serde_json::Map::new() };
    let tags = TagCard::load(conn, &shell, id, &tags)?;
    let meta: BTreeMap<String, Stamp> = serde_json::from_value(meta.0).unwrap_or_default();
    let names: Vec<&str> = values.keys().map(String::as_str).collect();
    let teller = Teller::new(attributes::definitions(conn, at.0, &names)?);
    let addresses = identities::addresses_of(conn, at)?;
    let identifiers = identities::identifiers_of(conn, at, MOST_IDENTIFIERS)?;
    let devices = identities::devices_of(conn, at, MOST_DEVICES)?;
    let subscriptions = subscriptions::subscriptions_of(conn, at, MOST_ANSWERS)?;
    let consents = subscriptions::consents_of(conn, at, MOST_ANSWERS)?;
    let merged_from = merges::merged_from(conn, at, now.at)?;
    let statistics = activity::statistics(conn, at, &Period::recent(now), now)?;
    let previous = ledger::previous(conn, at)?;
    let stamps = meta.values().chain(addresses.iter().map(|row| &row.stamp));
    let stamps = stamps.chain(subscriptions.iter().map(|(.., stamp)| stamp)).chain(consents.iter().map(|(.., it)| it));
    let mut said: Vec<SourceId> = stamps.map(|stamp| stamp.source).collect();
    said.sort_unstable();
    said.dedup();
    let sources = ledger::source_names(conn, &said)?;
    let facts = Facts { values, meta, teller, addresses, previous, sources, now };
    let devices = DeviceCard::new(devices, now);
    Ok(Ok(InfoPage {
        contact: facts.contact(),
        personal: facts.personal(),
        derived: facts.derived(),
        attributes: facts.others(),
        answers: facts.answers(&subscriptions, &consents),
        tags,
        identifiers,
        devices,
        merged_from,
        statistics,
        at: View { shell, frame, now },
    }))
}

pub async fn show(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let (id, now) = (ProfileId::from_path(&request)?, shell.now(&state.clock));
    match state.db.read(move |conn| load(conn, shell.clone(), id, now)).await? {
        Ok(found) => Ok(page(&found)),
        Err(shell) => redirect_if_merged(&state, &shell, id, Tab::Info).await,
    }
}
