//! The register of restrictions: one for each key. In force is stricter than lifted, and a later end stricter than an earlier one.

use chrono::DateTime;
use serde_json::{Value, json};

use super::{Held, Key, Kind};
use crate::{
    ledger::{ChangeKind, Leave, Stamp},
    registers::{AddressTable, Guard, Keeps, Kept, Register, STRICTER, Table, put_of_addresses},
};

/// Register of restrictions. A lifted one is `None`, and keeps its stamp.
pub struct Restrictions;

/// How strict a value is: lifted, in force until a time (in microseconds since 1970), in force.
fn strictness(value: &Option<Held>) -> i64 {
    let until = |held: &Held| held.until.map_or(i64::MAX, |until| until.timestamp_micros());
    value.as_ref().map_or(i64::MIN, until)
}

impl Register for Restrictions {
    type Key = Key;
    type Value = Option<Held>;

    const KIND: ChangeKind = ChangeKind::Restriction;
    const SECTION: &'static str = "What keeps messages from them";
    const RULE: Keeps = STRICTER;
    const LEAVE: Option<Leave> = Some(Leave::Everything);
    const TABLE: Option<Table<Self>> = Some(Table {
        load: "SELECT profile_id, \
             concat_ws('/', kind, nullif(channel, ''), CASE WHEN address <> '' THEN address_channel || ':' || address END) AS key, \
             CASE WHEN cause IS NOT NULL \
                 THEN jsonb_strip_nulls(jsonb_build_object('cause', cause, 'until', until, 'words', words)) END AS value, stamp, statements \
         FROM restrictions WHERE environment_id = $1 AND profile_id = ANY($2)",
        put: "INSERT INTO restrictions (environment_id, profile_id, kind, channel, address_channel, address, cause, until, words, stamp, \
             statements) \
         SELECT $1, u.* FROM jsonb_to_recordset($2) AS u (profile_id uuid, kind text, channel text, address_channel text, \
             address text, cause text, until timestamptz, words text, stamp jsonb, statements jsonb) \
         ON CONFLICT (environment_id, profile_id, kind, channel, address_channel, address) DO UPDATE SET \
             cause = excluded.cause, until = excluded.until, words = excluded.words, stamp = excluded.stamp, \
             statements = excluded.statements",
        remove: "DELETE FROM restrictions WHERE environment_id = $1 AND profile_id = $2 AND \
         concat_ws('/', kind, nullif(channel, ''), CASE WHEN address <> '' THEN address_channel || ':' || address END) = ANY($3)",
        columns: |key, value, _| {
            let held = value.as_ref();
            json!({
                "kind": key.kind().as_str(), "channel": key.channel_text(),
                "address_channel": key.contact().map_or("", |contact| contact.channel.as_str()),
                "address": key.contact().map_or("", |contact| contact.address.as_str()),
                "cause": held.map(|held| held.cause), "until": held.and_then(|held| held.until),
                "words": held.and_then(|held| held.words.as_ref()),
            })
        },
    });
    const OF_ADDRESSES: Option<AddressTable> = Some(AddressTable {
        load: "SELECT s.address_channel, s.address, \
             concat_ws('/', s.kind, nullif(s.channel, ''), s.address_channel || ':' || s.address) AS key, \
             CASE WHEN s.cause IS NOT NULL \
                 THEN jsonb_strip_nulls(jsonb_build_object('cause', s.cause, 'until', s.until, 'words', s.words)) END AS value, s.stamp, s.may_loosen \
         FROM unnest($2, $3) AS u (channel, address) JOIN address_restrictions s \
             ON s.environment_id = $1 AND s.address_channel = u.channel AND s.address = u.address",
        put: put_of_addresses!(
            "address_restrictions", "kind", "channel", "cause" "text", "until" "timestamptz", "words" "text"
        ),
        forget: "DELETE FROM address_restrictions s USING unnest($2, $3) AS u (channel, address) \
         WHERE s.environment_id = $1 AND s.address_channel = u.channel AND s.address = u.address",
    });

    fn key(subject: &str) -> Option<Key> {
        subject.parse().ok()
    }

    fn shown(value: &Option<Held>) -> Option<Value> {
        value.as_ref().map(|held| json!(held))
    }

    fn read(key: &Key, shown: &Value) -> Option<Option<Held>> {
        let Held { cause, until, words } = serde_json::from_value(shown.clone()).ok()?;
        Held::new(key.kind(), cause, until, words).ok().map(Some)
    }

    fn removed() -> Option<Option<Held>> {
        Some(None)
    }

    /// Times are kept as Postgres keeps them, to the microsecond.
    fn said(mut value: Option<Held>, stamp: Stamp) -> (Option<Held>, Stamp) {
        if let Some(until) = value.as_mut().and_then(|held| held.until.as_mut()) {
            *until = DateTime::from_timestamp_micros(until.timestamp_micros()).unwrap_or(*until);
        }
        (value, stamp)
    }

    /// People end their own pause, and a key with the right turns all messages on again. Only an operator with a reason lifts an entry of the
    /// suppression list or a block.
    fn may_loosen(key: &Key, leave: Leave) -> bool {
        leave
            >= match key.kind() {
                Kind::Paused => Leave::Answers,
                Kind::Disabled => Leave::Messages,
                Kind::Suppressed | Kind::Blocked => Leave::Everything,
            }
    }

    fn strictness(_: &Key, value: &Option<Held>) -> i64 {
        strictness(value)
    }

    /// The stricter one wins, then its particulars.
    fn outranks(_: &Key, said: &Option<Held>, had: &Option<Held>) -> bool {
        let order = |value: &Option<Held>| {
            let told = value.as_ref().map(|held| (held.cause.as_str(), held.words.clone().unwrap_or_default()));
            (strictness(value), told)
        };
        order(said) > order(had)
    }

    fn keeps(_: &Key, own: &Option<Held>, theirs: &Option<Held>) -> Kept<Option<Held>> {
        if strictness(own) >= strictness(theirs) { Kept::Own } else { Kept::Theirs }
    }

    /// A key for browsers lifts nothing and shortens nothing.
    fn guard(_: &Key, had: &Option<Held>, said: &Option<Held>) -> Guard {
        if strictness(said) < strictness(had) { Guard::Never(LIFTED) } else { Guard::Free }
    }
}

/// Rule for a key for browsers that lifts a restriction.
const LIFTED: &str = "cannot be lifted by a key for browsers: somebody who has an id is not to be messaged";
