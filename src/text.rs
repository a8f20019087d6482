//! Text as it is searched for, and digits.

use unicode_normalization::UnicodeNormalization;

/// Number of the rule of [`fold`]. Whoever changes the rule counts it up: texts that were stored by an older one are folded again.
pub const RULE: i16 = 2;

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Folds text for searching: lower case, without accents, in one of the ways in which it may be written. So "zielinska" finds "Zielińska",
/// "o'shea" finds "O’Shea", "ΝΙΚΟΣ" finds "Νίκος" and "احمد" finds "أحمد". Folding twice is folding once.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in without_marks(text).nfc().flat_map(char::to_lowercase) {
        match c {
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ς' => folded.push('σ'),
            // One letter of Arabic, Persian and Urdu has several forms, which people use for each other.
            'ٱ' => folded.push('ا'),
            'ى' | 'ی' | 'ے' => folded.push('ي'),
            'ة' | 'ہ' | 'ۃ' | 'ە' => folded.push('ه'),
            'ک' => folded.push('ك'),
            '٠'..='٩' | '۰'..='۹' => folded.extend(char::from_digit(u32::from(c) % 16, 10)),
            c if is_apostrophe(c) => folded.push('\''),
            c if is_hyphen(c) => folded.push('-'),
            c if c.is_control() => folded.push(' '),
            c => folded.push(c),
        }
    }
    folded
}

/// The text, taken apart and without what is written above, below or between its letters, where that is no letter of its own: accents of
/// European scripts, vowel signs of Arabic and Hebrew, characters that are not drawn. In other scripts such marks are letters, like the
/// vowel signs of Devanagari, and so is the breve of й.
fn without_marks(text: &str) -> impl Iterator<Item = char> {
    let mut base = ' ';
    // An acute accent that stands by itself is an apostrophe; taken apart it would be a space.
    let whole = text.chars().map(|c| if matches!(c, '´' | '΄' | '᾽' | '᾿') { '\'' } else { c });
    whole.nfkd().filter(move |c| {
        let is_mark = matches!(c, '\u{300}'..='\u{36F}');
        if !is_mark {
            base = *c;
        }
        let is_breve_of_letter = *c == '\u{306}' && matches!(base, '\u{400}'..='\u{52F}');
        is_breve_of_letter || !(is_mark || is_vowel_sign(*c) || is_undrawn(*c))
    })
}

/// Marks of Arabic and Hebrew that most people leave out: vowel signs, the hamza on a letter, a lengthened line.
fn is_vowel_sign(c: char) -> bool {
    matches!(c, '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}'..='\u{5C2}' | '\u{5C4}'..='\u{5C5}' | '\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}'
        | '\u{6E7}'..='\u{6E8}' | '\u{6EA}'..='\u{6ED}')
}

fn is_undrawn(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`'
            | '‘'
            | '’'
            | '‚'
            | '‛'
            | 'ʹ'
            | 'ʻ'
            | 'ʼ'
            | 'ʽ'
            | 'ʾ'
            | 'ʿ'
            | 'ˈ'
            | 'ˊ'
            | 'ˋ'
            | '′'
            | '‵'
            | '՚'
            | '׳'
            | 'ꞌ'
    )
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '‐'..='―' | '⁃' | '−' | '֊' | '־' | '᠆' | '˗' | '﹘')
}

/// A folded text as the first rule would have it too, by which й was и: equal for texts that were one.
pub fn fold_loosely(text: &str) -> String {
    fold(text).nfd().filter(|c| *c != '\u{306}').nfc().collect()
}

/// Whether a character is of a script whose words are written without blanks, and are short: Chinese, Japanese, Korean. The same as in the
/// function `east_asian_grams` of the database, for a folded text.
pub fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Number of letters to insert, delete, replace or swap with their neighbour to make one word of the other.
pub fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (i, letter) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, against) in other.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(letter != against);
            let mut least = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == other[j - 1] && one[i - 1] == *against {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
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

/// A name that somebody typed, without blanks around it: one line of 1 to `longest` characters of which something can be seen.
pub fn name(typed: &str, longest: usize) -> Option<String> {
    let name = typed.trim();
    let is_name = name.chars().count() <= longest && is_visible(name) && !name.contains(char::is_control);
    is_name.then(|| name.to_owned())
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
    use super::{fold, fold_loosely};

    #[test]
    fn a_title_can_be_seen() {
        assert_eq!(super::title(["\u{200B}\u{FEFF} ", "\u{3164}", "c-1"]), "c-1");
        assert_eq!(super::title(["", "\u{2800}\u{E0020}"]), "No name");
        assert_eq!(super::title(["\u{200B}न", "c-1"]), "\u{200B}न");
    }

    #[test]
    fn the_distance_of_words() {
        for (one, other, expected) in [
            ("plan", "plan", 0),
            ("plann", "plan", 1),
            ("paln", "plan", 1),
            ("", "abc", 3),
            ("grace", "greta", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!(super::distance(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn folding_forgets_accents_and_case() {
        for (written, folded) in [
            ("Łucja ZIELIŃSKA", "lucja zielinska"),
            ("Søren Groß", "soren gross"),
            ("林 直樹", "林 直樹"),
            ("अंजलि 하지혜 が", "अंजलि 하지혜 が"),
            ("İpek Yıldız", "ipek yildiz"),
        ] {
            assert_eq!(fold(written), folded);
        }
    }

    #[test]
    fn ways_of_writing_a_name_fold_alike() {
        for ways in [
            &["O’Shea", "o'shea", "O´Shea", "OʼShea", "O‘SHEA", "O`Shea", "Ｏ＇Ｓｈｅａ"][..],
            &["Anne-Marie", "Anne‐Marie", "anne‑marie", "ANNE–MARIE", "Anne−Marie", "Anne－Marie"],
            &["Νίκος", "ΝΙΚΟΣ", "νικος", "Νικοσ", "Νι\u{301}κος"],
            &["أحمد", "احمد", "أَحْمَد", "احـمد", "ٱحمد"],
            &["ليلى", "ليلي", "لیلی"],
            &["فاطمة", "فاطمه", "فَاطِمَة"],
            &["دان", "دان\u{200F}"],
            &["שָׁלוֹם", "שלום"],
            &["Артём", "артем", "АРТЁМ"],
            &["Андрей", "АНДРЕЙ", "Андреи\u{306}"],
            &["ガブリエル", "ｶﾞﾌﾞﾘｴﾙ"],
            &["١٢٣", "۱۲۳", "123"],
            &["می\u{200C}خواهم", "میخواهم"],
        ] {
            for way in ways {
                assert_eq!(fold(way), fold(ways[0]), "{way} and {}", ways[0]);
            }
        }
    }

    #[test]
    fn letters_of_their_own_stay_apart() {
        for (one, other) in [("й", "и"), ("ў", "у"), ("が", "か"), ("パ", "ハ"), ("कि", "क"), ("각", "가"), ("ش", "س")]
        {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
        assert_eq!(fold_loosely("Андрей Ўладзімір"), fold_loosely("андреи Уладзімір"));
        assert_eq!(fold_loosely("が"), "が");
    }

    #[test]
    fn folding_twice_is_folding_once() {
        for c in '\0'..='\u{1FFFF}' {
            let text = format!("a{c}и\u{306}{c}");
            let once = fold(&text);
            assert_eq!(fold(&once), once, "{c:?} U+{:04X}", u32::from(c));
        }
    }
}
