//! Filters as rows of fields: every filter has a form, and the page that builds them.

use kith::{
    auth::Role,
    filter::{Filter, form::Group, parse},
};
use rand::{SeedableRng, rngs::StdRng};

use super::random;
use crate::support::{App, Person};

fn read(typed: &str) -> Filter {
    parse(typed).unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}")).filter
}

#[test]
fn every_filter_has_a_form() {
    for seed in 0..3_000 {
        let filter = random::filter(&mut StdRng::seed_from_u64(seed), 3);
        let built = Group::of(&filter).build().unwrap_or_else(|wrong| panic!("{filter}: {wrong:?}"));
        assert_eq!(built.filter, filter, "{filter}");
        assert_eq!(built.paths.len(), filter.conditions().len(), "{filter}");
    }
}

/// Conditions of all kinds, in and out of groups.
const FILTERS: [&str; 28] = [
    "priya",
    "\"grace kim\" \"5\\\" nail\"",
    "plan:pro,\"green tea\",\"a,b\"",
    "-plan:*",
    "NOT (plan:pro OR tag:vip) plan~ea",
    "age>=18 age<65 age:10..20",
    "tag:* -tag:vip,press",
    "created<30d seen>12h -seen:*",
    "created>=2026-01-01 created:2026-01-01..2026-02-01",
    "status:disabled is:anonymous",
    "email:subscribed -sms:unsubscribed,none all:pending",
    "topic:\"Product news\".email:subscribed",
    "email.address:blocked sms.address:* email.address~example",
    "can:email",
    "did:\"Order Completed\"",
    "did:\"Order Completed\"{total>50 currency:USD}<=3 in:90d",
    "did:\"Order Completed\"=0 in:2026-01-01..2026-01-31",
    "sum:\"Order Completed\".total>1000 in:365d",
    "first:\"Order Completed\".currency:USD",
    "was:delivered,opened in:12h",
    "was:delivered{campaign:\"Winter launch\"}",
    "note:* note~wholesale",
    "device:ios -device:*",
    "identifier.email:* identifier:c-1",
    "a OR b c",
    "a (b OR c (d OR NOT (e f)))",
    "NOT (a OR b)",
    "NOT ()",
];

fn shop() -> App {
    let app = App::new();
    let event = serde_json::json!({"total": 60, "currency": "USD", "campaign": "Winter launch"});
    let person = Person::new("c-1").name("Priya", "Nair").set("plan", "pro").set("age", 30).tag("vip");
    app.add(
        person
            .event("Order Completed", "2026-11-20T10:00:00Z", event.clone())
            .event("Email Delivered", "2026-11-20T10:00:00Z", event.clone())
            .event("Email Opened", "2026-11-20T10:00:00Z", event),
    );
    app.add(Person::new("c-2").name("Ann", "Lee").set("plan", "team"));
    app
}

fn builder(typed: &str) -> String {
    form_urlencoded::Serializer::new("/acme/live/profiles/filter?".to_owned()).append_pair("q", typed).finish()
}

#[test]
fn what_the_page_shows_is_what_it_sends() {
    let app = shop();
    let mut mia = app.browser(Role::Marketer);
    for typed in FILTERS {
        mia.visit(&builder(typed)).check_markup();
        assert_eq!(mia.page().text("form.builder code"), read(typed).to_string());
        let list = mia.submit("Show people", &[]).expect(303).location();
        let mut pairs = form_urlencoded::parse(list.split_once('?').expect("a query").1.as_bytes());
        assert_eq!(pairs.next().expect("a filter").1, typed);
    }
}

#[test]
fn a_filter_is_built_row_by_row() {
    let app = shop();
    let mut mia = app.browser(Role::Marketer);
    mia.visit("/acme/live/profiles?sort=name");
    mia.click("Build a filter").expect(200).shows("Everybody.");
    mia.submit("Show its fields in condition 1", &[("r0.kind", "attribute")]).expect(200);
    mia.submit("Add group", &[("r0.name", "plan"), ("r0.value", "pro")]).expect(200);
    assert_eq!(mia.page().attr("[id='r0.value']", "value"), "pro", "nothing typed is lost");
    mia.submit("Show its fields in condition 2.1", &[("r1-0.kind", "tag")]).expect(200);
    mia.page().shows("Some fields are still empty or wrong.");
    mia.submit("Add condition to group 2", &[("r1-0.value", "vip")]).expect(200);
    mia.submit("Show its fields in condition 2.2", &[("r1-1.kind", "did")]).expect(200);
    mia.submit("Add property to condition 2.2", &[("r1-1.name", "Order Completed")]).expect(200);
    let property = [("r1-1.with0.property", "total"), ("r1-1.with0.op", "more"), ("r1-1.with0.value", "50")];
    mia.submit("Update summary", &property).expect(200);
    mia.page().shows("Plan is pro and (tag vip or did Order Completed where total is more than 50)");
    let list = mia.submit("Show people", &[]).expect(303).location();
    assert_eq!(
        list,
        "/acme/live/profiles?sort=name&q=plan%3Apro+%28tag%3Avip+OR+did%3A%22Order+Completed%22%7Btotal%3E50%7D%29"
    );
    mia.follow().expect(200).shows("Priya Nair").hides("Ann Lee");
    mia.click("Build a filter").expect(200);
    mia.submit("Remove group 2", &[]).expect(200);
    mia.submit("Remove condition 1", &[]).expect(200).shows("Nothing is asked here").shows("Everybody.");
    // A row in which nothing was chosen says nothing.
    mia.submit("Add condition", &[]).expect(200);
    assert_eq!(mia.submit("Show people", &[]).expect(303).location(), "/acme/live/profiles?sort=name");
}

