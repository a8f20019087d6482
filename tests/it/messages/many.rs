//! One message to several people.

use chrono::TimeDelta;
use kith::{
    auth::Role,
    db::ids::ProfileId,
    message_templates::{
        TemplateName, Variant, Words,
        store::{self, By, Saved},
    },
    subscriptions::SubscriptionState::Unsubscribed,
    verdict::MessageKind,
};

use super::{app, kept, log, send};
use crate::{
    message_templates::define,
    support::{App, Person},
};

/// Ann and Cleo, who may be sent news, and Bea, who unsubscribed.
fn three(app: &App) -> [ProfileId; 3] {
    [("ann", false), ("bea", true), ("cleo", false)].map(|(name, is_out)| {
        app.clock.advance(TimeDelta::milliseconds(1));
        let person = Person::new(name).name(name, "Lee").email(&format!("{name}@example.com"));
        app.add(if is_out { person.wants("email", Unsubscribed) } else { person })
    })
}

fn to_all(app: &App) -> String {
    app.path("profiles/bulk?do=send&all=yes&q=")
}

const RESULTS: &str = "SELECT coalesce(result, '-') FROM bulk_targets ORDER BY profile_id";

#[test]
fn everybody_who_may_be_sent_it_gets_it_once() {
    let app = app();
    kept(&app);
    let html = "<p>Hello {{ user.first_name }} {{ unsubscribe_url }}</p>";
    let template = define(&app, "News", MessageKind::Campaign, html).to_string();
    three(&app);
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&to_all(&app)).check_markup();
    sanjay.submit("Check who gets it", &[]).expect(422).shows("Choose a template.").check_markup();
    sanjay.submit("Check who gets it", &[("Template", template.as_str())]).expect(303);
    let page = sanjay.follow().expect(200).clone();
    page.shows("Send “News” to 3 people")
        .shows("May be sent it 2")
        .shows("they unsubscribed from Email")
        .check_markup();
    assert_eq!(app.db.number("SELECT count(*) FROM messages"), 0, "nothing is asked for before the answer");
    let question = sanjay.page().address.clone();
    // Somebody comes meanwhile, and somebody leaves.
    app.clock.advance(TimeDelta::seconds(1));
    app.add(Person::new("dan").email("dan@example.com"));
    app.add(Person::new("cleo").wants("email", Unsubscribed));
    sanjay.submit("Send messages", &[]).expect(303);
    sanjay.follow().expect(200).shows("Message on its way").shows("it may not be sent to them").check_markup();
    assert_eq!(sanjay.page().link("Undo for everybody"), None);
    assert_eq!(app.db.column(RESULTS), ["asked", "dropped", "dropped"]);
    send(&app);
    let mut sent = log(&app);
    sent.sort();
    assert_eq!(sent, ["dropped 0", "dropped 0", "sent 1"]);
    assert_eq!(app.db.one("SELECT address FROM messages WHERE status = 'sent'"), "ann@example.com");
    sanjay.visit(&question).hides("Send messages").hides("Cancel what waits");
    assert_eq!(app.db.number("SELECT count(*) FROM messages"), 3);
}

#[test]
fn what_is_scheduled_is_of_the_version_that_was_chosen_and_can_be_cancelled() {
    let app = app();
    kept(&app);
    let id = define(&app, "News", MessageKind::Service, "<p>First</p>");
    let template = id.to_string();
    three(&app);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&to_all(&app));
    let late = [("Template", template.as_str()), ("Later", "yes"), ("Send at", "2020-01-01T08:00")];
    ada.submit("Check who gets it", &late).expect(422).shows("This time is over.");
    let at = (app.clock.now() + TimeDelta::days(2)).format("%Y-%m-%dT%H:%M").to_string();
    ada.submit("Check who gets it", &[("Send at", at.as_str())]).expect(303);
    ada.follow().expect(200).shows("version 1");
    let words = Words { subject: "Second".into(), text: "Second".into(), html: String::new() };
    let variants = vec![Variant { language: "en".into(), words }];
    let name = TemplateName::new("News").expect("a name");
    let newer = Saved { name, kind: MessageKind::Service, topic: None, variants };
    let by = By { name: "Ada Moreau", at: app.clock.now() };
    let (conn, workspace) = (&mut app.db.connect(), app.workspace.id);
    let was = store::find(conn, workspace, id).expect("read").expect("a template");
    assert_eq!(store::change(conn, workspace, &was, &newer, by).expect("stored"), 2);
    ada.submit("Schedule messages", &[]).expect(303);
    ada.follow().expect(200);
    assert_eq!(
        app.db.one("SELECT string_agg(DISTINCT concat_ws(' ', status, template_version), ',') FROM messages"),
        "queued 1"
    );
    send(&app);
    assert_eq!(app.db.number("SELECT count(*) FROM messages WHERE status = 'queued'"), 3, "not before its time");
    ada.visit(&ada.page().address.clone());
    ada.submit("Cancel what waits", &[]).expect(303);
    ada.follow().expect(200).shows("3 messages cancelled.").hides("Cancel what waits");
    assert_eq!(app.db.number("SELECT count(*) FROM messages WHERE status = 'cancelled'"), 3);
    assert_eq!(app.db.number("SELECT count(*) FROM message_steps WHERE words LIKE 'Cancelled by Ada%'"), 3);
}

