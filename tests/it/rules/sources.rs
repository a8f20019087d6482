use super::{files, refuse};
use crate::support::TestDb;

/// Comments may name what the code must not do.
fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with("//") && !line.starts_with("--")
}

fn is_sql(line: &str, words: &str) -> bool {
    is_code(line) && line.to_uppercase().contains(words)
}

#[test]
fn statements_that_do_not_spread_are_not_used() {
    let (mut all, migrations) = (files("src", ".rs"), files("migrations", ".sql"));
    all.extend(migrations);
    for words in [
        "MERGE INTO",
        "FOR UPDATE",
        "FOR SHARE",
        "WITH RECURSIVE",
        "ROLLUP",
        "GROUPING SETS",
        "SERIALIZABLE",
        "TRUNCATE ",
    ] {
        let is_bad = |line: &str| is_sql(line, words) && !line.contains(".for_update");
        refuse(&all, &format!("{words}: it cannot be spread over machines"), is_bad);
    }
    refuse(&all, "SELECT … FOR UPDATE through Diesel", |line| is_code(line) && line.contains(".for_update("));
}

/// An upsert takes times from its row, so that replaying it gives the same; the same goes for every other statement.
#[test]
fn no_statement_asks_the_database_for_the_time() {
    let words = ["SELECT", "SET ", "VALUES", "WHERE", "DEFAULT", "INSERT", "UPDATE", "excluded"];
    let others =
        ["CURRENT_TIMESTAMP", "CURRENT_DATE", "CLOCK_TIMESTAMP(", "STATEMENT_TIMESTAMP(", "TRANSACTION_TIMESTAMP("];
    let is_bad = |line: &str| {
        let calls = line.match_indices("now()").any(|(place, _)| !line[..place].ends_with(['.', ':', '_']));
        calls && words.iter().any(|word| is_code(line) && line.contains(word))
            || others.iter().any(|word| is_sql(line, word))
    };
    assert!(is_bad("ON CONFLICT DO UPDATE SET at = now()") && is_bad("DEFAULT current_timestamp"));
    // The status compares both clocks.
    let mut all: Vec<_> =
        files("src", ".rs").into_iter().filter(|(path, _)| !path.ends_with("status/server.rs")).collect();
    all.extend(files("migrations", ".sql"));
    refuse(&all, "the clock's time is bound to the statement instead", is_bad);
}

#[test]
fn only_the_clock_asks_the_machine_for_the_time() {
    let asks = |line: &str| {
        is_code(line) && ["Utc::now", "Local::now", "SystemTime::now", "now_v7"].iter().any(|word| line.contains(word))
    };
    let others: Vec<_> = files("src", ".rs").into_iter().filter(|(path, _)| !path.ends_with("src/clock.rs")).collect();
    refuse(&others, "ask the Clock", asks);
}

/// Else senders could take all connections, and people at the console none.
#[test]
fn calls_of_senders_use_the_database_as_senders_have_it() {
    let is_bad = |line: &str| is_code(line) && line.replace(".db.memory", "").contains(".db");
    assert!(is_bad("state.db.read(") && is_bad("    .db") && !is_bad("state.senders.read("));
    refuse(&files("src/api", ".rs"), "state.senders", is_bad);
}

/// Diesel has Postgres plan a statement with such a piece anew each time, which costs more than most statements take.
#[test]
fn pages_ask_with_statements_that_are_planned_once() {
    // Not those of the filter, whose statements differ by what is asked for, and not what the start asks once.
    let may = |path: &std::path::Path| path.ends_with("profiles/query.rs") || path.ends_with("db/mod.rs");
    let others: Vec<_> = files("src", ".rs").into_iter().filter(|(path, _)| !may(path)).collect();
    let is_bad = |line: &str| is_code(line) && (line.contains("dsl::sql::<") || line.trim() == "dsl::sql,");
    refuse(&others, "say it with Diesel's expressions, or all of it with db::sql_query", is_bad);
}

/// `db::sql_query` takes constant texts only; Diesel's takes any.
#[test]
fn sql_is_never_put_together_from_what_people_type() {
    let others: Vec<_> = files("src", ".rs")
        .into_iter()
        .filter(|(path, _)| !path.to_str().is_some_and(|path| path.contains("/src/db/")))
        .collect();
    let is_bad = |line: &str| is_code(line) && (line.contains("diesel::sql_query") || line.contains("batch_execute("));
    refuse(&others, "use db::sql_query, and bind the values", is_bad);
}

#[test]
fn only_the_write_path_changes_state() {
    let state = TestDb::new().state_tables();
    let may = [
        "src/ingest",
        "src/notes/apply.rs",
        "src/profiles/store.rs",
        "src/notes/moves.rs",
        "src/identities/addresses.rs",
        "src/identities/lists.rs",
        "src/identities/claims.rs",
        "src/identities/erasures.rs",
        "src/identities/devices.rs",
        "src/identities/sightings.rs",
        "src/subscriptions/consents.rs",
        "src/subscriptions/lines.rs",
        "src/restrictions/register.rs",
        "src/subscriptions/confirmations.rs",
        // No state of a profile: whom kith is to ask.
        "src/confirmations/store.rs",
        "src/segments/register.rs",
        "src/merges/store.rs",
        "src/merges/families.rs",
        "src/activity/store.rs",
        "src/activity/moves.rs",
        "src/events/retention.rs",
        "src/events/keys.rs",
        "src/events/fill.rs",
        "src/ledger/change.rs",
        // No state of a profile: what somebody asks of the team, and links that were taken back.
        "src/data_requests/store.rs",
        // No state of a profile either, but what was sent to it: the events that follow go the one way.
        "src/messages",
        "src/preferences/store.rs",
        // Not said of a profile: follows from what was.
        "src/segments/members.rs",
        "src/segments/queue.rs",
        "src/segments/state.rs",
        // No state of a profile: who was chosen for a change, and what became of them.
        "src/profiles/bulk/store.rs",
        // No state of a profile: what other systems are told.
        "src/outputs/",
    ];
    let others: Vec<_> = files("src", ".rs")
        .into_iter()
        .filter(|(path, _)| !may.iter().any(|part| path.to_str().is_some_and(|path| path.contains(part))))
        .collect();
    let is_bad = |line: &str| {
        is_code(line)
            && state.iter().any(|table| {
                [format!("INSERT INTO {table} "), format!("UPDATE {table} "), format!("DELETE FROM {table} ")]
                    .iter()
                    .any(|words| line.contains(words.as_str()))
                    || ["insert_into", "update", "delete", "copy_from"]
                        .iter()
                        .any(|verb| line.contains(&format!("diesel::{verb}({table}::table")))
            })
    };
    refuse(&others, "say it to ingest instead", is_bad);
}

/// What is longer has two things in it. The schema has one, and every table.
#[test]
fn no_file_is_long() {
    let all = ["src", "tests/it", "tests/attacks"].into_iter().flat_map(|folder| files(folder, ".rs"));
    let long = |(path, text): (std::path::PathBuf, String)| {
        let lines = text.lines().count();
        (lines > 400 && !path.ends_with("src/db/schema.rs")).then(|| format!("{}: {lines}", path.display()))
    };
    assert_eq!(all.filter_map(long).collect::<Vec<_>>(), Vec::<String>::new());
}
