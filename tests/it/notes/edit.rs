use kith::auth::Role;

use super::{customer, support, write};

#[test]
fn an_edit_keeps_both_texts() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    let note = write(&app, &mut sanjay, &tab, "Prefers email");
    app.clock.advance(chrono::TimeDelta::minutes(5));
    let mut ada = app.browser(Role::Admin);
    ada.visit(&tab);
    let page = ada.click("Edit").expect(200).clone();
    assert_eq!(page.text("textarea#body"), "Prefers email");
    ada.submit("Save note", &[("Note", "Prefers calls")]).expect(303);
    ada.follow().shows("Note saved.").shows("Prefers calls").shows("edited by Ada Moreau").hides("Prefers email");

    let history = ada.click("edited by Ada Moreau").expect(200).clone();
    history.check_markup();
    assert_eq!(history.texts("article .prose"), ["Prefers calls", "Prefers email"]);
    assert_eq!(history.texts("article h2"), ["Current text", "Version 1"]);
    history.shows("Ada Moreau").shows("Sanjay Rao");
    let versions = app.db.column("SELECT concat_ws('|', version, body) FROM note_versions ORDER BY version");
    assert_eq!(versions, ["1|Prefers email", "2|Prefers calls"]);
    assert_eq!(
        app.ledger().kind("note").lines()[1..],
        [
            r#"Ada Moreau: note {"pinned": false, "deleted": false, "version": 1} -> {"pinned": false, "deleted": false, "version": 2}"#
        ]
    );
    assert_eq!(app.db.one("SELECT id FROM notes"), note);
}

#[test]
fn of_two_people_editing_the_second_sees_both_texts_and_decides() {
    let (app, _, tab) = customer();
    let (mut sanjay, mut ada) = (support(&app), app.browser(Role::Admin));
    let note = write(&app, &mut sanjay, &tab, "Likes tea");
    let edit = format!("{tab}/{note}/edit");
    sanjay.visit(&edit);
    ada.visit(&edit);
    ada.submit("Save note", &[("Note", "Likes green tea")]).expect(303);

    let page = sanjay.submit("Save note", &[("Note", "Likes coffee")]).expect(409).clone();
    page.check_markup();
    page.shows("Ada Moreau changed this note while you were editing").shows("Likes green tea");
    assert_eq!(page.text("textarea#body"), "Likes coffee");
    assert_eq!(page.text("#body-error"), "Ada Moreau changed this note, just now. Their text is above.");
    assert_eq!(page.attr("#body", "aria-invalid"), "true");
    assert_eq!(app.db.column("SELECT body FROM notes"), ["Likes green tea"]);
    assert_eq!(app.ledger().kind("note").lines().len(), 2, "a refused change leaves no trace");

    // Theirs by a click: it stands in the form, and nothing is saved.
    let theirs = sanjay.submit("Use theirs", &[]).expect(200).clone();
    assert_eq!(theirs.text("textarea#body"), "Likes green tea");
    assert_eq!(app.db.number("SELECT count(*) FROM note_versions"), 2);

    // A third text meanwhile: the page comes again, for it was made from the second.
    ada.visit(&edit);
    ada.submit("Save note", &[("Note", "Likes white tea")]).expect(303);
    sanjay.submit("Save note", &[("Note", "Likes coffee, black")]).expect(409).shows("Likes white tea");
    sanjay.submit("Save mine", &[]).expect(303);
    sanjay.follow().shows("Likes coffee, black");
    let versions = app.db.column("SELECT body FROM note_versions ORDER BY version");
    assert_eq!(versions, ["Likes tea", "Likes green tea", "Likes white tea", "Likes coffee, black"]);
}

#[test]
fn saving_without_a_change_writes_nothing() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    let note = write(&app, &mut sanjay, &tab, "Line one\nline two");
    let before = app.db.digest_of_state();
    sanjay.visit(&format!("{tab}/{note}/edit"));
    // Browsers send line ends as CR LF.
    sanjay.submit("Save note", &[("Note", "Line one\r\nline two\r\n")]).expect(303);
    sanjay.follow().shows("Nothing changed.");
    assert_eq!(app.db.digest_of_state(), before);
}

#[test]
fn an_emptied_note_comes_back_and_keeps_its_base() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    let note = write(&app, &mut sanjay, &tab, "Likes tea");
    sanjay.visit(&format!("{tab}/{note}/edit"));
    sanjay.submit("Save note", &[("Note", "")]).expect(422).check_markup();
    assert_eq!(sanjay.page().text("#body-error"), "Enter a note.");
    sanjay.submit("Save note", &[("Note", "Likes rooibos")]).expect(303);
    assert_eq!(app.db.column("SELECT body FROM notes"), ["Likes rooibos"]);
}

#[test]
fn an_edit_of_a_deleted_note_finds_nothing() {
    let (app, _, tab) = customer();
    let (mut sanjay, mut ada) = (support(&app), app.browser(Role::Admin));
    let note = write(&app, &mut sanjay, &tab, "Likes tea");
    sanjay.visit(&format!("{tab}/{note}/edit"));
    ada.visit(&format!("{tab}/{note}/delete"));
    ada.submit("Delete note", &[]).expect(303);
    sanjay.submit("Save note", &[("Note", "Likes coffee")]).expect(404);
    assert_eq!(app.db.column("SELECT body FROM note_versions"), ["Likes tea"]);
}
