//! Reads the facts: of one person together with other things of a page, or of a thousand people, each in one SQL statement.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Jsonb, SmallInt, Uuid as SqlUuid},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Agreement, Asked, Block, Facts, OwnEmail, Reach, Said, Suppression};
use crate::{
    db::{
        Gathered,
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    identities::{Channel, DeviceKind},
    json::Json,
    ledger::Stamp,
    restrictions::{Contact, InForce, Key, Restriction, in_force},
    subscriptions::{self, Confirmation, ConfirmationKey, Medium, Purpose, Subscription, SubscriptionState},
};

/// Facts of one profile. Of each kind at most a thousand rows are read: nobody may have more.
#[derive(Deserialize)]
#[serde(from = "Stored")]
pub struct OwnFacts(pub Facts);

/// SQL of the facts of the row `p` of `profiles`.
macro_rules! own {
    () => {
        concat!(
            "jsonb_build_object( \
             'addresses', (SELECT coalesce(jsonb_agg(jsonb_build_array(a.channel, a.normalised)), '[]') FROM addresses a \
                 WHERE a.environment_id = p.environment_id AND a.profile_id = p.id AND a.address IS NOT NULL), \
             'devices', (SELECT coalesce(jsonb_agg(DISTINCT d.type), '[]') FROM devices d \
                 WHERE d.environment_id = p.environment_id AND d.profile_id = p.id AND d.is_active AND NOT d.is_removed), \
             'lines', (SELECT coalesce(jsonb_agg(jsonb_build_array(s.channel, s.topic, s.state, s.reason, s.stamp)), '[]') \
                 FROM (SELECT * FROM subscriptions s WHERE s.environment_id = p.environment_id AND s.profile_id = p.id \
                     LIMIT 1000) s), \
             'consents', (SELECT coalesce(jsonb_agg(jsonb_build_array(c.purpose, c.given, c.stamp)), '[]') \
                 FROM (SELECT * FROM consents c WHERE c.environment_id = p.environment_id AND c.profile_id = p.id \
                     LIMIT 1000) c), \
             'email', (SELECT jsonb_build_object('shown', a.address, 'normalised', a.normalised, \
                 'asked', (SELECT jsonb_build_object('at', r.asked_at, 'why', r.why) FROM confirmation_requests r \
                     WHERE r.environment_id = p.environment_id AND r.profile_id = ANY(ARRAY(SELECT p.id UNION ALL \
                         SELECT l.alias_id FROM profile_aliases l WHERE l.environment_id = p.environment_id AND l.profile_id = p.id)) \
                         AND r.address = a.normalised \
                     ORDER BY r.wanted_at DESC, r.id DESC LIMIT 1)) FROM addresses a \
                 WHERE a.environment_id = p.environment_id AND a.profile_id = p.id AND a.channel = 'email' AND a.address IS NOT NULL), \
             'confirmations', (SELECT coalesce(jsonb_agg(jsonb_build_array(c.subject, c.value, c.stamp)), '[]') \
                 FROM (SELECT * FROM confirmations c WHERE c.environment_id = p.environment_id AND c.profile_id = p.id \
                     ORDER BY c.subject = 'email' DESC LIMIT 1000) c), \
             'restrictions', ",
            in_force!(),
            ")"
        )
    };
}

impl Gathered for OwnFacts {
    const SQL: &'static str = own!();
}

/// Facts of these profiles; merged and unknown ones are left out.
pub fn of_many(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[ProfileId],
) -> QueryResult<HashMap<ProfileId, Facts>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = SqlUuid)]
        id: ProfileId,
        #[diesel(sql_type = Jsonb)]
        facts: Json,
    }
    let found: Vec<Found> = sql_query(concat!(
        "SELECT p.id, ",
        own!(),
        " AS facts FROM profiles p WHERE p.environment_id = $1 AND p.id = ANY($2) AND p.merged_into IS NULL"
    ))
    .bind::<SmallInt, _>(environment)
    .bind::<Array<SqlUuid>, _>(profiles.iter().map(|profile| profile.0).collect::<Vec<Uuid>>())
    .load(conn)?;
    found.into_iter().map(|Found { id, facts }| Ok((id, facts.read::<OwnFacts>()?.0))).collect()
}

#[derive(Deserialize)]
struct Stored {
    /// Channel and normalised text.
    addresses: Vec<(String, String)>,
    devices: Vec<DeviceKind>,
    /// Channel, topic, state and reason.
    lines: Vec<(String, String, String, String, Stamp)>,
    /// Purpose, and whether consent was given.
    consents: Vec<(String, bool, Stamp)>,
    email: Option<StoredEmail>,
    /// Subject and value.
    confirmations: Vec<(String, serde_json::Value, Stamp)>,
    restrictions: InForce,
}

