//! What an admin does about messages to somebody, and why.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

use super::{Cause, Held, Key, Kind, Restriction};
use crate::{
    db::ids::ProfileId,
    subscriptions::{ALL, ChangeForm, Line, Medium},
    web::{
        Field, FormData, Now,
        form::{Control, Problems},
        pairs::Pairs,
    },
};

/// What an admin asks for, by an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// No messages at all, until somebody turns them on again (F3).
    TurnOff,
    /// A new entry of the suppression list (F7.1).
    Suppress,
    /// The end of the restriction with this [`Key::id`].
    Lift(Uuid),
}

impl Wish {
    /// Reads `do` or `lift`; `None` if neither is known.
    pub fn read(query: &Pairs) -> Option<Self> {
        match query.get("do") {
            "turn-off" => Some(Self::TurnOff),
            "suppress" => Some(Self::Suppress),
            _ => query.parsed("lift").map(Self::Lift),
        }
    }

    /// The address of the question, below that of the profile.
    pub fn address(&self, profile: &str) -> String {
        let asked = match self {
            Self::TurnOff => Pairs::default().with("do", "turn-off"),
            Self::Suppress => Pairs::default().with("do", "suppress"),
            Self::Lift(id) => Pairs::default().with("lift", &id.to_string()),
        };
        asked.address(&format!("{profile}/restrictions"))
    }

    /// The restriction that it is about: none where the channel is not chosen, or nothing with this id is in force.
    pub fn key(&self, profile: ProfileId, typed: &RestrictForm, present: &[Restriction]) -> Option<Key> {
        match self {
            Self::TurnOff => Some(Key::Disabled),
            Self::Suppress => Some(Key::Suppressed(Line::read_channel(&typed.channel).ok()?, None)),
            Self::Lift(id) => present.iter().map(|it| &it.key).find(|key| key.id(profile) == *id).cloned(),
        }
    }
}

impl Restriction {
    /// Whether it is lifted only with what the person asked for: they complained, or it was their own wish.
    pub fn needs_words(&self) -> bool {
        self.held.cause == Cause::Complaint || self.key.kind() == Kind::Paused
    }

    /// Tells it from what stands there after another change.
    pub fn version(&self) -> String {
        format!("{}-{}", self.stamp.as_of, self.stamp.index)
    }
}

/// Characters of the words of a restriction at most.
const LONGEST: usize = 500;

/// The form, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct RestrictForm {
    pub channel: String,
    pub until: String,
    pub why: ChangeForm,
}

/// What a form says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What holds from now on; `None`: it is lifted.
    pub held: Option<Held>,
    /// The reason for the ledger.
    pub reason: String,
}

impl RestrictForm {
    /// The form as it was sent.
    pub fn typed(sent: &FormData) -> Self {
        let typed = |name| sent.get(name).to_owned();
        Self { channel: typed("channel"), until: typed("until"), why: ChangeForm::typed(sent) }
    }

    /// What is said, or the form with its problems. `needs_words`: the particulars must say what the person asked for.
    pub fn parse(sent: &FormData, wish: Wish, needs_words: bool, now: Now) -> Result<Said, Self> {
        let mut typed = Self::typed(sent);
        let mut problems = Problems::default();
        if wish == Wish::Suppress && Line::read_channel(&typed.channel).is_err() {
            problems.add("channel", "Choose a channel, or all of them.");
        }
        let until = match wish {
            Wish::Suppress => read_end(&typed.until, now).unwrap_or_else(|message| {
                problems.add("until", message);
                None
            }),
            _ => None,
        };
        let reason = ChangeForm::parse(sent, needs_words).unwrap_or_else(|form| {
            problems.0.extend(form.problems.0);
            String::new()
        });
        if !problems.is_empty() {
            typed.why.problems = problems;
            return Err(typed);
        }
        let cause = if typed.why.is_request() { Cause::Request } else { Cause::Manual };
        let words = Some(typed.why.details.trim()).filter(|words| !words.is_empty()).unwrap_or(&reason);
        let words = Some(words.chars().take(LONGEST).collect());
        let held = (!matches!(wish, Wish::Lift(_))).then_some(Held { cause, until, words });
        Ok(Said { held, reason })
    }

    /// The channel of an entry of the suppression list.
    pub fn channel(&self) -> Field {
        let none = (String::new(), "Choose a channel".to_owned());
        let all = (ALL.to_owned(), "All channels".to_owned());
        let channels = Medium::ALL.iter().map(|channel| (channel.as_str().to_owned(), channel.label().to_owned()));
        Field::new("channel", "Channel", Control::Select)
            .options([none, all].into_iter().chain(channels))
            .value(&self.channel)
            .problem(&self.why.problems.0)
    }

    /// When the entry ends.
    pub fn until(&self) -> Field {
        Field::new("until", "Until", Control::Date)
            .value(&self.until)
            .hint("Optional. Messages can be sent again from this day on.")
            .problem(&self.why.problems.0)
    }
}

/// The beginning of the typed day, in the reader's time zone; `None`: none is typed.
///
/// # Errors
/// It is no day after today and before 2200.
pub fn read_end(typed: &str, now: Now) -> Result<Option<DateTime<Utc>>, &'static str> {
    if typed.is_empty() {
        return Ok(None);
    }
    let day = typed.parse::<NaiveDate>().ok().filter(|day| *day > now.day() && day.year() < 2200);
    day.map(|day| Some(now.start_of(day))).ok_or("Choose a day after today, such as 2030-01-31, or none.")
}
