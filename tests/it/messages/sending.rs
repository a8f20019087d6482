//! One message from the form to its person.

use std::time::Duration;

use chrono::TimeDelta;
use kith::{auth::Role, subscriptions::SubscriptionState::Unsubscribed};

use super::{account, app, ask_for, draft, kept, log, send, smtp, steps, worker};
use crate::{
    sending_accounts::mail_server::MailServer,
    support::{App, Person},
};
use kith::subscriptions::Medium;

fn ann(app: &App) -> kith::db::ids::ProfileId {
    app.add(Person::new("c-1").name("Ann", "Lee").email("Ann@example.com"))
}

#[test]
fn support_writes_to_somebody_and_sees_what_became_of_it() {
    let app = app();
    kept(&app);
    let ann = ann(&app);
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(ann, "/messages")).shows("No messages yet");
    sanjay.click("Send message").expect(200).shows("What do you want to send?").shows("Yes");
    sanjay.click("Own words by Email").expect(200).shows("Email can be sent.").check_markup();
    let typed = [("Subject", "Your parcel"), ("Text", "Hello {{ user.first_name }},\nit is on its way.")];
    let page = sanjay.submit("Preview", &typed).expect(200).clone();
    page.shows("How it looks to them").shows("Hello Ann,").check_markup();
    assert_eq!(app.db.number("SELECT count(*) FROM messages"), 0, "a preview writes nothing");
    sanjay.submit("Send message", &[]).expect(303);
    sanjay.follow().expect(200).shows("Message on its way.").shows("Queued").shows("Service message");
    send(&app);
    let page = sanjay.visit(&sanjay.page().address.clone()).clone();
    page.shows("Sent").shows("Hello Ann,").shows("Ann@example.com").shows("Kept here.").check_markup();
    sanjay.visit(&app.profile(ann, "/messages")).shows("Your parcel").shows("Sanjay").check_markup();
    sanjay.visit(&app.path("messages")).shows("Your parcel").shows("Ann Lee").check_markup();
    sanjay.visit(&app.profile(ann, "/activity")).shows("Email Sent");
    let seen = app.db.one("SELECT last_seen_at < '1990-01-01' FROM profile_activity");
    assert_eq!(seen, "true", "that something was sent is no sign of the person");
}

#[test]
fn what_may_not_be_sent_is_said_before_anything_is_written() {
    let app = app();
    kept(&app);
    let ann = app.add(Person::new("c-1").email("ann@example.com").wants("email", Unsubscribed));
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&format!("{}/new?channel=email", app.profile(ann, "/messages")));
    let typed =
        [("Subject", "News"), ("Text", "Hello {{ unsubscribe_url }}"), ("Campaign", "yes"), ("Service message", "no")];
    let page = sanjay.submit("Send message", &typed).expect(422).clone();
    page.shows("This cannot be sent").shows("they unsubscribed").check_markup();
    assert_eq!(page.attr("#subject", "value"), "News", "what was typed stays");
    assert_eq!(app.db.number("SELECT count(*) FROM messages"), 0);
    page.hides("Send without agreement");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&format!("{}/new?channel=email", app.profile(ann, "/messages")));
    ada.submit("Send message", &typed).expect(422).shows("Send without agreement");
    ada.submit("Send message", &[("Send without agreement, because", "A recall")]).expect(303);
    ada.follow().expect(200).shows("A recall").shows("they unsubscribed");
    send(&app);
    assert_eq!(log(&app), ["sent 1"]);
    let reason = "SELECT properties ->> 'without_agreement' FROM events";
    assert_eq!(app.db.one(reason), "A recall", "the reason is on the timeline, too");
}

#[test]
fn forms_say_what_is_wrong_and_marketers_only_read() {
    let app = app();
    kept(&app);
    let ann = ann(&app);
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&format!("{}/new?channel=email", app.profile(ann, "/messages")));
    let page = sanjay.submit("Send message", &[("Subject", " "), ("Text", "")]).expect(422).clone();
    page.shows("Enter a subject.").shows("Enter a text.").check_markup();
    let late = [("Subject", "S"), ("Text", "T"), ("Later", "yes"), ("Send at", "2020-01-01T08:00")];
    sanjay.submit("Send message", &late).expect(422).shows("This time is over.");
    let broken = [("Send at", "2030-01-01T08:00"), ("Now", "yes"), ("Text", "Hello {% if %}")];
    sanjay.submit("Preview", &broken).expect(200).shows("line 1");
    let mut mia = app.browser(Role::Marketer);
    mia.visit(&app.profile(ann, "/messages")).shows("No messages yet").hides("Send message");
    mia.get(&format!("{}/new", app.profile(ann, "/messages"))).expect(403).shows("send messages");
}

