//! Keeping what was refused, within bounds.

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

/// Rejections kept of one call.
pub const MOST_AT_ONCE: usize = 1_000;
/// Rejections written before those beyond the bound are looked for again.
const SWEPT_AFTER: usize = 500;
/// Longest item that is kept whole, in bytes.
const LONGEST: usize = 16 * 1024;

/// An item, or a value in it, that was refused.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// How it was sent.
    pub format: Format,
    /// What the format calls it.
    pub kind: &'static str,
    /// JSON text as sent.
    pub raw: String,
    /// Why.
    pub refused: Refused,
    /// Its place in the call.
    pub index: usize,
    /// Only a value was left out.
    pub is_rest_kept: bool,
}

/// Counts what was written since the bound was looked at, which takes longer than writing.
#[derive(Default)]
pub struct Sweeper(Mutex<HashMap<EnvironmentId, usize>>);

impl Sweeper {
    /// Whether it is time, after so many more.
    fn is_due(&self, environment: EnvironmentId, more: usize) -> bool {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody knows what was written before this process.
        let count = written.entry(environment).or_insert(SWEPT_AFTER);
        *count += more;
        let is_due = *count >= SWEPT_AFTER;
        if is_due {
            *count = 0;
        }
        is_due
    }
}

/// Keeps rejections of one call. Where the format tells its senders nothing, they are the only trace of an item.
///
/// # Errors
/// The database is away, busy or failing: then the call must not be acknowledged. That it refuses one of them is only logged.
pub async fn keep(
    db: &Db,
    sweeper: &Sweeper,
    (environment, key, received_at): (EnvironmentId, KeyId, DateTime<Utc>),
    rejections: Vec<Rejection>,
) -> Result<(), AppError> {
    if rejections.is_empty() {
        return Ok(());
    }
    let is_sweep_due = sweeper.is_due(environment, rejections.len());
    let rows: Vec<_> = rejections.into_iter().map(|rejection| (shown(&rejection.raw), rejection)).collect();
    let kept = db.tx(move |conn| {
        store::insert(conn, (environment, key, received_at), &rows)?;
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

/// An item as it is kept: what is too long, or no JSON, is the beginning of its text. Keys were cut as it arrived, but for those that
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
