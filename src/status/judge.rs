//! What the figures mean: whether something is wrong, and what to do.

use std::io;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    backups::{good_at, last},
    check::{Check, DAY, HOUR, MINUTE, State, Value, duration, size},
    facts::{Asked, Own},
    machine::Disk,
    server::Server,
    tables::Tables,
};
use crate::{
    db::migrate::Standing,
    web::words::{counted, grouped},
};

const GB: i64 = 1_000_000_000;

/// Tables of this version, or not.
pub fn schema(standing: &Standing) -> Check {
    let check = |state, is: String, todo| Check::new("schema", "Version and tables", state, is, todo);
    let kith = concat!("kith ", env!("CARGO_PKG_VERSION"));
    match standing {
        Standing::Current(newest) => {
            check(State::Good, format!("{kith}: the tables are those of this version (migration {newest})."), "")
        }
        Standing::Pending(first) => check(
            State::Wrong,
            format!("{kith}: the tables are older than this version: migration {first} has not run."),
            "Run kith migrate, or restart kith serve, which does it at its start. Nothing else was looked at in the tables.",
        ),
        Standing::Newer(ahead) => check(
            State::Wrong,
            format!("{kith}: the tables are newer than this version: {ahead}."),
            "Nothing else was looked at in the tables.",
        ),
    }
}

/// Checks of Postgres itself.
pub fn server(server: &Server, asked: &Asked<'_>) -> Vec<Check> {
    vec![
        durability(server),
        connections(server),
        transactions(server),
        numbers(server),
        clock(server.clock, asked.now),
        housekeeping(server, asked),
    ]
}

fn durability(server: &Server) -> Check {
    let off = [
        ("fsync", &server.fsync),
        ("synchronous_commit", &server.synchronous_commit),
        ("full_page_writes", &server.full_page_writes),
    ];
    let off: Vec<&str> = off.iter().filter(|(_, value)| *value == "off").map(|(name, _)| *name).collect();
    let check = |state, is: String, todo| Check::new("postgres", "Postgres", state, is, todo);
    let made = if server.is_read_only {
        let todo = "If this is a standby, point DATABASE_URL at the primary. Otherwise set default_transaction_read_only to off.";
        check(State::Wrong, "The database takes no changes: it is read-only.".to_owned(), todo)
    } else if !off.is_empty() {
        let is = format!("A power cut can lose what was acknowledged, or the database: {} off.", are(&off));
        check(State::Wrong, is, "Set it to on in postgresql.conf and reload Postgres; then take a backup.")
    } else if server.autovacuum == "off" {
        let todo = "Set autovacuum to on in postgresql.conf and reload Postgres.";
        check(State::Look, "autovacuum is off: tables grow, and searches get slow.".to_owned(), todo)
    } else {
        check(State::Good, format!("PostgreSQL {}: what is acknowledged is on the disk.", server.version), "")
    };
    let made = if made.state == State::Good { made } else { made.with("Version", text(&server.version)) };
    if server.replicas > 0 { made.with("Replicas connected", Value::Number(server.replicas)) } else { made }
}

/// "fsync is", "fsync and full_page_writes are".
fn are(names: &[&str]) -> String {
    format!("{} {}", names.join(" and "), if names.len() == 1 { "is" } else { "are" })
}

fn connections(server: &Server) -> Check {
    let most = i64::from(server.most_connections).max(1);
    let state = State::by(server.connections * 100 / most, 80, 95);
    let is = format!("{} of {} connections are in use.", grouped(server.connections), grouped(most));
    let todo = "Lower KITH_CONNECTIONS, end other programs that use this Postgres, or raise max_connections and restart Postgres.";
    Check::new("connections", "Connections", state, is, todo)
}

fn transactions(server: &Server) -> Check {
    let oldest = server.oldest_transaction;
    let is = match oldest {
        ..MINUTE => "No transaction stays open for long.".to_owned(),
        _ => format!("A transaction has been open for {}.", duration(oldest)),
    };
    let todo = "While it is open, nothing that went is cleaned up and segments wait to be counted. Find it in pg_stat_activity \
                (xact_start); unless it is a backup that runs, end it with pg_terminate_backend.";
    Check::new("transactions", "Long transactions", State::by(oldest, HOUR, 12 * HOUR), is, todo)
}

/// Postgres refuses all writes shortly before this age.
const LAST_NUMBER: i64 = 1 << 31;

