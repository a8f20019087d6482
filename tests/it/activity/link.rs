use kith::auth::Role;
use serde_json::json;

use super::flat;
use crate::support::{App, Person};

fn walker() -> (App, String) {
    let app = App::new();
    let person = (0..120).fold(Person::new("c-1"), |person, n| {
        let time = format!("2025-0{}-{:02}T12:00:00Z", 1 + n / 28, 1 + n % 28);
        person.event("Visit", &time, json!({"path": format!("/{n}")}))
    });
    let id = app.add(person);
    let tab = app.profile(id, "/activity");
    (app, tab)
}

#[test]
fn a_link_opens_its_entry_on_its_page() {
    let (app, tab) = walker();
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&format!("{tab}?period=all&kind=events"));
    let page = mara.get(&mara.page().attrs("nav.pager a[rel=next]", "href")[0].clone()).expect(200).clone();
    let (link, id) =
        (page.attrs("p.links a[href*='activity?entry']", "href")[4].clone(), page.attrs("li[id]", "id")[4].clone());
    assert!(link.ends_with(&format!("#{id}")), "{link}");
    let there = mara.get(link.split('#').next().expect("an address")).expect(200).clone();
    there.check_markup();
    assert_eq!(there.attr("li.asked", "id"), id, "marked");
    assert_eq!(there.count("details[open] > summary strong"), 1, "and opened");
    assert_eq!(there.attrs("li[id]", "id")[3], id, "below a few");
    assert_eq!(flat(&there).len(), 50);
    let shown = there.attrs("li[id]", "id");
    let newer = mara.get(&there.attrs("nav.pager a[rel=prev]", "href")[0]).expect(200).attrs("li[id]", "id");
    let older = mara.get(&there.attrs("nav.pager a[rel=next]", "href")[0]).expect(200).attrs("li[id]", "id");
    let all = mara.visit(&format!("{tab}?period=all")).attrs("li[id]", "id");
    let start = newer.iter().chain(&shown).chain(&older).cloned().collect::<Vec<_>>();
    assert!(start.windows(47).any(|window| window == &all[3..]), "the pages join");
}

#[test]
fn an_entry_that_is_not_there_shows_its_time() {
    let (app, tab) = walker();
    let mut mara = app.browser(Role::Marketer);
    let nobody = "e1740830400000001-00000000000000000000000000000000";
    mara.get(&format!("{tab}?entry={nobody}")).expect(200).shows("no longer exists").check_markup();
    assert!(!flat(mara.page()).is_empty());
    mara.get(&format!("{tab}/raw?entry={nobody}")).expect(404);
    mara.get(&format!("{tab}/raw?entry=nonsense")).expect(404);
    mara.get(&format!("{tab}/raw")).expect(404);
}

#[test]
fn the_json_of_an_entry_is_that_of_this_person_alone() {
    let (app, tab) = walker();
    let other = app.add(Person::new("c-2").event("Visit", "2026-11-22T01:00:00Z", json!({"secret": "<i>s</i>"})));
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.profile(other, "/activity?kind=events"));
    let raw = mara.click("JSON").expect(200).clone();
    raw.check_markup();
    for text in
        ["\"name\": \"Visit\"", "\"secret\": \"<i>s</i>\"", "\"source\": \"API key test\"", "2026-11-22T01:00:00Z"]
    {
        raw.shows(text);
    }
    let asked = raw.address.split('?').nth(1).expect("an entry").to_owned();
    mara.get(&format!("{tab}/raw?{asked}")).expect(404);
    mara.visit(&app.profile(other, "/activity?kind=identity"));
    let raw = mara.click("JSON").expect(200).clone();
    raw.shows("\"kind\": \"identifier\"").shows("\"after\": \"c-2\"");
    let asked = raw.address.split('?').nth(1).expect("an entry").to_owned();
    mara.get(&format!("{tab}/raw?{asked}")).expect(404);
    assert!(mara.get(&raw.address).expect(200).link("Back to the timeline").is_some());
}

/// Events go along with their person when two become one, and so do links to them.
#[test]
fn a_link_leads_to_whom_the_person_became() {
    let (app, tab) = walker();
    let other = app.add(Person::new("c-2").event("Visit", "2025-03-01T01:00:00Z", json!({"path": "/theirs"})));
    let mut ada = app.browser(Role::Admin);
    let link = ada.visit(&app.profile(other, "/activity?kind=events&period=all")).attr("p.links a", "href");
    let survivor = tab.trim_end_matches("/activity").to_owned();
    ada.visit(&format!("{survivor}/merge?with={other}"));
    let button = ada.page().texts("button").into_iter().find(|text| text.starts_with("Merge into")).expect("a button");
    ada.submit(&button, &[]).expect(303);
    ada.get(link.split('#').next().expect("an address")).expect(303);
    let there = ada.follow().expect(200).clone();
    assert_eq!(there.text("li.asked summary span.muted"), "/theirs", "{}", there.address);
}
