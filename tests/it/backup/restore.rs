//! What is restored is what was backed up.

use std::fs;

use diesel::connection::SimpleConnection;
use nix::sys::signal::Signal;

use super::{Place, age, counted, files, folder, mode, server, text};
use crate::support::{
    Program, TestDb,
    db::column,
    program::{Running, fetch, free_port},
};

fn serve(place: Place<'_>) -> (Running, u16) {
    let port = free_port();
    let program = place.kith(&["serve", "--metrics", "off"]).env("KITH_BIND", format!("127.0.0.1:{port}"));
    let mut running = program.start();
    running.wait_for("kith is at");
    (running, port)
}

#[test]
fn a_backup_of_a_running_and_of_a_stopped_kith_starts_elsewhere() {
    let folder = folder();
    let (home, other) = (folder.path().join("home"), folder.path().join("other"));
    let [running, stopped, again] = ["running.dump", "stopped.dump", "again.dump"].map(|name| folder.path().join(name));
    let place = Place::Home(&home);
    place.fill("60", "400");
    let (console, _) = serve(place);
    place.backup(&running);
    console.signal(Signal::SIGTERM);
    assert_eq!(console.ended().0, Some(0));
    let done = place.kith(&["backup", text(&stopped)]).run().expect(0);
    assert!(
        done.out.contains("stopped.dump is written") && done.out.contains("It holds everything until"),
        "{}",
        done.out
    );
    assert_eq!(mode(&stopped), 0o600);
    assert!(files(folder.path()).iter().all(|name| !name.ends_with(".part")));
    let there = counted(&running);
    assert!(there.contains("1 workspace, 1 operator, 60 people, 400 events"), "{there}");
    assert_eq!(counted(&stopped), there);

    let other = Place::Home(&other);
    let done = other.kith(&["restore", text(&stopped)]).run().expect(0);
    assert!(done.out.contains("Restored: 1 workspace, 1 operator, 60 people, 400 events"), "{}", done.out);
    assert!(!done.out.contains("Not in order") && !done.out.contains("kept"), "{}", done.out);
    other.backup(&again);
    assert_eq!(counted(&again), there);
    let (console, port) = serve(other);
    assert_eq!(fetch(port, "/readyz").0, 200);
    console.signal(Signal::SIGTERM);
    assert_eq!(console.ended().0, Some(0));
    let list = other.kith(&["operator", "list"]).run().expect(0);
    assert!(list.out.contains("ada@acme.example"), "{}", list.out);
}

#[test]
fn nobody_is_overwritten_unasked_and_the_old_database_stays() {
    let folder = folder();
    let (home, file) = (folder.path().join("home"), folder.path().join("kith.dump"));
    let place = Place::Home(&home);
    place.fill("20", "50");
    place.backup(&file);
    place.generate("5", "5", "2");

    let done = place.kith(&["restore", text(&file)]).run().expect(1);
    assert!(done.err.contains("there are people") && done.err.contains("--replace"), "{}", done.err);
    let (console, _) = serve(place);
    let done = place.kith(&["restore", text(&file), "--replace"]).run().expect(1);
    assert!(done.err.contains("in use by another kith") && done.err.contains("Stop that one"), "{}", done.err);
    console.signal(Signal::SIGTERM);
    assert_eq!(console.ended().0, Some(0));

    let done = place.kith(&["restore", text(&file), "--replace"]).run().expect(0);
    assert!(done.out.contains("20 people, 50 events") && done.out.contains("kith_before_"), "{}", done.out);
    let (server, mut conn) = server(&home);
    assert_eq!(column(&mut conn, "SELECT count(*) FROM profiles"), ["20"]);
    let names = column(&mut conn, "SELECT datname FROM pg_database WHERE datname LIKE 'kith%' ORDER BY 1");
    assert!(names.len() == 2 && names[1].starts_with("kith_before_2"), "{names:?}");
    drop(conn);
    let old = server.url().replacen("/kith?", &format!("/{}?", names[1]), 1);
    let mut conn = diesel::Connection::establish(&old).expect("it is kept");
    assert_eq!(column(&mut conn, "SELECT count(*) FROM profiles"), ["25"]);
}

