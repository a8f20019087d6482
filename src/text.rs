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

/// Whether anything of a text can be seen: a name of spaces and invisible characters leaves nothing to read, or to click.
pub fn is_visible(text: &str) -> bool {
    // Unicode's characters that are not drawn, and the blanks that are letters or signs by their category.
    let is_blank = |c: char| {
        matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
    };
    !text.chars().all(|c| c.is_whitespace() || c.is_control() || is_blank(c))
}

/// What to call somebody: the first of these texts of which something can be seen.
pub fn title<'a>(texts: impl IntoIterator<Item = &'a str>) -> &'a str {
    texts.into_iter().find(|text| is_visible(text)).unwrap_or("No name")
}

/// First letters of the first and last word of a name, in place of a picture; a dot if there is no name to see.
pub fn initials(name: &str) -> String {
    let letters = name.split_whitespace().filter(|word| is_visible(word)).filter_map(|word| word.chars().next());
    let all: Vec<char> = letters.collect();
    match all.as_slice() {
        [] => "·".to_owned(),
        [only] => only.to_string(),
        [first, .., last] => format!("{first}{last}"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_title_can_be_seen() {
        assert_eq!(super::title(["\u{200B}\u{FEFF} ", "\u{3164}", "c-1"]), "c-1");
        assert_eq!(super::title(["", "\u{2800}\u{E0020}"]), "No name");
        assert_eq!(super::title(["\u{200B}न", "c-1"]), "\u{200B}न");
    }

    #[test]
    fn folding_forgets_accents_and_case() {
        assert_eq!(super::fold("Łucja ZIELIŃSKA"), "lucja zielinska");
        assert_eq!(super::fold("Søren Groß"), "soren gross");
        assert_eq!(super::fold("林 直樹"), "林 直樹");
        assert_eq!(super::fold("अंजलि 하지혜 が"), "अंजलि 하지혜 が");
    }
}
