//! What is read of answers, and why there is none.

use std::{io::Read, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use ureq::{
    Error,
    http::{Response, header},
};

use super::agent::Closed;

/// The beginning of an answer as a text that can be stored and shown: so many bytes at most.
pub fn beginning(answer: &mut Response<ureq::Body>, most: u64) -> String {
    let mut bytes = Vec::new();
    // What broke off is as good as what is long.
    let _ = answer.body_mut().as_reader().take(most).read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect::<String>().trim().to_owned()
}

/// The wait that an answer asks for: seconds, or a time.
pub fn retry_after<T>(answer: &Response<T>, now: DateTime<Utc>) -> Option<TimeDelta> {
    let header = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    matches!(answer.status().as_u16(), 429 | 503).then(|| asked(header, now)).flatten()
}

/// Reads `Retry-After`.
fn asked(header: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let header = header.trim();
    let wait = match header.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(seconds.into()),
        Err(_) => DateTime::parse_from_rfc2822(header).ok()?.to_utc() - now,
    };
    (wait > TimeDelta::zero()).then_some(wait)
}

/// Why there is no answer, for people.
pub fn words(error: &Error, within: Duration) -> String {
    match error {
        Error::Timeout(_) => format!("No answer within {} seconds.", within.as_secs()),
        Error::HostNotFound => "There is no server of that name.".to_owned(),
        Error::Io(error) => format!("No connection: {error}."),
        Error::RequireHttpsOnly(_) => "This server sends over https only.".to_owned(),
        Error::Rustls(error) => format!("No encrypted connection: {error}."),
        Error::Other(error) if error.is::<Closed>() => error.to_string(),
        other => format!("The answer cannot be understood: {other}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_how_long_to_wait() {
        let now: DateTime<Utc> = "2026-11-22T03:24:05Z".parse().unwrap();
        assert_eq!(asked("120", now), Some(TimeDelta::minutes(2)));
        assert_eq!(asked("Sun, 22 Nov 2026 03:25:05 GMT", now), Some(TimeDelta::minutes(1)));
        for none in ["", "soon", "-5", "0", "99999999999", "Sun, 22 Nov 2026 03:20:05 GMT"] {
            assert_eq!(asked(none, now), None, "{none}");
        }
    }
}
