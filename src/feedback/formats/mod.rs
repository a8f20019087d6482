//! Formats in which providers tell what became of messages, a file each: each checks its signature first, then reads. What says nothing of
//! a message's way, such as that one waits or is tried again, is left out.

mod kith;
pub mod mail;
mod mailgun;
mod postmark;
mod sendgrid;
mod ses;
mod twilio;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Call, Certificates, Refused, Report};
use crate::{
    sending_accounts::{FeedbackFormat, Secret},
    web::outbound::Reach,
};

/// Reports of one call at most.
const MOST: usize = 5_000;

/// What a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Reports(Vec<Report>),
    /// Amazon asks whether it may send here; an admin confirms that at this address.
    Confirm(String),
}

/// What signatures are checked with.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// The key of the account; `None`: it has none.
    pub key: Option<&'a Secret>,
    pub certificates: &'a Certificates,
    /// Where certificates are fetched.
    pub reach: Reach,
}

impl Keys<'_> {
    fn key(&self) -> Result<&Secret, Refused> {
        self.key.ok_or(Refused::Signature("The key that signatures are checked with is not set up in kith."))
    }
}

/// Reads a call in the format that the account expects.
///
/// # Errors
/// It is not signed by the provider, or is something else.
pub fn read(format: FeedbackFormat, call: &Call, keys: Keys<'_>) -> Result<Said, Refused> {
    let reports = match format {
        FeedbackFormat::Kith => kith::read(call),
        FeedbackFormat::Sendgrid => sendgrid::read(call, keys.key()?),
        FeedbackFormat::Postmark => postmark::read(call),
        FeedbackFormat::Mailgun => mailgun::read(call, keys.key()?),
        FeedbackFormat::Twilio => twilio::read(call, keys.key()?),
        FeedbackFormat::Ses => return ses::read(call, keys),
    };
    reports.map(Said::Reports)
}

/// The body as JSON.
fn json(call: &Call) -> Result<Value, Refused> {
    serde_json::from_slice(&call.body).map_err(|error| Refused::Body(format!("The body is no JSON: {error}.")))
}

/// The items of a body: an array, or one alone.
fn items(body: Value) -> Result<Vec<Value>, Refused> {
    match body {
        Value::Array(items) if items.len() > MOST => {
            Err(Refused::Body(format!("The body has more than {MOST} items. Send less at once.")))
        }
        Value::Array(items) => Ok(items),
        one => Ok(vec![one]),
    }
}

/// The text at a JSON pointer; empty if there is none.
fn text<'v>(value: &'v Value, at: &str) -> &'v str {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

/// A text or a number at a JSON pointer, as text; empty if there is none.
fn shown(value: &Value, at: &str) -> String {
    match value.pointer(at) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The time at a JSON pointer: as RFC 3339 says, or seconds since 1970.
fn time(value: &Value, at: &str) -> Option<DateTime<Utc>> {
    match value.pointer(at)? {
        Value::String(text) => moment(text),
        Value::Number(number) => seconds(&number.to_string()),
        _ => None,
    }
}

/// A time since 1970 as RFC 3339 writes it.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()).filter(|at| *at >= DateTime::UNIX_EPOCH)
}

/// Seconds since 1970, perhaps with a fraction.
fn seconds(text: &str) -> Option<DateTime<Utc>> {
    let seconds: f64 = text.trim().parse().ok()?;
    // As far as a number of that kind is exact.
    #[expect(clippy::cast_possible_truncation, reason = "within the range that is checked")]
    let micros = (0.0..=1e11).contains(&seconds).then_some((seconds * 1e6) as i64)?;
    DateTime::from_timestamp_micros(micros)
}
