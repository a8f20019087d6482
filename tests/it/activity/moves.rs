//! Who entered and left segments, on the timeline and in the history.

use chrono::TimeDelta;
use kith::{
    auth::Role,
    db::ids::ProfileId,
    identities::{Identifier, Kind},
    ingest::{Item, Person as Who},
};
use serde_json::json;

use super::{flat, paging::walk, summaries};
use crate::{
    segments::{define, settle},
    support::{
        App, Person,
        build::{merge, submit},
    },
};

/// Somebody who entered and left segments because of an attribute, another segment, an event and time.
fn mover() -> (App, ProfileId) {
    let app = App::new();
    let ann = app.add(Person::new("ann").set("plan", "free"));
    app.add(Person::new("bea").event("Order", "2026-10-01T00:00:00Z", json!({})));
    app.db.run("UPDATE event_definitions SET display_name = 'Bought' WHERE name = 'Order'");
    define(&app, "Pro", "plan:pro");
    define(&app, "Loud pros", "segment:Pro -tag:quiet");
    define(&app, "Buyers", "did:Order in:1d");
    let secret = define(&app, "Watched", "plan:pro");
    app.db.run(&format!("UPDATE segments SET on_profiles = false WHERE id = '{secret}'"));
    settle(&app);
    for (minute, person) in [
        Person::new("ann").set("plan", "pro"),
        Person::new("ann").event("Order", "2026-11-22T03:25:00Z", json!({"total": 7})),
        Person::new("ann").tag("quiet"),
    ]
    .into_iter()
    .enumerate()
    {
        app.clock.advance(TimeDelta::minutes(1));
        app.add(person.said_at(&format!("2026-11-22T03:2{}:05Z", 5 + minute)));
        app.clock.advance(TimeDelta::seconds(1));
        settle(&app);
    }
    app.clock.advance(TimeDelta::days(2));
    settle(&app);
    (app, ann)
}

#[test]
fn entering_and_leaving_stand_in_the_order_of_time_with_the_way_to_the_cause() {
    let (app, ann) = mover();
    let mut sanjay = app.browser(Role::Support);
    let tab = app.profile(ann, "/activity");
    let page = sanjay.visit(&tab).clone();
    page.check_markup();
    let all = flat(&page);
    assert_eq!(all[..4], ["Left Buyers", "Left Loud pros", "Tag added", "Entered Buyers"]);
    // The two that one change led to have one time.
    assert!(
        all[4..6].contains(&"Entered Pro".to_owned()) && all[4..6].contains(&"Entered Loud pros".to_owned()),
        "{all:?}"
    );
    assert_eq!(all[6..9], ["Plan changed", "Bought", "Plan set"]);
    assert_eq!(all.len(), 11, "none of a segment that is not shown on profiles: {all:?}");
    // Only these, by the filter.
    let page = sanjay.visit(&format!("{tab}?kind=segments&open=all")).clone();
    page.check_markup();
    let mut titles = flat(&page);
    titles[3..].sort();
    assert_eq!(titles, ["Left Buyers", "Left Loud pros", "Entered Buyers", "Entered Loud pros", "Entered Pro"]);
    assert_eq!(summaries(&page)[..3], ["Time passed", "Tag quiet", "Bought"]);
    assert!(flat(sanjay.visit(&format!("{tab}?kind=tags"))).iter().all(|title| !title.contains("Buyers")));
    assert_eq!(flat(sanjay.visit(&format!("{tab}?event=Order"))), ["Bought"], "who names an event wants no moves");
    // The ways: to the segment, the event, the change, and the other segment.
    sanjay.visit(&format!("{tab}?kind=segments"));
    sanjay.click("Buyers").expect(200).shows("Who came and went").shows("Time passed").shows("Bought");
    sanjay.visit(&format!("{tab}?kind=segments"));
    assert_eq!(flat(sanjay.click("Bought").expect(200)), ["Bought"]);
    sanjay.visit(&format!("{tab}?kind=segments"));
    sanjay.click("Tag quiet").expect(200).shows("Only one call").shows("Left Loud pros").hides("Entered Pro");
    sanjay.visit(&format!("{tab}?kind=segments"));
    sanjay.click("Pro").expect(200);
    sanjay.visit(&format!("{tab}?kind=segments"));
    let raw = sanjay.click("JSON").expect(200).clone();
    raw.shows("\"has_entered\": false").shows("\"cause\": \"time\"").shows("\"name\": \"Buyers\"");
    sanjay.click("Back to the timeline").expect(200);
    assert_eq!(sanjay.page().texts("li.asked strong"), ["Left Buyers"], "{}", sanjay.page().address);
    let bea = app.db.one("SELECT profile_id FROM identifier_claims WHERE value = 'bea'");
    sanjay.get(&raw.address.replace(&ann.to_string(), &bea)).expect(404);
}

