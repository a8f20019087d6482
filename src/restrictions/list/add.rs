//! The form that puts addresses on the suppression list.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::asked::contact;
use crate::{
    identities::{Address, Channel, Reading},
    restrictions::{Cause, Held, form::read_end},
    web::{
        Field, FormData, Now,
        form::{Choice, Choices, Control, Problems},
    },
};

/// Lines that are taken at once.
pub const MOST: usize = 10_000;
/// Lines that were not understood, of which the page tells.
const TOLD: usize = 50;
/// Characters of the reason at most.
const LONGEST: usize = 500;
/// Why addresses are put on the list by hand.
const CAUSES: [(Cause, &str); 4] = [
    (Cause::List, "They are on a list of another system"),
    (Cause::Request, "These people asked for it"),
    (Cause::Complaint, "They complained about messages"),
    (Cause::Manual, "We decided it"),
];

/// The form, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct AddForm {
    pub addresses: String,
    pub cause: String,
    pub reason: String,
    pub until: String,
    leaves_out: bool,
    /// Numbers and texts of lines that were not understood, the first fifty.
    pub wrong: Vec<(usize, String)>,
    pub problems: Problems,
}

/// What the form says.
pub struct Added {
    pub addresses: Vec<(Channel, Address)>,
    pub held: Held,
    /// Lines that were left out, because they were not understood.
    pub left_out: usize,
}

impl AddForm {
    /// The addresses, each once, and what holds for them; or the form with its problems.
    pub fn parse(sent: &FormData, reading: Reading, now: Now) -> Result<Added, Box<Self>> {
        let typed = |name| sent.get(name).to_owned();
        let mut form = Self {
            addresses: typed("addresses"),
            cause: typed("cause"),
            reason: sent.get("reason").trim().to_owned(),
            until: typed("until"),
            leaves_out: sent.get("wrong") == "leave-out",
            ..Self::default()
        };
        let (addresses, wrong) = form.read(reading);
        let cause = CAUSES.iter().map(|(cause, _)| *cause).find(|cause| cause.as_str() == form.cause);
        if cause.is_none() {
            form.problems.add("cause", "Choose why they are suppressed.");
        }
        if form.reason.is_empty() || form.reason.chars().count() > LONGEST {
            form.problems.add("reason", "Enter the reason, in at most 500 characters.");
        }
        let until = read_end(&form.until, now).unwrap_or_else(|message| {
            form.problems.add("until", message);
            None
        });
        match cause.filter(|_| form.problems.is_empty()) {
            Some(cause) => Ok(Added { addresses, held: held(cause, until, &form.reason), left_out: wrong }),
            None => Err(Box::new(form)),
        }
    }

    /// The addresses, and how many lines are none of them.
    fn read(&mut self, reading: Reading) -> (Vec<(Channel, Address)>, usize) {
        let lines = self.addresses.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
        let lines: Vec<(usize, &str)> = lines.take(MOST + 1).collect();
        let (mut known, mut found, mut wrong) = (BTreeSet::new(), Vec::new(), Vec::new());
        for (place, line) in &lines {
            match contact(line, reading) {
                Some((channel, address)) => {
                    if known.insert((channel, address.normalised.clone())) {
                        found.push((channel, address));
                    }
                }
                None => wrong.push((place + 1, line.chars().take(100).collect())),
            }
        }
        let count = wrong.len();
        if lines.len() > MOST {
            self.problems.add("addresses", "Enter at most 10,000 addresses at once.");
        } else if count > 0 && !self.leaves_out {
            let message = "Some lines are neither an email nor a phone number with its country code. Correct them, or leave them out.";
            self.problems.add("addresses", message);
        } else if found.is_empty() {
            self.problems.add("addresses", "Enter at least one email or phone number.");
        }
        wrong.truncate(TOLD);
        self.wrong = wrong;
        (found, count)
    }

    /// The addresses, one a line.
    pub fn addresses(&self) -> Field {
        Field::new("addresses", "Emails and phone numbers", Control::Area)
            .value(&self.addresses)
            .hint("One a line, at most 10,000. Phone numbers with their country code, such as +14155550123.")
            .required()
            .problem(&self.problems.0)
    }

    /// What happens to lines that were not understood.
    pub fn leave_out(&self) -> Choices {
        let option = Choice {
            value: "leave-out",
            label: "Leave out the lines that were not understood",
            hint: "",
            is_on: self.leaves_out,
        };
        Choices::any("wrong", "Other lines", vec![option])
    }

    /// Why.
    pub fn cause(&self) -> Field {
        let causes = CAUSES.iter().map(|(cause, label)| (cause.as_str().to_owned(), (*label).to_owned()));
        Field::new("cause", "Why", Control::Select)
            .options(std::iter::once((String::new(), "Choose a reason".to_owned())).chain(causes))
            .value(&self.cause)
            .problem(&self.problems.0)
    }

    /// The reason in words.
    pub fn reason(&self) -> Field {
        Field::new("reason", "Details", Control::Text)
            .value(&self.reason)
            .limit(LONGEST)
            .hint("Colleagues read this where a message is not sent, such as “Unsubscribed at the former provider, March 2026”.")
            .required()
            .problem(&self.problems.0)
    }

    /// When the entries end.
    pub fn until(&self) -> Field {
        Field::new("until", "Until", Control::Date)
            .value(&self.until)
            .hint("Optional. Messages can be sent again from this day on.")
            .problem(&self.problems.0)
    }
}

fn held(cause: Cause, until: Option<DateTime<Utc>>, reason: &str) -> Held {
    Held { cause, until, words: Some(reason.to_owned()) }
}
