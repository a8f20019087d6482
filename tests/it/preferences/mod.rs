//! What people decide by their links.

use chrono::TimeDelta;

use actix_web::http::Method;
use kith::{
    auth::Role,
    db::ids::ProfileId,
    subscriptions::SubscriptionState::{Pending, Subscribed},
};

use crate::support::{App, Browser, Person};

/// Paths of the links that an admin is shown: to the preferences, and perhaps to a confirmation.
pub fn links(app: &App, profile: ProfileId) -> Vec<String> {
    let mut admin = app.browser(Role::Admin);
    admin.visit(&app.profile(profile, "/subscriptions"));
    admin.submit("Show link to their preference page", &[]).expect(200);
    let origin = app.state.config.server.site.origin();
    let paths = admin.page().texts("pre code").into_iter();
    paths.map(|link| link.strip_prefix(origin).expect("a link to this site").to_owned()).collect()
}

fn link(app: &App, profile: ProfileId) -> String {
    links(app, profile).remove(0)
}

/// State of a line; empty if nothing was ever said.
fn state(app: &App, line: &str) -> String {
    let sql = format!(
        "SELECT state FROM subscriptions WHERE channel || CASE topic WHEN '' THEN '' ELSE '/' || topic END = '{line}'"
    );
    app.db.column(&sql).join(" ")
}

fn ann() -> Person {
    Person::new("u-77").name("Ann", "Ott").email("ann.ott@example.com")
}

/// What a visit may not change: a link is opened by many programs before any person does.
fn digest(app: &App) -> Vec<String> {
    app.db.digest(&[
        "subscriptions",
        "confirmations",
        "confirmation_requests",
        "consents",
        "changes",
        "data_requests",
        "revoked_links",
        "profiles",
        "sources",
        "audit_log",
    ])
}

#[test]
fn a_person_chooses_what_they_receive() {
    let app = App::new();
    let profile = app.add(ann().wants("email/Offers", Subscribed).wants("email", Subscribed));
    let link = link(&app, profile);
    let mut own = app.visitor();
    let page = own.visit(&link);
    page.check_markup();
    page.shows("Your messages").shows("a…@example.com").hides("ann.ott").hides("Ott");
    assert!(page.has_source("Acme") && !page.has_source("u-77"));
    assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
    own.submit("Save", &[]).expect(303);
    own.follow().shows("You changed nothing.");
    own.submit("Save", &[("t-1-1-1", "no")]).expect(303);
    own.follow().shows("Saved.");
    assert_eq!((state(&app, "email/Offers"), state(&app, "email")), ("unsubscribed".into(), "subscribed".into()));
    assert_eq!(own.page().count("#t-1-1-1[checked]"), 0, "the page shows what holds now");

    let mut support = app.browser(Role::Support);
    support.visit(&app.profile(profile, "/history")).shows("the person, on their preference page");
}

#[test]
fn what_changed_meanwhile_stays_as_it_is() {
    let app = App::new();
    let profile = app.add(ann().wants("email/Offers", Subscribed));
    let link = link(&app, profile);
    let (mut one, mut other) = (app.visitor(), app.visitor());
    one.visit(&link);
    other.visit(&link);
    other.submit("Save", &[("t-1-1-1", "no")]).expect(303);
    one.submit("Save", &[("c-1", "no")]).expect(303);
    assert_eq!((state(&app, "email/Offers"), state(&app, "email")), ("unsubscribed".into(), "unsubscribed".into()));
}

#[test]
fn everything_can_be_stopped_and_taken_up_again() {
    let app = App::new();
    let profile = app.add(ann());
    let mut own = app.visitor();
    own.visit(&link(&app, profile));
    own.submit("Unsubscribe from everything", &[("why-too_many", "yes"), ("Anything else?", "Every day!")]).expect(303);
    own.follow().shows("You are unsubscribed from all messages of Acme.");
    assert_eq!(state(&app, "all"), "unsubscribed");
    let mut support = app.browser(Role::Support);
    support.visit(&app.profile(profile, "/history")).shows("too many messages, Every day!");
    support.visit(&app.profile(profile, "")).shows("unsubscribed from everything");
    own.submit("Receive messages again", &[]).expect(303);
    assert_eq!(state(&app, "all"), "subscribed");
}

