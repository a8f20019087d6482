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
    error::AppError,
    identities::{AddressRows, DeviceCard, FIRST_IDENTIFIERS, FirstDevices, FirstIdentifiers, IdentifierRow},
    ledger::{self, Teller},
    merges::{self, MergedFrom},
    profile_page::{self, Tab, View},
    subscriptions::{FirstConsents, FirstSubscriptions},
    tags::{OwnTags, TagCard},
    text::fold,
    web::{Answer, page, pairs::Pairs},
};

#[derive(Template)]
#[template(path = "profiles/info.html")]
struct InfoPage {
    at: View,
    contact: Vec<Fact>,
    personal: Vec<Fact>,
    derived: Vec<Derived>,
    attributes: Vec<Fact>,
    /// Number of attributes, shown or not.
    all: usize,
    /// What attributes were searched for.
    typed: String,
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

    /// Address that shows every attribute.
    fn every_attribute(&self) -> String {
        format!("{}#attributes", self.at.frame.list.on(&format!("{}?attributes=all", self.at.path())))
    }

    fn can_edit(&self) -> bool {
        self.at.shell.scope.role.can_edit()
    }
}

/// Everything that areas store about the profile, read in one SQL statement.
type Own =
    (Values, OwnDefinitions, OwnTags, AddressRows, FirstIdentifiers, FirstDevices, FirstSubscriptions, FirstConsents);

/// Attributes that are shown unless all are asked for.
const FIRST: usize = 20;

/// Those of these facts that are asked for: the first, all, or whose name or value has the text in it. Hidden values are not looked at.
fn asked(facts: Vec<Fact>, query: &Pairs) -> Vec<Fact> {
    let typed = fold(query.get("attribute"));
    if !typed.is_empty() {
        let has = |fact: &Fact| {
            let value = if fact.value.is_hidden() { "" } else { fact.value.text() };
            [fact.label.as_str(), fact.name.as_deref().unwrap_or_default(), value]
                .iter()
                .any(|text| fold(text).contains(&typed))
        };
        return facts.into_iter().filter(has).collect();
    }
    let most = if query.get("attributes") == "all" { usize::MAX } else { FIRST };
    facts.into_iter().take(most).collect()
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (at, own) = profile_page::open_with::<Own>(request, conn, Tab::Info)?;
    let (key, now) = (at.key(), request.now);
    let (values, OwnDefinitions(definitions), tags, AddressRows(addresses), identifiers, devices, said, given) = own;
    let stamps = values.meta.values().chain(addresses.iter().map(|row| &row.stamp));
    let stamps = stamps.chain(said.0.iter().map(|(.., it)| it)).chain(given.0.iter().map(|(.., it)| it));
    let sources = ledger::source_names(&request.state.db, conn, &sources_of(stamps), now.at)?;
    let previous = ledger::previous(conn, key)?;
    let facts = Facts { values, teller: Teller::new(definitions), addresses, previous, sources, now };
    let attributes = facts.others();
    Ok(page(&InfoPage {
        all: attributes.len(),
        typed: request.query.get("attribute").to_owned(),
        attributes: asked(attributes, &request.query),
        contact: facts.contact(&at.frame.facts),
        personal: facts.personal(),
        derived: facts.derived(),
        answers: facts.answers(&said.0, &given.0),
        tags: TagCard::new(&at.shell, key.profile, tags),
        identifiers: identifiers.0,
        devices: DeviceCard::new(devices.0, now),
        merged_from: merges::merged_from(conn, key, now.at)?,
        statistics: activity::statistics(conn, key, &Period::recent(now), now)?,
        at,
    }))
}
