use kith::auth::{Action, Role};
use serde_json::json;

use super::page::write;
use crate::support::App;

#[test]
fn a_download_has_every_line_and_is_one_itself() {
    let app = App::new();
    for n in 0..1_100 {
        write(&app, Action::TagMade, json!({"tag": format!("t-{n}")}));
    }
    write(&app, Action::KeyMade, json!({"key": "x", "name": "=1+1"}));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("audit?about=definitions"));
    let file = ada.submit("Download", &[]).expect(200).clone();
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        file.header("content-disposition").starts_with("attachment; filename=\"audit-log-2026-"),
        "{:?}",
        file.headers
    );
    assert_eq!(file.header("cache-control"), "no-store");
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines[0], "time,name,email,what,action,environment,address,refused");
    assert_eq!(lines.len(), 1_101, "{}", lines[1]);
    assert!(
        lines[1].contains(",Ada Moreau,ada@acme.example,Created the tag t-1099,tag made,live,203.0.113.9,no"),
        "{}",
        lines[1]
    );
    assert!(lines[1_100].contains("Created the tag t-0,"), "{}", lines[1_100]);

    ada.visit(&app.path("audit"));
    let file = ada.submit("Download", &[]).expect(200).clone();
    let lines: Vec<&str> = file.body.lines().collect();
    // Its own line is the first, then the download before it.
    assert!(lines.iter().take(3).filter(|line| line.contains("Downloaded the audit log")).count() >= 1, "{lines:?}");
    assert!(
        !file.body.contains(",=1+1") && file.body.contains("Created the API key =1+1"),
        "no cell begins like a formula"
    );
    let filters =
        "SELECT detail->>'filters' FROM audit_log WHERE action = 'audit log downloaded' ORDER BY length(detail::text)";
    assert_eq!(app.db.column(filters), ["{}", "{\"about\": \"definitions\"}"]);
    ada.visit(&app.path("audit?about=downloads"));
    assert_eq!(ada.page().texts("main tbody tr").len(), 2);
}

#[test]
fn cells_that_begin_like_a_formula_are_text() {
    let app = App::new();
    app.db.run("UPDATE operators SET name = '=cmd()' WHERE email = 'ada@acme.example'");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("audit"));
    let file = ada.submit("Download", &[]).expect(200).clone();
    assert!(file.body.contains(",'=cmd(),") && !file.body.contains(",=cmd()"), "{}", file.body);
}

#[test]
fn a_download_with_impossible_days_is_refused_and_not_written_down() {
    let app = App::new();
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("audit"));
    let token = ada.token();
    let sent = [("csrf", token.as_str()), ("from", "2026-11-20"), ("to", "2026-11-10")];
    let sent: Vec<_> = sent.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    ada.post(&app.path("audit/download"), &sent).expect(422).shows("The last day is before the first");
    assert_eq!(app.db.number("SELECT count(*) FROM audit_log WHERE action = 'audit log downloaded'"), 0);
}
