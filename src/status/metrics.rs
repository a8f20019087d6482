//! A status in Prometheus' text form.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::{backups, check::State, facts::Status};

/// What there is to say while Postgres is away.
pub fn away() -> String {
    let mut out = String::new();
    metric(&mut out, "kith_database_up", "Whether the database answers.", [(vec![], 0)]);
    out
}

/// The status as metrics: no name, no address, nothing about a person.
pub fn text(status: &Status) -> String {
    let (mut out, now) = (String::new(), status.at);
    let since = |at: DateTime<Utc>| (now - at).num_seconds().max(0);
    metric(&mut out, "kith_database_up", "Whether the database answers.", [(vec![], 1)]);
    let rank = |state| State::ALL.into_iter().position(|known| known == state).map_or(0, |place| place as i64);
    let states = status.checks.iter().map(|check| (vec![("check", check.name.to_owned())], rank(check.state)));
    metric(&mut out, "kith_check_state", "What the status page says: 0 good, 1 look at it, 2 wrong.", states);
    metric(
        &mut out,
        "kith_database_bytes",
        "Size of the database.",
        status.server.iter().map(|server| (vec![], server.size)),
    );
    let free = status.disk.iter().map(|disk| (vec![], disk.free));
    metric(&mut out, "kith_disk_free_bytes", "Room on the disk of the data directory.", free);
    let Some(own) = &status.own else { return out };
    let kind = |queue: &super::queues::Queue| vec![("queue", queue.kind.as_str().to_owned())];
    let waiting = own.queues.iter().map(|queue| (kind(queue), queue.count));
    metric(&mut out, "kith_queue_waiting", "What waits; 10001 means more than 10000.", waiting);
    let oldest = own.queues.iter().map(|queue| (kind(queue), queue.oldest.map_or(0, since)));
    metric(&mut out, "kith_queue_oldest_seconds", "How long the oldest waits; 0 if nothing does.", oldest);
    let lane = |lane: &crate::messages::LaneWaiting| {
        vec![("environment", lane.environment_id.0.to_string()), ("account", lane.account_id.to_string())]
    };
    let waiting = own.lanes.iter().map(|it| (lane(it), it.count));
    metric(
        &mut out,
        "kith_messages_waiting",
        "Messages that are due and not sent yet; 10000 means as many or more.",
        waiting,
    );
    let oldest = own.lanes.iter().map(|it| (lane(it), since(it.oldest)));
    metric(&mut out, "kith_messages_oldest_seconds", "How long the oldest message has been due.", oldest);
    let failing = own.accounts.iter().filter_map(|account| {
        Some((vec![("account", account.id.to_string())], since(account.failing_since.filter(|_| account.is_on)?)))
    });
    metric(&mut out, "kith_sending_account_failing_seconds", "How long a sending account has been failing.", failing);
    let last = backups::last(&own.backups);
    metric(
        &mut out,
        "kith_backup_age_seconds",
        "Age of the last backup.",
        last.iter().map(|last| (vec![], since(last.made_at))),
    );
    let good = backups::good_at(&own.backups);
    let good = good.iter().map(|at| (vec![], since(*at)));
    metric(&mut out, "kith_backup_checked_seconds", "Time since a backup was found good.", good);
    out
}

/// A sample: its labels and its value.
type Sample = (Vec<(&'static str, String)>, i64);

/// Writes a metric with all its samples; nothing if it has none.
fn metric(out: &mut String, name: &str, help: &str, samples: impl IntoIterator<Item = Sample>) {
    let mut samples = samples.into_iter().peekable();
    if samples.peek().is_none() {
        return;
    }
    // Writing to a text never fails.
    let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n");
    for (labels, value) in samples {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(out, "{name}{labels} {value}");
    }
}

/// A label's value as the text form wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_what_has_no_sample_is_left_out() {
        let mut out = String::new();
        metric(&mut out, "a_b", "Help.", [(vec![("x", "q\"\\\n".to_owned()), ("y", "1".to_owned())], 7)]);
        assert_eq!(out, "# HELP a_b Help.\n# TYPE a_b gauge\na_b{x=\"q\\\"\\\\\\n\",y=\"1\"} 7\n");
        metric(&mut out, "c", "Help.", []);
        assert!(!out.contains("c Help"));
        assert!(away().ends_with("\nkith_database_up 0\n"));
    }
}
