//! What keeps messages from somebody whatever they want: said through the API, asked of the verdict, told in the ledger.

mod by_hand;
mod channels;
mod legacy;
mod list;
mod reactions;

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::{
    auth::Role,
    db::ids::ProfileId,
    identities::{Address, Channel},
    ingest::{Item, Person as Who, Statement, Trust, submit_now},
    ledger::Batch,
    restrictions::{Cause, Held, Stop},
    subscriptions::Medium,
};
use serde_json::{Value, json};

use crate::support::{
    App, Person,
    app::NOW,
    at,
    build::{self, submit},
    sender::{MadeKey, server},
};

/// An entry of the suppression list of an address, as part of addresses of the console.
pub fn parts(app: &App) -> Vec<(&'static str, String)> {
    let (line, now) = ("list@example.com", at(NOW));
    let address = Address::new(Channel::Email, line).unwrap_or_else(|wrong| panic!("{wrong}"));
    let statement = Statement::Restriction(Stop::Suppressed(None), Some(Held::by(Cause::List)));
    submit(
        &app.state.db,
        app.live,
        now,
        &[Item { person: Who::Reached(Channel::Email, address), as_of: now, statement }],
    );
    let digest = "replace((md5('suppressed/all/email/list@example.com')::uuid)::text, '-', '')";
    let place = app.db.one(&format!("SELECT (stamp->>0) || '-' || {digest} FROM address_restrictions"));
    vec![("{suppression}", place)]
}

const V1: &str = "/api/data/v1";

struct Shop {
    app: App,
    key: MadeKey,
    ann: ProfileId,
}

impl Shop {
    fn new() -> Self {
        let app = App::new();
        let ann = app.add(Person::new("1").email("ann@example.com").phone("+14155550123"));
        let key = app.key(server());
        Self { app, key, ann }
    }

    fn send(&self, method: Method, rest: &str, body: &Value, status: u16) -> Value {
        self.app.clock.advance(TimeDelta::seconds(1));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("authorization", &*self.key.bearer())];
        self.app.send(method, &format!("{V1}/{rest}"), &headers, body).expect(status).json()
    }

    fn restrict(&self, body: &Value) -> Value {
        self.send(Method::PUT, "profiles/id:1/restrictions", body, 200)["restrictions"].clone()
    }

    fn of_address(&self, body: &Value) {
        self.send(Method::PUT, "restrictions", body, 200);
    }

    /// Says something as an operator who says why.
    fn decide(&self, item: Item) {
        self.app.clock.advance(TimeDelta::seconds(1));
        let (db, now) = (&self.app.state.db, self.app.clock.now());
        let reason = Some("They wrote a letter".to_owned());
        let batch = Batch { reason, ..build::batch(db, self.app.live, now) };
        let outcomes = submit_now(db, &batch, &Trust::Operator, &[Item { as_of: now, ..item }]);
        assert_eq!(outcomes.expect("stored").len(), 1);
    }

    fn lift(&self, key: &str) {
        self.decide(Person::new("1").restricted(key, None).items(self.app.clock.now()).remove(0));
    }

    /// The verdict about somebody; it is the same for one and in a list.
    fn verdict(&self, who: &str, channel: &str) -> Value {
        let one = self.send(Method::GET, &format!("profiles/{who}/verdict?channel={channel}"), &Value::Null, 200);
        let asked = json!({"profiles": [who], "channel": channel});
        assert_eq!(self.send(Method::POST, "verdicts", &asked, 200)["verdicts"][0], one);
        one
    }

    fn first_block(&self, who: &str, channel: &str) -> Value {
        self.verdict(who, channel)["first_block"].clone()
    }

    fn tab(&self) -> String {
        let mut browser = self.app.browser(Role::Support);
        let page = browser.get(&self.app.profile(self.ann, "/subscriptions")).expect(200).clone();
        page.check_markup();
        page.text("main")
    }
}

