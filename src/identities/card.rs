//! The card of a profile's devices, which marks those that get push messages.

use askama::{Template, filters::HtmlSafe};

use super::{Device, DeviceKind, DeviceRow, Token};
use crate::web::{Now, Timestamp};

/// A device on the card.
#[derive(Clone, Debug)]
pub struct DeviceFact {
    pub device: Device,
    pub token: Token,
    /// When the device was first stated.
    pub first_seen: Timestamp,
    /// When the device was last stated.
    pub seen: Timestamp,
    /// Whether push messages go to the device: it is the active one of its kind that was seen last (S2.2).
    pub gets_push: bool,
}

/// The card of a profile's devices, those seen last first.
#[derive(Clone, Debug, Template)]
#[template(path = "identities/_devices.html")]
pub struct DeviceCard {
    /// The devices on the card.
    pub devices: Vec<DeviceFact>,
}

impl HtmlSafe for DeviceCard {}

impl DeviceCard {
    /// A card of `rows`, which must be the devices seen last, in that order.
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

    /// Whether there is no device.
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }
}
