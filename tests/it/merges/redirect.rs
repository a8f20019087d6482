use kith::auth::Role;

use super::{merge, two};

#[test]
fn every_page_of_somebody_who_was_merged_leads_to_the_same_tab() {
    let (app, priya, other) = two();
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(other, "/notes"));
    sanjay.submit("Add note", &[("New note", "Prefers the phone")]).expect(303);
    sanjay.follow().shows("Note added.");
    let note = app.db.one("SELECT id FROM notes");
    merge(&app, priya, other);
    for (page, tab) in [
        (String::new(), ""),
        ("/activity".to_owned(), "/activity"),
        ("/activity?period=all".to_owned(), "/activity"),
        ("/notes".to_owned(), "/notes"),
        (format!("/notes/{note}/edit"), "/notes"),
        (format!("/notes/{note}/delete"), "/notes"),
        (format!("/notes/{note}/history"), "/notes"),
    ] {
        sanjay.get(&app.profile(other, &page)).expect(303);
        assert_eq!(sanjay.page().location(), app.profile(priya, tab), "{page}");
        sanjay.follow().expect(200).shows("P. Nair was merged into this profile.").shows("Priya Nair");
    }
    let mut ada = app.browser(Role::Admin);
    ada.get(&app.profile(other, "/merge")).expect(303);
    ada.follow().expect(200).shows("P. Nair was merged into this profile.");
    // The notes went along.
    sanjay.visit(&app.profile(priya, "/notes")).shows("Prefers the phone").hides("was merged into");
}

#[test]
fn a_chain_leads_to_its_end() {
    let (app, priya, other) = two();
    let third = app.add(crate::support::Person::new("c-3").name("Noor", "Haddad"));
    merge(&app, priya, other);
    merge(&app, third, priya);
    let mut mara = app.browser(Role::Marketer);
    mara.get(&app.profile(other, "/activity")).expect(303);
    assert_eq!(mara.page().location(), app.profile(third, "/activity"));
}

#[test]
fn forms_of_somebody_who_was_merged_meanwhile_reach_the_survivor() {
    let (app, priya, other) = two();
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(other, "/notes"));
    sanjay.submit("Add note", &[("New note", "Prefers the phone")]).expect(303);
    let note = app.db.one("SELECT id FROM notes");
    let (mut writer, mut editor, mut slow) =
        (app.browser(Role::Support), app.browser(Role::Support), app.browser(Role::Support));
    writer.visit(&app.profile(other, "/notes"));
    editor.visit(&app.profile(other, &format!("/notes/{note}/edit")));
    slow.visit(&app.profile(other, &format!("/notes/{note}/edit")));
    merge(&app, priya, other);
    writer.submit("Add note", &[("New note", "Likes tea")]).expect(303);
    assert_eq!(writer.page().location(), app.profile(priya, "/notes"));
    writer.follow().expect(200).shows("Note added.").shows("Likes tea");
    editor.submit("Save note", &[("Note", "Prefers calls")]).expect(303);
    assert_eq!(editor.page().location(), app.profile(priya, "/notes"));
    // What was typed from the old text is not lost either.
    slow.submit("Save note", &[("Note", "Prefers letters")])
        .expect(409)
        .shows("Prefers calls")
        .shows("Prefers letters");
    slow.submit("Save mine", &[]).expect(303);
    let bodies = format!("SELECT body FROM notes WHERE profile_id = '{priya}' ORDER BY body");
    assert_eq!(app.db.column(&bodies), ["Likes tea", "Prefers letters"]);
}

#[test]
fn a_message_is_not_lost_on_the_way() {
    let (app, priya, other) = two();
    let mut sanjay = app.browser(Role::Support);
    sanjay.visit(&app.profile(other, "/notes"));
    sanjay.submit("Add note", &[("New note", "Likes tea")]).expect(303);
    merge(&app, priya, other);
    sanjay.follow().expect(200).shows("Note added.").shows("Priya Nair");
    sanjay.visit(&app.profile(priya, "/notes")).hides("Note added.");
}
