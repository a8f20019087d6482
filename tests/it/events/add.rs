use kith::{auth::Role, db::ids::ProfileId};
use serde_json::json;

use super::customer;
use crate::support::{App, Page, Person};

fn stored(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws('|', d.name, to_char(e.occurred_at, 'YYYY-MM-DD HH24:MI:SS'), s.name, e.properties, e.context) FROM events e \
         JOIN event_definitions d ON d.id = e.definition_id JOIN sources s ON s.id = e.source_id WHERE s.kind = 'operator' \
         ORDER BY e.occurred_at",
    )
}

fn form(app: &App, profile: ProfileId) -> String {
    app.profile(profile, "/events/new")
}

#[test]
fn an_event_is_added_with_what_is_known_of_it() {
    let (app, profile) = customer();
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(profile, "/activity"));
    let page = sanjay.click("Add event").expect(200).clone();
    page.check_markup();
    assert_eq!(page.attrs("#known-events option", "value"), ["Email Delivered", "Order Completed"]);
    assert_eq!(page.attr("#occurred_at", "value"), "2026-11-22T03:24:05");
    assert!(page.count(".property") >= 5);
    let fields = [
        ("Event", "Visited Shop"),
        ("When it happened", "2026-11-21T16:30"),
        ("name-0", "city"),
        ("value-0", "Oslo"),
        ("name-1", "spent"),
        ("value-1", "12.50"),
        ("name-3", "member"),
        ("value-3", "yes"),
        ("name-4", "code"),
        ("value-4", "12"),
        ("sort-4", "text"),
        ("More properties as JSON", r#"{"products": [{"name": "Tea"}]}"#),
        ("Reason", "Told me on the phone"),
    ];
    let filled = sanjay.fill("main", "Add event", &fields);
    sanjay.post(&filled.action, &filled.pairs).expect(303);
    let page = sanjay.follow().shows("Event added.").shows("Visited Shop").clone();
    page.shows("Told me on the phone").shows("Sanjay Rao").check_markup();
    let properties =
        json!({"city": "Oslo", "code": "12", "spent": 12.5, "member": true, "products": [{"name": "Tea"}]});
    let row = stored(&app);
    assert_eq!(row.len(), 1);
    assert!(row[0].starts_with("Visited Shop|2026-11-21 16:30:00|Sanjay Rao|"), "{row:?}");
    let kept: serde_json::Value =
        app.db.one("SELECT properties FROM events WHERE properties ? 'city'").parse().expect("JSON");
    assert_eq!(kept["spent"].to_string(), "12.50");
    assert_eq!(
        (&kept["city"], &kept["code"], &kept["member"], &kept["products"]),
        (&properties["city"], &properties["code"], &properties["member"], &properties["products"])
    );
    assert!(row[0].ends_with(r#"{"reason": "Told me on the phone", "added_by": "Sanjay Rao"}"#), "{row:?}");

    // The same form again is the same event.
    sanjay.post(&filled.action, &filled.pairs).expect(303);
    sanjay.follow().shows("This event was already added.");
    assert_eq!(stored(&app).len(), 1);
}

#[test]
fn a_time_is_read_by_the_clocks_of_who_types_it() {
    let (app, profile) = customer();
    app.db.run("UPDATE operators SET zone = 'Asia/Kolkata' WHERE email LIKE 'sanjay%'");
    let mut sanjay = app.browser(Role::Support);
    let page = sanjay.visit(&form(&app, profile)).clone();
    assert_eq!(page.attr("#occurred_at", "value"), "2026-11-22T08:54:05");
    page.shows("Time zone: Asia/Kolkata.");
    sanjay
        .submit("Add event", &[("Event", "Called"), ("When it happened", "2026-05-01T01:00:09"), ("Reason", "Late")])
        .expect(303);
    assert_eq!(app.db.number("SELECT count(*) FROM events WHERE occurred_at = '2026-04-30T19:30:09Z'"), 1);
    sanjay.follow().shows("Event added.").shows("Called");
}

#[test]
fn what_is_wrong_is_said_and_everything_typed_is_kept() {
    let (app, profile) = customer();
    let mut sanjay = app.browser(Role::Support);
    let good = [("Event", "Called"), ("Reason", "Because"), ("name-0", "a"), ("value-0", "1")];
    let try_with = |sanjay: &mut crate::support::Browser<'_>, more: &[(&str, &str)]| -> Page {
        sanjay.visit(&form(&app, profile));
        let mut fields: Vec<(&str, &str)> =
            good.into_iter().filter(|(name, _)| !more.iter().any(|(it, _)| it == name)).collect();
        fields.extend(more);
        sanjay.submit("Add event", &fields).expect(422).clone()
    };
    let long = "x".repeat(301);
    for (more, said) in [
        (vec![("Event", "")], "Choose an event or type a new name."),
        (vec![("Event", &*"x".repeat(257))], "must have 1 to 256 characters"),
        (vec![("When it happened", "")], "Enter a date and time"),
        (vec![("When it happened", "2026-11-23T03:24:06")], "more than a day ahead"),
        (vec![("When it happened", "1800-01-01T00:00")], "between 1900-01-01 and now"),
        (vec![("When it happened", "9999-12-31T00:00")], "between 1900-01-01 and now"),
        (vec![("Reason", " ")], "Enter a reason."),
        (vec![("Reason", &*long)], "at most 300 characters"),
        (vec![("value-2", "lonely")], "Enter a name for the property with the value “lonely”."),
        (vec![("name-2", "empty")], "Enter a value for empty"),
        (vec![("name-2", "a"), ("value-2", "2")], "The property a is listed twice."),
        (vec![("name-2", "n"), ("value-2", "twelve"), ("sort-2", "number")], "“twelve” is not a number"),
        (vec![("More properties as JSON", "[1]")], "must be an object"),
        (vec![("More properties as JSON", "{")], "This is not valid JSON"),
        (vec![("More properties as JSON", r#"{"a": 2}"#)], "The property a is already listed above."),
    ] {
        let page = try_with(&mut sanjay, &more);
        page.shows(said).check_markup();
        assert_eq!(page.attr("[name=name-0]", "value") + &page.attr("[name=value-0]", "value"), "a1");
        for (name, value) in more.iter().filter(|(name, _)| name.contains('-') && !name.starts_with("sort")) {
            assert_eq!(page.attr(&format!("[name={name}]"), "value"), *value);
        }
    }
    let page = try_with(
        &mut sanjay,
        &[("name-2", "n"), ("value-2", "twelve"), ("sort-2", "number"), ("More properties as JSON", "{")],
    );
    assert_eq!(page.attr("[name=sort-2] option[selected]", "value"), "number");
    assert_eq!(page.attr("#event", "value") + &page.attr("#reason", "value"), "CalledBecause");
    assert_eq!(page.text("#json"), "{");
    assert_eq!(page.attrs(".notice a", "href"), ["#name-2", "#json"]);
    assert_eq!(stored(&app).len(), 0);
    // Mended, it is one event.
    sanjay.submit("Add event", &[("value-2", "12"), ("More properties as JSON", "")]).expect(303);
    assert_eq!(stored(&app).len(), 1);
}

#[test]
fn nobody_was_there_because_staff_say_so() {
    let app = App::new();
    let profile = app.add(Person::new("c-1").name("Priya", "Nair"));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&form(&app, profile));
    sanjay.submit("Add event", &[("Event", "Email Bounced"), ("Reason", "It came back")]).expect(303);
    let seen = "SELECT extract(year FROM last_seen_at)::int FROM profile_activity";
    assert_eq!(app.db.number(seen), 1970, "the message was sent to them");
    sanjay.visit(&form(&app, profile));
    sanjay.submit("Add event", &[("Event", "Visited Shop"), ("Reason", "Saw them")]).expect(303);
    assert_eq!(app.db.number(seen), 1970, "it is not they who did something here");
    assert!(!sanjay.visit(&app.profile(profile, "")).body.contains("Online now"));
    app.add(Person::new("c-1").event("Visited Shop", "2026-11-22T03:20:00Z", serde_json::json!({})));
    assert_eq!(app.db.number(seen), 2026, "a sender says it");
    assert_eq!(app.db.column("SELECT name FROM event_definitions WHERE is_message"), ["Email Bounced"]);
}

#[test]
fn only_who_may_edit_adds_events() {
    let (app, profile) = customer();
    let mut mara = app.browser(Role::Marketer);
    assert_eq!(mara.visit(&app.profile(profile, "/activity")).link("Add event"), None);
    mara.get(&form(&app, profile)).expect(403).shows("edit profiles");
    let mut sanjay = app.browser(Role::Support);
    sanjay.get(&app.path("profiles/00000000-0000-7000-8000-000000000000/events/new")).expect(404);
}
