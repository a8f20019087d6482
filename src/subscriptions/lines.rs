//! The register of subscriptions: one for each channel and topic.

use serde_json::json;

use super::{Line, Reason, Subscription, SubscriptionState, Topic};
use crate::{
    ledger::{ChangeKind, Leave},
    registers::{AddressTable, Guard, Keeps, Kept, Register, STRICTER, Table, put_of_addresses},
};

/// Register of subscriptions: one for each line. A subscription can be replaced, never removed.
pub struct Subscriptions;

impl Register for Subscriptions {
    type Key = Line;
    type Value = Subscription;

    const KIND: ChangeKind = ChangeKind::Subscription;
    const SECTION: &'static str = "Subscriptions and consents";
    const RULE: Keeps = STRICTER;
    const LEAVE: Option<Leave> = Some(Leave::Answers);
    const TABLE: Option<Table<Self>> = Some(Table {
        load: "SELECT profile_id, channel || CASE topic WHEN '' THEN '' ELSE '/' || topic END AS key, \
             jsonb_build_object('state', state, 'reason', reason) AS value, stamp, statements \
         FROM subscriptions WHERE environment_id = $1 AND profile_id = ANY($2)",
        put: "INSERT INTO subscriptions (environment_id, profile_id, channel, topic, state, reason, stamp, statements) \
         SELECT $1, u.* FROM jsonb_to_recordset($2) \
             AS u (profile_id uuid, channel text, topic text, state text, reason text, stamp jsonb, statements jsonb) \
         ON CONFLICT (environment_id, profile_id, channel, topic) DO UPDATE SET \
             state = excluded.state, reason = excluded.reason, stamp = excluded.stamp, \
             statements = excluded.statements",
        remove: "DELETE FROM subscriptions WHERE environment_id = $1 AND profile_id = $2 \
         AND channel || CASE topic WHEN '' THEN '' ELSE '/' || topic END = ANY($3)",
        columns: |line, said, _| {
            json!({
                "channel": line.channel_text(), "topic": line.topic_text(), "state": said.state.as_str(),
                "reason": said.reason.as_str(),
            })
        },
    });

    const OF_ADDRESSES: Option<AddressTable> = Some(AddressTable {
        load: "SELECT s.address_channel, s.address, s.channel || CASE s.topic WHEN '' THEN '' ELSE '/' || s.topic END AS key, \
             jsonb_build_object('state', s.state, 'reason', s.reason) AS value, s.stamp, s.may_loosen \
         FROM unnest($2, $3) AS u (channel, address) JOIN address_subscriptions s \
             ON s.environment_id = $1 AND s.address_channel = u.channel AND s.address = u.address",
        put: put_of_addresses!("address_subscriptions", "channel", "topic", "state" "text", "reason" "text"),
        forget: "DELETE FROM address_subscriptions s USING unnest($2, $3) AS u (channel, address) \
         WHERE s.environment_id = $1 AND s.address_channel = u.channel AND s.address = u.address",
    });

    fn key(subject: &str) -> Option<Line> {
        subject.parse().ok()
    }

    /// The stricter one wins, then the reason.
    fn outranks(_: &Line, said: &Subscription, had: &Subscription) -> bool {
        (said.state, said.reason.as_str()) > (had.state, had.reason.as_str())
    }

    fn strictness(_: &Line, value: &Subscription) -> i64 {
        value.state as i64
    }

    fn keeps(_: &Line, own: &Subscription, theirs: &Subscription) -> Kept<Subscription> {
        if own.state >= theirs.state { Kept::Own } else { Kept::Theirs }
    }

    /// A key for browsers cannot turn a stricter state into a looser one.
    fn guard(_: &Line, had: &Subscription, said: &Subscription) -> Guard {
        if said.state < had.state { Guard::Never(LOOSER) } else { Guard::Free }
    }
}

/// Rule for a key for browsers that states a looser answer.
pub(super) const LOOSER: &str = "cannot be loosened by a key for browsers: somebody who has an id said no";

/// Parses a stored row; `None` if a newer version of kith wrote unknown words.
pub fn read(channel: &str, topic: &str, state: &str, reason: &str) -> Option<(Line, Subscription)> {
    let line = Line { channel: Line::read_channel(channel).ok()?, topic: Topic::new(topic).ok() };
    Some((line, Subscription { state: SubscriptionState::parse(state).ok()?, reason: Reason::parse(reason).ok()? }))
}
