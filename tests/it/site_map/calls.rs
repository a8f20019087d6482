//! The calls of the API: none without a key, and with one only those that it is for.

use actix_web::http::Method;
use kith::{
    api::Need,
    app::routes,
    auth::Role,
    console::Entry,
    db::ids::EnvironmentId,
    keys::{Capability, Format, PerMinute},
};

use super::{Site, check_answer, headers::check_headers};
use crate::support::{
    app::Answer,
    sender::{SHOP, browser, server},
};

/// The routes of the API, with what each needs.
fn calls() -> Vec<(Entry, Need)> {
    let routes = routes();
    let call = |entry: &Entry| Some((entry.clone(), *entry.guard()?));
    let calls: Vec<_> = routes.entries().iter().filter_map(call).collect();
    assert!(calls.len() >= 20, "{calls:?}");
    calls
}

/// Says of everybody who is there what any format may say.
const ANYTHING: &str = r#"{"userId": "c-1", "previousId": "c-2", "id": "c-1", "new_id": "c-9", "email": "priya@example.com", "event": "x",
    "event_name": "x", "identity": {"id": "c-1"}, "traits": {"first_name": "Eve"}, "data": {"first_name": "Eve"}, "changes": {"first_name": "Eve"},
    "attributes": {"first_name": "Eve"}, "add": ["x"], "remove": ["vip"], "groupId": "g",
    "batch": [{"type": "identify", "userId": "c-1", "traits": {"first_name": "Eve"}}],
    "items": [{"type": "identify", "id": "c-1", "attributes": {"first_name": "Eve"}}, {"type": "delete", "id": "c-1"}]}"#;

impl Site {
    fn call(&self, entry: &Entry, headers: &[(&str, &str)]) -> Answer {
        let answer = self.app.send(entry.method.clone(), &self.address(entry), headers, ANYTHING);
        check_headers(&answer.headers, entry.path);
        answer
    }
}

#[test]
fn no_call_is_made_without_a_key() {
    let site = Site::new();
    let before = site.digest();
    for (entry, need) in calls() {
        let answer = site.call(&entry, &[]);
        answer.expect_error(401, "missing_key", need.format);
        let wrong = format!("Bearer {}x", site.key.secret);
        site.call(&entry, &[("authorization", &wrong)]).expect_error(401, "unknown_key", need.format);
        // Nor by somebody who has signed in to the console.
        let mut ada = site.app.browser(Role::Admin);
        check_answer(ada.ask(entry.method.clone(), &site.address(&entry)).expect(401));
    }
    assert_eq!(site.digest(), before);
}

#[test]
fn a_key_makes_the_calls_that_it_is_for() {
    let site = Site::new();
    let page = site.app.key(browser());
    for (entry, need) in calls() {
        let others: Vec<_> = Format::ALL.into_iter().filter(|format| *format != need.format).collect();
        let key = site.app.key_with(site.app.test, server(), &others, PerMinute::DEFAULT);
        let answer = site.call(&entry, &[("authorization", &key.bearer())]);
        answer.expect_error(403, "format_not_allowed", need.format);
        let answer = site.call(&entry, &[("authorization", &page.bearer()), ("origin", SHOP)]);
        if need.capability == Capability::Write {
            assert!(![401, 403].contains(&answer.status.as_u16()), "{entry:?}: {}", answer.body);
        } else {
            answer.expect_error(403, "not_allowed", need.format);
        }
        let asked = site.app.send(Method::OPTIONS, &site.address(&entry), &[("origin", SHOP)], "");
        assert_eq!(asked.expect(204).header("access-control-allow-origin"), SHOP);
        check_headers(&asked.headers, entry.path);
    }
}

#[test]
fn a_key_never_reaches_data_of_another_environment_or_workspace() {
    let site = Site::new();
    site.app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let birch = site.app.db.number("SELECT id FROM environments WHERE workspace_id = 2 AND kind = 'live'");
    let birch = EnvironmentId(i16::try_from(birch).expect("an id"));
    for other in [site.app.test, birch] {
        calls_reach_nothing_live(&site, other);
    }
}

/// No call with a key of that environment sees or changes anything live of the first workspace.
fn calls_reach_nothing_live(site: &Site, other: EnvironmentId) {
    let live = site.app.live;
    let tables = site.app.db.column(
        "SELECT table_name FROM information_schema.columns JOIN table_placement ON rel = table_name \
         WHERE column_name = 'environment_id' ORDER BY table_name",
    );
    assert!(tables.len() > 8, "{tables:?}");
    let digest = || -> Vec<String> {
        let rows = |table: &String| {
            let sorted = "md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))";
            site.app.db.one(&format!("SELECT {sorted} FROM {table} t WHERE environment_id = {live}"))
        };
        tables.iter().map(rows).collect()
    };
    let key = site.app.key_with(other, server(), &Format::ALL, PerMinute::DEFAULT);
    let before = digest();
    for (entry, _) in calls() {
        let answer = site.call(&entry, &[("authorization", &key.bearer())]);
        assert!(
            answer.status.as_u16() < 500 && ![401, 403].contains(&answer.status.as_u16()),
            "{entry:?}: {}",
            answer.body
        );
        assert!(!answer.body.contains("Priya") && !answer.body.contains(&site.profile.to_string()), "{}", answer.body);
    }
    assert_eq!(digest(), before);
    let reached = format!("SELECT count(*) FROM changes WHERE environment_id = {other}");
    assert!(site.app.db.number(&reached) > 0, "the calls did something");
}