#[test]
fn what_is_missing_is_said_at_its_field() {
    let app = shop();
    let mut mia = app.browser(Role::Marketer);
    mia.visit(&builder("plan:pro age:10..20 created:2026-01-01 did:\"Order Completed\"{total:1}>=2"));
    let blank = [("r0.value", " "), ("r1.to", ""), ("r2.from", "soon"), ("r3.count", "many"), ("r3.with0.value", "")];
    mia.submit("Show people", &blank).expect(422).check_markup();
    for (field, message) in [
        ("r0.value", "Fill in a value, or several with commas between them."),
        ("r1.to", "Fill in the end as well."),
        ("r2.from", "Write the day as 2026-01-31."),
        ("r3.count", "Write a whole number, such as 3."),
        ("r3.with0.value", "Fill in a value, or several with commas between them."),
    ] {
        assert_eq!(mia.page().text(&format!("[id='{field}-error']")), message);
    }
    assert_eq!(mia.page().attr("[id='r3.count']", "value"), "many");
    // What the catalogues say is a problem of the row.
    mia.visit(&builder("tag:vip plann:pro")).check_markup();
    assert_eq!(mia.page().text("[id='r1-error']"), "No attribute is called “plann”. Did you mean plan?");
    mia.submit("Show people", &[]).expect(422);
    mia.submit("Show people", &[("r1.name", "plan")]).expect(303);
    // A text that is no filter can be corrected as it is.
    mia.visit(&builder("plan:pro OR"));
    assert_eq!(mia.page().text("[id='r0.value-error']"), "At character 10: OR must stand between two conditions.");
    mia.submit("Show people", &[("r0.value", "plan:pro OR tag:vip")]).expect(303);
}

#[test]
fn whatever_is_sent_is_answered() {
    let app = shop();
    let mut mia = app.browser(Role::Marketer);
    let deep: Vec<String> = (0..60).map(|depth| format!("r{}.join=any", vec!["0"; depth].join("-"))).collect();
    for sent in [
        "r.join=all&do=add+r9",
        "r.join=all&do=remove+r0",
        "r.join=all&r0.kind=did&do=with+r0&r0.count=-1",
        "r.join=x&r0.kind=pigeon&do=without+r0+7",
        "r.join=all&r0.kind=created&r0.when=last-days&r0.span=99999999999&do=show",
        "r.join=all&do=%F0%9F%A6%9C+r+r",
        &format!("r.join=all&{}&do=show", deep.join("&")),
        &format!("r.join=all&{}", (0..500).map(|n| format!("r{n}.kind=tag")).collect::<Vec<_>>().join("&")),
    ] {
        let page = mia.get(&format!("/acme/live/profiles/filter?{sent}")).clone();
        assert!([200, 303, 422].contains(&page.status.as_u16()), "{sent}: {}", page.status);
    }
    let many = (0..60).map(|n| format!("r{n}.kind=words&r{n}.value=a")).collect::<Vec<_>>().join("&");
    let page = mia.get(&format!("/acme/live/profiles/filter?r.join=all&{many}&do=show")).expect(422).clone();
    assert_eq!(page.text("[id='r-error']"), "There are too many conditions. At most 50 are possible.");
}

#[test]
fn chips_take_parts_away_and_clicks_add_them() {
    let app = shop();
    let mut mia = app.browser(Role::Marketer);
    app.db.run("UPDATE attribute_definitions SET in_table = true WHERE name = 'plan'");
    mia.visit("/acme/live/profiles?q=priya&sort=name");
    mia.click("pro").expect(200);
    mia.click("vip").expect(200);
    mia.click("vip").expect(200);
    assert_eq!(mia.page().attr("input[name=q]", "value"), "priya plan:pro tag:vip", "each is added once");
    assert_eq!(mia.page().texts(".parts-of li > span"), ["“priya”", "Plan is pro", "Tag vip"]);
    mia.click("Remove: Plan is pro").expect(200);
    assert_eq!(mia.page().attr("input[name=q]", "value"), "priya tag:vip");
    assert_eq!(mia.page().attr("input[name=sort]", "value"), "name");
    let page = mia.visit("/acme/live/profiles").clone();
    assert_eq!(page.count(".parts-of"), 0, "everybody has no chips");
}

#[test]
fn the_faulty_place_is_marked() {
    let app = shop();
    let mut mia = app.browser(Role::Marketer);
    let page = mia.get("/acme/live/profiles?q=tag:vip+plann:pro").expect(422).clone();
    page.check_markup();
    assert_eq!(page.text("mark"), "plann");
    assert!(page.has_source("tag:vip <mark>plann</mark>:pro"));
    mia.click("build a filter").expect(200).shows("No attribute is called “plann”.");
}
