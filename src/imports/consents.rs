//! Columns about messages: what their heads and cells say, in the words of common products.

use crate::{
    ledger::Invalid,
    subscriptions::{Medium, SubscriptionState},
};

/// A column about messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Channel of the messages; `None`: all of them.
    pub channel: Option<Medium>,
    pub says: Says,
}

/// What the cells of a column about messages say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Yes: messages are wanted.
    Wants,
    /// Yes: they are not.
    Refuses,
    /// Yes: they are not. No says nothing: who never refused has not agreed.
    RefusesOnly,
    /// When somebody left; blank says nothing.
    LeftAt,
}

/// Names that one chooses for answers about messages: name, channel, what it says, and what it is for.
const CHOSEN: [(&str, Option<Medium>, Says, &str); 8] = [
    ("unsubscribed", None, Says::Refuses, "Yes: wants no messages. No: wants them"),
    ("do_not_contact", None, Says::RefusesOnly, "Yes: wants no messages"),
    ("email_opt_in", Some(Medium::Email), Says::Wants, "Yes: wants email. No: wants none"),
    ("email_opt_out", Some(Medium::Email), Says::RefusesOnly, "Yes: wants no email"),
    ("unsubscribed_at", Some(Medium::Email), Says::LeftAt, "When they unsubscribed from email"),
    ("sms_opt_in", Some(Medium::Sms), Says::Wants, "Yes: wants SMS. No: wants none"),
    ("sms_opt_out", Some(Medium::Sms), Says::RefusesOnly, "Yes: wants no SMS"),
    ("do_not_call", Some(Medium::Voice), Says::RefusesOnly, "Yes: wants no calls"),
];

const YES: [&str; 10] = ["yes", "true", "1", "y", "x", "on", "enabled", "subscribed", "opted in", "opted_in"];
const NO: [&str; 16] = [
    "no",
    "false",
    "0",
    "n",
    "off",
    "disabled",
    "unsubscribed",
    "opted out",
    "opted_out",
    "never_subscribed",
    "never subscribed",
    "not_subscribed",
    "not subscribed",
    "suppressed",
    "cleaned",
    "bounced",
];

impl Consent {
    /// The meaning of a head without spaces and signs; `None`: it is of something else.
    pub fn of_head(plain: &str) -> Option<Self> {
        let (_, channel, says) = CONSENTS.iter().find(|(heads, ..)| heads.contains(&plain))?;
        Some(Self { channel: *channel, says: *says })
    }

    /// Names to suggest, each with what it is for.
    pub fn suggestions() -> impl Iterator<Item = (&'static str, &'static str)> {
        CHOSEN.iter().map(|(name, _, _, label)| (*name, *label))
    }

    /// What one chooses for this meaning.
    pub fn name(self) -> &'static str {
        let is_it = |(_, channel, says, _): &&(_, _, _, _)| *channel == self.channel && *says == self.says;
        CHOSEN.iter().find(is_it).map_or("", |(name, ..)| name)
    }

    /// What a cell says; `None`: nothing.
    ///
    /// # Errors
    /// The cell has none of the words for yes and no.
    pub fn read(self, field: &str, cell: &str) -> Result<Option<SubscriptionState>, Invalid> {
        use SubscriptionState::{Pending, Subscribed, Unsubscribed};
        let word = cell.to_lowercase();
        if self.says == Says::LeftAt {
            return Ok(Some(Unsubscribed));
        }
        if matches!(word.as_str(), "pending" | "unconfirmed") {
            return Ok(Some(Pending));
        }
        // These words say it themselves, whatever the head asks.
        if word.ends_with("subscribed") || word.starts_with("opted") {
            return Ok(Some(if YES.contains(&word.as_str()) { Subscribed } else { Unsubscribed }));
        }
        let is_yes = YES.contains(&word.as_str());
        if !is_yes && !NO.contains(&word.as_str()) {
            return Err(Invalid::new(field, "must be yes or no, true or false, 1 or 0", cell));
        }
        Ok(match (self.says, is_yes) {
            (Says::Wants, true) | (Says::Refuses, false) => Some(Subscribed),
            (Says::RefusesOnly, false) => None,
            _ => Some(Unsubscribed),
        })
    }
}

/// Columns about messages: heads, channel, and what they say.
const CONSENTS: [(&[&str], Option<Medium>, Says); 8] = [
    (&["unsubscribed"], None, Says::Refuses),
    (&["donotcontact", "optout", "optedout"], None, Says::RefusesOnly),
    (
        &[
            "acceptsemailmarketing",
            "emailmarketingconsent",
            "subscribedtoemails",
            "emailsubscribed",
            "emailoptin",
            "acceptsmarketing",
            "emailmarketing",
            "emailconsent",
            "emailmarketingstatus",
        ],
        Some(Medium::Email),
        Says::Wants,
    ),
    (
        &["acceptssmsmarketing", "smsmarketingconsent", "smsconsent", "smsoptin", "smssubscribed"],
        Some(Medium::Sms),
        Says::Wants,
    ),
    (
        &[
            "unsubscribedfromallemail",
            "emailoptout",
            "hasoptedoutofemail",
            "optedoutofemail",
            "donotemail",
            "emailunsubscribed",
        ],
        Some(Medium::Email),
        Says::RefusesOnly,
    ),
    (&["smsoptout", "donotsms", "hasoptedoutofsms"], Some(Medium::Sms), Says::RefusesOnly),
    (&["donotcall", "hasoptedoutofcall"], Some(Medium::Voice), Says::RefusesOnly),
    (&["unsubtime", "cleantime", "unsubscribedat", "emailunsubscribedat"], Some(Medium::Email), Says::LeftAt),
];

#[cfg(test)]
impl Consent {
    /// The meanings of all heads.
    pub fn all() -> impl Iterator<Item = Self> {
        CONSENTS.iter().map(|(_, channel, says)| Self { channel: *channel, says: *says })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::columns::Column, *};

    #[test]
    fn answers_are_understood_in_the_words_of_products() {
        use SubscriptionState::{Subscribed, Unsubscribed};
        let said = |head: &str, cell: &str| {
            let Column::Consent(consent) = Column::from_name(head).unwrap() else { panic!("{head}") };
            consent.read(head, cell).unwrap()
        };
        for (head, cell, state) in [
            ("unsubscribed", "true", Some(Unsubscribed)),
            ("Unsubscribed", "No", Some(Subscribed)),
            ("subscribed_to_emails", "false", Some(Unsubscribed)),
            ("Accepts Email Marketing", "yes", Some(Subscribed)),
            ("Email Marketing Consent", "NEVER_SUBSCRIBED", Some(Unsubscribed)),
            ("Email Marketing Consent", "SUBSCRIBED", Some(Subscribed)),
            ("email_opt_out", "1", Some(Unsubscribed)),
            ("Unsubscribed from all email", "false", None),
            ("UNSUB_TIME", "2026-01-02 03:04:05", Some(Unsubscribed)),
            ("do_not_contact", "yes", Some(Unsubscribed)),
            ("do_not_contact", "no", None),
        ] {
            assert_eq!(said(head, cell), state, "{head}: {cell}");
        }
    }
}
