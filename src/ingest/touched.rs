//! What a batch said of whom, for the segments that read it.

use chrono::DateTime;

use super::{state::NAME_PARTS, unit_of_work::UnitOfWork};
use crate::{
    db::ids::ProfileId,
    filter::Aspect,
    ledger::{Change, ChangeKind},
    segments::Touched,
};

/// What changes say.
pub fn of_changes(changes: &[Change]) -> Touched {
    let mut touched = Touched::new();
    add_changes(&mut touched, changes);
    touched
}

/// Adds what changes say.
pub fn add_changes(touched: &mut Touched, changes: &[Change]) {
    for change in changes.iter().filter(|change| !change.is_refused()) {
        touched.entry(change.profile()).or_default().extend(aspects(change));
        // A merge concerns both.
        if let (ChangeKind::Merge, Ok(other)) = (change.kind(), change.subject().parse()) {
            touched.entry(ProfileId(other)).or_default().insert(Aspect::Profile);
        }
    }
}

/// The events that a unit of work is about to write; `last` is whose the rows of a profile become.
pub fn of_events(work: &UnitOfWork<'_>, last: impl Fn(ProfileId) -> ProfileId) -> Touched {
    let mut touched = Touched::new();
    for (_, event, _) in &work.events {
        touched.entry(last(event.profile)).or_default().insert(Aspect::Events(event.definition.0));
    }
    for (profile, seen) in &work.seen {
        if seen.last > DateTime::UNIX_EPOCH {
            touched.entry(last(*profile)).or_default().insert(Aspect::Seen);
        }
    }
    touched
}

fn aspects(change: &Change) -> Vec<Aspect> {
    let subject = || change.subject().to_owned();
    match change.kind() {
        ChangeKind::Created | ChangeKind::Erased | ChangeKind::Merge | ChangeKind::Other(_) => vec![Aspect::Profile],
        ChangeKind::Attribute if NAME_PARTS.contains(&change.subject()) => {
            vec![Aspect::Attribute(subject()), Aspect::Search]
        }
        ChangeKind::Attribute => vec![Aspect::Attribute(subject())],
        ChangeKind::Tag => vec![Aspect::Tag(subject()), Aspect::AnyTag],
        ChangeKind::Identifier => vec![Aspect::Identifiers, Aspect::Search],
        ChangeKind::Address => vec![Aspect::Addresses, Aspect::Search],
        ChangeKind::Device => vec![Aspect::Devices],
        ChangeKind::Subscription | ChangeKind::Confirmation => vec![Aspect::Subscriptions],
        ChangeKind::Consent => vec![Aspect::Consents],
        ChangeKind::Restriction => vec![Aspect::Restrictions],
        ChangeKind::Note => vec![Aspect::Notes],
        ChangeKind::Segment => change.subject().parse().ok().map(Aspect::Chosen).into_iter().collect(),
    }
}
