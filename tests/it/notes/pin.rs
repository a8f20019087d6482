use super::{customer, support, write};

#[test]
fn pinned_notes_come_first_then_the_newest() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    let first = write(&app, &mut sanjay, &tab, "first");
    write(&app, &mut sanjay, &tab, "second");
    write(&app, &mut sanjay, &tab, "third");
    let shown = |page: &crate::support::Page| page.texts("article.note .prose");
    assert_eq!(shown(sanjay.visit(&tab)), ["third", "second", "first"]);

    sanjay.submit_in(&format!("#note-{first}"), "Pin", &[]).expect(303);
    assert_eq!(shown(sanjay.follow().shows("Note pinned.")), ["first", "third", "second"]);
    assert_eq!(sanjay.page().texts(".note .chip"), ["Pinned"]);
    assert!(sanjay.page().link("edited by Sanjay Rao").is_none(), "pinning is not editing");

    sanjay.submit_in(&format!("#note-{first}"), "Unpin", &[]).expect(303);
    assert_eq!(shown(sanjay.follow().shows("Note unpinned.")), ["third", "second", "first"]);
    let pins: Vec<bool> = app.ledger().kind("note").lines()[3..]
        .iter()
        .map(|line| line.ends_with(r#"{"pinned": true, "deleted": false, "version": 1}"#))
        .collect();
    assert_eq!(pins, [true, false], "one ledger row for each");
}

#[test]
fn pinning_what_is_pinned_writes_nothing() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    write(&app, &mut sanjay, &tab, "first");
    sanjay.visit(&tab);
    let form = sanjay.fill("article", "Pin", &[]);
    sanjay.post(&form.action, &form.pairs).expect(303);
    let before = app.db.digest_of_state();
    sanjay.post(&form.action, &form.pairs).expect(303);
    sanjay.follow().shows("Nothing changed.");
    assert_eq!(app.db.digest_of_state(), before);
}
