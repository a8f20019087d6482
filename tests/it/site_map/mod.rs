//! Every route, asked by everybody: who may come in, and what each answer must have. Those of the API are in `calls.rs`.

mod calls;
mod forms;
mod headers;
mod spellings;

use actix_web::http::Method;
use actix_web::web::Data;
use headers::check_headers;
use kith::{
    account::SetupToken,
    api::Need,
    app::routes,
    auth::Role,
    console::{Access, Entry, assets},
    db::ids::ProfileId,
    identities::Kind,
};
use serde_json::json;

use crate::support::{
    App, Browser, Page, Person,
    app::NOW,
    sender::{MadeKey, server},
};

/// A console with something at every address.
pub struct Site {
    pub app: App,
    pub profile: ProfileId,
    definition: String,
    note: String,
    pub key: MadeKey,
    pub call: String,
    pub merge: String,
    token: String,
    pub change: String,
    pub group: String,
    job: String,
    others: Vec<(&'static str, String)>,
}

impl Site {
    pub fn new() -> Self {
        let (token, text) = SetupToken::new();
        let app = App::with(|console| console.setup = Data::new(Some(token)));
        let person = Person::new("c-1").name("Priya", "Nair").email("priya@example.com").tag("vip");
        let event = json!({"total": 12.5, "currency": "EUR", "products": [{"name": "Tea", "price": 12.5}]});
        let profile = app.add(person.event("Order Completed", "2026-11-20T10:00:00Z", event));
        let mut support = app.browser(Role::Support);
        support.visit(&app.profile(profile, "/notes"));
        support.submit("Add note", &[("New note", "Prefers the phone")]).expect(303);
        let note = app.db.one("SELECT id FROM notes");
        let definition = app.db.one("SELECT id FROM event_definitions");
        let merge = Self::merge(&app, profile);
        app.add(Person::known_by(Kind::Email, "nair@example.com").name("Priya", "N."));
        app.add(Person::new("c-1").also(Kind::Email, "nair@example.com"));
        assert_eq!(app.db.number("SELECT count(*) FROM merge_suggestions"), 1);
        let key = app.key(server());
        let event = json!({"userId": "c-1", "event": "Visit", "messageId": "m-1"});
        app.post(&key, "/v1/track", &event).expect(200);
        // That a key was used is noted in the background.
        app.until(|| app.db.number("SELECT count(*) FROM api_keys WHERE last_used_at IS NULL") == 0);
        let call = app.console.stream.after(0, 1, |_| true).1[0].id.to_string();
        let of_address = format!("FROM changes WHERE kind = 'address' AND profile_id = '{profile}'");
        let place = "(extract(epoch FROM recorded_at) * 1000000)::bigint || '-' || replace(id::text, '-', '')";
        let change = app.db.one(&format!("SELECT {place} {of_address}"));
        let group = app.db.one(&format!("SELECT group_id {of_address}"));
        app.db.run(&format!(
            "INSERT INTO jobs (environment_id, id, task, title, source_id, created_at, finished_at) \
             SELECT {}, '{group}', '{{}}', 'Undo', min(id), '{NOW}', '{NOW}' FROM sources",
            app.live
        ));
        let job = app.db.one("SELECT id FROM jobs");
        let (others, token) = ([&crate::operators::parts(&app)[..], &crate::topics::parts(&app)].concat(), text);
        Self { app, profile, definition, note, merge, key, call, token, change, group, job, others }
    }

    /// Makes somebody part of that profile, and returns the merge's id.
    fn merge(app: &App, profile: ProfileId) -> String {
        let other = app.add(Person::new("c-0").name("Priya", "Old"));
        let mut admin = app.browser(Role::Admin);
        admin.visit(&app.profile(profile, &format!("/merge?with={other}")));
        admin.submit("Merge into Priya Nair", &[]).expect(303);
        app.db.one("SELECT id FROM merges")
    }

