use chrono::TimeDelta;
use kith::{
    auth::{self, Action, Actor, Place, Role},
    db::ids::OperatorId,
};

use super::sign_in;
use crate::support::{
    App, Browser,
    app::{PASSWORD, create_workspace},
};

const WRONG: &str = "wrong pony station";

/// The rows of that action: who, from where, and the detail.
fn rows(app: &App, action: &str) -> Vec<String> {
    app.db.column(&format!(
        "SELECT concat_ws(' ', coalesce(o.email, 'nobody'), a.address, a.is_refusal, a.detail) FROM audit_log a \
         LEFT JOIN operators o ON o.id = a.operator_id WHERE a.action = '{action}' ORDER BY a.at, a.id"
    ))
}

/// Waits for as many rows of that action: refusals are written beside the request.
#[track_caller]
fn until(app: &App, action: &str, count: usize) -> Vec<String> {
    app.until(|| rows(app, action).len() >= count);
    rows(app, action)
}

fn attempt<'a>(app: &'a App, email: &str, password: &str) -> Browser<'a> {
    let mut visitor = app.visitor();
    visitor.visit("/sign-in");
    visitor.submit("Sign in", &[("Email", email), ("Password", password)]);
    visitor
}

#[test]
fn sign_ins_and_sign_outs_are_written_down_with_their_address() {
    let app = App::new();
    let mut ada = sign_in(&app, "ada@acme.example");
    assert_eq!(rows(&app, "signed in"), ["ada@acme.example 127.0.0.1 f {}"]);
    ada.visit(&app.path("profiles"));
    ada.submit("Sign out", &[]).expect(303);
    assert_eq!(rows(&app, "signed out"), ["ada@acme.example 127.0.0.1 f {}"]);
    let mut mara = sign_in(&app, "mara@acme.example");
    mara.visit("/account");
    mara.submit("Sign out everywhere", &[]).expect(303);
    assert_eq!(rows(&app, "signed out everywhere"), ["mara@acme.example 127.0.0.1 f {}"]);
}

#[test]
fn refused_sign_ins_are_written_down_without_what_was_typed() {
    let app = App::new();
    attempt(&app, "ada@acme.example", WRONG).page().expect(422);
    attempt(&app, "my secret password", WRONG).page().expect(422);
    let known = "ada@acme.example 127.0.0.1 t {}";
    assert_eq!(until(&app, "sign-in refused", 2), [known, "nobody 127.0.0.1 t {}"]);
    for _ in 0..9 {
        attempt(&app, "ada@acme.example", WRONG).page().expect(422);
    }
    attempt(&app, "ada@acme.example", PASSWORD).page().expect(429);
    assert_eq!(until(&app, "sign-in refused after many", 1), [known]);
    let all = app.db.column("SELECT t::text FROM audit_log t");
    assert!(!all.iter().any(|row| row.contains("secret") || row.contains("pony")), "{all:?}");
}

