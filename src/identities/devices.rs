//! The register of devices, each under its token.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Device, Token};
use crate::{
    db::{Gathered, ids::ProfileKey, schema::devices},
    json::Json,
    ledger::{ChangeKind, Stamp},
    registers::{Keeps, Kept, NEWER, Register, Table},
};

#[derive(Clone, Debug, Deserialize, Queryable, Selectable)]
#[diesel(table_name = devices)]
struct Stored {
    token: String,
    is_removed: bool,
    #[diesel(column_name = type_)]
    #[serde(rename = "type")]
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

/// Value of the register of devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(Option<Device>, DateTime<Utc>)", into = "(Option<Device>, DateTime<Utc>)")]
pub struct Owned {
    /// Description of the device; `None`: the device is removed.
    pub device: Option<Device>,
    /// When the device was first stated.
    pub first_seen_at: DateTime<Utc>,
}

impl From<(Option<Device>, DateTime<Utc>)> for Owned {
    fn from((device, first_seen_at): (Option<Device>, DateTime<Utc>)) -> Self {
        Self { device, first_seen_at }
    }
}

impl From<Owned> for (Option<Device>, DateTime<Utc>) {
    fn from(owned: Owned) -> Self {
        (owned.device, owned.first_seen_at)
    }
}

impl From<Option<Device>> for Owned {
    /// A device as stated: its first time is the statement's own.
    fn from(device: Option<Device>) -> Self {
        Self { device, first_seen_at: DateTime::<Utc>::MAX_UTC }
    }
}

impl Stored {
    fn read(self) -> Option<DeviceRow> {
        let device = Device {
            kind: serde_json::from_value(Value::from(self.kind)).ok()?,
            platform: self.platform,
            model: self.model,
            os_version: self.os_version,
            is_active: self.is_active,
            limits_ad_tracking: self.limits_ad_tracking,
            att_status: self.att_status,
        };
        let (token, stamp) = (Token::stored(self.token), serde_json::from_value(self.stamp.0).ok()?);
        Some(DeviceRow { token, device, first_seen_at: self.first_seen_at, stamp })
    }
}

/// The register of devices, each under its token.
pub struct Devices;

impl Register for Devices {
    type Key = Token;
    type Value = Owned;

    const KIND: ChangeKind = ChangeKind::Device;
    const SECTION: &'static str = "Devices";
    const RULE: Keeps = NEWER;
    const TABLE: Option<Table<Self>> = Some(Table {
        load: "SELECT profile_id, token AS key, jsonb_build_array(CASE WHEN NOT is_removed THEN \
             jsonb_build_object('type', type, 'platform', platform, 'model', model, 'os_version', os_version, \
                 'active', is_active, 'limits_ad_tracking', limits_ad_tracking, 'att_status', att_status) END, \
             first_seen_at) AS value, stamp \
         FROM devices WHERE environment_id = $1 AND profile_id = ANY($2)",
        put: "INSERT INTO devices (environment_id, profile_id, token, is_removed, type, platform, model, os_version, is_active, \
             limits_ad_tracking, att_status, first_seen_at, last_seen_at, stamp) \
         SELECT $1, u.* FROM jsonb_to_recordset($2) AS u (profile_id uuid, token text, is_removed boolean, type text, \
             platform text, model text, os_version text, is_active boolean, limits_ad_tracking boolean, att_status text, \
             first_seen_at timestamptz, last_seen_at timestamptz, stamp jsonb) \
         ON CONFLICT (environment_id, profile_id, token_hash) DO UPDATE SET is_removed = excluded.is_removed, \
             type = excluded.type, platform = excluded.platform, model = excluded.model, \
             os_version = excluded.os_version, is_active = excluded.is_active, \
             limits_ad_tracking = excluded.limits_ad_tracking, att_status = excluded.att_status, \
             first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at, stamp = excluded.stamp",
        remove: "DELETE FROM devices WHERE environment_id = $1 AND profile_id = $2 AND token = ANY($3)",
        columns: |token, value, stamp| {
            let device = value.device.clone().unwrap_or_default();
            json!({
                "token": token.as_str(), "is_removed": value.device.is_none(), "type": device.kind,
                "platform": device.platform, "model": device.model, "os_version": device.os_version,
                "is_active": device.is_active, "limits_ad_tracking": device.limits_ad_tracking,
                "att_status": device.att_status, "first_seen_at": value.first_seen_at, "last_seen_at": stamp.time(),
            })
        },
    });

