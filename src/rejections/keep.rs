//! Stores rejections, within bounds.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Refused, store};
use crate::{
    db::{
        Db,
        ids::{EnvironmentId, KeyId},
    },
    error::AppError,
    json,
    keys::{Format, hide_secrets, without_secrets},
};

/// Rejections stored of one call at most.
pub const MOST_AT_ONCE: usize = 1_000;
/// Rejections written before those beyond the bound are removed again.
const SWEPT_AFTER: usize = 500;
/// Longest item that is stored whole, in bytes.
const LONGEST: usize = 16 * 1024;

/// A refused item, or a refused value of an item.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Format of the call.
    pub format: Format,
    /// Kind of item in the format's words.
    pub kind: &'static str,
    /// JSON text as sent.
    pub raw: String,
    /// Why it was refused.
    pub refused: Refused,
    /// Index of the item in the call.
    pub index: usize,
    /// Whether only a value was left out.
    pub is_rest_kept: bool,
}

/// Counts rejections since the last sweep, because sweeping takes longer than writing.
#[derive(Default)]
pub struct Sweeper(Mutex<HashMap<EnvironmentId, usize>>);

impl Sweeper {
    /// Whether a sweep is due after `more` rejections.
    fn is_due(&self, environment: EnvironmentId, more: usize) -> bool {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The number written before this process started is unknown.
        let count = written.entry(environment).or_insert(SWEPT_AFTER);
        *count += more;
        let is_due = *count >= SWEPT_AFTER;
        if is_due {
            *count = 0;
        }
        is_due
    }
}

/// Stores the rejections of one call. Where the format reports nothing to its senders, they are the only trace of an item.
///
/// # Errors
/// The database is away, busy or failing: then the call must not be acknowledged. If it refuses a rejection, that is only logged.
pub async fn keep(
    db: &Db,
    sweeper: &Sweeper,
    environment: EnvironmentId,
    key: KeyId,
    received_at: DateTime<Utc>,
    rejections: Vec<Rejection>,
) -> Result<(), AppError> {
    if rejections.is_empty() {
        return Ok(());
    }
    let is_sweep_due = sweeper.is_due(environment, rejections.len());
    let rows: Vec<_> = rejections.into_iter().map(|rejection| (shown(&rejection.raw), rejection)).collect();
    let kept = db.tx(move |conn| {
        store::insert(conn, environment, key, received_at, &rows)?;
        if is_sweep_due { store::sweep(conn, environment) } else { Ok(0) }
    });
    match kept.await {
        Err(error) if error.retry_after().is_some() => Err(error),
        Err(error) => {
            error.log();
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

/// An item as it is stored: of one that is too long, or no JSON, the beginning of its text. Secrets were cut on arrival, except those that
/// escapes hid.
fn shown(raw: &str) -> Value {
    let raw = without_secrets(raw);
    let mut parsed = (raw.len() <= LONGEST).then(|| json::parse(&raw).ok()).flatten();
    parsed.iter_mut().for_each(hide_secrets);
    parsed.unwrap_or_else(|| {
        let end = (0..=LONGEST.min(raw.len())).rev().find(|end| raw.is_char_boundary(*end)).unwrap_or(0);
        Value::String(raw[..end].replace('\0', ""))
    })
}

#[cfg(test)]
mod tests {
    use crate::rejections::keep::*;
    use crate::{keys::Secret, workspaces::EnvironmentKind};

    #[test]
    fn an_item_is_shown_without_keys_and_cut_when_long() {
        let secret = Secret::new(EnvironmentKind::Live);
        let item = shown(&format!(r#"{{"a": "kith_live_x", "token": "{0}", "b": ["{0}"]}}"#, secret.as_str()));
        let start = format!("{}…", secret.prefix());
        assert_eq!(item, serde_json::json!({"a": "kith_live_x", "token": start, "b": [start]}));
        let long = shown(&format!(r#"{{"a": "{}"}}"#, "ä".repeat(LONGEST)));
        assert_eq!(long.as_str().map(str::len), Some(LONGEST - 1), "no character is cut in two");
        let escaped = shown(&format!(r#"{{"a": "{}"}}"#, secret.as_str().replace('_', "\\u005f")));
        assert_eq!(escaped, serde_json::json!({"a": start}));
        assert_eq!(shown("{broken\0"), Value::String("{broken".to_owned()));
    }

    #[test]
    fn sweeping_is_due_at_first_and_then_after_many() {
        let (sweeper, environment) = (Sweeper::default(), EnvironmentId(1));
        let due: Vec<_> = [1, 499, 1, 2].map(|more| sweeper.is_due(environment, more)).into();
        assert_eq!(due, [true, false, true, false]);
    }
}
