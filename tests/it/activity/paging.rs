use std::collections::HashSet;

use kith::auth::Role;
use serde_json::json;

use super::summaries;
use crate::support::{App, Page, Person};

/// The number that each entry carries, top to bottom.
fn numbers(page: &Page) -> Vec<String> {
    summaries(page)
}

pub fn walk(app: &App, start: &str, mut meanwhile: impl FnMut()) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let mut mara = app.browser(Role::Marketer);
    let mut there = vec![numbers(mara.visit(start))];
    while let Some(next) = mara.page().attrs("nav.pager a[rel=next]", "href").pop() {
        meanwhile();
        there.push(numbers(mara.get(&next).expect(200)));
        assert!(there.len() < 10, "pages without end");
    }
    let mut back = vec![numbers(mara.page())];
    while let Some(previous) = mara.page().attrs("nav.pager a[rel=prev]", "href").pop() {
        back.insert(0, numbers(mara.get(&previous).expect(200)));
        assert!(back.len() < 10, "pages without end");
    }
    (there, back)
}

#[test]
fn many_events_of_one_moment_are_each_shown_once() {
    let app = App::new();
    // A hundred and twenty, of which eighty happened at the same microsecond.
    let time = |n: usize| {
        if n < 80 { "2026-11-20T12:00:00.123456Z".to_owned() } else { format!("2026-11-20T12:{:02}:00Z", n - 79) }
    };
    let person = (0..120)
        .fold(Person::new("c-1"), |person, n| person.event("Visit", &time(n), json!({"path": format!("/{n}")})));
    let id = app.add(person);
    let tab = app.profile(id, "/activity?kind=events");
    let expected = app.db.column("SELECT properties->>'path' FROM events ORDER BY occurred_at DESC, id DESC");
    let (there, back) = walk(&app, &tab, || {});
    assert_eq!(there.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    assert_eq!(there.concat(), expected);
    assert_eq!(back.concat(), expected);

    let mut count = 0;
    let (there, _) = walk(&app, &format!("{tab}&event=Visit&period=7d"), || {
        // Newer ones push nothing on, older ones come at their place.
        for time in ["2026-11-22T00:00:00Z", "2026-11-19T00:00:00Z"] {
            count += 1;
            app.add(Person::new("c-1").event_with_id(
                &format!("new-{count}"),
                "Visit",
                time,
                json!({"path": format!("/new-{count}")}),
            ));
        }
    });
    let shown = there.concat();
    assert_eq!(shown.iter().collect::<HashSet<_>>().len(), shown.len(), "none twice");
    let originals: Vec<_> = shown.iter().filter(|path| !path.contains("new")).cloned().collect();
    assert_eq!(originals, expected, "none missing");
    assert!(shown.len() > 120, "the older ones are shown where they belong");
}

#[test]
fn a_place_that_cannot_be_read_is_the_first_page() {
    let app = App::new();
    let id = app.add(Person::new("c-1").event("Visit", "2026-11-20T12:00:00Z", json!({"path": "/a"})));
    let mut mara = app.browser(Role::Marketer);
    for place in ["x", "e1-2", "-", "e99999999999999999999-0", "%00", "%C3%A9"] {
        let page = mara.visit(&app.profile(id, &format!("/activity?kind=events&after={place}"))).clone();
        assert_eq!(numbers(&page), ["/a"], "{place}");
    }
}
