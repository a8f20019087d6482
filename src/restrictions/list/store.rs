//! Reads the suppression list: entries in force, newest first.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    prelude::*,
    sql_types::{BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::asked::{Asked, Ends};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId, SourceId},
        keyset::{Cursor, Page, Seek},
        schema::sources,
        sql_query,
    },
    json::Json,
    restrictions::{Cause, Held, Key, Restriction},
    subscriptions::Medium,
};

/// An entry of the list.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place, which names it: of one time the address decides, and the person where there is none.
    pub place: Cursor,
    /// The person whom it is about; `None`: whoever has the address.
    pub profile: Option<ProfileId>,
    pub restriction: Restriction,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    said_at: i64,
    #[diesel(sql_type = SqlUuid)]
    entry: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    profile: Option<Uuid>,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    cause: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    words: Option<String>,
    #[diesel(sql_type = Jsonb)]
    stamp: Json,
}

impl Found {
    /// The entry; `None` if a later version wrote what this one does not know.
    fn entry(self) -> Option<Entry> {
        let held = Held { cause: Cause::from_stored(&self.cause)?, until: self.until, words: self.words };
        let restriction = Restriction { key: self.key.parse().ok()?, held, stamp: self.stamp.read().ok()? };
        let at = DateTime::from_timestamp_micros(self.said_at)?;
        Some(Entry { place: Cursor { at, id: self.entry }, profile: self.profile.map(ProfileId), restriction })
    }
}

/// What is read of either table, up to the conditions.
macro_rules! entries {
    ($table:literal, $profile:literal, $of:literal) => {
        concat!(
            "SELECT DISTINCT ON ((r.stamp->>0)::bigint, (md5(r.kind || '/' || r.channel || '/' || r.address_channel || '/' || ",
            $of,
            ")::uuid)) (r.stamp->>0)::bigint AS said_at, \
             (md5(r.kind || '/' || r.channel || '/' || r.address_channel || '/' || ",
            $of,
            ")::uuid) AS entry, ",
            $profile,
            " AS profile, concat_ws('/', r.kind, nullif(r.channel, ''), \
                 CASE WHEN r.address <> '' THEN r.address_channel || ':' || r.address END) AS key, \
             r.cause, r.until, r.words, r.stamp \
             FROM ",
            $table,
            " r WHERE r.environment_id = $1 AND r.cause IS NOT NULL AND r.kind IN ('suppressed', 'blocked') \
             AND (r.until IS NULL OR r.until > $2) AND ($3 = '' OR r.cause = $3) AND ($4 = 0 OR (r.stamp->>3)::int = $4) \
             AND ($5 = '' OR (r.until IS NULL) = ($5 = 'never')) \
             AND ((r.stamp->>0)::bigint, (md5(r.kind || '/' || r.channel || '/' || r.address_channel || '/' || ",
            $of,
            ")::uuid)) "
        )
    };
}

/// One of the two tables.
struct List {
    newest: &'static str,
    oldest: &'static str,
    of_contact: &'static str,
}

const OF_PEOPLE: List = List {
    newest: concat!(
        entries!("restrictions", "r.profile_id", "CASE WHEN r.address = '' THEN r.profile_id::text ELSE r.address END"),
        "< ($6, $7)"
    ),
    oldest: concat!(
        entries!("restrictions", "r.profile_id", "CASE WHEN r.address = '' THEN r.profile_id::text ELSE r.address END"),
        "> ($6, $7)"
    ),
    // Whoever has the address, with whatever is said of them.
    of_contact: " AND EXISTS (SELECT FROM addresses a WHERE a.environment_id = r.environment_id AND a.profile_id = r.profile_id \
         AND a.channel = $9 AND a.normalised = $10)",
};

/// Of an address several statements may count once another arrives; the strictest stands, of equally strict ones the newest.
macro_rules! that_stands {
    () => {
        " AND NOT EXISTS (SELECT FROM address_restrictions o WHERE o.environment_id = r.environment_id \
             AND o.address_channel = r.address_channel AND o.address = r.address AND o.kind = r.kind AND o.channel = r.channel \
             AND (o.strictness, (o.stamp->0)::bigint, (o.stamp->2)::integer, o.may_loosen) \
                 > (r.strictness, (r.stamp->0)::bigint, (r.stamp->2)::integer, r.may_loosen))"
    };
}

