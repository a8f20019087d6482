//! What an admin changes about a subscription, and why.

use super::{Line, Reason, Subscription, SubscriptionState};
use crate::{
    web::{
        Field, FormData,
        form::{Control, Problems},
        pairs::Pairs,
    },
    words::words,
};

words! {
    /// What an admin does to a line.
    pub enum Wish {
        Subscribe = "subscribe", "Subscribe";
        Unsubscribe = "unsubscribe", "Unsubscribe";
    }
}

words! {
    /// Why an admin changes what somebody receives.
    pub enum Cause {
        Phone = "phone", "They asked on the phone";
        Writing = "writing", "They asked in writing";
        InPerson = "in-person", "They asked in person";
        Mistake = "mistake", "The entry was wrong";
        Other = "other", "Another reason (see details)";
    }
}

/// Characters that say what the person asked for, at least.
const SHORTEST: usize = 10;
/// Characters of the particulars at most.
const LONGEST: usize = 500;

/// A change that is asked for by an address: of which line, to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub line: Line,
    pub wish: Wish,
}

impl Change {
    /// Reads `line` and `to`; `None` if either is unknown.
    pub fn read(query: &Pairs) -> Option<Self> {
        Some(Self { line: query.get("line").parse().ok()?, wish: query.get("to").parse().ok()? })
    }

    /// The subscription that it makes.
    pub fn said(&self) -> Subscription {
        let state = match self.wish {
            Wish::Subscribe => SubscriptionState::Subscribed,
            Wish::Unsubscribe => SubscriptionState::Unsubscribed,
        };
        Subscription { state, reason: Reason::User }
    }

    /// Whether the person's own no is lifted, which takes what they asked for: an opt-out of everything, or a complaint.
    pub fn needs_words(&self, present: Option<&Subscription>) -> bool {
        let Some(present) = present.filter(|_| self.wish == Wish::Subscribe) else { return false };
        present.state == SubscriptionState::Unsubscribed
            && (self.line == Line::everything() || present.reason == Reason::Complaint)
    }

    /// The address of the question.
    pub fn address(&self, tab: &str) -> String {
        let query = Pairs::default().with("line", &self.line.to_string()).with("to", self.wish.as_str());
        query.address(&format!("{tab}/change"))
    }
}

/// The form, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct ChangeForm {
    pub cause: String,
    pub details: String,
    pub problems: Problems,
}

impl ChangeForm {
    /// The form as it was sent.
    pub fn typed(sent: &FormData) -> Self {
        let typed = |name| sent.get(name).to_owned();
        Self { cause: typed("cause"), details: typed("details"), problems: Problems::default() }
    }

    /// Whether the person asked for it.
    pub fn is_request(&self) -> bool {
        matches!(self.cause.parse(), Ok(Cause::Phone | Cause::Writing | Cause::InPerson))
    }

    /// The reason for the ledger, or the form with its problems. `needs_words`: the particulars must say what the person asked for.
    pub fn parse(sent: &FormData, needs_words: bool) -> Result<String, Self> {
        let (cause, details) = (sent.get("cause"), sent.get("details").trim());
        let mut problems = Problems::default();
        let known: Option<Cause> = cause.parse().ok();
        if known.is_none() {
            problems.add("cause", "Choose why you change this.");
        }
        let length = details.chars().count();
        if needs_words && length < SHORTEST {
            problems
                .add("details", "Enter what this person asked for, when and how. At least 10 characters are needed.");
        } else if known == Some(Cause::Other) && details.is_empty() {
            problems.add("details", "Enter the reason.");
        } else if length > LONGEST || details.contains(|c: char| c.is_control() && c != '\n' && c != '\r') {
            problems.add("details", "Enter at most 500 characters.");
        }
        match known.filter(|_| problems.is_empty()) {
            Some(cause) if details.is_empty() => Ok(cause.label().to_owned()),
            Some(Cause::Other) => Ok(details.to_owned()),
            Some(cause) => Ok(format!("{}: {details}", cause.label())),
            None => Err(Self { cause: cause.to_owned(), details: details.to_owned(), problems }),
        }
    }

    /// Why.
    pub fn cause(&self) -> Field {
        let choices = Cause::ALL.map(|cause| (cause.as_str().to_owned(), cause.label().to_owned()));
        let none = (String::new(), "Choose a reason".to_owned());
        Field::new("cause", "Why", Control::Select)
            .options(std::iter::once(none).chain(choices))
            .value(&self.cause)
            .problem(&self.problems.0)
    }

    /// The particulars.
    pub fn details(&self, needs_words: bool) -> Field {
        let hint = if needs_words {
            "What did they ask for, when and how? This is kept with the change."
        } else {
            "Optional. For colleagues who read this later."
        };
        Field::new("details", "Details", Control::Area)
            .value(&self.details)
            .limit(LONGEST)
            .hint(hint)
            .problem(&self.problems.0)
    }
}
