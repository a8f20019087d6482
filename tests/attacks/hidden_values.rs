//! A value of a sensitive attribute, said in every way there is, and looked for on every page by everybody.

use actix_web::http::Method;
use kith::{api::Need, app::routes, auth::Role, console::Access, imports};
use serde_json::json;

use crate::{
    site_map::{Site, pages},
    support::{
        Person,
        sender::{MadeKey, SHOP, browser},
    },
};

/// Part of every hidden value, and of nothing else.
const MARK: &str = "zq7mark";

/// Every page there is, with what the site has in every place of its address.
fn addresses(site: &Site) -> Vec<String> {
    let app = &site.app;
    let all = |sql: &str| app.db.column(sql);
    let calls: Vec<String> =
        app.console.stream.after(0, usize::MAX, |_| true).1.iter().map(|it| it.id.to_string()).collect();
    let place = "(extract(epoch FROM recorded_at) * 1000000)::bigint || '-' || replace(id::text, '-', '')";
    let changes = all(&format!("SELECT {place} FROM changes WHERE subject IN ('secretish', 'scored')"));
    let groups = all("SELECT DISTINCT group_id FROM changes WHERE subject IN ('secretish', 'scored')");
    let people = all("SELECT id FROM profiles WHERE merged_into IS NULL");
    let merges = all("SELECT id FROM merges");
    assert!(calls.len() > 6 && changes.len() > 6 && groups.len() > 4 && people.len() > 2 && merges.len() > 1);
    let mut found = Vec::new();
    for entry in
        pages().iter().filter(|entry| entry.method == Method::GET && matches!(entry.guard(), Some(Access::Can(_))))
    {
        let mut these = vec![site.address(entry)];
        let mut in_place_of = |known: &str, others: &[String]| {
            let more =
                these.iter().flat_map(|it| others.iter().map(|other| it.replace(known, other)).collect::<Vec<_>>());
            these = these.iter().cloned().chain(more).collect();
            these.sort();
            these.dedup();
        };
        in_place_of(&site.call, &calls);
        in_place_of(&site.change, &changes);
        in_place_of(&site.group, &groups);
        in_place_of(&site.merge, &merges);
        in_place_of("name=first_name", &["name=secretish".to_owned(), "name=scored".to_owned()]);
        in_place_of(&site.profile.to_string(), &people);
        found.extend(these);
    }
    let entries = "SELECT DISTINCT 'a' || (extract(epoch FROM recorded_at) * 1000000)::bigint || '-' || replace(group_id::text, '-', '') \
                   FROM changes WHERE kind = 'attribute'";
    found.extend(all(entries).iter().map(|entry| app.profile(site.profile, &format!("/activity/raw?entry={entry}"))));
    for one in &people {
        let person = app.path(&format!("profiles/{one}"));
        found.extend(people.iter().map(|other| format!("{person}/merge?with={other}")));
        for rest in [
            "edit?name=secretish",
            "edit?section=attributes",
            "activity?period=all",
            "history?kind=attribute&subject=secretish",
        ] {
            found.push(format!("{person}/{rest}"));
        }
    }
    found.push(app.path("merges?show=done"));
    found.push(app.path("profiles?q=zq7"));
    found.push(app.path(&format!("profiles?q=secretish%3A{MARK}-0").replace(MARK, "zq8")));
    found.sort();
    found.dedup();
    found
}

fn hide(site: &Site) {
    site.app.db.run(
        "UPDATE attribute_definitions SET is_sensitive = true, in_table = true WHERE name IN ('secretish', 'scored')",
    );
}