#[test]
fn each_restriction_is_its_layer_and_is_lifted_by_itself() {
    let shop = Shop::new();
    let email = |body: Value| {
        shop.restrict(&body);
        shop.first_block("id:1", "email")
    };
    let nothing = Value::Null;
    assert_eq!(email(json!({"kind": "paused", "until": "2026-12-03T00:00:00Z", "cause": "request"})), "paused");
    assert_eq!(email(json!({"kind": "blocked", "address": {"email": "Ann@example.com"}})), "address_blocked");
    assert_eq!(email(json!({"kind": "suppressed", "channel": "sms"})), "address_blocked", "of another channel");
    assert_eq!(email(json!({"kind": "suppressed", "channel": "all"})), "suppressed");
    assert_eq!(email(json!({"kind": "disabled"})), "disabled");
    let all = shop.send(Method::GET, "profiles/id:1/restrictions", &Value::Null, 200);
    let kinds = ["blocked", "disabled", "paused", "suppressed", "suppressed"];
    assert_eq!(
        all["restrictions"].as_array().map(|all| all.iter().map(|it| it["kind"].clone()).collect()),
        Some(kinds.map(Value::from).to_vec())
    );
    assert_eq!(
        all["restrictions"][0],
        json!({"kind": "blocked", "address": {"email": "ann@example.com"}, "cause": "api"})
    );
    assert_eq!(all["restrictions"][2], json!({"kind": "paused", "cause": "request", "until": "2026-12-03T00:00:00Z"}));

    let yes = json!({"channel": "email", "state": "subscribed"});
    shop.send(Method::PUT, "profiles/id:1/subscriptions", &yes, 200);
    assert_eq!(shop.first_block("id:1", "email"), "disabled", "no subscription lifts it");
    assert_eq!(email(json!({"kind": "disabled", "lifted": true})), "suppressed");
    assert_eq!(email(json!({"kind": "suppressed", "channel": "all", "lifted": true})), "suppressed", "no key lifts it");
    shop.lift("suppressed/all");
    assert_eq!(email(json!({"kind": "blocked", "channel": "email", "lifted": true})), "address_blocked", "nor this");
    shop.lift("blocked/email:ann@example.com");
    assert_eq!(shop.first_block("id:1", "email"), "paused");
    assert_eq!(email(json!({"kind": "paused", "lifted": true})), nothing);
    assert_eq!(
        email(json!({"kind": "suppressed", "channel": "email", "until": "2026-11-01T00:00:00Z"})),
        nothing,
        "it is over"
    );
    assert_eq!(email(json!({"kind": "paused", "until": "2026-11-30T00:00:00Z"})), "paused");
    shop.app.clock.advance(TimeDelta::days(30));
    assert_eq!(shop.first_block("id:1", "email"), nothing, "it ended by itself");
}

#[test]
fn a_block_counts_only_while_they_have_that_address() {
    let shop = Shop::new();
    let change = |email: &str| {
        shop.send(Method::PUT, "profiles/id:1", &json!({"channels": {"email": email}}), 200);
        shop.first_block("id:1", "email")
    };
    let bounced = json!({"kind": "blocked", "channel": "email", "cause": "hard_bounce", "words": "550 no such user"});
    assert_eq!(shop.restrict(&bounced)[0]["address"], json!({"email": "ann@example.com"}), "the one that they have");
    assert_eq!(change("ann@example.com"), "address_blocked");
    assert_eq!(change("new@example.com"), Value::Null);
    assert_eq!(change("ann@example.com"), "address_blocked");
    let sentence = shop.verdict("id:1", "email")["sentence"].as_str().unwrap_or_default().to_owned();
    assert!(sentence.starts_with("Email is blocked: messages to this email bounced on "), "{sentence}");
    assert!(sentence.contains(": 550 no such user. An admin can change this"), "{sentence}");
}

