use chrono::TimeDelta;
use kith::{
    auth::Action,
    clock::Clock,
    db::ids::new_id,
    status::{Noted, Pulse, State, Value, note},
    subscriptions::Medium,
};

use super::{ago, check, find, make_read_only, says, status, status_of};
use crate::{
    messages::{account, ask_for, draft, kept, smtp},
    support::{App, Person},
};

fn id(app: &App) -> String {
    new_id(app.clock.now()).to_string()
}

/// A queue, how long something waits in it for each state, and the statement that puts it there at a time.
type Case<'a> = (&'static str, [TimeDelta; 3], &'a dyn Fn(&str) -> String);

#[test]
fn what_waits_is_told_with_its_age_and_from_when_on_it_is_wrong() {
    let app = App::new();
    let live = app.live;
    let names = [
        "jobs",
        "imports",
        "webhooks",
        "message_steps",
        "late_events",
        "erasures",
        "segment_counts",
        "segment_follows",
        "event_keys",
    ];
    for name in names {
        says(&app, name, State::Good, "Nothing waits.");
    }
    let (minutes, hours, days) = (TimeDelta::minutes, TimeDelta::hours, TimeDelta::days);
    let cases: [Case<'_>; 9] = [
        ("jobs", [hours(5), hours(7), days(2)], &|at| {
            format!(
                "INSERT INTO jobs (environment_id, id, task, title, source_id, created_at) VALUES ({live}, '{}', '{{}}', 'Undo', 1, {at})",
                id(&app)
            )
        }),
        ("imports", [hours(11), hours(13), days(3)], &|at| {
            format!(
                "INSERT INTO imports (environment_id, id, file_name, size, fingerprint, by_name, choices, understood, meanings, stage, \
                     reached, read_bytes, created_at, began_at) \
                 VALUES ({live}, '{}', 'a.csv', 1, '', 'Ada', '{{}}', '', '[]', 'importing', '{{}}', 0, {at}, {at})",
                id(&app)
            )
        }),
        ("webhooks", [minutes(4), minutes(6), hours(2)], &|at| {
            let webhook = id(&app);
            format!(
                "INSERT INTO webhooks (environment_id, id, name, url, happenings, is_on, secret, created_at) \
                     VALUES ({live}, '{webhook}', 'Shop', 'https://shop.example', '{{}}', true, '', {at}); \
                 INSERT INTO webhook_deliveries (environment_id, profile_id, webhook_id, id, happened_at, state, due_at, attempts) \
                     VALUES ({live}, '{webhook}', '{webhook}', '{webhook}', {at}, 'waiting', {at}, 0)"
            )
        }),
        ("message_steps", [minutes(4), minutes(6), hours(2)], &|at| {
            let id = id(&app);
            format!(
                "INSERT INTO message_steps (environment_id, profile_id, message_id, id, status, at, attempt, is_told) \
                 VALUES ({live}, '{id}', '{id}', '{id}', 'sent', {at}, 1, false)"
            )
        }),
        ("late_events", [minutes(14), minutes(16), hours(3)], &|at| {
            let id = id(&app);
            format!(
                "INSERT INTO settling (environment_id, profile_id, survivor_id, since) VALUES ({live}, '{id}', '{id}', {at})"
            )
        }),
        ("erasures", [minutes(14), minutes(16), hours(3)], &|at| {
            format!("INSERT INTO settling (environment_id, profile_id, since) VALUES ({live}, '{}', {at})", id(&app))
        }),
        ("segment_counts", [minutes(50), hours(2), hours(7)], &|at| {
            let id = id(&app);
            format!(
                "INSERT INTO segments (environment_id, id, kind, name, description, folder, tags, on_profiles, version, created_at, \
                     updated_at, wants_count, counting_since) \
                 VALUES ({live}, '{id}', 'live', '{id}', '', '', '{{}}', false, 1, {at}, {at}, false, {at})"
            )
        }),
        ("segment_follows", [minutes(4), minutes(6), hours(2)], &|at| {
            let id = id(&app);
            format!(
                "DELETE FROM segment_queue; INSERT INTO segment_queue (environment_id, profile_id, id, keys, said_at) \
                 VALUES ({live}, '{id}', '{id}', '{{}}', {at})"
            )
        }),
        ("event_keys", [hours(20), days(2), days(8)], &|at| {
            format!("DELETE FROM event_key_fills; INSERT INTO event_key_fills (definition_id, due_at) VALUES (1, {at})")
        }),
    ];
    for (name, ages, insert) in cases {
        for (age, state) in ages.into_iter().zip(State::ALL) {
            app.db.run(&insert(&ago(&app, age)));
            says(&app, name, state, "waiting, the oldest for");
        }
    }
    let worst = status(&app).checks.iter().map(|check| check.state).collect::<Vec<_>>();
    assert!(worst.is_sorted_by(|one, next| one >= next), "the worst comes first: {worst:?}");
}

