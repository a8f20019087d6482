//! The Subscriptions tab, and what stands in the header.

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::{auth::Role, db::ids::ProfileId};
use serde_json::{Value, json};

use crate::support::{App, Person, sender::server};

struct Shop {
    app: App,
    ann: ProfileId,
}

impl Shop {
    fn new() -> Self {
        let app = App::new();
        let ann = app.add(Person::new("c-1").email("ann@example.com"));
        Self { app, ann }
    }

    fn says(&self, line: &Value) {
        self.app.clock.advance(TimeDelta::seconds(1));
        let key = self.app.key(server());
        let path = "/api/data/v1/profiles/id:c-1/subscriptions";
        self.app.send(Method::PUT, path, &[("authorization", &key.bearer())], line.to_string()).expect(200);
    }

    fn tab(&self, rest: &str) -> String {
        self.app.profile(self.ann, &format!("/subscriptions{rest}"))
    }
}

#[test]
fn everybody_reads_the_same_and_only_admins_change_it() {
    let shop = Shop::new();
    shop.says(&json!({"channel": "email", "topic": "Weekly letter", "state": "subscribed"}));
    shop.says(&json!({"channel": "sms", "state": "unsubscribed"}));
    for role in Role::ALL {
        let mut browser = shop.app.browser(role);
        let page = browser.get(&shop.tab("")).expect(200).clone();
        page.check_markup();
        let text = page.text("main");
        for said in
            ["Can be messaged: Email", "ann@example.com", "there is no phone number.", "Not defined", "Weekly letter"]
        {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert_eq!(text.contains("Unsubscribe…"), role == Role::Admin, "{text}");
        assert_eq!(text.contains("Admins can change subscriptions"), role != Role::Admin);
        let question = browser.get(&shop.tab("/change?line=email&to=unsubscribe"));
        question.expect(if role == Role::Admin { 200 } else { 403 });
    }
}

#[test]
fn an_admin_unsubscribes_with_a_reason_that_stays_in_the_ledger() {
    let shop = Shop::new();
    let mut admin = shop.app.browser(Role::Admin);
    let address = shop.tab("/change?line=email&to=unsubscribe");
    admin.visit(&address);
    let page = admin.submit("Unsubscribe", &[("cause", ""), ("details", "")]).expect(422).clone();
    assert!(page.text("main").contains("Choose why you change this."), "{}", page.text("main"));
    admin.submit("Unsubscribe", &[("cause", "phone"), ("details", "called on Monday")]).expect(303);
    let text = admin.visit(&shop.tab("")).text("main");
    assert!(text.contains("Cannot be messaged: they unsubscribed from Email"), "{text}");
    let changes = shop.app.ledger().kind("subscription").lines_with_reasons();
    assert_eq!(changes.len(), 1);
    assert!(changes[0].ends_with("(They asked on the phone: called on Monday)"), "{changes:?}");
    // The same once more changes nothing.
    admin.visit(&address);
    admin.submit("Unsubscribe", &[("cause", "phone"), ("details", "")]).expect(303);
    assert_eq!(shop.app.ledger().kind("subscription").lines().len(), 1);
}

#[test]
fn a_persons_own_no_is_lifted_only_with_what_they_asked_for() {
    let shop = Shop::new();
    shop.says(&json!({"channel": "all", "state": "unsubscribed", "reason": "user"}));
    let mut admin = shop.app.browser(Role::Admin);
    let address = shop.tab("/change?line=all&to=subscribe");
    let question = admin.visit(&address).text("main");
    assert!(question.contains("They unsubscribed themselves.") && question.contains("Unsubscribed"), "{question}");
    let refused = admin.submit("Subscribe", &[("cause", "phone"), ("details", "ok")]).expect(422);
    assert!(refused.text("main").contains("Enter what this person asked for"));
    let details = "Wants the weekly letter again, called on 3 November";
    admin.submit("Subscribe", &[("cause", "phone"), ("details", details)]).expect(303);
    assert!(admin.visit(&shop.tab("")).text("main").contains("Can be messaged: Email"));
}

#[test]
fn what_changed_while_the_form_was_open_is_shown_and_asked_again() {
    let shop = Shop::new();
    let mut admin = shop.app.browser(Role::Admin);
    let address = shop.tab("/change?line=email&to=unsubscribe");
    admin.visit(&address);
    shop.says(&json!({"channel": "email", "state": "unsubscribed", "reason": "list"}));
    let page = admin.submit("Unsubscribe", &[("cause", "writing"), ("details", "By letter")]).expect(409).clone();
    let text = page.text("main");
    assert!(text.contains("Somebody changed this while you were here.") && text.contains("from a list"), "{text}");
    assert!(page.body.contains("By letter"), "what was typed stays");
    assert_eq!(shop.app.ledger().kind("subscription").lines().len(), 1);
}

#[test]
fn a_line_that_does_not_exist_is_not_asked_about() {
    let shop = Shop::new();
    let mut admin = shop.app.browser(Role::Admin);
    for query in ["", "?line=fax&to=subscribe", "?line=email&to=nothing"] {
        admin.get(&shop.tab(&format!("/change{query}"))).expect(404);
    }
}