    /// The route's address with real ids in it.
    pub fn address(&self, entry: &Entry) -> String {
        let style: Vec<&str> = assets::style().split('/').collect();
        let parts = [
            ("{workspace}", self.app.workspace.slug.as_str()),
            ("{environment}", "live"),
            ("{profile}", &self.profile.to_string()),
            ("{tag}", "vip"),
            ("{definition}", &self.definition),
            ("{note}", &self.note),
            ("{key}", &self.key.id.to_string()),
            ("{call}", &self.call),
            ("{id}", "c-1"),
            ("{merge}", &self.merge),
            ("{change}", &self.change),
            ("{group}", &self.group),
            ("{job}", &self.job),
            ("{setting}", "country"),
            ("{token}", &self.token),
            ("{purpose}", "news"),
            ("{mark}", style[2]),
            ("{name}", style[3]),
        ];
        let address = parts.iter().fold(entry.path.to_owned(), |path, (part, value)| path.replace(part, value));
        let address = self.others.iter().fold(address, |path, (part, value)| path.replace(part, value));
        assert!(!address.contains('{'), "{address}: say in Site::address what stands there");
        // A name of an attribute may hold anything, so it is no part of the path.
        if entry.path.contains("/attributes/") {
            return format!("{address}?name=first_name");
        }
        if entry.path.ends_with("/activity/raw") {
            let place =
                "'e' || (extract(epoch FROM occurred_at) * 1000000)::bigint || '-' || replace(id::text, '-', '')";
            let place = self.app.db.one(&format!("SELECT {place} FROM events ORDER BY occurred_at LIMIT 1"));
            return format!("{address}?entry={place}");
        }
        if entry.path.ends_with("/subscriptions/change") {
            return format!("{address}?line=email&to=unsubscribe");
        }
        // Else it would go on for minutes.
        if entry.path.ends_with("/stream") { format!("{address}?pause=yes") } else { address }
    }

