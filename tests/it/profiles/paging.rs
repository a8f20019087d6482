use std::collections::HashSet;

use kith::auth::Role;
use serde_json::json;

use super::names;
use crate::support::{App, Browser, Page, Person, build::submit};

const ORDERS: [&str; 8] = ["name", "-name", "created", "-created", "updated", "-updated", "seen", "-seen"];
const PEOPLE: usize = 130;

/// Many people of whom many share a name, a day of creation and a last visit.
fn crowd() -> App {
    let app = App::new();
    let person = |n: usize| {
        let person = Person::new(&format!("c-{n:03}"))
            .name(["Ann", "Bo", "Łucja", "林", "zoë", ""][n % 6], "")
            .since(&format!("2026-11-{:02}T00:00:00Z", 1 + n % 7));
        if n.is_multiple_of(4) {
            person
        } else {
            person.event("Visit", &format!("2026-11-{:02}T00:00:00Z", 8 + n % 3), json!({}))
        }
    };
    let items: Vec<_> = (0..PEOPLE).flat_map(|n| person(n).items(app.clock.now())).collect();
    submit(&app.state.db, app.live, app.clock.now(), &items);
    spread(&app);
    app
}

/// Lets the last changes lie apart as the days of creation do: else all of them are now.
fn spread(app: &App) {
    app.db.run("UPDATE profiles SET updated_at = created_at");
}

/// Profiles of a page, top to bottom.
fn ids(page: &Page) -> Vec<String> {
    let links = page.attrs("table.list tbody a.open", "href");
    links.iter().filter_map(|link| link.split('?').next()?.rsplit('/').next().map(str::to_owned)).collect()
}

/// All profiles in that order, asked of the database.
fn expected(app: &App, order: &str) -> Vec<String> {
    let column = match order.trim_start_matches('-') {
        "created" => "p.created_at",
        "updated" => "p.updated_at",
        "seen" => "coalesce(a.last_seen_at, '1970-01-01 00:00:00+00')",
        _ => "p.name",
    };
    let way = if order.starts_with('-') { "DESC" } else { "ASC" };
    app.db.column(&format!(
        "SELECT p.id FROM profiles p LEFT JOIN profile_activity a ON a.profile_id = p.id ORDER BY {column} {way}, p.id {way}"
    ))
}

/// Goes on from page to page; between two pages `meanwhile` happens.
fn walk(browser: &mut Browser<'_>, rel: &str, mut meanwhile: impl FnMut(usize)) -> Vec<Vec<String>> {
    let mut pages = vec![ids(browser.page())];
    while let Some(next) = browser.page().attrs(&format!("nav.pager a[rel={rel}]"), "href").pop() {
        meanwhile(pages.len());
        pages.push(ids(browser.get(&next).expect(200)));
        assert!(pages.len() < 20, "pages without end");
    }
    pages
}

#[test]
fn every_order_shows_everybody_once_there_and_back() {
    let app = crowd();
    let mut ada = app.browser(Role::Admin);
    for order in ORDERS {
        let everybody = expected(&app, order);
        ada.visit(&format!("/acme/live/profiles?sort={order}"));
        let there = walk(&mut ada, "next", |_| {});
        assert_eq!(there.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 30], "{order}");
        assert_eq!(there.concat(), everybody, "{order}");
        let mut back = walk(&mut ada, "prev", |_| {});
        back.reverse();
        assert_eq!(back.concat(), everybody, "{order}, backwards");
    }
}

#[test]
fn people_who_appear_meanwhile_push_nobody_off_a_page() {
    for order in ORDERS {
        let app = crowd();
        let mut ada = app.browser(Role::Admin);
        let everybody = expected(&app, order);
        ada.visit(&format!("/acme/live/profiles?sort={order}"));
        // One at each end of every order, and one in the middle of it.
        let pages = walk(&mut ada, "next", |page| {
            for (n, (name, since, seen)) in [
                ("AAA", "2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z"),
                ("Bo", "2026-11-04T00:00:00Z", "2026-11-09T00:00:00Z"),
                ("\u{10FFFF}", "2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z"),
            ]
            .into_iter()
            .enumerate()
            {
                let person = Person::new(&format!("new-{page}-{n}")).name(name, "").since(since);
                app.add(person.event("Visit", seen, json!({})));
            }
            spread(&app);
        });
        let shown = pages.concat();
        let known: HashSet<&String> = everybody.iter().collect();
        assert_eq!(shown.iter().collect::<HashSet<_>>().len(), shown.len(), "{order}: nobody twice");
        let originals: Vec<&String> = shown.iter().filter(|id| known.contains(id)).collect();
        assert_eq!(originals, everybody.iter().collect::<Vec<_>>(), "{order}: nobody missing, in order");
        assert!(shown.len() > PEOPLE, "{order}: the new ones that come later are shown too");
    }
}

#[test]
fn somebody_renamed_or_gone_at_the_edge_of_a_page_breaks_nothing() {
    let app = crowd();
    let mut ada = app.browser(Role::Admin);
    ada.visit("/acme/live/profiles?sort=name");
    let next = ada.page().attr("nav.pager a[rel=next]", "href");
    let edge = ids(ada.page()).pop().expect("a row");
    app.db.run(&format!("DELETE FROM profiles WHERE id = '{edge}'"));
    let page = ada.get(&next).expect(200).clone();
    assert_eq!(ids(&page).len(), 50);
    page.check_markup();
}

#[test]
fn the_question_goes_along_from_page_to_page_and_a_new_order_begins_again() {
    let app = crowd();
    let mut ada = app.browser(Role::Admin);
    ada.visit("/acme/live/profiles?q=c-&sort=-created");
    let pages = walk(&mut ada, "next", |_| {});
    assert_eq!(pages.concat().len(), PEOPLE);
    assert_eq!(ada.page().attr("input[name=q]", "value"), "c-");
    let page = ada.click("Name").expect(200);
    assert!(page.address.contains("q=c-") && !page.address.contains("after="), "{}", page.address);
    assert_eq!(page.count("nav.pager a[rel=prev]"), 0);
    // A search starts from the first page too, in the order that was chosen.
    ada.submit("Search", &[("q", "ann")]).expect(200);
    assert!(names(ada.page()).iter().all(|name| name == "Ann"), "{:?}", names(ada.page()));
    assert_eq!(ada.page().attr("input[name=sort]", "value"), "name");
}

#[test]
fn a_place_that_cannot_be_read_is_the_first_page() {
    let app = crowd();
    let mut ada = app.browser(Role::Admin);
    let id = "018f0000-0000-7000-8000-000000000000";
    for order in ["name", "seen", "-created", "nonsense", "--seen", ""] {
        let first = ids(ada.visit(&format!("/acme/live/profiles?sort={order}")));
        for place in [
            "x",
            "1-2",
            "-",
            "99999999999999999999-x",
            "%00",
            "9223372036854775807-00000000000000000000000000000000",
            "%C3%A9-%C3%A9",
        ] {
            for name in ["after", "before"] {
                let page = ada.get(&format!("/acme/live/profiles?sort={order}&{name}={place}")).expect(200);
                assert_eq!(ids(page), first, "{order} {name}={place}");
            }
        }
        // The place of another order, or of somebody who is not there.
        for place in [id, "1795348800000000-018f0000000070008000000000000000"] {
            ada.get(&format!("/acme/live/profiles?sort={order}&after={place}")).expect(200).check_markup();
        }
    }
}