#[test]
fn refused_permissions_and_forms_are_written_down() {
    let app = App::configured(|config| config.server.proxies = "127.0.0.1".parse().expect("proxies"));
    let mut mara = app.browser(Role::Marketer);
    mara.get(&app.path("keys")).expect(403);
    assert_eq!(
        until(&app, "permission refused", 1),
        [r#"mara@acme.example 127.0.0.1 t {"permission": "manage API keys"}"#]
    );
    mara.visit("/account");
    let token = mara.token();
    mara.origin.push(("x-forwarded-for", "203.0.113.9".to_owned()));
    mara.post("/account", &[("csrf".to_owned(), "guessed".to_owned())]).expect(400);
    let wrong = r#"mara@acme.example 203.0.113.9 t {"why": "wrong token"}"#;
    assert_eq!(until(&app, "form refused", 1), [wrong]);
    mara.origin.push(("origin", "http://evil.example".to_owned()));
    mara.post("/account", &[("csrf".to_owned(), token)]).expect(400);
    app.visitor().post("/sign-in", &[]).expect(400);
    let other = r#"mara@acme.example 203.0.113.9 t {"why": "other site"}"#;
    assert_eq!(until(&app, "form refused", 3), [wrong, other, r#"nobody 127.0.0.1 t {"why": "wrong token"}"#]);
}

#[test]
fn each_line_names_the_workspace_that_it_is_about() {
    let app = App::new();
    let conn = &mut app.db.connect();
    let (other, environments) = create_workspace(conn, "Birch", app.clock.now());
    let mara: OperatorId =
        app.db.one("SELECT id::text FROM operators WHERE email = 'mara@acme.example'").parse().expect("an id");
    auth::team::join(conn, other.id, mara, Role::Admin, app.clock.now()).expect("stored").expect("a member");
    let slugs = |action: &str| {
        app.db.column(&format!(
            "SELECT coalesce(w.slug, 'nowhere') FROM audit_log a LEFT JOIN workspaces w ON w.id = a.workspace_id \
             WHERE a.action = '{action}' ORDER BY 1"
        ))
    };
    // What is about an operator is about each of their workspaces.
    sign_in(&app, "mara@acme.example");
    assert_eq!(slugs("signed in"), ["acme", "birch"]);
    sign_in(&app, "ada@acme.example");
    assert_eq!(slugs("signed in"), ["acme", "acme", "birch"]);
    attempt(&app, "nobody@acme.example", WRONG).page().expect(422);
    app.until(|| slugs("sign-in refused") == ["nowhere"]);
    attempt(&app, "ada@acme.example", WRONG).page().expect(422);
    app.until(|| slugs("sign-in refused") == ["acme", "nowhere"]);
    // What is refused in a workspace is about that one.
    let mut browser = app.browser(Role::Marketer);
    browser.get(&app.path("keys")).expect(403);
    app.until(|| slugs("permission refused") == ["acme"]);
    // What is done in an environment is about its workspace.
    let by = Actor::command_line(Place::Environment(environments[1]));
    auth::audit(conn, &by, Action::KeyRevoked, serde_json::json!({}), app.clock.now()).expect("written");
    assert_eq!(slugs("key revoked"), ["birch"]);
    let detail = "SELECT detail->>'environment' FROM audit_log WHERE action = 'key revoked'";
    assert_eq!(app.db.one(detail), environments[1].to_string());
}

#[test]
fn so_many_refusals_are_written_a_minute_and_the_rest_is_counted() {
    let app = App::new();
    let mut visitor = app.visitor();
    for _ in 0..130 {
        visitor.post("/sign-in", &[]).expect(400);
    }
    until(&app, "form refused", 120);
    app.clock.advance(TimeDelta::minutes(1));
    visitor.post("/sign-in", &[]).expect(400);
    let rows = until(&app, "form refused", 121);
    assert!(rows[120].contains(r#""left_out_before": 10"#), "{rows:?}");
    assert_eq!(rows.iter().filter(|row| row.contains("left_out_before")).count(), 1);
}

#[test]
fn a_refusal_that_cannot_be_written_down_costs_nobody_anything() {
    let app = App::new();
    let mut visitor = app.visitor();
    visitor.post("/sign-in", &[]).expect(400);
    until(&app, "form refused", 1);
    app.db.set_open(false);
    visitor.post("/sign-in", &[]).expect(400);
    app.db.set_open(true);
    app.db.run("ALTER TABLE audit_log RENAME TO away");
    visitor.post("/sign-in", &[]).expect(400);
    visitor.visit("/sign-in");
    app.db.run("ALTER TABLE away RENAME TO audit_log");
    visitor.submit("Sign in", &[("Email", "ada@acme.example"), ("Password", PASSWORD)]).expect(303);
}

#[test]
fn old_rows_and_all_but_the_newest_refusals_go() {
    let app = App::new();
    let row = |action: &str, days: i64, is_refusal: bool| {
        let at = app.clock.now() - TimeDelta::days(days);
        app.db.run(&format!(
            "INSERT INTO audit_log (id, at, action, detail, is_refusal) \
             VALUES (gen_random_uuid(), '{at}', '{action}', '{{}}', {is_refusal})"
        ));
    };
    row("signed in", 399, false);
    row("old", 401, false);
    row("demo filled", 401, false);
    row("first refusal", 20, true);
    app.db.run(&format!(
        "INSERT INTO audit_log (id, at, action, detail, is_refusal) SELECT gen_random_uuid(), '{}', 'form refused', '{{}}', true \
         FROM generate_series(1, 100000)",
        app.clock.now()
    ));
    let sweep = || app.state.db.tx_now(|conn| auth::sweep_audit(conn, &["demo filled"], app.clock.now()));
    assert_eq!(sweep().expect("swept"), 2);
    let left = "SELECT DISTINCT action FROM audit_log WHERE action <> 'operator added' ORDER BY action";
    assert_eq!(app.db.column(left), ["demo filled", "form refused", "signed in"]);
    assert_eq!(app.db.number("SELECT count(*) FROM audit_log WHERE is_refusal"), 100_000);
    assert_eq!(sweep().expect("swept"), 0);
}
