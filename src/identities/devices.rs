use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Jsonb, SmallInt},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Device, Token};
use crate::{
    db::{
        ids::{EnvironmentId, ProfileId},
        schema::devices,
        sql_query,
    },
    ingest::Owned,
    json::Json,
    ledger::Stamp,
};

/// Devices as stored; the token, and what goes with it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = devices)]
struct Row {
    #[diesel(column_name = profile_id)]
    profile: Uuid,
    token: String,
    is_removed: bool,
    #[diesel(column_name = type_)]
    kind: String,
    platform: Option<String>,
    model: Option<String>,
    os_version: Option<String>,
    is_active: bool,
    limits_ad_tracking: Option<bool>,
    att_status: Option<String>,
    first_seen_at: DateTime<Utc>,
    stamp: Json,
}

impl Row {
    fn read(self) -> Option<(ProfileId, Token, Owned, Stamp)> {
        let device = Device {
            kind: serde_json::from_value(Value::from(self.kind)).ok()?,
            platform: self.platform,
            model: self.model,
            os_version: self.os_version,
            is_active: self.is_active,
            limits_ad_tracking: self.limits_ad_tracking,
            att_status: self.att_status,
        };
        let owned = Owned { device: (!self.is_removed).then_some(device), first_seen_at: self.first_seen_at };
        Some((ProfileId(self.profile), Token::stored(self.token), owned, serde_json::from_value(self.stamp.0).ok()?))
    }
}

/// The devices of these profiles, removed ones included, one statement for all.
pub fn load_devices(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profiles: &[Uuid],
) -> QueryResult<Vec<(ProfileId, Token, Owned, Stamp)>> {
    let rows: Vec<Row> = devices::table
        .filter(devices::environment_id.eq(environment.0).and(devices::profile_id.eq_any(profiles)))
        .order((devices::profile_id, devices::last_seen_at.desc(), devices::token))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// A device as its profile shows it.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// Where messages go.
    pub token: Token,
    /// What it is.
    pub device: Device,
    /// When it was first heard of.
    pub first_seen_at: DateTime<Utc>,
    /// When it was last heard of, and from whom.
    pub stamp: Stamp,
}

/// The devices of a profile that are not removed, those that were seen last first, at most `limit`.
pub fn devices_of(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
    limit: i64,
) -> QueryResult<Vec<DeviceRow>> {
    let rows: Vec<Row> = devices::table
        .filter(devices::environment_id.eq(environment.0).and(devices::profile_id.eq(profile.0)))
        .filter(devices::is_removed.eq(false))
        .order((devices::last_seen_at.desc(), devices::token))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    let device = |(_, token, owned, stamp): (ProfileId, Token, Owned, Stamp)| {
        Some(DeviceRow { token, device: owned.device?, first_seen_at: owned.first_seen_at, stamp })
    };
    Ok(rows.into_iter().filter_map(Row::read).filter_map(device).collect())
}

/// A device of a profile, unless it was removed.
pub fn device_of(
    conn: &mut PgConnection,
    (environment, profile): (EnvironmentId, ProfileId),
    token: &Token,
) -> QueryResult<Option<Device>> {
    let row: Option<Row> = devices::table
        .find((environment.0, profile.0, token.as_str()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.and_then(Row::read).and_then(|(_, _, owned, _)| owned.device))
}

/// Writes devices, one statement for all.
pub fn put_devices(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    rows: &[(ProfileId, &Token, &Owned, Stamp)],
) -> QueryResult<usize> {
    let row = |(profile, token, owned, stamp): &(ProfileId, &Token, &Owned, Stamp)| {
        let device = owned.device.clone().unwrap_or_default();
        json!({
            "profile_id": profile, "token": token.as_str(), "is_removed": owned.device.is_none(), "type": device.kind,
            "platform": device.platform, "model": device.model, "os_version": device.os_version,
            "is_active": device.is_active, "limits_ad_tracking": device.limits_ad_tracking,
            "att_status": device.att_status, "first_seen_at": owned.first_seen_at, "last_seen_at": stamp.time(),
            "stamp": stamp,
        })
    };
    sql_query(
        "INSERT INTO devices (environment_id, profile_id, token, is_removed, type, platform, model, os_version, is_active, \
             limits_ad_tracking, att_status, first_seen_at, last_seen_at, stamp) \
         SELECT $1, u.* FROM jsonb_to_recordset($2) AS u (profile_id uuid, token text, is_removed boolean, type text, \
             platform text, model text, os_version text, is_active boolean, limits_ad_tracking boolean, att_status text, \
             first_seen_at timestamptz, last_seen_at timestamptz, stamp jsonb) \
         ON CONFLICT (environment_id, profile_id, token) DO UPDATE SET is_removed = excluded.is_removed, \
             type = excluded.type, platform = excluded.platform, model = excluded.model, \
             os_version = excluded.os_version, is_active = excluded.is_active, \
             limits_ad_tracking = excluded.limits_ad_tracking, att_status = excluded.att_status, \
             first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at, stamp = excluded.stamp",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Jsonb, _>(Json(rows.iter().map(row).collect()))
    .execute(conn)
}
