use super::{customer, support, write};

#[test]
fn a_note_goes_after_a_second_look_and_its_texts_stay() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    let note = write(&app, &mut sanjay, &tab, "Likes tea");
    sanjay.visit(&tab);
    let page = sanjay.click("Delete").expect(200).clone();
    page.check_markup();
    page.shows("Delete this note by Sanjay Rao?").shows("Likes tea");
    assert_eq!(app.db.number("SELECT count(*) FROM notes WHERE deleted_at IS NULL"), 1, "looking deletes nothing");
    sanjay.submit("Delete note", &[]).expect(303);
    let page = sanjay.follow().shows("Note deleted.").shows("No notes yet").hides("Likes tea");
    assert_eq!(page.count("nav.tabs .count"), 0);

    assert_eq!(app.db.column("SELECT body FROM note_versions"), ["Likes tea"]);
    assert!(
        app.ledger().kind("note").lines()[1].ends_with(r#"-> {"pinned": false, "deleted": true, "version": 1}"#),
        "{:?}",
        app.ledger().kind("note").lines()
    );
    for rest in ["edit", "delete", "history"] {
        sanjay.get(&format!("{tab}/{note}/{rest}")).expect(404);
    }
}

#[test]
fn deleting_twice_is_deleting_once() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    let note = write(&app, &mut sanjay, &tab, "Likes tea");
    sanjay.visit(&format!("{tab}/{note}/delete"));
    let form = sanjay.fill("main", "Delete note", &[]);
    sanjay.post(&form.action, &form.pairs).expect(303);
    let before = app.db.digest_of_state();
    sanjay.post(&form.action, &form.pairs).expect(303);
    sanjay.follow().shows("Nothing changed.");
    assert_eq!(app.db.digest_of_state(), before);
}
