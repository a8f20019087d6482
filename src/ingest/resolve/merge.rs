//! Resolves the statements about two profiles (merges) and the release of identifiers.

use chrono::{DateTime, Utc};

use super::{Going, Join, Renamed, Step, Target};
use crate::{
    db::ids::ProfileId,
    identities::{Identifier, Kind},
    ingest::{Merge, MergeProfile},
    ledger::Effect,
    merges::Suggestion,
    registers::Moment,
};

impl<'a> Going<'a, '_> {
    /// Whether a merge would give a known person another identifier or current id, or merge them with another known person.
    pub(super) fn renames(&self, merge: &Merge, identifiers: &[Identifier]) -> bool {
        let is_new = |it: &Identifier| it.kind != Kind::Anonymous && self.known.owner(it).is_none();
        // Where the sender leaves open whether `from` is a browser, it counts as one here.
        let is_browser =
            |from: &Identifier| merge.from.iter().any(|it| it.kind == Kind::Anonymous && it.value == from.value);
        identifiers.iter().any(is_new) || merge.from.iter().any(|from| is_new(from) && !is_browser(from))
    }

    pub(super) fn join(&mut self, join: Join, by: Option<&'a Identifier>) {
        self.known.join(join.loser, join.survivor);
        self.held.join([join.loser, join.survivor]);
        self.resolved.joined.insert(join.loser, join.survivor);
        self.step(Step::Join(join, by));
    }

    /// A merge that a sender or operator asked for.
    pub(super) fn merge(
        &mut self,
        merge: &'a Merge,
        identifiers: &'a [Identifier],
        is_protected: bool,
        survivor: ProfileId,
        said_at: DateTime<Utc>,
    ) -> Target {
        let joins_known = merge.joins_known && !self.is_page;
        self.resolved.survivors.insert(survivor);
        let (mut suggested, mut former) = (None, None);
        for from in &merge.from {
            match self.known.owner(from) {
                // A person who was erased since the statement is not brought back as part of another profile.
                _ if self.known.erasure(std::slice::from_ref(from), said_at).is_some() => {}
                None if is_protected && from.kind != Kind::Anonymous => {}
                None => self.claim(from, survivor, said_at, Some(Moment::new(said_at, false))),
                Some(owner) if owner == survivor => {
                    former = Some(from).filter(|from| from.kind == Kind::Id);
                    let is_another = !identifiers.contains(from);
                    if is_another && (joins_known || from.kind == Kind::Anonymous) {
                        self.join_again(from, identifiers.iter(), survivor, said_at);
                    }
                }
                Some(owner) if joins_known || !self.known.is_recognised(owner) => {
                    let is_first = !self.known.is_recognised(owner);
                    self.join(Join { loser: owner, survivor, is_implied: false, compared: None }, Some(from));
                    if from.kind == Kind::Anonymous && self.known.is_recognised(survivor) {
                        self.known.confirm(from, said_at, is_first);
                    }
                }
                Some(owner) => {
                    self.suggest(survivor, owner, from);
                    suggested = Some(Target::Suggested(survivor));
                }
            }
        }
        if let Some(id) = identifiers.iter().find(|identifier| identifier.kind == Kind::Id)
            && suggested.is_none()
            && !is_protected
            && self.known.is_identified(survivor)
        {
            let former = former.filter(|former| *former != id);
            self.resolved.renamed.push(Renamed { place: self.place, profile: survivor, id, former });
        }
        suggested.unwrap_or(Target::One(survivor))
    }

    /// Frees the identifiers that the profile has. Refused if it has none of them, or would lose its last identifier.
    pub(super) fn release(&mut self, identifiers: &'a [Identifier], profile: ProfileId) -> Target {
        let mut target = Target::Refused(Some(profile), Effect::Missing);
        for identifier in identifiers {
            // A profile without an identifier could not be found.
            let Some(left) = self.left.get_mut(&profile).filter(|left| **left > 1) else {
                return Target::Refused(Some(profile), Effect::Conflict);
            };
            if self.known.release(identifier, profile) {
                *left -= 1;
                self.step(Step::Release { identifier, from: profile });
                target = Target::One(profile);
            }
        }
        target
    }

    /// A merge of two profiles that an operator compared.
    pub(super) fn merge_compared(&mut self, profile: ProfileId, said: &MergeProfile) -> Target {
        let (survivor, loser) = (self.current(profile), self.current(said.other));
        if survivor == loser {
            return Target::One(survivor);
        }
        let Some(versions) = self.versions.get(&profile).copied().zip(self.versions.get(&said.other).copied()) else {
            return Target::Refused(Some(survivor), Effect::Missing);
        };
        if versions != said.versions || (survivor, loser) != (profile, said.other) {
            return Target::Refused(Some(survivor), Effect::Conflict);
        }
        self.resolved.survivors.insert(survivor);
        self.join(Join { loser, survivor, is_implied: false, compared: Some(versions) }, None);
        Target::One(survivor)
    }

    pub(super) fn suggest(&mut self, profile: ProfileId, other: ProfileId, by: &Identifier) {
        self.resolved.suggestions.push(Suggestion::new(profile, other, by.clone()));
    }
}
