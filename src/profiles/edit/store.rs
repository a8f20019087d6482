//! What a form of corrections starts from.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde_json::{Map, Value};

use super::form::Subject;
use crate::{
    attributes::{self, Definition},
    console::Request,
    db::{gather, ids::SourceId},
    error::AppError,
    identities::{AddressRow, AddressRows, Channel},
    ledger::{self, Stamp},
    profile_page::{self, Tab, View},
    profiles::facts::{Values, sources_of},
};

/// What is known of a person now.
pub struct Present {
    /// What stands around the form.
    pub at: View,
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
    /// Loads it of the profile in the address, with the definitions of `also`.
    ///
    /// # Errors
    /// There is no such profile (any more).
    pub fn load(request: &Request, conn: &mut PgConnection, also: &[&str]) -> Result<Self, AppError> {
        let at = profile_page::open(request, conn, Tab::Info)?;
        let environment = request.scope().environment;
        let own: Option<(Values, AddressRows)> = gather(conn, at.key())?;
        let (Values { attributes: values, meta }, AddressRows(addresses)) = own.ok_or(AppError::NotFound)?;
        let names: BTreeSet<&str> = values.keys().map(String::as_str).chain(also.iter().copied()).collect();
        let definitions = attributes::definitions(conn, environment, &names.into_iter().collect::<Vec<_>>())?;
        let said = sources_of(meta.values().chain(addresses.iter().map(|row| &row.stamp)));
        let sources = ledger::source_names(&request.state.db, conn, &said, request.now.at)?;
        Ok(Self { at, values, definitions, addresses, meta, sources })
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
