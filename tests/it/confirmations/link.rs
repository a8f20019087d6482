//! What the link does, and that it is evidence.

use actix_web::http::Method;
use chrono::TimeDelta;
use kith::auth::Role;
use serde_json::json;

use super::Shop;
use crate::support::Person;

#[test]
fn a_visit_confirms_nothing_and_the_button_confirms_once() {
    let shop = Shop::new();
    shop.says("subscribed");
    let link = shop.confirm_link();
    let before = shop.app.db.digest(&["confirmations", "subscriptions", "changes", "profiles"]);
    for method in [Method::GET, Method::HEAD] {
        shop.app.send(method, &link, &[("user-agent", "Safelinks")], "");
    }
    assert_eq!(shop.app.db.digest(&["confirmations", "subscriptions", "changes", "profiles"]), before);
    let form = [("content-type", "application/x-www-form-urlencoded"), ("user-agent", "Firefox 145")];
    shop.app.send(Method::POST, &link, &form, "").expect(303);
    assert_eq!(shop.why(), "");
    let evidence = "SELECT concat_ws(' ', subject, after, reason) FROM changes WHERE kind = 'confirmation'";
    let expected = "ann@example.com {\"way\": \"link\", \"agent\": \"Firefox 145\"} confirmed by the link that was sent to the address; \
                    browser: Firefox 145";
    assert_eq!(shop.app.db.column(evidence), [expected]);
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.profile(shop.ann, "/history"));
    ada.page().shows("Confirmed by the link that was sent to it").shows("Firefox 145");
    // A second use says nothing new, also after a system waits for another one.
    shop.app.clock.advance(TimeDelta::seconds(5));
    let changes = shop.app.db.number("SELECT count(*) FROM changes");
    shop.app.send(Method::POST, &link, &form, "").expect(303);
    assert_eq!(shop.app.db.number("SELECT count(*) FROM changes"), changes);
    shop.says("pending");
    let changes = shop.app.db.number("SELECT count(*) FROM changes");
    shop.app.send(Method::POST, &link, &form, "");
    assert_eq!(shop.app.db.number("SELECT count(*) FROM changes"), changes, "it was used");
}

#[test]
fn a_link_is_of_one_email_one_request_and_a_week() {
    let shop = Shop::new();
    shop.says("subscribed");
    let link = shop.confirm_link();
    shop.put("", &json!({"channels": {"email": "new@example.com"}}));
    shop.app.visitor().get(&link).expect(404);
    shop.app.send(Method::POST, &link, &[], "");
    assert!(shop.why().contains("new@example.com"));
    shop.put("", &json!({"channels": {"email": "ann@example.com"}}));
    shop.says("unsubscribed");
    shop.says("subscribed");
    shop.app.visitor().get(&link).expect(404).shows("does not work any more");
    // Said again, it is the same request.
    let link = shop.confirm_link();
    shop.says("subscribed");
    shop.app.visitor().visit(&link);
    shop.app.clock.advance(TimeDelta::days(8));
    shop.app.visitor().get(&link).expect(404);
}

#[test]
fn who_subscribes_on_their_own_page_is_asked_like_others() {
    let shop = Shop::new();
    shop.says("unsubscribed");
    let page = shop.links().remove(0);
    let mut own = shop.app.visitor();
    own.visit(&page);
    own.submit("Save", &[("c-1", "yes")]).expect(303);
    assert_ne!(shop.why(), "", "the page may have been reached by another email than the one that they have now");
    assert_eq!(shop.messages(), 1);
}

#[test]
fn an_admin_stands_for_the_person_with_a_reason() {
    let shop = Shop::new();
    shop.says("subscribed");
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.profile(shop.ann, "/subscriptions/change?line=email&to=subscribe"));
    ada.submit("Subscribe", &[("cause", "phone"), ("details", "called today")]).expect(303);
    assert_eq!(shop.why(), "");
}

#[test]
fn a_merge_keeps_what_both_confirmed_and_asks_no_second_time() {
    let shop = Shop::new();
    shop.says("subscribed");
    assert_eq!(shop.messages(), 1);
    let other = shop.app.add(Person::new("c-9").name("Ann", "Other").confirms("ann@example.com"));
    let mut ada = shop.app.browser(Role::Admin);
    shop.app.clock.advance(TimeDelta::seconds(1));
    ada.visit(&shop.app.profile(shop.ann, &format!("/merge?with={other}")));
    ada.submit("Merge into Ann Ott", &[]).expect(303);
    assert_eq!(shop.why(), "", "the other one confirmed the address");
    assert_eq!(shop.messages(), 1);
}

#[test]
fn who_became_part_of_another_is_not_asked_twice() {
    let shop = Shop::new();
    shop.says("subscribed");
    assert_eq!(shop.messages(), 1);
    let other = shop.app.add(Person::new("c-9").name("Ann", "Other"));
    let mut ada = shop.app.browser(Role::Admin);
    shop.app.clock.advance(TimeDelta::seconds(1));
    ada.visit(&shop.app.profile(other, &format!("/merge?with={}", shop.ann)));
    ada.submit("Merge into Ann Other", &[]).expect(303);
    assert!(shop.why().contains("kith asked on 22 Nov 2026"), "{}", shop.why());
    shop.says("subscribed");
    assert_eq!(shop.messages(), 1);
}

#[test]
fn an_erasure_leaves_nothing() {
    let shop = Shop::new();
    shop.says("subscribed");
    shop.confirms();
    let count = || {
        ["confirmations", "confirmation_requests"].map(|it| shop.app.db.number(&format!("SELECT count(*) FROM {it}")))
    };
    assert_eq!(count(), [2, 1]);
    let mut ada = shop.app.browser(Role::Admin);
    ada.visit(&shop.app.profile(shop.ann, "/erase"));
    ada.submit("Erase", &[("confirm", "Ann Ott")]).expect(303);
    assert_eq!(count(), [0, 0]);
}