#[test]
fn what_is_said_of_an_address_holds_for_everybody_there_and_for_who_comes_later() {
    let shop = Shop::new();
    shop.app.add(Person::new("2").email("ANN@example.com"));
    shop.of_address(&json!({"kind": "blocked", "address": {"email": "ann@example.com"}, "cause": "complaint"}));
    shop.of_address(&json!({"kind": "suppressed", "channel": "voice", "address": {"sms": "+14155550123"}}));
    shop.app.add(Person::new("3").email("ann@example.com").phone("+14155550123"));
    for who in ["id:1", "id:2", "id:3"] {
        assert_eq!(shop.first_block(who, "email"), "address_blocked", "{who}");
    }
    assert_eq!(shop.first_block("id:3", "voice"), "suppressed");
    assert_eq!(shop.first_block("id:3", "sms"), "channel", "of calls only");
    assert_eq!(shop.app.db.number("SELECT count(*) FROM changes WHERE kind = 'restriction'"), 5, "each has its row");
    shop.of_address(&json!({"kind": "blocked", "address": {"email": "ann@example.com"}, "lifted": true}));
    shop.app.add(Person::new("4").email("ann@example.com"));
    for who in ["id:1", "id:2", "id:3", "id:4"] {
        assert_eq!(shop.first_block(who, "email"), "address_blocked", "{who}: no key lifts a complaint");
    }
    let ann = Address::new(Channel::Email, "ann@example.com").expect("an address");
    let statement = Statement::Restriction(Stop::Blocked(Medium::Email), None);
    let as_of = shop.app.clock.now();
    shop.decide(Item { person: Who::Reached(Channel::Email, ann), as_of, statement });
    shop.app.add(Person::new("5").email("ann@example.com"));
    for who in ["id:1", "id:2", "id:3", "id:4", "id:5"] {
        assert_eq!(shop.first_block(who, "email"), Value::Null, "{who}");
    }
    let erase = |ids: &[&str]| {
        ids.iter().for_each(|id| drop(shop.send(Method::DELETE, &format!("profiles/id:{id}"), &Value::Null, 202)));
    };
    erase(&["1", "2"]);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM address_restrictions"), 2, "3 has both");
    erase(&["3", "4", "5"]);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM address_restrictions"), 0);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM restrictions"), 0);
}

#[test]
fn the_tab_and_the_timeline_say_what_keeps_messages_from_them() {
    let shop = Shop::new();
    assert!(
        shop.tab().contains("What keeps messages from them History of restrictions Nothing. Bounces"),
        "{}",
        shop.tab()
    );
    shop.restrict(&json!({"kind": "blocked", "channel": "email", "cause": "hard_bounce", "words": "550 no such user"}));
    shop.restrict(&json!({"kind": "paused", "until": "2026-12-03T12:00:00Z", "cause": "request"}));
    shop.restrict(&json!({"kind": "disabled", "cause": "manual", "words": "asked by letter"}));
    let tab = shop.tab();
    for line in [
        "Email address ann@example.com blocked hard bounce (550 no such user)",
        "Messages paused until 3 Dec 2026 at their request",
        "All messages turned off by hand (asked by letter)",
        "API key Shop backend",
    ] {
        assert!(tab.contains(line), "{line}: {tab}");
    }
    let mut browser = shop.app.browser(Role::Support);
    let timeline = browser.get(&shop.app.profile(shop.ann, "/activity")).expect(200).text("main");
    for line in ["Email address ann@example.com blocked", "Messages paused until 3 Dec 2026", "All messages turned off"]
    {
        assert!(timeline.contains(line), "{line}: {timeline}");
    }
    let info = browser.get(&shop.app.profile(shop.ann, "")).expect(200).text("main");
    assert!(info.contains("blocked: hard bounce (550 no such user)"), "{info}");
}

#[test]
fn what_is_wrong_is_refused_with_its_field() {
    let shop = Shop::new();
    let long = "x".repeat(501);
    for (body, field) in [
        (json!({}), "kind"),
        (json!({"kind": "muted"}), "kind"),
        (json!({"kind": "paused"}), "until"),
        (json!({"kind": "disabled", "until": "2026-12-03T00:00:00Z"}), "until"),
        (json!({"kind": "blocked"}), "channel"),
        (json!({"kind": "blocked", "channel": "all"}), "channel"),
        (json!({"kind": "suppressed"}), "channel"),
        (json!({"kind": "disabled", "address": {"email": "ann@example.com"}}), "address"),
        (json!({"kind": "blocked", "address": {}}), "address"),
        (json!({"kind": "blocked", "address": {"email": "nobody"}}), "address.email"),
        (json!({"kind": "disabled", "cause": "whim"}), "cause"),
        (json!({"kind": "disabled", "words": long}), "words"),
        (json!({"kind": "disabled", "why": "x"}), "why"),
        (json!({"kind": "disabled", "lifted": true, "words": "x"}), "words"),
    ] {
        assert_eq!(shop.send(Method::PUT, "profiles/id:1/restrictions", &body, 400)["field"], field, "{body}");
    }
    for (body, field) in [
        (json!({"kind": "blocked"}), "address"),
        (
            json!({"kind": "paused", "until": "2026-12-03T00:00:00Z", "address": {"email": "ann@example.com"}}),
            "address",
        ),
    ] {
        assert_eq!(shop.send(Method::PUT, "restrictions", &body, 400)["field"], field, "{body}");
    }
    assert_eq!(shop.app.db.number("SELECT count(*) FROM restrictions"), 0);
}

