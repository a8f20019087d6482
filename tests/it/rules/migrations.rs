use diesel::PgConnection;
use kith::{
    db::migrate::{is_pending, revert_all, run_pending},
    identities::{Address, Channel, Identifier, Kind},
    ingest::{Identify, Item, Person as Who, Statement},
    restrictions::{Cause, Held, Stop},
    subscriptions::SubscriptionState::Unsubscribed,
};
use serde_json::json;

use super::files;
use crate::support::{
    App, Person, TestDb,
    app::{NOW, PASSWORD},
    at,
    build::{event, merge, subscription},
    db::column,
    sender::server,
};

/// All that the migrations make: columns, indexes, constraints, functions, extensions, placement.
pub fn snapshot(conn: &mut PgConnection) -> Vec<String> {
    let questions = [
        "SELECT concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable, column_default) \
         FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "SELECT concat_ws(' ', 'function', p.proname, md5(p.prosrc)) FROM pg_proc p \
         LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' WHERE p.pronamespace = 'public'::regnamespace AND d.objid IS NULL",
        "SELECT concat_ws(' ', 'extension', extname) FROM pg_extension",
        "SELECT concat_ws(' ', 'type', typname) FROM pg_type t LEFT JOIN pg_depend d ON d.objid = t.oid AND d.deptype = 'e' \
         WHERE typnamespace = 'public'::regnamespace AND d.objid IS NULL",
    ];
    let mut all: Vec<String> = questions.iter().flat_map(|question| column(conn, question)).collect();
    all.retain(|line| !line.contains("__diesel_schema_migrations"));
    all.sort();
    all
}

/// What the API can say, so that each table of the write path has a row.
fn everything() -> Vec<Item> {
    let now = at(NOW);
    let id = |key: &str| Identifier::new(Kind::Id, key).unwrap_or_else(|wrong| panic!("{wrong}"));
    let item = |person, statement| Item { person, as_of: now, statement };
    let by_id = |key: &str| Who::Identifiers(vec![id(key)]);
    let (line, wanted) = subscription("email", Unsubscribed);
    let address = Address::new(Channel::Email, "list@example.com").unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut timeless = event("m-1", "Visit", NOW, json!({}));
    timeless.repeats_within = Some(chrono::TimeDelta::minutes(5));
    let items = Person::new("c-2").device("t-1", "Pixel").consent("gdpr.x", true).wants("sms", Unsubscribed);
    let mut items = items
        .confirms("p@example.com")
        .restricted("disabled", Some(Held::by(Cause::Request)))
        .restricted("suppressed/all", Some(Held::by(Cause::List)))
        .restricted("suppressed/email/email:p@example.com", Some(Held::by(Cause::List)))
        .items(now);
    items.extend(Person::new("c-3").email("c-4@example.com").items(now));
    items.extend([
        item(Who::Reached(Channel::Email, address.clone()), Statement::Subscription(line, wanted)),
        item(
            Who::Reached(Channel::Email, address),
            Statement::Restriction(Stop::Suppressed(None), Some(Held::by(Cause::List))),
        ),
        item(by_id("c-2"), Statement::Event(timeless)),
        item(by_id("c-2"), merge(&[id("c-3")])),
        item(by_id("c-4@example.com"), Statement::Identify(Identify::default())),
        item(by_id("c-5"), Statement::Delete { block: false }),
    ]);
    items.extend((0..21).flat_map(|n| Person::new(&format!("s-{n}")).email("info@example.com").items(now)));
    items.extend(Person::new("c-6").email("c-4@example.com").items(now));
    items
}

