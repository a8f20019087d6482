//! When a message is to be sent, as a form says it: now, or at a time within a year.

use chrono::{DateTime, TimeDelta, Utc};

use crate::web::{
    Field, Now,
    form::{Choice, Choices, Control, Problems},
    pairs::Pairs,
};

/// How far ahead a message can be scheduled.
const FURTHEST: TimeDelta = TimeDelta::days(366);

/// The fields of a form that say when, as they were typed.
#[derive(Clone, Debug)]
pub struct Timing {
    pub when: Choices,
    pub due_at: Field,
}

impl Timing {
    /// The fields `when` and `due_at`.
    pub fn typed(sent: &Pairs, problems: &Problems, now: Now) -> Self {
        let is_later = sent.get("when") == "later";
        let due = match sent.raw("due_at") {
            "" => (now.at + TimeDelta::hours(1)).with_timezone(&now.zone).format("%Y-%m-%dT%H:%M").to_string(),
            typed => typed.to_owned(),
        };
        let when = |value, label, is_on| Choice { value, label, hint: "", is_on };
        Self {
            when: Choices::one("when", "When", vec![when("now", "Now", !is_later), when("later", "Later", is_later)]),
            due_at: Field::new("due_at", "Send at", Control::Time)
                .short()
                .value(&due)
                .hint(format!("Only with Later. Time zone: {}.", now.zone.name().replace('_', " ")))
                .problem(&problems.0),
        }
    }

    /// The time that was chosen.
    ///
    /// # Errors
    /// The rule that the field `due_at` breaks.
    pub fn parse(sent: &Pairs, now: Now) -> Result<DateTime<Utc>, &'static str> {
        if sent.get("when") != "later" {
            return Ok(now.at);
        }
        let at = now.read(sent.raw("due_at"))?;
        if at <= now.at {
            return Err("This time is over. Enter a later one, or choose Now.");
        }
        if at > now.at + FURTHEST {
            return Err("Enter a time within a year from now.");
        }
        Ok(at)
    }
}
