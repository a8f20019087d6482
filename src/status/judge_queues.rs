//! What waits, and from when on that is too long.

use chrono::{DateTime, Utc};

use super::{
    check::{Check, DAY, HOUR, MINUTE, State, Value, duration},
    facts::Own,
    queues::{MOST, Queue, QueueKind},
};
use crate::{
    messages::{LaneWaiting, MOST_WAITING},
    sending_accounts::Health,
    web::words::{counted, grouped},
};

impl QueueKind {
    /// Seconds from which on somebody should look, and from which on it is wrong.
    fn limits(self) -> (i64, i64) {
        match self {
            Self::Jobs => (6 * HOUR, DAY),
            Self::Imports => (12 * HOUR, 2 * DAY),
            Self::Webhooks | Self::Steps | Self::Follows => (5 * MINUTE, HOUR),
            Self::Late | Self::Erased => (15 * MINUTE, 2 * HOUR),
            Self::Counts => (HOUR, 6 * HOUR),
            Self::Keys => (DAY, 7 * DAY),
        }
    }

    fn todo(self) -> &'static str {
        match self {
            Self::Jobs => {
                "One that changes very many people takes hours. If it stands still, the log of kith serve says why."
            }
            Self::Imports => {
                "Look under Imports: a very large file takes hours. If it stands still, stop it there and go on with it."
            }
            Self::Webhooks => "Their sender is behind: look whether kith serve runs, and in its log.",
            Self::Steps => {
                "Timelines and segments do not hear of messages: look whether kith serve runs, and in its log."
            }
            Self::Late | Self::Erased => {
                "Housekeeping does not come to its end: look at what is said of it, and in the log."
            }
            Self::Counts => {
                "A count takes minutes at most. Look at long transactions: a count waits for those before it."
            }
            Self::Follows => {
                "Members of segments are out of date. A large import may take a while; else look whether kith serve runs, and in its log."
            }
            Self::Keys => {
                "Searches by order number and the like miss older events until it is done: look at housekeeping."
            }
        }
    }
}

/// All checks of what waits.
pub fn all(own: &Own, now: DateTime<Utc>) -> Vec<Check> {
    let queues = own.queues.iter().map(|queue| of_queue(queue, now));
    queues.chain([messages(&own.lanes, &own.accounts, now), accounts(&own.accounts, now)]).collect()
}

/// "more than 10,000", from one more than is counted on.
fn up_to(count: i64, most: i64) -> String {
    if count > most { format!("more than {}", grouped(most)) } else { grouped(count) }
}

fn of_queue(queue: &Queue, now: DateTime<Utc>) -> Check {
    let waited = queue.oldest.map(|at| (now - at).num_seconds().max(0));
    let (look, wrong) = queue.kind.limits();
    let is = match (queue.count, waited) {
        (0, _) => "Nothing waits.".to_owned(),
        (count, None) => format!("{} waiting.", up_to(count, MOST)),
        (count, Some(waited)) => format!("{} waiting, the oldest for {}.", up_to(count, MOST), duration(waited)),
    };
    let state = if queue.count == 0 { State::Good } else { State::by(waited.unwrap_or(0), look, wrong) };
    let check = Check::new(queue.kind.as_str(), queue.kind.label(), state, is, queue.kind.todo());
    if state == State::Good {
        return check;
    }
    check.with("Look at it after", Value::Seconds(look)).with("Wrong after", Value::Seconds(wrong))
}

/// Lanes that are named.
const NAMED: usize = 10;

fn messages(lanes: &[LaneWaiting], accounts: &[Health], now: DateTime<Utc>) -> Check {
    let of = |lane: &LaneWaiting| accounts.iter().find(|account| account.id == lane.account_id);
    let state = |lane: &LaneWaiting| {
        let state = State::by((now - lane.oldest).num_seconds(), 15 * MINUTE, 4 * HOUR);
        // A limit of speed, or somebody who turned it off, makes messages wait on purpose.
        if of(lane).is_none_or(|account| account.is_on && !account.is_slowed) { state } else { state.min(State::Look) }
    };
    let count: i64 = lanes.iter().map(|lane| lane.count).sum();
    let is = match lanes.iter().map(|lane| lane.oldest).min() {
        None => "Nothing waits that is due.".to_owned(),
        Some(oldest) => {
            let oldest = duration((now - oldest).num_seconds());
            format!("{} due and not sent yet, the oldest for {oldest}.", counted(count, "message is", "messages are"))
        }
    };
    let todo = "Look at the account under Sending accounts of its workspace: whether it is on, fails, or has a limit that is too low.";
    let figures = lanes.iter().take(NAMED).map(|lane| {
        let name = of(lane).map_or_else(|| "An account that was removed".to_owned(), called);
        let count =
            if lane.count >= MOST_WAITING { format!("{} or more", grouped(MOST_WAITING)) } else { grouped(lane.count) };
        let off = if of(lane).is_some_and(|account| !account.is_on) { "; the account is off" } else { "" };
        (name, Value::Text(format!("{count}, the oldest for {}{off}", duration((now - lane.oldest).num_seconds()))))
    });
    Check::new("messages", "Messages to people", lanes.iter().map(state).max().unwrap_or(State::Good), is, todo)
        .with_all(figures.collect::<Vec<_>>())
}

fn called(account: &Health) -> String {
    format!("{}: {}", account.workspace, account.name)
}

fn accounts(accounts: &[Health], now: DateTime<Utc>) -> Check {
    let failing: Vec<(&Health, i64)> = accounts
        .iter()
        .filter(|account| account.is_on)
        .filter_map(|account| Some((account, (now - account.failing_since?).num_seconds().max(0))))
        .collect();
    let longest = failing.iter().map(|(_, seconds)| *seconds).max();
    let is = match failing.len() {
        0 => "None fails.".to_owned(),
        some => format!(
            "{} not taken from us.",
            counted(
                i64::try_from(some).unwrap_or(i64::MAX),
                "account fails: its messages are",
                "accounts fail: their messages are"
            )
        ),
    };
    let todo = "Open it under Sending accounts of its workspace: it says what the provider answered. Send a test from there when it is mended.";
    let state = longest.map_or(State::Good, |longest| State::by(longest, 0, HOUR));
    let figures = failing
        .iter()
        .take(NAMED)
        .map(|(account, seconds)| (called(account), Value::Text(format!("for {}", duration(*seconds)))));
    Check::new("sending_accounts", "Sending accounts", state, is, todo).with_all(figures.collect::<Vec<_>>())
}