#[test]
fn a_batch_says_the_same_of_people_and_of_addresses() {
    let shop = Shop::new();
    let items = json!({"items": [
        {"type": "restrict", "profile": {"id": "1"}, "kind": "disabled"},
        {"type": "restrict", "address": {"sms": "+14155550123"}, "kind": "blocked", "cause": "inactive"},
        {"type": "restrict", "kind": "disabled"},
    ]});
    let answer = shop.send(Method::POST, "batch", &items, 200);
    assert_eq!((&answer["accepted"], &answer["rejected"][0]["field"]), (&json!(2), &json!("address")), "{answer}");
    assert_eq!(
        shop.app.db.column("SELECT concat_ws(' ', kind, nullif(address, ''), cause) FROM restrictions ORDER BY 1"),
        ["blocked +14155550123 inactive", "disabled api"]
    );
}

#[test]
fn what_a_key_does_not_lift_is_told() {
    let shop = Shop::new();
    shop.restrict(&json!({"kind": "blocked", "channel": "email", "cause": "complaint"}));
    shop.restrict(&json!({"kind": "paused", "until": "2026-12-03T00:00:00Z"}));
    let items = json!({"items": [
        {"type": "restrict", "profile": {"id": "1"}, "kind": "blocked", "channel": "email", "lifted": true},
        {"type": "restrict", "profile": {"id": "1"}, "kind": "paused", "lifted": true},
        {"type": "restrict", "profile": {"id": "1"}, "kind": "suppressed", "channel": "sms", "lifted": true},
    ]});
    let answer = shop.send(Method::POST, "batch", &items, 200);
    assert_eq!((&answer["accepted"], &answer["kept_stricter"][1]), (&json!(3), &Value::Null), "{answer}");
    let kept = &answer["kept_stricter"][0];
    assert_eq!((&kept["index"], &kept["field"]), (&json!(0), &json!("restriction blocked")), "without the address");
    let mut browser = shop.app.browser(Role::Support);
    let told = "Said lifted, kept blocked: systems do not lift blocks";
    browser.visit(&shop.app.profile(shop.ann, "/history")).shows(told).check_markup();
    shop.restrict(&json!({"kind": "blocked", "channel": "email", "lifted": true}));
    let timeline = browser.get(&shop.app.profile(shop.ann, "/activity")).expect(200).text("main");
    assert!(timeline.contains("Restriction kept") && timeline.contains(told), "{timeline}");
}

#[test]
fn a_key_for_browsers_lifts_nothing_and_says_nothing_of_addresses() {
    use crate::support::sender::browser;
    let shop = Shop::new();
    shop.restrict(&json!({"kind": "disabled"}));
    let page = shop.app.key(browser());
    let put = |rest: &str, body: Value| {
        shop.app.clock.advance(TimeDelta::seconds(1));
        let headers = [("authorization", &*page.bearer())];
        shop.app.send(Method::PUT, &format!("{V1}/{rest}"), &headers, body.to_string()).status.as_u16()
    };
    put("profiles/id:1/restrictions", json!({"kind": "disabled", "lifted": true}));
    assert_eq!(shop.first_block("id:1", "email"), "disabled");
    let of_address = json!({"kind": "blocked", "address": {"email": "ann@example.com"}});
    assert_eq!(put("restrictions", of_address), 403);
}
