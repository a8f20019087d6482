//! The Info tab: the values of a profile, each with its source.

use askama::Template;
use diesel::PgConnection;

use super::{
    derived::Derived,
    facts::{Fact, Facts, Values, sources_of},
};
use crate::{
    activity::{self, Period, Statistics},
    attributes::OwnDefinitions,
    console::Request,
    db::gather,
    error::AppError,
    identities::{AddressRows, DeviceCard, FIRST_IDENTIFIERS, FirstDevices, FirstIdentifiers, IdentifierRow},
    ledger::{self, Teller},
    merges::{self, MergedFrom},
    profile_page::{self, Tab, View},
    subscriptions::{FirstConsents, FirstSubscriptions},
    tags::{OwnTags, TagCard},
    web::{Answer, page},
};

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

/// Everything that areas store about the profile, read in one SQL statement.
type Own =
    (Values, OwnDefinitions, OwnTags, AddressRows, FirstIdentifiers, FirstDevices, FirstSubscriptions, FirstConsents);

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Info)?;
    let (key, now) = (at.key(), request.now);
    let own: Own = gather(conn, key)?.ok_or(AppError::NotFound)?;
    let (values, OwnDefinitions(definitions), tags, AddressRows(addresses), identifiers, devices, said, given) = own;
    let stamps = values.meta.values().chain(addresses.iter().map(|row| &row.stamp));
    let stamps = stamps.chain(said.0.iter().map(|(.., it)| it)).chain(given.0.iter().map(|(.., it)| it));
    let sources = ledger::source_names(&request.state.db, conn, &sources_of(stamps), now.at)?;
    let previous = ledger::previous(conn, key)?;
    let facts = Facts { values, teller: Teller::new(definitions), addresses, previous, sources, now };
    Ok(page(&InfoPage {
        contact: facts.contact(),
        personal: facts.personal(),
        derived: facts.derived(),
        attributes: facts.others(),
        answers: facts.answers(&said.0, &given.0),
        tags: TagCard::new(&at.shell, key.profile, tags),
        identifiers: identifiers.0,
        devices: DeviceCard::new(devices.0, now),
        merged_from: merges::merged_from(conn, key, now.at)?,
        statistics: activity::statistics(conn, key, &Period::recent(now), now)?,
        at,
    }))
}
