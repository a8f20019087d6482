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
    assert!(weak.err.contains("easy to guess") && !weak.err.contains("password1234"), "{}", weak.err);
    assert_eq!(db.column("SELECT slug FROM workspaces"), Vec::<String>::new(), "a refused command leaves nothing");
    let done = operator(&db, &first).run_with(&format!("{PASSWORD}\r\n")).expect(0);
    assert!(done.out.contains("Ada@Acme.example can sign in as admin of Acme & Co"), "{}", done.out);

    let mara = ["add", "mara@acme.example", "--name", "Mara", "--role", "marketer"];
    operator(&db, &mara).run_with(PASSWORD).expect(0);
    let sanjay = ["add", "sanjay@acme.example", "--name", "Sanjay", "--role", "support"];
    let twice = operator(&db, &mara).run_with(PASSWORD).expect(1);
    assert!(twice.err.contains("already exists"), "{}", twice.err);
    let list = operator(&db, &["list"]).run().expect(0).out;
    let lines = ["ada@acme.example\tAda Moreau\tacme-co\tadmin", "mara@acme.example\tMara\tacme-co\tmarketer"];
    assert_eq!(list.lines().collect::<Vec<_>>(), lines.map(|line| format!("{line}\tactive\tnever")));

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

#[test]
fn what_the_team_page_does_can_be_done_here() {
    let app = App::new();
    let said = |args: &[&str]| operator(&app.db, args).run().expect(0).out;
    let state = || {
        let row = "SELECT concat_ws(' ', role, disabled_at IS NOT NULL) FROM memberships m \
                   JOIN operators o ON o.id = m.operator_id WHERE email = 'sanjay@acme.example'";
        app.db.column(row)
    };
    let sanjay = "Sanjay@Acme.example";
    let mut browser = app.browser(kith::auth::Role::Support);
    let _other = app.browser(kith::auth::Role::Support);
    assert_eq!(said(&["end-sessions", sanjay]), "2 sessions of Sanjay@Acme.example ended.\n");
    browser.get("/account").expect(303);
    let browser = app.browser(kith::auth::Role::Support);
    assert_eq!(said(&["end-sessions", sanjay]), "1 session of Sanjay@Acme.example ended.\n");
    drop(browser);
    assert!(said(&["role", sanjay, "admin"]).contains("is admin of Acme"));
    assert_eq!(state(), ["admin f"]);
    assert!(said(&["disable", sanjay, "--workspace", "acme"]).contains("can no longer sign in to Acme"));
    assert_eq!(state(), ["admin t"]);
    assert!(said(&["list"]).contains("sanjay@acme.example\tSanjay Rao\tacme\tadmin\tdisabled\t"));
    for last in [
        &["disable", "ada@acme.example"][..],
        &["role", "ada@acme.example", "support"],
        &["remove", "ada@acme.example"],
    ] {
        let refused = operator(&app.db, last).run().expect(1);
        assert!(refused.err.contains("last admin"), "{}", refused.err);
    }
    said(&["enable", sanjay]);
    assert_eq!(state(), ["admin f"]);
    assert!(said(&["email", sanjay, "rao@acme.example"]).contains("signs in with rao@acme.example"));
    let taken = operator(&app.db, &["email", "rao@acme.example", "Ada@acme.example"]).run().expect(1);
    assert!(taken.err.contains("already exists"), "{}", taken.err);
    assert!(said(&["remove", "rao@acme.example"]).contains("removed from Acme"));
    assert_eq!(state(), Vec::<String>::new());
    let gone = operator(&app.db, &["disable", "rao@acme.example"]).run().expect(1);
    assert!(gone.err.contains("no operator"), "{}", gone.err);
    let who = app.db.column("SELECT DISTINCT coalesce(operator_id::text, '-') FROM audit_log WHERE action LIKE 'operator %d' AND action <> 'operator added'");
    assert_eq!(who, ["-"], "nobody of the console did it");
}

