//! Imports at the console: a file is brought, looked at, tried, imported, and undone.

use diesel::connection::SimpleConnection;
use kith::{
    auth::Role,
    imports::{self, Files},
};
use tempfile::TempDir;

use crate::support::{App, Browser, Person};

const PEOPLE: &str = "nr;E-Mail;Plan;Since;Newsletter ok\n1;ann@example.com;pro;03/04/2026;yes\n2;bo@example.com;free;30/04/2026;no\n3;;;;\n";

/// An application with a directory for files.
struct Place {
    app: App,
    home: TempDir,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().to_owned();
        let app = App::configured(|config| config.database.home = Some(path));
        Self { app, home }
    }

    /// Does what was asked for, as the server does beside its requests.
    fn work(&self) {
        let files = Files::of(&self.app.state.config).expect("a folder");
        imports::continue_now(&self.app.state.db, &self.app.clock, &files).expect("worked");
    }

    /// Files of imports on the disk.
    fn files(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.home.path().join("imports")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    names.push(path.file_name().expect("a name").to_string_lossy().into_owned());
                }
            }
        }
        names.sort();
        names
    }
}

/// Brings a file; the address of its page.
#[track_caller]
fn bring(admin: &mut Browser<'_>, place: &Place, name: &str, content: &[u8]) -> String {
    let list = place.app.path("imports");
    admin.visit(&list);
    let token = admin.token();
    admin.post_file(&list, &[("csrf", &token)], (name, content)).expect(303);
    let address = admin.page().location();
    admin.visit(&address);
    address
}

#[test]
fn a_file_is_looked_at_tried_imported_and_undone() {
    let place = Place::new();
    let app = &place.app;
    app.add(Person::new("1").name("Ann", "Old").set("Plan", "free"));
    let mut admin = app.browser(Role::Admin);
    admin.visit(&app.path("imports")).shows("No imports yet");
    let address = bring(&mut admin, &place, "Kunden.CSV", PEOPLE.as_bytes());
    let page = admin.page();
    page.shows("read as UTF-8, cells separated by semicolon").shows("ann@example.com");
    let people = "SELECT count(*) FROM profiles";
    assert_eq!(app.db.number(people), 1, "nothing is stored");

    let choices = [("column-0", "id"), ("column-4", "email_opt_in"), ("Dates such as 03/04/2026", "dmy")];
    admin.submit("Try it: a dry run", &choices).expect(303);
    admin.follow().shows("Dry run: nothing is stored");
    place.work();
    assert_eq!(app.db.number(people), 1, "nothing is stored");
    admin.visit(&address).shows("what the import would do").shows("Ann Old").shows("free");
    admin.get(&format!("{address}/changes.csv")).expect(200).shows("Ann Old");
    admin.get(&format!("{address}/refused.csv")).expect(404);

    admin.visit(&address);
    admin.submit("Import now", &[]).expect(303);
    place.work();
    admin.visit(&address).shows("Result").shows("email_opt_in").shows("Ada");
    assert_eq!(app.db.number(people), 3);
    assert_eq!(
        app.db.one("SELECT attributes ->> 'Since' FROM profiles WHERE attributes ->> 'Plan' = 'pro'"),
        "03/04/2026"
    );
    assert_eq!(app.db.number("SELECT count(*) FROM subscriptions WHERE state = 'unsubscribed'"), 1);
    let counted = "SELECT reached -> 'summary' ->> 'read' || ' ' || (reached -> 'summary' ->> 'created') FROM imports";
    assert_eq!(app.db.one(counted), "3 2", "what the dry run counted is not counted again");
    assert_eq!(app.db.number("SELECT count(*) FROM sources WHERE name = 'Import Kunden.CSV'"), 1, "as it was called");
    assert_eq!(place.files(), Vec::<String>::new(), "the file goes when it is imported");
    assert!(app.db.number("SELECT count(*) FROM changes WHERE group_id = (SELECT id FROM imports)") > 5);

    admin.click("Undo…").expect(200).shows("Undo the import of Kunden.CSV?");
    admin.submit("Undo the import", &[]).expect(303);
    assert_eq!(app.db.one("SELECT attributes ->> 'Plan' FROM profiles WHERE name = 'Ann Old'"), "free");
    admin.visit(&address).shows("It is undone").hides("Undo…");
    admin.visit(&app.path("audit")).shows("Uploaded the file to import Kunden.CSV").shows("Started to import the file");
}