#[test]
fn of_many_no_more_are_counted_than_are_told() {
    let app = App::new();
    app.db.run(&format!(
        "INSERT INTO settling (environment_id, profile_id, since) SELECT {}, gen_random_uuid(), {} FROM generate_series(1, 10050)",
        app.live,
        ago(&app, TimeDelta::minutes(1))
    ));
    says(&app, "erasures", State::Good, "more than 10,000 waiting");
}

#[test]
fn messages_are_told_by_account_and_accounts_that_fail_by_name() {
    let app = crate::messages::app();
    let person = app.add(Person::new("c-1").email("priya@example.com"));
    let account = account(&app, Medium::Email, smtp(1));
    ask_for(&app, &draft(account, app.clock.now()), person);
    says(&app, "messages", State::Good, "1 message is due and not sent yet");
    app.clock.advance(TimeDelta::hours(5));
    says(&app, "messages", State::Wrong, "the oldest for 5 hours");
    let told = check(&app, "messages").figures;
    assert_eq!(told, [("Acme: Shop".to_owned(), Value::Text("1, the oldest for 5 hours".to_owned()))]);
    // Turned off, they wait on purpose.
    app.db.run("UPDATE sending_accounts SET is_on = false");
    says(&app, "messages", State::Look, "1 message is due");
    assert!(matches!(&check(&app, "messages").figures[0].1, Value::Text(text) if text.ends_with("the account is off")));
    app.db.run("UPDATE sending_accounts SET is_on = true, per_second = 5");
    says(&app, "messages", State::Look, "1 message is due");

    says(&app, "sending_accounts", State::Good, "None fails.");
    let failing =
        |age| format!("UPDATE sending_accounts SET failing_since = {}, failure = 'priya@example.com'", ago(&app, age));
    app.db.run(&failing(TimeDelta::minutes(1)));
    says(&app, "sending_accounts", State::Look, "1 account fails");
    app.db.run(&failing(TimeDelta::hours(2)));
    says(&app, "sending_accounts", State::Wrong, "1 account fails");
    assert!(!format!("{:?}", status(&app).checks).contains("priya"), "nothing of a person is in it");
}

#[test]
fn a_key_that_is_not_theirs_opens_no_secrets() {
    let app = App::new();
    says(&app, "secret_key", State::Good, "No sending account has a secret");
    kept(&app);
    app.db.run("UPDATE sending_accounts SET secret = '\\x010203'");
    says(&app, "secret_key", State::Wrong, "It does not open 1 of 1 secrets");
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = app.state.config.clone();
    config.server.secret_file = Some(folder.path().join("key"));
    std::fs::write(folder.path().join("key"), "no key").expect("a file");
    let check = find(&status_of(&app, &config), "secret_key");
    assert_eq!(check.state, State::Wrong);
    assert!(check.is.contains("cannot be used"), "{check:?}");
}

