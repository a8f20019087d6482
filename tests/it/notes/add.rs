use kith::auth::Role;

use super::{customer, support, write};
use crate::support::Person;

#[test]
fn a_note_its_text_and_its_ledger_row_are_written_together() {
    let (app, profile, tab) = customer();
    let mut sanjay = support(&app);
    sanjay.visit(&tab).shows("No notes yet");
    sanjay.submit("Add note", &[("New note", "Prefers **email**\nto calls")]).expect(303);
    let page = sanjay.follow().expect(200);
    page.shows("Note added.").shows("Sanjay Rao").shows("Prefers email to calls").hides("No notes yet");
    assert_eq!(page.count("article.note .prose strong"), 1, "Markdown is rendered");
    assert_eq!(page.text("nav.tabs .count"), "1");

    let db = &app.db;
    assert_eq!(
        db.column("SELECT concat_ws('|', profile_id, body, version, pinned) FROM notes"),
        [format!("{profile}|Prefers **email**\nto calls|1|f")]
    );
    assert_eq!(db.column("SELECT concat_ws('|', version, body) FROM note_versions"), ["1|Prefers **email**\nto calls"]);
    assert_eq!(
        app.ledger().kind("note").lines(),
        [r#"Sanjay Rao: note - -> {"pinned": false, "deleted": false, "version": 1}"#]
    );
    let same = "SELECT count(*) FROM changes c JOIN notes n ON n.id::text = c.subject AND n.created_at = c.recorded_at \
                AND n.author_id = c.source_id AND n.profile_id = c.profile_id";
    assert_eq!(db.number(same), 1, "the ledger's row is about this note, from the same source at the same time");

    sanjay.get(&tab).hides("Note added.");
}

#[test]
fn an_empty_note_comes_back_with_the_error_beside_its_field() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    sanjay.visit(&tab);
    let page = sanjay.submit("Add note", &[("New note", " \n ")]).expect(422);
    page.check_markup();
    assert_eq!(page.text("[role=alert] a[href='#body']"), "Enter a note.");
    assert_eq!(page.attr("textarea#body", "aria-invalid"), "true");
    assert_eq!(page.text("#body-error"), "Enter a note.");
    assert!(page.attr("textarea#body", "aria-describedby").contains("body-error"));
    assert_eq!(app.db.number("SELECT count(*) FROM notes"), 0);
}

#[test]
fn a_note_that_is_too_long_comes_back_as_it_was_typed() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    sanjay.visit(&tab);
    let long = format!("\n  <b>&amp; {}", "word ".repeat(2_100));
    let page = sanjay.submit("Add note", &[("New note", &long)]).expect(422).clone();
    page.shows("A note can have at most 10000 characters");
    let kept = sanjay.fill("body", "Add note", &[]);
    let text = kept.pairs.iter().find(|(name, _)| name == "body").map(|(_, value)| value.as_str());
    assert_eq!(text, Some(long.as_str()), "what was typed is kept to the letter");
    // Mended, it is one note with the id that the form had from the start.
    sanjay.submit("Add note", &[("New note", "short")]).expect(303);
    assert_eq!(app.db.number("SELECT count(*) FROM notes"), 1);
}

#[test]
fn sending_the_same_form_twice_writes_one_note() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    sanjay.visit(&tab);
    let form = sanjay.fill("body", "Add note", &[("New note", "Once")]);
    sanjay.post(&form.action, &form.pairs).expect(303);
    let before = app.db.digest_of_state();
    sanjay.post(&form.action, &form.pairs).expect(303);
    sanjay.follow().shows("Nothing changed.").shows("Once");
    assert_eq!(app.db.digest_of_state(), before);

    // Back, another text, sent again: neither is lost.
    let mut other = form.clone();
    other.pairs.iter_mut().filter(|(name, _)| name == "body").for_each(|pair| pair.1 = "Twice".to_owned());
    let page = sanjay.post(&other.action, &other.pairs).expect(409).clone();
    page.check_markup();
    page.shows("Once").shows("Twice");
    assert_eq!(app.db.column("SELECT body FROM notes"), ["Once"]);
}

#[test]
fn a_marketer_reads_but_does_not_write() {
    let (app, profile, tab) = customer();
    let note = write(&app, &mut support(&app), &tab, "Prefers email");
    let mut mara = app.browser(Role::Marketer);
    let page = mara.visit(&tab).shows("Prefers email");
    assert_eq!(page.count("main form"), 0, "no form that would be refused");
    assert!(page.link("Edit").is_none() && page.link("Delete").is_none());
    mara.visit("/account");
    let token = ("csrf".to_owned(), mara.token());
    let body = ("body".to_owned(), "Mine".to_owned());
    for (rest, more) in [("", "id"), ("/edit", "base"), ("/pin", "pinned"), ("/delete", "x")] {
        let address = if rest.is_empty() { tab.clone() } else { format!("{tab}/{note}{rest}") };
        let more = (more.to_owned(), note.clone());
        mara.post(&address, &[token.clone(), body.clone(), more]).expect(403).shows("write notes");
    }
    assert_eq!(app.db.column("SELECT body FROM notes"), ["Prefers email"]);
    assert_eq!(app.ledger().kind("note").lines().len(), 1, "for {profile}");
}

#[test]
fn a_note_needs_a_profile_that_is_there() {
    let (app, profile, tab) = customer();
    let stray = app.add_to(app.test, Person::new("t-1"));
    let mut sanjay = support(&app);
    sanjay.visit(&tab);
    let form = sanjay.fill("body", "Add note", &[("New note", "Lost")]);
    for nobody in ["00000000-0000-7000-8000-000000000000".to_owned(), stray.to_string()] {
        let address = form.action.replace(&profile.to_string(), &nobody);
        sanjay.post(&address, &form.pairs).expect(404);
    }
    assert_eq!(app.db.number("SELECT count(*) FROM notes"), 0);
    assert_eq!(app.ledger().kind("note").lines().len(), 0);
}

#[test]
fn what_could_harm_is_shown_as_text() {
    let (app, _, tab) = customer();
    let mut sanjay = support(&app);
    let bad = "<script>alert(1)</script>\n\na <img src=x onerror=alert(2)> [click](javascript:alert(3)) \
               ![x](https://example.com/x.png) [fine](https://example.com/a)\n\n# Big\n\n</textarea><h1>x</h1>";
    write(&app, &mut sanjay, &tab, bad);
    let page = sanjay.visit(&tab).clone();
    page.check_markup();
    page.shows("<script>alert(1)</script>").shows("onerror=alert(2)").shows("</textarea><h1>x</h1>");
    assert_eq!(page.count(".prose img") + page.count(".prose script"), 0);
    let links = page.attrs(".prose a[href]", "href");
    assert_eq!(links, ["https://example.com/a"]);
    assert_eq!(page.attr(".prose a[href]", "rel"), "noopener nofollow ugc");
    page.shows("click (javascript:alert(3))");
    for rest in ["edit", "delete", "history"] {
        let note = app.db.one("SELECT id FROM notes");
        sanjay.visit(&format!("{tab}/{note}/{rest}")).check_markup();
    }
}
