//! Keeps what providers tell: a step of each message that they mean, once.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use super::{Bounce, Named, Outcome, Report, store};
use crate::{
    db::ids::{EnvironmentId, MessageId},
    messages::{self, Among, Found, NewStep},
    sending_accounts::feedback::Hook,
};

/// What came of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Steps that are new.
    pub new: usize,
    /// What was told before.
    pub known: usize,
    /// What was told of messages that the account does not know.
    pub unknown: usize,
    /// Whether one of the unknown may be a message that is being handed over: then nothing is said of its id yet.
    pub is_early: bool,
}

/// Keeps what the provider of an account tells, in a constant number of SQL statements; what it tells of unknown messages is listed on the
/// page of the account. Needs a transaction.
pub fn keep(conn: &mut PgConnection, hook: &Hook, reports: &[Report], now: DateTime<Utc>) -> QueryResult<Kept> {
    let (kept, unknown) = steps(conn, Among::Account(hook.workspace, hook.account), reports, now)?;
    let is_named_by_provider = unknown.iter().any(|report| matches!(report.message, Named::Provider(_)));
    let is_early = is_named_by_provider && messages::any_is_handed_over(conn, hook.workspace, hook.account)?;
    if !is_early {
        store::note_misses(conn, hook, &unknown, now)?;
    }
    Ok(Kept { is_early, ..kept })
}

/// Keeps reports of messages of any account, by kith's own ids alone. Needs a transaction.
pub fn keep_anywhere(conn: &mut PgConnection, reports: &[Report], now: DateTime<Utc>) -> QueryResult<Kept> {
    steps(conn, Among::All, reports, now).map(|(kept, _)| kept)
}

fn steps<'r>(
    conn: &mut PgConnection,
    among: Among,
    reports: &'r [Report],
    now: DateTime<Utc>,
) -> QueryResult<(Kept, Vec<&'r Report>)> {
    if reports.is_empty() {
        return Ok((Kept::default(), Vec::new()));
    }
    let (mut ids, mut provider_ids) = (Vec::new(), Vec::new());
    for report in reports {
        match &report.message {
            Named::Message(id) => ids.push(*id),
            Named::Provider(id) => provider_ids.push(id.as_str()),
        }
    }
    let found = messages::named(conn, among, &ids, &provider_ids)?;
    let by_id: HashMap<MessageId, &Found> = found.iter().map(|it| (it.id, it)).collect();
    let by_provider: HashMap<&str, &Found> =
        found.iter().filter_map(|it| Some((it.provider_id.as_deref()?, it))).collect();
    let (mut steps, mut unknown) = (BTreeMap::<EnvironmentId, Vec<NewStep>>::new(), Vec::new());
    for report in reports {
        let message = match &report.message {
            Named::Message(id) => by_id.get(id),
            Named::Provider(id) => by_provider.get(id.as_str()),
        };
        match message {
            Some(message) => steps.entry(message.environment_id).or_default().push(step(message, report, now)),
            None => unknown.push(report),
        }
    }
    let mut new = 0;
    for (environment, steps) in steps {
        new += messages::advance(conn, environment, &steps)?;
    }
    let known = reports.len() - unknown.len() - new;
    Ok((Kept { new, known, unknown: unknown.len(), is_early: false }, unknown))
}

fn step(message: &Found, report: &Report, now: DateTime<Utc>) -> NewStep {
    let status = report.outcome.status();
    // Nothing is said of the future.
    let at = report.at.unwrap_or(now).min(now);
    let base = NewStep::new(message.profile_id, message.id, status, at);
    let what = report.event.clone().or_else(|| report.at.map(|at| at.to_rfc3339())).unwrap_or_default();
    let id = Uuid::new_v5(&message.account_id.0, format!("{} {} {what}", message.id, status.as_str()).as_bytes());
    let (bounce, link) = match &report.outcome {
        Outcome::Undelivered(bounce) => (Some(Bounce::as_str(*bounce)), None),
        Outcome::Clicked(link) => (None, link.clone()),
        _ => (None, None),
    };
    NewStep {
        id,
        attempt: message.attempts,
        code: report.code.clone(),
        words: report.words.clone(),
        bounce,
        link,
        is_machine: report.is_machine,
        // A machine is no sign of life, so no event tells of it.
        is_told: base.is_told || report.is_machine,
        ..base
    }
}
