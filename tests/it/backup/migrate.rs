//! The backup that is taken before the tables change.

use nix::sys::signal::Signal;

use super::{Place, age, counted, files, folder, mode, server};
use crate::support::{TestDb, db::column, program::free_port};

#[test]
fn tables_with_people_are_backed_up_before_they_change() {
    let folder = folder();
    let home = folder.path().join("home");
    let place = Place::Home(&home);
    place.fill("10", "10");
    let dumps = || files(&home).into_iter().filter(|name| name.ends_with(".dump")).collect::<Vec<_>>();
    assert_eq!(dumps(), Vec::<String>::new(), "a new one takes none");

    let make_older = || {
        let (server, mut conn) = server(&home);
        let newest = age(&mut conn);
        drop((conn, server));
        newest
    };
    let newest = make_older();
    place.kith(&["migrate", "--no-backup"]).run().expect(0);
    assert_eq!(dumps(), Vec::<String>::new());

    make_older();
    let done = place.kith(&["migrate"]).run().expect(0);
    let name = format!("before-{newest}.dump");
    assert!(done.err.contains(&name) && done.out.contains("up to date"), "{done:?}");
    assert_eq!(dumps(), [name.as_str()]);
    assert_eq!(mode(&home.join(&name)), 0o600);
    assert!(counted(&home.join(&name)).contains("10 people"));
    std::fs::remove_file(home.join(&name)).expect("it is there");
    place.kith(&["migrate"]).run().expect(0);
    assert_eq!(dumps(), Vec::<String>::new(), "nothing changes");

    make_older();
    let mut running =
        place.kith(&["serve", "--metrics", "off"]).env("KITH_BIND", format!("127.0.0.1:{}", free_port())).start();
    running.wait_for("kith is at");
    running.signal(Signal::SIGTERM);
    assert_eq!(running.ended().0, Some(0));
    assert_eq!(dumps(), [name.as_str()], "a start does as well");

    // Without a backup nothing is touched.
    make_older();
    std::fs::remove_file(home.join(&name)).expect("it is there");
    std::fs::create_dir(home.join(&name)).expect("something in the way");
    let done = place.kith(&["migrate"]).run().expect(1);
    assert!(done.err.contains("stay as they are") && done.err.contains("--no-backup"), "{}", done.err);
    let (_server, mut conn) = server(&home);
    let stands = column(&mut conn, "SELECT max(version) FROM __diesel_schema_migrations").remove(0);
    assert!(stands < newest, "its tables are still older: {stands}");
}

#[test]
fn of_a_database_of_ones_own_it_says_that_there_is_none() {
    let db = TestDb::new();
    Place::Url(&db).fill("5", "5");
    age(&mut db.connect());
    let done = Place::Url(&db).kith(&["migrate"]).run().expect(0);
    assert!(done.err.contains("takes no backup of it by itself"), "{}", done.err);
    let done = Place::Url(&TestDb::blank()).kith(&["migrate"]).run().expect(0);
    assert!(!done.err.contains("backup"), "{}", done.err);
}
