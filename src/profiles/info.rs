//! The Info tab: who somebody is, and where each value comes from.

use std::collections::{BTreeMap, HashMap};

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::Value;

use super::{Frame, Tab, View, elsewhere};
use crate::{
    app::AppState,
    attributes::{self, AttributeName},
    db::{
        ids::{ProfileId, SourceId},
        schema::profiles,
    },
    error::AppError,
    identities::{self, AddressRow, Device, IdentifierRow, Token},
    ingest::{self, Stamp},
    merges::{self, MergedFrom},
    subscriptions::{self, Consent, Line, Purpose, Subscription},
    web::{Moment, PathId, Shell, page},
};

/// Attributes that stand under "Personal data", in this order (Y2.2).
const PERSONAL: [&str; 10] =
    ["name", "first_name", "last_name", "birthday", "age", "gender", "country", "city", "language", "timezone"];

/// Identifiers shown at once.
const MOST_IDENTIFIERS: i64 = 50;

/// A device as its profile shows it.
struct DeviceFact {
    device: Device,
    token: Token,
    seen: Moment,
}

/// Devices, subscriptions and consents shown, of each.
const MOST_ROWS: i64 = 50;

/// A value with where it comes from.
struct Fact {
    label: String,
    value: String,
    note: String,
    source: String,
    at: Moment,
}

#[derive(Template)]
#[template(path = "profiles/info.html")]
struct InfoPage {
    at: View,
    contact: Vec<Fact>,
    personal: Vec<Fact>,
    attributes: Vec<Fact>,
    tags: Vec<String>,
    identifiers: Vec<IdentifierRow>,
    has_more_identifiers: bool,
    devices: Vec<DeviceFact>,
    answers: Vec<Fact>,
    merged_from: Vec<MergedFrom>,
}

struct Loaded {
    frame: Frame,
    values: Vec<(String, Value)>,
    meta: BTreeMap<String, Stamp>,
    tags: Vec<String>,
    addresses: Vec<AddressRow>,
    identifiers: Vec<IdentifierRow>,
    devices: Vec<(Token, Device, Stamp)>,
    subscriptions: Vec<(Line, Subscription, Stamp)>,
    consents: Vec<(Purpose, Consent, Stamp)>,
    merged_from: Vec<MergedFrom>,
    sources: HashMap<SourceId, String>,
}

fn load(conn: &mut PgConnection, shell: &Shell, id: ProfileId, now: DateTime<Utc>) -> QueryResult<Option<Loaded>> {
    let Some(frame) = Frame::load(conn, &shell.scope, id, Tab::Info, now)? else { return Ok(None) };
    let at = (shell.scope.environment, id);
    let (values, meta, tags): (Value, Value, Vec<String>) = profiles::table
        .find((at.0.0, id.0))
        .select((profiles::attributes, profiles::attribute_meta, profiles::tags))
        .first(conn)?;
    let meta: BTreeMap<String, Stamp> = serde_json::from_value(meta).unwrap_or_default();
    let addresses = identities::addresses_of(conn, at)?;
    let identifiers = identities::identifiers_of(conn, at, MOST_IDENTIFIERS + 1)?;
    let devices = identities::devices_of(conn, at, MOST_ROWS)?;
    let subscriptions = subscriptions::subscriptions_of(conn, at, MOST_ROWS)?;
    let consents = subscriptions::consents_of(conn, at, MOST_ROWS)?;
    let merged_from = merges::merged_from(conn, at, now)?;
    let stamps = meta.values().chain(addresses.iter().map(|row| &row.stamp));
    let stamps = stamps.chain(subscriptions.iter().map(|(.., stamp)| stamp)).chain(consents.iter().map(|(.., it)| it));
    let mut said: Vec<SourceId> = stamps.map(|stamp| stamp.source).collect();
    said.sort_unstable();
    said.dedup();
    let sources = ingest::names(conn, &said)?;
    let values = if let Value::Object(values) = values { values.into_iter().collect() } else { Vec::new() };
    Ok(Some(Loaded {
        frame,
        values,
        meta,
        tags,
        addresses,
        identifiers,
        devices,
        subscriptions,
        consents,
        merged_from,
        sources,
    }))
}

impl Loaded {
    fn fact(&self, name: &str, value: &Value, now: DateTime<Utc>) -> Fact {
        let stamp = self.meta.get(name);
        Fact {
            label: AttributeName::humanise(name),
            value: attributes::show(value),
            note: derived(name, value, now).unwrap_or_default(),
            source: stamp.map(|stamp| self.source(stamp)).unwrap_or_default(),
            at: Moment::new(stamp.map_or(DateTime::UNIX_EPOCH, Stamp::time), now),
        }
    }