    fn key(subject: &str) -> Option<Token> {
        Some(Token::stored(subject.to_owned()))
    }

    fn shown(value: &Owned) -> Option<Value> {
        value.device.as_ref().map(|device| json!(device))
    }

    fn read(_: &Token, shown: &Value) -> Option<Owned> {
        serde_json::from_value(shown.clone()).ok().map(|device: Device| Some(device).into())
    }

    fn removed() -> Option<Owned> {
        Some(None.into())
    }

    fn said(value: Owned, stamp: Stamp) -> (Owned, Stamp) {
        (Owned { first_seen_at: stamp.time(), ..value }, stamp)
    }

    /// An older statement adds only an earlier first time.
    fn gather(value: &mut Owned, other: &Owned) {
        value.first_seen_at = value.first_seen_at.min(other.first_seen_at);
    }

    fn keeps(_: &Token, _: &Owned, _: &Owned) -> Kept<Owned> {
        Kept::Newer
    }

    fn field(token: &Token) -> String {
        format!("device {}", token.short())
    }
}

/// A device of a profile, for its pages.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// Push token of the device.
    pub token: Token,
    /// Description of the device.
    pub device: Device,
    /// When the device was first stated.
    pub first_seen_at: DateTime<Utc>,
    /// Stamp of the newest statement about the device.
    pub stamp: Stamp,
}

/// At most `limit` devices of a profile, those seen last first, without removed ones.
pub fn devices_of(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    limit: i64,
) -> QueryResult<Vec<DeviceRow>> {
    let rows: Vec<Stored> = devices::table
        .filter(devices::environment_id.eq(environment.0).and(devices::profile_id.eq(profile.0)))
        .filter(devices::is_removed.eq(false))
        .order((devices::last_seen_at.desc(), devices::token))
        .limit(limit)
        .select(Stored::as_select())
        .load(conn)?;
    Ok(rows.into_iter().filter_map(Stored::read).collect())
}

/// The five devices of a profile that were seen last: see [`devices_of`].
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<Stored>")]
pub struct FirstDevices(pub Vec<DeviceRow>);

impl Gathered for FirstDevices {
    const SQL: &'static str = "(SELECT coalesce(jsonb_agg(d ORDER BY d.last_seen_at DESC, d.token), '[]') \
         FROM (SELECT * FROM devices d WHERE d.environment_id = p.environment_id AND d.profile_id = p.id AND NOT d.is_removed \
             ORDER BY d.last_seen_at DESC, d.token LIMIT 5) d)";
}

impl From<Vec<Stored>> for FirstDevices {
    fn from(rows: Vec<Stored>) -> Self {
        Self(rows.into_iter().filter_map(Stored::read).collect())
    }
}

/// A device of a profile; `None` if there is none or it is removed.
pub fn device_of(
    conn: &mut PgConnection,
    ProfileKey { environment, profile }: ProfileKey,
    token: &Token,
) -> QueryResult<Option<Device>> {
    let row: Option<Stored> = devices::table
        .filter(devices::environment_id.eq(environment.0).and(devices::profile_id.eq(profile.0)))
        .filter(devices::token.eq(token.as_str()))
        .select(Stored::as_select())
        .first(conn)
        .optional()?;
    Ok(row.filter(|row| !row.is_removed).and_then(Stored::read).map(|row| row.device))
}
