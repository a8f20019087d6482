//! Identifiers, addresses and devices of profiles, checked and normalised at the edge. Tables: `identifier_claims`, `profile_identifiers`,
//! `profile_aliases`, `addresses`, `devices`, `erasures`.
//!
//! Addresses: `…/profiles/{profile}/identities` with the removal of an identifier or a device, and `…/profiles/{profile}/id`.
//!
//! An identifier finds a profile; an address only reaches it, so two profiles may share one (V1.8).

mod actions;
mod address;
mod addresses;
mod card;
mod claims;
mod device;
mod devices;
mod erasures;
mod identifier;
mod listed;
mod lists;
mod pages;
mod placeholder;
mod reading;
mod rename;
mod routes;
mod sightings;

pub use address::{Address, Channel, email, phone, writings};
pub use addresses::{AddressRow, AddressRows, Addresses, Holders, holders};
pub use card::DeviceCard;
pub use claims::{
    Claim, NewClaim, Passed, claim, claims, copy_identifiers, give_back, move_claims, pass, recognised, release,
};
pub use device::{Device, DeviceKind, Token};
pub use devices::{DeviceRow, Devices, FirstDevices, Owned, devices_of};
pub use erasures::{Erased, check_erased, erase, erased, keep_free};
pub use identifier::{Identifier, Kind};
pub use listed::{FIRST as FIRST_IDENTIFIERS, FirstIdentifiers, IdentifierRow, identifiers_of};
pub use lists::{
    add_identifiers, all_of, how_many, inherit_identifiers, joined, rejoin, retire_others, unlist, went_by,
};
pub use placeholder::{PLACEHOLDERS, RULE as IS_PLACEHOLDER};
pub use reading::{Allowed, Country, Reading};
pub use routes::routes;
pub use sightings::note_now as note_sightings;
