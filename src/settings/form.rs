//! The form of one setting.

use super::workspace::{Change, MOST_DAYS, MOST_TEXT_DAYS, Setting, Whole, named};
use crate::{
    identities::{Allowed, Country, PLACEHOLDERS},
    web::{
        Field, FormData,
        form::{Choice, Choices, Control, Problems},
    },
    workspaces::{Accent, WorkspaceName},
};

/// The control of a setting, with what was typed.
#[derive(Clone, Debug)]
pub struct SettingForm {
    pub field: Option<Field>,
    pub choices: Option<Choices>,
    pub problems: Problems,
}

impl SettingForm {
    /// The form with the value that holds.
    pub fn stored(setting: Setting, whole: &Whole) -> Self {
        let settings = &whole.settings;
        let value = match setting {
            Setting::Name => whole.name.clone(),
            Setting::Country => settings.country().map(|country| country.to_string()).unwrap_or_default(),
            Setting::Events => settings.keep_days.map(|days| days.to_string()).unwrap_or_default(),
            Setting::Texts => settings.text_days().to_string(),
            Setting::Colour => whole.accent.as_str().to_owned(),
            Setting::Matching => if settings.match_on_email { "email" } else { "id" }.to_owned(),
            Setting::Placeholders => String::new(),
        };
        Self::new(setting, &value, settings.placeholders, Problems::default())
    }

    fn new(setting: Setting, value: &str, ticked: Allowed, problems: Problems) -> Self {
        let choice = |value_of: &'static str, label, hint| Choice {
            value: value_of,
            label,
            hint,
            is_on: if setting == Setting::Placeholders { ticked.has(value_of) } else { value_of == value },
        };
        let (mut field, mut choices) = (None, None);
        match setting {
            Setting::Name => {
                let hint = "At most 80 characters. Links to pages do not change.";
                field = Some(Field::new("value", "Name", Control::Text).limit(WorkspaceName::LONGEST).hint(hint));
            }
            Setting::Country => {
                let none = (String::new(), "None: numbers need a country code".to_owned());
                let mut all: Vec<(String, String)> =
                    Country::all().into_iter().map(|country| (country.to_string(), named(country))).collect();
                all.sort_by(|one, other| one.1.cmp(&other.1));
                let field_of = Field::new("value", "Country", Control::Select);
                field = Some(
                    field_of
                        .options(std::iter::once(none).chain(all))
                        .hint("This takes effect within ten seconds. Numbers that are already stored do not change."),
                );
            }
            Setting::Events => {
                let hint = "From 1 to 3660. Leave empty to keep them forever.";
                field = Some(Field::new("value", "Days", Control::Number).limit(4).hint(hint));
            }
            Setting::Texts => {
                field = Some(Field::new("value", "Days", Control::Number).limit(3).hint("From 1 to 400."));
            }
            Setting::Colour => {
                let all = Accent::ALL.into_iter().map(|accent| choice(accent.as_str(), accent.label(), ""));
                choices = Some(Choices::one("value", "Colour", all.collect()));
            }
            Setting::Matching => {
                let all = vec![
                    choice("id", "By ID", "A new ID is a new person, even if somebody already has the same email."),
                    choice(
                        "email",
                        "By ID and email",
                        "If one person already has the same email, the new ID is added to that person. If several people have it, kith does not guess.",
                    ),
                ];
                choices = Some(Choices::one("value", "When a new ID arrives", all));
            }
            Setting::Placeholders => {
                let all = PLACEHOLDERS.into_iter().map(|word| choice(word, word, ""));
                choices = Some(Choices::any("value", "Words to accept as an ID", all.collect()));
            }
        }
        Self {
            field: field.map(|field| field.value(value).problem(&problems.0)),
            choices: choices.map(|choices| choices.problem(&problems.0)),
            problems,
        }
    }

    /// Reads the form. Fails with the form as it was sent, with its problem.
    pub fn parse(setting: Setting, sent: &FormData) -> Result<Change, Box<Self>> {
        let typed = sent.get("value");
        let read = match setting {
            Setting::Name => typed.parse().map(Change::Name),
            Setting::Country if typed.is_empty() => Ok(Change::Country(None)),
            Setting::Country => typed
                .parse()
                .map(|country| Change::Country(Some(country)))
                .map_err(|_| "Choose a country from the list."),
            Setting::Events if typed.is_empty() => Ok(Change::Events(None)),
            Setting::Events => typed
                .parse()
                .ok()
                .filter(|days| (1..=MOST_DAYS).contains(days))
                .map(|days| Change::Events(Some(days)))
                .ok_or("Enter a whole number of days from 1 to 3660, or leave it empty."),
            Setting::Texts => typed
                .parse()
                .ok()
                .filter(|days| (1..=MOST_TEXT_DAYS).contains(days))
                .map(Change::Texts)
                .ok_or("Enter a whole number of days from 1 to 400."),
            Setting::Colour => typed.parse().map(Change::Colour).map_err(|()| "Choose one of the colours."),
            Setting::Matching => match typed {
                "id" => Ok(Change::Matching(false)),
                "email" => Ok(Change::Matching(true)),
                _ => Err("Choose how people are matched."),
            },
            Setting::Placeholders => Ok(Change::Placeholders(Allowed::new(sent.all("value")))),
        };
        read.map_err(|problem| {
            let mut problems = Problems::default();
            problems.add("value", problem);
            Box::new(Self::new(setting, typed, Allowed::default(), problems))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pairs::Pairs;

    fn read(setting: Setting, text: &str) -> Option<Change> {
        SettingForm::parse(setting, &FormData(Pairs::parse(text.as_bytes()))).ok()
    }

    #[test]
    fn each_setting_is_read_and_bounded() {
        assert_eq!(read(Setting::Name, "value=+Birch+"), "Birch".parse().ok().map(Change::Name));
        assert_eq!(read(Setting::Events, "value=3660"), Some(Change::Events(Some(3660))));
        assert_eq!(read(Setting::Events, "value="), Some(Change::Events(None)));
        assert_eq!(
            ["400", "0", "401", ""].map(|days| read(Setting::Texts, &format!("value={days}")).is_some()),
            [true, false, false, false]
        );
        assert_eq!(read(Setting::Country, "value=ch"), Some(Change::Country("CH".parse().ok())));
        assert_eq!(read(Setting::Matching, "value=email"), Some(Change::Matching(true)));
        let allowed = Change::Placeholders(Allowed::new(["guest", "0"]));
        assert_eq!(read(Setting::Placeholders, "value=guest&value=0&value=x"), Some(allowed));
        let long = format!("value={}", "x".repeat(81));
        for (setting, bad) in [
            (Setting::Name, "value="),
            (Setting::Name, long.as_str()),
            (Setting::Name, "value=a%0Ab"),
            (Setting::Events, "value=0"),
            (Setting::Events, "value=3661"),
            (Setting::Events, "value=1.5"),
            (Setting::Country, "value=XX"),
            (Setting::Colour, "value=pink"),
            (Setting::Matching, ""),
        ] {
            assert_eq!(read(setting, bad), None, "{setting:?} {bad}");
        }
    }
}
