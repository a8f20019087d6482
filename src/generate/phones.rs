//! Phone numbers that reach nobody, enough of them that a million people need not share the few that are kept for films.

/// Patterns for a country: `#` is any digit, `%` any but zero. Where the country keeps many numbers for films, these are they; elsewhere no
/// line begins like this, for after an area code comes no zero.
pub fn patterns(country: &str) -> &'static [&'static str] {
    match country {
        "US" => &["+1 555 0## ####"],
        "GB" => &["+44 600 0## ####"],
        "AU" => &["+61 6 00## ####"],
        "IN" => &["+91 11 0### ####"],
        "ES" => &["+34 500 0## ###"],
        "MX" => &["+52 55 0### ####"],
        "PL" => &["+48 100 0## ###"],
        "JP" => &["+81 90 0### ####"],
        "KR" => &["+82 10 0### ####"],
        "CN" => &["+86 10 0### ####"],
        "TW" => &["+886 2 0### ####"],
        "EG" => &["+20 2 0### ####"],
        "AE" => &["+971 4 0## ####"],
        "UA" => &["+380 44 0## ####"],
        "TR" => &["+90 212 0## ## ##"],
        "SE" => &["+46 8 0## ### ##"],
        "DE" => &["+49 30 0### ####"],
        "FR" => &[
            "+33 1 99 00 ## ##",
            "+33 2 61 91 ## ##",
            "+33 3 53 01 ## ##",
            "+33 4 65 71 ## ##",
            "+33 5 36 49 ## ##",
            "+33 6 39 98 ## ##",
        ],
        "PT" => &["+351 200 0## ###"],
        "BR" => &["+55 11 0### ####"],
        "VN" => &["+84 24 0### ####"],
        "NG" => &["+234 100 0## ####"],
        "GR" => &["+30 210 0## ####"],
        _ => &["+1 555 0## ####"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        demo::{Dice, digits},
        identities::phone,
    };

    #[test]
    fn they_are_possible_numbers() {
        let countries = "US GB AU IN ES MX PL JP KR CN TW EG AE UA TR SE DE FR PT BR VN NG GR";
        for pattern in countries.split(' ').flat_map(patterns) {
            let given = digits(&mut Dice::new(1, 1), &[pattern]);
            assert_eq!(phone(&given), Ok(given.replace(' ', "")), "{pattern}");
        }
    }
}
