//! Writing templates, their versions, and the log of who did.

use kith::{auth::Role, verdict::MessageKind};

use super::{HTML, define};
use crate::support::{App, Person};

fn lines(app: &App) -> Vec<String> {
    app.db.column(
        "SELECT concat_ws(' | ', action, detail->>'name', nullif(detail->>'what', '')) FROM audit_log \
         WHERE action LIKE 'template%' ORDER BY id",
    )
}

#[test]
fn a_marketer_writes_a_template_in_two_languages() {
    let app = App::new();
    app.add(Person::new("c-1").name("Priya", "Nair").email("priya@example.com").set("language", "de-AT"));
    let mut mia = app.browser(Role::Marketer);
    mia.visit(&app.path("profiles"));
    mia.click("Templates").expect(200).shows("No templates yet").check_markup();
    mia.click("Create template").expect(200).shows("By which channel is it sent?").check_markup();
    mia.click("Email").expect(200).check_markup();
    let first = [("Name", "Welcome"), ("Campaign", "yes"), ("language-0", "en"), ("subject-0", "Hi"), ("html-0", HTML)];
    let page = mia.submit("Add a language", &first).expect(200).clone();
    page.check_markup();
    assert_eq!((page.attr("input#subject-0", "value"), page.count("textarea[name^=html]")), ("Hi".into(), 2));
    let second = [("language-1", "de"), ("subject-1", "Hallo {{ user.first_name }}"), ("html-1", "<p>Ohne Link</p>")];
    let page = mia.submit("Save template", &second).expect(422).clone();
    page.shows("HTML, line 1: a campaign by email needs a way out.").check_markup();
    assert_eq!(page.text("textarea#html-1"), "<p>Ohne Link</p>");
    assert_eq!(app.db.number("SELECT count(*) FROM message_templates"), 0);
    let fault = [("html-1", "<p>\n{% if user.vip %}</p>")];
    mia.submit("Save template", &fault).expect(422).shows("HTML, line 2: `{% if %}` is not closed.");
    mia.submit("Save template", &[("html-1", &HTML.replace("Dear", "Servus"))]).expect(303);
    let page = mia.follow().expect(200).clone();
    page.shows("Template Welcome saved.")
        .shows("Hallo Priya")
        .shows("Servus Priya")
        .shows("No more of this (")
        .check_markup();
    mia.visit(&app.path("templates")).shows("Welcome").shows("en, de").shows("Campaign").check_markup();
    // Test has the same.
    mia.visit(&app.path("templates").replace("/live/", "/test/")).shows("Welcome");
    assert_eq!(lines(&app), ["template made | Welcome"]);
}

#[test]
fn other_words_are_a_version_and_an_earlier_one_can_be_used_again() {
    let app = App::new();
    define(&app, "Welcome", MessageKind::Service, "<p>First</p>");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("templates"));
    ada.click("Welcome").expect(200).shows("There is nobody to show it for yet.");
    ada.click("Edit").expect(200).check_markup();
    ada.submit("Save template", &[]).expect(303);
    ada.follow().shows("Nothing changed.");
    ada.click("Edit");
    ada.submit("Save template", &[("Name", "Receipt")]).expect(303);
    ada.follow().shows("version 1");
    ada.click("Edit");
    let old = ada.fill("body", "Save template", &[("html-0", "<p>Old</p>")]);
    ada.submit("Save template", &[("html-0", "<p>Second</p>")]).expect(303);
    ada.follow().shows("version 2");
    ada.post(&old.action, &old.pairs).expect(422).shows("Somebody else changed this template meanwhile.");
    ada.visit(&app.path("templates"));
    ada.click("Receipt");
    ada.click("Version 1").expect(200).shows("<p>First</p>").check_markup();
    ada.submit("Use this version again", &[]).expect(303);
    ada.follow().shows("The words of version 1 are used again.").shows("version 3");
    ada.click("Version 3").shows("In use").shows("<p>First</p>");
    assert_eq!(
        lines(&app),
        [
            "template changed | Receipt | name: “Welcome” → “Receipt”",
            "template changed | Receipt | version 2",
            "template changed | Receipt | version 3"
        ]
    );
    ada.visit(&app.path("audit?about=messages")).shows("Changed the message template Receipt (version 3)");
    ada.get(&app.path("templates/00000000-0000-7000-8000-000000000000")).expect(404);
}

#[test]
fn words_of_before_that_are_no_campaign_are_not_used_again() {
    let app = App::new();
    define(&app, "Receipt", MessageKind::Service, "<p>First</p>");
    let mut ada = app.browser(Role::Admin);
    ada.visit(&app.path("templates"));
    ada.click("Receipt");
    ada.click("Edit");
    ada.submit("Save template", &[("Campaign", "yes"), ("html-0", HTML)]).expect(303);
    ada.follow();
    ada.click("Version 1");
    ada.submit("Use this version again", &[]).expect(303);
    ada.follow()
        .shows("Version 1 cannot be used: HTML, line 1: a campaign by email needs a way out.")
        .shows("version 2");
}

#[test]
fn names_are_unique_until_one_is_archived() {
    let app = App::new();
    define(&app, "Welcome", MessageKind::Campaign, HTML);
    let mut ada = app.browser(Role::Admin);
    let form = [("Name", "WELCOME"), ("Service message", "yes"), ("text-0", "Hello")];
    ada.visit(&app.path("templates/new?channel=sms"));
    ada.submit("Save template", &form).expect(422).shows("There is a template of this name.").check_markup();
    ada.visit(&app.path("templates"));
    ada.click("Welcome");
    ada.click("Archive").expect(200).check_markup();
    ada.submit("Archive template", &[]).expect(303);
    ada.follow().shows("Template Welcome archived.").shows("Archived").check_markup();
    ada.visit(&app.path("templates/new?channel=sms"));
    ada.submit("Save template", &form).expect(303);
    ada.visit(&app.path("templates?channel=sms")).shows("WELCOME").hides("Archived");
    ada.visit(&app.path("templates?channel=email"));
    ada.click("Welcome").shows("it cannot be chosen for messages any more");
    ada.submit("Bring it back", &[]).expect(303);
    ada.follow().shows("Another template is called Welcome now. Rename that one first.");
    app.db.run("UPDATE message_templates SET archived_at = created_at WHERE channel = 'sms'");
    ada.submit("Bring it back", &[]).expect(303);
    ada.follow().shows("Template Welcome is back.");
    assert_eq!(
        lines(&app),
        ["template archived | Welcome", "template made | WELCOME", "template brought back | Welcome"]
    );
}