#[test]
fn a_backup_is_missing_old_unchecked_or_not_in_order() {
    let app = App::new();
    says(&app, "backup", State::Look, "never been a backup");
    app.clock.advance(TimeDelta::days(3));
    says(&app, "backup", State::Wrong, "never been a backup");
    let mut elsewhere = app.state.config.clone();
    elsewhere.database.url = Some("postgresql://db".to_owned());
    let check = find(&status_of(&app, &elsewhere), "backup");
    assert_eq!(check.state, State::Look, "somebody else may take care of that one: {check:?}");

    let says_of = |action, faults| {
        let at = app.clock.now();
        let noted = Noted { action, file: "kith.dump".to_owned(), size: Some(15_700_000), faults, until: Some(at), at };
        note(&mut app.db.connect(), &noted).expect("noted");
        app.clock.advance(TimeDelta::minutes(1));
    };
    says_of(Action::BackupWritten, 0);
    says(&app, "backup", State::Look, "No backup was checked");
    says_of(Action::BackupChecked, 0);
    says(&app, "backup", State::Good, "The last backup is 2 minutes old.");
    says_of(Action::BackupChecked, 2);
    says(&app, "backup", State::Wrong, "not all in it is in order");
    says_of(Action::BackupWritten, 0);
    says(&app, "backup", State::Good, "The last backup is");
    app.clock.advance(TimeDelta::days(3));
    says(&app, "backup", State::Look, "3 days old");
    app.clock.advance(TimeDelta::days(5));
    says(&app, "backup", State::Wrong, "8 days old");
    says_of(Action::BackupRestored, 0);
    says(&app, "backup", State::Good, "The last backup is");

    let mut ada = app.browser(kith::auth::Role::Admin);
    let page = ada.visit("/organisation/audit");
    page.shows("Wrote the backup").shows("kith.dump").shows("15.7 MB").shows("2 things not in order").check_markup();
}

#[test]
fn tables_of_another_version_are_not_looked_into() {
    let app = App::new();
    says(&app, "schema", State::Good, "those of this version");
    app.db.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    says(&app, "schema", State::Wrong, "9999");
    assert!(status(&app).checks.iter().all(|check| check.name != "jobs"));
    app.db.run("DELETE FROM __diesel_schema_migrations WHERE version IN ('9999', '0044')");
    says(&app, "schema", State::Wrong, "migration 0044 has not run");
}

#[test]
fn what_postgres_is_set_to_matters() {
    // The server of the tests forgets everything in a power cut.
    let app = App::new();
    says(&app, "postgres", State::Wrong, "fsync");
    says(&app, "transaction_numbers", State::Good, "0 %");
    says(&app, "connections", State::Good, "connections are in use");
    assert!(check_text(&app, "tables").contains("profiles"));
    make_read_only(&app);
    says(&app, "postgres", State::Wrong, "read-only");
}

fn check_text(app: &App, name: &str) -> String {
    format!("{:?}", check(app, name))
}

#[test]
fn clocks_that_disagree_are_told() {
    // The clock of the tests stands still, long ago or long to come.
    let app = App::new();
    says(&app, "clock", State::Wrong, "apart");
    let app = App::with(|console| {
        let state = kith::state::AppState::new(console.state.db.clone(), Clock::System, console.state.config.clone());
        console.state = actix_web::web::Data::new(state);
    });
    let asked = kith::status::Asked { config: &app.state.config, now: Clock::System.now(), beat: None };
    let status = app.state.db.snapshot_now(|conn| Ok(kith::status::Status::read(conn, &asked)?)).expect("asked");
    assert_eq!(find(&status, "clock").state, State::Good);
}

#[test]
fn the_disk_and_housekeeping_are_looked_at() {
    let app = App::new();
    assert!(check_text(&app, "disk").contains("are free"));
    let mut config = app.state.config.clone();
    config.database.home = Some("/nowhere/kith".into());
    let check = find(&status_of(&app, &config), "disk");
    assert!(check.state == State::Wrong && check.is.contains("cannot be looked at"), "{check:?}");
    config.database.url = Some("postgresql://db".to_owned());
    assert!(status_of(&app, &config).checks.iter().all(|check| check.name != "disk"), "there need not be one");

    says(&app, "housekeeping", State::Good, "not begun yet");
    let pulse = app.state.db.memory::<Pulse>();
    pulse.begins(app.clock.now());
    app.clock.advance(TimeDelta::minutes(11));
    says(&app, "housekeeping", State::Look, "not come to an end since it began 11 minutes ago");
    pulse.is_well(app.clock.now());
    says(&app, "housekeeping", State::Good, "0 seconds ago");
    app.clock.advance(TimeDelta::hours(2));
    says(&app, "housekeeping", State::Wrong, "2 hours ago");
}
