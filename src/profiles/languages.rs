//! Countries and languages by their English names, where a profile holds their codes.

use std::sync::LazyLock;

/// All countries by name: code and name.
static COUNTRIES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let named = |it: celes::Country| Some((it.alpha2, country(it.alpha2)?));
    let mut all: Vec<_> = celes::Country::get_countries().into_iter().filter_map(named).collect();
    all.sort_unstable_by_key(|(_, name)| *name);
    all
});

/// All countries to suggest, by name: code and name.
pub fn countries() -> impl Iterator<Item = (&'static str, &'static str)> {
    COUNTRIES.iter().copied()
}

/// All languages to suggest, by code: code and name.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    LANGUAGES.into_iter()
}

/// The code that people mean by a code or an English name, in any case: "India" is `IN`; `None` if there is no such code or name.
pub fn code(known: impl Iterator<Item = (&'static str, &'static str)>, typed: &str) -> Option<&'static str> {
    let mut known = known;
    known.find(|(code, name)| [code, name].iter().any(|it| it.eq_ignore_ascii_case(typed))).map(|(code, _)| code)
}

/// Name of the country with a two-letter code, as people call it; `None` if there is no such code.
pub fn country(code: &str) -> Option<&'static str> {
    let code = code.trim().to_uppercase();
    if let Some((_, name)) = CALLED.iter().find(|(known, _)| *known == code) {
        return Some(name);
    }
    let name = celes::Country::from_alpha2(&code).ok()?.long_name;
    Some(name.strip_prefix("The ").unwrap_or(name))
}

/// Name of the language of a tag such as `en-IN`, with country or script: "English (India)"; `None` if the language is unknown.
pub fn language(tag: &str) -> Option<String> {
    let mut parts = tag.trim().split(['-', '_']);
    let language = parts.next()?.to_lowercase();
    let name = LANGUAGES.binary_search_by_key(&language.as_str(), |(code, _)| code).ok().map(|at| LANGUAGES[at].1)?;
    let mut details = Vec::new();
    for part in parts {
        match (part.len(), SCRIPTS.iter().find(|(code, _)| part.eq_ignore_ascii_case(code))) {
            (4, Some((_, script))) => details.push(*script),
            (2, _) => details.push(country(part)?),
            _ => return None,
        }
    }
    Some(if details.is_empty() { name.to_owned() } else { format!("{name} ({})", details.join(", ")) })
}

/// Countries whose official name is not what people call them.
const CALLED: [(&str, &str); 22] = [
    ("BN", "Brunei"),
    ("BO", "Bolivia"),
    ("CD", "DR Congo"),
    ("CZ", "Czechia"),
    ("FM", "Micronesia"),
    ("GB", "United Kingdom"),
    ("HK", "Hong Kong"),
    ("IR", "Iran"),
    ("KP", "North Korea"),
    ("KR", "South Korea"),
    ("LA", "Laos"),
    ("MD", "Moldova"),
    ("MK", "North Macedonia"),
    ("PS", "Palestine"),
    ("RU", "Russia"),
    ("SY", "Syria"),
    ("TR", "Türkiye"),
    ("TW", "Taiwan"),
    ("TZ", "Tanzania"),
    ("US", "United States"),
    ("VE", "Venezuela"),
    ("VN", "Vietnam"),
];

const SCRIPTS: [(&str, &str); 5] = [
    ("Arab", "Arabic script"),
    ("Cyrl", "Cyrillic"),
    ("Hans", "simplified"),
    ("Hant", "traditional"),
    ("Latn", "Latin script"),
];