#[test]
fn organisation_admins_are_made_from_here_and_one_stays() {
    let app = App::new();
    let run = |args: &[&str]| operator(&app.db, &[&["organisation-admin"], args].concat()).run();
    let marked = || app.db.column("SELECT email FROM operators WHERE is_organisation_admin ORDER BY email");
    assert_eq!(marked(), ["ada@acme.example"], "the first operator");
    assert!(run(&["ada@acme.example", "--remove"]).expect(1).err.contains("last organisation admin"));
    assert!(run(&["nobody@acme.example"]).expect(1).err.contains("no operator"));
    assert!(run(&["Mara@acme.example"]).expect(0).out.contains("is now an organisation admin"));
    assert!(run(&["mara@acme.example"]).expect(0).out.contains("already"));
    assert!(run(&["ada@acme.example", "--remove"]).expect(0).out.contains("no longer"));
    assert_eq!(marked(), ["mara@acme.example"]);
    let lines = "SELECT action || ' ' || (detail->>'admin') FROM audit_log WHERE workspace_id IS NULL AND operator_id IS NULL ORDER BY at, id";
    assert_eq!(app.db.column(lines), ["organisation admin made Mara Keller", "organisation admin unmade Ada Moreau"]);
}

#[test]
fn a_workspace_is_made_with_a_good_name_and_a_free_address() {
    let app = App::new();
    let add = |name: &str| {
        let add = ["add", "noor@acme.example", "--name", "Noor", "--role", "admin", "--workspace", name];
        operator(&app.db, &add).run_with(PASSWORD)
    };
    let long = "x".repeat(81);
    assert!(add(&long).expect(1).err.contains("at most 80 characters"));
    add("ACME").expect(0);
    assert_eq!(app.db.column("SELECT slug FROM workspaces ORDER BY id"), ["acme", "acme-2"]);
    let lines = "SELECT coalesce(workspace_id::text, '-') || ' ' || (detail->>'workspace') FROM audit_log WHERE action = 'workspace made' ORDER BY 1";
    assert_eq!(app.db.column(lines), ["- ACME", "2 ACME"]);
}

#[test]
fn somebody_is_invited_from_here() {
    let app = App::new();
    let invite = ["invite", "noor@acme.example", "--name", "Noor Haddad", "--role", "support"];
    let at = |args: &[&str]| operator(&app.db, args).env("KITH_ORIGIN", "https://kith.example.com");
    let out = at(&invite).run().expect(0).out;
    let link = out.lines().last().expect("a link").strip_prefix("https://kith.example.com").expect("our origin");
    assert!(out.contains("invited as support of Acme") && link.starts_with("/join/"), "{out}");
    assert!(at(&["list"]).run().expect(0).out.contains("noor@acme.example\tNoor Haddad\tacme\tsupport\tinvited\t"));
    let twice = at(&invite).run().expect(1);
    assert!(twice.err.contains("already invited"), "{}", twice.err);
    at(&["withdraw", "Noor@acme.example"]).run().expect(0);
    app.visitor().get(link).expect(404);
    let none = at(&["withdraw", "Noor@acme.example"]).run().expect(1);
    assert!(none.err.contains("not invited to Acme"), "{}", none.err);
    let nowhere = at(&[&invite[..], &["--workspace", "Birch"]].concat()).run().expect(1);
    assert!(nowhere.err.contains("no workspace \"Birch\""), "{}", nowhere.err);
    let nameless = at(&["invite", "noor@acme.example", "--name", " ", "--role", "support"]).run().expect(2);
    assert!(nameless.err.contains("Enter a name"), "{}", nameless.err);
}

#[test]
fn whoever_has_an_account_is_added_with_it() {
    let app = App::new();
    app.add_neighbour("Birch Books", "bea@birch.example", kith::auth::Role::Admin);
    let add = ["add", "bea@birch.example", "--name", "Bea", "--role", "marketer", "--workspace", "acme"];
    let done = operator(&app.db, &add).run().expect(0);
    assert!(done.out.contains("marketer of Acme as well"), "{}", done.out);
    assert!(operator(&app.db, &add).run().expect(1).err.contains("already exists"));
    app.browser_of("bea@birch.example").visit(&app.path("profiles")).shows("Neighbour marketer");
    assert_eq!(app.db.number("SELECT count(*) FROM operators WHERE email = 'bea@birch.example'"), 1);
}
