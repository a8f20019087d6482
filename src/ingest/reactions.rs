//! What follows from events about messages (V7.7-8): statements of the event's own time and source, in the same transaction.
//!
//! They are order-independent where the event alone decides: a bounce for good, a complaint, an unsubscription. Of soft bounces the row is
//! looked for around each one that arrives, so their own order does not matter; but a delivery that is told late takes back no block.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use super::{Item, State, Statement, resolve::Target, unit_of_work::UnitOfWork};
use crate::{
    activity,
    db::ids::ProfileId,
    events::{Event, EventKind},
    identities::Addresses,
    ledger::{Batch, ChangeKind},
    registers::{Fact, Register},
    restrictions::{
        Cause, Contact, Held, Key, Restrictions,
        delivery::{self, Deliveries, Fate, Report},
    },
    subscriptions::{Line, Medium, Reason, Subscription, SubscriptionState, Subscriptions},
};

/// Registers that a reaction reads and changes.
pub const KINDS: [ChangeKind; 3] = [Restrictions::KIND, Subscriptions::KIND, Addresses::KIND];

/// What an event reports of a message; `None`: nothing, or staff added it, who only tell what they heard.
fn report(event: &Event) -> Option<Report> {
    let is_told = event.kind == EventKind::Event && !event.is_of_staff;
    is_told.then(|| delivery::report(event.name.as_str(), &event.properties)).flatten()
}

/// Whether something may follow from an event.
pub fn follows(event: &Event) -> bool {
    report(event).is_some_and(|report| report.fate != Fate::Arrived)
}

type Rows = HashMap<(ProfileId, Medium, Option<Contact>), Deliveries>;

/// What is known of messages to people of whom a batch reports a soft bounce.
#[derive(Default)]
pub struct Bounces(Rows);

impl Bounces {
    /// Reads it with one SQL statement; a batch without a soft bounce asks nothing.
    pub fn load(conn: &mut PgConnection, batch: &Batch, items: &[Item], targets: &[Target]) -> QueryResult<Self> {
        let mut rows = Rows::new();
        let mut spans: BTreeMap<ProfileId, (DateTime<Utc>, DateTime<Utc>)> = BTreeMap::new();
        let mut note = |profile, at, id, report: Report| {
            rows.entry((profile, report.medium, report.contact)).or_default().note(at, id, report.fate);
        };
        for (place, (item, target)) in items.iter().zip(targets).enumerate() {
            let (Statement::Event(event), Target::One(profile)) = (&item.statement, target) else { continue };
            let Some(report) = report(event) else { continue };
            let at = event.occurred_at;
            if report.fate == Fate::SoftBounce {
                let span = spans.entry(*profile).or_insert((at, at));
                *span = (span.0.min(at), span.1.max(at));
            }
            let id = event.message_id.as_ref().map(|id| id.event_id(batch.environment).0);
            note(*profile, at, id.unwrap_or(Uuid::from_u128(place as u128)), report);
        }
        if spans.is_empty() {
            return Ok(Self::default());
        }
        let spans: Vec<_> = spans
            .into_iter()
            .map(|(profile, (first, last))| (profile, first - delivery::WITHIN, last + delivery::WITHIN))
            .collect();
        let names: Vec<&str> = delivery::properties().collect();
        for told in activity::messages_within(conn, batch.environment, &spans, &names)? {
            if let Some(report) = told.properties.0.as_object().and_then(|said| delivery::report(&told.name, said)) {
                note(told.profile, told.occurred_at, told.id, report);
            }
        }
        Ok(Self(rows))
    }

    /// What follows from an event about a person with this state, and when it became true; `None`: nothing.
    fn reaction(&self, event: &Event, profile: ProfileId, state: &State) -> Option<(Fact, DateTime<Utc>)> {
        let Report { medium, fate, contact, words } = report(event)?;
        let own = || {
            medium.address(|channel| {
                let address = state.facts.get::<Addresses>(&channel)?.as_ref()?;
                Some(Contact::new(channel, address))
            })
        };
        let (cause, at) = match fate {
            Fate::Arrived => return None,
            Fate::Unsubscribed => {
                let said = Subscription { state: SubscriptionState::Unsubscribed, reason: Reason::Event };
                return Some((Fact::new::<Subscriptions>(Line::channel(medium), said), event.occurred_at));
            }
            Fate::HardBounce => (Cause::HardBounce, event.occurred_at),
            Fate::Complaint => (Cause::Complaint, event.occurred_at),
            Fate::SoftBounce => {
                let row = self.0.get(&(profile, medium, contact.clone()))?;
                (Cause::SoftBounces, row.end_of_row(event.occurred_at)?)
            }
        };
        let key = Key::Blocked(contact.or_else(own)?);
        Some((Fact::new::<Restrictions>(key, Some(Held { cause, until: None, words })), at))
    }
}

impl UnitOfWork<'_> {
    /// Folds what follows from an event into the state of its profile.
    pub(super) fn react(&mut self, index: usize, event: &Event, profile: ProfileId, state: &mut State) {
        let Some((fact, at)) = self.bounces.reaction(event, profile, state) else { return };
        // Nothing is said of the future.
        let at = self.at(profile, at.min(self.batch.received_at), index);
        state.say(&fact, at, &mut self.changes);
    }
}