#[test]
fn a_pause_lasts_until_its_day_or_until_it_is_ended() {
    let app = App::new();
    let profile = app.add(ann());
    let mut own = app.visitor();
    own.visit(&link(&app, profile));
    own.submit("Save", &[("Pause", "week")]).expect(303);
    own.follow().shows("Paused until 29 November 2026.");
    let mut support = app.browser(Role::Support);
    support.visit(&app.profile(profile, "/subscriptions")).shows("Cannot be messaged");
    own.submit("Save", &[("Pause", "end")]).expect(303);
    own.follow().hides("Paused until");
    own.submit("Save", &[("Pause", "month")]).expect(303);
    app.clock.advance(TimeDelta::days(31));
    own.get(&own.page().location()).expect(200).hides("Paused until");
}

#[test]
fn a_mail_program_unsubscribes_by_one_click_and_a_scanner_by_none() {
    let app = App::new();
    let profile = app.add(ann());
    let address = format!("{}/unsubscribe", link(&app, profile));
    let before = digest(&app);
    for agent in [
        "Mozilla/5.0 (compatible; Microsoft-Exchange-Safelinks)",
        "Mozilla/5.0 (X11; Linux x86_64) Barracuda Sentinel (EE)",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    ] {
        for method in [Method::GET, Method::HEAD] {
            for rest in ["", "/unsubscribe", "/confirm", "/forget"] {
                let page = address.replace("/unsubscribe", rest);
                app.send(method.clone(), &page, &[("user-agent", agent)], "");
            }
        }
    }
    assert_eq!(digest(&app), before);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    app.send(Method::POST, &address, &form, "List-Unsubscribe=One-Click").expect(200);
    assert_eq!(state(&app, "all"), "unsubscribed");
    let mut own = app.visitor();
    own.visit(&address).check_markup();
    own.submit("Unsubscribe", &[]).expect(200).shows("You receive no more messages from Acme.");
}

#[test]
fn a_link_survives_a_merge_and_no_revocation() {
    let app = App::new();
    let (one, other) = (app.add(ann()), app.add(Person::new("c-2").name("Ann", "O").email("ann@example.net")));
    let link = link(&app, other);
    let mut admin = app.browser(Role::Admin);
    admin.visit(&app.profile(one, &format!("/merge?with={other}")));
    admin.submit("Merge into Ann Ott", &[]).expect(303);
    let mut own = app.visitor();
    own.visit(&link).shows("a…@example.com");
    admin.visit(&app.profile(one, "/subscriptions"));
    admin.submit("Show link to their preference page", &[]).expect(200);
    admin.submit("Revoke all links of this person", &[]).expect(303);
    own.get(&link).expect(404).shows("This link does not work any more");
    assert_eq!(app.db.number("SELECT count(*) FROM audit_log WHERE action IN ('link shown', 'links revoked')"), 3);
    app.clock.advance(TimeDelta::seconds(2));
    own.visit(&self::link(&app, one));
}

#[test]
fn only_our_links_work_and_guessing_ends() {
    let app = App::new();
    let profile = app.add(ann());
    let link = link(&app, profile);
    let mut eve = app.visitor();
    let broken = [
        format!("{link}x"),
        link.replace("/p1-", "/p2-"),
        "/preferences/x".to_owned(),
        "/preferences/p1-a-b-c.d".to_owned(),
    ];
    for guess in &broken {
        eve.get(guess).expect(404).check_markup();
    }
    for n in 0..30 {
        eve.get(&format!("/preferences/{n}"));
    }
    eve.get("/preferences/z").expect(429);
    for _ in 0..58 {
        eve.visit(&link);
    }
    let often = (0..10).map(|_| eve.get(&link).status.as_u16()).collect::<Vec<_>>();
    assert_eq!(often.last(), Some(&429), "{often:?}");
    eve.page().shows("Wait a minute");
    assert!(!eve.page().header("retry-after").is_empty());
}