    /// What no answer of this test may change; sessions note the last click.
    fn digest(&self) -> Vec<String> {
        let others = "SELECT rel FROM table_placement WHERE rel NOT IN ('sessions', 'audit_log') ORDER BY rel";
        let mut tables = self.app.db.column(others);
        assert!(tables.len() > 10, "{tables:?}");
        // What was refused is written down.
        tables.push("(SELECT * FROM audit_log WHERE NOT is_refusal)".to_owned());
        self.app.db.digest(&tables.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// The routes of the console.
pub fn pages() -> Vec<Entry> {
    routes().entries().iter().filter(|entry| entry.guard::<Need>().is_none()).cloned().collect()
}

fn entries(method: Method) -> Vec<Entry> {
    let found: Vec<Entry> = pages().into_iter().filter(|entry| entry.method == method).collect();
    assert!(found.len() >= 5, "{found:?}");
    found
}

/// What every answer has, a redirect and an error too.
#[track_caller]
fn check_answer(page: &Page) {
    check_headers(&page.headers, &page.describe());
    if page.header("content-type").starts_with("text/html") {
        page.check_markup();
    }
}

#[test]
fn every_page_about_customers_names_its_environment() {
    for entry in routes().entries() {
        let is_scoped = entry.path.starts_with("/{workspace}/{environment}/");
        assert_eq!(is_scoped, matches!(entry.guard(), Some(Access::Can(_))), "{}", entry.path);
        assert!(is_scoped || !entry.path.contains("{workspace}"), "{}", entry.path);
    }
}

/// Of two with one address the first would be asked, whoever reads the second.
#[test]
fn no_address_is_written_twice() {
    let routes = routes();
    let mut all: Vec<String> =
        routes.entries().iter().map(|entry| format!("{} {}", entry.method, entry.path)).collect();
    all.sort();
    let known = all.len();
    all.dedup();
    assert_eq!(all.len(), known);
}

#[test]
fn strangers_see_the_public_pages_and_nothing_else() {
    let site = Site::new();
    for entry in entries(Method::GET) {
        let (mut visitor, address) = (site.app.visitor(), site.address(&entry));
        let page = visitor.get(&address).clone();
        check_answer(&page);
        if entry.guard() == Some(&Access::Public) {
            assert!(page.status.is_success() || page.location() == "/sign-in", "{}", page.describe());
            continue;
        }
        page.expect(303);
        assert!(page.location().starts_with("/sign-in"), "{}", page.describe());
        assert!(!page.body.contains("Priya"), "{}", page.body);
    }
    for entry in entries(Method::POST).iter().filter(|entry| entry.guard() != Some(&Access::Public)) {
        let mut visitor = site.app.visitor();
        let page = visitor.post(&site.address(entry), &[]).expect(303).clone();
        assert_eq!(page.location(), "/sign-in");
        check_answer(&page);
    }
}

#[test]
fn each_role_gets_what_it_may_and_a_reason_otherwise() {
    let site = Site::new();
    let before = site.digest();
    for role in Role::ALL {
        let mut browser = site.app.browser(role);
        for entry in pages() {
            let address = site.address(&entry);
            let page = match entry.method {
                Method::GET => browser.get(&address),
                _ => browser.post(&address, &[]),
            };
            let page = page.clone();
            check_answer(&page);
            match entry.guard() {
                Some(Access::Can(permission)) if !role.can(*permission) => {
                    page.expect(403).shows(permission.name()).hides("Priya");
                }
                _ if entry.method == Method::GET => {
                    assert!(page.status.is_success() || page.status == 303, "{role:?}: {}", page.describe());
                    let head = browser.head(&address).clone();
                    assert_eq!(head.status, page.status, "HEAD {address}");
                }
                _ => drop(page.expect(400).shows("This form has expired").clone()),
            }
        }
    }
    assert_eq!(site.digest(), before, "asking changed something");
}

#[test]
fn forms_from_elsewhere_change_nothing() {
    let site = Site::new();
    let before = site.digest();
    let elsewhere: [&[(&str, &str)]; 9] = [
        &[("sec-fetch-site", "cross-site"), ("origin", "http://kith.test")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "http://evil.example")],
        &[("origin", "http://kith.test.evil.example")],
        &[("origin", "null")],
        &[("origin", "https://kith.test")],
        &[("origin", "ftp://kith.test")],
        &[("origin", "http://kith.test:81"), ("sec-fetch-site", "same-origin")],
        &[("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")],
    ];
    for entry in entries(Method::POST) {
        let mut admin = site.app.browser(Role::Admin);
        // Somebody who has not signed in has a token in a cookie.
        admin.visit(if entry.guard() == Some(&Access::Public) { "/sign-in" } else { "/account" });
        let token = admin.token();
        for headers in elsewhere {
            admin.origin = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            let page = admin.post(&site.address(&entry), &[("csrf".to_owned(), token.clone())]);
            check_answer(page.expect(400).shows("This form was sent from another website."));
        }
    }
    assert_eq!(site.digest(), before);
}

#[test]
fn the_token_of_somebody_else_is_no_good() {
    let site = Site::new();
    let (mut ada, mut sanjay) = (site.app.browser(Role::Admin), site.app.browser(Role::Support));
    let address = site.app.profile(site.profile, "/notes");
    sanjay.visit(&address);
    let mut form = sanjay.fill("body", "Add note", &[("New note", "not mine")]);
    ada.post(&form.action, &form.pairs).expect(400).shows("This form has expired");
    form.pairs.retain(|(name, _)| name != "csrf");
    sanjay.post(&form.action, &form.pairs).expect(400);
    assert_eq!(site.app.db.number("SELECT count(*) FROM notes"), 1);
}

#[test]
fn another_workspace_looks_as_if_it_were_not_there() {
    let site = Site::new();
    let slug = site.app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let mut bea = site.app.browser_of("bea@birch.example");
    bea.visit(&format!("/{slug}/live/profiles")).shows("No profiles yet");
    let nowhere = bea.get("/nowhere/live/profiles").expect(404).text("main h1");
    for entry in pages().iter().filter(|entry| matches!(entry.guard(), Some(Access::Can(_)))) {
        let ask = |browser: &mut Browser<'_>, address: &str| match entry.method {
            Method::GET => browser.get(address).clone(),
            _ => browser.post(address, &[]).clone(),
        };
        let address = site.address(entry);
        let page = ask(&mut bea, &address);
        assert_eq!(page.expect(404).text("main h1"), nowhere);
        check_answer(page.hides("Priya"));
        // Nor does the profile appear in the neighbour's own workspace, or in the other environment.
        if entry.method == Method::GET && entry.path.contains("{profile}") {
            // An address without a page of its own leads to one.
            bea.get(&address.replace("/acme/", &format!("/{slug}/")));
            bea.follow().expect(404);
            let mut ada = site.app.browser(Role::Admin);
            ada.get(&address.replace("/live/", "/test/"));
            ada.follow().expect(404).hides("Priya");
        }
    }
}

#[test]
fn addresses_with_nothing_there_say_so() {
    let site = Site::new();
    let mut ada = site.app.browser(Role::Admin);
    let id = site.profile;
    for address in [
        "/nothing/at/all".to_owned(),
        site.app.path("nothing"),
        "/acme/staging/profiles".to_owned(),
        site.app.path("profiles/none"),
        site.app.path("profiles/00000000-0000-7000-8000-000000000000"),
        site.app.profile(id, "/notes/none/edit"),
        site.app.profile(id, "/notes/00000000-0000-7000-8000-000000000000/history"),
        "/static/000000000000/console.css".to_owned(),
        "/setup/guessed".to_owned(),
        site.app.path("operators/00000000-0000-7000-8000-000000000000/remove"),
    ] {
        let page = ada.get(&address);
        check_answer(page.expect(404));
    }
    let page = ada.get("/nothing/at/all?q=%3Cscript%3Ealert(1)%3C/script%3E").expect(404);
    assert!(!page.has_source("<script"), "{}", page.body);
}

#[test]
fn assets_are_kept_for_a_year_under_the_mark_of_their_content() {
    let app = App::new();
    let mut visitor = app.visitor();
    for (address, kind) in
        [(assets::style(), "text/css"), (assets::icon(), "image/svg+xml"), (assets::icons(), "image/svg+xml")]
    {
        let page = visitor.get(address).expect(200);
        assert!(page.header("content-type").starts_with(kind), "{}", page.header("content-type"));
        assert!(page.header("cache-control").contains("immutable"));
    }
}

/// Postgres keeps no NUL, so what holds one is nowhere, and never a fault of ours.
#[test]
fn a_nul_in_an_address_or_a_form_is_no_fault() {
    let site = Site::new();
    let mut ada = site.app.browser(Role::Admin);
    for (address, status) in [
        (site.app.path("profiles?q=%00x"), 200),
        (site.app.path("profiles?q=%22%00"), 200),
        (site.app.profile(site.profile, "/activity?event=%00&period=all"), 200),
        ("/ac%00me/live/profiles".to_owned(), 404),
        ("/sign-in?next=%00".to_owned(), 200),
    ] {
        check_answer(ada.get(&address).expect(status));
    }
    let mut visitor = site.app.visitor();
    visitor.visit("/sign-in");
    visitor.submit("Sign in", &[("Email", "ada\0@acme.example"), ("Password", "wrong pony station")]).expect(422);
    ada.visit(&site.app.profile(site.profile, "/notes"));
    ada.submit("Add note", &[("New note", "a\0b")]).expect(303);
    assert_eq!(site.app.db.number("SELECT count(*) FROM notes WHERE body = 'ab'"), 1);
}

#[test]
fn a_form_that_is_too_large_is_refused() {
    let site = Site::new();
    let mut sanjay = site.app.browser(Role::Support);
    sanjay.visit(&site.app.profile(site.profile, "/notes"));
    let form = sanjay.fill("body", "Add note", &[("New note", &"x".repeat(1 << 20))]);
    sanjay.post(&form.action, &form.pairs).expect(400).shows("This form is larger than 1 MB.");
}

#[test]
fn methods_that_a_route_does_not_have_are_no_fault() {
    let site = Site::new();
    let before = site.digest();
    for entry in routes().entries() {
        let mut ada = site.app.browser(Role::Admin);
        let is_call = entry.guard::<Need>().is_some();
        for method in [Method::PUT, Method::DELETE, Method::OPTIONS, Method::GET] {
            let is_there = routes().entries().iter().any(|it| it.path == entry.path && it.method == method);
            if is_there || is_call && method == Method::OPTIONS {
                continue;
            }
            let page = ada.ask(method.clone(), &site.address(entry));
            assert!(matches!(page.status.as_u16(), 404 | 405), "{method}: {}", page.describe());
            if page.status == 405 {
                let allowed: Vec<&str> = page.header("allow").split(", ").collect();
                assert!(allowed.contains(&entry.method.as_str()), "{allowed:?}: {}", page.describe());
                assert!(!allowed.contains(&method.as_str()), "{allowed:?}: {}", page.describe());
                assert_eq!(allowed.contains(&"GET"), allowed.contains(&"HEAD"), "{allowed:?}");
                assert_eq!(allowed.contains(&"OPTIONS"), is_call, "{allowed:?}");
            }
            check_answer(page);
        }
    }
    assert_eq!(site.digest(), before);
}
