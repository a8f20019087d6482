//! Whom an address means: one function for all calls about one profile.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use diesel::{PgConnection, QueryResult};
use serde_json::json;
use uuid::Uuid;

use super::profile;
use crate::{
    api::{Caller, Fault, formats::native},
    db::ids::{EnvironmentId, ProfileId},
    identities::{self, Address, Channel, Identifier, Kind},
    ingest::Person,
    keys::Capability,
    profiles,
    rejections::codes,
    state::AppState,
};

/// Everything that an address can mean, the likeliest first.
struct Readings {
    /// Our own id.
    profile: Option<ProfileId>,
    identifiers: Vec<Identifier>,
    /// Where the person is reached.
    address: Option<(Channel, Address)>,
}

impl Readings {
    /// Reads an address: our own id, your own id alone even if it looks like ours or has a colon, or a kind and a value.
    fn new(given: &str, is_page: bool) -> Result<Self, Fault> {
        let one = |identifier| Self { profile: None, identifiers: vec![identifier], address: None };
        let own = || Identifier::new(Kind::Id, given);
        if let Ok(profile) = Uuid::try_parse(given) {
            return Ok(Self { profile: Some(ProfileId(profile)), ..one(own()?) });
        }
        let Some((kind, _)) = given.split_once(':') else { return Ok(one(own()?)) };
        let Ok(kind) = Kind::parse(kind) else { return Ok(one(own()?)) };
        let Person::Identifiers(mut identifiers) = native::read_reference("id", given)? else { return Ok(one(own()?)) };
        let value = given.split_once(':').map_or("", |(_, value)| value);
        let channel = match kind {
            Kind::Id | Kind::Anonymous => None,
            Kind::Email => Some(Channel::Email),
            Kind::Phone => Some(Channel::Sms),
            // A kind of the sender's, or an id with a colon.
            Kind::Named(_) => {
                identifiers.push(own()?);
                None
            }
        };
        // A page must not find people by what everybody may know of them.
        let address =
            channel.filter(|_| !is_page).map(|channel| Ok::<_, Fault>((channel, Address::new(channel, value)?)));
        Ok(Self { profile: None, identifiers, address: address.transpose()? })
    }

    /// The only thing that the address can mean, where nobody has to be looked for.
    fn only(&self) -> Option<Person> {
        let is_plain = self.profile.is_none() && self.address.is_none() && self.identifiers.len() == 1;
        is_plain.then(|| Person::Identifiers(self.identifiers.clone()))
    }

    /// The person to make where nobody is meant; nobody is made under our own id.
    fn nobody(&self) -> Result<Person, Fault> {
        match self.profile {
            Some(_) => Err(profile::missing()),
            None => Ok(Person::Identifiers(self.identifiers.iter().take(1).cloned().collect())),
        }
    }
}

/// People whom an answer names.
const MOST: usize = 20;

/// People, each by the strongest reading that finds them.
type Found = BTreeMap<ProfileId, Person>;

/// The people whom each of these addresses can mean, in as many statements for a thousand addresses as for one.
fn find(conn: &mut PgConnection, environment: EnvironmentId, all: &[Readings]) -> QueryResult<Vec<Found>> {
    let addresses = all.iter().filter_map(|it| it.address.as_ref()).map(|(channel, address)| (*channel, address));
    let holders = identities::holders(conn, environment, &addresses.collect())?;
    let asked: Vec<&Identifier> = all.iter().flat_map(|it| &it.identifiers).collect();
    let claims = identities::claims(conn, environment, &asked)?;
    let profiles: BTreeSet<ProfileId> = all.iter().filter_map(|it| it.profile).collect();
    let merged = profiles::store::merged_into(conn, environment, &profiles)?;
    let survivor = |profile: ProfileId| *merged.get(&profile).unwrap_or(&profile);
    let survivors: BTreeSet<ProfileId> = profiles.iter().map(|profile| survivor(*profile)).collect();
    let known = profiles::store::versions(conn, environment, &survivors)?;
    let found = |it: &Readings| {
        let mut found = Found::new();
        if let Some((channel, address)) = &it.address {
            let holders = holders.get(&(*channel, address.normalised.clone())).into_iter().flatten().take(MOST + 1);
            found.extend(holders.map(|holder| (*holder, Person::Profile(*holder))));
        }
        for identifier in &it.identifiers {
            let claim = claims.get(identifier);
            found.extend(claim.map(|claim| (claim.profile, Person::Identifiers(vec![identifier.clone()]))));
        }
        // The profile itself and not its survivor: a merge is undone at the profile that it made.
        let profile = it.profile.filter(|profile| known.contains_key(&survivor(*profile)));
        found.extend(profile.map(|profile| (survivor(profile), Person::Profile(profile))));
        found
    };
    Ok(all.iter().map(found).collect())
}