#[derive(Deserialize)]
struct StoredEmail {
    shown: String,
    normalised: String,
    /// The last message that was to ask.
    asked: Option<StoredAsked>,
}

#[derive(Deserialize)]
struct StoredAsked {
    at: Option<DateTime<Utc>>,
    why: Option<String>,
}

impl OwnEmail {
    fn stored(stored: Option<StoredEmail>, confirmations: Vec<(String, serde_json::Value, Stamp)>) -> Self {
        let mut email = Self::default();
        if let Some(StoredEmail { shown, normalised, asked }) = stored {
            email.asked = match asked {
                Some(StoredAsked { at: Some(at), .. }) => Asked::At(at),
                Some(StoredAsked { why: Some(why), .. }) => Asked::Kept(why),
                _ => Asked::Not,
            };
            (email.shown, email.normalised) = (Some(shown), normalised);
        }
        for (subject, value, stamp) in confirmations {
            match (subject.parse(), serde_json::from_value(value)) {
                (Ok(ConfirmationKey::Line), Ok(Confirmation::Line(begun))) => email.begun = begun,
                (Ok(ConfirmationKey::Email(one)), Ok(Confirmation::Email(_))) if one == email.normalised => {
                    email.confirmed_at = Some(stamp.time());
                }
                // What a newer version of kith wrote, and other emails.
                _ => {}
            }
        }
        email
    }
}

impl From<Stored> for OwnFacts {
    fn from(stored: Stored) -> Self {
        let contacts = contacts(&stored.addresses);
        let mut facts = Facts { reach: reach(&contacts, &stored.devices), ..Facts::default() };
        for restriction in stored.restrictions.0 {
            facts.restrict(restriction, &contacts);
        }
        facts.email = OwnEmail::stored(stored.email, stored.confirmations);
        let line = |(channel, topic, state, reason, stamp): (String, String, String, String, Stamp)| {
            let (line, Subscription { state, reason }) = subscriptions::read(&channel, &topic, &state, &reason)?;
            let agreement = match state {
                SubscriptionState::Subscribed => Agreement::Yes,
                SubscriptionState::Pending => Agreement::Awaiting,
                SubscriptionState::Unsubscribed => Agreement::No(reason),
            };
            Some((line, (agreement, Said::from(&stamp))))
        };
        facts.lines = stored.lines.into_iter().filter_map(line).collect();
        let consent = |(purpose, given, stamp): (String, bool, Stamp)| {
            Some((Purpose::new(&purpose).ok()?, (given, Said::from(&stamp))))
        };
        facts.consents = stored.consents.into_iter().filter_map(consent).collect();
        Self(facts)
    }
}

/// The address that each channel uses.
fn contacts(addresses: &[(String, String)]) -> BTreeMap<Medium, Contact> {
    let has = |channel: Channel| {
        let (_, address) = addresses.iter().find(|(known, _)| known == channel.as_str())?;
        Some(Contact { channel, address: address.clone() })
    };
    Medium::ALL.iter().filter_map(|medium| Some((*medium, medium.address(has)?))).collect()
}

/// Channels that reach the person.
fn reach(contacts: &BTreeMap<Medium, Contact>, devices: &[DeviceKind]) -> BTreeMap<Medium, Reach> {
    let device = |device: &DeviceKind| match device {
        DeviceKind::Push => Medium::Push,
        DeviceKind::Webpush => Medium::Webpush,
        DeviceKind::Inapp => Medium::Inapp,
    };
    contacts.keys().copied().chain(devices.iter().map(device)).map(|medium| (medium, Reach::default())).collect()
}

impl Facts {
    /// Takes a restriction to the layer that it belongs to: one of an address to the channels that use it.
    fn restrict(&mut self, Restriction { key, held, stamp }: Restriction, contacts: &BTreeMap<Medium, Contact>) {
        let said = Said::from(&stamp);
        let using = |contact: &Contact| {
            let contact = contact.clone();
            contacts.iter().filter(move |(_, used)| **used == contact).map(|(medium, _)| *medium)
        };
        let entry = |channel| Suppression { channel, cause: held.cause, until: held.until, said };
        match &key {
            Key::Disabled => self.disabled = Some(said),
            Key::Paused => self.paused = held.until.map(|until| (until, said)),
            Key::Suppressed(channel, None) => self.suppressions.push(entry(*channel)),
            Key::Suppressed(_, Some(contact)) => {
                let hit = using(contact).filter(|medium| key.is_of(*medium));
                self.suppressions.extend(hit.map(|medium| entry(Some(medium))));
            }
            Key::Blocked(contact) => {
                for medium in using(contact) {
                    let block = Block { cause: held.cause, words: held.words.clone() };
                    self.reach.insert(medium, Reach { blocked: Some((block, said)) });
                }
            }
        }
    }
}