#[test]
fn what_stands_in_the_way_is_said_and_nothing_is_lost() {
    let place = Place::new();
    let mut admin = place.app.browser(Role::Admin);
    let address = bring(&mut admin, &place, "list.csv", b"nr,plan\n1,pro\n");
    admin.page().shows("no column says who a line is about");
    admin.submit("Import now", &[("column-1", "")]).expect(303);
    admin.follow().shows("no column says who a line is about");
    place.work();
    assert_eq!(place.app.db.number("SELECT count(*) FROM profiles"), 0);
    let long = "x".repeat(500);
    let page = admin.submit("Try it: a dry run", &[("column-0", &long), ("Time zone", "Mars/Olympus")]).expect(422);
    page.shows("This time zone is not known").shows("nr: this name");
    assert!(page.has_source("Mars/Olympus") && page.has_source(&long), "what was typed stays");
    admin.submit("Import now", &[("column-0", "id"), ("Time zone", "europe/zurich")]).expect(303);
    place.work();
    admin.visit(&address).shows("Europe/Zurich").shows("Result");
}

#[test]
fn choices_are_kept_by_name_for_the_next_file() {
    let place = Place::new();
    let mut admin = place.app.browser(Role::Admin);
    bring(&mut admin, &place, "one.csv", b"nr,plan,x\n1,pro,a\n");
    admin.submit("Keep these choices", &[("column-0", "id")]).expect(422).shows("Enter a name.");
    admin.submit("Keep these choices", &[("column-0", "id"), ("column-2", ""), ("Name", "Shop")]).expect(303);
    admin.follow().shows("The choices are kept.");
    let address = bring(&mut admin, &place, "two.csv", b"plan,nr\nfree,1\n");
    admin.page().shows("no column says who");
    admin.submit("Use them here", &[("Choices that were kept", "Shop")]).expect(303);
    admin.visit(&address).hides("no column says who");
    admin.submit("Import now", &[]).expect(303);
    place.work();
    assert_eq!(place.app.db.one("SELECT attributes::text FROM profiles"), r#"{"plan": "free"}"#);
}

#[test]
fn files_that_cannot_be_read_are_refused_with_a_reason() {
    let place = Place::new();
    let mut admin = place.app.browser(Role::Admin);
    let list = place.app.path("imports");
    admin.visit(&list);
    let token = admin.token();
    for (name, content, said) in [
        ("", &b""[..], "Choose a file."),
        ("people.csv", b"", "The file is empty."),
        ("people.pdf", b"%PDF", "people.pdf must end in .csv"),
        ("people.xlsx", b"no workbook", "is not what its name says"),
        ("../../../etc/x.csv", b"\x01\x02\x03\x04", "it is no text"),
    ] {
        admin.post_file(&list, &[("csrf", &token)], (name, content)).expect(422).shows(said);
    }
    assert_eq!(place.files(), Vec::<String>::new());
    assert_eq!(std::fs::read_dir(place.home.path().join("arriving")).expect("a folder").count(), 0);
    assert_eq!(place.app.db.number("SELECT count(*) FROM imports"), 0);
}

#[test]
fn only_admins_with_their_own_token_bring_files() {
    let place = Place::new();
    let list = place.app.path("imports");
    for role in [Role::Marketer, Role::Support] {
        let mut other = place.app.browser(role);
        other.visit(&place.app.path("profiles")).hides("Import");
        let token = other.token();
        other.post_file(&list, &[("csrf", &token)], ("a.csv", b"id\n1\n")).expect(403);
    }
    let mut admin = place.app.browser(Role::Admin);
    admin.visit(&list);
    let token = admin.token();
    for fields in [&[][..], &[("csrf", "x")], &[("other", token.as_str())]] {
        admin.post_file(&list, fields, ("a.csv", b"id\n1\n")).expect(400);
    }
    admin.origin = vec![("origin", "https://evil.example".into()), ("sec-fetch-site", "cross-site".into())];
    admin.post_file(&list, &[("csrf", &token)], ("a.csv", b"id\n1\n")).expect(400);
    let mut nobody = place.app.visitor();
    nobody.post_file(&list, &[("csrf", &token)], ("a.csv", b"id\n1\n")).expect(303);
    assert!(nobody.page().location().starts_with("/sign-in"));
    assert_eq!(place.app.db.number("SELECT count(*) FROM imports"), 0);
    let address = bring(&mut place.app.browser(Role::Admin), &place, "a.csv", b"id\n1\n");
    let mut support = place.app.browser(Role::Support);
    for rest in ["", "/undo", "/rejects.csv", "/changes.csv"] {
        support.get(&format!("{address}{rest}")).expect(403);
    }
}

#[test]
fn a_file_that_waited_for_a_week_goes() {
    let place = Place::new();
    let app = &place.app;
    let mut admin = app.browser(Role::Admin);
    bring(&mut admin, &place, "a.csv", b"id\n1\n");
    assert!(place.files().contains(&"a.csv".to_owned()));
    let files = Files::of(&app.state.config).expect("a folder");
    let sweep = || imports::sweep_now(&app.state.db, &files, app.clock.now()).expect("swept");
    sweep();
    assert!(!place.files().is_empty());
    app.clock.advance(chrono::TimeDelta::days(8));
    sweep();
    assert_eq!(place.files(), Vec::<String>::new());
    assert_eq!(app.db.number("SELECT count(*) FROM imports"), 0);
    admin = app.browser(Role::Admin);
    admin.visit(&app.path("audit")).shows("Removed the file that was not imported: a.csv");
}

#[test]
fn a_process_that_ends_leaves_the_rest_to_another_one() {
    let place = Place::new();
    let app = &place.app;
    let mut admin = app.browser(Role::Admin);
    let lines: String = (0..3_000).map(|n| format!("p-{n}\n")).collect();
    let address = bring(&mut admin, &place, "a.csv", format!("id\n{lines}").as_bytes());
    admin.submit("Import now", &[]).expect(303);
    let files = Files::of(&app.state.config).expect("a folder");
    let ending = app.db.pool(2);
    imports::stop_now(&ending);
    imports::continue_now(&ending, &app.clock, &files).expect("nothing");
    assert_eq!(app.db.one("SELECT stage FROM imports"), "importing");
    admin.visit(&address).shows("Importing");
    admin.submit("Stop", &[]).expect(303);
    place.work();
    assert_eq!(app.db.number("SELECT count(*) FROM profiles"), 0);
    admin.follow().shows("Stopped.");
    admin.submit("Go on", &[]).expect(303);
    place.work();
    admin.visit(&address).shows("Result").shows("3,000");
    assert_eq!(app.db.number("SELECT count(*) FROM profiles"), 3_000);
}

/// A dry run that was stopped may still be at work when the import that follows it begins.
#[test]
fn what_a_stopped_dry_run_reached_is_not_passed_over_by_the_import() {
    let place = Place::new();
    let app = &place.app;
    let mut admin = app.browser(Role::Admin);
    let lines: String = (0..2_500).map(|n| format!("p-{n}\n")).collect();
    let address = bring(&mut admin, &place, "a.csv", format!("id\n{lines}").as_bytes());
    admin.submit("Try it: a dry run", &[]).expect(303);
    admin.follow();
    let mut other = app.db.connect();
    other.batch_execute("BEGIN; LOCK TABLE profiles IN ACCESS EXCLUSIVE MODE").expect("locked");
    std::thread::scope(|scope| {
        let (db, clock, files) = (app.state.db.clone(), app.clock.clone(), Files::of(&app.state.config));
        let files = files.expect("a folder");
        let trial = scope.spawn(move || imports::continue_now(&db, &clock, &files).expect("worked"));
        app.until(|| app.db.number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);
        admin.submit("Stop", &[]).expect(303);
        admin.visit(&address);
        admin.submit("Import now", &[]).expect(303);
        // It is told how far the dry run is once a second.
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        other.batch_execute("ROLLBACK").expect("released");
        trial.join().expect("it ended");
    });
    place.work();
    admin.visit(&address).shows("Result");
    assert_eq!(app.db.one("SELECT reached -> 'summary' ->> 'read' FROM imports"), "2500");
    assert_eq!(app.db.number("SELECT count(*) FROM profiles"), 2_500);
}