#[test]
fn an_address_is_confirmed_once_by_its_own_link() {
    let app = App::new();
    let profile = app.add(ann().wants("email", Pending));
    let [preferences, confirm] = &links(&app, profile)[..] else { panic!("two links") };
    let mut own = app.visitor();
    own.visit(preferences).shows("You have not confirmed it yet.");
    own.visit(confirm).shows("messages to a…@example.com").check_markup();
    assert_eq!(state(&app, "email"), "pending", "a visit confirms nothing");
    own.submit("Confirm", &[]).expect(303);
    own.follow().shows("is confirmed");
    assert_eq!(state(&app, "email"), "subscribed");
    let mut admin = app.browser(Role::Admin);
    admin.visit(&app.profile(profile, "/history")).shows("confirmed by the link");
    own.visit(preferences);
    own.submit("Save", &[("c-1", "no")]).expect(303);
    own.get(confirm).expect(404);
    app.send(Method::POST, confirm, &[], "");
    assert_eq!(state(&app, "email"), "unsubscribed");
}

#[test]
fn a_confirmation_is_for_one_address_and_for_a_week() {
    let app = App::new();
    let profile = app.add(ann().wants("email", Pending));
    let confirm = links(&app, profile).remove(1);
    app.clock.advance(TimeDelta::days(8));
    app.visitor().get(&confirm).expect(404);
    app.clock.advance(TimeDelta::days(-8));
    app.visitor().visit(&confirm);
    app.add(Person::new("u-77").email("other@example.com").said_at("2026-11-22T03:30:00Z"));
    app.visitor().get(&confirm).expect(404);
}

#[test]
fn the_page_speaks_the_language_of_the_person() {
    let app = App::new();
    let link = link(&app, app.add(ann().set("language", "de-AT")));
    let mut own = app.visitor();
    let page = own.visit(&link);
    assert_eq!(page.attr("html", "lang"), "de");
    page.shows("Ihre Nachrichten").check_markup();
    for (name, title) in [
        ("Polski", "Twoje wiadomości"),
        ("Español", "Sus mensajes"),
        ("Français", "Vos messages"),
        ("English", "Your messages"),
    ] {
        own.click(name).expect(200).shows(title).check_markup();
    }
    own.click("Français");
    own.submit("Enregistrer", &[("c-1", "no")]).expect(303);
    own.follow().shows("Enregistré. Voici ce qui vaut maintenant.");
}

#[test]
fn what_somebody_asks_for_waits_for_an_admin() {
    let app = App::new();
    let profile = app.add(ann());
    let mut own = app.visitor();
    own.visit(&link(&app, profile));
    own.submit("Ask for a copy", &[]).expect(303);
    own.follow().shows("You asked for a copy of your data.");
    own.click("Have everything deleted…").check_markup();
    own.submit("Ask to delete everything", &[]).expect(303);
    own.follow().shows("You asked to have everything deleted.");
    app.send(Method::POST, &format!("{}/forget", own.page().address), &[], "").expect(303);
    assert_eq!(app.db.number("SELECT count(*) FROM data_requests"), 2, "each is asked for once");

    let mut admin = app.browser(Role::Admin);
    let page = admin.visit(&app.path("requests"));
    page.shows("Ann Ott").shows("A copy of their data").shows("Erasure of everything").check_markup();
    admin.submit_in("tr:nth-child(1)", "Mark as answered: Ann Ott", &[]).expect(303);
    assert_eq!(admin.follow().count("tbody tr"), 1);
    let mut support: Browser<'_> = app.browser(Role::Support);
    support.get(&app.path("requests")).expect(403);
    admin.click("Erase… Ann Ott");
    admin.submit("Erase", &[("confirm", "Ann Ott")]).expect(303);
    admin.visit(&app.path("requests")).shows("No open requests");
    own.get(&own.page().address.clone()).expect(404);
}
