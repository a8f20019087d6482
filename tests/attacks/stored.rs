//! Whatever a door accepts can be read by everything that reads it: values that are hard to keep are sent through every door, and then
//! every page and every answer is fetched that a link leads to.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use actix_web::http::Method;
use kith::{
    auth::Role,
    db::ids::ProfileId,
    imports::{Options, import as import_file},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::support::{
    App, Browser, Person,
    app::Answer,
    sender::{MadeKey, server},
};

/// Pages visited at most; far more than there are.
const MOST_PAGES: usize = 4_000;

/// Texts of values, and whether a door must take them. None: it may.
fn corpus() -> Vec<(String, Option<bool>)> {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let objects = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    let taken = |text: &str| (text.to_owned(), Some(true));
    let refused = |text: &str| (text.to_owned(), Some(false));
    vec![
        refused(r#"{"\u0000$serde_json::private::Number":"zzz"}"#),
        refused(r#"{"\u0000$serde_json::private::RawValue":"zzz"}"#),
        refused(r#"{"$serde_json::private\u0000::Number":"1"}"#),
        refused(r#"{"a":{"longer than the other one is":1,"\u0000$serde_json::private::Number":"x"}}"#),
        refused(r#"{"a key that is longer than the next one":1,"$serde_json::private::Number":"x"}"#),
        refused(&nested(100)),
        refused(&objects(120)),
        refused(&nested(126)),
        refused(&nested(5000)),
        taken(&nested(50)),
        taken(&objects(50)),
        taken(r#"{"k\u0000ey":["a\u0000b"],"\u0000":"\u0000"}"#),
        taken(r#"{"":{"":[{},[],""]}}"#),
        taken("[1e400,-0,0.0000000000000000000000001,12345678901234567890123456789]"),
        taken("[1e401,1E+99999999]"),
        taken(r#"["\ud83d","\ude00\ud83d","\uffff","\u202e\u2066</script><b>'\"&"]"#),
        taken(r#"{"<b>x</b>":"=1+1","../..":"\r\n\t","__proto__":{"constructor":null}}"#),
        (r#"[NaN,Infinity,-Infinity]"#.to_owned(), None),
        taken(r#"{"toString":true,"$ref":"/","@type":"x","%00":"%00"}"#),
        taken(&json!("ä".repeat(4_000)).to_string()),
        taken(&json!(vec!["x"; 2_000]).to_string()),
    ]
}

/// Any JSON, with the parts that have been trouble more often than chance would have it.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "\\PC{0,12}",
        Just("\0$serde_json::private::Number".to_owned()),
        Just("$serde_json::private::RawValue".to_owned()),
        "[\\x00-\\x1f\u{2028}\u{fffe}<>&\"'\\\\]{0,6}",
    ];
    let number = "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?"
        .prop_filter_map("a number", |text| serde_json::from_str::<Value>(&text).ok());
    let leaf =
        prop_oneof![text.clone().prop_map(Value::from), number, any::<bool>().prop_map(Value::from), Just(Value::Null)];
    leaf.prop_recursive(70, 90, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Values made up, the same ones each time.
fn made_up(count: usize) -> Vec<(String, Option<bool>)> {
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[9; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    let strategy = any_json();
    (0..count).map(|_| (strategy.new_tree(&mut runner).expect("a value").current().to_string(), None)).collect()
}

/// Sends a value about somebody through every door, and fails if one breaks.
fn send(app: &App, key: &MadeKey, support: &mut Browser<'_>, (number, text): (usize, &str)) -> (ProfileId, bool) {
    let id = format!("p-{number}");
    let profile = app.add(Person::new(&id).email(&format!("p{number}@example.com")));
    let post = |method: Method, address: &str, body: String| -> Answer {
        let headers = [("authorization", &*key.bearer()), ("content-type", "application/json")];
        let answer = app.send(method, address, &headers, body);
        assert!(answer.status.as_u16() < 500, "{address} {text}: {} {}", answer.status, answer.body);
        answer
    };
    let own = post(Method::PATCH, &format!("/api/data/v1/profiles/id:{id}/attributes"), format!(r#"{{"own":{text}}}"#));
    let event = format!(r#"{{"name":"Own","profile":{{"id":"{id}"}},"properties":{{"p":{text}}}}}"#);
    post(Method::POST, "/api/data/v1/events", event);
    let batch = format!(
        r#"{{"batch":[{{"type":"identify","userId":"{id}","traits":{{"segment":{text}}},"context":{{"c":{text}}}}},
            {{"type":"track","userId":"{id}","event":"Seen","messageId":"t-{number}","properties":{text},"context":{{"c":{text}}}}},
            {{"type":"track","event":"By nobody","properties":{text}}},
            {{"type":"track","userId":"clean-{number}","event":"Clean","messageId":"c-{number}"}}]}}"#
    );
    post(Method::POST, "/v1/batch", batch).expect(200);
    let clean = format!("SELECT count(*) FROM identifier_claims WHERE value = 'clean-{number}'");
    assert_eq!(app.db.number(&clean), 1, "one bad item costs only itself: {text}");
    post(Method::POST, "/api/v2/users/track", format!(r#"{{"id":"{id}","data":{{"vero":{text}}}}}"#));
    let track = format!(r#"{{"identity":{{"id":"{id}"}},"event_name":"Bought","data":{{"vero":{text}}}}}"#);
    post(Method::POST, "/api/v2/events/track", track);
    let line = format!(
        r#"{{"userId":"{id}","event":"Imported","timestamp":"2026-11-20T10:00:00Z","properties":{{"p":{text}}}}}"#
    );
    import(app, &line, (&id, text));
    let form = [("Event", "By hand"), ("More properties as JSON", &*format!(r#"{{"p":{text}}}"#))];
    support.visit(&app.profile(profile, "/events/new"));
    let status = support.submit("Add event", &form).status;
    assert!(status.as_u16() < 500, "by hand: {text}");
    (profile, own.status.is_success())
}

/// Imports a line of events and one of people.
fn import(app: &App, event: &str, (id, cell): (&str, &str)) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        environment: app.live,
        choices: Default::default(),
        rejects: folder.path().join("rejects.csv"),
        writers: 2,
    };
    let mut people = csv::Writer::from_writer(Vec::new());
    people.write_record(["id", "cell"]).and_then(|()| people.write_record([id, cell])).expect("memory");
    let people = people.into_inner().expect("memory");
    for (name, content) in [("events.ndjson", event.as_bytes()), ("people.csv", &people)] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        import_file(&app.state.db, &app.clock, &path, &options, Arc::default())
            .unwrap_or_else(|error| panic!("{error:#}"));
    }
}

/// Visits every page that a link leads to from these, and returns how many there were.
fn walk(app: &App, from: &[String]) -> usize {
    let mut admin = app.browser(Role::Admin);
    let mut todo: VecDeque<String> = from.iter().cloned().collect();
    let mut seen: BTreeSet<String> = todo.iter().cloned().collect();
    let mut visited = 0;
    while let Some(address) = todo.pop_front() {
        assert!(visited < MOST_PAGES, "{} left, such as {address}", todo.len());
        let page = admin.get(&address);
        assert!(page.status.as_u16() < 500, "{address}: {}", page.describe());
        visited += 1;
        if page.header("content-type").contains("html") {
            for link in page.attrs("a[href]", "href") {
                // The stream goes on and on; filters and periods lead to the same entries again.
                let link = if link.ends_with("/stream") { format!("{link}?pause=yes") } else { link };
                let query = link.split_once('?').map_or("", |(_, query)| query);
                let is_new =
                    query.is_empty() || ["entry=", "name=", "with=", "pause="].iter().any(|it| query.starts_with(it));
                let is_wanted = link.starts_with(&app.path("")) && is_new;
                if is_wanted && seen.insert(link.clone()) {
                    todo.push_back(link);
                }
            }
        }
    }
    visited
}

/// What programs read, page by page.
fn ask(app: &App, key: &MadeKey, profiles: &[ProfileId]) {
    let headers = [("authorization", &*key.bearer())];
    let get = |address: &str| {
        let answer = app.send(Method::GET, address, &headers, "");
        assert_eq!(answer.status.as_u16(), 200, "{address}: {}", answer.body);
        answer.json()
    };
    for profile in profiles {
        get(&format!("/api/data/v1/profiles/{profile}"));
        get(&format!("/api/data/v1/profiles/{profile}/activity?limit=100"));
    }
    for (list, least) in [("profiles", profiles.len()), ("rejections", 1)] {
        let (mut cursor, mut read) = (String::new(), 0);
        loop {
            let page = get(&format!("/api/data/v1/{list}?limit=50{cursor}"));
            read += page[list].as_array().expect("a list").len();
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert!(read >= least, "{read} {list}");
    }
}

fn starts(app: &App, profiles: &[ProfileId]) -> Vec<String> {
    let places = ["profiles", "attributes", "events", "tags", "rejections", "stream?pause=yes", "merges"];
    let mut starts: Vec<String> = places.map(|place| app.path(place)).into();
    let tabs = ["", "/activity", "/history", "/edit?section=attributes", "/identities", "/merge"];
    starts.extend(profiles.iter().flat_map(|profile| tabs.map(|tab| app.profile(*profile, tab))));
    starts
}

#[test]
#[ignore = "long"]
fn whatever_a_door_accepts_is_readable_everywhere() {
    let app = App::new();
    let key = app.key(server());
    let mut support = app.browser(Role::Support);
    let values: Vec<_> = corpus().into_iter().chain(made_up(24)).collect();
    let mut profiles = Vec::new();
    for (number, (text, must)) in values.iter().enumerate() {
        let (profile, is_taken) = send(&app, &key, &mut support, (number, text));
        if let Some(must) = must {
            let shown: String = text.chars().take(100).collect();
            assert_eq!(is_taken, *must, "{shown}");
        }
        profiles.push(profile);
    }
    ask(&app, &key, &profiles);
    let visited = walk(&app, &starts(&app, &profiles));
    assert!(visited > 300, "only {visited} pages");
}

/// What an older version stored, and the JSON library does not read.
const UNREADABLE: [&str; 3] =
    [r#"{"$serde_json::private::Number": "zzz"}"#, r#"[{"$serde_json::private::RawValue": [1]}]"#, "DEEP"];

#[test]
fn what_cannot_be_read_is_shown_as_such_and_can_be_removed() {
    let app = App::new();
    let key = app.key(server());
    let deep = format!("{}{}", "[".repeat(4000), "]".repeat(4000));
    let mut profiles = Vec::new();
    for (number, text) in UNREADABLE.into_iter().enumerate() {
        let text = if text == "DEEP" { &deep } else { text };
        let person = Person::new(&format!("u-{number}")).set("pz", "before").set("plan", "pro");
        let profile = app.add(person.event("Order Completed", "2026-11-20T10:00:00Z", json!({"total": 1})));
        for sql in [
            format!(
                "UPDATE profiles SET attributes = jsonb_set(attributes, '{{pz}}', '{text}') WHERE id = '{profile}'"
            ),
            format!("UPDATE changes SET after = '{text}' WHERE subject = 'pz' AND profile_id = '{profile}'"),
            format!(
                "UPDATE events SET properties = jsonb_build_object('p', '{text}'::jsonb), context = '{text}' WHERE profile_id = '{profile}'"
            ),
        ] {
            app.db.run(&sql);
        }
        app.post(&key, "/v1/track", &json!({"event": "By nobody"})).expect(400);
        app.db.run(&format!("UPDATE rejections SET item = '{text}' WHERE item::text LIKE '%By nobody%'"));
        profiles.push(profile);
    }
    ask(&app, &key, &profiles);
    walk(&app, &starts(&app, &profiles));
    // A batch that names them is stored, and does not cost them what they have.
    let batch: Vec<Value> = (0..UNREADABLE.len())
        .map(|number| json!({"type": "identify", "userId": format!("u-{number}"), "traits": {"city": "Bern"}}))
        .collect();
    app.post(&key, "/v1/batch", &json!({"batch": batch})).expect(200);
    let mut support = app.browser(Role::Support);
    for profile in profiles {
        let cities = format!(
            "SELECT count(*) FROM profiles WHERE id = '{profile}' AND attributes @> '{{\"city\":\"Bern\",\"plan\":\"pro\"}}'"
        );
        assert_eq!(app.db.number(&cities), 1);
        support.visit(&app.profile(profile, "")).shows("unreadable");
        support.visit(&app.profile(profile, "/edit?section=attributes"));
        support.submit("Save", &[("Pz", "")]).expect(303);
        support.follow().hides("unreadable");
        assert_eq!(
            app.db.number(&format!("SELECT count(*) FROM profiles WHERE id = '{profile}' AND attributes ? 'pz'")),
            0
        );
    }
}