fn numbers(server: &Server) -> Check {
    let state = State::by(server.oldest_number, 500_000_000, 1_500_000_000);
    let is = format!("{} % of the transaction numbers are used up.", server.oldest_number * 100 / LAST_NUMBER);
    let todo = "Postgres stops taking changes when they are: run VACUUM FREEZE on the oldest database, and find out what keeps \
                autovacuum from it (long transactions, replication slots).";
    Check::new("transaction_numbers", "Transaction numbers", state, is, todo)
}

fn clock(of_postgres: DateTime<Utc>, now: DateTime<Utc>) -> Check {
    let apart = (of_postgres - now).num_seconds().abs();
    let is = match apart {
        0..=1 => "kith and Postgres agree about the time.".to_owned(),
        _ => format!("The clocks of kith and Postgres are {} apart.", duration(apart)),
    };
    let todo = "Have both machines follow a time server (NTP). Until then times are wrong, and messages may leave too early or too late.";
    Check::new("clock", "Clock", State::by(apart, 5, MINUTE), is, todo)
}

fn housekeeping(server: &Server, asked: &Asked<'_>) -> Check {
    let check = |state, is: String, todo| Check::new("housekeeping", "Housekeeping", state, is, todo);
    let Some(beat) = asked.beat else {
        // A command sees from outside only whether a kith is there.
        let is_there = server.asked_at.is_some_and(|at| server.clock - at < TimeDelta::minutes(10));
        return if is_there {
            let is = "A running kith is connected. When it last did what it does by itself is on its status page."
                .to_owned();
            check(State::Good, is, "")
        } else {
            let is =
                "No running kith is connected to this database: nothing is sent, counted or cleaned up.".to_owned();
            check(State::Look, is, "Start kith serve.")
        };
    };
    let Some(since) = beat.well_at.or(beat.since) else {
        return check(State::Good, "It has not begun yet.".to_owned(), "");
    };
    let waited = (asked.now - since).num_seconds();
    let is = match beat.well_at {
        Some(_) => format!("It last came to its end {} ago.", duration(waited)),
        None => format!("It has not come to an end since it began {} ago.", duration(waited)),
    };
    let todo = "What kith does by itself fails or hangs: jobs, late events and cleaning up wait. The log of kith serve says why \
                (lines with ERROR). Restart kith if it says nothing.";
    check(State::by(waited, 10 * MINUTE, HOUR), is, todo)
}

/// The disk of the data directory.
pub fn disk(disk: &Disk) -> Check {
    let percent = if disk.size > 0 { disk.free.saturating_mul(100) / disk.size } else { 0 };
    let check = |state, is: String, todo| Check::new("disk", "Disk of the data directory", state, is, todo);
    let todo = "Make room: look at the largest tables below, at old backups, and at databases that a restore kept. When the disk is full \
                nothing is stored any more.";
    if !disk.is_writable {
        check(
            State::Wrong,
            "kith may not write into its data directory.".to_owned(),
            "Give the account that runs kith the right to write there.",
        )
    } else {
        // Of a large disk a tenth is much, and of a small one little.
        let state = match (disk.free, percent) {
            (free, percent) if free < GB / 2 || (percent < 3 && free < 5 * GB) => State::Wrong,
            (free, percent) if free < 2 * GB || (percent < 10 && free < 20 * GB) => State::Look,
            _ => State::Good,
        };
        check(state, format!("{} of {} are free.", size(disk.free), size(disk.size)), todo)
    }
}

/// A data directory that cannot be looked at.
pub fn no_disk(error: &io::Error) -> Check {
    let is = format!("The data directory cannot be looked at: {error}.");
    Check::new(
        "disk",
        "Disk of the data directory",
        State::Wrong,
        is,
        "Say where it is with KITH_DATA, and run this as the account that runs kith.",
    )
}

/// A private server that does not run.
pub fn stopped() -> Check {
    let is = "The private Postgres is stopped, so only what lies outside the database was looked at.";
    Check::new("server", "Server", State::Look, is, "Start kith serve, and ask again.")
}

/// Checks of what kith's tables say, but for what waits.
pub fn own(own: &Own, server: &Server, asked: &Asked<'_>) -> Vec<Check> {
    vec![backup(own, asked), secrets(own), tables(&own.tables, server)]
}

