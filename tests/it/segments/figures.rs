//! Who came and went lately, and how far counting is.

use chrono::TimeDelta;
use kith::auth::Role;

use super::{define, settle};
use crate::support::{App, Person};

/// Cells of the list's row of a segment.
fn line(app: &App, name: &str) -> Vec<String> {
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&app.path("segments")).clone();
    page.check_markup();
    let names = page.texts("tbody th");
    let place = names.iter().position(|it| it.starts_with(name)).unwrap_or_else(|| panic!("{name} in {names:?}"));
    page.texts("tbody td")[place * 6..][..6].to_vec()
}

#[test]
fn who_joined_and_left_is_told_for_the_last_24_hours_and_7_days() {
    let app = App::new();
    for key in ["a", "b", "c", "d"] {
        app.add(Person::new(key).set("plan", "pro"));
    }
    define(&app, "Pro", "plan:pro");
    define(&app, "Nobody", "plan:none");
    settle(&app);
    assert_eq!(line(&app, "Pro")[1..5], ["4 members of Pro", "", "", "0.0 %"], "who was there did not join");
    assert_eq!(line(&app, "Nobody")[4], "", "of nobody there is no part");
    // One leaves, one joins and leaves again.
    app.clock.advance(TimeDelta::hours(1));
    let time = app.clock.now().to_rfc3339();
    app.add(Person::new("a").set("plan", "free").said_at(&time));
    app.add(Person::new("e").set("plan", "pro").said_at(&time));
    settle(&app);
    app.clock.advance(TimeDelta::hours(1));
    app.add(Person::new("e").set("plan", "free").said_at(&app.clock.now().to_rfc3339()));
    settle(&app);
    assert_eq!(line(&app, "Pro")[1..5], ["3 members of Pro", "+1 −2", "+1 −2", "100.0 %"]);
    // The night changes nothing; a day later they are of the week only.
    app.clock.advance(TimeDelta::hours(22));
    assert_eq!(line(&app, "Pro")[2..5], ["+1 −2", "+1 −2", "100.0 %"]);
    app.clock.advance(TimeDelta::hours(2));
    assert_eq!(line(&app, "Pro")[2..5], ["+0 −1", "+1 −2", "33.3 %"]);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(line(&app, "Pro")[2..5], ["", "+1 −2", "0.0 %"]);
    let mut mara = app.browser(Role::Marketer);
    mara.visit(&app.path("segments?sort=left-7d"));
    mara.click("Pro").expect(200).shows("+0 joined").shows("+1 joined").shows("−2 left").shows("0.0 %");
    app.clock.advance(TimeDelta::days(6));
    assert_eq!(line(&app, "Pro")[2..5], ["", "", "0.0 %"]);
    let kept = || app.db.number("SELECT count(*) FROM segment_hours");
    assert_eq!(kept(), 2);
    kith::segments::sweep_hours(&mut app.db.connect(), app.clock.now() + TimeDelta::days(1)).expect("swept");
    assert_eq!(kept(), 0);
}

#[test]
fn the_list_is_ordered_by_each_figure() {
    let app = App::new();
    app.add(Person::new("a").set("plan", "pro"));
    for (name, size) in [("Small", 10), ("Large", 100), ("Old", 50)] {
        define(&app, name, "plan:pro");
        app.db.run(&format!("UPDATE segments SET size = {size}, wants_count = false WHERE name = '{name}'"));
    }
    let hours = [("Small", 1, 8, 0), ("Large", 1, 1, 9), ("Old", 60, 20, 30)];
    for (name, ago, entered, left) in hours {
        app.db.run(&format!(
            "INSERT INTO segment_hours SELECT environment_id, id, date_trunc('hour', timestamptz '{}') - interval '{ago} hours', {entered}, {left} \
             FROM segments WHERE name = '{name}'",
            app.clock.now().to_rfc3339()
        ));
    }
    let mut mara = app.browser(Role::Marketer);
    for (sort, order) in [
        ("name", ["Large", "Old", "Small"]),
        ("size", ["Large", "Old", "Small"]),
        ("joined", ["Small", "Large", "Old"]),
        ("left", ["Large", "Old", "Small"]),
        ("joined-7d", ["Old", "Small", "Large"]),
        ("left-7d", ["Old", "Large", "Small"]),
        ("volatility", ["Small", "Large", "Old"]),
    ] {
        let page = mara.visit(&app.path(&format!("segments?sort={sort}"))).clone();
        assert_eq!(page.texts("tbody th"), order, "{sort}");
    }
}

#[test]
fn while_segments_are_counted_the_pages_say_which_and_what_is_known_of_it() {
    let app = App::new();
    app.add(Person::new("a").set("plan", "pro"));
    let names = ["Big", "Next", "Last", "Ready"];
    let ids = names.map(|name| {
        app.clock.advance(TimeDelta::seconds(1));
        define(&app, name, "plan:pro")
    });
    let mut mara = app.browser(Role::Marketer);
    app.db.run("UPDATE segments SET wants_count = false, size = 1, took_ms = 40 WHERE name = 'Ready'");
    let page = mara.visit(&app.path("segments")).clone();
    page.check_markup();
    page.shows("1 of 4 segments are counted.").hides("is being counted");
    assert_eq!((page.attr("progress", "value"), page.attr("progress", "max")), ("1".to_owned(), "4".to_owned()));
    let of = |place: usize| app.path(&format!("segments/{}", ids[place]));
    mara.visit(&of(1)).shows("Waits for what is being stored just now").shows("Known when it is counted");
    let since = (app.clock.now() - TimeDelta::milliseconds(4_200)).to_rfc3339();
    app.db.run(&format!(
        "UPDATE segments SET counting_since = '{since}', wants_count = false, took_ms = 12345 WHERE name = 'Big'"
    ));
    let page = mara.visit(&app.path("segments")).clone();
    page.shows("1 of 4 segments are counted. “Big” is being counted, for 4.2 s so far, 12.3 s last time.");
    let page = mara.visit(&of(0)).clone();
    page.check_markup();
    page.shows("Everybody is being looked at, 1 person, for 4.2 s so far, 12.3 s last time.").shows("High, 12.3 s");
    mara.visit(&of(1))
        .shows("“Big” is being counted, for 4.2 s so far, 12.3 s last time. Then it is the turn of this one.");
    mara.visit(&of(2)).shows("Then one other, then it is the turn of this one.");
    mara.visit(&of(3)).hides("Being counted").shows("Low, 40 ms");
    let again = |app: &App, path: &str| {
        let mut browser = app.browser(Role::Marketer);
        browser.get(path).expect(200).headers.get("refresh").is_some_and(|seconds| seconds == "2")
    };
    assert!(again(&app, &of(0)) && again(&app, &app.path("segments")) && !again(&app, &of(3)));
    app.db.run("UPDATE segments SET counting_since = NULL, wants_count = true");
    settle(&app);
    assert!(!again(&app, &of(0)) && !again(&app, &app.path("segments")));
    mara.visit(&of(0)).hides("Being counted").shows("to count everybody, last time");
}
