//! Work on what others wrote grows no faster than what they wrote: eight times as much takes about eight times as long, not sixty-four.
//! Times are the best of several, and bounds generous; where the growth was with the square they are missed by far.

use std::time::{Duration, Instant};

use actix_web::http::Method;
use kith::{
    api::formats::{Call, native, segment, vero},
    attributes,
    auth::Role,
    identities::Reading,
    json,
    web::pairs::Pairs,
};
use serde_json::{Value, json};

use crate::support::{App, Person, at, sender::server};

/// Runs something with a text of a size and of eight times that, and fails if it takes much more than eight times as long.
fn grows(what: &str, size: usize, mut work: impl FnMut(usize)) {
    let mut best = |size: usize| -> Duration {
        let time = |work: &mut dyn FnMut(usize)| {
            let start = Instant::now();
            work(size);
            start.elapsed()
        };
        (0..3).map(|_| time(&mut work)).min().unwrap_or_default()
    };
    let (once, eightfold) = (best(size), best(8 * size));
    println!("{what}: {once:.1?} for {size}, {eightfold:.1?} for {}", 8 * size);
    let bound = once * 24 + Duration::from_millis(200);
    assert!(eightfold <= bound, "{what}: {once:?} for {size}, {eightfold:?} for {}", 8 * size);
}

fn call() -> Call {
    Call {
        received_at: at("2026-11-22T08:30:00Z"),
        is_browser: false,
        can_merge: true,
        can_delete: true,
        reading: Reading::default(),
    }
}

/// Attributes of a size.
type Shape = fn(usize) -> String;

