//! Statements about addresses, which hold for every profile that is reached there.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Jsonb, SmallInt, Text},
};
use serde_json::json;

use super::{Line, Subscription, SubscriptionState, lines::read};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileKey},
        schema::subscriptions,
        sql_query,
    },
    identities::{Address, Channel},
    json::Json,
    ledger::{AHEAD, Stamp},
};

/// A statement about an address, for every profile that is reached there.
pub type OfAddress = (Channel, String, Line, Subscription, Stamp);

/// The statements about these addresses, in one query.
pub fn of_addresses(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &BTreeSet<(Channel, &Address)>,
) -> QueryResult<Vec<OfAddress>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        address_channel: String,
        #[diesel(sql_type = Text)]
        address: String,
        #[diesel(sql_type = Text)]
        channel: String,
        #[diesel(sql_type = Text)]
        topic: String,
        #[diesel(sql_type = Text)]
        state: String,
        #[diesel(sql_type = Text)]
        reason: String,
        #[diesel(sql_type = Jsonb)]
        stamp: Json,
    }
    let found: Vec<Found> = sql_query(
        "SELECT s.address_channel, s.address, s.channel, s.topic, s.state, s.reason, s.stamp \
         FROM unnest($2, $3) AS u (channel, address) JOIN address_subscriptions s \
             ON s.environment_id = $1 AND s.address_channel = u.channel AND s.address = u.address",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(asked.iter().map(|(channel, _)| channel.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(asked.iter().map(|(_, address)| address.normalised.as_str()).collect::<Vec<_>>())
    .load(conn)?;
    let row = |row: Found| {
        let (line, said) = read(&row.channel, &row.topic, &row.state, &row.reason)?;
        let channel = Channel::from_stored(&row.address_channel)?;
        Some((channel, row.address, line, said, serde_json::from_value(row.stamp.0).ok()?))
    };
    Ok(found.into_iter().filter_map(row).collect())
}

/// What is said of a line; `None`: nothing.
pub fn of_line(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    line: &Line,
) -> QueryResult<Option<Subscription>> {
    let found: Option<(String, String)> = subscriptions::table
        .find((environment.0, profile.0, line.channel_text(), line.topic_text()))
        .select((subscriptions::state, subscriptions::reason))
        .first(conn)
        .optional()?;
    let said = found.and_then(|(state, reason)| read(line.channel_text(), line.topic_text(), &state, &reason));
    Ok(said.map(|(_, said)| said))
}

/// Stores statements about addresses where they are newer than the stored ones, in one query. Each address and line may occur once. A
/// stored one that lies ahead of `present` gives way: see [`Stamp::at_present`].
pub fn put_of_addresses(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    present: DateTime<Utc>,
    rows: &[OfAddress],
) -> QueryResult<usize> {
    let row = |(channel, address, line, said, stamp): &OfAddress| {
        json!({
            "address_channel": channel.as_str(), "address": address, "channel": line.channel_text(),
            "topic": line.topic_text(), "state": said.state.as_str(), "reason": said.reason.as_str(), "stamp": stamp,
        })
    };
    sql_query(
        "INSERT INTO address_subscriptions AS a (environment_id, address_channel, address, channel, topic, state, reason, stamp) \
         SELECT $1, u.* FROM jsonb_to_recordset($2) AS u (address_channel text, address text, channel text, topic text, \
             state text, reason text, stamp jsonb) \
         ON CONFLICT (environment_id, address_channel, address, channel, topic) DO UPDATE SET \
             state = excluded.state, reason = excluded.reason, stamp = excluded.stamp \
         WHERE ((a.stamp->0)::bigint, (a.stamp->2)::integer) < ((excluded.stamp->0)::bigint, (excluded.stamp->2)::integer) \
             OR (((a.stamp->0)::bigint, (a.stamp->2)::integer) = ((excluded.stamp->0)::bigint, (excluded.stamp->2)::integer) \
                 AND (array_position($4, a.state), a.reason COLLATE \"C\") \
                     < (array_position($4, excluded.state), excluded.reason COLLATE \"C\")) \
             OR ((a.stamp->0)::bigint > $3 AND (excluded.stamp->0)::bigint <= $3)",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Jsonb, _>(Json(rows.iter().map(row).collect()))
    .bind::<BigInt, _>((present + AHEAD).timestamp_micros())
    .bind::<Array<Text>, _>(SubscriptionState::ALL.iter().map(|state| state.as_str()).collect::<Vec<_>>())
    .execute(conn)
}

/// Removes the statements about these addresses.
pub fn forget_addresses(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    gone: &[(Channel, &Address)],
) -> QueryResult<()> {
    if gone.is_empty() {
        return Ok(());
    }
    sql_query(
        "DELETE FROM address_subscriptions s USING unnest($2, $3) AS u (channel, address) \
         WHERE s.environment_id = $1 AND s.address_channel = u.channel AND s.address = u.address",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(gone.iter().map(|(channel, _)| channel.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(gone.iter().map(|(_, address)| address.normalised.as_str()).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}
