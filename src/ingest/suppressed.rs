//! `suppressed` as senders say it of a line: it is no matter of what somebody wants, but a restriction.

use super::Statement;
use crate::{
    registers::Fact,
    restrictions::{Cause, Held, Key, Restrictions, Stop},
    subscriptions::{Line, Reason, Subscription, SubscriptionState},
};

/// What it means that a line is suppressed: by the status of the profile all messages are off, by a bounce or a complaint the address of
/// the channel takes none, and else the channel is on the suppression list. A topic can only be unsubscribed from.
pub fn suppressed(line: Line, reason: Reason) -> Statement {
    let held = Some(Held::by(Cause::from(reason)));
    match line {
        Line { topic: Some(_), .. } => {
            Statement::Subscription(line, Subscription { state: SubscriptionState::Unsubscribed, reason })
        }
        Line { channel: None, .. } if reason == Reason::Status => {
            let facts = vec![Fact::new::<Restrictions>(Key::Disabled, held)];
            Statement::Identify(super::Identify { facts, ..super::Identify::default() })
        }
        Line { channel: Some(channel), .. } if matches!(reason, Reason::Bounce | Reason::Complaint) => {
            Statement::Restriction(Stop::Blocked(channel), held)
        }
        Line { channel, .. } => Statement::Restriction(Stop::Suppressed(channel), held),
    }
}