#[test]
fn up_down_and_up_again_on_seeded_data() {
    let app = App::new();
    // What the templates have, before any data makes partitions.
    let fresh = TestDb::new();
    let expected = snapshot(&mut fresh.connect());
    assert!(expected.len() > 100, "{expected:?}");

    let person = Person::new("c-1").name("Priya", "Nair").email("p@example.com").tag("vip");
    let profile = app.add(person.event("Visit", "2026-11-02T00:00:00Z", json!({})));
    let mut sanjay = app.browser(kith::auth::Role::Support);
    sanjay.visit(&app.profile(profile, "/notes"));
    sanjay.submit("Add note", &[("New note", "hello")]).expect(303);
    app.post(&app.key(server()), "/v1/track", &json!({})).expect(400);
    let (key, headers) = (app.key(server()), [("content-type", "application/json"), ("idempotency-key", "k-1")]);
    let bearer = key.bearer();
    let headers = [&headers[..], &[("authorization", bearer.as_str())]].concat();
    app.send(actix_web::http::Method::POST, "/v1/track", &headers, json!({}).to_string()).expect(400);
    crate::topics::define(&app);
    // A property that people are looked up by, and an event that has it.
    app.db.run("UPDATE event_definitions SET lookup_keys = '{n}'");
    let visit = app.db.one("SELECT id FROM event_definitions");
    app.db.run(&format!("INSERT INTO event_key_fills (definition_id, due_at) VALUES ({visit}, now())"));
    app.clock.advance(chrono::TimeDelta::minutes(1));
    app.add(Person::new("c-1").event_with_id("n-1", "Visit", "2026-11-03T00:00:00Z", json!({"n": 1})));
    let mut ada = app.browser(kith::auth::Role::Admin);
    ada.visit(&app.path("tags/vip/rename"));
    ada.submit("Rename tag", &[("New name", "important")]).expect(303);
    crate::profiles::views::opening(&mut ada);
    crate::operators::invite(&app, &mut ada, "Noor Haddad", "noor@acme.example");
    let mut mara = app.visitor();
    mara.visit("/sign-in");
    mara.submit("Sign in", &[("Email", "mara@acme.example"), ("Password", PASSWORD)]).expect(303);
    crate::support::build::submit(&app.state.db, app.live, at(NOW), &everything());
    let link = crate::preferences::links(&app, profile).remove(0);
    app.send(actix_web::http::Method::POST, &format!("{link}/copy"), &[], "").expect(303);
    ada.visit(&app.profile(profile, "/subscriptions"));
    ada.submit("Show link to their preference page", &[]).expect(200);
    ada.submit("Revoke all links of this person", &[]).expect(303);
    crate::membership_attributes::parts(&app);
    crate::message_templates::parts(&app);
    crate::messages::parts(&app);
    crate::confirmations::parts(&app);
    crate::segments::fill(&app);
    crate::screen_views::parts(&app);
    crate::profiles::parts(&app);
    crate::outputs::parts(&app);
    crate::sending_accounts::parts(&app);
    crate::feedback::parts(&app);
    crate::imports::parts(&app);
    crate::organisation::parts(&app);
    let empty: Vec<String> = app
        .db
        .column("SELECT rel FROM table_placement ORDER BY rel")
        .into_iter()
        .filter(|table| app.db.number(&format!("SELECT count(*) FROM {table}")) == 0)
        .collect();
    assert_eq!(empty, Vec::<String>::new(), "seed these too");

    let mut conn = app.db.connect();
    revert_all(&mut conn).expect("all of it goes back");
    let left: Vec<String> = snapshot(&mut conn).into_iter().filter(|line| line != "extension plpgsql").collect();
    assert!(left.is_empty(), "left over: {left:#?}");
    assert!(is_pending(&mut conn).expect("it can be asked"));

    let ran = run_pending(&mut conn).expect("up again");
    assert_eq!(ran.len(), files("migrations", "up.sql").len());
    assert!(!is_pending(&mut conn).expect("it can be asked"));
    let again = snapshot(&mut conn);
    let lost: Vec<_> = expected.iter().filter(|line| !again.contains(line)).collect();
    let extra: Vec<_> = again.iter().filter(|line| !expected.contains(line)).collect();
    assert!(lost.is_empty() && extra.is_empty(), "lost: {lost:#?}\nextra: {extra:#?}");
    assert!(run_pending(&mut conn).expect("nothing to do").is_empty());
}

#[test]
fn processes_that_start_together_migrate_once() {
    let db = TestDb::blank();
    let ran: usize = std::thread::scope(|scope| {
        let migrate = || run_pending(&mut db.connect()).expect("migrated").len();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(migrate)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(ran, files("migrations", "up.sql").len());
}

#[test]
fn each_step_is_named_in_order_and_has_its_way_back() {
    let names: Vec<String> = files("migrations", "up.sql")
        .iter()
        .map(|(path, _)| {
            assert!(path.with_file_name("down.sql").exists(), "{}", path.display());
            path.parent().and_then(|folder| folder.file_name()?.to_str()).expect("a name").to_owned()
        })
        .collect();
    for (place, name) in names.iter().enumerate() {
        let words: Vec<&str> = name.split('_').collect();
        assert!(words.len() >= 3 && words[0] == format!("{:04}", place + 1), "NNNN_verb_object, not {name}");
    }
    super::refuse(&files("migrations", ".sql"), "a statement ends at the end of a line", |line| {
        let code = line.split("--").next().unwrap_or_default().trim_end();
        code.trim_end_matches(';').contains(';')
    });
}
