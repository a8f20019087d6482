//! Texts of the preference page: one file a language, and none can lack a text.

mod de;
mod en;
mod es;
mod fr;
mod pl;

use chrono::{DateTime, Utc};

use crate::{message_templates::Words, subscriptions::Medium};

/// All texts of one language. `{}` stands for a name: that of the company, of an address, of what a message was about, or a day.
pub struct Texts {
    /// Language tag.
    pub code: &'static str,
    /// Name of the language, in itself.
    pub name: &'static str,
    /// Pattern of a day.
    day: &'static str,
    /// Names of channels, in the order of [`Medium::ALL`].
    channels: [&'static str; Medium::ALL.len()],
    /// Names of [`Leaving::ALL`](super::form::Leaving).
    pub leaving: [&'static str; 4],
    pub language: &'static str,
    pub title: &'static str,
    pub intro: &'static str,
    pub reach: &'static str,
    pub no_reach: &'static str,
    pub awaiting: &'static str,
    pub topics: &'static str,
    pub always: &'static str,
    pub save: &'static str,
    pub saved: &'static str,
    pub unchanged: &'static str,
    pub pause: &'static str,
    pub pause_about: &'static str,
    pub paused: &'static str,
    pub pause_keep: &'static str,
    pub pause_week: &'static str,
    pub pause_month: &'static str,
    pub pause_quarter: &'static str,
    pub pause_end: &'static str,
    pub everything: &'static str,
    pub everything_about: &'static str,
    pub everything_button: &'static str,
    pub why: &'static str,
    pub comment: &'static str,
    pub stopped: &'static str,
    pub resume: &'static str,
    pub one: &'static str,
    pub one_about: &'static str,
    pub one_all_about: &'static str,
    pub one_button: &'static str,
    pub one_done: &'static str,
    pub one_all_done: &'static str,
    pub choices: &'static str,
    pub confirm: &'static str,
    pub confirm_about: &'static str,
    pub confirm_button: &'static str,
    pub confirmed: &'static str,
    /// The message that asks for the confirmation: its subject, and what stands before and after the link.
    mail_subject: &'static str,
    mail: &'static str,
    mail_end: &'static str,
    pub data: &'static str,
    pub data_about: &'static str,
    pub copy_button: &'static str,
    pub copy_asked: &'static str,
    pub forget_link: &'static str,
    pub forget: &'static str,
    pub forget_about: &'static str,
    pub forget_button: &'static str,
    pub forget_asked: &'static str,
    pub over: &'static str,
    pub over_about: &'static str,
    pub too_many: &'static str,
}

/// All languages; the first one is for everybody else.
pub const ALL: [&Texts; 5] = [&en::TEXTS, &de::TEXTS, &es::TEXTS, &fr::TEXTS, &pl::TEXTS];

impl Texts {
    /// The texts of a language tag such as `de-AT`; `None` if there are none.
    pub fn of(tag: &str) -> Option<&'static Self> {
        let language = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
        ALL.into_iter().find(|texts| texts.code == language)
    }

    /// The texts for a reader: of the language that they chose, that is known of them, or that their browser asks for.
    pub fn choose(chosen: &str, known: Option<&str>, accepted: &str) -> &'static Self {
        let by_browser = || accepted.split(',').find_map(|it| Self::of(it.split(';').next().unwrap_or_default()));
        Self::of(chosen).or_else(|| known.and_then(Self::of)).or_else(by_browser).unwrap_or(ALL[0])
    }

    /// Name of a channel.
    pub fn channel(&self, channel: Medium) -> &'static str {
        let place = Medium::ALL.iter().position(|it| *it == channel);
        place.map_or("", |place| self.channels[place])
    }

    /// A day.
    pub fn day(&self, at: DateTime<Utc>) -> String {
        at.format(self.day).to_string()
    }
}

/// The language of the message that asks somebody for a confirmation who prefers this one.
pub fn confirmation_language(preferred: Option<&str>) -> &'static str {
    preferred.and_then(Texts::of).unwrap_or(ALL[0]).code
}

/// The words of the message that asks for a confirmation, where a workspace chose none.
pub fn confirmation_words(language: &str) -> Words {
    let texts = Texts::of(language).unwrap_or(ALL[0]);
    let company = "{{ workspace.name }}";
    Words {
        subject: with(texts.mail_subject, company),
        text: format!("{}\n\n{{{{ confirm_url }}}}\n\n{}\n", with(texts.mail, company), texts.mail_end),
        html: String::new(),
    }
}

/// A text with a name in it.
pub fn with(text: &str, name: &str) -> String {
    text.replace("{}", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of a language that have a name in them, and others.
    fn texts(it: &Texts) -> (Vec<&'static str>, Vec<&'static str>) {
        let named = vec![
            it.intro,
            it.paused,
            it.stopped,
            it.one,
            it.one_about,
            it.one_all_about,
            it.one_done,
            it.one_all_done,
            it.confirm_about,
            it.confirmed,
            it.mail_subject,
            it.mail,
            it.forget_about,
        ];
        let mut plain = vec![
            it.name,
            it.day,
            it.language,
            it.title,
            it.reach,
            it.no_reach,
            it.awaiting,
            it.topics,
            it.always,
            it.save,
            it.saved,
            it.unchanged,
            it.pause,
            it.pause_about,
            it.pause_keep,
            it.pause_week,
            it.pause_month,
            it.pause_quarter,
            it.pause_end,
            it.everything,
            it.everything_about,
            it.everything_button,
            it.why,
            it.comment,
            it.resume,
            it.one_button,
            it.choices,
            it.confirm,
            it.confirm_button,
            it.mail_end,
            it.data,
            it.data_about,
            it.copy_button,
            it.copy_asked,
            it.forget_link,
            it.forget,
            it.forget_button,
            it.forget_asked,
            it.over,
            it.over_about,
            it.too_many,
        ];
        plain.extend(it.channels);
        plain.extend(it.leaving);
        (named, plain)
    }

    #[test]
    fn no_language_lacks_a_text_or_the_place_of_a_name() {
        let english = texts(ALL[0]).1;
        for it in ALL {
            let (named, plain) = texts(it);
            assert!(named.iter().all(|text| text.matches("{}").count() == 1), "{}: {named:#?}", it.code);
            assert!(
                plain.iter().all(|text| !text.trim().is_empty() && !text.contains("{}")),
                "{}: {plain:#?}",
                it.code
            );
            let same = plain.iter().zip(&english).filter(|(own, english)| own == english && own.len() > 12).count();
            assert!(it.code == "en" || same == 0, "{}: {same} texts are English", it.code);
        }
    }

    #[test]
    fn a_reader_gets_their_language() {
        let chosen = |chosen: &str, known: Option<&str>, accepted: &str| Texts::choose(chosen, known, accepted).code;
        assert_eq!(chosen("", Some("de-AT"), "fr"), "de");
        assert_eq!(chosen("pl", Some("de"), "fr"), "pl");
        assert_eq!(chosen("xx", Some("ja"), "ko, es-MX;q=0.8, en;q=0.5"), "es");
        assert_eq!(chosen("", None, ""), "en");
        assert_eq!(chosen("", Some("pt_BR"), "*"), "en");
    }
}
