//! The devices of a person, with the one that gets push messages.

use askama::{Template, filters::HtmlSafe};

use super::{Device, DeviceKind, DeviceRow, Token};
use crate::web::{Now, Timestamp};

/// A device as a profile shows it.
#[derive(Clone, Debug)]
pub struct DeviceFact {
    /// What it is.
    pub device: Device,
    /// Where messages go.
    pub token: Token,
    /// When it was first heard of.
    pub first_seen: Timestamp,
    /// When it was last heard of.
    pub seen: Timestamp,
    /// Push messages go there, because it is the one of its kind that was seen last (S2.2).
    pub gets_push: bool,
}

/// Some devices, those that were seen last first.
#[derive(Clone, Debug, Template)]
#[template(path = "identities/_devices.html")]
pub struct DeviceCard {
    /// Each of them.
    pub devices: Vec<DeviceFact>,
}

impl HtmlSafe for DeviceCard {}

impl DeviceCard {
    /// These devices, as told at `now`. They must be those that were seen last.
    pub fn new(rows: Vec<DeviceRow>, now: Now) -> Self {
        let mut open = vec![DeviceKind::Push, DeviceKind::Webpush];
        let fact = |row: DeviceRow| {
            let DeviceRow { token, device, first_seen_at, stamp } = row;
            let place = open.iter().position(|kind| *kind == device.kind && device.is_active);
            let gets_push = place.map(|place| open.remove(place)).is_some();
            let (first_seen, seen) = (Timestamp::new(first_seen_at, now), Timestamp::new(stamp.time(), now));
            DeviceFact { device, token, first_seen, seen, gets_push }
        };
        Self { devices: rows.into_iter().map(fact).collect() }
    }

    /// None is known.
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }
}
