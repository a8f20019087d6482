//! What a batch says of names: addresses by which people may be the same, and new current ids.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use super::UnitOfWork;
use crate::{
    db::ids::ProfileId,
    identities::{self, Addresses, Channel},
    ingest::{
        resolve::{Renamed, Resolved},
        state::State,
    },
    ledger::{Change, ChangeKind, Effect, Outcome},
    merges::shared::Given,
    registers::Register,
};

impl UnitOfWork<'_> {
    /// The addresses that people got in the batch or are known by now, and those of people who are known by now.
    pub(super) fn given(&self, resolved: &Resolved<'_>, states: &HashMap<ProfileId, State>) -> BTreeSet<Given> {
        let of = |profile: ProfileId, channel: Channel| {
            let address = states.get(&profile)?.facts.get::<Addresses>(&channel)?.as_ref()?;
            Some(Given { channel, address: address.normalised.clone(), profile })
        };
        let claimed = resolved.claimed.iter().filter_map(|claim| Given::of(claim.identifier, claim.profile));
        let known = resolved.claimed.iter().filter(|claim| claim.makes_known()).map(|claim| claim.profile);
        let known = known.flat_map(|profile| Channel::OF_PEOPLE.map(|channel| (profile, channel)));
        let changed = self.changes.iter().flat_map(|change| {
            let is_of = |channel: &Channel| change.is_of(Addresses::KIND, channel.as_str());
            Channel::OF_PEOPLE.into_iter().filter(is_of).map(|channel| (change.profile(), channel))
        });
        let have = known.chain(changed).filter_map(|(profile, channel)| of(profile, channel));
        claimed.chain(have).map(|given| Given { profile: resolved.last(given.profile), ..given }).collect()
    }

    /// Makes new ids current. Where one replaces a former id, one ledger row has both.
    pub(super) fn rename(
        &mut self,
        conn: &mut PgConnection,
        resolved: &Resolved<'_>,
        outcomes: &mut [Outcome],
    ) -> QueryResult<()> {
        let last = |renamed: &Renamed<'_>| resolved.last(renamed.profile);
        let ids: BTreeMap<_, _> = resolved.renamed.iter().map(|renamed| (last(renamed), renamed.id)).collect();
        let back = identities::went_by(conn, self.batch.environment, &ids)?;
        identities::retire_others(conn, self.batch, &ids)?;
        for renamed in &resolved.renamed {
            let (profile, id, Some(former)) = (renamed.profile, renamed.id, renamed.former) else { continue };
            let (kind, before) = (id.kind.as_str(), Value::from(former.value.clone()));
            let is_new = |change: &Change| change.says(profile, ChangeKind::Identifier, kind, &id.value);
            if let Some(place) = self.changes.iter().position(is_new) {
                let change = self.changes.remove(place).replacing(before);
                self.changes.insert(place, change);
            } else if back.contains(&last(renamed)) {
                let (said, after) = ((profile, self.batch.received_at), Value::from(id.value.clone()));
                self.changes.push(Change::new(said, ChangeKind::Identifier, kind, Some(before), Some(after)));
                outcomes[renamed.place].effect = Effect::Changed;
            }
        }
        Ok(())
    }
}