/// Languages with a two-letter code (ISO 639-1), and the two more that phones report, by code.
const LANGUAGES: [(&str, &str); 185] = [
    ("aa", "Afar"),
    ("ab", "Abkhazian"),
    ("ae", "Avestan"),
    ("af", "Afrikaans"),
    ("ak", "Akan"),
    ("am", "Amharic"),
    ("an", "Aragonese"),
    ("ar", "Arabic"),
    ("as", "Assamese"),
    ("av", "Avaric"),
    ("ay", "Aymara"),
    ("az", "Azerbaijani"),
    ("ba", "Bashkir"),
    ("be", "Belarusian"),
    ("bg", "Bulgarian"),
    ("bi", "Bislama"),
    ("bm", "Bambara"),
    ("bn", "Bangla"),
    ("bo", "Tibetan"),
    ("br", "Breton"),
    ("bs", "Bosnian"),
    ("ca", "Catalan"),
    ("ce", "Chechen"),
    ("ch", "Chamorro"),
    ("co", "Corsican"),
    ("cr", "Cree"),
    ("cs", "Czech"),
    ("cu", "Church Slavic"),
    ("cv", "Chuvash"),
    ("cy", "Welsh"),
    ("da", "Danish"),
    ("de", "German"),
    ("dv", "Divehi"),
    ("dz", "Dzongkha"),
    ("ee", "Ewe"),
    ("el", "Greek"),
    ("en", "English"),
    ("eo", "Esperanto"),
    ("es", "Spanish"),
    ("et", "Estonian"),
    ("eu", "Basque"),
    ("fa", "Persian"),
    ("ff", "Fula"),
    ("fi", "Finnish"),
    ("fil", "Filipino"),
    ("fj", "Fijian"),
    ("fo", "Faroese"),
    ("fr", "French"),
    ("fy", "Western Frisian"),
    ("ga", "Irish"),
    ("gd", "Scottish Gaelic"),
    ("gl", "Galician"),
    ("gn", "Guarani"),
    ("gu", "Gujarati"),
    ("gv", "Manx"),
    ("ha", "Hausa"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("ho", "Hiri Motu"),
    ("hr", "Croatian"),
    ("ht", "Haitian Creole"),
    ("hu", "Hungarian"),
    ("hy", "Armenian"),
    ("hz", "Herero"),
    ("ia", "Interlingua"),
    ("id", "Indonesian"),
    ("ie", "Interlingue"),
    ("ig", "Igbo"),
    ("ii", "Sichuan Yi"),
    ("ik", "Inupiaq"),
    ("io", "Ido"),
    ("is", "Icelandic"),
    ("it", "Italian"),
    ("iu", "Inuktitut"),
    ("ja", "Japanese"),
    ("jv", "Javanese"),
    ("ka", "Georgian"),
    ("kg", "Kongo"),
    ("ki", "Kikuyu"),
    ("kj", "Kuanyama"),
    ("kk", "Kazakh"),
    ("kl", "Kalaallisut"),
    ("km", "Khmer"),
    ("kn", "Kannada"),
    ("ko", "Korean"),
    ("kr", "Kanuri"),
    ("ks", "Kashmiri"),
    ("ku", "Kurdish"),
    ("kv", "Komi"),
    ("kw", "Cornish"),
    ("ky", "Kyrgyz"),
    ("la", "Latin"),
    ("lb", "Luxembourgish"),
    ("lg", "Ganda"),
    ("li", "Limburgish"),
    ("ln", "Lingala"),
    ("lo", "Lao"),
    ("lt", "Lithuanian"),
    ("lu", "Luba-Katanga"),
    ("lv", "Latvian"),
    ("mg", "Malagasy"),
    ("mh", "Marshallese"),
    ("mi", "Māori"),
    ("mk", "Macedonian"),
    ("ml", "Malayalam"),
    ("mn", "Mongolian"),
    ("mr", "Marathi"),
    ("ms", "Malay"),
    ("mt", "Maltese"),
    ("my", "Burmese"),
    ("na", "Nauru"),
    ("nb", "Norwegian Bokmål"),
    ("nd", "North Ndebele"),
    ("ne", "Nepali"),
    ("ng", "Ndonga"),
    ("nl", "Dutch"),
    ("nn", "Norwegian Nynorsk"),
    ("no", "Norwegian"),
    ("nr", "South Ndebele"),
    ("nv", "Navajo"),
    ("ny", "Chichewa"),
    ("oc", "Occitan"),
    ("oj", "Ojibwa"),
    ("om", "Oromo"),
    ("or", "Odia"),
    ("os", "Ossetic"),
    ("pa", "Punjabi"),
    ("pi", "Pali"),
    ("pl", "Polish"),
    ("ps", "Pashto"),
    ("pt", "Portuguese"),
    ("qu", "Quechua"),
    ("rm", "Romansh"),
    ("rn", "Rundi"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("rw", "Kinyarwanda"),
    ("sa", "Sanskrit"),
    ("sc", "Sardinian"),
    ("sd", "Sindhi"),
    ("se", "Northern Sami"),
    ("sg", "Sango"),
    ("si", "Sinhala"),
    ("sk", "Slovak"),
    ("sl", "Slovenian"),
    ("sm", "Samoan"),
    ("sn", "Shona"),
    ("so", "Somali"),
    ("sq", "Albanian"),
    ("sr", "Serbian"),
    ("ss", "Swati"),
    ("st", "Southern Sotho"),
    ("su", "Sundanese"),
    ("sv", "Swedish"),
    ("sw", "Swahili"),
    ("ta", "Tamil"),
    ("te", "Telugu"),
    ("tg", "Tajik"),
    ("th", "Thai"),
    ("ti", "Tigrinya"),
    ("tk", "Turkmen"),
    ("tl", "Tagalog"),
    ("tn", "Tswana"),
    ("to", "Tongan"),
    ("tr", "Turkish"),
    ("ts", "Tsonga"),
    ("tt", "Tatar"),
    ("tw", "Twi"),
    ("ty", "Tahitian"),
    ("ug", "Uyghur"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("uz", "Uzbek"),
    ("ve", "Venda"),
    ("vi", "Vietnamese"),
    ("vo", "Volapük"),
    ("wa", "Walloon"),
    ("wo", "Wolof"),
    ("xh", "Xhosa"),
    ("yi", "Yiddish"),
    ("yo", "Yoruba"),
    ("yue", "Cantonese"),
    ("za", "Zhuang"),
    ("zh", "Chinese"),
    ("zu", "Zulu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_names() {
        assert_eq!(
            [country("IN"), country("gb"), country("DE"), country("XX")],
            [Some("India"), Some("United Kingdom"), Some("Germany"), None]
        );
        for (tag, name) in [("en-IN", "English (India)"), ("en_us", "English (United States)"), ("fr", "French")] {
            assert_eq!(language(tag).as_deref(), Some(name), "{tag}");
        }
        assert_eq!(language("zh-Hant-TW").as_deref(), Some("Chinese (traditional, Taiwan)"));
        assert_eq!([language("tlh"), language("en-x-y"), language("English"), language("")], [None, None, None, None]);
    }

    #[test]
    fn names_have_codes() {
        let country = |typed| code(countries(), typed);
        assert_eq!([country("India"), country("in"), country("united kingdom")], [Some("IN"), Some("IN"), Some("GB")]);
        assert_eq!([country("Narnia"), country("")], [None, None]);
        assert_eq!(code(languages(), "german"), Some("de"));
        assert!(countries().count() > 240 && countries().is_sorted_by_key(|(_, name)| name));
    }

    #[test]
    fn languages_are_in_order() {
        assert!(LANGUAGES.is_sorted_by_key(|(code, _)| code));
    }
}
