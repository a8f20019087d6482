//! What a form of corrections starts from.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::{Map, Value};

use super::form::Subject;
use crate::{
    attributes::{self, Definition},
    console::Scope,
    db::{
        ids::{ProfileId, SourceId},
        schema::profiles,
    },
    identities::{self, AddressRow, Channel},
    json::Json,
    ledger::{self, Stamp},
    profile_page::{Header, Tab},
    web::Now,
};

/// What is known of a person now.
pub struct Present {
    /// What stands above the form.
    pub frame: Header,
    /// Values by name.
    pub values: Map<String, Value>,
    /// What people decided about them, and about others that were asked for.
    pub definitions: BTreeMap<String, Definition>,
    /// Where they are reached.
    pub addresses: Vec<AddressRow>,
    meta: BTreeMap<String, Stamp>,
    sources: HashMap<SourceId, String>,
}

impl Present {
    /// Loads it, with the definitions of `also`; none if there is no such profile.
    pub fn load(
        conn: &mut PgConnection,
        scope: &Scope,
        id: ProfileId,
        also: &[&str],
        now: Now,
    ) -> QueryResult<Option<Self>> {
        let Some(frame) = Header::load(conn, scope, id, Tab::Info, now)? else { return Ok(None) };
        let at = (scope.environment, id);
        let (values, meta): (Json, Json) = profiles::table
            .find((at.0.0, id.0))
            .select((profiles::attributes, profiles::attribute_meta))
            .first(conn)?;
        let values = if let Value::Object(values) = values.0 { values } else { Map::new() };
        let meta: BTreeMap<String, Stamp> = serde_json::from_value(meta.0).unwrap_or_default();
        let mut names: Vec<&str> = values.keys().map(String::as_str).chain(also.iter().copied()).collect();
        names.sort_unstable();
        names.dedup();
        let definitions = attributes::definitions(conn, at.0, &names)?;
        let addresses = identities::addresses_of(conn, at)?;
        let stamps = meta.values().chain(addresses.iter().map(|row| &row.stamp));
        let mut said: Vec<SourceId> = stamps.map(|stamp| stamp.source).collect();
        said.sort_unstable();
        said.dedup();
        let sources = ledger::source_names(conn, &said)?;
        Ok(Some(Self { frame, values, definitions, addresses, meta, sources }))
    }

    /// The address of a channel.
    pub fn address(&self, channel: Channel) -> Option<&AddressRow> {
        self.addresses.iter().find(|row| row.channel == channel)
    }

    /// Who said the present value of something, and when; none where nothing was ever said.
    pub fn said(&self, of: &Subject) -> Option<(String, DateTime<Utc>)> {
        let stamp = match of {
            Subject::Address(channel) => self.address(*channel).map(|row| &row.stamp),
            Subject::Attribute(name) => self.meta.get(name.as_str()),
        }?;
        Some((self.sources.get(&stamp.source).cloned().unwrap_or_default(), stamp.time()))
    }
}
