//! Text as it is searched for.

use unicode_normalization::UnicodeNormalization;

/// Folds text for searching: lower case, without accents, so that "zielinska" finds "Zielińska".
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Only the accents of European scripts are removed: in others such marks are letters, like the vowel signs of Devanagari.
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