#[test]
fn a_database_of_ones_own_is_restored_into_as_well() {
    let (from, to) = (TestDb::new(), TestDb::blank());
    let folder = folder();
    let file = folder.path().join("kith.dump");
    Place::Url(&from).fill("20", "50");
    let state = from.digest_of_state();
    Place::Url(&from).backup(&file);

    Place::Url(&to).kith(&["restore", text(&file)]).run().expect(0);
    assert_eq!(to.digest_of_state(), state);
    // One without people is no loss, whatever tables it has; one that is in use is left alone.
    let to = TestDb::new();
    let held = to.connect();
    let done = Place::Url(&to).kith(&["restore", text(&file)]).run().expect(1);
    assert!(done.err.contains("1 other connection is open") && done.err.contains("stop kith"), "{}", done.err);
    drop(held);
    let done = Place::Url(&to).kith(&["restore", text(&file)]).run().expect(0);
    assert!(!done.out.contains("kept"), "{}", done.out);
    assert_eq!(to.digest_of_state(), state);

    let to = TestDb::blank();
    to.run("CREATE TABLE shop (id int)");
    let done = Place::Url(&to).kith(&["restore", text(&file)]).run().expect(1);
    assert!(done.err.contains("tables of another program"), "{}", done.err);
}

#[test]
fn a_backup_of_an_older_kith_is_brought_up_to_date_and_one_of_a_newer_refused() {
    let (db, to) = (TestDb::new(), TestDb::blank());
    let folder = folder();
    let [old, new] = ["old.dump", "new.dump"].map(|name| folder.path().join(name));
    Place::Url(&db).fill("5", "5");
    let state = db.digest(&["profiles", "changes", "events"]);
    age(&mut db.connect());
    Place::Url(&db).backup(&old);
    Place::Url(&to).kith(&["restore", text(&old)]).run().expect(0);
    assert_eq!(to.digest(&["profiles", "changes", "events", "imports"])[..3], state);
    counted(&old);

    db.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    Place::Url(&db).backup(&new);
    let to = TestDb::blank();
    for program in [Place::Url(&to).kith(&["restore", text(&new)]), Program::new(&["check-backup", text(&new)])] {
        let done = program.run().expect(1);
        assert!(done.err.contains("newer kith") && done.err.contains("9999"), "{}", done.err);
        assert!(done.err.contains("the one that made it, or a newer one"), "{}", done.err);
    }
    assert_eq!(to.column("SELECT count(*) FROM pg_class WHERE relname = 'profiles'"), ["0"]);
}

#[test]
fn who_may_create_no_database_restores_into_an_empty_one() {
    let from = TestDb::new();
    let folder = folder();
    let [file, cut, home] = ["kith.dump", "cut.dump", "home"].map(|name| folder.path().join(name));
    Place::Url(&from).fill("5", "5");
    Place::Url(&from).backup(&file);
    let whole = fs::read(&file).expect("a file");
    fs::write(&cut, &whole[..whole.len() - whole.len() / 8]).expect("a file");
    let (server, _) = server(&home);
    let mut admin: diesel::PgConnection =
        diesel::Connection::establish(&server.url().replace("user=kith", "user=kith_admin")).expect("an admin");
    admin.batch_execute("ALTER ROLE kith NOCREATEDB").expect("it may");
    drop((admin, server));

    let place = Place::Home(&home);
    let done = place.kith(&["restore", text(&cut)]).run().expect(1);
    assert!(done.err.contains("cut.dump cannot be restored"), "{}", done.err);
    let (server, mut conn) = super::server(&home);
    assert_eq!(column(&mut conn, "SELECT count(*) FROM pg_class WHERE relname = 'profiles'"), ["0"]);
    drop((conn, server));
    place.kith(&["restore", text(&file)]).run().expect(0);
    let (server, mut conn) = super::server(&home);
    assert_eq!(column(&mut conn, "SELECT count(*) FROM profiles"), ["5"]);
    drop((conn, server));
    let done = place.kith(&["restore", text(&file), "--replace"]).run().expect(1);
    assert!(done.err.contains("may not create databases") && done.err.contains("CREATEDB"), "{}", done.err);
}
