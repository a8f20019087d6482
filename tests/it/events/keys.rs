//! Properties of events by which people are looked up.

use chrono::TimeDelta;
use kith::{
    auth::Role,
    events::{fill_keys, sweep_events},
};
use serde_json::json;

use super::open;
use crate::support::{App, Person, build::submit, statements};

const ORDER: &str = "Order Completed";

fn order(id: &str, time: &str, number: serde_json::Value) -> Person {
    Person::new(id).event_with_id(&format!("{id} {time}"), ORDER, time, json!({"order_id": number, "total": 9}))
}

fn keys(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws(' ', i.value, k.property, k.value) FROM event_keys k JOIN profile_identifiers i \
         ON i.profile_id = k.profile_id AND i.environment_id = k.environment_id AND i.kind = 'id' ORDER BY 1",
    )
}

/// Ticks or clears the box of a property and saves.
fn mark(app: &App, property: &str, is_on: &str) {
    let mut ada = app.browser(Role::Admin);
    open(app, &mut ada, ORDER);
    let label = format!("[aria-label='Find people by {property}']");
    let box_ = ada.page().attr(&label, "id");
    ada.submit("Save event", &[(&box_, is_on)]).expect(303);
    ada.follow()
        .shows("The search box finds events that arrive from now on; older ones are being added.")
        .check_markup();
}

fn fill(app: &App) {
    fill_keys(&app.state.db, &app.clock).unwrap_or_else(|error| panic!("{error:?}"));
}

#[test]
fn a_property_is_marked_and_older_events_are_brought_in_line() {
    let app = App::new();
    app.add(order("c-1", "2026-11-20T10:00:00Z", json!("A-1")));
    app.add(order("c-2", "2026-11-20T10:00:00Z", json!(1002)));
    app.add(order("c-3", "2026-11-21T10:00:00Z", json!(["A-3"])));
    app.add(order("c-4", "2026-11-22T10:00:00Z", json!("x".repeat(201))));
    fill(&app);
    assert_eq!(keys(&app), Vec::<String>::new(), "nothing is marked");
    mark(&app, "order_id", "yes");
    app.clock.advance(TimeDelta::seconds(20));
    app.add(order("c-5", "2026-11-22T10:00:00Z", json!("A-5")));
    assert_eq!(keys(&app), ["c-5 order_id a-5"], "new ones at once");
    let mut mara = app.browser(Role::Marketer);
    open(&app, &mut mara, ORDER);
    mara.page().shows("The look-up of older events is still being brought up to date.").check_markup();
    assert_eq!(mara.page().count("input[name=lookup]"), 0);
    fill(&app);
    let all = ["c-1 order_id a-1", "c-2 order_id 1002", "c-5 order_id a-5"];
    assert_eq!(keys(&app), all);
    open(&app, &mut mara, ORDER);
    mara.page().hides("still being brought up to date");

    // What was stored meanwhile by whoever did not know of the mark is found when it is looked for again.
    app.db.run("DELETE FROM event_keys WHERE value = 'a-5'");
    fill(&app);
    assert_eq!(keys(&app).len(), 2);
    app.clock.advance(TimeDelta::minutes(3));
    fill(&app);
    assert_eq!(keys(&app), all);
    assert_eq!(app.db.number("SELECT count(*) FROM event_key_fills"), 0);
    fill(&app);

    mark(&app, "order_id", "no");
    fill(&app);
    assert_eq!(keys(&app), Vec::<String>::new());
}

#[test]
fn chunks_meet_without_a_gap() {
    let app = App::new();
    let person = (0..30).fold(Person::new("c-1"), |person, n| {
        person.event(ORDER, &format!("2026-11-{:02}T00:00:00Z", n / 3 + 1), json!({"order_id": n}))
    });
    app.add(person);
    // More than one transaction looks at.
    app.db.run(
        "INSERT INTO events (environment_id, profile_id, occurred_at, id, definition_id, received_at, source_id, properties) \
         SELECT environment_id, gen_random_uuid(), occurred_at, gen_random_uuid(), definition_id, received_at, source_id, \
             jsonb_build_object('order_id', 'n-' || n) FROM (SELECT * FROM events LIMIT 3) e, generate_series(1, 2000) n",
    );
    mark(&app, "order_id", "yes");
    fill(&app);
    assert_eq!(app.db.number("SELECT count(*) FROM event_keys"), 6_030);
    assert_eq!(
        app.db.number(
            "SELECT count(*) FROM events e WHERE NOT EXISTS (SELECT FROM event_keys k WHERE k.event_id = e.id)"
        ),
        0
    );
}

#[test]
fn a_repeated_event_has_its_keys_once_and_they_go_with_it() {
    let app = App::new();
    app.add(order("c-1", "2026-11-20T10:00:00Z", json!("A-1")));
    mark(&app, "order_id", "yes");
    app.clock.advance(TimeDelta::minutes(3));
    for _ in 0..2 {
        app.add(order("c-1", "2026-11-20T10:00:00Z", json!("A-1")));
        app.add(order("c-2", "2026-09-20T10:00:00Z", json!("A-2")));
        fill(&app);
    }
    assert_eq!(keys(&app), ["c-1 order_id a-1", "c-2 order_id a-2"]);
    app.db.run("UPDATE event_definitions SET keep_days = 30");
    assert_eq!(sweep_events(&app.state.db, &app.clock, true, &|_, _, _| Ok(())).expect("swept"), 1);
    assert_eq!(keys(&app), ["c-1 order_id a-1"]);
}

#[test]
fn more_than_five_properties_are_refused() {
    let app = App::new();
    let properties = json!({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6});
    app.add(Person::new("c-1").event(ORDER, "2026-11-20T10:00:00Z", properties));
    let mut ada = app.browser(Role::Admin);
    open(&app, &mut ada, ORDER);
    let all: Vec<String> = (0..6).map(|n| format!("lookup-{n}")).collect();
    let fields: Vec<(&str, &str)> = all.iter().map(|it| (it.as_str(), "yes")).collect();
    let page = ada.submit("Save event", &fields).expect(422).clone();
    page.shows("At most 5 properties of an event can be looked up.").check_markup();
    assert_eq!(page.count("input[name=lookup][checked]"), 6, "what was ticked stays");
}

#[test]
fn keys_cost_one_statement_a_batch_and_none_where_nothing_is_marked() {
    statements::count();
    let app = App::new();
    let cost = |people: std::ops::Range<usize>| {
        let of = |n: usize| order(&format!("c-{n}"), "2026-11-22T02:00:00Z", json!(n)).items(app.clock.now());
        let before = statements::asked(&app.db);
        submit(&app.state.db, app.live, app.clock.now(), &people.flat_map(of).collect::<Vec<_>>());
        statements::asked(&app.db) - before
    };
    // The first one makes definitions and partitions, which are remembered for some seconds.
    cost(0..1);
    let bare = cost(1..2);
    app.db.run("UPDATE event_definitions SET lookup_keys = '{order_id}'");
    app.clock.advance(TimeDelta::minutes(1));
    cost(2..3);
    assert_eq!((cost(3..4), cost(4..60)), (bare + 1, bare + 1));
    assert_eq!(app.db.number("SELECT count(*) FROM event_keys"), 58);
}
