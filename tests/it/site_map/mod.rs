//! Every route, asked by everybody: who may come in, and what each answer must have. Those of the API are in `calls.rs`.

mod calls;
mod forms;
mod headers;
mod site;
mod spellings;

use actix_web::http::Method;
use headers::check_headers;
use kith::{
    api::Need,
    app::routes,
    auth::Role,
    console::{Access, Entry, assets},
    workspaces::RESERVED,
};
pub use site::Site;

use crate::support::{App, Browser, Page};

/// The routes of the console.
pub fn pages() -> Vec<Entry> {
    routes().entries().iter().filter(|entry| entry.guard::<Need>().is_none()).cloned().collect()
}

fn entries(method: Method) -> Vec<Entry> {
    let found: Vec<Entry> = pages().into_iter().filter(|entry| entry.method == method).collect();
    assert!(found.len() >= 5, "{found:?}");
    found
}

/// Whether the address alone says who comes in.
fn is_of_link(entry: &Entry) -> bool {
    [Some(&Access::Link), Some(&Access::Hook)].contains(&entry.guard())
}

/// What every answer has, a redirect and an error too.
#[track_caller]
fn check_answer(page: &Page) {
    check_headers(&page.headers, &page.describe());
    // What is framed is no page of ours.
    let is_framed = page.header("content-security-policy").starts_with("sandbox;");
    if page.header("content-type").starts_with("text/html") && !is_framed {
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
fn no_workspace_can_take_an_address_of_ours() {
    for entry in routes().entries() {
        let first = entry.path.split('/').nth(1).unwrap_or_default();
        assert!(first.is_empty() || first == "{workspace}" || RESERVED.contains(&first), "reserve {first:?}");
    }
}

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
        if entry.guard() == Some(&Access::Link) {
            assert!(page.status == 200 || page.location().starts_with("/preferences/"), "{}", page.describe());
            page.hides("Priya");
            continue;
        }
        if entry.guard() == Some(&Access::Public) {
            assert!(page.status.is_success() || page.location() == "/sign-in", "{}", page.describe());
            continue;
        }
        page.expect(303);
        assert!(page.location().starts_with("/sign-in"), "{}", page.describe());
        assert!(!page.body.contains("Priya"), "{}", page.body);
    }
    let is_open = |entry: &Entry| entry.guard() == Some(&Access::Public) || is_of_link(entry);
    for entry in entries(Method::POST).iter().filter(|entry| !is_open(entry)) {
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
        let is_action_of_link = |entry: &Entry| is_of_link(entry) && entry.method != Method::GET;
        for entry in pages().into_iter().filter(|entry| !is_action_of_link(entry)) {
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
                Some(Access::Organisation) if role != Role::Admin => {
                    page.expect(403).shows("manage the organisation").shows("Ada Moreau");
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
    // A link is all that its page asks for, so a mail program can send the form, too.
    for entry in entries(Method::POST).into_iter().filter(|entry| !is_of_link(entry)) {
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
    for role in Role::ALL {
        // Whatever they may in their own workspace, and also somebody who may make workspaces.
        let change = format!("UPDATE memberships SET role = '{}' WHERE workspace_id <> 1", role.name());
        site.app.db.run(&change);
        let is_admin = role == Role::Support;
        site.app.db.run(&format!("UPDATE operators SET is_organisation_admin = {is_admin} WHERE name = 'Neighbour'"));
        walk_another_workspace(&site, &slug, role);
    }
}

fn walk_another_workspace(site: &Site, slug: &str, role: Role) {
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
        if role == Role::Admin && entry.method == Method::GET && entry.path.contains("{profile}") {
            // An address without a page of its own leads to one.
            bea.get(&address.replace("/acme/", &format!("/{slug}/")));
            bea.follow().expect(404);
            let mut ada = site.app.browser(Role::Admin);
            ada.get(&address.replace("/live/", "/test/"));
            ada.follow().expect(404).hides("Priya");
        }
    }
}

/// Every page, form and download of one's own workspace, with the ids of what another one has.
#[test]
fn ids_of_another_workspace_lead_nowhere() {
    let site = Site::new();
    let slug = site.app.add_neighbour("Birch Books", "bea@birch.example", Role::Admin);
    let mut bea = site.app.browser_of("bea@birch.example");
    let token =
        vec![("csrf".to_owned(), bea.visit(&format!("/{slug}/live/profiles")).attr("input[name=csrf]", "value"))];
    let before = site.digest_of_acme();
    for entry in pages().iter().filter(|entry| matches!(entry.guard(), Some(Access::Can(_)))) {
        let address = site.address(entry).replace("/acme/", &format!("/{slug}/"));
        match entry.method {
            Method::GET => bea.get(&address),
            _ => bea.post(&address, &token),
        };
        if bea.page().status == 303 {
            bea.follow();
        }
        let page = bea.page().clone();
        assert!(page.status.as_u16() < 500, "{}", page.describe());
        for theirs in ["Priya", "priya@example.com", "12.5", "Prefers the phone", "Ada Moreau"] {
            assert!(!page.body.contains(theirs), "{theirs}: {}", page.describe());
        }
    }
    assert_eq!(site.digest_of_acme(), before);
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