    fn source(&self, stamp: &Stamp) -> String {
        self.sources.get(&stamp.source).cloned().unwrap_or_default()
    }

    fn personal(&self, now: DateTime<Utc>) -> Vec<Fact> {
        let known = |name: &&str| self.values.iter().find(|(had, _)| had == name);
        PERSONAL.iter().filter_map(known).map(|(name, value)| self.fact(name, value, now)).collect()
    }

    fn others(&self, now: DateTime<Utc>) -> Vec<Fact> {
        let others = self.values.iter().filter(|(name, _)| !PERSONAL.contains(&name.as_str()));
        others.map(|(name, value)| self.fact(name, value, now)).collect()
    }

    fn contact(&self, now: DateTime<Utc>) -> Vec<Fact> {
        let fact = |row: &AddressRow| Fact {
            label: row.channel.label().to_owned(),
            value: row.address.clone(),
            note: row.blocked.as_ref().map(|why| format!("blocked: {why}")).unwrap_or_default(),
            source: self.source(&row.stamp),
            at: Moment::new(row.stamp.time(), now),
        };
        self.addresses.iter().map(fact).collect()
    }

    fn answers(&self, now: DateTime<Utc>) -> Vec<Fact> {
        let fact = |label: String, value: &str, note: &str, stamp: &Stamp| Fact {
            label,
            value: value.to_owned(),
            note: note.to_owned(),
            source: self.source(stamp),
            at: Moment::new(stamp.time(), now),
        };
        let lines = self.subscriptions.iter();
        let lines = lines.map(|(line, it, stamp)| fact(line.label(), it.state.label(), it.reason.label(), stamp));
        let consents = self.consents.iter().map(|(purpose, it, stamp)| {
            let note = it.location.as_deref().or(it.document.as_deref()).unwrap_or_default();
            fact(purpose.as_str().to_owned(), it.label(purpose), note, stamp)
        });
        lines.chain(consents).collect()
    }
}

/// What can be worked out from a value, shown as such: age, and the time where the person is.
fn derived(name: &str, value: &Value, now: DateTime<Utc>) -> Option<String> {
    let text = value.as_str()?;
    match name {
        "birthday" => {
            let born: NaiveDate = text.get(..10)?.parse().ok()?;
            let had_birthday = (now.month(), now.day()) >= (born.month(), born.day());
            let age = now.year() - born.year() - i32::from(!had_birthday);
            (0..150).contains(&age).then(|| format!("{age} years old"))
        }
        "timezone" => {
            let zone: chrono_tz::Tz = text.parse().ok()?;
            Some(format!("{} there now", now.with_timezone(&zone).format("%H:%M")))
        }
        _ => None,
    }
}

pub async fn show(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let (id, now) = (ProfileId::from_path(&request)?, state.clock.now());
    let scope = shell.clone();
    let Some(loaded) = state.db.read(move |conn| load(conn, &scope, id, now)).await? else {
        return elsewhere(&state, &shell, id, Tab::Info).await;
    };
    let (contact, personal, attributes) = (loaded.contact(now), loaded.personal(now), loaded.others(now));
    let answers = loaded.answers(now);
    let device = |(token, device, stamp): (Token, Device, Stamp)| {
        let seen = Moment::new(stamp.time(), now);
        DeviceFact { device, token, seen }
    };
    let devices = loaded.devices.into_iter().map(device).collect();
    let mut identifiers = loaded.identifiers;
    let has_more_identifiers = identifiers.len() > MOST_IDENTIFIERS as usize;
    identifiers.truncate(MOST_IDENTIFIERS as usize);
    Ok(page(&InfoPage {
        at: View { shell, frame: loaded.frame, now },
        contact,
        personal,
        attributes,
        tags: loaded.tags,
        identifiers,
        has_more_identifiers,
        devices,
        answers,
        merged_from: loaded.merged_from,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn age_and_local_time_are_worked_out() {
        let now: DateTime<Utc> = "2026-11-22T03:24:05Z".parse().unwrap();
        assert_eq!(derived("birthday", &json!("1991-03-14"), now).unwrap(), "35 years old");
        assert_eq!(derived("birthday", &json!("1991-11-23"), now).unwrap(), "34 years old");
        assert_eq!(derived("timezone", &json!("Asia/Kolkata"), now).unwrap(), "08:54 there now");
        assert_eq!(derived("birthday", &json!("soon"), now), None);
    }
}
