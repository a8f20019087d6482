//! The present values of a profile, from which a form for editing is made.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde_json::{Map, Value};

use super::form::Subject;
use crate::{
    attributes::{self, Definition},
    console::Request,
    db::ids::SourceId,
    error::AppError,
    identities::{AddressRow, AddressRows, Channel, Reading},
    ledger::{self, Stamp},
    profile_page::{self, Tab, View},
    profiles::facts::{Values, sources_of},
};

/// Present values of a profile.
pub struct Present {
    /// The page's view of the profile.
    pub at: View,
    /// Attributes by name.
    pub values: Map<String, Value>,
    /// Definitions of these attributes, and of others that were asked for.
    pub definitions: BTreeMap<String, Definition>,
    pub addresses: Vec<AddressRow>,
    /// How a typed address is read.
    pub reading: Reading,
    meta: BTreeMap<String, Stamp>,
    sources: HashMap<SourceId, String>,
}

impl Present {
    /// Loads the profile in the address, and the definitions of its attributes and of `also`.
    ///
    /// # Errors
    /// [`AppError::NotFound`]: there is no such profile.
    pub fn load(request: &Request, conn: &mut PgConnection, also: &[&str]) -> Result<Self, AppError> {
        let (at, own) = profile_page::open_with::<(Values, AddressRows)>(request, conn, Tab::Info)?;
        let (Values { attributes: values, meta }, AddressRows(addresses)) = own;
        let environment = request.scope().environment;
        let names: BTreeSet<&str> = values.keys().map(String::as_str).chain(also.iter().copied()).collect();
        let definitions = attributes::definitions(conn, environment, &names.into_iter().collect::<Vec<_>>())?;
        let said = sources_of(meta.values().chain(addresses.iter().map(|row| &row.stamp)));
        let sources = ledger::source_names(&request.state.db, conn, &said, request.now.at)?;
        let reading = request.reading(conn)?;
        Ok(Self { at, values, definitions, addresses, reading, meta, sources })
    }

    /// The address of a channel; `None` if there is none.
    pub fn address(&self, channel: Channel) -> Option<&AddressRow> {
        self.addresses.iter().find(|row| row.channel == channel)
    }

    /// Source and time of the present value; `None` if there is no value.
    pub fn said(&self, of: &Subject) -> Option<(String, DateTime<Utc>)> {
        let stamp = match of {
            Subject::Address(channel) => self.address(*channel).map(|row| &row.stamp),
            Subject::Attribute(name) => self.meta.get(name.as_str()),
        }?;
        Some((self.sources.get(&stamp.source).cloned().unwrap_or_default(), stamp.time()))
    }
}
