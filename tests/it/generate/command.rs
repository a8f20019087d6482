//! The command line.

use crate::support::{Program, TestDb, app::PASSWORD};

fn kith(db: &TestDb, args: &[&str]) -> Program {
    Program::new(args).env("DATABASE_URL", db.url())
}

#[test]
fn it_says_how_much_it_wrote() {
    let db = TestDb::blank();
    let generate = ["generate", "--profiles", "20", "--events", "100"];
    let none = kith(&db, &generate).run().expect(1);
    assert!(none.err.contains("no workspace yet"), "{}", none.err);
    let ada = ["operator", "add", "ada@acme.example", "--name", "Ada", "--role", "admin", "--workspace", "Acme"];
    kith(&db, &ada).run_with(PASSWORD).expect(0);
    let done = kith(&db, &[&generate[..], &["--environment", "acme/test"]].concat()).run().expect(0);
    assert!(done.out.starts_with("20 profiles and 100 events in "), "{}", done.out);
    let environments = "SELECT DISTINCT e.kind FROM profiles p JOIN environments e ON e.id = p.environment_id";
    assert_eq!(db.column(environments), ["test"]);
    let one = ["generate", "--profiles", "1", "--events", "0", "--seed", "2", "--environment", "acme/test"];
    let done = kith(&db, &one).run().expect(0);
    assert!(done.out.starts_with("1 profile and 0 events in "), "{}", done.out);
    let again = kith(&db, &[&generate[..], &["--environment", "acme/test"]].concat()).run().expect(1);
    assert!(again.err.contains("already has generated data of seed 1"), "{}", again.err);
}

#[test]
fn amounts_out_of_bounds_are_refused_with_the_bounds() {
    let db = TestDb::blank();
    for (profiles, events, bounds) in
        [("0", "1", "1..=5000000"), ("5000001", "1", "1..=5000000"), ("1", "100000001", "0..=100000000")]
    {
        let refused = kith(&db, &["generate", "--profiles", profiles, "--events", events]).run().expect(2);
        assert!(refused.err.contains(bounds), "{}", refused.err);
    }
}