#[test]
fn a_message_for_later_waits_and_can_be_cancelled() {
    let app = app();
    kept(&app);
    let ann = ann(&app);
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&format!("{}/new?channel=email", app.profile(ann, "/messages")));
    let at = (app.clock.now() + TimeDelta::hours(2)).format("%Y-%m-%dT%H:%M").to_string();
    let later = [("Subject", "S"), ("Text", "T"), ("Later", "yes"), ("Send at", at.as_str())];
    sanjay.submit("Send message", &later).expect(303);
    sanjay.follow().expect(200).shows("Message scheduled.");
    send(&app);
    assert_eq!(log(&app), ["queued 0"]);
    sanjay.submit("Cancel message", &[]).expect(303);
    sanjay.follow().expect(200).shows("Message cancelled.").shows("Cancelled by Sanjay");
    app.clock.advance(TimeDelta::hours(3));
    send(&app);
    assert_eq!(log(&app), ["cancelled 0"]);
}

#[test]
fn a_mail_has_what_a_mail_needs_and_comes_once() {
    let (app, server) = (app(), MailServer::new());
    let account = account(&app, Medium::Email, smtp(server.port));
    let ann = ann(&app);
    let people: Vec<_> =
        (0..20).map(|n| app.add(Person::new(&format!("p-{n}")).email(&format!("p{n}@example.com")))).collect();
    let (id, _) = ask_for(&app, &draft(account, app.clock.now()), ann);
    for person in &people {
        ask_for(&app, &draft(account, app.clock.now()), *person);
    }
    send(&app);
    send(&app);
    assert_eq!(log(&app), vec!["sent 1"; 21]);
    let heard = server.heard();
    let count = |text: &str| heard.iter().filter(|line| line.contains(text)).count();
    assert_eq!(count("RCPT TO:<Ann@example.com>"), 1, "{heard:?}");
    assert_eq!((count("RCPT TO"), count(&format!("Message-ID: <{id}@example.com>"))), (21, 1));
    assert!(server.connections() <= 4, "connections carry several messages");
    assert_eq!(app.db.number("SELECT count(*) FROM events e JOIN event_definitions d ON d.id = e.definition_id WHERE d.name = 'Email Sent'"), 21);
}

#[test]
fn a_changed_account_is_used_from_the_next_messages_on() {
    let (app, before, after) = (app(), MailServer::slow(Duration::from_millis(50)), MailServer::new());
    let account = account(&app, Medium::Email, smtp(before.port));
    for n in 0..20 {
        let person = app.add(Person::new(&format!("p-{n}")).email(&format!("p{n}@example.com")));
        ask_for(&app, &draft(account, app.clock.now()), person);
    }
    app.run(async {
        let lanes = worker(&app).start_due().await.expect("lanes");
        while before.messages() == 0 {
            actix_web::rt::time::sleep(Duration::from_millis(5)).await;
        }
        app.db.run(&format!(
            "UPDATE sending_accounts SET provider = jsonb_set(provider, '{{smtp,port}}', '{}')",
            after.port
        ));
        for lane in lanes {
            lane.await.expect("it ends");
        }
    });
    assert_eq!(log(&app), vec!["sent 1"; 20]);
    assert_eq!((before.messages(), after.messages()), (16, 4), "what was taken already goes where it was to go");
}

#[test]
fn what_is_shown_and_kept_of_a_text_has_no_hidden_value_and_no_link_of_the_person() {
    let (app, server) = (app(), MailServer::new());
    account(&app, Medium::Email, smtp(server.port));
    let ann = app.add(Person::new("c-1").email("ann@example.com").set("diagnosis", "gout-7f3a"));
    app.db.run("UPDATE attribute_definitions SET is_sensitive = true WHERE name = 'diagnosis'");
    let is_clean =
        |text: &str| !text.contains("gout-7f3a") && !text.replace("/preferences/example", "").contains("/preferences/");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&format!("{}/new?channel=email", app.profile(ann, "/messages")));
    let typed = [("Subject", "{{ user.diagnosis }}"), ("Text", "About {{ user.diagnosis }}: {{ preferences_url }}")];
    let page = ada.submit("Preview", &typed).expect(200).clone();
    assert!(page.shows("How it looks to them").body.contains("/preferences/example"));
    assert!(is_clean(&page.body), "{}", page.body);
    ada.submit("Send message", &[]).expect(303);
    send(&app);
    let heard = server.heard().concat().replace("=3D", "=");
    assert!(heard.contains("gout-7f3a") && heard.contains("/preferences/") && !heard.contains("example/"), "{heard}");
    let id = app.db.one("SELECT id FROM messages");
    let page = ada.visit(&app.path(&format!("messages/{id}"))).shows("are not kept").clone();
    assert!(is_clean(&page.body), "{}", page.body);
    let kept = app.db.one("SELECT sent_text::text FROM messages");
    assert!(is_clean(&kept) && kept.contains("/preferences/example"), "{kept}");
}

#[test]
fn who_opts_out_before_a_message_leaves_does_not_get_it() {
    let app = app();
    let account = kept(&app);
    let ann = ann(&app);
    let (_, status) = ask_for(&app, &draft(account, app.clock.now() + TimeDelta::hours(1)), ann);
    assert_eq!(status, kith::messages::Status::Queued);
    app.clock.advance(TimeDelta::hours(2));
    app.add(Person::new("c-1").wants("all", Unsubscribed));
    send(&app);
    assert_eq!(log(&app), ["cancelled 0"]);
    assert!(
        steps(&app)[1].starts_with("cancelled: opted_out: Email is blocked: they unsubscribed from everything"),
        "{:?}",
        steps(&app)
    );
}