const OF_ADDRESSES: List = List {
    newest: concat!(entries!("address_restrictions", "NULL::uuid", "r.address"), "< ($6, $7)", that_stands!()),
    oldest: concat!(entries!("address_restrictions", "NULL::uuid", "r.address"), "> ($6, $7)", that_stands!()),
    of_contact: " AND r.address_channel = $9 AND r.address = $10",
};

const NEWEST_FIRST: &str = " ORDER BY 1 DESC, 2 DESC LIMIT $8";
const OLDEST_FIRST: &str = " ORDER BY 1, 2 LIMIT $8";

impl List {
    fn read(
        &self,
        conn: &mut PgConnection,
        environment: EnvironmentId,
        asked: &Asked,
        now: DateTime<Utc>,
        way: Seek<Cursor>,
        most: i64,
    ) -> QueryResult<Vec<Entry>> {
        let (text, order) = if way.is_backwards() { (self.oldest, OLDEST_FIRST) } else { (self.newest, NEWEST_FIRST) };
        let (at, id) = match way {
            Seek::Start => (i64::MAX, Uuid::max()),
            Seek::After(place) | Seek::Before(place) => (place.at.timestamp_micros(), place.id),
        };
        let of_contact = if asked.contact.is_some() { self.of_contact } else { "" };
        let mut query = sql_query(text)
            .and(of_contact)
            .and(order)
            .bind::<SmallInt, _>(environment)
            .bind::<Timestamptz, _>(now)
            .bind::<Text, _>(asked.cause.map_or("", Cause::as_str))
            .bind::<Integer, _>(asked.source.map_or(0, |source| source.0))
            .bind::<Text, _>(asked.ends.map_or("", Ends::as_str))
            .bind::<BigInt, _>(at)
            .bind::<SqlUuid, _>(id)
            .bind::<BigInt, _>(most);
        if let Some(contact) = &asked.contact {
            query = query.bind::<Text, _>(contact.channel.as_str()).bind::<Text, _>(contact.address.clone());
        }
        let found: Vec<Found> = query.load(conn)?;
        Ok(found.into_iter().filter_map(Found::entry).collect())
    }
}

/// A page of at most `size` entries in force. What was said of an address stands there once, however many people have it.
pub fn page(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &Asked,
    now: DateTime<Utc>,
    way: Seek<Cursor>,
    size: usize,
) -> QueryResult<Page<Entry>> {
    let most = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let mut all = OF_ADDRESSES.read(conn, environment, asked, now, way, most)?;
    all.extend(OF_PEOPLE.read(conn, environment, asked, now, way, most)?);
    let place = |entry: &Entry| (entry.place.at, entry.place.id);
    // The sort is stable: of an address and its holders the address comes first, and stays.
    all.sort_by(|a, b| {
        let order = place(a).cmp(&place(b));
        if way.is_backwards() { order } else { Ordering::reverse(order) }
    });
    all.dedup_by_key(|entry| place(entry));
    all.truncate(size + 1);
    Ok(Page::from_read(all, size, &way))
}

/// The entry of an address at this place; `None`: there is none in force any more.
pub fn of_address(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    place: Cursor,
    now: DateTime<Utc>,
) -> QueryResult<Option<Entry>> {
    // The one before, read forwards.
    let next = Cursor { at: place.at, id: Uuid::from_u128(place.id.as_u128().saturating_sub(1)) };
    let found = OF_ADDRESSES.read(conn, environment, &Asked::default(), now, Seek::Before(next), 1)?;
    Ok(found.into_iter().find(|entry| entry.place == place))
}

/// Who can have said something, by name: at most 200.
pub fn sources(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Vec<(SourceId, String)>> {
    sources::table
        .filter(sources::environment_id.eq(environment.0))
        .order((sources::name, sources::id))
        .select((sources::id, sources::name))
        .limit(200)
        .load(conn)
}

/// What an entry keeps from whom: "All channels suppressed until 24 Dec 2026", "Blocked".
pub fn state(restriction: &Restriction) -> String {
    let state = restriction.held.state(restriction.key.kind());
    match &restriction.key {
        Key::Suppressed(channel, _) => {
            format!("{} {state}", channel.map_or("All channels", Medium::label))
        }
        Key::Blocked(_) => "Blocked".to_owned(),
        _ => state,
    }
}