/// The person whom an address means. Fails with `ambiguous` if it can mean several people: nothing is guessed.
pub async fn person(state: &AppState, caller: &Caller, given: &str) -> Result<Person, Fault> {
    let readings = Readings::new(given, caller.is_browser())?;
    if let Some(only) = readings.only() {
        return Ok(only);
    }
    let environment = caller.environment();
    let readings = Arc::new([readings]);
    let asked = readings.clone();
    let mut found = state.senders.read(move |conn| find(conn, environment, &*asked)).await?.pop().unwrap_or_default();
    match (found.len(), found.pop_first()) {
        (0, _) | (_, None) => readings[0].nobody(),
        (1, Some((_, person))) => Ok(person),
        (_, Some((first, _))) => Err(several(caller, given, std::iter::once(first).chain(found.into_keys()))),
    }
}

/// Whom an address means, if anybody.
pub enum Meant {
    One(ProfileId),
    Several(Vec<ProfileId>),
    Nobody,
}

/// Whom each of these addresses means.
pub struct Asked(Vec<Readings>);

impl Asked {
    /// Reads the addresses. Fails on the first that can mean nobody.
    pub fn new(given: &[String], is_page: bool) -> Result<Self, Fault> {
        given.iter().map(|given| Readings::new(given, is_page)).collect::<Result<_, _>>().map(Self)
    }

    /// Finds them; a merged profile is its survivor.
    pub fn find(&self, conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<Meant>> {
        let meant = |found: Found| match found.len() {
            0 => Meant::Nobody,
            1 => found.into_keys().next().map_or(Meant::Nobody, Meant::One),
            _ => Meant::Several(found.into_keys().collect()),
        };
        Ok(find(conn, environment, &self.0)?.into_iter().map(meant).collect())
    }
}

/// The fault of an address that means several people, with who they are for keys that may read.
pub fn several(caller: &Caller, given: &str, people: impl Iterator<Item = ProfileId>) -> Fault {
    let given: String = given.chars().take(80).collect();
    let fault =
        Fault::new(codes::AMBIGUOUS, format!("{given:?} can mean several people. Name one by an id.")).field("id");
    match caller.can(Capability::Read) {
        true => fault.candidates(people.take(MOST).map(|profile| json!(profile.0)).collect()),
        false => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "0193b2c4-0000-7000-8000-000000000001";

    /// What an address can mean to a server, as text.
    fn shown(given: &str) -> Vec<String> {
        let readings = Readings::new(given, false).unwrap();
        let ours = readings.profile.iter().map(|profile| profile.0.to_string());
        let identifiers = readings.identifiers.iter().map(|it| format!("{}:{}", it.kind.as_str(), it.value));
        let address =
            readings.address.iter().map(|(channel, address)| format!("{} {}", channel.as_str(), address.normalised));
        ours.chain(identifiers).chain(address).collect()
    }

    #[test]
    fn an_address_can_mean_several_things() {
        assert_eq!(shown(UUID), [UUID, &format!("id:{UUID}")]);
        assert_eq!(shown("42"), ["id:42"]);
        assert_eq!(shown(&format!("id:{UUID}")), [format!("id:{UUID}")]);
        assert_eq!(shown("email:Ann@Example.com"), ["email:ann@example.com", "email ann@example.com"]);
        assert_eq!(shown("shop:7"), ["shop:7", "id:shop:7"]);
        assert_eq!(shown("Ünit:1"), ["id:Ünit:1"], "no kind is written so");
        for nothing in ["email:nobody", "", "id:", "undefined"] {
            assert!(Readings::new(nothing, false).is_err(), "{nothing}");
        }
        assert!(
            Readings::new("email:ann@example.com", true).unwrap().address.is_none(),
            "a page finds nobody by address"
        );
    }
}