#[test]
fn adapters() {
    let call = call();
    let traits = |traits: String| format!(r#"{{"batch":[{{"type":"identify","userId":"u","traits":{traits}}}]}}"#);
    let shapes: [(&str, Shape); 8] = [
        ("one long value", |size| format!(r#"{{"a":"{}"}}"#, "x".repeat(size))),
        ("one long key", |size| format!(r#"{{"{}":1}}"#, "x".repeat(size))),
        ("many keys", |size| {
            let pairs: Vec<_> = (0..size / 10).map(|it| format!("\"k{it:06}\":1")).collect();
            format!("{{{}}}", pairs.join(","))
        }),
        ("one list", |size| format!(r#"{{"a":[{}1]}}"#, "1,".repeat(size / 2))),
        ("escapes", |size| format!(r#"{{"a":"{}"}}"#, r"\ud83d".repeat(size / 6))),
        ("words that are no JSON", |size| format!(r#"{{"a":[{}1]}}"#, "NaN,".repeat(size / 4))),
        ("one long number", |size| format!(r#"{{"a":{}}}"#, "1".repeat(size))),
        ("keys of senders", |size| format!(r#"{{"a":"{}"}}"#, "kith_live_".repeat(size / 10))),
    ];
    for (what, shape) in shapes {
        grows(&format!("segment, {what}"), 100_000, |size| drop(segment::read_batch(&traits(shape(size)), &call)));
        grows(&format!("native, {what}"), 100_000, |size| {
            let item =
                format!(r#"{{"items":[{{"type":"identify","profile":{{"id":"u"}},"attributes":{}}}]}}"#, shape(size));
            drop(native::read_batch(&item, &call));
        });
        grows(&format!("vero, {what}"), 100_000, |size| {
            let form = format!(r#"{{"id":"u","data":{}}}"#, shape(size));
            drop(vero::read(vero::Endpoint::Identify, &form, &call));
        });
        grows(&format!("cutting keys, {what}"), 500_000, |size| {
            assert!(!kith::keys::without_secrets(&shape(size)).is_empty())
        });
    }
    grows("segment, many items", 500_000, |size| {
        let items = vec![r#"{"type":"track","userId":"u","event":"e"}"#; size / 400].join(",");
        drop(segment::read_batch(&format!(r#"{{"batch":[{items}]}}"#), &call));
    });
    grows("vero, a form of many pairs", 100_000, |size| {
        drop(vero::read(vero::Endpoint::Identify, &format!("id=u&{}", "a=b&".repeat(size / 4)), &call));
    });
}

#[test]
fn values() {
    let list = |size: usize| Value::Array((0..size / 2).map(|it| json!(it % 10)).collect());
    let object = |size: usize| Value::Object((0..size / 10).map(|it| (format!("k{it}"), json!(it))).collect());
    grows("comparing lists", 100_000, |size| assert!(json::same(&list(size), &list(size))));
    grows("comparing objects", 100_000, |size| assert!(json::same(&object(size), &object(size))));
    grows("comparing numbers", 40_000, |size| {
        let number =
            |zeros: usize| serde_json::from_str::<Value>(&format!("1{}.0", "0".repeat(zeros))).expect("a number");
        assert!(json::same(&number(size), &number(size)));
    });
    grows("showing", 100_000, |size| drop(attributes::show(&list(size))));
    grows("pairs", 100_000, |size| {
        let pairs = Pairs::parse("a=b&".repeat(size / 4).as_bytes());
        assert!((0..300).all(|place| pairs.get(&format!("of-{place}")).is_empty()));
    });
    grows("phones", 40_000, |size| {
        drop(kith::identities::Address::new(kith::identities::Channel::Sms, &"+1 ".repeat(size / 3)))
    });
    grows("emails", 40_000, |size| {
        drop(kith::identities::Address::new(kith::identities::Channel::Email, &"a@b.".repeat(size / 4)))
    });
}

#[test]
fn pages_with_long_questions() {
    let app = App::new();
    app.add(Person::new("c-1").name("Ann", "Lee").set("x", "1"));
    let mut mara = app.browser(Role::Marketer);
    for (what, unit) in [
        ("words", "a+"),
        ("conditions that are none", "%22q%22,x:1,"),
        ("colons", "x:"),
        ("quotes", "%22"),
        ("digits", "1+"),
        ("commas", "x:1,"),
    ] {
        let address = |size: usize| app.path(&format!("profiles?q={}%22X", unit.repeat(size / unit.len())));
        grows(&format!("search, {what}"), 6_000, |size| {
            let page = mara.get(&address(size));
            assert!(page.status.as_u16() < 500, "{}", page.describe());
        });
    }
    grows("a query of many pairs", 6_000, |size| {
        mara.get(&app.path(&format!("rejections?{}", "a=b&".repeat(size / 4)))).expect(200);
    });
}

/// A page of a support colleague's worst notes: rendered in half a minute of debug build before nesting was bounded, and each time anew.
#[test]
fn a_page_of_hostile_notes() {
    let app = App::new();
    let profile = app.add(Person::new("c-1"));
    let mut sanjay = app.browser(Role::Support);
    let tab = app.profile(profile, "/notes");
    for unit in ["- > ", "1. > - ", "> ", "1. "].iter().cycle().take(12) {
        sanjay.visit(&tab);
        let text = unit.repeat(9_990 / unit.len()) + &app.db.number("SELECT count(*) FROM notes").to_string();
        sanjay.submit("Add note", &[("New note", &text)]).expect(303);
    }
    let mut mara = app.browser(Role::Marketer);
    let start = Instant::now();
    mara.visit(&tab);
    let elapsed = start.elapsed();
    println!("twelve notes: {elapsed:.1?}");
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
    assert_eq!(mara.page().count("article.note"), 12);
}

#[test]
fn one_person_in_many_groups_and_with_many_tags() {
    let app = App::new();
    let key = app.key(server());
    let mut round = 0;
    grows("groups", 400, |size| {
        round += 1;
        let group = |number: usize| json!({"type": "group", "userId": format!("u{round}"), "groupId": format!("g{}", 100_000 - number)});
        let batch: Vec<Value> = (0..size).map(group).collect();
        app.post(&key, "/v1/batch", &json!({"batch": batch})).expect(200);
    });
    grows("tags", 500, |size| {
        round += 1;
        let tags: Vec<String> = (0..size).map(|number| format!("t{}", number * 7919 % 100_003)).collect();
        let body = json!({"id": format!("u{round}"), "add": tags});
        let headers = [("authorization", &*key.bearer()), ("content-type", "application/json")];
        app.send(Method::PUT, "/api/v2/users/tags/edit", &headers, body.to_string()).expect(200);
    });
}

/// Whoever has no key sends millions of pairs: none of them is kept.
#[test]
fn a_body_of_pairs_without_a_key() {
    let app = App::new();
    grows("pairs without a key", 500_000, |size| {
        app.send(Method::POST, "/v1/batch", &[("content-type", "text/plain")], "a&".repeat(size / 2)).expect(401);
    });
}