/// Every way in: our own format, Segment's, Vero's in JSON and as a form, a file, the console; and what is refused.
fn say_everywhere(site: &Site) {
    let (app, key) = (&site.app, &site.key);
    let send = |address: &str, body: &serde_json::Value| {
        app.post(key, address, body);
        app.clock.advance(chrono::TimeDelta::seconds(1));
    };
    let mark = |number: u32| format!("{MARK}-{number}");
    app.send(
        Method::PATCH,
        "/api/data/v1/profiles/id:c-1/attributes",
        &[("authorization", &key.bearer())],
        json!({"secretish": mark(1)}).to_string(),
    )
    .expect(200);
    app.clock.advance(chrono::TimeDelta::seconds(1));
    send("/v1/identify", &json!({"userId": "c-1", "traits": {"secretish": {"a": [mark(2)]}}}));
    send("/v1/track", &json!({"userId": "c-1", "event": "Seen", "context": {"traits": {"secretish": mark(3)}}}));
    send("/api/v2/users/track", &json!({"id": "c-1", "data": {"secretish": mark(4)}}));
    let form = format!("id=c-1&data=%7B%22secretish%22%3A%22{}%22%7D", mark(5));
    app.send(Method::POST, "/api/v2/users/track", &[("authorization", &key.bearer())], form).expect(200);
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("people.csv");
    std::fs::write(&file, format!("id,secretish\nc-1,{}\n", mark(6))).expect("a file");
    let rejects = folder.path().join("rejects.csv");
    let options = imports::Options { environment: app.live, choices: Default::default(), rejects, writers: 2 };
    imports::import(&app.state.db, &app.clock, &file, &options, Default::default()).expect("imported");
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(site.profile, "/edit?name=secretish"));
    sanjay.submit("Save", &[("Secretish", &mark(7))]).expect(303);
    app.clock.advance(chrono::TimeDelta::seconds(1));
    // What is refused: whole, in part, too long to be kept whole, and with a message that quotes the value.
    send("/v1/identify", &json!({"traits": {"secretish": mark(8)}}));
    send("/v1/identify", &json!({"userId": "c-1", "traits": {"secretish": mark(9), "email": "nobody"}}));
    send("/v1/identify", &json!({"traits": {"secretish": mark(10), "long": "x".repeat(20_000)}}));
    send("/v1/identify", &json!({"userId": "c-1", "traits": {"scored": mark(11)}}));
    send(
        "/api/data/v1/batch",
        &json!({"items": [
            {"type": "identify", "profile": {"id": "c-1"}, "attributes": {"scored": mark(12)}},
            {"type": "identify", "profile": {}, "attributes": {"secretish": mark(13)}},
        ]}),
    );
    let escaped = format!(r#"{{"batch": [{{"type": "identify", "traits": {{"secret\u0069sh": "{}"}}}}]}}"#, mark(14));
    app.send(Method::POST, "/v1/batch", &[("authorization", &key.bearer())], escaped).expect(200);
}

/// Two who share an email, and one who became part of somebody, all with the value.
fn others(site: &Site) {
    let app = &site.app;
    app.add(Person::new("d-1").set("secretish", format!("{MARK}-20")).email("both@example.com"));
    app.add(
        Person::new("d-2")
            .set("secretish", format!("{MARK}-20"))
            .also(kith::identities::Kind::Email, "both@example.com"),
    );
    let gone = app.add(Person::new("d-3").set("secretish", format!("{MARK}-21")).set("city", "Kochi"));
    let mut admin = app.browser(Role::Admin);
    admin.visit(&app.profile(site.profile, &format!("/merge?with={gone}")));
    admin.submit("Merge into Priya Nair", &[]).expect(303);
}

fn site() -> Site {
    let site = Site::new();
    let calculated = format!(
        "INSERT INTO attribute_definitions (environment_id, name, type, origin, created_at) VALUES ({}, 'scored', 'text', 'calculated', '2026-01-01')",
        site.app.live
    );
    site.app.db.run(&calculated);
    site.app.clock.advance(chrono::TimeDelta::minutes(10));
    say_everywhere(&site);
    others(&site);
    site
}

