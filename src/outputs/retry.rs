//! When a message is sent again: the schedule that Standard Webhooks suggest, and what answers say about it.

use chrono::TimeDelta;

/// Waits after each failed attempt; after the last attempt there is none, and the message is given up, three days and a half later.
const WAITS: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// Attempts at one message.
pub const ATTEMPTS: usize = WAITS.len() + 1;
/// Longest wait that a receiver can ask for.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(24);

/// What comes after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It was taken: nothing more.
    Delivered,
    /// Another attempt, so long after this one.
    Again(TimeDelta),
    /// All attempts failed.
    GivenUp,
}

/// What comes after the attempt that makes `attempts` of them; `asked` is the wait that the answer asks for, and `dice`, from 0 to 1, spreads
/// what failed at once over a tenth of the wait.
pub fn next(attempts: usize, is_taken: bool, asked: Option<TimeDelta>, dice: f64) -> Next {
    if is_taken {
        return Next::Delivered;
    }
    let Some(usual) = attempts.checked_sub(1).and_then(|place| WAITS.get(place)) else { return Next::GivenUp };
    let asked = asked.unwrap_or_default().min(LONGEST_WAIT);
    let wait = (*usual).max(asked).num_milliseconds();
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a day has few milliseconds")]
    let spread = (wait as f64 / 10.0 * dice.clamp(0.0, 1.0)) as i64;
    Next::Again(TimeDelta::milliseconds(wait + spread))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rarer_and_end() {
        let waits: Vec<Next> = (1..=ATTEMPTS).map(|attempts| next(attempts, false, None, 0.0)).collect();
        let whole: TimeDelta = WAITS.iter().sum();
        assert!(whole > TimeDelta::days(3) && whole < TimeDelta::days(4));
        assert_eq!(waits[0], Next::Again(TimeDelta::seconds(5)));
        assert_eq!(waits[8], Next::Again(TimeDelta::hours(24)));
        assert_eq!(waits[9], Next::GivenUp);
        assert_eq!(next(1, true, None, 0.0), Next::Delivered);
        assert_eq!(next(2, false, None, 1.0), Next::Again(TimeDelta::seconds(330)), "a tenth more");
    }

    #[test]
    fn receivers_may_ask_for_more_time_within_bounds() {
        let after = |asked| next(1, false, Some(asked), 0.0);
        assert_eq!(after(TimeDelta::minutes(3)), Next::Again(TimeDelta::minutes(3)));
        assert_eq!(after(TimeDelta::seconds(1)), Next::Again(TimeDelta::seconds(5)));
        assert_eq!(after(TimeDelta::days(300)), Next::Again(TimeDelta::hours(24)));
    }
}