fn backup(own: &Own, asked: &Asked<'_>) -> Check {
    let check = |state, is: String, todo| Check::new("backup", "Backup", state, is, todo);
    // Who runs Postgres may back it up in other ways, of which kith hears nothing.
    let worst = if asked.is_private() { State::Wrong } else { State::Look };
    let todo = if asked.is_private() {
        "Run kith backup by the clock: the documentation has a timer for it (Operations, Backup)."
    } else {
        "Run kith backup by the clock. If this Postgres is backed up in another way, kith does not hear of it: look there."
    };
    let Some(last) = last(&own.backups) else {
        let age = own.born_at.map_or(0, |at| (asked.now - at).num_seconds());
        return check(
            State::by(age, 0, 2 * DAY).min(worst),
            "There has never been a backup by kith backup.".to_owned(),
            todo,
        );
    };
    let age = (asked.now - last.made_at).num_seconds();
    let state = State::by(age, 2 * DAY, 7 * DAY).min(worst);
    let is = format!("The last backup is {} old.", duration(age));
    let good = good_at(&own.backups);
    let is_old_check = good.is_none_or(|at| asked.now - at > TimeDelta::days(35));
    let made = match last.checked {
        Some((_, faults)) if faults > 0 => check(
            State::Wrong,
            format!(
                "The last backup was checked, and not all in it is in order: {}.",
                counted(faults, "fault", "faults")
            ),
            "Run kith check-backup on it: it says what. Keep the backups before it.",
        ),
        _ if state != State::Good => check(state, is, todo),
        _ if is_old_check => check(
            State::Look,
            format!("{is} No backup was checked in the last 35 days."),
            "Run kith check-backup FILE with the settings of this kith, so that it is noted here.",
        ),
        _ => check(State::Good, is, ""),
    };
    let file =
        if last.backup.file.is_empty() { "passed on to another program".to_owned() } else { last.backup.file.clone() };
    let checked = last.checked.map_or_else(|| text("not yet"), |(at, _)| Value::Moment(at));
    made.with("Made", Value::Moment(last.made_at))
        .with("File", Value::Text(file))
        .with_all(last.backup.size.map(|bytes| ("Size".to_owned(), Value::Bytes(bytes))))
        .with("Checked", checked)
        .with_all(good.map(|at| ("Last good check of any backup".to_owned(), Value::Moment(at))))
}

fn secrets(own: &Own) -> Check {
    let check = |state, is: String, todo| Check::new("secret_key", "Key of secrets", state, is, todo);
    match &own.secrets {
        Err(locked) => {
            check(State::Wrong, locked.to_string(), "Until then no message leaves by accounts that have a secret.")
        }
        Ok((0, 0)) => check(State::Good, "No sending account has a secret yet.".to_owned(), ""),
        Ok((0, all)) => {
            let all = i64::try_from(*all).unwrap_or(i64::MAX);
            check(State::Good, format!("It opens {}.", counted(all, "stored secret", "stored secrets")), "")
        }
        Ok((closed, all)) => check(
            State::Wrong,
            format!("It does not open {closed} of {all} secrets of sending accounts."),
            "Put the key back that belongs to them (the file secret in the data directory, or KITH_SECRET_FILE), or enter these secrets again.",
        ),
    }
}

/// Tables that are named.
const NAMED: usize = 8;
/// Dead rows below which no table is looked at.
const FEW_DEAD: i64 = 100_000;

fn tables(tables: &Tables, server: &Server) -> Check {
    let unclean: Vec<&str> = tables
        .all
        .iter()
        .filter(|it| it.dead > FEW_DEAD && it.dead > it.rows)
        .map(|it| it.name.as_str())
        .take(3)
        .collect();
    let counted_since = tables.since.map_or_else(|| "the database was made".to_owned(), |at| Value::Moment(at).words());
    let growth = format!("Rows are counted by Postgres as added since {counted_since}.");
    let check = |state, is: String, todo| Check::new("tables", "Largest tables", state, is, todo);
    let made = if unclean.is_empty() {
        check(State::Good, format!("The database has {}. {growth}", size(server.size)), "")
    } else {
        let todo = "Autovacuum does not keep up, or something keeps it from them: look at long transactions, then run VACUUM on them.";
        check(State::Look, format!("More rows went than are there: {}. {growth}", unclean.join(", ")), todo)
    };
    let figures = tables.all.iter().take(NAMED).map(|table| {
        let parts = match &table.largest {
            Some((name, bytes)) => {
                format!(
                    "; {}, the largest {name} with {}",
                    counted(table.partitions, "partition", "partitions"),
                    size(*bytes)
                )
            }
            None => String::new(),
        };
        let rows = format!("about {}, {} added", counted(table.rows, "row", "rows"), grouped(table.added));
        (table.name.clone(), Value::Text(format!("{}; {rows}{parts}", size(table.bytes))))
    });
    made.with_all(figures.collect::<Vec<_>>())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