#[test]
fn the_history_says_what_a_change_led_to_and_where_the_rest_is() {
    let (app, ann) = mover();
    let mut sanjay = app.browser(Role::Support);
    let page = sanjay.visit(&app.profile(ann, "/history?kind=attribute&subject=plan")).clone();
    page.check_markup();
    let rows = page.texts("table.history tbody th");
    assert!(rows[0].contains("Entered Pro") && !rows[0].contains("Loud") && !rows[0].contains("Watched"), "{rows:?}");
    assert!(!rows[1].contains("Entered"), "{rows:?}");
    let page = sanjay.visit(&app.profile(ann, "/history?kind=note")).clone();
    page.shows("No changes found");
    assert_eq!(flat(sanjay.click("timeline").expect(200)).len(), 5);
    sanjay.visit(&app.profile(ann, "/segments")).shows("Because of").hides("Watched");
}

#[test]
fn moves_of_one_moment_are_each_shown_once_among_events_and_changes_of_it() {
    let (app, ann) = mover();
    // Seventy moves, seventy events and as many changes, all at one microsecond.
    let one = "2026-11-23T12:00:00.123456Z";
    for statement in [
        format!(
            "INSERT INTO segment_moves (environment_id, profile_id, id, segment_id, moved_at, has_entered, cause) \
             SELECT {}, '{ann}', gen_random_uuid(), id, '{one}', n % 2 = 0, 'counted' FROM segments, generate_series(1, 70) n \
             WHERE name = 'Pro'",
            app.live
        ),
        format!(
            "INSERT INTO events (environment_id, profile_id, occurred_at, id, definition_id, received_at, source_id, properties) \
             SELECT {}, '{ann}', '{one}', gen_random_uuid(), d.id, '{one}', 1, jsonb_build_object('path', n::text) \
             FROM event_definitions d, generate_series(1, 70) n",
            app.live
        ),
        format!(
            "INSERT INTO changes (environment_id, profile_id, recorded_at, id, as_of, kind, subject, source_id, group_id, after) \
             SELECT {}, '{ann}', '{one}', gen_random_uuid(), '{one}', 'tag', 'tag-' || n, 1, gen_random_uuid(), 'true' \
             FROM generate_series(1, 70) n",
            app.live
        ),
    ] {
        app.db.run(&statement);
    }
    let tab = app.profile(ann, "/activity");
    let mut sanjay = app.browser(Role::Support);
    let ids = |there: &[Vec<String>]| there.concat();
    for query in ["from=2026-11-23&to=2026-11-23", "from=2026-11-23&to=2026-11-23&kind=segments"] {
        let (there, back) = walk(&app, &format!("{tab}?{query}"), || {});
        assert_eq!(ids(&there), ids(&back), "{query}");
        assert_eq!(ids(&there).len(), if query.contains("kind") { 70 } else { 210 }, "{query}");
    }
    // Every entry once, whichever way.
    let mut seen = std::collections::BTreeSet::new();
    sanjay.visit(&format!("{tab}?from=2026-11-23&to=2026-11-23"));
    loop {
        let page = sanjay.page().clone();
        for id in page.attrs("ol.timeline li[id]", "id") {
            assert!(seen.insert(id.clone()), "{id} stands twice");
        }
        let Some(next) = page.attrs("nav.pager a[rel=next]", "href").pop() else { break };
        sanjay.get(&next).expect(200);
    }
    assert_eq!(seen.len(), 210);
    // A link to one in the middle leads there.
    let middle = seen.iter().find(|id| id.starts_with("e-v")).expect("a move");
    let page = sanjay.visit(&format!("{tab}?entry={}", &middle[2..])).clone();
    assert_eq!(page.attrs("li.asked", "id"), [middle.as_str()]);
}

#[test]
fn moves_of_a_part_stay_with_it_and_come_back_with_it() {
    let (app, ann) = mover();
    let cyd = app.add(Person::new("cyd").name("Cyd", "Lo"));
    settle(&app);
    let mut ada = app.browser(Role::Admin);
    let titles = |ada: &mut crate::support::Browser<'_>, who: ProfileId| {
        flat(ada.visit(&app.profile(who, "/activity?kind=segments&period=all")))
    };
    assert_eq!(titles(&mut ada, ann).len(), 5);
    let merged = Item {
        person: Who::Identifiers(vec![Identifier::new(Kind::Id, "cyd").expect("an id")]),
        as_of: app.clock.now(),
        statement: merge(&[Identifier::new(Kind::Id, "ann").expect("an id")]),
    };
    submit(&app.state.db, app.live, app.clock.now(), &[merged]);
    settle(&app);
    // The survivor entered by itself what the plan and the tag of both mean; what the other one did before is not told as theirs.
    assert_eq!(titles(&mut ada, cyd), ["Entered Pro"]);
    ada.get(&app.profile(ann, "/activity?kind=segments")).expect(303);
    assert_eq!(app.db.number(&format!("SELECT count(*) FROM segment_moves WHERE profile_id = '{ann}'")), 8);
}
