use crate::support::{App, Program, TestDb, app::PASSWORD};

fn operator(db: &TestDb, args: &[&str]) -> Program {
    Program::new(&[&["operator"], args].concat()).env("DATABASE_URL", db.url())
}

#[test]
fn operators_are_added_listed_and_given_new_passwords() {
    let db = TestDb::blank();
    let add = ["add", "Ada@Acme.example", "--name", "Ada Moreau", "--role", "admin"];
    let none = operator(&db, &add).run_with(PASSWORD).expect(1);
    assert!(none.err.contains("no workspace yet"), "{}", none.err);
    let first = [&add[..], &["--workspace", "Acme & Co"]].concat();
    let weak = operator(&db, &first).run_with("password1234\n").expect(1);
    assert!(weak.err.contains("guessed") && !weak.err.contains("password1234"), "{}", weak.err);
    assert_eq!(db.column("SELECT slug FROM workspaces"), Vec::<String>::new(), "a refused command leaves nothing");
    let done = operator(&db, &first).run_with(&format!("{PASSWORD}\r\n")).expect(0);
    assert!(done.out.contains("Ada@Acme.example can sign in as admin of Acme & Co"), "{}", done.out);

    let mara = ["add", "mara@acme.example", "--name", "Mara", "--role", "marketer"];
    operator(&db, &mara).run_with(PASSWORD).expect(0);
    let sanjay = ["add", "sanjay@acme.example", "--name", "Sanjay", "--role", "support"];
    let twice = operator(&db, &mara).run_with(PASSWORD).expect(1);
    assert!(twice.err.contains("exists already"), "{}", twice.err);
    let list = operator(&db, &["list"]).run().expect(0).out;
    assert_eq!(list, "ada@acme.example\tAda Moreau\tacme-co\tadmin\nmara@acme.example\tMara\tacme-co\tmarketer\n");

    let done = operator(&db, &["passwd", "Mara@acme.example"]).run_with("violin gravel sunday teapot\n").expect(0);
    assert!(done.out.contains("signed out everywhere"), "{}", done.out);
    operator(&db, &["passwd", "nobody@acme.example"]).run_with(PASSWORD).expect(1);
    // A workspace is named by its slug; its name, said again, means the same one.
    operator(&db, &[&sanjay[..], &["--workspace", "acme-co"]].concat()).run_with(PASSWORD).expect(0);
    assert_eq!(db.number("SELECT count(*) FROM workspaces"), 1);
}

#[test]
fn the_name_of_a_workspace_that_is_there_means_that_one() {
    let db = TestDb::blank();
    for email in ["ada@acme.example", "bo@acme.example"] {
        let add = ["add", email, "--name", "Ada", "--role", "admin", "--workspace", "Acme & Co"];
        operator(&db, &add).run_with(PASSWORD).expect(0);
    }
    assert_eq!(db.column("SELECT slug FROM workspaces"), ["acme-co"]);
}

#[test]
fn a_new_password_signs_out_and_the_old_one_is_no_good() {
    let app = App::new();
    let mut ada = app.browser(kith::auth::Role::Admin);
    operator(&app.db, &["passwd", "ada@acme.example"]).run_with("violin gravel sunday teapot").expect(0);
    ada.get("/account").expect(303);
    ada.visit("/sign-in");
    ada.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(422);
    ada.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", "violin gravel sunday teapot")]).expect(303);
}
