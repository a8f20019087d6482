//! Reads the facts: of one person together with other things of a page, or of a thousand people, each in one SQL statement.

use std::collections::{BTreeMap, HashMap};

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, Jsonb, SmallInt, Uuid as SqlUuid},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Agreement, Block, Facts, Reach, Said, Suppression};
use crate::{
    db::{
        Gathered,
        ids::{EnvironmentId, ProfileId},
        sql_query,
    },
    identities::{Channel, DeviceKind},
    json::Json,
    ledger::Stamp,
    subscriptions::{self, Line, Medium, Purpose, Reason, Subscription, SubscriptionState},
};

/// Facts of one profile. Of each kind at most a thousand rows are read: nobody may have more.
#[derive(Deserialize)]
#[serde(from = "Stored")]
pub struct OwnFacts(pub Facts);

/// SQL of the facts of the row `p` of `profiles`.
macro_rules! own {
    () => {
        "jsonb_build_object( \
             'addresses', (SELECT coalesce(jsonb_agg(jsonb_build_array(a.channel, a.health, a.health_reason)), '[]') FROM addresses a \
                 WHERE a.environment_id = p.environment_id AND a.profile_id = p.id AND a.address IS NOT NULL), \
             'devices', (SELECT coalesce(jsonb_agg(DISTINCT d.type), '[]') FROM devices d \
                 WHERE d.environment_id = p.environment_id AND d.profile_id = p.id AND d.is_active AND NOT d.is_removed), \
             'lines', (SELECT coalesce(jsonb_agg(jsonb_build_array(s.channel, s.topic, s.state, s.reason, s.stamp)), '[]') \
                 FROM (SELECT * FROM subscriptions s WHERE s.environment_id = p.environment_id AND s.profile_id = p.id \
                     LIMIT 1000) s), \
             'consents', (SELECT coalesce(jsonb_agg(jsonb_build_array(c.purpose, c.given, c.stamp)), '[]') \
                 FROM (SELECT * FROM consents c WHERE c.environment_id = p.environment_id AND c.profile_id = p.id \
                     LIMIT 1000) c))"
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
    /// Channel, health, and the words for it.
    addresses: Vec<(String, String, Option<String>)>,
    devices: Vec<DeviceKind>,
    /// Channel, topic, state and reason.
    lines: Vec<(String, String, String, String, Stamp)>,
    /// Purpose, and whether consent was given.
    consents: Vec<(String, bool, Stamp)>,
}

impl From<Stored> for OwnFacts {
    fn from(stored: Stored) -> Self {
        let mut facts = Facts { reach: reach(&stored), ..Facts::default() };
        for (channel, topic, state, reason, stamp) in stored.lines {
            if let Some((line, said)) = subscriptions::read(&channel, &topic, &state, &reason) {
                facts.take(line, said, Said::from(&stamp));
            }
        }
        let consent = |(purpose, given, stamp): (String, bool, Stamp)| {
            Some((Purpose::new(&purpose).ok()?, (given, Said::from(&stamp))))
        };
        facts.consents = stored.consents.into_iter().filter_map(consent).collect();
        Self(facts)
    }
}

/// Channels that reach the person. Calls and WhatsApp use the phone number.
fn reach(stored: &Stored) -> BTreeMap<Medium, Reach> {
    let mut reach = BTreeMap::new();
    for (channel, health, words) in &stored.addresses {
        let blocked = (health == "blocked").then(|| (Block::Bounce(words.clone()), None));
        let channel = Channel::from_stored(channel);
        let channels = Medium::ALL.iter().filter(|it| it.address().is_some() && it.address() == channel);
        reach.extend(channels.map(|channel| (*channel, Reach { blocked: blocked.clone() })));
    }
    for device in &stored.devices {
        let channel = match device {
            DeviceKind::Push => Medium::Push,
            DeviceKind::Webpush => Medium::Webpush,
            DeviceKind::Inapp => Medium::Inapp,
        };
        reach.insert(channel, Reach::default());
    }
    reach
}

impl Facts {
    /// Takes a subscription to the layer that it belongs to. What must not be sent whatever is wanted is no matter of agreement.
    fn take(&mut self, line: Line, Subscription { state, reason }: Subscription, said: Said) {
        let agreement = match (state, &line) {
            (SubscriptionState::Suppressed, Line { topic: None, channel: None }) if reason == Reason::Status => {
                self.disabled = Some(said);
                return;
            }
            (SubscriptionState::Suppressed, Line { topic: None, channel: Some(channel) })
                if matches!(reason, Reason::Bounce | Reason::Complaint) =>
            {
                let block = if reason == Reason::Complaint { Block::Complaint } else { Block::Bounce(None) };
                if let Some(reach) = self.reach.get_mut(channel) {
                    reach.blocked = Some((block, Some(said)));
                }
                return;
            }
            (SubscriptionState::Suppressed, Line { topic: None, channel }) => {
                self.suppressions.push(Suppression { channel: *channel, reason, until: None, said });
                return;
            }
            (SubscriptionState::Subscribed, _) => Agreement::Yes,
            (SubscriptionState::Pending, _) => Agreement::Awaiting,
            (SubscriptionState::Unsubscribed | SubscriptionState::Suppressed, _) => Agreement::No(reason),
        };
        self.lines.insert(line, (agreement, said));
    }
}
