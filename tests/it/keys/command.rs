use actix_web::http::Method;

use crate::support::{App, Program, sender::SHOP};

fn key(app: &App, args: &[&str]) -> Program {
    Program::new(&[&["key"], args].concat()).env("DATABASE_URL", app.db.url())
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let app = App::new();
    let done = key(&app, &["add", "Shop backend"]).run().expect(0);
    let secret = done.out.lines().last().expect("a secret").to_owned();
    assert!(secret.starts_with("kith_live_") && secret.len() == 53, "{}", done.out);
    assert!(done.out.contains("server key of the live environment"), "{}", done.out);
    let headers = [("authorization", &*format!("Bearer {secret}"))];
    let call = || app.send(Method::POST, "/v1/identify", &headers, r#"{"userId": "c-1"}"#).status.as_u16();
    assert_eq!(call(), 200);

    let list = key(&app, &["list"]).run().expect(0).out;
    let expected =
        format!("Shop backend\t{}…\tserver\tnative,segment,vero\twrite,read,delete,merge,loosen\t", &secret[..14]);
    assert!(list.starts_with(&expected), "{list}");
    assert!(!list.contains(&secret) && list.lines().count() == 1, "{list}");
    assert_eq!(key(&app, &["list", "--environment", "acme/test"]).run().expect(0).out, "");

    let none = key(&app, &["revoke", "Shop frontend"]).run().expect(1);
    assert!(none.err.contains("no active key"), "{}", none.err);
    key(&app, &["add", "Shop backend"]).run().expect(0);
    let several = key(&app, &["revoke", "Shop backend"]).run().expect(1);
    assert!(several.err.contains(&secret[..14]), "{}", several.err);
    key(&app, &["revoke", &format!("{}…", &secret[..14])]).run().expect(0);
    app.clock.advance(chrono::TimeDelta::seconds(5));
    assert_eq!(call(), 401);
    assert!(key(&app, &["list"]).run().expect(0).out.lines().last().expect("a line").contains("revoked 2"));
    let audit = "SELECT action || (operator_id IS NULL) FROM audit_log WHERE action LIKE 'key%' ORDER BY at, id";
    assert_eq!(app.db.column(audit), ["key madetrue", "key madetrue", "key revokedtrue"]);
}

#[test]
fn options_say_what_a_key_may_do() {
    let app = App::new();
    let test =
        ["add", "Trial", "--environment", "test", "--formats", "vero", "--can", "write,delete", "--per-minute", "10"];
    let done = key(&app, &test).run().expect(0);
    assert!(done.out.lines().last().expect("a secret").starts_with("kith_test_"), "{}", done.out);
    key(&app, &["add", "Pages", "--browser", "--allow-origin", SHOP, "--allow-origin", "http://localhost:3000"])
        .run()
        .expect(0);
    let list = key(&app, &["list"]).run().expect(0).out;
    assert!(list.contains("\twrite, overwrites attributes\t"), "{list}");
    let strict =
        ["add", "Strict", "--environment", "test", "--browser", "--allow-origin", SHOP, "--may-overwrite", "nothing"];
    key(&app, &strict).run().expect(0);
    assert_eq!(app.db.one("SELECT may_overwrite FROM api_keys WHERE name = 'Strict'"), "nothing");
    let rows = "SELECT concat_ws(' ', name, kind, formats, capabilities, origins, per_minute) FROM api_keys \
                WHERE name <> 'Strict' ORDER BY created_at";
    assert_eq!(
        app.db.column(rows),
        [
            "Trial server {vero} {write,delete} {} 10",
            "Pages browser {native,segment,vero} {write} {https://shop.example,http://localhost:3000} 60000"
        ]
    );
    for (wrong, said) in [
        (vec!["add", " "], "name"),
        (vec!["add", "a", "--browser"], "--allow-origin"),
        (vec!["add", "a", "--allow-origin", SHOP], "--browser"),
        (vec!["add", "a", "--may-overwrite", "nothing"], "--browser"),
        (vec!["add", "a", "--browser", "--allow-origin", SHOP, "--can", "read"], "--can"),
        (vec!["add", "a", "--browser", "--allow-origin", "shop.example"], "without a path"),
        (vec!["add", "a", "--formats", "xml"], "xml"),
        (vec!["add", "a", "--per-minute", "0"], "1,000,000"),
    ] {
        let done = key(&app, &wrong).run().expect(2);
        assert!(done.err.contains(said), "{wrong:?}: {}", done.err);
    }
    let staging = key(&app, &["add", "a", "--environment", "staging"]).run().expect(1);
    assert!(staging.err.contains("live or test"), "{}", staging.err);
    assert_eq!(app.db.number("SELECT count(*) FROM api_keys"), 3);
}
