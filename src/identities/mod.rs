//! Who is meant: identifiers and channel addresses, checked and normalised at the edge. Tables:
//! `identifier_claims`, `profile_identifiers`, `profile_aliases`, `addresses`, `devices`, `erasures`.
//!
//! Addresses: `…/profiles/{profile}/identities` with what removes an identifier or a device, and `…/profiles/{profile}/id`.
//!
//! An identifier finds a profile; an address only reaches it, so two profiles may share one (V1.8).

mod actions;
mod address;
mod card;
mod claims;
mod device;
mod devices;
mod erasures;
mod identifier;
mod listed;
mod pages;
mod rename;
mod sightings;
mod store;

pub use address::{Address, Channel, email, phone};
pub use card::DeviceCard;
pub use claims::{
    Claim, NewClaim, Passed, add_identifiers, all_of, claim, claims, copy_identifiers, find_exact, give_back, how_many,
    inherit_identifiers, move_claims, pass, recognised, release, retire_others, went_by,
};
pub use device::{Device, DeviceKind, Token};
pub use devices::{DeviceRow, devices_of, load_devices, put_devices};
pub use erasures::{Erased, check_erased, erase, erased, keep_free};
pub use identifier::{Identifier, Kind};
pub use listed::{IdentifierRow, identifiers_of};
pub use sightings::note_now as note_sightings;
pub use store::{AddressRow, StampedAddress, addresses_of, copy_addresses, holders, put_addresses, stamped_addresses};

use unicode_normalization::UnicodeNormalization;

use crate::{
    auth::Permission,
    console::{Access, Routes},
};

/// Everything by which a profile is found, and its devices.
pub fn routes() -> Routes {
    let (read, edit) = (Access::Can(Permission::ReadProfiles), Access::Can(Permission::EditProfiles));
    Routes::default()
        .get("/{workspace}/{environment}/profiles/{profile}/identities", read, pages::index)
        .post("/{workspace}/{environment}/profiles/{profile}/identities/remove", edit, actions::remove_identifier)
        .post("/{workspace}/{environment}/profiles/{profile}/devices/remove", edit, actions::remove_device)
        .get("/{workspace}/{environment}/profiles/{profile}/id", edit, rename::form)
        .post("/{workspace}/{environment}/profiles/{profile}/id", edit, rename::change)
}

/// Text as searched: lower case, without accents, so that "zielinska" finds "Zielińska".
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Only the accents of European scripts go: elsewhere such marks are letters, as the vowel signs of Devanagari are.
    let is_accent = |c: &char| matches!(c, '\u{300}'..='\u{36F}');
    for c in text.nfkd().filter(|c| !is_accent(c)).nfc().flat_map(char::to_lowercase) {
        match c {
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            c if c.is_control() => folded.push(' '),
            c => folded.push(c),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    #[test]
    fn folding_forgets_accents_and_case() {
        assert_eq!(super::fold("Łucja ZIELIŃSKA"), "lucja zielinska");
        assert_eq!(super::fold("Søren Groß"), "soren gross");
        assert_eq!(super::fold("林 直樹"), "林 直樹");
        assert_eq!(super::fold("अंजलि 하지혜 が"), "अंजलि 하지혜 が");
    }
}
