//! Whom a text means: our own id of a profile, the sender's own, a kind and a value, or where somebody is reached. Nothing is guessed.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use super::store;
use crate::{
    db::ids::{EnvironmentId, ProfileId},
    identities::{self, Address, Channel, Identifier, Kind, Reading},
    ledger::Invalid,
};

/// Everything that a text can mean, the likeliest first.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Our own id.
    pub profile: Option<ProfileId>,
    pub identifiers: Vec<Identifier>,
    /// Where the person is reached.
    pub address: Option<(Channel, Address)>,
}

/// What found a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundBy {
    /// Our own id, of this profile or of one that is part of it.
    Profile(ProfileId),
    Identifier(Identifier),
}

/// People who are found at most, and one more.
pub const MOST: usize = 20;

impl Reference {
    /// Reads our own id, the sender's id alone even if it looks like ours or has a colon, or a kind and a value. An email or phone also
    /// means whoever is reached there, if `by_address`.
    ///
    /// # Errors
    /// It can be no identifier; the field is `id` if it has a kind.
    pub fn read(given: &str, by_address: bool, reading: Reading) -> Result<Self, Invalid> {
        let one = |identifier| Self { profile: None, identifiers: vec![identifier], address: None };
        let own = || Identifier::read(Kind::Id, given, reading);
        if let Ok(profile) = Uuid::try_parse(given) {
            return Ok(Self { profile: Some(ProfileId(profile)), ..one(own()?) });
        }
        let Some((kind, value)) = given.split_once(':') else { return Ok(one(own()?)) };
        let Ok(kind) = Kind::parse(kind) else { return Ok(one(own()?)) };
        let named = Identifier::read(kind.clone(), value, reading)
            .map_err(|invalid| Invalid { field: "id".into(), ..invalid })?;
        let (mut identifiers, mut channel) = (vec![named], None);
        match kind {
            Kind::Id | Kind::Anonymous => {}
            Kind::Email => channel = Some(Channel::Email),
            Kind::Phone => channel = Some(Channel::Sms),
            // A kind of the sender's, or an id with a colon.
            Kind::Named(_) => identifiers.push(own()?),
        }
        let address = channel
            .filter(|_| by_address)
            .map(|channel| Ok::<_, Invalid>((channel, Address::read(channel, value, reading)?)));
        Ok(Self { profile: None, identifiers, address: address.transpose()? })
    }

    /// [`Self::find_all`] for this one.
    pub fn find(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
    ) -> QueryResult<BTreeMap<ProfileId, FoundBy>> {
        Ok(Self::find_all(std::slice::from_ref(self), conn, environment)?.pop().unwrap_or_default())
    }

    /// The people whom each of them means, each by the strongest reading that finds them, at most [`MOST`] and one more. At most four SQL
    /// statements, for a thousand references as for one.
    pub fn find_all(
        all: &[Self],
        conn: &mut PgConnection,
        environment: EnvironmentId,
    ) -> QueryResult<Vec<BTreeMap<ProfileId, FoundBy>>> {
        let addresses = all.iter().filter_map(|it| it.address.as_ref()).map(|(channel, address)| (*channel, address));
        let holders = identities::holders(conn, environment, &addresses.collect())?;
        let asked: Vec<&Identifier> = all.iter().flat_map(|it| &it.identifiers).collect();
        let claims = identities::claims(conn, environment, &asked)?;
        let profiles: BTreeSet<ProfileId> = all.iter().filter_map(|it| it.profile).collect();
        let merged = store::merged_into(conn, environment, &profiles)?;
        let survivor = |profile: ProfileId| *merged.get(&profile).unwrap_or(&profile);
        let known = store::versions(conn, environment, &profiles.iter().map(|it| survivor(*it)).collect())?;
        let found = |it: &Self| {
            let mut found = BTreeMap::new();
            if let Some((channel, address)) = &it.address {
                let holders = holders.get(&(*channel, address.normalised.clone())).into_iter().flatten().take(MOST + 1);
                found.extend(holders.map(|holder| (*holder, FoundBy::Profile(*holder))));
            }
            for identifier in &it.identifiers {
                let claim = claims.get(identifier);
                found.extend(claim.map(|claim| (claim.profile, FoundBy::Identifier(identifier.clone()))));
            }
            // The profile itself and not its survivor: a merge is undone at the profile that it made.
            let profile = it.profile.filter(|profile| known.contains_key(&survivor(*profile)));
            found.extend(profile.map(|profile| (survivor(profile), FoundBy::Profile(profile))));
            found
        };
        Ok(all.iter().map(found).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "0193b2c4-0000-7000-8000-000000000001";

    /// What an address can mean to a server, as text.
    fn shown(given: &str) -> Vec<String> {
        let reference = Reference::read(given, true, Reading::default()).unwrap();
        let ours = reference.profile.iter().map(|profile| profile.0.to_string());
        let identifiers = reference.identifiers.iter().map(|it| format!("{}:{}", it.kind.as_str(), it.value));
        let address =
            reference.address.iter().map(|(channel, address)| format!("{} {}", channel.as_str(), address.normalised));
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
            assert!(Reference::read(nothing, true, Reading::default()).is_err(), "{nothing}");
        }
        assert!(
            Reference::read("email:ann@example.com", false, Reading::default()).unwrap().address.is_none(),
            "a page finds nobody by address"
        );
    }
}