#[test]
fn a_hidden_value_is_on_no_page() {
    let site = site();
    // While nothing is hidden the pages do show it, or this test would find nothing whatever happens.
    let open = shown_to(&site, Role::Admin, MARK);
    for part in [
        "/stream/",
        "/rejections",
        "/merge?with=",
        "/history",
        "/undo",
        "/groups/",
        "/activity",
        "/raw?entry=",
        "/edit",
    ] {
        assert!(open.iter().any(|address| address.contains(part)), "{part} in {open:#?}");
    }
    assert!(open.contains(&site.app.profile(site.profile, "")), "its own page in {open:#?}");
    hide(&site);
    for role in Role::ALL {
        assert_eq!(shown_to(&site, role, MARK), Vec::<String>::new(), "shown to {role:?}");
    }
    let audit = || site.app.db.number("SELECT count(*) FROM audit_log WHERE action = 'reveal'");
    assert_eq!(audit(), 0);
    // The one way: Show, on the profile or beside another one, which writes down who looked.
    let other = site.app.db.one("SELECT id FROM profiles WHERE attributes->>'secretish' LIKE '%-20' LIMIT 1");
    let mut ada = site.app.browser(Role::Admin);
    ada.visit(&site.app.profile(site.profile, &format!("/merge?with={other}"))).check_markup();
    ada.page().shows("Hidden").hides("the same in both Hidden");
    let show = ada.page().attr("td:last-child form[action$='/reveal']", "action");
    assert_eq!(show, site.app.path(&format!("profiles/{other}/reveal")));
    let pairs = [("csrf".to_owned(), ada.token()), ("name".to_owned(), "secretish".to_owned())];
    ada.post(&show, &pairs).expect(200).shows(MARK);
    assert_eq!(audit(), 1);
    let mut mara = site.app.browser(Role::Marketer);
    mara.visit(&site.app.profile(site.profile, "")).hides("Show Secretish");
}

fn shown_to(site: &Site, role: Role, mark: &str) -> Vec<String> {
    let mut browser = site.app.browser(role);
    let is_shown = |address: &String| {
        let page = browser.get(address);
        assert!(page.status.as_u16() < 500, "{}", page.describe());
        page.body.contains(mark)
    };
    let mut addresses = addresses(site);
    let mut is_shown = is_shown;
    addresses.retain(|address| is_shown(address));
    addresses
}

/// Two equal values and two different ones look alike: nobody finds a value out by making somebody who has it.
#[test]
fn a_comparison_does_not_answer_guesses() {
    let site = site();
    hide(&site);
    let guess = |value: &str| site.app.add(Person::new("e-1").set("secretish", value).said_at("2026-11-22T00:00:00Z"));
    let row = |other| {
        let mut ada = site.app.browser(Role::Admin);
        let page = ada.visit(&site.app.profile(site.profile, &format!("/merge?with={other}"))).clone();
        let rows = page.texts("table.compare tr");
        (
            rows.iter().position(|row| row.contains("Secretish")),
            rows.iter().find(|row| row.contains("Secretish")).cloned(),
        )
    };
    let wrong = row(guess("wrong"));
    site.app.clock.advance(chrono::TimeDelta::days(2));
    let right = site.app.add(Person::new("e-1").set("secretish", format!("{MARK}-7")));
    assert_eq!(row(right), wrong);
    assert!(wrong.1.is_some_and(|row| row.contains("Hidden")));
}