#[test]
fn it_is_stopped_while_people_are_still_asked_for() {
    let app = app();
    kept(&app);
    let template = define(&app, "News", MessageKind::Service, "<p>First</p>").to_string();
    three(&app);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&to_all(&app));
    ada.submit("Check who gets it", &[("Template", template.as_str())]).expect(303);
    ada.follow();
    ada.submit("Send messages", &[]).expect(303);
    app.db.run("UPDATE jobs SET finished_at = NULL, reached = NULL");
    let page = ada.follow().expect(200).shows("Running").address.clone();
    ada.submit("Cancel what waits", &[]).expect(303);
    ada.follow().expect(200).shows("Stopped").shows("Cancelled by Ada");
    kith::jobs::continue_now(&app.state.db, &app.clock, &kith::app::TASKS).expect("nothing goes on");
    assert_eq!(app.db.column("SELECT DISTINCT status FROM messages"), ["cancelled"]);
    ada.visit(&page).hides("Cancel what waits");
}

#[test]
fn what_sends_nothing_is_not_stopped() {
    let app = app();
    three(&app);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("profiles/bulk?do=tag&all=yes"));
    ada.submit("Check who changes", &[("Tag", "tea")]).expect(303);
    ada.follow();
    ada.submit("Change now", &[]).expect(303);
    app.db.run("UPDATE jobs SET finished_at = NULL, reached = NULL");
    let page = ada.follow().expect(200).shows("Running").hides("Cancel what waits").address.clone();
    let csrf = ("csrf".to_owned(), ada.token());
    ada.post(&format!("{page}/cancel"), &[csrf]).expect(404);
    ada.visit(&page).shows("Running");
}

#[test]
fn two_profiles_that_became_one_get_one() {
    let app = app();
    kept(&app);
    let template = define(&app, "News", MessageKind::Service, "<p>First</p>").to_string();
    let [ann, bea, _] = three(&app);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&to_all(&app));
    let at = (app.clock.now() + TimeDelta::days(2)).format("%Y-%m-%dT%H:%M").to_string();
    let typed = [("Template", template.as_str()), ("Later", "yes"), ("Send at", at.as_str())];
    ada.submit("Check who gets it", &typed).expect(303);
    ada.follow();
    ada.submit("Schedule messages", &[]).expect(303);
    ada.visit(&app.profile(ann, &format!("/merge?with={bea}")));
    ada.submit("Merge into ann Lee", &[]).expect(303);
    app.clock.advance(TimeDelta::days(3));
    send(&app);
    let mut sent = log(&app);
    sent.sort();
    assert_eq!(sent, ["cancelled 0", "sent 1", "sent 1"]);
}

#[test]
fn without_an_account_of_the_channel_nothing_is_chosen_and_marketers_do_not_send() {
    let app = app();
    let template = define(&app, "News", MessageKind::Service, "<p>First</p>").to_string();
    three(&app);
    let mut ada = app.browser(Role::Admin);
    ada.visit(&to_all(&app));
    let page = ada.submit("Check who gets it", &[("Template", template.as_str())]).expect(422).clone();
    page.shows("No account sends Email").check_markup();
    app.browser(Role::Marketer).get(&to_all(&app)).expect(403);
}
