//! Verdicts in words that a support person can read to a caller.

use chrono::{DateTime, Utc};

use super::{Asked, Block, Lifter, Obstacle, Question, Rules, Said, Verdict, Why};
use crate::{
    db::ids::SourceId,
    restrictions::Cause,
    subscriptions::{Medium, Reason},
};

/// How times, sources, topics and purposes are written where a sentence stands.
pub struct Terms<'a> {
    /// The day of a time.
    pub day: &'a dyn Fn(DateTime<Utc>) -> String,
    /// Name of a source.
    pub source: &'a dyn Fn(SourceId) -> String,
    /// What topics and purposes are called.
    pub rules: &'a Rules,
}

impl Terms<'_> {
    fn said(&self, said: Option<Said>) -> String {
        said.map_or_else(String::new, |Said { at, by }| format!(" on {}, by {}", (self.day)(at), (self.source)(by)))
    }
}

impl Verdict {
    /// The answer in one or two sentences: whether it may be sent; if not, why, and who can change that.
    pub fn sentence(&self, question: &Question, terms: &Terms<'_>) -> String {
        let channel = question.channel.label();
        match self.first_block() {
            None => format!("{channel} can be sent."),
            Some((_, obstacle)) => {
                format!("{channel} is blocked: {} {}", obstacle.sentence(question.channel, terms), obstacle.lift())
            }
        }
    }
}

impl Obstacle {
    /// Why it blocks, as the rest of a sentence, with its full stop.
    pub fn sentence(&self, channel: Medium, terms: &Terms<'_>) -> String {
        let said = terms.said(self.said);
        let name = channel.label();
        let contact = match channel {
            Medium::Email => "email",
            Medium::Sms | Medium::Voice | Medium::Whatsapp => "phone number",
            _ => "contact",
        };
        match &self.why {
            Why::Disabled => format!("all messages to this person were switched off{said}."),
            Why::Suppressed(cause, until) => {
                let end = until.map_or_else(String::new, |until| format!(", until {}", (terms.day)(until)));
                format!("they were put on the suppression list{said}{end} ({}).", cause.label())
            }
            Why::NoAddress => match channel {
                Medium::Sms | Medium::Voice => "there is no phone number.".to_owned(),
                Medium::Email => "there is no email.".to_owned(),
                _ => format!("there is no contact for {name}."),
            },
            Why::NoDevice => "no device can receive these messages.".to_owned(),
            Why::Blocked(Block { cause, words }) => {
                let words =
                    words.as_ref().map_or_else(String::new, |words| format!(": {}", words.trim_end_matches('.')));
                match cause {
                    Cause::Complaint => format!("they complained about a message{said}{words}."),
                    Cause::HardBounce => format!("messages to this {contact} bounced{said}{words}."),
                    Cause::SoftBounces => {
                        format!("messages to this {contact} bounced several times in a row{said}{words}.")
                    }
                    Cause::Inactive => format!("nobody seems to use this {contact} any more{said}{words}."),
                    cause => format!("this {contact} was blocked{said} ({}){words}.", cause.label()),
                }
            }
            Why::OptedOut(reason) => format!("they unsubscribed from everything{said}{}.", how(*reason)),
            Why::Paused(until) => format!("they asked for no messages until {}.", (terms.day)(*until)),
            Why::ChannelOff(reason) => format!("they unsubscribed from {name}{said}{}.", how(*reason)),
            Why::Unconfirmed => format!("they were asked to confirm it{said} and have not done so yet."),
            Why::NotConfirmed(email, asked) => {
                let email = email.as_deref().unwrap_or("their email");
                let asked = match asked {
                    Asked::Not => ", and kith has not asked yet".to_owned(),
                    Asked::At(at) => format!(": kith asked on {}", (terms.day)(*at)),
                    Asked::Kept(why) => format!(": kith has not asked yet because {why}"),
                };
                format!("they have not confirmed {email} yet{asked}.")
            }
            Why::NeverAgreed if channel == Medium::Voice => "they have not agreed to calls.".to_owned(),
            Why::NeverAgreed => format!("they have not agreed to {name} messages."),
            Why::TopicOff(topic) => format!("they unsubscribed from “{}”{said}.", terms.rules.topic_name(topic)),
            Why::TopicUnconfirmed(topic) => {
                format!(
                    "they were asked to confirm “{}”{said} and have not done so yet.",
                    terms.rules.topic_name(topic)
                )
            }
            Why::TopicNeverOn(topic) => {
                format!(
                    "“{}” is only for people who subscribe to it, and they have not.",
                    terms.rules.topic_name(topic)
                )
            }
            Why::TopicForService(topic) => format!("“{}” is for service messages only.", terms.rules.topic_name(topic)),
            Why::NeverConsented(purpose) => {
                format!("there is no record that they agreed to “{}”.", terms.rules.purpose_name(purpose))
            }
            Why::Refused(purpose) => format!("they refused “{}”{said}.", terms.rules.purpose_name(purpose)),
            Why::NotForSale(purpose) => {
                format!("they do not want their data sold (“{}”){said}.", terms.rules.purpose_name(purpose))
            }
        }
    }

    /// Who can take it away, and how, as a sentence.
    pub fn lift(&self) -> &'static str {
        match (self.why.lifter(), &self.why) {
            (Lifter::Admin, _) => "An admin can change this, with a reason.",
            (Lifter::Person, _) => {
                "They can change this themselves. An admin can do it only at their request, with a note of what they asked for."
            }
            (Lifter::PersonOrAdmin, _) => "They can change this themselves, or an admin can, with a reason.",
            (Lifter::Editor, Why::NoDevice) => "This changes when they use the app or allow messages in their browser.",
            (Lifter::Editor, _) => "Add one to reach them.",
            (Lifter::Time, _) => "The pause ends automatically.",
            (Lifter::Nobody, _) => "Choose another topic.",
        }
    }
}

/// How somebody said no, where it is worth telling.
fn how(reason: Reason) -> String {
    match reason {
        Reason::Api | Reason::User => String::new(),
        other => format!(" ({})", other.label()),
    }
}