#[test]
fn a_key_for_browsers_reads_nothing() {
    let site = site();
    hide(&site);
    let page = site.app.key(browser());
    let asks = |key: &MadeKey, headers: &[(&str, &str)]| {
        let bearer = key.bearer();
        let headers: Vec<_> = headers.iter().copied().chain([("authorization", bearer.as_str())]).collect();
        let keyed =
            routes().entries().iter().filter(|entry| entry.guard::<Need>().is_some()).cloned().collect::<Vec<_>>();
        let reads = keyed.iter().filter(|entry| entry.method == Method::GET);
        reads.filter(|entry| site.app.send(Method::GET, &site.address(entry), &headers, "").body.contains(MARK)).count()
    };
    assert_eq!(asks(&page, &[]), 0);
    assert_eq!(asks(&page, &[("origin", SHOP)]), 0);
    assert!(asks(&site.key, &[]) > 0, "a key for servers that may read does");
    let change = json!({"attributes": {"city": "Riga"}}).to_string();
    let answer =
        site.app.send(Method::PUT, "/api/data/v1/profiles/id:c-1", &[("authorization", &page.bearer())], change);
    assert!(!answer.expect(200).body.contains(MARK), "{}", answer.body);
}

/// A property of an event is no attribute: it is shown with what happened.
#[test]
fn a_property_of_the_same_name_is_shown_with_its_event() {
    let site = site();
    let event = json!({"userId": "c-1", "event": "Order Completed", "properties": {"secretish": "of an order"}});
    site.app.post(&site.key, "/v1/track", &event).expect(200);
    hide(&site);
    let mut mara = site.app.browser(Role::Marketer);
    let call = site.app.console.stream.after(0, 1, |_| true).1[0].id;
    mara.visit(&site.app.path(&format!("stream/{call}"))).hides("of an order");
    let place = "'e' || (extract(epoch FROM occurred_at) * 1000000)::bigint || '-' || replace(id::text, '-', '')";
    let place = site.app.db.one(&format!("SELECT {place} FROM events WHERE properties->>'secretish' = 'of an order'"));
    mara.visit(&site.app.profile(site.profile, &format!("/activity/raw?entry={place}"))).shows("of an order");
}

#[test]
fn a_key_inside_an_item_is_on_no_page() {
    let site = site();
    let (app, other) = (&site.app, site.app.key(crate::support::sender::server()));
    let secret = other.secret.as_str();
    let escaped = secret.replace('_', "\\u005f");
    for (address, body) in [
        (
            "/v1/track",
            json!({"userId": "c-1", "event": "Seen", "writeKey": secret, "context": {"k": secret}, "properties": {"k": secret}}),
        ),
        (
            "/v1/batch",
            json!({"writeKey": secret, "batch": [{"type": "track", "userId": "c-1", "event": "Seen", "writeKey": secret}]}),
        ),
        ("/v1/identify", json!({"userId": "c-1", "traits": {"note": secret, "email": secret}})),
        ("/v1/identify", json!({"traits": {"note": {"deep": [secret]}}})),
        ("/api/v2/users/track", json!({"id": "c-1", "data": {"note": secret, secret: 1}, "token": secret})),
        (
            "/api/data/v1/batch",
            json!({"items": [{"type": "tag", "profile": {"id": "c-1"}, "add": [secret]}, {"type": "x", "note": secret}]}),
        ),
    ] {
        app.post(&site.key, address, &body);
        app.clock.advance(chrono::TimeDelta::seconds(1));
    }
    let body = format!(r#"{{"batch": [{{"type": "track", "note": "{escaped}"}}]}}"#);
    app.send(Method::POST, "/v1/batch", &[("authorization", &site.key.bearer())], body).expect(200);
    for role in Role::ALL {
        assert_eq!(shown_to(&site, role, &secret[14..]), Vec::<String>::new(), "shown to {role:?}");
    }
    let stored = "SELECT (SELECT count(*) FROM profiles WHERE attributes::text LIKE $) + (SELECT count(*) FROM events WHERE properties::text LIKE $ \
                  OR context::text LIKE $) + (SELECT count(*) FROM rejections WHERE item::text LIKE $ OR message LIKE $)";
    assert_eq!(app.db.number(&stored.replace('$', &format!("'%{}%'", &secret[14..]))), 0);
    assert!(shown_to(&site, Role::Marketer, &secret[..14]).len() > 4, "its beginning says which key it was");
}
